"""Columns: what goes in by rows comes out by rows."""

from __future__ import annotations

import collections
import copy
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from equivcheck.model.columns import Column, columnise, join_columns, row_tree, tree_rows, unflatten
from equivcheck.model.values import ARRAY_DTYPES, MISSING, canonical

ARRAYS = st.sampled_from(sorted(ARRAY_DTYPES)).flatmap(
    lambda dtype: npst.arrays(dtype, npst.array_shapes(min_dims=1, min_side=0, max_side=2))
)
INTS = st.integers() | st.sampled_from([-(2**63), 2**63 - 1, 2**63, 2**64 - 1, 2**64, -(2**63) - 1])
LEAVES = st.none() | st.booleans() | INTS | st.floats() | st.text(max_size=2) | st.binary(max_size=2) | ARRAYS
KEYS = st.sampled_from(["a", "b", "0", "", "a.b", "[0]"])
TREES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=5)


@st.composite
def tables(draw: st.DrawFn) -> list[Any]:
    """Rows as environments give them: mostly of one form, each of its own now and then."""
    forms = draw(st.lists(TREES, min_size=1, max_size=3))
    return [copy.deepcopy(draw(st.sampled_from(forms) | TREES)) for _ in range(draw(st.integers(1, 5)))]


def same_bits(a: Any, b: Any) -> bool:
    """Return whether two trees are equal, NaN equal to NaN."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same_bits(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same_bits, a, b))
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and all(map(same_bits, a.ravel().tolist(), b.ravel().tolist()))
    return repr(a) == repr(b)


def rows_of(columns: dict[str, Column], count: int) -> list[Any]:
    return [row_tree(columns, row) for row in range(count)]


@given(tables())
def test_rows_come_back_from_columns_as_they_went_in(rows: list[Any]) -> None:
    columns = columnise(rows)
    assert same_bits(rows_of(columns, len(rows)), rows)
    for column in columns.values():
        assert len(column) == len(rows)
        present = [column.leaf(row) is not MISSING for row in range(len(rows))]
        assert column.presence.tolist() == present
        assert any(present)


@given(tables(), st.data())
def test_taking_rows_is_taking_rows(rows: list[Any], data: st.DataObject) -> None:
    columns = columnise(rows)
    start, stop = sorted(data.draw(st.tuples(st.integers(0, len(rows)), st.integers(0, len(rows)))))
    taken = {path: column.take(slice(start, stop)) for path, column in columns.items()}
    assert same_bits(rows_of(taken, stop - start), rows[start:stop])
    picks = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=5))
    taken = {path: column.take(np.array(picks, np.int64)) for path, column in columns.items()}
    assert same_bits(rows_of(taken, len(picks)), [rows[pick] for pick in picks])


@given(st.lists(tables(), max_size=3))
def test_joining_blocks_is_joining_rows(blocks: list[list[Any]]) -> None:
    joined = join_columns([(columnise(rows), len(rows)) for rows in blocks])
    rows = [row for block in blocks for row in block]
    assert same_bits(rows_of(joined, len(rows)), rows)


@given(st.lists(st.fixed_dictionaries({}, optional={"obs": TREES, "state": TREES}), min_size=1, max_size=4))
def test_one_field_of_every_row_is_that_field_of_each_row(rows: list[dict[str, Any]]) -> None:
    columns = columnise([{"step": 0, **row} for row in rows])
    expected = [row["obs"] for row in rows] if all("obs" in row for row in rows) else None
    assert same_bits(tree_rows(columns, "obs", len(rows)), expected)
    for index, row in enumerate(rows):
        only = {"obs": row["obs"]} if "obs" in row else {}
        assert same_bits(row_tree(columns, index, ["obs"]), only)


@given(st.lists(st.fixed_dictionaries({"x": st.floats(), "y": st.lists(st.booleans(), min_size=2, max_size=2)}), min_size=1, max_size=4))
def test_fields_of_typed_columns_are_rows_as_well(rows: list[dict[str, Any]]) -> None:
    columns = columnise([{"obs": row} for row in rows])
    assert not any(isinstance(column.values, list) for column in columns.values())
    assert same_bits(tree_rows(columns, "obs", len(rows)), rows)


def forms(rows: list[Any]) -> Any:
    return {path: column.form for path, column in columnise(rows).items()}


def test_rows_of_one_form_are_typed_and_others_ragged() -> None:
    assert forms([True, False]) == {"": ("bool", "bool", ())}
    assert forms([1, -(2**63), 2**63 - 1]) == {"": ("int", "int64", ())}
    assert forms([0, 2**64 - 1]) == {"": ("int", "uint64", ())}
    assert forms([-1, 2**64 - 1]) == {"": ("ragged", "", ())}
    assert forms([2**64]) == {"": ("ragged", "", ())}
    assert forms([1.0, 2.0]) == {"": ("float", "float64", ())}
    assert forms([1, 1.0]) == {"": ("ragged", "", ())}
    assert forms([1, True]) == {"": ("ragged", "", ())}
    assert forms([np.zeros((2, 3), np.float32)] * 2) == {"": ("array", "float32", (2, 3))}
    assert forms([np.zeros(2), np.zeros(3)]) == {"": ("ragged", "", ())}
    assert forms([np.zeros(2), np.zeros(2, np.float32)]) == {"": ("ragged", "", ())}
    assert forms([{"a": 1}, {"a": 2, "b": [3.0]}, 4]) == {
        "a": ("int", "int64", ()),
        "b[0]": ("float", "float64", ()),
        "": ("int", "int64", ()),
    }


Pair = collections.namedtuple("Pair", ["left", "right"])
OUTSIDE = [
    [np.float32(0.1), np.float32(2)],
    [np.float32(0.1), 0.5],
    [np.array(3), np.array(4)],
    [np.array([1], ">i4"), np.array([1], "<i4")],
    [np.array([1.5], ">f8"), np.array([2.5], ">f8")],
    [Pair(1, [2]), Pair(3, ())],
    [(1, 2), [3]],
    [{1: "a"}, {"1": "b"}],
    [{1: {2: 3}}, {1: {2: 4}}],
    [collections.OrderedDict(a=1), {"a": 2}],
    [collections.defaultdict(int, a=1), collections.defaultdict(int, b=2)],
    [np.array(["a", "b"]), np.array(["c"])],
    [collections.UserDict(a=[1]), collections.UserDict()],
]


@pytest.mark.parametrize("rows", OUTSIDE)
def test_rows_that_are_not_canonical_count_as_what_canonical_makes_of_them(rows: list[Any]) -> None:
    plain = [canonical(row) for row in rows]
    assert same_bits(rows_of(columnise(rows), len(rows)), plain)
    assert forms(rows) == forms(plain)
    assert same_bits([canonical(row) for row in rows], plain)  # reading has changed nothing


@pytest.mark.parametrize(
    "rows", [[object()], [{"a": len}], [{1: 0, "1": 0}], [np.longdouble(1)], [np.zeros(2, np.longdouble)], [np.array([1j])]]
)
def test_what_is_no_value_is_refused(rows: list[Any]) -> None:
    with pytest.raises(TypeError, match=r"no value|same text"):
        columnise(rows)


def test_columns_stand_in_the_order_in_which_rows_first_name_them() -> None:
    names = [f"key{index}" for index in range(40)]
    assert list(columnise([{name: 0} for name in names])) == names


def test_columns_are_no_view_of_what_they_were_made_from() -> None:
    array = np.zeros(2)
    columns = columnise([{"obs": array}])
    array[0] = 1.0
    assert row_tree(columns, 0)["obs"].tolist() == [0.0, 0.0]


def test_a_tree_of_one_leaf_is_that_leaf() -> None:
    assert unflatten({"": 3}) == 3
    assert unflatten({"": MISSING, "a[0]": 1}) == {"a": [1]}
    assert unflatten({}) == {}


def test_items_stand_in_the_order_of_their_indices() -> None:
    assert unflatten({"a[10]": "k", "a[1]": "b", "a[0]": "a"}) == {"a": ["a", "b", "k"]}
