"""Runs the benchmarks and prints one table of ratios.

Run: python benchmarks/run.py [--only NAME] [--write docs/benchmarks.md]   (needs the extra bench, cargo and cmp)
"""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

from figures import Figure

MODULES = ("tax", "peers", "recordings", "shrinking")
PACKAGES = ("equivcheck", "numpy", "gymnasium", "jax", "msgpack", "xxhash", "deepdiff", "hypothesis", "picire")


def main() -> int:
    """Print the table; 1 where a figure misses what is wanted."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=MODULES, help="one part alone")
    parser.add_argument("--write", type=Path, help="write the table to this file as well")
    options = parser.parse_args()
    figures = []
    for name in [options.only] if options.only else MODULES:
        for figure in importlib.import_module(name).figures():
            figures.append(figure)
            print(f"{figure.group}; {figure.name}: {cells(figure)[1]}", file=sys.stderr, flush=True)
    page = "\n".join([*machine(), "", *table(figures)])
    print(page)
    if options.write:
        options.write.write_text(PREFACE + page + "\n", encoding="utf-8")
    return int(not all(figure.holds for figure in figures))


PREFACE = """# Benchmarks

Every figure is a ratio between two contenders that do the same work in turn in one run, A B, B A, A B and so on; what stands there is
the median of the rounds, with the smallest and the largest beside it. Made by `python benchmarks/run.py --write docs/benchmarks.md`;
what exactly is compared with what stands at the head of each file in `benchmarks/`, and what was tried on figures that are missed in
[a page of its own](benchmarks-tried.md).

"""


def machine() -> list[str]:
    """Return the lines that say what it ran on."""
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return [f"{cpu_model()}, {os.cpu_count()} cores, {platform.system()}; Python {platform.python_version()}; {versions}."]


def cpu_model() -> str:
    """Return what the processor calls itself."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def table(figures: Sequence[Figure]) -> Iterator[str]:
    """Yield the lines of the table, a heading for each group."""
    group = ""
    for figure in figures:
        if figure.group != group:
            group = figure.group
            yield from (
                "",
                f"**{group[0].upper()}{group[1:]}**",
                "",
                "| | median | from | to | wanted | |",
                "|---|---:|---:|---:|---:|---|",
            )
        name, median, low, high, wanted, note = cells(figure)
        yield f"| {name} | {median} | {low} | {high} | {wanted} | {note} |"


def cells(figure: Figure) -> tuple[str, ...]:
    """Return one line of the table."""
    bound = "" if figure.wanted is None else f"{'at most' if figure.at_most else 'at least'} {figure.wanted:,g}"
    verdict = "" if figure.holds else " **(missed)**"
    numbers = [
        f"{number:,.{0 if number >= 100 else 2}f}{figure.unit}" for number in (figure.median, min(figure.ratios), max(figure.ratios))
    ]
    return (figure.name, numbers[0], numbers[1], numbers[2], bound + verdict, figure.note)


if __name__ == "__main__":
    sys.exit(main())
