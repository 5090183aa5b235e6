"""Plants each fault of faults.toml in a copy of the port and lets equivcheck find and shrink it; a table says after how many battles.

    python adapters/jax_target/gen1/faults/find.py [NAME ...] [--battles 4096] [--seed 0]

Exit code 0 where every fault was found and shrunk to at most SIZE_MAX joint choices, 1 where not.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import click

from equivcheck.backends.opening import Opening
from equivcheck.model.spec import Mode, RolloutPlan, Spec
from equivcheck.pair import Pair, Side

PORT = Path(__file__).parents[2]
ADAPTERS = PORT.parent
sys.path.append(str(ADAPTERS))

import planting  # noqa: E402
from planting import DRIVERS, Fault, find_fault, size_shrunk  # noqa: E402

SIZE_MAX = 6
STEPS_MAX = 400
MODE = Mode("reference", "seeded", "never")


def read_faults() -> list[Fault]:
    """Return the list."""
    return planting.read_faults(Path(__file__).with_name("faults.toml"))


def plant(fault: Fault, folder: Path) -> None:
    """Copy the port into `folder`, the fault in it. Raises: ValueError where the line is not there, or more than once."""
    planting.plant(fault, PORT, folder, "gen1")


def search(fault: Fault, environment: str, battles: int, seed: int) -> tuple[str, ...]:
    """Return the row of one fault."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "jax_target"
        plant(fault, target)
        opening = Opening(ADAPTERS)
        spec = Spec(rollout=RolloutPlan(drivers=DRIVERS))
        pair = Pair(fault.name, Side(f"node_showdown:{environment}", opening), Side(f"{target}:gen1", opening), spec, MODE)
        try:
            found = find_fault(pair, battles, STEPS_MAX, seed)
        finally:
            pair.close()
    seconds = f"{time.monotonic() - began:.0f}"
    if found is None:
        return fault.name, fault.kind, "not found", "", "", "", seconds
    count, counterexample = found
    leaf, size = counterexample.divergence.leading.path, size_shrunk(counterexample)
    replays = str(counterexample.shrink.replays) if counterexample.shrink and size.isdigit() else ""
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
