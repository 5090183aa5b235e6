"""Values: leaves (bool, int, float, str, bytes, None, arrays) in dicts and lists.

A 0-d array and a numpy scalar are scalars, so width counts only for arrays of one or more dimensions.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from enum import Enum
from typing import Any, Final, TypeAlias

import numpy as np

from equivcheck.model.paths import extend_path

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Leaf: TypeAlias = bool | int | float | str | bytes | Array | None
Value: TypeAlias = Any  # a Leaf, or a dict or list of Values; recursive aliases defeat mypy's inference here

ARRAY_DTYPES: Final = frozenset(
    ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64"]
)
NATIVE_DTYPES: Final = frozenset(map(np.dtype, ARRAY_DTYPES))  # to look up the name of a dtype takes microseconds


class Missing(Enum):
    """The one value that stands for "no leaf here"."""

    MISSING = "missing"

    def __repr__(self) -> str:
        return "nothing"


MISSING: Final = Missing.MISSING


def canonical(value: Any) -> Value:
    """Return `value` as a tree of leaves: tuples as lists, 0-d arrays as scalars, keys as text.

    Raises: TypeError for what is no value (a function, an object array, two keys with one text).
    """
    if value is None or type(value) in (bool, int, float, str, bytes):
        return value
    if isinstance(value, np.generic):
        return _canonical_scalar(value)
    if isinstance(value, np.ndarray):
        return _canonical_array(value)
    if isinstance(value, Mapping):
        return {key: canonical(item) for key, item in text_keys(value).items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return {name: canonical(item) for name, item in zip(value._fields, value, strict=True)}
    if isinstance(value, (list, tuple)):
        return [canonical(item) for item in value]
    if hasattr(value, "__array__"):
        return canonical(np.asarray(value))
    if hasattr(value, "__dataclass_fields__"):
        return {name: canonical(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, str):
        return str.__str__(value)  # of an enum of strings, str() returns the name
    for plain in (int, float):
        if isinstance(value, plain):
            return plain(value)
    if isinstance(value, bytes):
        return bytes(value)
    if isinstance(value, (set, frozenset)):
        raise TypeError("a set has no order and is no value: return sorted(...), or a dict of bools")
    wanted = "bool, int, float, str, bytes, None, arrays, dicts, lists"
    raise TypeError(f"something of the type `{type(value).__name__}` is no value: use {wanted}")


def text_keys(mapping: Mapping[Any, Any]) -> dict[str, Any]:
    """Return the mapping with its keys as text. Raises: TypeError where two keys have the same."""
    renamed = {str(key): item for key, item in mapping.items()}
    if len(renamed) != len(mapping):
        raise TypeError("two keys of one dict have the same text")
    return renamed


def _canonical_scalar(scalar: np.generic) -> Value:
    item = scalar.item()
    if isinstance(item, np.generic):
        raise TypeError(f"a {type(item).__name__} is no value: no Python number is as wide")
    return canonical(item)


def _canonical_array(array: Array) -> Value:
    if array.ndim == 0:
        return canonical(array.item())
    if array.dtype in NATIVE_DTYPES:
        return array
    if array.dtype.name in ARRAY_DTYPES:
        return array.astype(array.dtype.newbyteorder("="))
    if array.dtype.name == "bfloat16":
        return array.astype(np.float32)
    if array.dtype.kind in "US":
        return canonical(array.tolist())
    raise TypeError(f"an array of dtype {array.dtype} is no value: use one of {', '.join(sorted(ARRAY_DTYPES))}")


def kind_of(leaf: Leaf | Missing) -> str:
    """Return the kind in words: `bool`, `int`, `float`, `text`, `bytes`, `None`, `array`, `empty ...`, `nothing`."""
    if isinstance(leaf, np.ndarray):
        return "array"
    if isinstance(leaf, (dict, list)):
        return "empty dict" if isinstance(leaf, dict) else "empty list"
    names = {bool: "bool", int: "int", float: "float", str: "text", bytes: "bytes", type(None): "None", Missing: "nothing"}
    return names[type(leaf)]


def flatten(tree: Value, path: str = "") -> dict[str, Leaf]:
    """Return the leaves of a canonical tree by path; an empty container is a leaf of its own."""
    leaves: dict[str, Leaf] = {}
    stack: list[tuple[str, Value]] = [(path, tree)]
    while stack:
        at, value = stack.pop()
        if isinstance(value, dict) and value:
            stack.extend((extend_path(at, key), item) for key, item in reversed(value.items()))
        elif isinstance(value, list) and value:
            stack.extend((extend_path(at, index), value[index]) for index in reversed(range(len(value))))
        else:
            leaves[at] = value
    return leaves


def same_leaf(a: Leaf | Missing, b: Leaf | Missing) -> bool:
    """Return whether two leaves are exactly equal: kind, dtype, shape, every bit; NaN never is."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        same_form = a.dtype == b.dtype and a.shape == b.shape
        return same_form and a.tobytes() == b.tobytes() and not holds_nan(a)
    if isinstance(a, float) and isinstance(b, float):
        return a == b and math.copysign(1.0, a) == math.copysign(1.0, b)
    return bool(a == b)


def same_value(a: Value, b: Value) -> bool:
    """Return whether two canonical trees have the same leaves, exactly."""
    left, right = flatten(a), flatten(b)
    return left.keys() == right.keys() and all(same_leaf(left[path], right[path]) for path in left)


def holds_nan(array: Array) -> bool:
    """Return whether a float array holds a NaN; False for every other dtype."""
    return array.dtype.kind == "f" and bool(np.isnan(array).any())


def to_json(value: Value) -> Any:
    """Return a canonical tree as plain JSON that `from_json` reads back bit for bit.

    Arrays, bytes, NaN, infinities and dicts whose keys begin with `$` become objects with one `$` key.
    """
    if isinstance(value, float) and not math.isfinite(value):
        return {"$float": repr(value)}
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, np.ndarray):
        data = value.astype(np.float64) if value.dtype.kind == "f" else value
        flat = [to_json(item) for item in data.ravel().tolist()]
        return {"$array": {"dtype": value.dtype.name, "shape": list(value.shape), "data": flat}}
    if isinstance(value, dict):
        plain = {key: to_json(item) for key, item in value.items()}
        return {"$dict": plain} if any(key.startswith("$") for key in plain) else plain
    if isinstance(value, list):
        return [to_json(item) for item in value]
    return value


def from_json(plain: Any) -> Value:
    """Return the tree that `to_json` wrote. Raises: ValueError for a malformed `$` object."""
    if isinstance(plain, list):
        return [from_json(item) for item in plain]
    if not isinstance(plain, dict):
        return plain
    tag = next((key for key in plain if key.startswith("$")), None)
    if tag is None:
        return {key: from_json(item) for key, item in plain.items()}
    try:
        if len(plain) == 1 and tag in _TAGS:
            return _TAGS[tag](plain[tag])
    except (TypeError, KeyError, AttributeError, ArithmeticError) as error:
        raise ValueError(f"malformed {tag!r} object: {error}") from None
    raise ValueError(f"unknown object {tag!r}: one of {', '.join(_TAGS)} stands alone in its object")


def _array_from_json(plain: dict[str, Any]) -> Array:
    if plain["dtype"] not in ARRAY_DTYPES:
        raise ValueError(f"unknown array dtype {plain['dtype']!r}")
    dtype, shape = np.dtype(plain["dtype"]), plain["shape"]
    flat = [from_json(item) for item in plain["data"]]
    if any(type(size) is not int or size < 0 for size in shape) or math.prod(shape) != len(flat):
        raise ValueError(f"an array of shape {shape} does not have {len(flat)} elements")
    families = {"b": (bool,), "f": (float, int)}.get(dtype.kind, (int,))
    bounds = np.iinfo(dtype) if dtype.kind in "iu" else None
    if any(type(item) not in families or (bounds and not bounds.min <= item <= bounds.max) for item in flat):
        raise ValueError(f"an array of {dtype} has an element that is none")
    with np.errstate(over="raise"):
        return np.array(flat, dtype=dtype).reshape(shape)


_TAGS: Final[dict[str, Any]] = {
    "$float": float,
    "$bytes": lambda text: base64.b64decode(text, validate=True),
    "$array": _array_from_json,
    "$dict": lambda plain: {key: from_json(item) for key, item in plain.items()},
}
