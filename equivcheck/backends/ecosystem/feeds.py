"""What a block of steps over many lanes is fed with: actions as parts (see `parts`), or what to choose them by.

`T` is the steps of a block, `L` its lanes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from equivcheck.backends.ecosystem.parts import Parts, blank_parts, decode, encode
from equivcheck.model.space import (
    Box,
    Choice,
    DictSpace,
    Discrete,
    MultiBinary,
    MultiDiscrete,
    Space,
    TupleSpace,
    contains,
)
from equivcheck.model.values import Array, Value
from equivcheck.protocol.sampling import jump_all, outputs
from equivcheck.recording.dense import Site, Table, tables


class Given(NamedTuple):
    """A block of known actions: parts `[T, L, ...]`, who of A agents acts bool[T, L, A], steps to take int32[L].

    `tape`: what each site of the environment is to draw, tables of arrays `[T, L, ...]`.
    """

    parts: Parts
    asked: Array
    counts: Array
    tape: Any


class Dealt(NamedTuple):
    """A block of random words uint32[K, L, 2], high first, to choose legal actions with, and steps to take int32[L].

    For every agent `values` int32[L, V] and `listed` bool[L, V]: the actions to choose from, in their order.
    """

    words: Array
    values: Parts
    listed: Parts
    counts: Array


class Scripted:
    """Feeds lanes with the actions of scripts: `limits` int32[L] of them, those before the first outside the space; and with tapes."""

    def __init__(
        self, space: Space, agents: Sequence[str], scripts: Sequence[Sequence[Value]], width: int,
        sites: Mapping[str, Site] = MappingProxyType({}), tapes: Sequence[Sequence[Value]] = (),
    ) -> None:  # fmt: skip
        encoded = [encode(space, agents, actions) for actions in scripts]
        self.limits = np.zeros(width, np.int32)
        self.limits[: len(scripts)] = [len(asked) for _, asked in encoded]
        longest = int(self.limits.max())
        self._asked = np.zeros((longest, width, len(agents)), bool)
        self._parts = tuple(np.zeros((longest, width, *part.shape[1:]), part.dtype) for part in encoded[0][0])
        for lane, (parts, asked) in enumerate(encoded):
            self._asked[: len(asked), lane] = asked
            for whole, part in zip(self._parts, parts, strict=True):
                whole[: len(asked), lane] = part
        self._tape = tables(sites, tapes, width)
        self._at = 0

    def block(self, steps: int) -> Given:
        """Return the next block."""
        at, self._at = self._at, self._at + steps
        counts = np.clip(self.limits - at, 0, steps)
        tape = {site: Table(*(_block(part, at, steps) for part in table)) for site, table in self._tape.items()}
        return Given(tuple(_block(part, at, steps) for part in self._parts), _block(self._asked, at, steps), counts, tape)


class Rolled:
    """Feeds lanes with at most `limits` int32[L] random actions, one chooser and one space a lane; keeps them.

    With `masked` the actions are chosen where the masks are known, from words dealt here.
    """

    def __init__(
        self,
        spaces: Sequence[Space],
        declared: Space,
        agents: Sequence[str],
        choosers: Sequence[int],
        steps_max: Sequence[int],
        width: int,
        masked: bool,
    ) -> None:
        self._spaces, self._declared, self._agents, self._masked = spaces, declared, agents, masked
        self._states = np.zeros(width, np.uint64)
        self._states[: len(choosers)] = choosers
        self.limits = np.zeros(width, np.int32)
        self.limits[: len(steps_max)] = steps_max
        self._left = self.limits
        self._tables = choices(spaces, declared, agents, width) if masked else ((), ())
        self._taken: list[tuple[Parts, Array]] = []

    def block(self, steps: int) -> Given | Dealt:
        """Return the next block."""
        counts = np.minimum(self._left, steps)
        self._left = self._left - counts
        if self._masked:
            drawn = outputs(self._states, 0, steps * max(1, len(self._agents))).T
            words = np.stack([drawn >> np.uint64(32), drawn & np.uint64(0xFFFFFFFF)], axis=-1).astype(np.uint32)
            return Dealt(words, *self._tables, counts)
        given = Given(self._draw(steps), np.ones((steps, len(self._left), len(self._agents)), bool), counts, {})
        self._taken.append((given.parts, given.asked))
        return given

    def note(self, parts: Parts, asked: Array, drawn: Array) -> None:
        """Take in what was chosen from dealt words: parts `[T, L]`, asked bool[T, L, A], words used int32[L]."""
        self._taken.append((parts, asked))
        self._states = jump_all(self._states, drawn)

    def actions(self, lane: int, count: int) -> tuple[Value, ...]:
        """Return the first `count` actions of a lane."""
        values: list[Value] = []
        for parts, asked in self._taken:
            rows = min(count - len(values), len(asked))
            values += decode(self._declared, self._agents, iter([part[:rows, lane] for part in parts]), asked[:rows, lane])
        return tuple(values)

    def _draw(self, steps: int) -> Parts:
        """Return parts `[T, L, ...]` drawn without masks: SplitMix64 reaches any of its outputs at once."""
        blank = blank_parts(self._declared)
        whole = tuple(np.zeros((steps, len(self._left), *part.shape), part.dtype) for part in blank)
        lanes_of: dict[int, list[int]] = {}
        for lane, space in enumerate(self._spaces):
            lanes_of.setdefault(id(space), []).append(lane)
        for lanes in lanes_of.values():
            space = self._spaces[lanes[0]]
            width = _draw_count(space)
            drawn = outputs(self._states[lanes], 0, steps * width).reshape(len(lanes), steps, width)
            for part, values in zip(whole, _assemble(space, drawn), strict=True):
                part[:, lanes] = values.swapaxes(0, 1)
            self._states[lanes] = jump_all(self._states[lanes], np.full(len(lanes), steps * width))
        return whole


def choices(spaces: Sequence[Space], declared: Space, agents: Sequence[str], width: int) -> tuple[Parts, Parts]:
    """Return `values` and `listed` of Dealt: what each lane may choose from, before masks."""
    whole = [item for _, item in declared.items] if isinstance(declared, DictSpace) else [declared]
    values, listed = [], []
    for number, space in enumerate(whole):
        assert isinstance(space, Discrete)
        chosen = [_listing(lane.items[number][1] if isinstance(lane, DictSpace) else lane, space) for lane in spaces]
        columns = max(space.n, *map(len, chosen))
        table, mask = np.full((width, columns), space.start, np.int32), np.zeros((width, columns), bool)
        for lane, row in enumerate(chosen):
            table[lane, : len(row)], mask[lane, : len(row)] = row, True
        values.append(table)
        listed.append(mask)
    return tuple(values), tuple(listed)


def _listing(space: Space, declared: Discrete) -> Sequence[int]:
    if isinstance(space, Choice):
        return [value for value in space.values if contains(declared, value)]
    return range(declared.start, declared.start + declared.n)


def _draw_count(space: Space) -> int:
    """Return how many numbers one action takes."""
    match space:
        case TupleSpace(items):
            return sum(map(_draw_count, items))
        case DictSpace(pairs):
            return sum(_draw_count(item) for _, item in pairs)
        case MultiDiscrete(sizes):
            return len(sizes)
        case MultiBinary(shape) | Box(shape):
            return math.prod(shape)
    return 1


def _assemble(space: Space, drawn: Array) -> Parts:
    """Return the parts `[..., shape]` for numbers u64[..., draws]: `sampling.draw` without masks, for all at once."""
    if isinstance(space, (TupleSpace, DictSpace)):
        items = space.items if isinstance(space, TupleSpace) else [item for _, item in space.items]
        parts: list[Array] = []
        at = 0
        for item in items:
            stop = at + _draw_count(item)
            parts += _assemble(item, drawn[..., at:stop])
            at = stop
        return tuple(parts)
    match space:
        case Discrete(n, start):
            values: Array = (drawn[..., 0] % np.uint64(n)).astype(np.int64) + start
        case Choice(options):
            values = np.array(options)[(drawn[..., 0] % np.uint64(len(options))).astype(np.intp)]
        case MultiDiscrete(sizes, starts):
            values = (drawn % np.array(sizes, np.uint64)).astype(np.int64) + np.array(starts or (0,) * len(sizes))
        case MultiBinary(shape):
            values = (drawn % np.uint64(2)).astype(np.int8).reshape(*drawn.shape[:-1], *shape)
        case Box(shape):
            values = _assemble_box(space, drawn).reshape(*drawn.shape[:-1], *shape)
    return (values,)


def _assemble_box(space: Box, drawn: Array) -> Array:
    low, high = (np.array(end) for end in (space.low, space.high))
    open_low, open_high = np.isinf(low), np.isinf(high)
    both = open_low & open_high
    floor = np.where(both, -1.0, np.where(open_low, high - 2.0, low))
    ceiling = np.where(both, 1.0, np.where(open_high, low + 2.0, high))
    kind = np.dtype(space.dtype).kind
    if kind == "f":
        units = (drawn >> np.uint64(11)).astype(np.float64) * 2.0**-53
        rounded: Array = np.minimum((floor + units * (ceiling - floor)).astype(space.dtype), ceiling.astype(space.dtype))
        return rounded
    counts = np.full(low.shape, 2, np.uint64) if kind == "b" else (ceiling - floor + 1).astype(np.uint64)
    return (floor.astype(np.int64) * (kind != "b") + (drawn % counts).astype(np.int64)).astype(space.dtype)


def _block(array: Array, at: int, steps: int) -> Array:
    """Return `steps` rows from `at` on, zeros where there are none."""
    part = array[at : at + steps]
    missing = np.zeros((steps - len(part), *array.shape[1:]), array.dtype)
    return np.concatenate([part, missing]) if len(missing) else part
