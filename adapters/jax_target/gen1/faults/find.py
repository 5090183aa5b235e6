"""Plants each fault of faults.toml in a copy of the port and lets equivcheck find and shrink it; a table says after how many battles.

    python adapters/jax_target/gen1/faults/find.py [NAME ...] [--battles 4096] [--seed 0]

Exit code 0 where every fault was found and shrunk to at most SIZE_MAX joint choices, 1 where not.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, cycle, repeat
from pathlib import Path

import click

from equivcheck.backends.opening import Opening
from equivcheck.generation import episode_seed, make_rolls
from equivcheck.localisation import distil, first_evidence
from equivcheck.model.script import Episode
from equivcheck.model.spec import Mode, RolloutPlan, Spec
from equivcheck.model.verdict import Counterexample
from equivcheck.pair import Budget, Pair, Played, Side

PORT = Path(__file__).parents[2]
ADAPTERS = PORT.parent
SIZE_MAX = 6
STEPS_MAX = 400
BATCHES = (16, 64, 256)  # most faults show in the first few battles; the last size goes on
MODE = Mode("reference", "seeded", "never")


@dataclass(frozen=True)
class Fault:
    """One wrong line: in `file` of gen1, `old`, which stands there once, becomes `new`."""

    name: str
    kind: str
    file: str
    old: str
    new: str


def read_faults() -> list[Fault]:
    """Return the list."""
    listed = tomllib.loads(Path(__file__).with_name("faults.toml").read_text(encoding="utf-8"))["fault"]
    return [Fault(**each) for each in listed]


def plant(fault: Fault, folder: Path) -> None:
    """Copy the port into `folder`, the fault in it. Raises: ValueError where the line is not there, or more than once."""
    shutil.copytree(PORT, folder, ignore=shutil.ignore_patterns("__pycache__", "golden", "faults"))
    file = folder / "gen1" / fault.file
    text = file.read_text(encoding="utf-8")
    if text.count(fault.old) != 1:
        raise ValueError(f"{fault.name}: {fault.file} holds {fault.old!r} {text.count(fault.old)} times, and should once")
    file.write_text(text.replace(fault.old, fault.new), encoding="utf-8")


def play_batches(pair: Pair, drivers: tuple[str, ...], battles: int, seed: int) -> Iterator[tuple[int, Played]]:
    """Yield how many battles were played before, and the next batch of both sides, a lane a battle."""
    space = pair.reference.backend.greeting.actions
    sizes = chain(BATCHES, repeat(BATCHES[-1]))
    done = 0
    for driver in cycle(drivers):
        size = min(next(sizes), battles - done)
        if not size:
            return
        episodes = [(Episode(episode_seed(seed, number)),) for number in range(done, done + size)]
        yield done, pair.roll(make_rolls(driver, space, episodes, STEPS_MAX))
        done += size


def find_fault(pair: Pair, battles: int, seed: int) -> tuple[int, Counterexample] | None:
    """Return after how many battles the pair parted, and the shrunk counterexample of what parted most; None where it never did."""
    for done, played in play_batches(pair, ("uniform", "swarm"), battles, seed):
        if played.comparison.divergences:
            divergence = max(played.comparison.divergences, key=lambda each: each.episode_count)
            first = min(each.script for each in played.comparison.divergences)
            raw = first_evidence(pair.name, played, divergence)
            return done + first + 1, distil(pair, raw, Budget(seed), lambda pair, found: None)
    return None


def search(fault: Fault, environment: str, battles: int, seed: int) -> tuple[str, ...]:
    """Return the row of one fault."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "jax_target"
        plant(fault, target)
        opening = Opening(ADAPTERS)
        spec = Spec(rollout=RolloutPlan(drivers=("uniform", "swarm")))
        pair = Pair(fault.name, Side(f"node_showdown:{environment}", opening), Side(f"{target}:gen1", opening), spec, MODE)
        try:
            found = find_fault(pair, battles, seed)
        finally:
            pair.close()
    seconds = f"{time.monotonic() - began:.0f}"
    if found is None:
        return fault.name, fault.kind, "not found", "", "", "", seconds
    count, counterexample = found
    shrink = counterexample.shrink
    leaf = counterexample.divergence.leading.path
    size, replays = (str(shrink.actions_after), str(shrink.replays)) if shrink and not counterexample.flaky else ("not shrunk", "")
    return fault.name, fault.kind, str(count), leaf, size, replays, seconds


@click.command(help=__doc__)
@click.argument("names", nargs=-1)
@click.option("--battles", default=4096, show_default=True, help="Play at most so many for each fault.")
@click.option("--seed", default=0, show_default=True)
@click.option("--environment", default="gen1coverage", show_default=True, help="Of node_showdown.")
def main(names: tuple[str, ...], battles: int, seed: int, environment: str) -> None:
    """Print a row for each fault as it is found."""
    faults = [fault for fault in read_faults() if not names or fault.name in names]
    click.echo("| fault | kind | battles | parts in | joint choices | replays | s |\n|---|---|---|---|---|---|---|")
    failed = 0
    with tempfile.TemporaryDirectory() as cache:
        os.environ["JAX_COMPILATION_CACHE_DIR"] = cache  # a fault is compiled once, though fresh processes play it again
        for fault in faults:
            row = search(fault, environment, battles, seed)
            failed += not row[4].isdigit() or int(row[4]) > SIZE_MAX
            click.echo(f"| {' | '.join(row)} |")
    click.echo(f"{len(faults) - failed} of {len(faults)} faults found and shrunk to at most {SIZE_MAX} joint choices", err=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
