"""What recording draws costs: steps of gymnasium's toy text with a tape against the same steps without.

Run: python benchmarks/recording.py   (needs gymnasium)

The same actions on the same environment, whose generator draws through a tape, taken after every step, in one of two loops; the bound is 2.
"""

from __future__ import annotations

import time
import warnings
from typing import Any

import gymnasium
import numpy as np

from equivcheck.backends.ecosystem.gymnasium_tape import make_tape, put_tape
from equivcheck.recording import Tape

STEPS, ROUNDS, BOUND = 40_000, 5, 2.0
ENVIRONMENTS: dict[str, dict[str, Any]] = {
    "FrozenLake-v1": {},
    "Blackjack-v1": {},
    "CliffWalking-v1": {"is_slippery": True},
    "Taxi-v4": {"is_rainy": True, "fickle_passenger": True},
}


def main() -> None:
    """Print the table."""
    warnings.simplefilter("ignore")
    print(f"| environment | without, us a step | with a tape, us a step | ratio, at most {BOUND:g} |\n|---|---:|---:|---:|")
    for name, options in ENVIRONMENTS.items():
        pairs = []
        for _ in range(ROUNDS):
            plain = time_steps(gymnasium.make(name, disable_env_checker=True, **options), None)
            pairs.append((plain, time_steps(gymnasium.make(name, disable_env_checker=True, **options), make_tape())))
        plain, taped = sorted(pairs, key=lambda pair: pair[1] / pair[0])[ROUNDS // 2]
        print(f"| {name} | {plain:.1f} | {taped:.1f} | {taped / plain:.2f} |", flush=True)


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
