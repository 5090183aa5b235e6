"""Alignment: what only one side answered is a divergence, unless that side had given up before."""

from __future__ import annotations

import pytest

from equivcheck.comparison import Comparison, compare
from equivcheck.model.spec import Spec
from equivcheck.model.trace import End, EndKind
from tests.comparison.tables import trace


def episode(count: int) -> list[dict[str, int]]:
    return [{"state": index} for index in range(count)]


def end(number: int, step_index: int, kind: EndKind = "failed", words: str = "out of fuel") -> End:
    return End(0, number, step_index, kind, words)


def kinds(found: Comparison) -> list[tuple[int, int, str]]:
    return [(one.episode, one.step_index, one.leading.kind) for one in found.divergences]


@pytest.mark.parametrize(("one", "other", "side"), [(3, 2, "target"), (2, 3, "reference")])
def test_a_side_that_stops_early_differs_at_the_first_missing_step(one: int, other: int, side: str) -> None:
    found = compare(trace(episode(one)), trace(episode(other)), Spec())
    assert kinds(found) == [(0, 2, "length")]
    assert found.divergences[0].leading.words == f"the {side} has no Step 2, the {'reference' if side == 'target' else 'target'} goes on"


@pytest.mark.parametrize(
    ("kind", "shown", "verb"), [("failed", "crash", "fails"), ("died", "crash", "dies"), ("refused", "refusal", "refuses")]
)
@pytest.mark.parametrize("count", [0, 2])
def test_a_side_that_gives_up_alone_is_a_finding_with_its_words(kind: EndKind, shown: str, verb: str, count: int) -> None:
    whole, cut = trace(episode(3)), trace(episode(count), ends=[end(0, count, kind)])
    for found, side in ((compare(whole, cut, Spec()), "target"), (compare(cut, whole, Spec()), "reference")):
        assert kinds(found) == [(0, count, shown)]
        assert f"the {side} {verb} here: out of fuel" in found.divergences[0].leading.words
        assert found.coverage.episodes_diverged == 1
        assert found.coverage.episodes_skipped == 0


def test_where_both_fail_at_one_step_the_episode_is_skipped() -> None:
    one, other = (trace(episode(2), ends=[end(0, 2, words=words)]) for words in ("IndexError", "panicked at 3"))
    found = compare(one, other, Spec())
    assert found.divergences == ()
    assert found.coverage.episodes_skipped == 1
    assert found.coverage.fields["state"].compared == 2


def test_both_refuse_and_so_agree() -> None:
    both = trace(episode(2), ends=[end(0, 2, "refused")])
    found = compare(both, both, Spec())
    assert found.divergences == ()
    assert found.coverage.episodes_skipped == 0


def test_a_refusal_is_not_a_failure() -> None:
    one, other = trace(episode(2), ends=[end(0, 2, "refused")]), trace(episode(2), ends=[end(0, 2, "failed")])
    assert kinds(compare(one, other, Spec())) == [(0, 2, "crash")]


def test_both_fail_but_not_at_one_step() -> None:
    one, other = trace(episode(2), ends=[end(0, 2)]), trace(episode(3), ends=[end(0, 3)])
    assert kinds(compare(one, other, Spec())) == [(0, 2, "crash")]
    assert kinds(compare(other, one, Spec())) == [(0, 2, "crash")]


def test_a_difference_before_the_end_comes_first() -> None:
    parted = [{"state": 0}, {"state": 7}]
    found = compare(trace(episode(3)), trace(parted, ends=[end(0, 2)]), Spec())
    assert kinds(found) == [(0, 1, "value")]
    assert found.coverage.episodes_diverged == 1


def test_after_a_side_has_given_up_its_silence_says_nothing() -> None:
    one, other = trace(episode(2), episode(2), episode(2)), trace(episode(2), ends=[end(0, 2)])
    assert kinds(compare(one, other, Spec())) == [(0, 2, "crash")]


def test_a_side_that_goes_on_after_giving_up_is_heard() -> None:
    one = trace(episode(3), episode(3), episode(3))
    other = trace(episode(2), [{"state": 0}, {"state": 9}, {"state": 2}], episode(1), ends=[end(0, 2), end(2, 1)])
    assert kinds(compare(one, other, Spec())) == [(0, 2, "crash"), (1, 1, "value"), (2, 1, "crash")]
