"""Counts pushed to the end of the narrow integers: what goes on counting there must not wrap."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from equivcheck.model.columns import Column, unflatten
from equivcheck.model.implied import states_of
from equivcheck.model.paths import field_of
from equivcheck.model.trace import Trace
from equivcheck.model.values import Array, Value, flatten

COUNTS_MAX = 16
_ENDS = (127, 255, 32_767, 65_535)  # of a scalar, whose width a Step does not say; wider ones are not reached by counting
_CHANGES_MIN, _PACE_MAX = 8, 8
_FAR, _NEAR = 40, 2  # in paces from the end


def counts_of(trace: Trace) -> dict[str, int]:
    """Return the leaves of the state that only ever grow, by small steps, and the largest step of each."""
    counts: dict[str, int] = {}
    for path, column in trace.columns.items():
        if field_of(path) != "state" or len(counts) == COUNTS_MAX or not _ends(column):
            continue
        numbers = np.asarray(column.values).astype(np.int64).reshape(trace.step_count, -1)
        steps = np.concatenate([np.diff(numbers[run.first : run.first + run.count], axis=0) for run in trace.runs])
        if len(steps) and steps.min() >= 0 and 0 < steps.max() <= _PACE_MAX and (steps.max(axis=1) > 0).sum() >= _CHANGES_MIN:
            counts[path] = int(steps.max())
    return counts


def brinks(trace: Trace, path: str, pace: int) -> Iterator[tuple[Value, Value]]:
    """Yield for each end that a count has before it a state some way from the end, and one next to it, all else as it was in play."""
    states = states_of(trace)
    longest = max(trace.runs, key=lambda run: run.count)
    if not states:
        return
    leaves = flatten(states[longest.first + longest.count // 2], "state")
    for end in _ends(trace.columns[path]):
        if end - _FAR * pace <= np.asarray(trace.columns[path].values).max():
            continue
        far, near = (unflatten({**leaves, path: _moved(trace.columns[path], end - paces * pace)})["state"] for paces in (_FAR, _NEAR))
        yield far, near


def goes_on(trace: Trace, steps: int) -> bool:
    """Return whether an episode took all its steps without an end: the environment sets no limit before this state."""
    ended = trace.ended()
    return any(run.count == steps + 1 and not ended[run.first + steps] for run in trace.runs)


def _ends(column: Column) -> tuple[int, ...]:
    values = column.values
    if isinstance(values, list) or not column.presence.all() or values.dtype.kind not in "iu":
        return ()
    if column.scalar:
        return _ENDS
    return (int(np.iinfo(values.dtype).max),) if values.dtype.itemsize <= 2 else ()


def _moved(column: Column, number: int) -> Value:
    """Return a leaf of a column's form that holds a number everywhere where it ever changed."""
    values = np.asarray(column.values)
    if column.scalar:
        return number
    leaf: Array = values[-1].copy()
    leaf[(values != values[:1]).any(axis=0)] = number
    return leaf
