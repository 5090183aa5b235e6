"""Action spaces: what a side accepts as an action, as values."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np

from equivcheck.model.values import ARRAY_DTYPES, Array, Value, canonical, from_json, same_value, to_json

DIMENSIONS_MAX: Final = 8
ELEMENTS_MAX: Final = 2**22


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
    """An int8 array of zeros and ones; without dimensions, an int."""

    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Box:
    """An array of `dtype`, or without dimensions a scalar, between `low` and `high` (flat, row-major; may be infinite)."""

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
    if isinstance(space, Discrete):  # by far the most often asked for, and to match it costs as much as the answer
        return type(action) is int and space.start <= action < space.start + space.n
    match space:
        case Choice(values):
            return any(same_value(value, action) for value in values)
        case TupleSpace(items):
            fits = isinstance(action, list) and len(action) == len(items)
            return fits and all(contains(item, part) for item, part in zip(items, action, strict=True))
        case DictSpace(pairs):
            fits = isinstance(action, dict) and action.keys() == {key for key, _ in pairs}
            return fits and all(contains(item, action[key]) for key, item in pairs)
        case MultiBinary(()):
            return type(action) is int and action in (0, 1)
        case Box(()):
            low, high = _ends(space)[:, 0]
            family = {"b": bool, "f": float}.get(np.dtype(space.dtype).kind, int)
            return type(action) is family and bool(low <= action <= high)
        case MultiDiscrete() | MultiBinary() | Box():
            return isinstance(action, np.ndarray) and _holds_array(space, action)


def _holds_array(space: MultiDiscrete | MultiBinary | Box, action: Array) -> bool:
    match space:
        case MultiDiscrete(sizes, starts):
            if action.shape != (len(sizes),) or action.dtype.kind not in "iu":
                return False
            offsets = action - np.array(starts or (0,) * len(sizes), np.int64)
            return bool(((offsets >= 0) & (offsets < np.array(sizes))).all())
        case MultiBinary(shape):
            return action.shape == shape and action.dtype.kind in "iub" and bool(np.isin(action, (0, 1)).all())
        case Box(shape, dtype):
            if action.shape != shape or action.dtype.name != dtype:
                return False
            low, high = _ends(space)
            return bool(((action.ravel() >= low) & (action.ravel() <= high)).all())


def _ends(box: Box) -> Array:
    """Return the bounds [2, N]; those of floats rounded to the dtype, as the elements are."""
    with np.errstate(over="ignore"):  # a bound beyond the dtype is its infinity
        return np.array((box.low, box.high), box.dtype if np.dtype(box.dtype).kind == "f" else "float64")


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
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"malformed {plain.get('type')!r} space: {error!r}") from None


def _space_from_plain(plain: Mapping[str, Any], depth_max: int) -> Space:
    match plain.get("type"):
        case "discrete":
            space: Space = Discrete(_count(plain["n"]), _start(plain.get("start", 0)))
        case "multidiscrete":
            sizes = tuple(_count(n) for n in plain["n"])
            space = MultiDiscrete(sizes, tuple(_start(start) for start in plain.get("start", (0,) * len(sizes))))
            _expect(len(space.start) == len(sizes), "`start` and `n` differ in length")
        case "multibinary":
            space = MultiBinary(_shape(plain["shape"], 1))
        case "box":
            low, high = (tuple(float(from_json(x)) for x in plain[end]) for end in ("low", "high"))
            space = Box(_shape(plain["shape"], 0), str(plain["dtype"]), low, high)
            _expect_bounds(space)
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


def _start(number: Any) -> int:
    _expect(type(number) is int and -(2**63) <= number < 2**63 - 2**32, f"{number!r} is no start of a space of int64")
    return int(number)


def _shape(sizes: Any, least: int) -> tuple[int, ...]:
    shape = tuple(_count(size, least) for size in sizes)
    fits = len(shape) <= DIMENSIONS_MAX and math.prod(shape) <= ELEMENTS_MAX
    _expect(fits, f"a shape has at most {DIMENSIONS_MAX} dimensions and {ELEMENTS_MAX:,} elements")
    return shape


def _expect_bounds(box: Box) -> None:
    _expect(box.dtype in ARRAY_DTYPES, f"unknown dtype {box.dtype!r}")
    _expect(len(box.low) == len(box.high) == math.prod(box.shape), "`low` and `high` need one number per element")
    _expect(all(map(operator.le, box.low, box.high)), "a bound in `low` is above the one in `high`, or NaN")
    kind = np.dtype(box.dtype).kind
    if kind != "f":
        least, most = (0, 1) if kind == "b" else (np.iinfo(box.dtype).min, float(np.iinfo(box.dtype).max))
        whole = all(least <= end <= most and end == int(end) for end in (*box.low, *box.high))
        _expect(whole, f"the bounds of a box of {box.dtype} are whole numbers that it can hold")


def _expect(holds: bool, complaint: str) -> None:
    if not holds:
        raise ValueError(complaint)
