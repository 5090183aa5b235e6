"""States at the edge of what was seen: one number at its least or greatest, all else as it was."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from equivcheck.model.columns import Column, unflatten
from equivcheck.model.implied import states_of
from equivcheck.model.paths import field_of
from equivcheck.model.trace import Trace
from equivcheck.model.values import Value, flatten

STATES_MAX = 64


def extreme_states(trace: Trace) -> Iterator[Value]:
    """Yield states made of the middle one of a Trace, each with the numbers of one leaf at the least, or greatest, that they ever were.

    A side may refuse them: not every mixture is a state.
    """
    states = states_of(trace)
    if not states:
        return
    leaves = flatten(states[len(states) // 2], "state")
    count = 0
    for path, column in trace.columns.items():
        if field_of(path) != "state" or path not in leaves:
            continue
        for end in _ends(column):
            if count == STATES_MAX:
                return
            count += 1
            yield unflatten({**leaves, path: end})["state"]


def _ends(column: Column) -> list[Value]:
    """Return the least and the greatest of a leaf, element by element, where it is a number that changes."""
    values = column.values
    if isinstance(values, list) or not column.presence.all() or values.dtype.kind not in "iuf" or (values == values[:1]).all():
        return []
    ends = [values.min(axis=0), values.max(axis=0)]
    return [end.item() for end in ends] if column.scalar else [np.ascontiguousarray(end) for end in ends]
