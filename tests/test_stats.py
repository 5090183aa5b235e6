"""Bounds on rates, against sums of the distributions that they bound."""

from __future__ import annotations

from math import comb

import pytest

from equivcheck.stats import chance_bound, rate_bound


def test_no_event_in_many_trials_bounds_the_rate_as_the_rule_of_three_does() -> None:
    assert rate_bound(100) == pytest.approx(3 / 100, rel=0.02)
    assert (1 - rate_bound(7)) ** 7 == pytest.approx(0.05)
    with pytest.raises(ValueError, match="no trials"):
        rate_bound(0)


@pytest.mark.parametrize("rate", [0.01, 0.25, 0.5, 0.9])
@pytest.mark.parametrize("trials", [1, 12, 60])
def test_the_chance_of_a_count_is_bounded_from_above_and_not_by_far(trials: int, rate: float) -> None:
    chances = [comb(trials, count) * rate**count * (1 - rate) ** (trials - count) for count in range(trials + 1)]
    for count in range(trials + 1):
        tail = sum(chances[: count + 1]) if count < rate * trials else sum(chances[count:])
        assert tail <= chance_bound(count, trials, rate) * (1 + 1e-9)
        assert chance_bound(count, trials, rate) <= chances[count] * (trials + 1) ** 2


def test_what_is_impossible_has_no_chance_and_what_is_certain_every() -> None:
    assert (chance_bound(1, 5, 0.0), chance_bound(0, 5, 0.0), chance_bound(4, 5, 1.0), chance_bound(5, 5, 1.0)) == (0.0, 1.0, 0.0, 1.0)
