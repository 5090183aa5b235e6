"""Which leaves of two sides are the same under different names."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

import numpy as np

from equivcheck.model.columns import Column
from equivcheck.model.paths import field_of, parse_path, path_text
from equivcheck.model.trace import Trace
from equivcheck.model.values import MISSING, Leaf, Missing, same_leaf

_CLOSE = 1e-3  # relative: the same quantity may be computed in two precisions
_LEAVES_MAX = 200  # that only one side has: more are another structure, which pairs of names do not mend
_ALIKE_MIN = 0.6  # of difflib's ratio between two names, where values cannot tell


def match_names(reference: Trace, target: Trace) -> dict[str, str]:
    """Return which of the target's leaves are the reference's under another name: alike in form, and in values or in name."""
    rows = _shared_rows(reference, target)
    here, there = _alone(reference, target), _alone(target, reference)
    if max(len(here), len(there)) > _LEAVES_MAX:
        return {}
    scores: list[tuple[float, str, str]] = []
    opening = {run.first for run in reference.runs}
    starts = [pair for pair in rows if pair[0] in opening]
    common = [path for path in reference.columns if path in target.columns]
    equal_starts = any(_agreement(reference.columns[path], target.columns[path], starts) for path in common)
    for theirs, column in there.items():
        for ours, other in here.items():
            score = _likeness(ours, other, theirs, column, rows, equal_starts)
            if score:
                scores.append((score, theirs, ours))
    names: dict[str, str] = {}
    for _, theirs, ours in sorted(scores, key=lambda one: -one[0]):
        if theirs not in names and ours not in names.values():
            names[theirs] = ours
    return names


def _alone(trace: Trace, other: Trace) -> dict[str, Column]:
    """Return the leaves that one side alone has, those left out that are a container on the other, or in a leaf of it."""
    taken = [parse_path(path) for path in other.columns]

    def fits(path: str) -> bool:
        own = parse_path(path)
        return not any(own[: len(segments)] == segments[: len(own)] for segments in taken)

    return {path: column for path, column in trace.columns.items() if fits(path)}


def _shared_rows(reference: Trace, target: Trace) -> list[tuple[int, int]]:
    """Return the rows (reference, target) of the same episode and Step."""
    target_runs = {(run.script, run.episode): run for run in target.runs}
    rows: list[tuple[int, int]] = []
    for run in reference.runs:
        twin = target_runs.get((run.script, run.episode))
        if twin is not None:
            rows += [(run.first + step, twin.first + step) for step in range(min(run.count, twin.count))]
    return rows


def _likeness(ours: str, column: Column, theirs: str, other: Column, rows: Sequence[tuple[int, int]], equal_starts: bool) -> float:
    """Return how likely two leaves are the same under two names; 0 for what cannot be, or is too little to go by."""
    if _family(column) != _family(other) or (field_of(ours) == "state") != (field_of(theirs) == "state"):
        return 0.0
    alike = max(_alikeness(ours, theirs), _alikeness(_last(ours), _last(theirs)))
    agree = _agreement(column, other, rows)
    if agree:
        return 1.0 + alike
    return alike if alike >= _ALIKE_MIN and (agree is None or not equal_starts) else 0.0


def _alikeness(a: str, b: str) -> float:
    """Return how alike two names are, from 0 to 1; one that is short for the other is."""
    short, long = sorted((a, b), key=len)
    return 0.9 if len(short) >= 3 and long.startswith(short) else difflib.SequenceMatcher(None, a, b).ratio()


def _last(path: str) -> str:
    return path_text(parse_path(path)[-1:])


def _family(column: Column) -> tuple[object, ...]:
    """Return what two leaves must share to be one: whether numbers, and the shape; for others, the types."""
    if isinstance(column.values, list):
        return tuple(sorted({type(leaf).__name__ for leaf in column.values if leaf is not MISSING}))
    return ("number", column.values.dtype.kind == "b", column.values.shape[1:])


def _agreement(column: Column, other: Column, rows: Sequence[tuple[int, int]]) -> bool | None:
    """Return whether two leaves have the same values in the rows; None where they are constant, so that it says nothing."""
    pairs = [(column.leaf(ours), other.leaf(theirs)) for ours, theirs in rows]
    held = [pair for pair in pairs if pair[0] is not MISSING and pair[1] is not MISSING]
    if not held:
        return None
    if not all(_close(*pair) for pair in held):
        return False
    return True if any(not _close(pair[0], held[0][0]) for pair in held) else None


def _close(a: Leaf | Missing, b: Leaf | Missing) -> bool:
    numbers = all(isinstance(leaf, (bool, int, float, np.ndarray)) for leaf in (a, b))
    if numbers and np.shape(a) == np.shape(b):  # type: ignore[arg-type]  # both are numbers
        return bool(np.allclose(np.asarray(a, float), np.asarray(b, float), rtol=_CLOSE, atol=1e-6, equal_nan=True))
    return same_leaf(a, b)
