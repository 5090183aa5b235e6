"""What interacts in games with draws, and the script of one assignment: from a state that has it all, an action."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from scenes import NOTHING, only

HOLES_AND_GOAL = (5, 7, 11, 12, 15)
CLIFF_AND_GOAL = range(37, 48)
SEEDS = [0, 1, 2]
SLIPS = [0, 1, 2, 3, 4, 5]
"""Seeds, among them some for each way that ice may carry."""


def frozenlake() -> dict[str, list[Any]]:
    """Return every place that is no end, and time."""
    places = [place for place in range(16) if place not in HOLES_AND_GOAL]
    return {"s": places, "action": [0, 1, 2, 3], "elapsed": [0, 98, 99], "seed": SLIPS}


def cliffwalking() -> dict[str, list[Any]]:
    """Return every place that is no end."""
    return {"s": [place for place in range(48) if place not in CLIFF_AND_GOAL], "action": [0, 1, 2, 3], "seed": SLIPS}


def walk(action: int, seed: int, **state: Any) -> dict[str, Any]:
    """Return the script of one action."""
    return {"start": state, "actions": [action], "seed": seed}


def taxi() -> dict[str, list[Any]]:
    """Return every place of the taxi, of the passenger, and where he wants to go."""
    return {
        "row": [0, 1, 2, 3, 4],
        "column": [0, 1, 2, 3, 4],
        "passenger": [0, 1, 2, 3, 4],
        "destination": [0, 1, 2, 3],
        "fickle": [False, True],
        "elapsed": [0, 198, 199],
        "action": [0, 1, 2, 3, 4, 5],
        "seed": SEEDS,
    }


def ride(row: int, column: int, passenger: int, destination: int, fickle: bool, elapsed: int, action: int, seed: int) -> dict[str, Any]:
    """Return the script of one action."""
    state = {"s": ((row * 5 + column) * 5 + passenger) * 4 + destination, "fickle": fickle, "elapsed": elapsed}
    return {"start": state, "actions": [action], "seed": seed}


@cache
def _taxi() -> Any:
    import gymnasium  # noqa: PLC0415  # takes a moment

    return gymnasium.make("Taxi-v4").unwrapped


def taxi_may(row: int, column: int, passenger: int, action: int) -> bool:
    """Return whether gymnasium allows the action; the destination does not matter."""
    return bool(_taxi().action_mask(_taxi().encode(row, column, passenger, 0))[action])


def passenger_is_not_there(passenger: int, destination: int) -> bool:
    """Return whether the episode goes on."""
    return passenger != destination


def blackjack() -> dict[str, list[Any]]:
    """Return hands that are soft, hard, natural, and about to be too much."""
    return {
        "player": [[1, 10], [1, 2, 8], [1, 1], [2, 3], [10, 2], [10, 10], [10, 9, 2]],
        "dealer": [[1, 10], [1, 6], [1, 5], [2, 2], [10, 6], [10, 7], [10, 10]],
        "action": [0, 1],
        "seed": list(range(12)),
    }


def breakout() -> dict[str, list[Any]]:
    """Return where the ball is and goes, where the paddle is, and what bricks are there."""
    return {
        "ball_x": [0, 1, 4, 8, 9],
        "ball_y": [0, 1, 3, 7, 8],
        "ball_dir": [0, 1, 2, 3],
        "beside": [0, -1, 1, 3],
        "bricks": ["all", "none", "ahead", "ahead and behind"],
        "strike": [False, True],
        "action": [0, 1, 3],
        "last_action": [0, 1, 3],
        "seed": SEEDS,
    }


def serve(ball_x: int, ball_y: int, ball_dir: int, beside: int, bricks: str, strike: bool, action: int, last_action: int, seed: int) -> Any:
    """Return the script of two actions; `beside`: how far from the ball the paddle is."""
    across, down = (-1, 1, 1, -1)[ball_dir], (-1, -1, 1, 1)[ball_dir]
    ahead, behind = ((min(max(ball_y + by * down, 0), 8), min(max(ball_x + by * across, 0), 9)) for by in (1, 2))
    wall = NOTHING.copy()
    wall[1:4] = True
    maps = {"all": wall, "none": NOTHING, "ahead": only(ahead), "ahead and behind": only(ahead, behind)}
    start = {
        "ball_x": ball_x,
        "ball_y": ball_y,
        "ball_dir": ball_dir,
        "pos": min(max(ball_x + beside, 0), 9),
        "brick_map": maps[bricks],
        "strike": strike,
        "last_x": ball_x,
        "last_y": ball_y,
        "terminal": False,
        "last_action": last_action,
    }
    return {"start": start, "actions": [action, 0], "seed": seed}


def space_invaders() -> dict[str, list[Any]]:
    """Return where the aliens are, what flies, what is due, and the cannon."""
    return {
        "aliens": ["wave", "one above", "one at each side", "one at the bottom", "two as near"],
        "alien_dir": [-1, 1],
        "bullets": ["none", "at an alien", "at the cannon"],
        "interval": [6, 7, 12],
        "alien_move_timer": [0, 1, 4],
        "alien_shot_timer": [0, 1, 4],
        "shot_timer": [0, 1, 4],
        "pos": [0, 2, 5, 9],
        "action": [0, 1, 3, 5],
        "last_action": [0, 1, 5],
        "seed": SEEDS,
    }


def attack(aliens: str, alien_dir: int, bullets: str, interval: int, pos: int, action: int, seed: int, **held: Any) -> dict[str, Any]:
    """Return the script of two actions."""
    wave = NOTHING.copy()
    wave[0:4, 2:8] = True
    maps = {
        "wave": wave,
        "one above": only((2, pos)),
        "one at each side": only((4, 0), (4, 9)),
        "one at the bottom": only((9, 9 - pos)),
        "two as near": only((3, max(pos - 2, 0)), (5, min(pos + 2, 9))),
    }
    row, column = np.argwhere(maps[aliens])[-1].tolist()
    start = {
        "alien_map": maps[aliens],
        "alien_dir": alien_dir,
        "f_bullet_map": only((min(row + 1, 9), column)) if bullets == "at an alien" else NOTHING,
        "e_bullet_map": only((8, pos)) if bullets == "at the cannon" else NOTHING,
        "enemy_move_interval": interval,
        "ramp_index": 12 - interval,
        "pos": pos,
        "terminal": False,
        **held,
    }
    return {"start": start, "actions": [action, 0], "seed": seed}
