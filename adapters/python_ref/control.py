"""Episodes of a classic-control task: seeds, the step limit and loading, around the equations of one task.

What every task here has in common, and a port has to do alike:

- The start is drawn by SplitMix64 with state = seed, one draw a random component, in the order of the components.
- `rng` in the state is the generator's state after the reset; nothing is drawn later.
- `truncated` is True from step `steps_max` on, also where the episode terminates on that very step.
- `terminated` and `truncated` are functions of the state, so that a loaded state may have ended already.
- `load` refuses a state with other keys, components that are not finite or beyond 1e6 in size, `elapsed` outside
  0 to `steps_max` and `rng` outside 0 to 2^64 - 1.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from equivcheck.model.values import from_json, to_json
from equivcheck.protocol.sampling import SplitMix64
from equivcheck.serving import Refused

Vector: TypeAlias = tuple[float, ...]

COMPONENT_MAX = 1e6


@dataclass(frozen=True, slots=True)
class Task:
    """The equations of one task over a vector of named components, in f64."""

    components: tuple[str, ...]
    action_count: int
    steps_max: int
    start: Callable[[SplitMix64], Vector]
    advance: Callable[[Vector, int], Vector]
    observe: Callable[[Vector], Vector]
    is_terminal: Callable[[Vector], bool]
    reward: float
    reward_terminal: float
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)  # of its own, for `components`


class Control:
    """One instance of a task; observations are f32."""

    def __init__(self, task: Task) -> None:
        self.actions = task.action_count
        self.components = {
            "start": lambda key: task.start(SplitMix64(int(key[0]) << 32 | int(key[1]))),
            "advance": lambda *given: task.advance(given[:-1], given[-1]),
            "observe": lambda *vector: _observed(task, vector),
            "is_terminal": lambda *vector: task.is_terminal(vector),
            "is_truncated": lambda elapsed: _is_truncated(task, elapsed),
            "reward": lambda terminated: _reward(task, terminated),
            **task.functions,
        }
        self._task = task
        self._vector: Vector | None = None
        self._elapsed = 0
        self._rng = 0
        self._has_ended = False

    def reset(self, seed: int, options: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Begin an episode. Raises: Refused for options, which no task here has."""
        if options:
            raise Refused(f"there are no options, not even {sorted(options)}")
        rng = SplitMix64(seed)
        self._vector = self._task.start(rng)
        self._elapsed, self._rng = 0, rng.state
        return self._seen()

    def step(self, action: int) -> dict[str, Any]:
        """Take one action. Raises: Refused before a reset, after the end, and for what is no action."""
        task, vector = self._task, self._vector
        if vector is None or self._has_ended:
            raise Refused("reset first" if vector is None else "the episode has ended: reset first")
        if type(action) is not int or not 0 <= action < task.action_count:
            raise Refused(f"{action!r} is no action: one of 0 to {task.action_count - 1}")
        self._vector = task.advance(vector, action)
        self._elapsed += 1
        seen = self._seen()
        seen["reward"] = _reward(task, seen["terminated"])
        return seen

    def state(self) -> dict[str, Any]:
        """Return the canonical state: the components, `elapsed` and `rng`. Raises: Refused before a reset."""
        if self._vector is None:
            raise Refused("reset first")
        components = dict(zip(self._task.components, self._vector, strict=True))
        return {**components, "elapsed": self._elapsed, "rng": self._rng}

    def load(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """Go on from a canonical state; return what is seen there. Raises: Refused for what is none."""
        names = self._task.components
        if not isinstance(state, Mapping) or set(state) != {*names, "elapsed", "rng"}:
            raise Refused(f"a state has exactly the keys {', '.join(names)}, elapsed, rng")
        vector = tuple(_component(name, state[name]) for name in names)
        elapsed = _count("elapsed", state["elapsed"], self._task.steps_max)
        rng = _count("rng", state["rng"], 2**64 - 1)
        self._vector, self._elapsed, self._rng = vector, elapsed, rng
        return self._seen()

    def snapshot(self) -> bytes:
        """Return a token that `restore` continues from. Raises: Refused before a reset."""
        return json.dumps(to_json(self.state())).encode()

    def restore(self, token: bytes) -> None:
        """Go back to where the token was made."""
        self.load(from_json(json.loads(token)))

    def _seen(self) -> dict[str, Any]:
        assert self._vector is not None
        terminated = self._task.is_terminal(self._vector)
        truncated = _is_truncated(self._task, self._elapsed)
        self._has_ended = terminated or truncated
        return {"obs": _observed(self._task, self._vector), "terminated": terminated, "truncated": truncated}


def _observed(task: Task, vector: Vector) -> NDArray[np.float32]:
    return np.array(task.observe(vector), np.float32)


def _is_truncated(task: Task, elapsed: int) -> bool:
    return elapsed >= task.steps_max


def _reward(task: Task, terminated: bool) -> float:
    return task.reward_terminal if terminated else task.reward


def uniform(rng: SplitMix64, low: float, high: float) -> float:
    """Return one draw from [low, high)."""
    return low + rng.unit() * (high - low)


def _component(name: str, value: Any) -> float:
    if type(value) not in (int, float) or not abs(value) <= COMPONENT_MAX:
        raise Refused(f"state.{name} is a number of at most {COMPONENT_MAX:g} in size, not {value!r}")
    return float(value)


def _count(name: str, value: Any, most: int) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise Refused(f"state.{name} is an int from 0 to {most}, not {value!r}")
    return value
