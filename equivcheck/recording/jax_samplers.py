"""The samplers of jax.random: what is recorded of what one draws, and from which domain it draws it. This module needs JAX."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np

from equivcheck.model.values import Array
from equivcheck.recording import domains
from equivcheck.recording.domains import Domain

Given: TypeAlias = Mapping[str, Any]  # the arguments of a sampler, by name
Sampler: TypeAlias = Callable[..., Any]

_NOT_SAMPLERS: Final = ("clone", "fold_in", "key", "key_data", "key_impl", "split")
_NO_PARAMETERS: Final = ("key", "shape", "dtype", "out_sharding", "method", "unroll")
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
_LISTS: Final[Mapping[str, str]] = {"choice": "a", "permutation": "x"}  # samplers of places in a list, or below a number


def is_sampler(name: str, function: Any) -> bool:
    """Return whether a member of jax.random draws from a key."""
    if name.startswith("_") or name in _NOT_SAMPLERS or not inspect.isfunction(inspect.unwrap(function)):
        return False
    return next(iter(inspect.signature(function).parameters), "") == "key"


def draw_places(name: str, original: Sampler, given: Given) -> tuple[Any, Callable[[Any], Any]]:
    """Draw as a sampler does; return what is recorded of it, and what makes of such a value what the sampler answers.

    Of a choice and of a permutation the places are recorded, not what lies there.
    """
    if name not in _LISTS or _is_independent(name, given):
        return original(**given), lambda value: value
    listed, axis = _LISTS[name], given["axis"]
    among = given[listed]
    places = original(**{**given, listed: _count(name, given), "axis": 0})
    return places, (lambda places: jnp.take(jnp.asarray(among), places, axis)) if np.ndim(among) else (lambda places: places)


def domain_of(name: str, given: Given, dtype: Any) -> Domain:
    """Return from which domain a sampler draws; `dtype`: of what is drawn."""
    size = _size(given.get("shape"))
    if name == "randint":
        return domains.integers(given["minval"], given["maxval"], size)
    if name == "bits":
        return domains.integers(0, 2 ** (8 * np.dtype(dtype).itemsize), size)
    if name == "bernoulli" and not np.ndim(given["p"]):
        p = np.asarray(given["p"], np.float32)
        return domains.choice(np.array([1 - p, p]), size)
    if name == "categorical" and np.ndim(given["logits"]) <= 1 and given.get("replace", True):
        return domains.choice(jax.nn.softmax(jnp.asarray(given["logits"])), size)
    if name == "choice":
        p = given["p"]
        domain = domains.integers(0, _count(name, given), size) if p is None else domains.choice(np.asarray(p), size)
        return domain if given["replace"] or not size else {**domain, "replace": False}
    if name == "permutation" and not _is_independent(name, given):
        return domains.permutation(_count(name, given))
    return _law(name, given, size)


def told(value: Any) -> Array:
    """Return what was drawn as records tell it, int64 or float64."""
    array = np.asarray(value)
    return array.astype(np.int64 if array.dtype.kind in "iub" else np.float64)


def _law(name: str, given: Given, size: tuple[int, ...]) -> Domain:
    kind, called, fixed = _LAWS.get(name, (name, {}, {}))
    held = {called.get(key, key): value for key, value in given.items() if key not in _NO_PARAMETERS and not isinstance(value, str | None)}
    parameters = {key: value if isinstance(value, bool) else np.asarray(jnp.asarray(value)) for key, value in held.items()}
    return domains.distribution(kind, size, **fixed, **parameters)


def _count(name: str, given: Given) -> int:
    among = given[_LISTS[name]]
    return int(np.shape(among)[given["axis"]] if np.ndim(among) else among)


def _is_independent(name: str, given: Given) -> bool:
    return name == "permutation" and bool(given["independent"]) and np.ndim(given["x"]) > 1


def _size(shape: Any) -> tuple[int, ...]:
    return () if shape is None else tuple(np.atleast_1d(np.asarray(shape, int)).tolist())
