"""Lanes side by side on a device, and a loop over them that stays on the host."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np

from equivcheck.backends.ecosystem.feeds import Dealt, Given

Leaves: TypeAlias = tuple[Any, ...]  # the arrays [L, ...] of an environment's state
Seen: TypeAlias = dict[str, Any]  # the other leaves of a Step by path, arrays [L, ...]


class Lanes(NamedTuple):
    """States, seeds uint32[L, 2], steps since the reset int32[L], and who goes on bool[L]."""

    leaves: Leaves
    keys: Any
    clock: Any
    alive: Any


class Block(NamedTuple):
    """What came of a block: the lanes after it, and the Steps `[T, L, ...]`, of which a lane has the first `counts`.

    `states` is None unless it was asked for, `drawn` the words a lane has used up. With words dealt, `parts` `[T, L]`
    and `asked` bool[T, L, A] are the actions chosen.
    """

    lanes: Lanes
    seen: Seen
    states: Leaves | None
    counts: Any
    drawn: Any
    parts: Any
    asked: Any


def advance_in_lockstep(device: Any, lanes: Lanes, feed: Given | Dealt, *, steps: int, kept: bool) -> Block:
    """Advance with the loop on the host, so that the step is compiled once for every feed and number of steps."""
    limits, feed, legal = feed.counts, jax.device_put(feed), device.masks(lanes.leaves)
    drawn = counts = np.zeros(len(lanes.alive), np.int32)
    rows: list[Any] = []
    while len(rows) < steps and np.asarray(lanes.alive).any():
        parts, asked, able, drawn = device.choose(feed, len(rows), legal, drawn)
        tape = device.tape(feed, len(rows), len(counts))
        lanes, seen, acts = device.act(lanes, parts, tape, able & (len(rows) < limits))
        legal, counts = {path: seen[path] for path in legal}, counts + np.asarray(acts)
        rows.append((seen, lanes.leaves if kept else None, (parts, asked) if isinstance(feed, Dealt) else None))
    seen, states, chosen = jax.tree_util.tree_map(lambda *parts: np.stack(parts), *rows)
    return Block(lanes, seen, states, counts, drawn, *(chosen or (None, None)))


def settle(lanes: Lanes, leaves: Leaves, seen: Seen, acts: Any) -> Lanes:
    """Return the lanes with new states where `acts` holds; the others, and those that have ended, stay as they are from now on."""
    leaves = jax.tree_util.tree_map(lambda new, old: _where(acts, new, old), leaves, lanes.leaves)
    alive = acts & ~(seen["terminated"] | seen["truncated"])
    return Lanes(leaves, lanes.keys, lanes.clock + acts, alive)


def _where(mask: Any, new: Any, old: Any) -> Any:
    return jnp.where(mask.reshape(mask.shape + (1,) * (new.ndim - 1)), new, old)
