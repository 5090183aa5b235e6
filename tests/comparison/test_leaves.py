"""Leaves: strict unless a rule loosens, and then by what it says and no more."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equivcheck.comparison.leaves import compare_arrays, differ, match, ulps_between
from equivcheck.model.columns import Column, columnise
from equivcheck.model.spec import FieldRule
from equivcheck.model.values import MISSING, kind_of, same_leaf
from tests.comparison.tables import leaves, rule

NAN, INF = float("nan"), float("inf")
HALF, SINGLE, DOUBLE = (np.dtype(name) for name in ("float16", "float32", "float64"))


def column_of(rows: list[Any]) -> Column:
    (column,) = columnise([{"x": leaf} for leaf in rows]).values()
    return column


def agree(a: Any, b: Any, how: FieldRule | None) -> bool:
    """Return whether two leaves agree, by their columns and one by one; both ways must say the same."""
    if isinstance(a, (dict, list)) or isinstance(b, (dict, list)):
        return differ("x", a, b, how) is None
    by_column = not match(column_of([a, a]), column_of([b, b]), how).bad.any()
    assert by_column == (differ("x", a, b, how) is None)
    return by_column


@given(leaves(nan=True), leaves(nan=True))
def test_without_a_rule_only_equal_leaves_agree(a: Any, b: Any) -> None:
    assert (differ("x", a, b, None) is None) == same_leaf(a, b)
    assert (differ("x", b, a, None) is None) == same_leaf(a, b)
    assert (differ("x", a, a, None) is None) == same_leaf(a, a)


@given(st.lists(st.tuples(leaves(nan=True), leaves(nan=True)), min_size=1, max_size=4))
def test_columns_differ_in_the_rows_in_which_their_leaves_do(pairs: list[tuple[Any, Any]]) -> None:
    rows = [(a, b if index % 2 else a) for index, (a, b) in enumerate(pairs)]
    left, right = (columnise([{"x": row[side]} for row in rows]) for side in (0, 1))
    if "x" not in left or "x" not in right:
        return  # empty containers alone
    bad = match(left["x"], right["x"], None).bad.tolist()
    assert bad == [not same_leaf(a, b) for a, b in rows]


@pytest.mark.parametrize(
    ("a", "b", "kind", "words"),
    [
        (1, MISSING, "missing", "int against nothing"),
        (MISSING, "x", "missing", "nothing against text"),
        (1, 1.0, "kind", "int against float"),
        (True, 1, "kind", "bool against int"),
        (None, 0, "kind", "None against int"),
        ("1", b"1", "kind", "text against bytes"),
        ({}, [], "kind", "empty dict against empty list"),
        (1.0, np.ones(1), "kind", "float against array"),
        (np.ones(2, np.float32), np.ones(2), "dtype", "float32[2] against float64[2]"),
        (np.ones(2), np.ones((2, 1)), "shape", "shape [2] against [2, 1]"),
        (0.0, -0.0, "value", "the sign of zero differs"),
        (np.zeros(2), np.array([0.0, -0.0]), "value", "the sign of zero differs"),
        (NAN, NAN, "nan", "NaN on both sides"),
        (NAN, 1.0, "nan", "NaN on the reference alone"),
        (np.ones(2), np.array([1.0, NAN]), "nan", "NaN on the target alone"),
        (np.arange(4), np.array([0, 3, 9, 3]), "value", "2 of 4 elements differ, this one most"),
        ("a", "b", "value", ""),
        (2**70, 2**70 + 1, "value", ""),
    ],
)
def test_a_difference_is_said_in_words(a: Any, b: Any, kind: str, words: str) -> None:
    found = differ("x", a, b, None)
    assert found is not None
    assert (found.kind, found.words) == (kind, words)


def test_of_an_array_the_element_that_is_farthest_off_is_shown() -> None:
    found = differ("x", np.array([[0, 0], [0, 9]]), np.array([[0, 1], [0, 4]]), None)
    assert found is not None
    assert (found.path, found.reference, found.target, found.distance, found.would_pass) == ("x[1][1]", 9, 4, 5.0, 5.0)


NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.sampled_from([2**53, 2**53 + 1, 2**62, 2**62 + 1])


@given(NUMBERS, st.integers(-3, 3), st.sampled_from([0.5, 1.0, 2.0, 2.5]))
def test_an_absolute_tolerance_of_whole_numbers_is_exact_at_any_size(a: int, off: int, atol: float) -> None:
    b = min(max(a + off, -(2**63)), 2**63 - 1)
    assert agree(a, b, rule(atol=atol)) == (abs(a - b) <= atol)


@given(st.integers(0, 2**64 - 1), st.integers(0, 3), st.integers(0, 3))
def test_an_absolute_tolerance_holds_between_numbers_on_both_sides_of_2_to_the_63(a: int, off: int, atol: int) -> None:
    b = min(a + off, 2**64 - 1)
    assert agree(a, b, rule(atol=float(atol))) == (b - a <= atol)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(0, 1e6), st.floats(0, 1))
def test_a_tolerance_is_atol_and_rtol_of_the_reference(a: float, b: float, atol: float, rtol: float) -> None:
    if not atol and not rtol:
        return
    slack = Fraction(atol) + Fraction(rtol) * abs(Fraction(a)) - abs(Fraction(a) - Fraction(b))
    if abs(slack) > Fraction(1, 10**6):
        assert agree(a, b, rule(atol=atol, rtol=rtol)) == (slack > 0)


def test_a_relative_tolerance_is_of_the_reference_alone() -> None:
    assert agree(1000.0, 901.0, rule(rtol=0.1))
    assert not agree(901.0, 1000.0, rule(rtol=0.1))


@pytest.mark.parametrize("how", [rule(atol=1e300), rule(rtol=1e9), rule(ulps=2**62), rule(atol=1.0, rtol=0.5, ulps=4)])
def test_no_tolerance_makes_an_infinity_near_to_anything_else(how: FieldRule) -> None:
    for a, b in [(INF, 1.7e308), (1.7e308, INF), (INF, -INF), (-INF, 0.0), (INF, NAN)]:
        assert not agree(a, b, how)
        assert not agree(np.array([a, 0.0]), np.array([b, 0.0]), how)
    assert agree(INF, INF, how)
    assert agree(-INF, -INF, how)


@pytest.mark.parametrize("how", [rule(atol=5.0), rule(rtol=5.0), rule(ulps=9), rule(atol=5.0, dtype="any")])
def test_no_tolerance_makes_true_of_false(how: FieldRule) -> None:
    assert not agree(True, False, how)
    assert not agree(np.array([True, False]), np.array([True, True]), how)
    assert agree(True, True, how)


@given(
    st.sampled_from([HALF, SINGLE, DOUBLE]),
    st.floats(-100, 100, width=16) | st.sampled_from([0.0, -0.0, 5e-324]),
    st.integers(0, 40),
    st.booleans(),
)
def test_ulps_are_counted_one_by_one(dtype: np.dtype[Any], number: float, count: int, up: bool) -> None:
    a = np.full(2, number, dtype)
    b = a
    for _ in range(count):
        b = np.nextafter(b, np.array(INF if up else -INF, dtype))
    assert ulps_between(a, b).tolist() == [count, count]
    assert ulps_between(b, a).tolist() == [count, count]
    for ulps in {max(count - 1, 1), max(count, 1), count + 1}:
        assert agree(a, b, rule(ulps=ulps)) == (count <= ulps)


def test_ulps_between_two_widths_are_those_of_the_narrower() -> None:
    a = np.array([0.1, 0.1])
    b = np.nextafter(a.astype(np.float32), np.float32(1))
    assert agree(a, b, rule(ulps=1, dtype="any"))
    assert not agree(a, np.nextafter(b, np.float32(1)), rule(ulps=1, dtype="any"))


@given(leaves(nan=True), leaves(nan=True))
def test_tolerances_never_bridge_kinds_dtypes_or_shapes(a: Any, b: Any) -> None:
    same_form = kind_of(a) == kind_of(b) and np.shape(a) == np.shape(b) and getattr(a, "dtype", None) == getattr(b, "dtype", None)
    if not same_form:
        assert not agree(a, b, rule(atol=1e308, rtol=1e9, ulps=2**62, nan="equal"))


@given(leaves(nan=True), leaves(nan=True))
def test_any_dtype_lets_numbers_of_one_value_agree_and_nothing_else(a: Any, b: Any) -> None:
    how = rule(dtype="any")
    numbers = all(isinstance(leaf, (bool, int, float, np.ndarray)) for leaf in (a, b))
    small = numbers and all(abs(float(item)) <= 2**53 for leaf in (a, b) for item in np.ravel(leaf).tolist() if item == item)
    if not numbers:
        assert agree(a, b, how) == same_leaf(a, b)
    elif small:
        one_type = type(a) is type(b) and getattr(a, "dtype", None) == getattr(b, "dtype", None)
        by_value = (
            np.shape(a) == np.shape(b)
            and isinstance(a, np.ndarray) == isinstance(b, np.ndarray)
            and bool(np.all(np.asarray(a) == np.asarray(b)))
        )
        assert agree(a, b, how) == (same_leaf(a, b) if one_type else by_value)


@given(st.lists(st.sampled_from([NAN, 1.0, 2.0, INF]), min_size=2, max_size=4), st.data())
def test_two_nan_agree_where_the_rule_says_so_and_nan_agrees_with_nothing_else(a: list[float], data: st.DataObject) -> None:
    b = data.draw(st.lists(st.sampled_from([NAN, 1.0, 2.0, INF]), min_size=len(a), max_size=len(a)))
    equal = all(x == y or (x != x and y != y) for x, y in zip(a, b, strict=True))
    assert agree(np.array(a), np.array(b), rule(nan="equal")) == equal
    assert agree(np.array(a), np.array(b), rule(atol=1e-9)) == (equal and NAN not in a and not np.isnan(a).any())
    for x, y in zip(a, b, strict=True):
        assert agree(x, y, rule(nan="equal")) == (x == y or (x != x and y != y))


def test_what_a_rule_alone_let_pass_is_counted() -> None:
    a, b = column_of([1.0, 2.0, 3.0, 4.0]), column_of([1.0, 2.5, 3.0, 9.0])
    found = match(a, b, rule(atol=1.0))
    assert found.bad.tolist() == [False, False, False, True]
    assert found.loosened == 1
    assert found.error is not None
    assert found.error.tolist() == [0.0, 0.5, 0.0, 5.0]


def test_arrays_are_compared_element_by_element() -> None:
    accepted, exact, gap = compare_arrays(np.array([1.0, NAN, 0.0]), np.array([1.5, NAN, -0.0]), rule(atol=1.0))
    assert accepted.tolist() == [True, False, True]
    assert exact.tolist() == [False, False, False]
    assert gap.tolist() == [0.5, 0.0, 0.0]


def test_columns_with_absent_rows_differ_where_a_leaf_or_its_presence_does() -> None:
    present = np.array([False, True, True, True])
    values = np.array([0.0, 1.0, 2.0, 3.0])
    column = Column(values, True, present)
    same = match(column, Column(values.copy(), True, present.copy()), None)
    assert not same.bad.any()
    assert same.error is None
    assert match(column, Column(np.array([0.0, 1.0, 3.0, 3.0]), True, present), None).bad.tolist() == [False, False, True, False]
    assert match(column, Column(values, True, np.array([True, True, True, True])), None).bad.tolist() == [True, False, False, False]
    assert match(column, Column(np.array([0.0, 1.0, 2.0, np.nan]), True, present), None).bad.tolist() == [False, False, False, True]
    unknown = Column(np.array([0.0, np.nan]), True, np.array([False, True]))
    assert match(unknown, unknown, None).bad.tolist() == [False, True]
