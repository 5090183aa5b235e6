"""Tests of equivcheck.generation: what drivers make of seeds."""

from __future__ import annotations

import numpy as np
import pytest

from equivcheck.generation import drive_swarm, episode_seed, make_rolls
from equivcheck.model.script import Episode
from equivcheck.model.space import Choice, DictSpace, Discrete
from equivcheck.protocol.sampling import SplitMix64, derive


@pytest.mark.parametrize("space", [Discrete(2), Discrete(3, -1), Discrete(16, 5), Discrete(17)])
def test_a_swarm_keeps_each_action_whose_draw_is_odd_and_one_where_none_is(space: Discrete) -> None:
    seeds = np.arange(300, dtype=np.uint64)
    for seed, narrowed in zip(seeds.tolist(), drive_swarm(space, seeds), strict=True):
        rng = SplitMix64(derive(seed, 0x5357))
        kept = [space.start + at for at in range(space.n) if rng.next() % 2]
        assert narrowed == Choice(tuple(kept or [space.start + rng.next() % space.n]))


@pytest.mark.parametrize("space", [Discrete(1), Discrete(4), DictSpace((("a", Discrete(5)), ("b", Discrete(2))))])
@pytest.mark.parametrize("driver", ["uniform", "swarm"])
def test_a_roll_depends_on_the_seeds_of_its_own_episodes_alone(space: Discrete, driver: str) -> None:
    lanes = [(Episode(episode_seed(1, number)), Episode(episode_seed(2, number))) for number in range(40)]
    together = make_rolls(driver, space, lanes, 10)
    assert together == [make_rolls(driver, space, [lane], 10)[0] for lane in lanes]
    assert len({chooser for roll in together for chooser in roll.choosers}) == 80
