"""Tapes as arrays: what a port that runs on a device is told to draw, and what it drew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np

from equivcheck.errors import AdapterError
from equivcheck.model.values import Array, Value

# What each kind of domain is told by; and the dtype of its values.
PARAMETERS: Final[Mapping[str, Mapping[str, str]]] = {
    "integers": {"low": "int32", "high": "int32"},
    "choice": {"p": "float32", "among": "int32"},
    "permutation": {"n": "int32"},
    "uniform": {"low": "float32", "high": "float32"},
    "normal": {"loc": "float32", "scale": "float32"},
}
_FLOATS: Final = ("uniform", "normal")


@dataclass(frozen=True, slots=True)
class Site:
    """A place that draws: the kind of its domain, the keys it draws for, and how often at most in one step for each.

    `kind`: several where one function draws in several ways, then without `permutation`. `times`: one more is told as well, so that a
    draw too many is compared; others are an error. `size`: of a `choice` the number of probabilities, of a `permutation` its length.
    """

    kind: str | tuple[str, ...]
    keys: tuple[str, ...] = ("",)
    times: int = 1
    size: int = 0

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds, in the order in which what was drawn names them by number."""
        return (self.kind,) if isinstance(self.kind, str) else self.kind


class Table(NamedTuple):
    """What a site is to draw, of K keys, T being a Site's `times` and one: how many int32[..., K], and values [..., K, T, ...]."""

    count: Any
    value: Any


def blank_made(site: Site) -> tuple[Array, Array, dict[str, Array]]:
    """Return zeros for how often a site drew int32[K], its values and its parameters [K, T, ...], the number of the kind among them."""
    shape = (len(site.keys), site.times + 1)
    dtypes = {name: dtype for kind in site.kinds for name, dtype in PARAMETERS[kind].items()}
    parameters = {name: np.zeros((*shape, site.size) if name == "p" else shape, dtype) for name, dtype in dtypes.items()}
    return np.zeros(shape[:1], np.int32), _blank_values(site), parameters | {"kind": np.zeros(shape, np.int32)}


def _blank_values(site: Site) -> Array:
    shape = (len(site.keys), site.times + 1, *((site.size,) if site.kind == "permutation" else ()))
    return np.zeros(shape, np.float32 if set(site.kinds) & set(_FLOATS) else np.int32)


def tables(sites: Mapping[str, Site], tapes: Sequence[Sequence[Value]], width: int) -> dict[str, Table]:
    """Return the tables of L = `width` lanes, [T, L, ...], for the records of each Step of each lane, from Step 1 on.

    What a site cannot draw (another site or key, one time too many, another form) is left out: then it is not consumed, and a
    comparison says so.
    """
    longest = max(map(len, tapes), default=0)
    blanks = {name: _blank_values(site) for name, site in sites.items()}
    dense = {
        name: Table(np.zeros((longest, width, len(sites[name].keys)), np.int32), np.zeros((longest, width, *blank.shape), blank.dtype))
        for name, blank in blanks.items()
    }
    places = {(name, key): number for name, site in sites.items() for number, key in enumerate(site.keys)}
    for lane, tape in enumerate(tapes):
        for row, records in enumerate(tape):
            for record in records if isinstance(records, list) else ():
                site, key, value = (record.get(name) for name in ("site", "key", "value")) if isinstance(record, dict) else (None,) * 3
                number = places.get((str(site), str(key)))
                if number is None:
                    continue
                count, values = dense[str(site)]
                at = (row, lane, number, int(count[row, lane, number]))
                given = np.asarray(value)
                if at[-1] < values.shape[3] and given.shape == values.shape[4:] and given.dtype.kind in "iuf":
                    values[at] = given
                    count[at[:-1]] += 1
    return dense


def records(sites: Mapping[str, Site], made: Mapping[str, Any]) -> list[list[dict[str, Value]]]:
    """Return the records of N Steps for what was drawn, arrays [N, ...] by site. Raises: AdapterError where a site drew too often."""
    rows: list[list[dict[str, Value]]] = [[] for _ in next(iter(made.values()))["count"]]
    for name, site in sites.items():
        counts, values, parameters = (made[name][part] for part in ("count", "value", "parameters"))
        if (np.asarray(counts) > site.times + 1).any():
            raise AdapterError(f"{name!r} drew {int(np.max(counts))} times in a step for one key, and its Site says {site.times}")
        for row, number in zip(*np.nonzero(counts), strict=True):
            for time in range(int(counts[row, number])):
                told = {key: whole[row, number, time] for key, whole in parameters.items()}
                kind = site.kinds[told["kind"]]
                domain = {"kind": kind, **{key: _told(told[key], dtype) for key, dtype in PARAMETERS[kind].items()}}
                if kind == "choice":
                    domain["p"] = domain["p"][: domain.pop("among")]
                value = _told(values[row, number, time], "float32" if kind in _FLOATS else "int32")
                rows[row].append({"site": name, "key": site.keys[number], "domain": domain, "value": value})
    return rows


def _told(value: Any, dtype: str) -> Any:
    """Return what arrays hold, numbers of a dtype, as records tell it: Python numbers, float64 and int64 arrays."""
    array = np.asarray(value).astype(np.int64 if dtype == "int32" else np.float64)
    return array if array.ndim else array.item()
