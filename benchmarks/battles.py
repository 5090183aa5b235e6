"""Steps a second of Generation 1: of Showdown, and of the port for batches of 1 to 65,536; and a proof that both play the same.

Run: python benchmarks/battles.py [--batches 1 256 65536] [--steps 200]   (needs jax, node and npm; nothing else should run beside it)

Each core is a device of JAX, which plays its share of the battles: XLA divides the operations of one device among cores too, but those
of a turn are too small for that.

Showdown's Battle alone is driven in a loop of random legal choices, without reading its state (adapters/node_showdown/bench.mjs); a step is
a joint choice on both sides. The port's rollout chooses at random among the legal actions as well, and begins a new battle where one has
ended; nobody looks at its observations, so they are not computed. Of every rollout that is timed, the first battles are played again by
Showdown from their first states: every state after every step must be the same to the bit.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count={os.cpu_count()}"
sys.path.append(str(Path(__file__).parents[1] / "adapters" / "jax_target"))

import jax
import numpy as np
from gen1.environment import default_params
from gen1.replay import read_battles
from gen1.rollout import Rolled, rollout

from equivcheck.backends.interface import Backend
from equivcheck.backends.opening import Opening
from equivcheck.model.request import FULL
from equivcheck.model.script import Episode, Script
from equivcheck.model.values import same_value

ADAPTERS = Path(__file__).parents[1] / "adapters"
BATCHES = (1, 16, 256, 4_096, 65_536)
SHOWN = 4
BATTLES = 60
ROUNDS = 3
STEPS_MAX = 2**21  # of one round, of all battles together


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batches", type=int, nargs="+", default=BATCHES)
    parser.add_argument("--steps", type=int, default=200, help="of every battle of a batch, fewer where it is large")
    options = parser.parse_args()
    showdown = Opening(ADAPTERS).open("node_showdown:gen1")  # installs it where it is not
    single = time_showdown(1)
    print(f"{jax.default_backend()}, {jax.device_count()} devices, jax {jax.__version__}\n")
    print("| | steps/s | times one process of Showdown | compiled in | played again by Showdown |\n|---|---:|---:|---:|---:|")
    print(f"| Showdown's Battle, one process | {single:,.0f} | 1 | | |")
    double = time_showdown(2)
    print(f"| Showdown's Battle, two processes | {double:,.0f} | {double / single:.2f} | | |", flush=True)
    for battles in options.batches:
        compiled_s, rate, rolled = time_rollout(battles, min(options.steps, max(STEPS_MAX // battles, 20)))
        proof = prove(showdown, rolled)
        print(f"| the port, {battles:,} battles | {rate:,.0f} | {rate / single:,.1f} | {compiled_s:.0f} s | {proof} |", flush=True)
    showdown.close()


def time_showdown(processes: int) -> float:
    """Return the steps a second of CPU time of so many processes together, which run at the same time."""
    command = ["node", "bench.mjs", "gen1randombattle", str(BATTLES)]
    running = [subprocess.Popen(command, cwd=ADAPTERS / "node_showdown", stdout=subprocess.PIPE, text=True) for _ in range(processes)]
    outputs = [process.communicate()[0] for process in running]
    return sum(float(output.splitlines()[0].partition("alone: ")[2].split(" ")[0]) for output in outputs)


def time_rollout(battles: int, steps: int) -> tuple[float, float, list[Rolled]]:
    """Return the seconds of compiling, the median of steps a second by the clock, and the last rollout that was timed, by devices."""
    devices = jax.devices()[: min(battles, jax.device_count())]
    share = battles // len(devices)

    def rollout_share(keys: jax.Array) -> Rolled:
        rolled = rollout(keys[0], default_params, battles=share, steps=steps, shown=min(share, SHOWN))
        return jax.tree.map(lambda leaf: leaf[None], rolled)

    by_device = jax.sharding.PartitionSpec("device")
    everywhere = jax.shard_map(
        rollout_share, mesh=jax.sharding.Mesh(devices, ("device",)), in_specs=by_device, out_specs=by_device, check_vma=False
    )
    began = time.monotonic()
    compiled = jax.jit(everywhere).lower(jax.random.split(jax.random.key(0), len(devices))).compile()
    compiled_s = time.monotonic() - began
    rates = []
    for number in range(ROUNDS + 1):  # the first warms up
        keys = jax.random.split(jax.random.key(number), len(devices))
        began = time.monotonic()
        rolled = jax.block_until_ready(compiled(keys))
        rates.append(share * len(devices) * steps / (time.monotonic() - began))
    return compiled_s, float(np.median(rates[1:])), [jax.tree.map(lambda leaf, at=at: leaf[at], rolled) for at in range(len(devices))]


def prove(showdown: Backend, rolled: list[Rolled]) -> str:
    """Return how much of what was rolled Showdown plays the same. Raises: SystemExit where it does not."""
    steps = 0
    played = [battle for part in rolled for battle in read_battles(part.shown)]
    for battle in played:
        answer = showdown.play([0], [Script((Episode(0, tuple(battle.actions), start=battle.start),))], FULL)
        same = (same_value(answer.step(row + 1)["state"], state) for row, state in enumerate(battle.states))
        if answer.ends or answer.step_count != len(battle.actions) + 1 or not all(same):
            sys.exit("the port does not play what Showdown plays: equivcheck check says where")
        steps += len(battle.actions)
    return f"{steps:,} steps of {len(played)} battles, all equal"


if __name__ == "__main__":
    main()
