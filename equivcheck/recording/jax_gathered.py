"""Draws from JAX keys of many steps at once: a traced step gathers the arrays that tell of its draws, and the host reads them by columns.

Nothing is called back: what is gathered are outputs of the compiled step. That takes a step whose draws are made in no branch, while
loop or map of its own; `jax_keys.JaxKeys` records any. This module needs JAX.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import repeat
from typing import Any, Literal, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np

from equivcheck.model.values import Array, Value
from equivcheck.recording.jax_keys import KeyWatch, child_name, drawn_name, folded_name, hex_name, key_words, made_name
from equivcheck.recording.jax_samplers import Given, Sampler, domain_of, draw_places, told

Column: TypeAlias = Any  # one value for all N steps, or a list of N


@dataclass(frozen=True, slots=True)
class Noted:
    """One draw of a traced step, or one making of keys. `name`: of the sampler or maker; `given`: the sampler's arguments, no arrays."""

    kind: Literal["draw", "split", "fold_in", "make"]
    name: str = ""
    site: str = ""
    given: tuple[tuple[str, Any], ...] = ()


class JaxGathered(KeyWatch):
    """Gathers what is drawn in a step while it is traced, by `gathering`; `outputs` goes out of the trace, and `read` is for the host."""

    def __init__(self) -> None:
        super().__init__()
        self._roots: tuple[str, ...] = ()
        self._noted: list[Noted] = []
        self._arrays: list[dict[str, Any]] = []

    @contextmanager
    def gathering(self, roots: Mapping[str, Any]) -> Iterator[None]:
        """Gather what is drawn within; `roots` are keys by name, and their names are what those of other keys are made of."""
        self._roots, self._noted = tuple(roots), []
        self._arrays = [{str(place): key_words(key) for place, key in enumerate(roots.values())}]
        with self.watching():
            yield

    @property
    def is_whole(self) -> bool:
        """Whether all that was gathered in a trace was traced there, and nothing in a branch, loop or map within."""
        tracers = [array for arrays in self._arrays for array in arrays.values() if isinstance(array, jax.core.Tracer)]
        return len({id(getattr(tracer._trace, "main", None) or tracer._trace) for tracer in tracers}) == 1  # `main`: before JAX 0.4.36

    def outputs(self) -> dict[str, dict[str, Any]]:
        """Return what was gathered, to be given out of the trace where it `is_whole`."""
        return {str(place): {name: jnp.asarray(array)[None] for name, array in arrays.items()} for place, arrays in enumerate(self._arrays)}

    def read(self, outputs: Mapping[str, Mapping[str, Array]]) -> list[Value]:
        """Return the draws of N steps: `outputs` with arrays `[N, 1, ...]`."""
        arrays = [{name: array[:, 0] for name, array in outputs[str(place)].items()} for place in range(len(self._noted) + 1)]
        steps = len(next(iter(arrays[0].values())))
        if not steps:
            return []
        lineage = _Lineage(self._roots, arrays[0])
        draws = [draw for noted, held in zip(self._noted, arrays[1:], strict=True) if (draw := lineage.follow(noted, held)) is not None]
        return list(map(list, zip(*draws, strict=True))) if draws else [[] for _ in range(steps)]

    def on_draw(self, site: str, name: str, original: Sampler, given: Given) -> Any:
        """See KeyWatch."""
        with jax.disable_jit(False):
            value, finish = draw_places(name, original, given)
        traced = {key: held for key, held in given.items() if isinstance(held, jax.Array) and key != "key"}
        rest = tuple((key, held) for key, held in given.items() if key not in traced and key != "key")
        self._noted.append(Noted("draw", name, site, rest))
        self._arrays.append({**traced, "key": key_words(given["key"]), "": value})
        return finish(value)

    def on_split(self, parent: Any, children: Any) -> None:
        """See KeyWatch."""
        self._noted.append(Noted("split"))
        self._arrays.append({"parent": parent, "children": children})

    def on_fold_in(self, parent: Any, data: Any, child: Any) -> None:
        """See KeyWatch."""
        self._noted.append(Noted("fold_in"))
        self._arrays.append({"parent": parent, "data": data, "child": child})

    def on_make(self, name: str, seed: Any, made: Any) -> None:
        """See KeyWatch."""
        self._noted.append(Noted("make", name))
        self._arrays.append({"seed": seed, "made": made})


class _Lineage:
    """Where the keys of N steps come from: words uint32[N, W] with their names, of equal words the first."""

    def __init__(self, roots: Sequence[str], arrays: Mapping[str, Array]) -> None:
        held = [(arrays[str(place)], name) for place, name in enumerate(roots)]
        self._keys: list[tuple[Array, Column]] = held[::-1]
        self._drawn: list[Array] = []

    def follow(self, noted: Noted, arrays: Mapping[str, Array]) -> list[Value] | None:
        """Return the N records of a draw; note the keys that were made."""
        match noted.kind:
            case "draw":
                return self._record(noted, arrays)
            case "split":
                parent, children = self._name(arrays["parent"]), arrays["children"]
                for place in np.ndindex(children.shape[1:-1]):
                    self._keys.append((children[:, *place], _each(lambda name, place=place: child_name(name, place), parent)))
            case "fold_in":
                folded = _each(folded_name, self._name(arrays["parent"]), _column(arrays["data"]))
                self._keys.append((arrays["child"], folded))
            case "make":
                self._keys.append((arrays["made"], _each(lambda seed: made_name(noted.name, seed), _column(arrays["seed"]))))
        return None

    def _record(self, noted: Noted, arrays: Mapping[str, Array]) -> list[Value]:
        words, value = arrays["key"], arrays[""]
        again = _column(np.any([_same(words, drawn) for drawn in self._drawn], axis=0)) if self._drawn else False
        self._drawn.append(words)
        key = _each(drawn_name, self._name(words), again)
        given = {name: _column(array) for name, array in arrays.items() if name not in ("key", "")}
        domain = _each(
            lambda *held: domain_of(noted.name, {**dict(noted.given), **dict(zip(given, held, strict=True))}, value.dtype), *given.values()
        )
        values = told(value)
        each = zip(_rows(key), _rows(domain), values.tolist() if values.ndim == 1 else values, strict=False)
        return [{"site": noted.site, "key": key, "domain": domain, "value": value} for key, domain, value in each]

    def _name(self, words: Array) -> Column:
        names: list[str | None] = [None] * len(words)
        left = np.ones(len(words), bool)
        for held, name in self._keys:
            hits = left & _same(held, words)
            if hits.all():
                return name
            for row in np.flatnonzero(hits).tolist():
                names[row] = _at(name, row)
            left &= ~hits
        return [hex_name(words[row]) if name is None else name for row, name in enumerate(names)]


def _same(one: Array, other: Array) -> Array:
    """Return bool[N]: whether keys are the same; those of different kinds are not."""
    return np.asarray((one == other).all(axis=-1)) if one.shape == other.shape else np.zeros(len(one), bool)


def _rows(column: Column) -> Iterable[Any]:
    return column if isinstance(column, list) else repeat(column)


def _at(column: Column, row: int) -> Any:
    return column[row] if isinstance(column, list) else column


def _column(array: Array) -> Column:
    """Return one value where all rows hold the same."""
    if (array == array[:1]).all():
        return array[0].item() if array.ndim == 1 else array[0]
    return array.tolist() if array.ndim == 1 else list(array)


def _each(function: Any, *columns: Column) -> Column:
    """Call a function for each row, once where all of them hold the same."""
    steps = next((len(column) for column in columns if isinstance(column, list)), 0)
    return [function(*(_at(column, row) for column in columns)) for row in range(steps)] if steps else function(*columns)
