"""Where the actions of a wave come from, and how they are put into a batch for a vector environment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from equivcheck.model.request import Roll
from equivcheck.model.script import Episode
from equivcheck.model.space import Choice, Discrete, Space, contains
from equivcheck.model.values import Array, Value
from equivcheck.protocol.sampling import SplitMix64, draw, outputs

_AHEAD = 64  # ticks whose actions are drawn at once
_TABLE_MAX = 4096


class Chooser(Protocol):
    """Where the actions of a wave come from; members are the wave's episodes, numbered from 0."""

    def choose(self, tick: int, members: Array, legal: Array | None) -> list[Value] | Array:
        """Return an action for each of these members, None for one that takes no more.

        `legal` (bool[members, n]) are the masks that hold. An array has only actions that are known to be legal.
        """
        ...


class Scripted:
    """The actions of the episodes, one after another."""

    def __init__(self, episodes: Sequence[Episode], space: Space) -> None:
        self._actions = [episode.actions for episode in episodes]
        self._lengths = np.array([len(actions) for actions in self._actions])
        self._table: Array | None = None
        if isinstance(space, Discrete) and all(set(map(type, actions)) <= {int} for actions in self._actions):
            inside = all(not a or (min(a) >= space.start and max(a) < space.start + space.n) for a in self._actions)
            if inside and self._lengths.sum():
                self._table = np.zeros((len(episodes), self._lengths.max()), np.int64)
                for row, actions in zip(self._table, self._actions, strict=True):
                    row[: len(actions)] = actions

    def choose(self, tick: int, members: Array, legal: Array | None) -> list[Value] | Array:
        """See Chooser."""
        if legal is None and self._table is not None and (self._lengths[members] > tick).all():
            return np.asarray(self._table[members, tick])
        every = ((self._actions[member], tick) for member in members.tolist())
        return [actions[at] if at < len(actions) else None for actions, at in every]


class Rolled:
    """Uniform choices, drawn as docs/protocol.md says."""

    def __init__(self, rolls: Sequence[Roll], number: int, declared: Space) -> None:
        """`number` says which of the episodes of each roll is played."""
        self._seeds = np.array([roll.choosers[number] for roll in rolls], np.uint64)
        self._spaces = [(roll.spaces[number] if roll.spaces else None) or declared for roll in rolls]
        self._steps_max = np.array([roll.steps_max for roll in rolls])
        self._declared = declared
        self._rngs: list[SplitMix64] | None = None
        self._tables = _tables(self._spaces, declared)
        self._drawn = np.zeros((len(rolls), 0), np.uint64)
        self._first = 0

    def choose(self, tick: int, members: Array, legal: Array | None) -> list[Value] | Array:
        """See Chooser."""
        cut = tick >= self._steps_max[members]
        if legal is None and self._tables is not None and self._rngs is None and not cut.any():
            if tick >= self._first + self._drawn.shape[1]:
                self._first, self._drawn = tick, outputs(self._seeds, tick, _AHEAD)
            values, sizes = self._tables
            which = (self._drawn[members, tick - self._first] % sizes[members]).astype(np.int64)
            return np.asarray(values[members, which])
        if self._rngs is None:
            ahead = 0 if self._tables is None else tick  # a table's choice is one draw
            self._rngs = [SplitMix64(seed).jump(ahead) for seed in self._seeds.tolist()]
        actions: list[Value] = []
        for index, member in enumerate(members.tolist()):
            mask = None if legal is None else legal[index]
            actions.append(None if cut[index] else draw(self._rngs[member], self._spaces[member], mask, self._declared))
        return actions


def _tables(spaces: Sequence[Space], declared: Space) -> tuple[Array, Array] | None:
    """Return i64[members, most] of every action and u64[members] of their numbers.

    None where that is too much, or an action is outside the declared space.
    """
    every: list[Sequence[Value]] = []
    for space in spaces:
        if isinstance(space, Discrete) and space.n <= _TABLE_MAX:
            every.append(range(space.start, space.start + space.n))
        elif isinstance(space, Choice) and all(type(a) is int and contains(declared, a) for a in space.values):
            every.append(space.values)
        else:
            return None
    values = np.zeros((len(every), max(map(len, every))), np.int64)
    for row, actions in zip(values, every, strict=True):
        row[: len(actions)] = actions
    return values, np.array([len(actions) for actions in every], np.uint64)
