"""Beside gymnasium's `check_environments_match`, and one message a block beside one a step."""

from __future__ import annotations

import time
from collections.abc import Iterator

import gymnasium
from figures import Figure, alternate, each_us, speedups
from gymnasium.utils.env_match import check_environments_match
from sides import check, open_pair, record

from equivcheck.model.request import FULL
from equivcheck.model.script import Script
from equivcheck.playback import play_fresh, play_stepwise

MATCH = "step pairs a second, over gymnasium's check_environments_match on two scalar CartPoles"
PIPE = "steps a second over a pipe, one message a block over one message a step"
ROUNDS = 7
THEIR_STEPS = 20_000


def figures() -> Iterator[Figure]:
    yield match_figure("the same scalar environments", "gymnasium:CartPole-v1", 1_000, 2.0)
    lanes = "gymnasium:CartPole-v1?num_envs=1024&vectorization_mode=vector_entry_point"
    yield match_figure("gymnasium's vectorised CartPole as 1,024 lanes", lanes, 16_384, 10.0)
    yield pipe_figure()


def match_figure(name: str, address: str, episodes: int, wanted: float) -> Figure:
    """Both play uniform actions; ours resets each episode with its own seed and compares the state as well."""
    pair = open_pair(address, address, episodes, ("uniform",))
    coverage = check(pair)
    steps = coverage.steps - coverage.episodes
    one, other = (gymnasium.make("CartPole-v1", disable_env_checker=True) for _ in range(2))
    times = alternate(lambda: check(pair), lambda: check_environments_match(one, other, THEIR_STEPS), ROUNDS, time.process_time)
    pair.close()
    note = f"{each_us(times, (steps, THEIR_STEPS))} a pair of steps"
    return Figure(MATCH, name, speedups(times, steps / THEIR_STEPS), wanted, note=note)


def pipe_figure() -> Figure:
    """The same script of 100 episodes, played by rust_target."""
    pair = open_pair("rust_target:cartpole", "rust_target:cartpole", 100, ("uniform",))
    script = Script(tuple(episode for part in record(pair).scripts for episode in part.episodes))
    steps, backend = script.action_count, pair.reference.backend
    times = alternate(lambda: play_fresh(backend, [script], FULL), lambda: play_stepwise(backend, script, FULL), ROUNDS)
    pair.close()
    return Figure(PIPE, "rust_target:cartpole", speedups(times), 25.0, note=f"{each_us(times, (steps, steps))} a step")
