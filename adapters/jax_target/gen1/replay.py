"""The battles that a rollout shows, as episodes that any side can be given; on the host."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import numpy as np

from .environment import AGENTS
from .exchange import export_state
from .rollout import Shown


class Played(NamedTuple):
    """One battle: the canonical state it began in, or was in when the rollout began; the actions; the states that they led to."""

    start: dict[str, Any]
    actions: list[dict[str, int]]
    states: list[dict[str, Any]]


def read_battles(shown: Shown) -> list[Played]:
    """Return the battles, those of one lane after one another; a player who was not asked has no action."""
    before, after = (export_state(jax.tree.map(_by_lane, states)) for states in (shown.before, shown.after))
    steps, lanes = shown.done.shape
    actions, done = _by_lane(shown.actions).tolist(), _by_lane(shown.done).tolist()
    requests = [before[agent]["request"] for agent in AGENTS]
    battles: list[Played] = []
    for row in range(steps * lanes):
        if row % steps == 0 or done[row - 1]:
            battles.append(Played(take_state(before, row), [], []))
        asked = [index for index in (0, 1) if requests[index][row]]
        battles[-1].actions.append({AGENTS[index]: actions[row][index] for index in asked})
        battles[-1].states.append(take_state(after, row))
    return battles


def _by_lane(leaf: Any) -> Any:
    """Return [T, S, ...] as [S * T, ...]."""
    array = np.asarray(leaf).swapaxes(0, 1)
    return array.reshape(-1, *array.shape[2:])


def take_state(tree: Any, row: int) -> Any:
    """Return one of N canonical states."""
    if isinstance(tree, dict):
        return {key: take_state(item, row) for key, item in tree.items()}
    return tree[row] if tree.ndim > 1 else tree[row].item()
