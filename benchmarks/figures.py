"""Figures: ratios between two contenders that do the same work in turn, and what is wanted of them."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    `ratios`: one a round. `wanted` is a bound on their median, an upper one if `at_most`, None where the line is for
    information. `unit`: what the ratio is counted in, "x" for none.
    """

    group: str
    name: str
    ratios: Sequence[float]
    wanted: float | None = None
    at_most: bool = False
    unit: str = "x"
    note: str = ""

    @property
    def median(self) -> float:
        """The figure itself."""
        return statistics.median(self.ratios)

    @property
    def holds(self) -> bool:
        """Whether the median is within the bound."""
        return self.wanted is None or (self.median <= self.wanted if self.at_most else self.median >= self.wanted)


def alternate(
    ours: Callable[[], object], theirs: Callable[[], object], rounds: int, clock: Callable[[], float] = time.perf_counter
) -> list[tuple[float, float]]:
    """Return the seconds of both in each round; who goes first alternates, after one round for warming up that is not counted.

    `clock`: `time.process_time` leaves out what other programs took from this one, and what its own children did.
    """
    times = []
    for number in range(rounds + 1):
        seconds = {}
        for name, work in (("ours", ours), ("theirs", theirs)) if number % 2 else (("theirs", theirs), ("ours", ours)):
            gc.collect()
            began = clock()
            work()
            seconds[name] = clock() - began
        times.append((seconds["ours"], seconds["theirs"]))
    return times[1:]


def slowdowns(times: Sequence[tuple[float, float]]) -> list[float]:
    """Return ours over theirs, round by round."""
    return [ours / theirs for ours, theirs in times]


def speedups(times: Sequence[tuple[float, float]], work: float = 1.0) -> list[float]:
    """Return how many times faster ours is, where it does `work` times theirs."""
    return [work * theirs / ours for ours, theirs in times]


def each_us(times: Sequence[tuple[float, float]], counts: tuple[int, int]) -> str:
    """Return both medians as microseconds for one of so many units of work."""
    ours, theirs = (1e6 * statistics.median(column) / count for column, count in zip(zip(*times, strict=True), counts, strict=True))
    return f"{ours:.3g} against {theirs:.3g} us"
