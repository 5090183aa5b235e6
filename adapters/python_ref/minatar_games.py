"""MinAtar's games, as `minatar.Environment` plays them: six actions, and sticky ones and ramping as it has them by default.

Every episode is a new Environment, whose generator is seeded as its `seed` would: nothing is left of the episode before. A seed too large
for it is told in words of 32 bits, the lowest first. There is no step limit.

State. Every field of the game, its maps of 0 and 1 as bools, and Environment's `last_action`. `load` refuses what no game comes to.

Draws. What the game draws from its generator; and Environment's, which repeats the last action where a number from 0 to 1 is below its
probability. That is recorded as what it decides, a choice of no (0) and yes (1), so that the probability itself can be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from equivcheck.recording import Tape, TapedRandomState, choice
from equivcheck.serving import Refused

Maps: TypeAlias = NDArray[np.int8]

WIDTH = 10
ACTIONS = 6  # none, left, up, right, down, fire
FIXED = ("channels", "action_map", "ramping", "random")  # what belongs to a game and never changes, or is its generator
WORD_END = 2**32

# The whole numbers of both games, from and to.
RANGES = {
    "pos": (0, WIDTH - 1),
    "last_action": (0, ACTIONS - 1),
    **dict.fromkeys(("ball_x", "ball_y", "last_x", "last_y"), (0, WIDTH - 1)),
    "ball_dir": (0, 3),
    "alien_dir": (-1, 1),
    "enemy_move_interval": (6, 12),
    "alien_move_timer": (0, 12),
    "alien_shot_timer": (0, 10),
    "shot_timer": (0, 5),
    "ramp_index": (0, 6),
}


class Stickiness:
    """The generator of an Environment: answers on which side of its probability the next number is."""

    def __init__(self, random: TapedRandomState, probability: float) -> None:
        self._random, self._probability = random, probability

    def rand(self) -> float:
        """Return 0.0 where the last action is repeated, 1.0 where not."""
        odds = choice([1 - self._probability, self._probability])
        repeats = self._random.tape.draw("Environment.act", odds, lambda: int(self._random.rand() < self._probability))
        return 0.0 if repeats else 1.0


class MinAtar:
    """One game; observations are its own, bool[10, 10, channels]."""

    actions = ACTIONS

    def __init__(self, name: str, fault_of: Callable[[Mapping[str, Any]], str]) -> None:
        self._name, self._fault_of = name, fault_of
        self._make = import_module("minatar").Environment
        self._tape = Tape()
        self._environment: Any = None
        self.components = COMPONENTS[name]

    def reset(self, seed: int) -> dict[str, Any]:
        """Begin an episode."""
        environment = self._make(self._name)
        random = TapedRandomState(seed if seed < WORD_END else [seed % WORD_END, seed // WORD_END], self._tape)
        environment.random, environment.env.random = Stickiness(random, environment.sticky_action_prob), random
        environment.reset()
        self._environment = environment
        return self._seen()

    def step(self, action: int) -> dict[str, Any]:
        """Take an action, or the last one again."""
        reward, _ = self._environment.act(action)
        return {**self._seen(), "reward": float(reward)}

    def state(self) -> dict[str, Any]:
        """Return the canonical state."""
        return {**_fields_of(self._environment.env), "last_action": self._environment.last_action}

    def load(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """Go on from a canonical state; return what is seen there. Raises: Refused for what is none."""
        for name, held in _entries(state, self.state()).items():
            if type(state[name]) is not type(held) or not _fits(name, state[name]):
                low, high = RANGES.get(name, (False, True))
                raise Refused(f"state.{name} is a map bool[10, 10]" if isinstance(held, np.ndarray) else f"state.{name} is {low} to {high}")
        if fault := self._fault_of(state):
            raise Refused(fault)
        for name, value in state.items():
            of = self._environment if name == "last_action" else self._environment.env
            setattr(of, name, value.astype(float) if isinstance(value, np.ndarray) else value)
        return self._seen()

    def draws(self) -> list[dict[str, Any]]:
        """Return what was drawn since the last call."""
        return self._tape.take()

    def feed(self, records: Sequence[Mapping[str, Any]] | None) -> None:
        """Draw what the records say; None: by itself."""
        self._tape.feed(records)

    def _seen(self) -> dict[str, Any]:
        return {"obs": self._environment.state(), "terminated": self._environment.env.terminal, "truncated": False}


def make_breakout() -> MinAtar:
    """Return a new Breakout."""
    return MinAtar("breakout", fault_of_breakout)


def make_space_invaders() -> MinAtar:
    """Return a new Space Invaders."""
    return MinAtar("space_invaders", fault_of_space_invaders)


def act(name: str, **held: Any) -> dict[str, Any]:
    """Return a game, and the reward, after an action that does nothing, from its first state but for what is held."""
    game = import_module("minatar").Environment(name).env
    for field, value in held.items():
        setattr(game, field, value.astype(float) if isinstance(value, np.ndarray) else value)
    reward, _ = game.act(0)
    return {**_fields_of(game), "reward": float(reward)}


def move_ball(ball_x: int, ball_y: int, ball_dir: int, pos: int, strike: int, wall: Maps) -> dict[str, Any]:
    """Return Breakout after the ball has moved; `wall`: the three rows that may have bricks."""
    bricks = np.zeros((WIDTH, WIDTH))
    bricks[1:4] = wall
    return act("breakout", ball_x=ball_x, ball_y=ball_y, ball_dir=ball_dir, pos=pos, strike=strike != 0, brick_map=bricks)


def march(aliens: Maps, row: int, column: int, alien_dir: int, interval: int, pos: int) -> dict[str, Any]:
    """Return Space Invaders after a step in which the aliens move, of which one is at least there."""
    return act(
        "space_invaders",
        alien_map=_with_one(aliens, row, column),
        alien_dir=alien_dir,
        enemy_move_interval=interval,
        pos=pos,
        alien_move_timer=0,
    )


def shoot_back(aliens: Maps, row: int, column: int, pos: int) -> dict[str, Any]:
    """Return Space Invaders after a step in which one of the aliens shoots, of which one is at least there."""
    return act("space_invaders", alien_map=_with_one(aliens, row, column), pos=pos, alien_shot_timer=0)


def send_wave(interval: int, ramp_index: int) -> dict[str, Any]:
    """Return Space Invaders after a step in which no alien is left."""
    return act("space_invaders", alien_map=np.zeros((WIDTH, WIDTH)), enemy_move_interval=interval, ramp_index=ramp_index)


# Each shows one rule in a step of the game in which nothing else is due.
COMPONENTS: dict[str, dict[str, Callable[..., Any]]] = {
    "breakout": {"move_ball": move_ball},
    "space_invaders": {"send_wave": send_wave, "shoot_back": shoot_back, "march": march},
}


def fault_of_breakout(state: Mapping[str, Any]) -> str:
    """Say what no Breakout comes to."""
    fallen = state["ball_y"] == WIDTH - 1
    return "" if fallen == state["terminal"] else "state.terminal says whether the ball is in the last row, ball_y 9"


def fault_of_space_invaders(state: Mapping[str, Any]) -> str:
    """Say what no Space Invaders comes to."""
    if state["alien_dir"] == 0:
        return "state.alien_dir is -1 or 1"
    return "" if state["alien_map"].any() else "state.alien_map has no alien: when the last is shot, new ones come at once"


def _with_one(aliens: Maps, row: int, column: int) -> Maps:
    aliens = aliens.copy()
    aliens[row, column] = 1
    return aliens


def _fields_of(game: Any) -> dict[str, Any]:
    return {name: _plain(value) for name, value in vars(game).items() if name not in FIXED}


def _plain(value: Any) -> Any:
    return value != 0 if isinstance(value, np.ndarray) else np.asarray(value).item()


def _entries(state: Any, wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    if not isinstance(state, Mapping) or state.keys() != wanted.keys():
        raise Refused(f"a state has exactly the keys {', '.join(wanted)}")
    return wanted


def _fits(name: str, value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.dtype == np.bool_ and value.shape == (WIDTH, WIDTH)
    low, high = RANGES.get(name, (False, True))
    return low <= value <= high
