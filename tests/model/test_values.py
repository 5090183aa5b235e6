"""Values: trees of leaves are taken apart, compared and written without losing a bit."""

from __future__ import annotations

import collections
import dataclasses
import enum
import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from equivcheck.model.columns import unflatten
from equivcheck.model.values import ARRAY_DTYPES, MISSING, canonical, flatten, from_json, holds_nan, kind_of, same_leaf, same_value, to_json

ARRAYS = st.sampled_from(sorted(ARRAY_DTYPES)).flatmap(
    lambda dtype: npst.arrays(dtype, npst.array_shapes(min_dims=1, min_side=0, max_side=3))
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.binary(max_size=4) | ARRAYS
KEYS = st.text(max_size=3) | st.sampled_from(["$float", "$array", "$", "a.b", "0"])
TREES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=6)


def same_bits(a: Any, b: Any) -> bool:
    """Return whether two trees are equal, NaN equal to NaN; an opinion of its own, apart from `same_value`."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same_bits(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same_bits, a, b))
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and all(map(same_bits, a.ravel().tolist(), b.ravel().tolist()))
    return repr(a) == repr(b)


@given(TREES)
def test_flatten_and_unflatten_undo_each_other(tree: Any) -> None:
    leaves = flatten(tree)
    assert same_bits(unflatten(leaves), tree)
    assert all(not isinstance(leaf, (dict, list)) or not leaf for leaf in leaves.values())


def test_leaves_have_their_paths_in_the_order_of_the_tree() -> None:
    tree = {"b": [1, {"x y": 2}], "a": {}, "c": {"d": []}}
    assert list(flatten(tree).items()) == [("b[0]", 1), ('b[1]["x y"]', 2), ("a", {}), ("c.d", [])]
    assert unflatten({"a": 1, "b": MISSING}) == {"a": 1}


@given(TREES)
def test_canonical_leaves_canonical_trees_alone(tree: Any) -> None:
    assert same_bits(canonical(tree), tree)


@given(TREES)
def test_json_carries_every_tree_bit_for_bit(tree: Any) -> None:
    assert same_bits(from_json(json.loads(json.dumps(to_json(tree), allow_nan=False))), tree)


@given(TREES, TREES)
def test_two_trees_are_the_same_where_all_bits_are_and_none_is_nan(a: Any, b: Any) -> None:
    nan = any(
        math.isnan(leaf) if isinstance(leaf, float) else isinstance(leaf, np.ndarray) and holds_nan(leaf) for leaf in flatten(a).values()
    )
    assert same_value(a, a) is not nan
    assert same_value(a, b) == (same_bits(a, b) and not nan)


DIFFERENT = [0, 0.0, -0.0, 1, 1.0, True, False, None, "", "1", b"", b"1", math.nan, math.inf, {}, [], MISSING, np.zeros(1), -np.zeros(1)]
DIFFERENT += [
    np.zeros(1, np.float32),
    np.zeros(1, np.int64),
    np.zeros(1, bool),
    np.zeros((1, 1)),
    np.zeros(0),
    np.ones(1),
    np.array([math.nan]),
]


def test_leaves_of_another_kind_width_shape_or_sign_are_not_the_same() -> None:
    for i, a in enumerate(DIFFERENT):
        for j, b in enumerate(DIFFERENT):
            nan = a is DIFFERENT[12] or a is DIFFERENT[-1]
            assert same_leaf(a, b) == (i == j and not nan), (a, b)


class Colour(enum.IntEnum):
    RED = 3


class Move(str, enum.Enum):  # noqa: UP042 - the form that lies about its text
    UP = "up"


@dataclasses.dataclass
class Point:
    x: float
    tags: tuple[str, ...]


Pair = collections.namedtuple("Pair", ["left", "right"])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float32(0.5), 0.5),
        (np.int8(-3), -3),
        (np.bool_(True), True),
        (np.str_("a"), "a"),
        (np.array(2.5, np.float16), 2.5),
        (np.array(7, np.uint64), 7),
        (np.array(["a", "bc"]), ["a", "bc"]),
        (np.array([1, 2], ">i4"), np.array([1, 2], np.int32)),
        ((1, (2,)), [1, [2]]),
        ({1: "a", None: "b"}, {"1": "a", "None": "b"}),
        (Pair(1, (2,)), {"left": 1, "right": [2]}),
        (Point(1.0, ("a",)), {"x": 1.0, "tags": ["a"]}),
        (Colour.RED, 3),
        (Move.UP, "up"),
        (collections.OrderedDict(a=np.int64(1)), {"a": 1}),
        (collections.Counter("aab"), {"a": 2, "b": 1}),
    ],
)
def test_what_others_use_as_values_becomes_canonical(value: Any, expected: Any) -> None:
    assert same_bits(canonical(value), expected)


@pytest.mark.parametrize(
    "value",
    [
        object(),
        len,
        {1: 0, "1": 0},
        np.array([object()]),
        np.array([1j]),
        {3, 1, 2},
        frozenset(),
        1j,
        np.longdouble(1),
        np.array(1, np.longdouble),
        np.zeros(2, np.longdouble),
        np.zeros(1, "i4,f4"),
    ],
)
def test_what_is_no_value_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        canonical([value])


def test_bfloat16_arrays_become_float32() -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes")
    array = canonical(np.array([0.5, 3.0], ml_dtypes.bfloat16))
    assert same_bits(array, np.array([0.5, 3.0], np.float32))
    assert same_bits(canonical(np.array(0.5, ml_dtypes.bfloat16)), 0.5)


@pytest.mark.parametrize(
    "plain",
    [
        {"$float": "one"},
        {"$float": []},
        {"$float": 10**400},
        {"$float": "inf", "a": 1},
        {"$bytes": "é"},
        {"$bytes": "a"},
        {"$bytes": 3},
        {"$dict": 3},
        {"$pickle": ""},
        {"a": {"$what": 1}},
        {"$array": []},
        {"$array": {"dtype": "float32", "shape": [1]}},
        {"$array": {"dtype": "object", "shape": [1], "data": [1]}},
        {"$array": {"dtype": ["float32"], "shape": [1], "data": [1]}},
        {"$array": {"dtype": "float32", "shape": [3], "data": [1]}},
        {"$array": {"dtype": "float32", "shape": [2**70], "data": [1]}},
        {"$array": {"dtype": "float32", "shape": "1", "data": [1]}},
        {"$array": {"dtype": "float32", "shape": [-1], "data": [1]}},
        {"$array": {"dtype": "int8", "shape": [1], "data": [300]}},
        {"$array": {"dtype": "int8", "shape": [1], "data": [1.5]}},
        {"$array": {"dtype": "int8", "shape": [1], "data": ["1"]}},
        {"$array": {"dtype": "bool", "shape": [1], "data": [2]}},
        {"$array": {"dtype": "float32", "shape": [2], "data": [[1, 2]]}},
        {"$array": {"dtype": "float32", "shape": [1], "data": [1e300]}},
    ],
)
def test_malformed_objects_are_refused(plain: Any) -> None:
    with pytest.raises(ValueError, match=r"malformed|unknown|array of|base64|float|ASCII|padding|characters"):
        from_json([plain])


def test_kinds_have_names() -> None:
    leaves = [True, 1, 1.0, "", b"", None, np.zeros(1), {}, [], MISSING]
    names = ["bool", "int", "float", "text", "bytes", "None", "array", "empty dict", "empty list", "nothing"]
    assert [kind_of(leaf) for leaf in leaves] == names
