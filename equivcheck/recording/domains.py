"""What a draw could have been, as canonical maps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from equivcheck.model.values import Value, canonical

Domain: TypeAlias = dict[str, Value]


def integers(low: Any, high: Any, size: Sequence[int] = ()) -> Domain:
    """Return the whole numbers from `low`, `high` left out, each as likely as the others; bounds are ints or integer arrays."""
    return _sized({"kind": "integers", "low": _plain(low), "high": _plain(high)}, size)


def choice(p: Any, size: Sequence[int] = ()) -> Domain:
    """Return the numbers below len(p), with the probabilities float64[n]."""
    return _sized({"kind": "choice", "p": np.asarray(p, np.float64)}, size)


def permutation(n: int) -> Domain:
    """Return every order of the numbers below `n`, each as likely as the others."""
    return {"kind": "permutation", "n": int(n)}


def distribution(name: str, size: Sequence[int] = (), **parameters: Any) -> Domain:
    """Return a distribution by its name in numpy (`uniform`, `normal`, ...) and its parameters by theirs."""
    return _sized({"kind": name, **{key: _plain(value) for key, value in parameters.items()}}, size)


def holds(domain: Value, value: Value) -> bool:
    """Return whether a value can be drawn from a domain, as far as bounds of whole numbers say."""
    match domain:
        case {"kind": "integers", "low": low, "high": high}:
            return bool(np.all(np.asarray(low) <= value) and np.all(value < np.asarray(high)))
        case {"kind": "choice", "p": p}:
            indices = np.asarray(value)
            inside = bool(np.all((indices >= 0) & (indices < len(p))))
            return inside and bool(np.all(np.asarray(p)[indices] > 0))
        case {"kind": "permutation", "n": n}:
            return np.array_equal(np.sort(np.asarray(value)), np.arange(n))
    return True


def _plain(value: Any) -> Value:
    """Return numbers as they are told: a Python number for a scalar of whatever width, int64 and float64 for arrays."""
    if type(value) is int or type(value) is float:
        return value
    array = np.asarray(value)
    if array.ndim == 0:
        return canonical(array.item())
    return array.astype(np.int64 if array.dtype.kind in "iub" else np.float64)


def _sized(domain: Domain, size: Sequence[int]) -> Domain:
    return {**domain, "size": [int(n) for n in size]} if len(size) else domain
