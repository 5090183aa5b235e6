"""Faults planted in copies of ports, one wrong line each, and how they are found."""

from __future__ import annotations

import random
import shutil
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, cycle, repeat
from pathlib import Path

from equivcheck.generation import episode_seed, make_rolls
from equivcheck.localisation import distil, first_evidence
from equivcheck.model.script import Episode
from equivcheck.model.verdict import Counterexample
from equivcheck.pair import Budget, Pair, Played

BATCHES = (16, 64, 256)  # most faults show in the first few episodes; the last size goes on
DRIVERS = ("uniform", "swarm")
HELD_OUT_SEED = 4


@dataclass(frozen=True)
class Fault:
    """One wrong line: in `file` of a port, `old`, which stands there once, becomes `new`.

    `named`: what the localisation may rightly answer, each `kind:pattern`; `pair`: in whose target it is planted.
    """

    name: str
    kind: str
    file: str
    old: str
    new: str
    named: Sequence[str] = ()
    pair: str = ""


def read_faults(listed: Path) -> list[Fault]:
    """Return the faults of a list."""
    return [Fault(**each) for each in tomllib.loads(listed.read_text(encoding="utf-8"))["fault"]]


def hold_out(faults: Iterable[Fault]) -> frozenset[str]:
    """Return the names of the quarter of the faults that nothing is tuned by, drawn from all in the order of their names."""
    names = sorted(fault.name for fault in faults)
    return frozenset(random.Random(HELD_OUT_SEED).sample(names, len(names) // 4))


def plant(fault: Fault, port: Path, folder: Path, within: str = "") -> None:
    """Copy a port into `folder`, the fault in it; the folder `within` it has the file.

    Raises: ValueError where the line is not there, or more than once.
    """
    shutil.copytree(port, folder, ignore=shutil.ignore_patterns("__pycache__", "golden", "faults"))
    file = folder / within / fault.file
    text = file.read_text(encoding="utf-8")
    if text.count(fault.old) != 1:
        raise ValueError(f"{fault.name}: {fault.file} holds {fault.old!r} {text.count(fault.old)} times, and should once")
    file.write_text(text.replace(fault.old, fault.new), encoding="utf-8")


def play_batches(
    pair: Pair, episodes_max: int, steps_max: int, seed: int, drivers: Sequence[str] = DRIVERS
) -> Iterator[tuple[int, Played]]:
    """Yield how many episodes were played before, and the next batch of both sides, a lane an episode; each driver in its turn."""
    space = pair.reference.backend.greeting.actions
    assert space is not None
    sizes = chain(BATCHES, repeat(BATCHES[-1]))
    done = 0
    for driver in cycle(drivers):
        size = min(next(sizes), episodes_max - done)
        if not size:
            return
        episodes = [(Episode(episode_seed(seed, number)),) for number in range(done, done + size)]
        yield done, pair.roll(make_rolls(driver, space, episodes, steps_max))
        done += size


def find_first(pair: Pair, episodes_max: int, steps_max: int, seed: int) -> tuple[int, Counterexample] | None:
    """Return after how many episodes the pair parted, and what parted most, as it was found; None where it never did."""
    for done, played in play_batches(pair, episodes_max, steps_max, seed):
        if played.comparison.divergences:
            divergence = max(played.comparison.divergences, key=lambda each: each.episode_count)
            first = min(each.script for each in played.comparison.divergences)
            return done + first + 1, first_evidence(pair.name, played, divergence)
    return None


def find_fault(pair: Pair, episodes_max: int, steps_max: int, seed: int) -> tuple[int, Counterexample] | None:
    """Return after how many episodes the pair parted, and the shrunk counterexample of what parted most; None where it never did."""
    found = find_first(pair, episodes_max, steps_max, seed)
    return found and (found[0], distil(pair, found[1], Budget(seed), lambda pair, found: None))


def size_shrunk(counterexample: Counterexample) -> str:
    """Return how many actions are left after shrinking, in words where it could not be shrunk."""
    shrink = counterexample.shrink
    return str(shrink.actions_after) if shrink and not counterexample.flaky else "not shrunk"
