"""Leaves that need only agree up to a consistent one-to-one renaming."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from equivcheck.comparison.alignment import Alignment
from equivcheck.comparison.leaves import Match
from equivcheck.model.columns import Column
from equivcheck.model.values import MISSING, Value, to_json


def match_renamed(pairs: Sequence[tuple[Column, Column]], table: Alignment) -> list[Match]:
    """Compare the columns that one rule governs: within an episode one name always stands for the same other name."""
    matches = [Match(np.zeros(table.count, bool)) for _ in pairs]
    for first, last in zip(table.first[:-1].tolist(), table.first[1:].tolist(), strict=True):
        forward = {"nothing": "nothing"}
        backward = {"nothing": "nothing"}
        for row in range(first, last):
            for (reference, target), found in zip(pairs, matches, strict=True):
                for x, y in _names(reference.leaf(row), target.leaf(row)):
                    found.bad[row] |= forward.setdefault(x, y) != y or backward.setdefault(y, x) != x
                    found.loosened += x != y
    return matches


def _names(a: Value, b: Value) -> list[tuple[str, str]]:
    """Return the pairs of names, element by element in arrays of one shape; one that never agrees for another shape."""
    if a is MISSING or b is MISSING:
        return [("nothing", "nothing" if a is b else "something")]
    if np.shape(a) != np.shape(b):
        return [("nothing", "something")]
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return [(repr(x), repr(y)) for x, y in zip(a.ravel().tolist(), b.ravel().tolist(), strict=True)]
    return [(repr(to_json(a)), repr(to_json(b)))]
