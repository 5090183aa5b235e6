"""Draws from JAX keys, recorded where they are made: by which function, from which key, by which sampler, from what.

```python
tape = Tape()
keys = JaxKeys(tape)
with keys.recording({"": key}):          # the keys that a step begins with, by name
    obs, state, *_ = game.step(key, state, action, params)   # whose code is as it ever was, jit, scan and vmap in it or not
tape.take()
```

Within, jax.random is watched, and functions run uncompiled, since what is drawn inside of a compiled one is nowhere to be seen. Outside
nothing is changed, and nothing costs. The key of a record says where its JAX key comes from: `1` is the second of those that the step's own
key was split into, `1.0` the first of its own, `1+7` what 7 was folded into; `PRNGKey(0)` was made within, `0x2a` is not of the step.
A JAX key that was drawn from before is `reused`. This module needs JAX.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np

from equivcheck.recording import domains
from equivcheck.recording.domains import Domain
from equivcheck.recording.tape import Tape, calling_function

Given: TypeAlias = Mapping[str, Any]  # the arguments of a sampler, by name

_NOT_SAMPLERS: Final = ("clone", "fold_in", "key", "key_data", "key_impl", "split")
_NO_PARAMETERS: Final = ("key", "shape", "dtype", "out_sharding", "method", "unroll")
# One element of a map after the other: what is done anyway where that cannot be asked for, before JAX 0.4.34.
_IN_TURN: Final[dict[str, Any]] = {"vmap_method": "sequential"} if "vmap_method" in inspect.signature(jax.pure_callback).parameters else {}
# Samplers that numpy has by another name or with other parameters: that name, what its parameters are called, and those that JAX fixes.
_LAWS: Final[Mapping[str, tuple[str, Mapping[str, str], Mapping[str, float]]]] = {
    "cauchy": ("standard_cauchy", {}, {}),
    "exponential": ("exponential", {}, {"scale": 1.0}),
    "gamma": ("gamma", {"a": "shape"}, {"scale": 1.0}),
    "gumbel": ("gumbel", {}, {"loc": 0.0, "scale": 1.0}),
    "laplace": ("laplace", {}, {"loc": 0.0, "scale": 1.0}),
    "logistic": ("logistic", {}, {"loc": 0.0, "scale": 1.0}),
    "lognormal": ("lognormal", {}, {"mean": 0.0}),
    "multinomial": ("multinomial", {"p": "pvals"}, {}),
    "normal": ("normal", {}, {"loc": 0.0, "scale": 1.0}),
    "pareto": ("paretovariate", {"b": "a"}, {}),  # numpy's `pareto` is another: it begins at 0
    "t": ("standard_t", {}, {}),
    "uniform": ("uniform", {"minval": "low", "maxval": "high"}, {}),
    "wald": ("wald", {}, {"scale": 1.0}),
    "weibull_min": ("weibullvariate", {"concentration": "a"}, {}),
}


class JaxKeys:
    """Watches jax.random, and everything of it that other modules have imported by now, while it is recording."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self._names: dict[bytes, str] = {}
        self._drawn: set[bytes] = set()
        watched = {"split": self._split, "fold_in": self._fold_in, "PRNGKey": self._make, "key": self._make}
        originals = {name: function for name, function in vars(jax.random).items() if name in watched or is_sampler(name, function)}
        wrapped = {id(original): watched.get(name, self._sample)(name, original) for name, original in originals.items()}
        self._places = [(place, name, held, wrapped[id(held)]) for place, name, held in _places_of(originals.values())]

    @contextmanager
    def recording(self, roots: Mapping[str, Any]) -> Iterator[None]:
        """Record what is drawn within; `roots` are keys by name, and their names are what those of other keys are made of."""
        self._names, self._drawn = {_data(key).tobytes(): name for name, key in roots.items()}, set()
        for place, name, _, wrapped in self._places:
            setattr(place, name, wrapped)
        try:
            with jax.disable_jit():
                yield
        finally:
            for place, name, original, _ in self._places:
                setattr(place, name, original)

    def _sample(self, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(original)

        @functools.wraps(original)
        def sample(*arguments: Any, **keywords: Any) -> Any:
            bound = signature.bind(*arguments, **keywords)
            bound.apply_defaults()
            site = calling_function(("equivcheck", "jax", "contextlib"))
            if self.tape.drawing:
                return original(*arguments, **keywords)
            return _on_host(lambda given: self._draw(site, name, original, given), original, bound.arguments)

        return sample

    def _draw(self, site: str, name: str, original: Callable[..., Any], given: Given) -> Any:
        """Draw as the original does, or what the tape has, and record it."""
        words = _data(given["key"]).tobytes()
        key = self._name(words) + (" reused" if words in self._drawn else "")
        self._drawn.add(words)
        with jax.disable_jit(False):
            value, domain, finish = DRAWN.get(name, _law)(name, original, given)
            told = _told(value)
            with self.tape.about(key.strip()):
                drawn = self.tape.draw(site, domain, lambda: told)
            return finish(value if drawn is told else jnp.asarray(drawn).astype(value.dtype))

    def _split(self, _: str, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def split(key: Any, *arguments: Any, **keywords: Any) -> Any:
            with jax.disable_jit(False):
                children = original(key, *arguments, **keywords)
            _tell(self._note_children, _data(key), _data(children))
            return children

        return split

    def _fold_in(self, _: str, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def fold_in(key: Any, data: Any) -> Any:
            with jax.disable_jit(False):
                child = original(key, data)
            _tell(self._note_folded, _data(key), jnp.asarray(data), _data(child))
            return child

        return fold_in

    def _make(self, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def make(seed: Any, **keywords: Any) -> Any:
            with jax.disable_jit(False):
                key = original(seed, **keywords)
            _tell(lambda seed, made: self._note(made, f"{name}({int(seed)})"), jnp.asarray(seed), _data(key))
            return key

        return make

    def _note_children(self, parent: Any, children: Any) -> None:
        name, places = self._name(np.asarray(parent).tobytes()), np.ndindex(np.shape(children)[: -np.ndim(parent)])
        for place in places:
            self._note(np.asarray(children)[place], f"{name}.{','.join(map(str, place))}".removeprefix("."))

    def _note_folded(self, parent: Any, data: Any, child: Any) -> None:
        self._note(child, f"{self._name(np.asarray(parent).tobytes())}+{int(data)}")

    def _note(self, words: Any, name: str) -> None:
        self._names.setdefault(np.asarray(words).tobytes(), name)

    def _name(self, words: bytes) -> str:
        """Return where a key comes from; where that is not known, what it is."""
        known = self._names.get(words)
        return hex(int.from_bytes(np.frombuffer(words, np.uint32).astype(">u4").tobytes())) if known is None else known


def is_sampler(name: str, function: Any) -> bool:
    """Return whether a member of jax.random draws from a key."""
    if name.startswith("_") or name in _NOT_SAMPLERS or not inspect.isfunction(inspect.unwrap(function)):
        return False
    return next(iter(inspect.signature(function).parameters), "") == "key"


def _places_of(originals: Any) -> list[tuple[Any, str, Any]]:
    """Return the modules, outside of JAX, that have one of these functions, jax.random before them; the name, and the function."""
    by_id = set(map(id, originals))
    outside = [module for name, module in list(sys.modules.items()) if name.partition(".")[0] not in ("jax", "jaxlib", "equivcheck")]
    return [
        (module, name, held)
        for module in (jax.random, *outside)
        for name, held in list(getattr(module, "__dict__", {}).items())
        if id(held) in by_id
    ]


def _data(key: Any) -> Any:
    """Return the words uint32[..., 2] of a key of either kind, on the host where it is not mapped over."""
    data = jax.random.key_data(key) if jnp.issubdtype(key.dtype, jax.dtypes.prng_key) else key
    return data if isinstance(data, jax.core.Tracer) else np.asarray(data)


def _tell(note: Callable[..., None], *arrays: Any) -> None:
    """Call `note` with arrays; once for each element where they are mapped over."""
    if any(isinstance(array, jax.core.Tracer) for array in arrays):
        jax.debug.callback(note, *arrays)
    else:
        note(*arrays)


def _on_host(draw: Callable[[Given], Any], original: Callable[..., Any], given: Given) -> Any:
    """Return what `draw` draws; once for each element where arguments are mapped over."""
    mapped = {name: value for name, value in given.items() if isinstance(value, jax.core.Tracer)}
    if not mapped:
        return draw(given)
    kind = jax.random.key_impl(given["key"]) if jnp.issubdtype(given["key"].dtype, jax.dtypes.prng_key) else None
    with jax.disable_jit(False):
        shape = jax.eval_shape(lambda mapped: original(**{**given, **mapped}), mapped)

    def call(mapped: Given) -> Any:
        own = {**given, **mapped}
        if kind is not None and "key" in mapped:
            own["key"] = jax.random.wrap_key_data(jnp.asarray(mapped["key"]), impl=kind)
        return np.asarray(draw(own))

    words = {**mapped, **({"key": _data(given["key"])} if "key" in mapped else {})}
    return jax.pure_callback(call, shape, words, **_IN_TURN)


def _told(value: Any) -> Any:
    """Return what was drawn as records tell it: Python numbers, int64 and float64 arrays."""
    array = np.asarray(value)
    array = array.astype(np.int64 if array.dtype.kind in "iub" else np.float64)
    return array if array.ndim else array.item()


# Each of these draws as the original does and returns the value, or the places that are recorded for it; the domain; and
# what makes of such a value what the sampler answers.
Drawn: TypeAlias = tuple[Any, Domain, Callable[[Any], Any]]


def _same(value: Any) -> Any:
    return value


def _size(shape: Any) -> tuple[int, ...]:
    return () if shape is None else tuple(np.atleast_1d(np.asarray(shape, int)).tolist())


def _law(name: str, original: Callable[..., Any], given: Given) -> Drawn:
    kind, called, fixed = _LAWS.get(name, (name, {}, {}))
    held = {called.get(key, key): value for key, value in given.items() if key not in _NO_PARAMETERS and not isinstance(value, str | None)}
    parameters = {key: value if isinstance(value, bool) else np.asarray(jnp.asarray(value)) for key, value in held.items()}
    return original(**given), domains.distribution(kind, _size(given.get("shape")), **fixed, **parameters), _same


def _randint(name: str, original: Callable[..., Any], given: Given) -> Drawn:
    return original(**given), domains.integers(given["minval"], given["maxval"], _size(given["shape"])), _same


def _bits(name: str, original: Callable[..., Any], given: Given) -> Drawn:
    value = original(**given)
    return value, domains.integers(0, 2 ** (8 * value.dtype.itemsize), _size(given["shape"])), _same


def _bernoulli(name: str, original: Callable[..., Any], given: Given) -> Drawn:
    p = np.asarray(given["p"], np.float32)
    if p.ndim:
        return _law(name, original, given)
    return original(**given), domains.choice(np.array([1 - p, p]), _size(given["shape"])), _same


def _categorical(name: str, original: Callable[..., Any], given: Given) -> Drawn:
    logits = jnp.asarray(given["logits"])
    if logits.ndim > 1 or not given.get("replace", True):
        return _law(name, original, given)
    return original(**given), domains.choice(jax.nn.softmax(logits), _size(given["shape"])), _same


def _choice(name: str, original: Callable[..., Any], given: Given) -> Drawn:
    """The places in `a` are recorded, not what lies there."""
    among, axis, p, size = jnp.asarray(given["a"]), given["axis"], given["p"], _size(given["shape"])
    count = among.shape[axis] if among.ndim else int(among)
    domain = domains.integers(0, count, size) if p is None else domains.choice(jnp.asarray(p), size)
    places = original(**{**given, "a": count, "axis": 0})
    finish = (lambda places: jnp.take(among, places, axis)) if among.ndim else _same
    return places, domain if given["replace"] or not size else {**domain, "replace": False}, finish


def _permutation(name: str, original: Callable[..., Any], given: Given) -> Drawn:
    """The order is recorded, not what is in it."""
    among, axis = jnp.asarray(given["x"]), given["axis"]
    if given["independent"] and among.ndim > 1:
        return _law(name, original, given)
    count = among.shape[axis] if among.ndim else int(among)
    finish = (lambda order: jnp.take(among, order, axis)) if among.ndim else _same
    return original(**{**given, "x": count, "axis": 0}), domains.permutation(count), finish


DRAWN: Final[Mapping[str, Callable[[str, Callable[..., Any], Given], Drawn]]] = {
    "bernoulli": _bernoulli,
    "bits": _bits,
    "categorical": _categorical,
    "choice": _choice,
    "permutation": _permutation,
    "randint": _randint,
}
