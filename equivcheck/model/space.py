"""Action spaces: what a side accepts as an action, as values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from equivcheck.model.values import ARRAY_DTYPES, Value, canonical, from_json, same_value, to_json


@dataclass(frozen=True, slots=True)
class Discrete:
    """The ints start, start + 1, ..., start + n - 1."""

    n: int
    start: int = 0


@dataclass(frozen=True, slots=True)
class MultiDiscrete:
    """An int64 array of one dimension; component i is start[i] + (0, ..., n[i] - 1)."""

    n: tuple[int, ...]
    start: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class MultiBinary:
    """An int8 array of zeros and ones."""

    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Box:
    """An array of `dtype`, each element between `low` and `high` (flat, row-major; may be infinite)."""

    shape: tuple[int, ...]
    dtype: str
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the listed values: what `roll` is told to draw from when a driver narrows a space."""

    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class TupleSpace:
    """A list with one action per item."""

    items: tuple[Space, ...]


@dataclass(frozen=True, slots=True)
class DictSpace:
    """A dict with one action per key; the keys are in sorted order."""

    items: tuple[tuple[str, Space], ...]


Space: TypeAlias = Discrete | MultiDiscrete | MultiBinary | Box | Choice | TupleSpace | DictSpace


def contains(space: Space, action: Value) -> bool:
    """Return whether `action` is an element of `space`."""
    match space:
        case Discrete(n, start):
            return type(action) is int and start <= action < start + n
        case Choice(values):
            return any(same_value(value, action) for value in values)
        case TupleSpace(items):
            fits = isinstance(action, list) and len(action) == len(items)
            return fits and all(contains(item, part) for item, part in zip(items, action, strict=True))
        case DictSpace(pairs):
            fits = isinstance(action, dict) and action.keys() == {key for key, _ in pairs}
            return fits and all(contains(item, action[key]) for key, item in pairs)
    if not isinstance(action, np.ndarray):
        return False
    match space:
        case MultiDiscrete(sizes, starts):
            if action.shape != (len(sizes),) or action.dtype.kind not in "iu":
                return False
            offsets = action - np.array(starts or (0,) * len(sizes), np.int64)
            return bool(((offsets >= 0) & (offsets < np.array(sizes))).all())
        case MultiBinary(shape):
            return action.shape == shape and action.dtype.kind in "iub" and bool(np.isin(action, (0, 1)).all())
        case Box(shape, dtype, low, high):
            if action.shape != shape or action.dtype.name != dtype:
                return False
            flat = action.ravel()
            return bool((flat >= np.array(low)).all() and (flat <= np.array(high)).all())


def space_to_plain(space: Space) -> dict[str, Any]:
    """Return a space as JSON-safe data, as docs/protocol.md spells it."""
    match space:
        case Discrete(n, start):
            return {"type": "discrete", "n": n, "start": start}
        case MultiDiscrete(sizes, starts):
            return {"type": "multidiscrete", "n": list(sizes), "start": list(starts or (0,) * len(sizes))}
        case MultiBinary(shape):
            return {"type": "multibinary", "shape": list(shape)}
        case Box(shape, dtype, low, high):
            ends = {"low": [to_json(x) for x in low], "high": [to_json(x) for x in high]}
            return {"type": "box", "shape": list(shape), "dtype": dtype, **ends}
        case Choice(values):
            return {"type": "choice", "values": [to_json(value) for value in values]}
        case TupleSpace(items):
            return {"type": "tuple", "items": [space_to_plain(item) for item in items]}
        case DictSpace(pairs):
            return {"type": "dict", "items": {key: space_to_plain(item) for key, item in pairs}}


def space_from_plain(plain: Any, depth_max: int = 16) -> Space:
    """Return the space that `space_to_plain` wrote. Raises: ValueError for anything malformed."""
    if not isinstance(plain, Mapping) or depth_max == 0:
        raise ValueError("an action space is a map with a `type`, nested at most 16 deep")
    try:
        return _space_from_plain(plain, depth_max)
    except (KeyError, TypeError, OverflowError) as error:
        raise ValueError(f"malformed {plain.get('type')!r} space: {error!r}") from None


def _space_from_plain(plain: Mapping[str, Any], depth_max: int) -> Space:
    match plain.get("type"):
        case "discrete":
            space: Space = Discrete(_count(plain["n"]), int(plain.get("start", 0)))
        case "multidiscrete":
            sizes = tuple(_count(n) for n in plain["n"])
            space = MultiDiscrete(sizes, tuple(int(start) for start in plain.get("start", (0,) * len(sizes))))
            _expect(len(space.start) == len(sizes), "`start` and `n` differ in length")
        case "multibinary":
            space = MultiBinary(tuple(_count(n) for n in plain["shape"]))
        case "box":
            low, high = (tuple(float(from_json(x)) for x in plain[end]) for end in ("low", "high"))
            space = Box(tuple(_count(n, 0) for n in plain["shape"]), str(plain["dtype"]), low, high)
            _expect(space.dtype in ARRAY_DTYPES, f"unknown dtype {space.dtype!r}")
            _expect(len(low) == len(high) == math.prod(space.shape), "`low` and `high` need one number per element")
        case "choice":
            space = Choice(tuple(canonical(from_json(value)) for value in plain["values"]))
            _expect(bool(space.values), "`values` is empty")
        case "tuple":
            space = TupleSpace(tuple(space_from_plain(item, depth_max - 1) for item in plain["items"]))
        case "dict":
            pairs = ((str(key), space_from_plain(item, depth_max - 1)) for key, item in plain["items"].items())
            space = DictSpace(tuple(sorted(pairs, key=lambda pair: pair[0].encode())))
        case other:
            raise ValueError(f"unknown space type {other!r}")
    return space


def _count(number: Any, least: int = 1) -> int:
    _expect(type(number) is int and least <= number < 2**32, f"{number!r} is no count from {least} to 2^32 - 1")
    return int(number)


def _expect(holds: bool, complaint: str) -> None:
    if not holds:
        raise ValueError(complaint)
