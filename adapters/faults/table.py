"""Plants faults in ports, one at a time, and tells which of self, property, interaction and rollout is the lowest level that finds each.

    python adapters/faults/table.py run RESULTS [NAME ...] [--part 0/2] [--held-out] [--sound]
    python adapters/faults/table.py show RESULTS

`run` adds a row of JSON to RESULTS for each fault that is not there yet, and for each pair without a fault with `--sound`; `show` prints
the table. The faults were listed before any level was tuned; a quarter, drawn with the seed planting.HELD_OUT_SEED, is left out
without `--held-out`, and was not looked at before the last run.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

ADAPTERS = Path(__file__).parents[1]
sys.path.append(str(ADAPTERS))

from finding import check_sound, find_lowest, roll_uniformly  # noqa: E402
from planting import Fault, hold_out, read_faults  # noqa: E402

LISTS = ("faults/faults.toml", "tapes/faults.toml", "jax_target/gen1/faults/faults.toml")
GEN1 = "gen1"
LEVEL_NAMES = {"self": "self", "property": "L1", "interaction": "L2", "rollout": "L3", "": "not found"}
RARE_STEPS = 100


def listed() -> list[tuple[Fault, str]]:
    """Return all faults, each with the pair it is planted in."""
    faults = [(fault, path) for path in LISTS for fault in read_faults(ADAPTERS / path)]
    return [(fault, fault.pair or (GEN1 if GEN1 in path else fault.file.removesuffix(".py"))) for fault, path in faults]


def read_rows(results: Path) -> dict[str, dict[str, Any]]:
    """Return the rows of a file by name."""
    lines = results.read_text(encoding="utf-8").splitlines() if results.exists() else []
    return {row["name"]: row for row in map(json.loads, lines)}


@click.group(help=__doc__)
def main() -> None:
    """See above."""


@main.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.argument("names", nargs=-1)
@click.option("--part", default="0/1", show_default=True, help="Which of how many parts of the work to do.")
@click.option("--held-out", is_flag=True, help="The held-out quarter alone.")
@click.option("--sound", is_flag=True, help="The pairs without a fault alone.")
@click.option("--games", type=click.Choice(("small", GEN1, "all")), default="all", show_default=True)
@click.option("--episodes", default=10_000, show_default=True, help="Of uniform rollouts alone, at most.")
@click.option("--seconds", default=120.0, show_default=True, help="For uniform rollouts alone, at most.")
@click.option("--rollouts", default=300, show_default=True, help="Episodes of the level rollout.")
def run(
    results: Path, names: Sequence[str], part: str, held_out: bool, sound: bool, games: str, episodes: int, seconds: float, rollouts: int
) -> None:
    """Find the faults that have no row yet."""
    everything = [(fault, pair) for fault, pair in listed() if games == "all" or (pair == GEN1) == (games == GEN1)]
    out = hold_out(fault for fault, _ in listed())
    index, count = map(int, part.split("/"))
    with tempfile.TemporaryDirectory() as cache:
        os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", cache)  # a fault is compiled once, though fresh processes play it again
        if sound:
            jobs: list[tuple[str, Fault | None, str]] = [
                (f"sound {pair}", None, pair) for pair in dict.fromkeys(pair for _, pair in everything)
            ]
        else:
            chosen = [(fault, pair) for fault, pair in everything if (not names or fault.name in names) and (fault.name in out) == held_out]
            jobs = [(fault.name, fault, pair) for fault, pair in chosen]
        for name, fault, pair in jobs[index::count]:
            if name in read_rows(results):
                continue
            row: dict[str, Any] = {"name": name, "pair": pair}
            if fault is None:
                row["sound"] = check_sound(pair, rollouts)
            else:
                row |= {"kind": fault.kind, "held_out": fault.name in out, **find_lowest(fault, pair, rollouts)}
                row["uniform"] = roll_uniformly(fault, pair, episodes, seconds) if pair != GEN1 else None
            with results.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
            click.echo(f"{name}: {told(row)}")


def told(row: dict[str, Any]) -> str:
    """Return a row in a few words."""
    if "sound" in row:
        return ", ".join(f"{level} {one['outcome']}" for level, one in row["sound"].items())
    found = f"{LEVEL_NAMES[row['level']]} {row.get('steps')} steps {row.get('seconds')} s {row.get('answers')}"
    return f"{found} {'named' if row['named'] else 'NOT NAMED'}"


if __name__ == "__main__":
    main()
