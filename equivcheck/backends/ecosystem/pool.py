"""Where the lanes of a functional environment are kept between calls: one record a lane, on the host."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from equivcheck.model.values import Array

FRESH, RUNNING, ENDED = range(3)


class Pool:
    """Records of `leaf0`, `leaf1`, ... (the state), `key` uint32[2], `clock` (steps since the reset), `phase`, and `shown`.

    `shown` has a bit for each optional record that the lane shows.
    """

    def __init__(self, blank: Sequence[Array]) -> None:
        """`blank` has one array for each leaf of a state, for its dtype and shape."""
        self._names = [f"leaf{index}" for index in range(len(blank))]
        leaves = [(name, leaf.dtype, leaf.shape) for name, leaf in zip(self._names, blank, strict=True)]
        self.record = np.dtype([*leaves, ("key", "<u4", (2,)), ("clock", "<i4"), ("phase", "u1"), ("shown", "u1")])
        self._records = np.zeros(0, self.record)
        self._places: dict[int, int] = {}

    def read(self, lanes: Sequence[int], width: int) -> Array:
        """Return the records of the lanes, a new lane being FRESH, padded to `width` with FRESH ones."""
        records = np.zeros(width, self.record)
        places = self._find(lanes)
        records[: len(lanes)] = self._records[places]
        return records

    def write(self, lanes: Sequence[int], records: Array) -> None:
        """Keep the records of the lanes; of a lane named twice the last."""
        places = self._find(lanes)
        self._records[places] = records

    def leaves(self, records: Array) -> tuple[Array, ...]:
        """Return the states of records, as leaves `[N, ...]`."""
        return tuple(records[name] for name in self._names)

    def put(self, records: Array, leaves: Sequence[Any], rows: Any = slice(None)) -> None:
        """Set the states of some rows of records."""
        for name, leaf in zip(self._names, leaves, strict=True):
            records[name][rows] = leaf

    def clear(self) -> None:
        """Forget all lanes."""
        self._records, self._places = np.zeros(0, self.record), {}

    def _find(self, lanes: Sequence[int]) -> Array:
        for lane in lanes:
            self._places.setdefault(lane, len(self._places))
        if len(self._places) > len(self._records):
            grown = np.zeros(2 * len(self._places), self.record)
            grown[: len(self._records)] = self._records
            self._records = grown
        return np.array([self._places[lane] for lane in lanes], np.intp)
