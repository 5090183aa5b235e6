"""Lists without order: what may be elsewhere, or twice, and what may not."""

from __future__ import annotations

import copy
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from equivcheck.comparison import compare
from equivcheck.model.spec import FieldRule
from equivcheck.model.values import canonical
from tests.comparison.tables import leaves, rule, spec, trace, trees


def agree(a: Any, b: Any, *rules: FieldRule) -> bool:
    return not compare(trace([{"state": canonical(a)}]), trace([{"state": canonical(b)}]), spec(*rules)).divergences


BAG, SET = rule("state", bag=True), rule("state", set=True)


@example([[], np.array([], bool)], Random(3))
@example([[1], np.array([1]), np.array([1], np.int32)], Random(3))
@given(st.lists(trees(leaves()), min_size=1, max_size=5), st.randoms())
def test_a_bag_is_what_it_is_in_any_order(items: list[Any], random: Any) -> None:
    shuffled = copy.deepcopy(items)
    random.shuffle(shuffled)
    assert agree(items, shuffled, BAG)
    assert agree(items, shuffled, SET)
    assert agree(items, [*shuffled, copy.deepcopy(shuffled[0])], SET)
    assert not agree(items, [*shuffled, copy.deepcopy(shuffled[0])], BAG)


@given(st.lists(st.integers(-2, 2), min_size=1, max_size=5), st.lists(st.integers(-2, 2), min_size=1, max_size=5))
def test_bags_and_sets_of_numbers_are_those_of_python(a: list[int], b: list[int]) -> None:
    assert agree(a, b) == (a == b)
    assert agree(a, b, BAG) == (sorted(a) == sorted(b))
    assert agree(a, b, SET) == (set(a) == set(b))
    assert agree(np.array(a), np.array(b), BAG) == (sorted(a) == sorted(b))
    assert agree(np.array(a), np.array(b), SET) == (set(a) == set(b))


@pytest.mark.parametrize(
    ("a", "b"),
    [([1, 2], [2.0, 1]), ([0.0], [-0.0]), ([[1], [2]], [[2, 1]]), (["1"], [1]), ([], [1]), ([True], [1])],
)
def test_a_bag_does_not_loosen_what_is_in_it(a: Any, b: Any) -> None:
    assert not agree(a, b, BAG)
    assert not agree(a, b, SET)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ([9.9999, 10.0001], [10.0, 9.99985]),
        ([{"x": 1.0, "y": 5.0}, {"x": 1.00001, "y": 3.0}], [{"x": 1.0, "y": 3.0}, {"x": 1.00001, "y": 5.0}]),
        ([0.0, 0.0004], [0.0008, 0.0004]),  # the first that is near is not always the one to take
        (np.array([[9.9999, 0.0], [10.0001, 1.0]]), np.array([[10.0, 1.0], [10.0, 0.0]])),
        ([[2.0, 1.0], [3.0]], [[3.0001], [1.0, 2.0]]),
    ],
)
def test_items_are_paired_within_the_tolerance(a: Any, b: Any) -> None:
    near = rule("state[*]", bag=True, atol=5e-4), rule("state[*].*", atol=5e-4), rule("state[*][*]", atol=5e-4)
    assert agree(a, b, rule("state", bag=True, atol=5e-4), *near)
    assert agree(a, b, rule("state", set=True, atol=5e-4), *near)
    assert not agree(a, b, rule("state", bag=True), rule("state[*]", bag=True))


def test_within_the_tolerance_a_bag_counts_and_a_set_does_not() -> None:
    near = rule("state[*]", atol=1e-3)
    assert agree([1.0, 1.0001], [1.0], rule("state", set=True), near)
    assert not agree([1.0, 1.0001], [1.0], rule("state", bag=True), near)
    assert not agree([1.0, 1.1], [1.0], rule("state", set=True), near)
    assert not agree([1.0, 1.0, 2.0], [1.0, 2.0, 2.0], rule("state", bag=True), near)


def test_an_array_without_order_keeps_its_dtype_and_the_shape_of_its_rows() -> None:
    rows = np.array([[1, 2], [3, 4]], np.int16)
    assert agree(rows, rows[::-1], BAG)
    assert not agree(rows, rows[::-1].astype(np.int32), BAG)
    assert not agree(rows, rows[:, ::-1], BAG)
    assert not agree(np.zeros((0, 3)), np.zeros((0, 2)), BAG)


def test_a_list_inside_is_ordered_unless_its_own_rule_says_otherwise() -> None:
    a, b = {"team": [[1, 2], [3]], "log": [1, 2]}, {"team": [[3], [2, 1]], "log": [2, 1]}
    log = rule("state.log", bag=True)
    assert not agree(a, b, rule("state.team", bag=True), rule("state.team[*]", ordered=True), log)
    assert agree(a, b, rule("state.team", bag=True), log)
    assert not agree(a, b, rule("state.team", bag=True))
    assert not agree(a, b, rule("state", bag=True), rule("state.log", ordered=True))


PIKACHU, BULBASAUR = {"name": "Pikachu", "hp": 35.0}, {"name": "Bulbasaur", "hp": 45.0}
KEYED = rule("state", keyed="name")


def test_keyed_entities_are_matched_by_name() -> None:
    hurt = {**PIKACHU, "hp": 34.0}
    assert agree([PIKACHU, BULBASAUR], [BULBASAUR, PIKACHU], KEYED)
    (found,) = compare(trace([{"state": [PIKACHU, BULBASAUR]}]), trace([{"state": [BULBASAUR, hurt]}]), spec(KEYED)).divergences
    assert [difference.path for difference in found.differences] == ["state.Pikachu.hp"]
    assert agree([PIKACHU, BULBASAUR], [BULBASAUR, hurt], KEYED, rule("state.*.hp", atol=2.0))


@pytest.mark.parametrize(
    "other",
    [
        [BULBASAUR],
        [PIKACHU, BULBASAUR, BULBASAUR],
        [PIKACHU, {**BULBASAUR, "name": "Ivysaur"}],
        [PIKACHU, {"hp": 45.0}],
        [PIKACHU, 7],
        [],
    ],
)
def test_keyed_entities_that_are_missing_or_there_twice_are_found(other: list[Any]) -> None:
    assert not agree([PIKACHU, BULBASAUR], other, KEYED)
    assert not agree(other, [PIKACHU, BULBASAUR], KEYED)


def test_twins_of_one_name_are_not_confused() -> None:
    assert agree([PIKACHU, PIKACHU], [PIKACHU, PIKACHU], KEYED)
    assert not agree([PIKACHU, PIKACHU], [PIKACHU, {**PIKACHU, "hp": 1.0}], KEYED)


def test_the_use_of_disorder_is_counted_where_a_list_is() -> None:
    one = trace([{"state": [1, 2], "obs": [1, 2]}] * 3)
    assert compare(one, one, spec(BAG)).coverage.loosenings == {"state: order": 6}
    assert compare(one, one, spec(rule("events", bag=True))).coverage.loosenings == {}


def test_rules_for_lists_leave_other_fields_as_they_are() -> None:
    one, other = trace([{"state": [1, 2], "obs": [1, 2]}]), trace([{"state": [2, 1], "obs": [2, 1]}])
    (found,) = compare(one, other, spec(BAG)).divergences
    assert {difference.path for difference in found.differences} == {"obs[0]", "obs[1]"}
