"""What recording draws costs: the same steps with a tape and without, of gymnasium's toy text, functional JAX environments, and the SDKs.

Run: python benchmarks/recording.py   (needs gymnasium, JAX, cargo and npm)

Toy text: the same actions on the same environment, whose generator draws through a tape, taken after every step, in one of two loops.
JAX: the same episodes, 64 side by side, rolled by `python:module:Environment` and by the same with `?draws=true`. SDKs: the same episodes
of their example `pig`, which draws two to four times a step, and of the same with a tape that its program does not hear of; CPU time of the
programs, what they write included. The bound is 2.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gymnasium
import jax
import numpy as np
import psutil

from equivcheck.backends.ecosystem.gymnasium_tape import make_tape, put_tape
from equivcheck.backends.interface import Backend
from equivcheck.backends.opening import Opening
from equivcheck.backends.process import ProcessBackend
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

SDK = Path(__file__).resolve().parent.parent / "sdk"
# How `pig` is written so that its program does not hear of its tape, in JavaScript and in Rust.
UNHEARD = ((("tape = new Tape", "own = new Tape"), ("this.tape.", "this.own.")), (("Some(&mut self.tape)", "None"),))


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
    with tempfile.TemporaryDirectory() as scratch:
        for language, addresses in (("Node", node_pigs(Path(scratch))), ("Rust", rust_pigs(Path(scratch)))):
            unheard, heard = (opening.open(address) for address in addresses)
            roll(unheard, ROUNDS), roll(heard, ROUNDS)  # start, and have what is run often compiled
            show(f"SDK, {language}", lambda number, side=unheard: roll(side, number), lambda number, side=heard: roll(side, number))
            unheard.close(), heard.close()


def show(name: str, without: Callable[[int], float], taped: Callable[[int], float]) -> None:
    """Print a row: medians of rounds in turns."""
    pairs = [(without(number), taped(number)) for number in range(ROUNDS)]
    plain, dear = sorted(pairs, key=lambda pair: pair[1] / pair[0])[ROUNDS // 2]
    print(f"| {name} | {plain:.1f} | {dear:.1f} | {statistics.median(b / a for a, b in pairs):.2f} |", flush=True)


def roll(side: Backend, number: int) -> float:
    """Return microseconds of CPU time a step, of episodes played by a side: its program's, where it is one."""
    program = isinstance(side, ProcessBackend)
    rolls = [Roll((Episode(seed),), (seed,), EPISODE, (None,)) for seed in range(number * LANES, (number + 1) * LANES)]
    began, steps = cpu_time(program), 0
    for _ in range(100 if program else 1):  # the clock of programs ticks every 10 ms
        trace = side.roll(range(LANES), rolls, FULL)
        steps += sum(run.count - 1 for run in trace.runs)
    return (cpu_time(program) - began) / steps * 1e6


def cpu_time(of_programs: bool) -> float:
    """Return the seconds of CPU time that this process, or all the programs that it runs, have taken."""
    if not of_programs:
        return time.process_time()
    spent = [program.cpu_times() for program in psutil.Process().children(recursive=True)]
    return sum(each.user + each.system for each in spent)


def node_pigs(scratch: Path) -> list[str]:
    """Return the addresses of the example that its program hears nothing of, and of the example as it is."""
    folder = scratch / "node"
    shutil.copytree(SDK / "node", folder, ignore=shutil.ignore_patterns("node_modules"))
    subprocess.run(["npm", "ci", "--ignore-scripts", "--silent"], cwd=folder, check=True)
    return [f"stdio:node {file}" for file in write_pigs(folder / "examples", "js", UNHEARD[0])]


def rust_pigs(scratch: Path) -> list[str]:
    """See node_pigs."""
    folder = scratch / "rust"
    shutil.copytree(SDK / "rust", folder, ignore=shutil.ignore_patterns("target"))
    files = write_pigs(folder / "examples", "rs", UNHEARD[1])
    environ = {name: value for name, value in os.environ.items() if name != "CARGO_TARGET_DIR"}
    subprocess.run(["cargo", "build", "--quiet", "--release", "--examples", "--locked"], cwd=folder, env=environ, check=True)
    return [f"stdio:{folder}/target/release/examples/{file.stem}" for file in files]


def write_pigs(folder: Path, suffix: str, changes: tuple[tuple[str, str], ...]) -> list[Path]:
    """Write the example with these changes beside it, and return both, the changed one first."""
    text = (folder / f"pig.{suffix}").read_text(encoding="utf-8")
    for old, new in changes:
        if old not in text:
            raise ValueError(f"pig.{suffix} no longer holds {old!r}")
        text = text.replace(old, new)
    (folder / f"unheard.{suffix}").write_text(text, encoding="utf-8")
    return [folder / f"unheard.{suffix}", folder / f"pig.{suffix}"]


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
