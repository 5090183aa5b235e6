"""Traces against each other: nothing parts from itself, and nothing that parts is missed."""

from __future__ import annotations

import copy
import datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from equivcheck.comparison import compare, merge_coverage
from equivcheck.model.divergence import Divergence
from equivcheck.model.paths import Pattern, extend_path
from equivcheck.model.script import Script
from equivcheck.model.spec import Known, Spec
from equivcheck.model.trace import Trace, join_traces
from equivcheck.model.values import Value, canonical, same_leaf, same_value
from equivcheck.model.verdict import Coverage
from tests.comparison.tables import leaves, rule, spec, steps, trace, trees

STRICT = Spec()
EPISODES = st.lists(st.lists(steps(leaves()), min_size=1, max_size=4), min_size=1, max_size=3)


def places(divergences: tuple[Divergence, ...]) -> list[tuple[int, int, int]]:
    return [(one.script, one.episode, one.step_index) for one in divergences]


@given(EPISODES)
def test_what_is_free_of_nan_does_not_part_from_itself(episodes: list[list[Any]]) -> None:
    one, other = trace(*episodes), trace(*copy.deepcopy(episodes))
    assert compare(one, other, STRICT).divergences == ()
    assert compare(one, other, STRICT, independent="leaves").divergences == ()


@given(EPISODES, st.data())
def test_the_two_sides_part_at_the_same_steps_and_leaves_whichever_comes_first(episodes: list[list[Any]], data: st.DataObject) -> None:
    others = [[data.draw(st.just(step) | steps(leaves(nan=True))) for step in steps_of_one] for steps_of_one in episodes]
    there, back = (compare(trace(*a), trace(*b), STRICT) for a, b in ((episodes, others), (others, episodes)))
    assert places(there.divergences) == places(back.divergences)
    for one, other in zip(there.divergences, back.divergences, strict=True):
        assert {found.path for found in one.differences} == {found.path for found in other.differences}
    assert there.coverage.episodes_diverged == back.coverage.episodes_diverged


def leaves_at(tree: Value, path: str = "") -> list[tuple[str, Any, Any]]:
    """Return (path, container, key) of every leaf, empty containers among them."""
    found = []
    for key, item in tree.items() if isinstance(tree, dict) else enumerate(tree):
        at = extend_path(path, key)
        found += leaves_at(item, at) if isinstance(item, (dict, list)) and item else [(at, tree, key)]
    return found


@given(EPISODES, st.data())
def test_a_single_changed_leaf_is_found_wherever_it_is(episodes: list[list[Any]], data: st.DataObject) -> None:
    changed = copy.deepcopy(episodes)
    number = data.draw(st.integers(0, len(episodes) - 1))
    index = data.draw(st.integers(0, len(episodes[number]) - 1))
    shown = {key: item for key, item in changed[number][index].items() if key in ("state", "obs", "events")}
    path, container, key = data.draw(st.sampled_from(leaves_at(shown)))
    new = data.draw(leaves(nan=True))
    assume(not same_leaf(new, container[key]))
    if container is shown:
        changed[number][index][key] = new
    container[key] = new
    (found,) = compare(trace(*episodes), trace(*changed), STRICT).divergences
    assert (found.episode, found.step_index) == (number, index)
    assert {difference.path.startswith(path) for difference in found.differences} == {True}


@given(st.lists(steps(leaves()), min_size=1, max_size=4), st.data())
def test_a_leaf_that_only_one_side_has_is_found(episode: list[Any], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(episode) - 1))
    more = copy.deepcopy(episode)
    more[index]["extra"] = data.draw(leaves())
    for one, other, reference_lacks in ((episode, more, True), (more, episode, False)):
        (found,) = compare(trace(one), trace(other), STRICT).divergences
        assert found.step_index == index
        assert (found.leading.path, found.leading.kind) == ("extra", "missing")
        words = found.leading.words
        assert words.startswith("nothing against") if reference_lacks else words.endswith("against nothing")


@given(trees(leaves(nan=True)), trees(leaves(nan=True)))
def test_trees_agree_where_their_leaves_do(one: Any, other: Any) -> None:
    found = compare(trace([{"state": one}]), trace([{"state": other}]), STRICT).divergences
    assert (not found) == same_value(canonical(one), canonical(other))


def rows(values: list[Any], name: str = "state") -> list[dict[str, Any]]:
    return [{name: value} for value in values]


def test_each_episode_has_its_first_divergence() -> None:
    one = trace(rows([0, 0, 0]), rows([0, 0]), rows([0, 0, 0]))
    other = trace(rows([0, 1, 1]), rows([0, 0]), rows([0, 0, 1]))
    found = compare(one, other, STRICT)
    assert places(found.divergences) == [(0, 0, 1), (0, 2, 2)]
    assert found.coverage.episodes_diverged == 2


def test_where_every_step_stands_alone_each_leaf_has_its_first_divergence() -> None:
    one = trace([{"state": 0, "obs": 0}, {"state": 0, "obs": 0}, {"state": 0, "obs": 0}])
    other = trace([{"state": 0, "obs": 0}, {"state": 1, "obs": 0}, {"state": 1, "obs": 1}])
    found = compare(one, other, STRICT, independent="leaves").divergences
    assert [(one.step_index, one.leading.path) for one in found] == [(1, "state"), (2, "obs")]


def test_the_difference_nearest_to_the_cause_leads() -> None:
    step = {"obs": 0, "state": 0, "events": "a", "legal": np.array([True])}
    other = {"obs": 1, "state": 1, "events": "b", "legal": np.array([False])}
    (found,) = compare(trace([step]), trace([other]), STRICT).divergences
    assert [one.path for one in found.differences] == ["events", "state", "obs", "legal[0]"]
    (found,) = compare(trace([step]), trace([{**other, "obs": 1.0}]), STRICT).divergences
    assert (found.leading.path, found.leading.kind) == ("obs", "kind")


@pytest.mark.parametrize("name", ["reward", "terminated", "truncated"])
def test_there_is_no_reward_and_no_end_before_the_first_action(name: str) -> None:
    one, other = [{"state": 0, name: True}, {"state": 0, name: True}], [{"state": 0}, {"state": 0, name: True}]
    assert compare(trace(one), trace(other), STRICT).divergences == ()
    alone = compare(trace(one[:1]), trace(other[:1]), STRICT)
    assert alone.divergences == ()
    assert alone.coverage.filled == {name}
    assert name not in alone.coverage.fields


def test_several_scripts_are_told_apart() -> None:
    one, other = (join_traces([trace(rows([0, 0])), trace(rows([0, last]))]) for last in (0, 1))
    assert places(compare(one, other, STRICT).divergences) == [(1, 0, 1)]


# The counts.


def held(value: Any) -> int:
    """Return how many leaves an array stands for."""
    return max(int(np.size(value)), 1) if isinstance(value, np.ndarray) else 1


@given(st.lists(st.lists(st.integers(-2, 2), min_size=1, max_size=5), min_size=1, max_size=3), st.data())
def test_what_was_compared_is_counted_up_to_the_first_divergence_of_each_episode(values: list[list[int]], data: st.DataObject) -> None:
    others = [[data.draw(st.just(value) | st.integers(-2, 2)) for value in episode] for episode in values]
    one, other = (
        trace(*([{"state": {"n": value, "flat": np.zeros(3)}, "reward": 1.0} for value in episode] for episode in side))
        for side in (values, others)
    )
    coverage = compare(one, other, STRICT).coverage
    judged = []
    for mine, theirs in zip(values, others, strict=True):
        parted = next((index for index, (a, b) in enumerate(zip(mine, theirs, strict=True)) if a != b), len(mine) - 1)
        judged.append(parted + 1)
    assert coverage.fields["state.n"].compared == sum(judged)
    assert coverage.fields["state.flat"].compared == sum(judged) * held(np.zeros(3))
    rewarded = coverage.fields["reward"].compared if "reward" in coverage.fields else 0
    assert rewarded == sum(judged) - len(values)
    pairs = [pair for mine, theirs in zip(values, others, strict=True) for pair in zip(mine, theirs, strict=True)]
    assert coverage.fields["state.n"].differing == sum(a != b for a, b in pairs)
    flat = [value for episode in values for value in episode]
    assert coverage.fields["state.n"].changed == (len(set(flat)) > 1)
    assert coverage.fields["state.n"].non_default == any(flat)
    assert not coverage.fields["state.flat"].changed
    assert not coverage.fields["state.flat"].non_default


def test_arrays_that_change_their_shape_live() -> None:
    rows_of_arrays = [{"state": np.zeros(length)} for length in (2, 3)]
    assert compare(trace(rows_of_arrays), trace(rows_of_arrays), STRICT).coverage.fields["state"].changed


def test_what_was_forced_is_counted_apart() -> None:
    one = trace(rows([1, 2]), rows([3, 4]))
    entry = compare(one, one, STRICT, forced=("state",)).coverage.fields["state"]
    assert (entry.compared, entry.forced) == (4, 2)


def test_errors_are_those_of_what_was_judged() -> None:
    one, other = trace(rows([1.0, 2.0, 3.0])), trace(rows([1.25, 2.5, 99.0]))
    entry = compare(one, other, spec(rule(atol=0.5))).coverage.fields["state"]
    assert (entry.error_max, entry.error_sum, entry.differing) == (96.0, 96.75, 1)
    entry = compare(one, other, spec(rule(atol=0.25))).coverage.fields["state"]
    assert (entry.error_max, entry.error_sum, entry.differing) == (0.5, 0.75, 2)


def test_errors_are_told_by_horizon_whatever_diverged() -> None:
    one = trace(rows([0.0] * 8), rows([0.0] * 3), rows([0.0]))
    other = trace(rows([0.0, 0.5, 0.0, 2.0, 1.0, 0.0, 9.0, 0.0]), rows([0.25, 0.0, float("inf")]), rows([0.125]))
    within = compare(one, other, STRICT).coverage.fields["state"].errors_within
    assert within == {"1": 0.5, "2": 0.5, "5": 2.0, **dict.fromkeys(("10", "20", "50", "100", "200", "500", "1000"), 9.0)}
    assert compare(one, one, STRICT).coverage.fields["state"].errors_within == {}
    assert compare(one, other, STRICT, independent="leaves").coverage.fields["state"].errors_within == {}


@given(st.lists(st.lists(st.floats(0, 1), min_size=1, max_size=30), min_size=1, max_size=4), st.lists(st.floats(0, 1), min_size=1))
def test_horizons_are_merged_over_batches(episodes: list[list[float]], more: list[float]) -> None:
    together, whole = Coverage(), [*episodes, more]
    for batch in (episodes, [more]):
        merge_coverage(together, compare(trace(*(rows([0.0] * len(e)) for e in batch)), trace(*map(rows, batch)), STRICT).coverage)
    for horizon in (1, 2, 5, 10, 20):
        largest = max(error for episode in whole for error in episode[: horizon + 1])
        assert together.fields["state"].errors_within.get(str(horizon), 0.0) == largest


# Rules and known differences.


def test_the_most_literal_rule_governs_a_leaf() -> None:
    one, other = trace([{"state": {"x": 0.0, "y": 0.0}}]), trace([{"state": {"x": 0.5, "y": 0.5}}])
    (found,) = compare(one, other, spec(rule("state.x"), rule("state", atol=1.0))).divergences
    assert [difference.path for difference in found.differences] == ["state.x"]


def test_what_is_ignored_is_not_compared_and_its_uses_are_counted() -> None:
    one, other = trace([{"state": {"x": 0, "y": 0}}] * 3), trace([{"state": {"x": 1, "y": 0}}] * 3)
    found = compare(one, other, spec(rule("state.x", ignore=True)))
    assert found.divergences == ()
    assert set(found.coverage.fields) == {"state.y"}
    assert found.coverage.loosenings == {"state.x: ignore": 3}
    assert compare(one, other, spec(rule("state.y", ignore=True))).divergences


def test_uses_of_a_loosening_are_counted_by_the_leaf() -> None:
    one, other = trace(rows([np.zeros(3), np.zeros(3)])), trace(rows([np.zeros(3), np.array([0.0, 0.1, 0.2])]))
    assert compare(one, other, spec(rule("state", atol=1.0))).coverage.loosenings == {"state: atol": 2}
    assert compare(one, one, spec(rule("state", atol=1.0))).coverage.loosenings == {}


KNOWN = Known(Pattern("state.x"), "a test")
DAY = datetime.date(2030, 1, 1)


def test_a_known_difference_is_excused_and_counted_and_nothing_else_is() -> None:
    one = trace([{"state": {"x": 0, "y": 0}}] * 3)
    other = trace([{"state": {"x": 1, "y": 0}}, {"state": {"x": 0, "y": 0}}, {"state": {"x": 1, "y": 1}}])
    found = compare(one, other, spec(known=[KNOWN]))
    assert [(step.step_index, step.leading.path) for step in found.divergences] == [(2, "state.y")]
    assert found.coverage.loosenings == {"state.x: known": 2}


def test_a_known_difference_is_of_its_kind_alone() -> None:
    one, retyped, other = trace([{"state": {"x": 0}}]), trace([{"state": {"x": 0.0}}]), trace([{"state": {"x": 1}}])
    known = spec(known=[Known(Pattern("state.x"), "a test", kind="kind")])
    assert compare(one, retyped, known).divergences == ()
    assert compare(one, other, known).divergences != ()


@pytest.mark.parametrize(("today", "expired"), [(None, set()), (DAY, set()), (DAY + datetime.timedelta(1), {"state.x"})])
def test_a_known_difference_that_occurs_after_its_day_is_named(today: datetime.date | None, expired: set[str]) -> None:
    one, other = trace([{"state": {"x": 0}}]), trace([{"state": {"x": 1}}])
    known = spec(known=[Known(Pattern("state.x"), "a test", until=DAY)])
    assert compare(one, other, known, today=today).coverage.expired == expired
    assert compare(one, one, known, today=today).coverage.expired == set()


def test_steps_without_fields_count_as_nothing() -> None:
    empty = Trace((Script(()),), trace([{"state": 0}]).runs, trace([{}]).columns)
    found = compare(empty, empty, STRICT)
    assert found.divergences == ()
    assert found.coverage.fields == {}
