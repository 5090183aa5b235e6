"""Trees of values as shrinking walks them: dicts, lists, and arrays by element, down to scalars."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping

import numpy as np

from equivcheck.model.paths import Segments
from equivcheck.model.values import MISSING, Array, Missing, Value


def text_of(value: Value | Missing) -> str:
    """Return the exact text of a value, in shortlex order: a simpler value is shorter, or as long and sorts first."""
    if type(value) is int:
        return str(value)
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, bytes):
        return f"x{value.hex()}"
    if isinstance(value, np.ndarray):
        numbers = value.astype(np.uint8) if value.dtype.kind == "b" else value
        return f"{value.dtype.name}{value.shape}[{','.join(numbers.ravel().astype(str).tolist())}]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{text_of(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(text_of, value)) + "]"
    return "" if value is MISSING else "-"


def parts_of(value: Value) -> dict[str | int, Value]:
    """Return what lies directly in a value, by key, index or flat array index; a scalar has no parts."""
    if isinstance(value, dict):
        return dict(value)
    if isinstance(value, np.ndarray):
        return dict(enumerate(_elements_of(value)))
    return dict(enumerate(value)) if isinstance(value, list) else {}


def _elements_of(array: Array) -> list[Value]:
    """Return the elements as scalars; a narrow float is the shortest decimal that reads back as it."""
    flat = array.ravel()
    narrow = array.dtype.kind == "f" and array.dtype.itemsize < 8
    return [float(text) for text in flat.astype(str)] if narrow else list(flat.tolist())


def part_at(value: Value, path: Segments) -> Value | Missing:
    """Return what lies at `path`; MISSING where nothing does."""
    for segment in path:
        if isinstance(value, np.ndarray) and isinstance(segment, int):
            element = value.ravel()[segment : segment + 1]
            value, segment = _elements_of(element), 0
        if isinstance(value, dict):
            value = value.get(segment, MISSING)
        else:
            known = isinstance(value, list) and isinstance(segment, int) and segment < len(value)
            value = value[segment] if known else MISSING
    return value


def scalars_of(value: Value, path: Segments = ()) -> Iterator[tuple[Segments, Value]]:
    """Yield every scalar with its path; an empty container yields nothing."""
    if not isinstance(value, (dict, list, np.ndarray)):
        yield path, value
    for key, part in parts_of(value).items():
        yield from scalars_of(part, (*path, key))


def depth_of(value: Value) -> int:
    """Return the number of containers around the deepest scalar."""
    return max((len(path) for path, _ in scalars_of(value)), default=0)


def zeros_like(value: Value) -> Value:
    """Return the simplest tree of the same form: every number 0, every text empty."""
    if isinstance(value, dict):
        return {key: zeros_like(part) for key, part in value.items()}
    if isinstance(value, list):
        return [zeros_like(part) for part in value]
    if isinstance(value, np.ndarray):
        return np.zeros_like(value)
    return None if value is None else type(value)()


def replaced(value: Value, changes: Mapping[Segments, Value]) -> Value:
    """Return `value` with the parts at some paths exchanged; `value` itself stays as it is."""
    if () in changes:
        return changes[()]
    below: dict[str | int, dict[Segments, Value]] = defaultdict(dict)
    for path, new in changes.items():
        below[path[0]][path[1:]] = new
    if isinstance(value, np.ndarray):
        flat = value.ravel().copy()
        for index, element in below.items():
            flat[index] = element[()]
        return flat.reshape(value.shape)
    if not isinstance(value, (dict, list)):
        return value
    parts = {key: replaced(part, below[key]) if key in below else part for key, part in parts_of(value).items()}
    return parts if isinstance(value, dict) else list(parts.values())


def _has_form_of(value: Value, target: Value | Missing) -> bool:
    if isinstance(value, np.ndarray) and isinstance(target, np.ndarray):
        return bool(value.shape == target.shape and value.dtype == target.dtype)
    return type(value) is type(target) and parts_of(value).keys() == parts_of(target).keys()


def differing(value: Value, target: Value | Missing, depth: int) -> Iterator[Segments]:
    """Yield the paths of `depth` segments at which two trees differ, as far down as they have the same form."""
    if text_of(value) == text_of(target):
        return
    if depth == 0:
        yield ()
        return
    parts, wanted = parts_of(value), parts_of(target)
    if _has_form_of(value, target):
        for key in parts:
            yield from ((key, *path) for path in differing(parts[key], wanted[key], depth - 1))


def distance(value: Value, target: Value | Missing) -> int:
    """Return how many scalars of `value` differ from `target`; a container of another form counts whole."""
    if text_of(value) == text_of(target):
        return 0
    parts, wanted = parts_of(value), parts_of(target)
    if parts and _has_form_of(value, target):
        return sum(distance(parts[key], wanted[key]) for key in parts)
    return max(1, sum(1 for _ in scalars_of(value)))
