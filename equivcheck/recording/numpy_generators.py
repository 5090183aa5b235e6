"""numpy's Generator and RandomState with a tape: every method that draws, recorded or answered."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from equivcheck.recording import domains
from equivcheck.recording.tape import Tape, calling_function

# Parameters in order, by name, with what they default to; `size` follows them.
_LAWS: Final[Mapping[str, Mapping[str, Any]]] = {
    "beta": {"a": None, "b": None},
    "binomial": {"n": None, "p": None},
    "chisquare": {"df": None},
    "dirichlet": {"alpha": None},
    "exponential": {"scale": 1.0},
    "f": {"dfnum": None, "dfden": None},
    "gamma": {"shape": None, "scale": 1.0},
    "geometric": {"p": None},
    "gumbel": {"loc": 0.0, "scale": 1.0},
    "hypergeometric": {"ngood": None, "nbad": None, "nsample": None},
    "laplace": {"loc": 0.0, "scale": 1.0},
    "logistic": {"loc": 0.0, "scale": 1.0},
    "lognormal": {"mean": 0.0, "sigma": 1.0},
    "logseries": {"p": None},
    "multinomial": {"n": None, "pvals": None},
    "multivariate_hypergeometric": {"colors": None, "nsample": None},
    "multivariate_normal": {"mean": None, "cov": None},
    "negative_binomial": {"n": None, "p": None},
    "noncentral_chisquare": {"df": None, "nonc": None},
    "noncentral_f": {"dfnum": None, "dfden": None, "nonc": None},
    "normal": {"loc": 0.0, "scale": 1.0},
    "pareto": {"a": None},
    "poisson": {"lam": 1.0},
    "power": {"a": None},
    "rayleigh": {"scale": 1.0},
    "standard_cauchy": {},
    "standard_t": {"df": None},
    "triangular": {"left": None, "mode": None, "right": None},
    "uniform": {"low": 0.0, "high": 1.0},
    "vonmises": {"mu": None, "kappa": None},
    "wald": {"mean": None, "scale": None},
    "weibull": {"a": None},
    "zipf": {"a": None},
}
# Methods that are another law with parameters of its own.
_STANDARD: Final[Mapping[str, tuple[str, Mapping[str, Any], Mapping[str, Any]]]] = {
    "random": ("uniform", {}, {"low": 0.0, "high": 1.0}),
    "standard_normal": ("normal", {}, {"loc": 0.0, "scale": 1.0}),
    "standard_exponential": ("exponential", {}, {"scale": 1.0}),
    "standard_gamma": ("gamma", {"shape": None}, {"scale": 1.0}),
}


class _Drawing:
    """What both have in common; `plain` is the class whose methods make what is not answered."""

    plain: type
    tape: Tape

    def _draw(self, domain: domains.Domain, method: str, arguments: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
        """Draw what a method of the plain class draws, and have it in the form that this returns."""
        make = getattr(self.plain, method)
        return self.tape.draw(
            calling_function(), domain, lambda: make(self, *arguments, **keywords), lambda given: _formed(given, keywords.get("out"))
        )

    def choice(self, a: Any, size: Any = None, replace: bool = True, p: Any = None, *rest: Any, **keywords: Any) -> Any:
        """See numpy; what is recorded is the place in `a`."""
        whole = isinstance(a, int | np.integer)
        axis = rest[0] if rest else keywords.get("axis", 0)
        count = int(a) if whole else len(a) if axis == 0 else np.shape(a)[axis]
        several = _size(size)
        domain = domains.integers(0, count, several) if p is None else domains.choice(p, several)
        if not replace and several:
            domain = {**domain, "replace": False}
        order = {} if "shuffle" not in keywords else {"shuffle": keywords["shuffle"]}
        make = self.plain.choice  # type: ignore[attr-defined]
        drawn = self.tape.draw(calling_function(), domain, lambda: make(self, count, size, replace, p, **order), _formed)
        return drawn if whole else np.take(np.asarray(a), drawn, axis=axis)

    def shuffle(self, x: Any, *rest: Any, **keywords: Any) -> None:
        """See numpy."""
        axis = rest[0] if rest else keywords.get("axis", 0)
        order = self._order(x.shape[axis] if isinstance(x, np.ndarray) else len(x))
        if isinstance(x, np.ndarray):
            x[...] = np.take(x, order, axis=axis)
        else:
            x[:] = [x[at] for at in order.tolist()]

    def permutation(self, x: Any, *rest: Any, **keywords: Any) -> Any:
        """See numpy."""
        axis = rest[0] if rest else keywords.get("axis", 0)
        array = np.arange(x) if isinstance(x, int | np.integer) else np.asarray(x)
        return np.take(array, self._order(array.shape[axis]), axis=axis)

    def _order(self, count: int) -> np.ndarray:
        """Draw an order int64[count], from the same numbers as the shuffle of anything so long."""

        def make() -> np.ndarray:
            order = np.arange(count)
            self.plain.shuffle(self, order)  # type: ignore[attr-defined]
            return order

        drawn: np.ndarray = self.tape.draw(calling_function(), domains.permutation(count), make, np.asarray)
        return drawn

    def bytes(self, length: int) -> bytes:
        """See numpy."""
        drawn: bytes = self.tape.draw(
            calling_function(),
            domains.distribution("bytes", length=length),
            lambda: self.plain.bytes(self, length),  # type: ignore[attr-defined]
        )
        return drawn


class TapedGenerator(_Drawing, np.random.Generator):
    """A Generator that draws what the plain one over the same bits does, with a tape."""

    plain = np.random.Generator

    def __init__(self, bit_generator: np.random.BitGenerator, tape: Tape) -> None:
        np.random.Generator.__init__(self, bit_generator)
        self.tape = tape

    def __deepcopy__(self, memo: dict[int, Any]) -> TapedGenerator:
        return TapedGenerator(copy.deepcopy(self.bit_generator, memo), copy.deepcopy(self.tape, memo))

    def integers(self, low: Any, high: Any = None, size: Any = None, dtype: Any = np.int64, endpoint: bool = False) -> Any:
        """See numpy."""
        make: Any = np.random.Generator.integers
        if self.tape.drawing:
            return make(self, low, high, size, dtype, endpoint)
        first, last = (0, low) if high is None else (low, high)
        domain = domains.integers(first, np.add(last, 1) if endpoint else last, _size(size))
        return self.tape.draw(
            calling_function(), domain, lambda: make(self, low, high, size, dtype, endpoint), lambda given: _whole(given, dtype)
        )

    def permuted(self, x: Any, *, axis: int | None = None, out: Any = None) -> Any:
        """See numpy; what is recorded is the order of all elements."""
        array = np.asarray(x)
        places = np.arange(array.size).reshape(array.shape)
        make = np.random.Generator.permuted
        domain = domains.distribution("permuted", size=array.shape, axis=-1 if axis is None else axis)
        order = self.tape.draw(calling_function(), domain, lambda: make(self, places, axis=axis), np.asarray)
        taken = array.reshape(-1)[order]
        if out is None:
            return taken
        out[...] = taken
        return out


class TapedRandomState(_Drawing, np.random.RandomState):
    """A RandomState that draws what the plain one with the same state does, with a tape."""

    plain = np.random.RandomState

    def __init__(self, seed: Any, tape: Tape) -> None:
        np.random.RandomState.__init__(self, seed)
        self.tape = tape

    def __deepcopy__(self, memo: dict[int, Any]) -> TapedRandomState:
        other = TapedRandomState(None, copy.deepcopy(self.tape, memo))
        other.set_state(self.get_state())
        return other

    def randint(self, low: Any, high: Any = None, size: Any = None, dtype: Any = int) -> Any:
        """See numpy."""
        bounds = (0, low) if high is None else (low, high)
        make: Any = np.random.RandomState.randint
        domain = domains.integers(bounds[0], bounds[1], _size(size))
        return self.tape.draw(calling_function(), domain, lambda: make(self, low, high, size, dtype), lambda given: _whole(given, dtype))

    def random_integers(self, low: Any, high: Any = None, size: Any = None) -> Any:
        """See numpy."""
        first, last = (1, low) if high is None else (low, high)
        return self.randint(first, last + 1, size, np.int64)

    def tomaxint(self, size: Any = None) -> Any:
        """See numpy."""
        return self._draw(domains.integers(0, 2**63, _size(size)), "tomaxint", (size,), {})

    def rand(self, *size: int) -> Any:
        """See numpy."""
        return self.random_sample(size or None)

    def randn(self, *size: int) -> Any:
        """See numpy."""
        return self.standard_normal(size or None)


def _formed(given: Any, out: Any = None) -> Any:
    """Return what a tape has as numpy returns it: Python numbers, or a new array; written into `out` where that is wanted."""
    if out is None:
        return given.copy() if isinstance(given, np.ndarray) else given
    out[...] = given
    return out


def _whole(given: Any, dtype: Any) -> Any:
    """Return what a tape has as numpy returns whole numbers of a dtype."""
    if np.ndim(given):
        return np.asarray(given, dtype)
    return given if dtype is int else np.dtype(dtype).type(given)


def _size(size: Any) -> Sequence[int]:
    return () if size is None else (size,) if np.ndim(size) == 0 else tuple(size)


def _law(method: str, kind: str, parameters: Mapping[str, Any], fixed: Mapping[str, Any]) -> Callable[..., Any]:
    names = (*parameters, "size")

    def draw(self: _Drawing, *arguments: Any, **keywords: Any) -> Any:
        if self.tape.drawing:
            return getattr(self.plain, method)(self, *arguments, **keywords)
        given = {**parameters, **dict(zip(names, arguments, strict=False)), **keywords}
        several = _size(given.get("size"))
        if given.get("out") is not None:
            several = np.shape(given["out"])
        domain = domains.distribution(kind, several, **fixed, **{name: given[name] for name in parameters})
        return self._draw(domain, method, arguments, keywords)

    draw.__name__ = method
    draw.__doc__ = "See numpy."
    return draw


for _name, _parameters in _LAWS.items():
    for _class in (TapedGenerator, TapedRandomState):
        if hasattr(_class.plain, _name):
            setattr(_class, _name, _law(_name, _name, _parameters, {}))
for _name, (_kind, _parameters, _fixed) in _STANDARD.items():
    for _class in (TapedGenerator, TapedRandomState):
        setattr(_class, _name, _law(_name, _kind, _parameters, _fixed))
for _name in ("random_sample", "ranf", "sample"):
    if hasattr(np.random.RandomState, _name):
        setattr(TapedRandomState, _name, _law(_name, "uniform", {}, {"low": 0.0, "high": 1.0}))
