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
import re
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from equivcheck.levels import interaction

ADAPTERS = Path(__file__).parents[1]
sys.path.append(str(ADAPTERS))

from finding import check_sound, cover_once, find_lowest, roll_uniformly  # noqa: E402
from planting import Fault, hold_out, read_faults  # noqa: E402

LISTS = ("faults/faults.toml", "tapes/faults.toml", "jax_target/gen1/faults/faults.toml")
GEN1 = "gen1"
LEVEL_NAMES = {"self": "self", "property": "L1", "interaction": "L2", "rollout": "L3", "": "not found"}
RARE_STEPS = 100
STEPS_OF_BATTLE = 32.0
"""Of gen1coverage, under the driver uniform, on average."""


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
    interaction.cover = cover_once  # type: ignore[assignment, attr-defined]  # for this program alone
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
            click.echo(f"{name}: {summary_of(row)}")


@main.command()
@click.argument("results", type=click.Path(path_type=Path))
def show(results: Path) -> None:
    """Print the rows that there are, and what they come to."""
    rows = read_rows(results)
    found = [row for row in rows.values() if "sound" not in row]
    for row in found:
        row["uniform"] = row["uniform"] or battles_before(row["name"])
    for title, held_out in (("The faults that the levels were tuned with", False), ("The quarter that was held out", True)):
        chosen = [row for row in found if row["held_out"] == held_out]
        if chosen:
            click.echo(f"## {title}\n\n{HEAD}")
            click.echo("\n".join(line_of(row) for row in chosen))
            click.echo(f"\n{sums(chosen)}\n")
    click.echo(f"Together: {sums(found)}\n")
    played = [(row["pair"], level, one) for row in rows.values() if "sound" in row for level, one in row["sound"].items()]
    alarms = [(pair, level, one) for pair, level, one in played if one["outcome"] != "EQUIVALENT"]
    told = "; ".join(f"{pair} {level}: {one.get('words', one.get('answers'))}" for pair, level, one in alarms)
    click.echo(
        f"Without a fault: {len(played)} levels of {len({pair for pair, _, _ in played})} pairs, {len(alarms)} not EQUIVALENT. {told}"
    )


HEAD = (
    "| pair | fault | kind | found by | steps | calls | s | size | blamed | | uniform: episodes | steps |\n"
    "|---|---|---|---|---:|---:|---:|---|---|---|---:|---:|"
)


def line_of(row: dict[str, Any]) -> str:
    """Return a row of the table."""
    level, uniform = LEVEL_NAMES[row["level"]], row["uniform"]
    size = "" if not level else row.get("size", "") if row.get("form") == "call" else f"{row.get('size', '')} {row.get('form', '')}"
    blamed = " ".join(f"`{answer}`" for answer in row.get("answers", ())).replace("|", "\\|")
    cells = [row["pair"], row["name"], row["kind"], level, whole(row, "steps"), whole(row, "calls"), row.get("seconds", ""), size, blamed]
    cells.append("named" if row["named"] else "**not named**")
    cells += (
        ["", ""]
        if uniform is None
        else [f"{uniform['episodes']:,}" if uniform["found"] else f"not in {uniform['episodes']:,}", uniform["steps"]]
    )
    return "| " + " | ".join(f"{cell:,}" if type(cell) is int else str(cell) for cell in cells) + " |"


def whole(row: dict[str, Any], unit: str) -> int:
    """Return the steps or calls until a fault was found, those of the levels that did not find it among them."""
    return int(row.get(unit, 0) + sum(one[unit] for one in row["below"].values()))


def sums(rows: Sequence[dict[str, Any]]) -> str:
    """Return what some rows come to."""
    below = [row for row in rows if row["level"] not in ("", "rollout")]
    found = [row for row in rows if row["level"]]
    counts = ", ".join(f"{sum(row['level'] == level for row in rows)} {name}" for level, name in LEVEL_NAMES.items())
    words = f"{len(rows)} faults ({counts}); below L3 {share(below, rows)}; named rightly {share([r for r in found if r['named']], found)}"
    rare = [row for row in rows if row["uniform"] and row["uniform"]["steps"] > RARE_STEPS]
    if not rare:
        return words
    costs = [(row, whole(row, "steps"), whole(row, "calls")) for row in rare]
    times = [
        [row["uniform"]["steps"] / max(steps + counted * calls, 1) if row in below else 1.0 for row, steps, calls in costs]
        for counted in (0, 1)
    ]
    steps_alone, calls_too = (f"{statistics.median(ratios):,.1f} times" for ratios in times)
    return (
        f"{words}; {len(rare)} of them take uniform rollouts more than {RARE_STEPS} steps, in the median {steps_alone} those that the "
        f"levels took until the fault was found, and {calls_too} where each call of a component counts as a step"
    )


def share(some: Sequence[Any], rows: Sequence[Any]) -> str:
    """Return how many of how many."""
    return f"{len(some)} of {len(rows)} ({len(some) / max(len(rows), 1):.0%})"


def battles_before(name: str) -> dict[str, Any] | None:
    """Return what the table of gen1/README.md says of a fault: after how many battles, of both drivers, play alone found it."""
    text = (ADAPTERS / "jax_target/gen1/README.md").read_text(encoding="utf-8")
    row = re.search(rf"^\| {re.escape(name)} \| [^|]+ \| (\d+) \|", text, re.MULTILINE)
    if row is None:
        return None
    return {"found": True, "episodes": int(row[1]), "steps": round((int(row[1]) - 0.5) * STEPS_OF_BATTLE)}


def summary_of(row: dict[str, Any]) -> str:
    """Return a row in a few words."""
    if "sound" in row:
        return ", ".join(f"{level} {one['outcome']}" for level, one in row["sound"].items())
    found = f"{LEVEL_NAMES[row['level']]} {row.get('steps')} steps {row.get('seconds')} s {row.get('answers')}"
    return f"{found} {'named' if row['named'] else 'NOT NAMED'}"


if __name__ == "__main__":
    main()
