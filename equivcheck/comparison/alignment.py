"""Which rows of two Traces show the same moment."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from operator import attrgetter
from typing import Any

import numpy as np

from equivcheck.model.divergence import Difference, Divergence, Kind
from equivcheck.model.trace import End, Run, Trace
from equivcheck.model.values import MISSING, Array, Missing

_NUMBERS = attrgetter("script", "episode", "first", "count")


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """Row r of the aligned tables is row `reference[r]` and `target[r]` of the Traces (slices: all of them).

    `script`, `episode`, `first`: i64[runs]; run i has the aligned rows first[i] up to first[i + 1]; `first` has one more entry.
    """

    reference: Any
    target: Any
    script: Array
    episode: Array
    first: Array
    unequal: tuple[Divergence, ...]
    skipped: int

    @property
    def count(self) -> int:
        """How many rows are aligned."""
        return int(self.first[-1])

    def locate(self, row: int) -> tuple[int, int, int]:
        """Return (script, episode, step_index) of an aligned row."""
        run = int(np.searchsorted(self.first, row, side="right")) - 1
        return int(self.script[run]), int(self.episode[run]), row - int(self.first[run])


def align(reference: Trace, target: Trace) -> Alignment:
    """Return the alignment of two answers to the same scripts; what only one side answered is a Divergence."""
    if reference.runs == target.runs and not reference.ends and not target.ends:
        return _align_equal(reference.runs)
    theirs = {(run.script, run.episode): run for run in target.runs}
    ours = {(run.script, run.episode): run for run in reference.runs}
    ends = ({(e.script, e.episode): e for e in reference.ends}, {(e.script, e.episode): e for e in target.ends})
    left: list[Array] = []
    right: list[Array] = []
    kept: list[tuple[int, int, int]] = []
    unequal: list[Divergence] = []
    skipped = 0
    for key in sorted({*ours, *theirs, *ends[0], *ends[1]}):
        counts = [side[key].count if key in side else 0 for side in (ours, theirs)]
        common = min(counts)
        if common:
            left.append(np.arange(ours[key].first, ours[key].first + common))
            right.append(np.arange(theirs[key].first, theirs[key].first + common))
            kept.append((*key, common))
        parting = _parting(key, counts, (ends[0].get(key), ends[1].get(key)), _gone(key, counts, ends))
        if parting is not None:
            unequal.append(parting)
        elif key in ends[0] and key in ends[1] and ends[0][key].kind != "refused":
            skipped += 1
    counts_kept = [count for _, _, count in kept]
    empty = np.zeros(0, np.int64)
    return Alignment(
        np.concatenate(left) if left else empty,
        np.concatenate(right) if right else empty,
        np.array([script for script, _, _ in kept], np.int64),
        np.array([episode for _, episode, _ in kept], np.int64),
        np.concatenate([[0], np.cumsum(counts_kept)]).astype(np.int64),
        tuple(unequal),
        skipped,
    )


def _align_equal(runs: tuple[Run, ...]) -> Alignment:
    table = np.fromiter(chain.from_iterable(map(_NUMBERS, runs)), np.int64, 4 * len(runs)).reshape(-1, 4)
    last = table[-1:, 2] + table[-1:, 3] if len(table) else np.zeros(1, np.int64)
    first = np.concatenate([table[:, 2], last])
    return Alignment(slice(None), slice(None), table[:, 0], table[:, 1], first, (), 0)


def _gone(
    key: tuple[int, int], counts: list[int], ends: tuple[dict[tuple[int, int], End], dict[tuple[int, int], End]]
) -> tuple[bool, bool]:
    """Return for each side whether it had given up before this episode, and not gone on from a given state."""
    silent = [count == 0 and key not in side for count, side in zip(counts, ends, strict=True)]
    gone = [any(end[0] == key[0] and end[1] < key[1] for end in side) for side in ends]
    return gone[0] and silent[0], gone[1] and silent[1]


def _parting(key: tuple[int, int], counts: list[int], ends: tuple[End | None, End | None], gone: tuple[bool, bool]) -> Divergence | None:
    """Return how the sides' answers to one episode differ in length or ending; None where they do not."""
    if any(gone):
        return None
    here, there = ends
    if here is not None and there is not None:
        if counts[0] == counts[1] and here.kind == there.kind:
            return None
        if counts[0] == counts[1]:
            words = f"the reference {_ending(here)}; the target {_ending(there)}"
            return _diverge(key, here.step_index, Difference("", "crash", here.words, there.words, words=words))
    shorter = 0 if counts[0] < counts[1] or (counts[0] == counts[1] and here is not None) else 1
    end = ends[shorter]
    if counts[0] == counts[1] and end is None:
        return None
    side, other = ("reference", "target") if shorter == 0 else ("target", "reference")
    index = min(counts)
    if end is None:
        words = f"the {side} has no Step {index}, the {other} goes on"
        return _diverge(key, index, _difference("length", MISSING, words, shorter))
    words = f"the {side} {_ending(end)}; the {other} answers"
    return _diverge(key, index, _difference("refusal" if end.kind == "refused" else "crash", end.words, words, shorter))


def _difference(kind: Kind, answer: str | Missing, words: str, shorter: int) -> Difference:
    reference, target = (answer, "a Step") if shorter == 0 else ("a Step", answer)
    return Difference("", kind, reference, target, words=words)


def _ending(end: End) -> str:
    verb = {"refused": "refuses", "failed": "fails", "died": "dies"}[end.kind]
    return f"{verb} here: {end.words}" if end.words else f"{verb} here"


def _diverge(key: tuple[int, int], step_index: int, difference: Difference) -> Divergence:
    return Divergence(key[0], key[1], step_index, (difference,))
