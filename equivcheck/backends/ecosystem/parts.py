"""Actions as arrays: a space is flattened into *parts*, one array for every space in it that is no tuple or dict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import compress
from typing import Any, TypeAlias

import numpy as np

from equivcheck.model.space import Box, DictSpace, Discrete, MultiBinary, MultiDiscrete, Space, TupleSpace, contains
from equivcheck.model.values import Array, Value
from equivcheck.protocol.sampling import SplitMix64, draw

Parts: TypeAlias = tuple[Array, ...]


def encode(space: Space, agents: Sequence[str], actions: Sequence[Value]) -> tuple[Parts, Array]:
    """Return the parts `[N, ...]` and asked bool[N, A] of the actions before the first that is not in the space."""
    if not agents:
        parts = _encode(space, actions[: _good_count(space, actions)])
        return parts, np.ones((len(parts[0]), 0), bool)
    assert isinstance(space, DictSpace)
    known = {agent: (item, _filler(item)) for agent, item in space.items}
    good = next((at for at, action in enumerate(actions) if not _fits(action, known)), len(actions))
    columns = {agent: [action.get(agent, filler) for action in actions[:good]] for agent, (_, filler) in known.items()}
    good = min(_good_count(item, columns[agent]) for agent, (item, _) in known.items())
    parts = tuple(part for agent, (item, _) in known.items() for part in _encode(item, columns[agent][:good]))
    asked = np.array([[agent in action for agent in known] for action in actions[:good]], bool)
    return parts, asked.reshape(good, len(known))


def _fits(action: Value, known: dict[str, Any]) -> bool:
    return isinstance(action, dict) and action.keys() <= known.keys()


def _good_count(space: Space, actions: Sequence[Value]) -> int:
    if isinstance(space, Discrete) and set(map(type, actions)) <= {int}:
        array = np.array(actions or [space.start], object)
        wrong = np.flatnonzero((array < space.start) | (array >= space.start + space.n))
        return int(wrong[0]) if len(wrong) else len(actions)
    return next((at for at, action in enumerate(actions) if not contains(space, action)), len(actions))


def _encode(space: Space, actions: Sequence[Value]) -> Parts:
    if isinstance(space, TupleSpace):
        columns = [[action[index] for action in actions] for index in range(len(space.items))]
        return tuple(part for item, column in zip(space.items, columns, strict=True) for part in _encode(item, column))
    if isinstance(space, DictSpace):
        return tuple(part for key, item in space.items for part in _encode(item, [action[key] for action in actions]))
    (blank,) = blank_parts(space)
    return (np.array(actions, blank.dtype).reshape(len(actions), *blank.shape),)


def decode(space: Space, agents: Sequence[str], parts: Iterator[Array], asked: Array) -> list[Value]:
    """Return the actions of N rows of parts."""
    if isinstance(space, DictSpace):
        columns = {key: decode(item, (), parts, asked) for key, item in space.items}
        if not agents:
            return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        rows = zip(zip(*columns.values(), strict=True), asked.tolist(), strict=True)
        return [dict(compress(zip(columns, row, strict=True), mask)) for row, mask in rows]
    if isinstance(space, TupleSpace):
        return [list(row) for row in zip(*(decode(item, (), parts, asked) for item in space.items), strict=True)]
    part = next(parts)
    if isinstance(space, Discrete):
        return list(part.tolist())
    return list(part.astype(np.int64) if isinstance(space, MultiDiscrete) else part)


def blank_parts(space: Space) -> Parts:
    """Return one array a part, of the shape and dtype that the device is given."""
    match space:
        case TupleSpace(items):
            return tuple(part for item in items for part in blank_parts(item))
        case DictSpace(pairs):
            return tuple(part for _, item in pairs for part in blank_parts(item))
        case MultiDiscrete(sizes):
            return (np.zeros(len(sizes), np.int32),)
        case MultiBinary(shape):
            return (np.zeros(shape, np.int8),)
        case Box(shape, dtype):
            return (np.zeros(shape, dtype),)
    return (np.zeros((), np.int32),)


def _filler(space: Space) -> Value:
    """Return an action to stand where an agent is not asked."""
    return draw(SplitMix64(0), space)
