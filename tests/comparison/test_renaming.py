"""Aliases: names may differ if one always stands for the same other one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equivcheck.comparison import compare
from tests.comparison.tables import rule, spec, trace

ALIAS = spec(rule("state.id", alias=True))


def episode(names: list[Any]) -> list[dict[str, Any]]:
    return [{"state": {"id": name}} for name in names]


def parted(one: list[Any], other: list[Any]) -> list[int]:
    return [found.step_index for found in compare(trace(episode(one)), trace(episode(other)), ALIAS).divergences]


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=6), st.permutations("xyz"))
def test_a_one_to_one_renaming_agrees(names: list[str], others: list[str]) -> None:
    table = dict(zip("abc", others, strict=True))
    assert parted(names, [table[name] for name in names]) == []


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), min_size=1, max_size=6))
def test_the_first_name_that_breaks_the_renaming_is_found(pairs: list[tuple[str, str]]) -> None:
    def one_to_one(known: set[tuple[str, str]]) -> bool:
        return len({a for a, _ in known}) == len({b for _, b in known}) == len(known)

    broken = next((index for index in range(len(pairs)) if not one_to_one(set(pairs[: index + 1]))), None)
    assert parted([a for a, _ in pairs], [b for _, b in pairs]) == ([] if broken is None else [broken])


def test_a_renaming_may_change_from_episode_to_episode() -> None:
    one, other = trace(episode(["a", "b"]), episode(["a", "b"])), trace(episode(["x", "y"]), episode(["y", "x"]))
    assert compare(one, other, ALIAS).divergences == ()


def test_one_renaming_holds_in_all_leaves_that_a_rule_governs() -> None:
    rules = spec(rule("state.*", alias=True))
    one = trace([{"state": {"owner": 1, "target": 2}}, {"state": {"owner": 2, "target": 1}}])
    same = trace([{"state": {"owner": 7, "target": 9}}, {"state": {"owner": 9, "target": 7}}])
    mixed = trace([{"state": {"owner": 7, "target": 9}}, {"state": {"owner": 7, "target": 9}}])
    assert compare(one, same, rules).divergences == ()
    (found,) = compare(one, mixed, rules).divergences
    assert found.step_index == 1
    assert found.leading.words == "not the same renaming as before"


def test_arrays_are_renamed_element_by_element() -> None:
    assert parted([np.array([1, 2, 1])], [np.array([5, 6, 5])]) == []
    assert parted([np.array([1, 2, 1])], [np.array([5, 6, 6])]) == [0]


@pytest.mark.parametrize(("a", "b"), [(np.array([1, 2]), np.array([1, 2, 3])), (np.array([1]), 1), (np.zeros((2, 1)), np.zeros((1, 2)))])
def test_a_renaming_does_not_change_shapes(a: Any, b: Any) -> None:
    assert parted([a], [b]) == [0]


def test_nothing_is_no_name() -> None:
    one, other = trace([{"state": {"id": 1}}, {"state": {}}]), trace([{"state": {"id": 1}}, {"state": {"id": 2}}])
    assert [found.step_index for found in compare(one, other, ALIAS).divergences] == [1]


def test_only_names_that_differ_count_as_uses() -> None:
    assert compare(trace(episode([1, 2])), trace(episode([1, 3])), ALIAS).coverage.loosenings == {"state.id: alias": 1}
    assert compare(trace(episode([1, 2])), trace(episode([1, 2])), ALIAS).coverage.loosenings == {}
