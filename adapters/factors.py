"""What interacts in the four games, and the script of one assignment: from a state that has it all, an action."""

from __future__ import annotations

from math import cos, pi
from typing import Any

import numpy as np

SIDE = 0.001
"""So far beside a bound rounding to f32 cannot reach over it."""

THETA_MAX = 12 * 2 * pi / 360


def cartpole() -> dict[str, list[Any]]:
    """Return both ends of the track and of the pole's fall, speeds towards them, and time."""
    ends = [-2.4, SIDE - 2.4, 0.0, 2.4 - SIDE, 2.4]
    falls = [-THETA_MAX, SIDE - THETA_MAX, 0.0, THETA_MAX - SIDE, THETA_MAX]
    speeds = [-1.5, 0.0, 1.5]
    return {"x": ends, "x_dot": speeds, "theta": falls, "theta_dot": speeds, "elapsed": [0, 498, 499], "action": [0, 1]}


def control(action: int, **state: Any) -> dict[str, Any]:
    """Return the script of one action."""
    return {"start": {**state, "rng": 7}, "actions": [action]}


def mountaincar() -> dict[str, list[Any]]:
    """Return both walls, the valley and the goal, speeds up to the limit, and time."""
    places = [-1.2, -1.19, -0.5, 0.45, 0.5 - SIDE, 0.5 + SIDE]
    speeds = [-0.07, SIDE - 0.07, -SIDE, SIDE, 0.07 - SIDE, 0.07]
    return {"position": places, "velocity": speeds, "elapsed": [0, 198, 199], "action": [0, 1, 2]}


def car_is_not_there(position: float, velocity: float) -> bool:
    """Return whether the episode goes on."""
    return position < 0.5 or velocity < 0


def acrobot() -> dict[str, list[Any]]:
    """Return angles of both links, speeds up to their limits, and time."""
    angles = [-3.1, -1.5, 0.0, 1.5, 3.1]
    return {
        "theta1": angles,
        "theta2": angles,
        "dtheta1": [-12.5, -1.0, 1.0, 12.5],
        "dtheta2": [-28.0, -1.0, 1.0, 28.0],
        "elapsed": [0, 498, 499],
        "action": [0, 1, 2],
    }


def tip_is_low(theta1: float, theta2: float) -> bool:
    """Return whether the episode goes on."""
    return -cos(theta1) - cos(theta1 + theta2) <= 1.0


def highcard() -> dict[str, list[Any]]:
    """Return what both hold and do, and how near each end of the game is."""
    plays = ["plays", "passes", "is not asked"]
    ranks = [None, 0, 3, 4, 7]
    return {
        "rank1": ranks,
        "rank2": ranks,
        "play1": plays,
        "play2": plays,
        "passes1": [0, 1, 2],
        "passes2": [0, 1, 2],
        "left": [0, 1, 2, 8],
        "scores": [(0, 0), (5, 8), (11, 0), (0, 11)],
        "turn": [0, 38, 39],
        "rng": [1, 2**63, 2**64 - 1],
    }


def turn_of_highcard(**chosen: Any) -> dict[str, Any]:
    """Return the script of one turn, each player with at most one card, in the second slot."""
    deck = np.full(16, -1, np.int8)
    deck[: chosen["left"]] = np.arange(chosen["left"])
    hands, passes, action = {}, {}, {}
    for number, agent in ((1, "p1"), (2, "p2")):
        rank = chosen[f"rank{number}"]
        hands[agent] = np.array([-1, -1 if rank is None else rank, -1, -1], np.int8)
        passes[agent] = chosen[f"passes{number}"]
        if chosen[f"play{number}"] != "is not asked":
            action[agent] = 1 if chosen[f"play{number}"] == "plays" else 4
    scores = dict(zip(("p1", "p2"), chosen["scores"], strict=True))
    start = {"rng": chosen["rng"], "deck": deck, "hands": hands, "scores": scores, "passes": passes, "turn": chosen["turn"]}
    return {"start": start, "actions": [action]}


def _can(rank: int | None, passes: int, play: str) -> bool:
    return {"plays": rank is not None, "passes": passes > 0, "is not asked": rank is None and passes == 0}[play]


def first_can(rank1: int | None, passes1: int, play1: str) -> bool:
    """Return whether the first player may do so."""
    return _can(rank1, passes1, play1)


def second_can(rank2: int | None, passes2: int, play2: str) -> bool:
    """Return whether the second player may do so."""
    return _can(rank2, passes2, play2)


def one_is_asked(play1: str, play2: str) -> bool:
    """Return whether the game goes on."""
    return play1 != "is not asked" or play2 != "is not asked"


def cards_are_left(rank1: int | None, rank2: int | None, left: int) -> bool:
    """Return whether the game goes on."""
    return rank1 is not None or rank2 is not None or left > 0
