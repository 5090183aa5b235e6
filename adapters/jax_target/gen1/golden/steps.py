"""The recorded steps, as arrays."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..exchange import import_state
from ..state import Battle
from .cases import stack_states

RECORDED = Path(__file__).with_name("steps.json.gz")


class Steps(NamedTuple):
    """N steps as Showdown played them; actions int32[N, 2], -1 of who is not asked; legal bool[N, 2, 10] after the step."""

    before: Battle
    actions: np.ndarray[Any, Any]
    after: Battle
    events: list[list[str]]
    draws: list[list[dict[str, str]]]
    legal: np.ndarray[Any, Any]


def read_steps(file: Path = RECORDED) -> Steps:
    """Return the steps of every recorded battle."""
    before, after, rest = [], [], []
    for first, rows in json.loads(gzip.decompress(file.read_bytes())):
        numbers = first
        for stirred, *others in rows:
            start = _changed(numbers, stirred)
            numbers = _changed(start, others[1])
            before.append(start)
            after.append(numbers)
            rest.append(others)
    draws = [[dict(zip(("site", "key", "domain", "value"), draw, strict=True)) for draw in row[3]] for row in rest]
    return Steps(
        import_state(stack_states(before)),
        np.asarray([row[0] for row in rest], np.int32),
        import_state(stack_states(after)),
        [row[2] for row in rest],
        draws,
        np.asarray([row[4] for row in rest], bool),
    )


def _changed(numbers: list[int], changes: list[list[int]]) -> list[int]:
    changed = list(numbers)
    for at, value in changes:
        changed[at] = value
    return changed
