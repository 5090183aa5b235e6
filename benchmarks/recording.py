"""What recording draws costs: the same steps with a tape and without, of gymnasium's toy text, and of functional JAX environments.

Run: python benchmarks/recording.py   (needs gymnasium and JAX)

Toy text: the same actions on the same environment, whose generator draws through a tape, taken after every step, in one of two loops.
JAX: the same episodes, 64 side by side, rolled by `python:module:Environment` and by the same with `?draws=true`. The bound is 2.
"""

from __future__ import annotations

import statistics
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gymnasium
import jax
import numpy as np

from equivcheck.backends.ecosystem.gymnasium_tape import make_tape, put_tape
from equivcheck.backends.interface import Backend
from equivcheck.backends.opening import Opening
from equivcheck.model.request import FULL, Roll
from equivcheck.model.script import Episode
from equivcheck.recording import Tape

STEPS, ROUNDS, BOUND = 40_000, 5, 2.0
LANES, EPISODE = 64, 200
ENVIRONMENTS: dict[str, dict[str, Any]] = {
    "FrozenLake-v1": {},
    "Blackjack-v1": {},
    "CliffWalking-v1": {"is_slippery": True},
    "Taxi-v4": {"is_rainy": True, "fickle_passenger": True},
}


class Slope:
    """A walk up a slope with a wind. `winds`: draws of a step."""

    actions, lanes, winds = 3, LANES, 1

    def reset(self, key: Any, params: Any) -> Any:
        """Begin at a random height."""
        state = {"height": jax.random.uniform(key), "time": jax.numpy.int32(0)}
        return state["height"], state

    def step(self, key: Any, state: Any, action: Any, params: Any) -> Any:
        """Take a step, and be blown."""
        blown = sum(jax.random.normal(own) for own in jax.random.split(key, self.winds))
        state = {"height": state["height"] + action - 1 + blown, "time": state["time"] + 1}
        return state["height"], state, state["height"], state["time"] >= EPISODE, {}


class Gusts(Slope):
    """As Slope, with more wind."""

    winds = 5


class Whirl(Slope):
    """As Slope, with a wind that is drawn in a branch, so that each step is taken once more."""

    def step(self, key: Any, state: Any, action: Any, params: Any) -> Any:
        """Take a step, and be blown."""
        blown = jax.lax.cond(action > 0, lambda: jax.random.normal(key), lambda: jax.random.uniform(key))
        state = {"height": state["height"] + action - 1 + blown, "time": state["time"] + 1}
        return state["height"], state, state["height"], state["time"] >= EPISODE, {}


def main() -> None:
    """Print the table."""
    warnings.simplefilter("ignore")
    print(f"| environment | without, us a step | with a tape, us a step | ratio, at most {BOUND:g} |\n|---|---:|---:|---:|")
    for name, options in ENVIRONMENTS.items():
        make = lambda name=name, options=options: gymnasium.make(name, disable_env_checker=True, **options)  # noqa: E731
        show(name, lambda _, make=make: time_steps(make(), None), lambda _, make=make: time_steps(make(), make_tape()))
    opening = Opening(Path(__file__).parent)
    for environment in (Slope, Gusts, Whirl):
        address = f"python:{Path(__file__).stem}:{environment.__name__}"
        plain, taped = (opening.open(address + option) for option in ("", "?draws=true"))
        roll(plain, ROUNDS), roll(taped, ROUNDS)  # compile
        show(f"JAX, {environment.__name__}", lambda number, side=plain: roll(side, number), lambda number, side=taped: roll(side, number))


def show(name: str, without: Callable[[int], float], taped: Callable[[int], float]) -> None:
    """Print a row: medians of rounds in turns."""
    pairs = [(without(number), taped(number)) for number in range(ROUNDS)]
    plain, dear = sorted(pairs, key=lambda pair: pair[1] / pair[0])[ROUNDS // 2]
    print(f"| {name} | {plain:.1f} | {dear:.1f} | {statistics.median(b / a for a, b in pairs):.2f} |", flush=True)


def roll(side: Backend, number: int) -> float:
    """Return microseconds of CPU time a step, of episodes side by side."""
    rolls = [Roll((Episode(seed),), (seed,), EPISODE, (None,)) for seed in range(number * LANES, (number + 1) * LANES)]
    began = time.process_time()
    trace = side.roll(range(LANES), rolls, FULL)
    return (time.process_time() - began) / sum(run.count - 1 for run in trace.runs) * 1e6


def time_steps(env: Any, tape: Tape | None) -> float:
    """Return microseconds of CPU time a step."""
    env.reset(seed=1)
    if tape is not None:
        put_tape(env, tape)
    actions = np.random.default_rng(0).integers(env.action_space.n, size=STEPS).tolist()
    began = time.process_time()
    for action in actions:
        _, _, terminated, truncated, _ = env.step(action)
        if terminated or truncated:
            env.reset()
        if tape is not None:
            tape.take()
    return (time.process_time() - began) / STEPS * 1e6


if __name__ == "__main__":
    main()
