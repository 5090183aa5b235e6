"""SplitMix64, and how an action is drawn from a space: the same in every language (docs/protocol.md, section 6)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from equivcheck.model.space import Box, Choice, DictSpace, Discrete, MultiBinary, MultiDiscrete, Space, TupleSpace
from equivcheck.model.values import Array, Value, canonical

_MASK = 2**64 - 1
_GAMMA, _MIX_A, _MIX_B = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


class SplitMix64:
    """The generator. Source: Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195."""

    __slots__ = ("state",)

    def __init__(self, seed: int) -> None:
        self.state = seed & _MASK

    def next(self) -> int:
        """Return the next int in [0, 2^64)."""
        self.state = (self.state + _GAMMA) & _MASK
        return _mix(self.state)

    def jump(self, count: int) -> SplitMix64:
        """Return self after `count` more draws."""
        self.state = (self.state + count * _GAMMA) & _MASK
        return self

    def below(self, count: int) -> int:
        """Return an int in [0, count); one draw, also where count is 1."""
        return self.next() % count

    def unit(self) -> float:
        """Return a float in [0, 1) with 53 random bits."""
        return (self.next() >> 11) * 2.0**-53


def _mix(mixed: int) -> int:
    mixed = ((mixed ^ (mixed >> 30)) * _MIX_A) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * _MIX_B) & _MASK
    return mixed ^ (mixed >> 31)


def next_of_all(states: Array) -> Array:
    """Advance u64[...] generator states in place and return u64[...]: many generators side by side."""
    states += np.uint64(_GAMMA)
    mixed = (states ^ (states >> np.uint64(30))) * np.uint64(_MIX_A)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(_MIX_B)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))


def outputs(seeds: Array, first: int, count: int) -> Array:
    """Return u64[N, count]: outputs `first` to `first + count - 1` (from 0) of N generators begun with u64[N] seeds."""
    with np.errstate(over="ignore"):
        steps = np.arange(first, first + count, dtype=np.uint64) * np.uint64(_GAMMA)
        return next_of_all(seeds[:, None] + steps)


def jump_all(states: Array, counts: Array) -> Array:
    """Return u64[N] generator states after int[N] more draws each."""
    with np.errstate(over="ignore"):
        return np.asarray(states + counts.astype(np.uint64) * np.uint64(_GAMMA))


def derive(seed: int, *labels: int) -> int:
    """Return a seed for a part of a run: equal for equal arguments, unrelated otherwise."""
    for label in labels:
        seed = _mix(((seed ^ (label * _MIX_B + _GAMMA)) + _GAMMA) & _MASK)
    return seed


def derive_all(seeds: Array, *labels: int) -> Array:
    """Return what `derive` does for each of u64[N] seeds."""
    for label in labels:
        seeds = next_of_all(seeds ^ np.uint64((label * _MIX_B + _GAMMA) & _MASK))
    return seeds


def draw(rng: SplitMix64, space: Space, legal: Value = None, declared: Space | None = None) -> Value:
    """Return one action; None where `legal` allows nothing.

    `legal` is the mask of this Step, None where there is none. `declared` is the space that the mask is about,
    where `space` is a Choice that narrows it.
    """
    match space:
        case Discrete(n, start):
            if legal is None:
                return start + rng.below(n)
            allowed = np.flatnonzero(legal)
            return start + int(allowed[rng.below(len(allowed))]) if len(allowed) else None
        case Choice(values):
            return _draw_choice(rng, values, legal, declared)
        case MultiDiscrete(sizes, starts):
            masks = legal if legal is not None else [None] * len(sizes)
            parts = [draw(rng, Discrete(n), mask) for n, mask in zip(sizes, masks, strict=True)]
            return None if None in parts else np.array(parts, np.int64) + np.array(starts or (0,) * len(sizes), np.int64)
        case MultiBinary(shape):
            bits = [rng.below(2) for _ in range(math.prod(shape))]
            return canonical(np.array(bits, np.int8).reshape(shape))
        case Box():
            return _draw_box(rng, space)
        case TupleSpace(items):
            masks = legal if legal is not None else [None] * len(items)
            actions = [draw(rng, item, mask) for item, mask in zip(items, masks, strict=True)]
            return None if any(action is None for action in actions) else actions
        case DictSpace(pairs):
            return {key: draw(rng, item) for key, item in pairs}


def draw_for_agents(rng: SplitMix64, space: DictSpace, legal: Value = None, declared: DictSpace | None = None) -> Value:
    """Return an action for each agent asked to act; None where one of them may do nothing at all."""
    spaces, wide = dict(space.items), dict((declared or space).items)
    acting = sorted(spaces if legal is None else legal, key=str.encode)
    masks = legal or dict.fromkeys(acting)
    actions = {agent: draw(rng, spaces[agent], masks[agent], wide[agent]) for agent in acting}
    return None if not actions or any(action is None for action in actions.values()) else actions


def _draw_choice(rng: SplitMix64, values: Sequence[Value], legal: Value, declared: Space | None) -> Value:
    if legal is None or not isinstance(declared, Discrete):
        return values[rng.below(len(values))]
    allowed = [declared.start + int(index) for index in np.flatnonzero(legal)]
    candidates = [value for value in values if type(value) is int and value in allowed] or allowed
    return candidates[rng.below(len(candidates))] if candidates else None


def _draw_box(rng: SplitMix64, space: Box) -> Value:
    kind = np.dtype(space.dtype).kind
    flat: list[float | int] = []
    for low, high in zip(space.low, space.high, strict=True):
        if math.isinf(low) and math.isinf(high):
            low, high = -1.0, 1.0
        elif math.isinf(low) or math.isinf(high):
            low, high = (high - 2.0, high) if math.isinf(low) else (low, low + 2.0)
        if kind == "f":
            flat.append(_round_down(low + rng.unit() * (high - low), high, space.dtype))
        else:
            flat.append(rng.below(2) if kind == "b" else int(low) + rng.below(int(high) - int(low) + 1))
    return canonical(np.array(flat, space.dtype).reshape(space.shape))


def _round_down(number: float, high: float, dtype: str) -> float:
    """Round to the dtype, then lower to `high` where rounding went above it."""
    rounded = float(np.dtype(dtype).type(number))
    return min(rounded, high)
