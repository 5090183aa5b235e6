"""A side that lives in this process: lanes of Python objects."""

from __future__ import annotations

import traceback
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import zip_longest
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np

from equivcheck.backends.choosing import Chooser
from equivcheck.backends.rows import Rows
from equivcheck.errors import AdapterError
from equivcheck.model.request import Ask, Greeting, Roll
from equivcheck.model.script import Episode, Script
from equivcheck.model.space import Discrete, Space, contains
from equivcheck.model.trace import Trace, join_traces
from equivcheck.model.values import MISSING, NATIVE_DTYPES, Value, canonical
from equivcheck.protocol.digest import narrow_trace

_PLAIN = frozenset([bool, int, float, str, bytes, type(None)])


class Refused(Exception):
    """What an environment raises for a definite no: nothing has changed."""


class Instance(Protocol):
    """One environment object, as LocalBackend wants it.

    One with the capability `tape` is told by `feed` what to draw in what comes next, until the next call; None: draw by itself.
    Step fields come as a new dict of field to value. The values are copied, unless the instance was made not `owned`: then an
    environment that goes on changing what it has handed out answers differently, since they are read only when a call is over.
    """

    actions: Space | None
    agents: tuple[str, ...]
    capabilities: frozenset[str]

    def reset(self, seed: int, options: Mapping[str, Value]) -> dict[str, Any]: ...
    def step(self, action: Value) -> dict[str, Any]: ...
    def load(self, state: Value) -> dict[str, Any]: ...
    def snapshot(self) -> bytes: ...
    def restore(self, token: bytes) -> None: ...
    def feed(self, records: Value) -> None: ...
    def close(self) -> None: ...


@dataclass(slots=True)
class _Lane:
    instance: Instance
    phase: str = "fresh"  # then "running", then "ended"


class LocalBackend:
    """Lanes of instances made by `make`, one fresh instance a lane; `components` are what `call` calls, by name."""

    def __init__(
        self, make: Callable[[], Instance], greeting: Greeting, components: Mapping[str, Callable[..., Any]] = MappingProxyType({})
    ) -> None:
        first = make()
        space, capabilities = first.actions, first.capabilities | ({"call"} if components else set())
        self.greeting = replace(greeting, actions=space, agents=first.agents, capabilities=capabilities, components=tuple(components))
        self._components = components
        self._make = make
        self._spare: list[Instance] = [first]
        self._lanes: dict[int, _Lane] = {}

    def reset(self, lanes: Sequence[int], episodes: Sequence[Episode], ask: Ask) -> Trace:
        """See Backend."""
        scripts = [Script((replace(episode, actions=()),)) for episode in episodes]
        return self.play(lanes, scripts, ask)

    def step(self, lanes: Sequence[int], actions: Sequence[Value], ask: Ask) -> Trace:
        """See Backend."""
        return self._once(lanes, [partial(self._step, action) for action in actions], ask)

    def load(self, lanes: Sequence[int], states: Sequence[Value], ask: Ask) -> Trace:
        """See Backend."""
        return self._once(lanes, [partial(self._load, state) for state in states], ask)

    def play(self, lanes: Sequence[int], scripts: Sequence[Script], ask: Ask) -> Trace:
        """See Backend."""
        tapes = [Rows((script,)) for script in scripts]
        players = [self._play(tape, lane, script) for tape, lane, script in zip(tapes, lanes, scripts, strict=True)]
        deque(zip_longest(*players), maxlen=0)  # one Step of each lane in turn, so that lanes which share something show it
        return join_traces([narrow_trace(tape.trace(self.greeting), ask) for tape in tapes])

    def roll(self, lanes: Sequence[int], rolls: Sequence[Roll], ask: Ask) -> Trace:
        """See Backend."""
        tape = Rows(())
        scripts: list[Script] = []
        for index, (lane, roll) in enumerate(zip(lanes, rolls, strict=True)):
            played: list[Episode] = []
            chooser = Chooser(roll, self.greeting)
            for number, episode in enumerate(roll.episodes):
                chooser.begin(number)
                actions: list[Value] = []
                whole = self._roll(tape, index, number, lane, episode, chooser, roll.steps_max, actions)
                played.append(replace(episode, actions=tuple(actions)))
                if not whole:
                    break
            scripts.append(Script(tuple(played)))
        tape.scripts = tuple(scripts)
        return narrow_trace(tape.trace(self.greeting), ask)

    def snapshot(self, lanes: Sequence[int]) -> list[bytes]:
        """See Backend."""
        return [self._lane(lane).instance.snapshot() for lane in lanes]

    def restore(self, lanes: Sequence[int], tokens: Sequence[bytes]) -> None:
        """See Backend."""
        for lane, token in zip(lanes, tokens, strict=True):
            self._lane(lane).instance.restore(token)
            self._lane(lane).phase = "running"

    def call(self, component: str, arguments: Sequence[Sequence[Value]]) -> list[Value]:
        """See Backend."""
        if component not in self._components:
            raise Refused(f"no component {component!r}; there are: {', '.join(self._components) or 'none'}")
        return [own_value(self._components[component](*values)) for values in arguments]

    def discard(self, lanes: Sequence[int]) -> None:
        """See Backend."""
        for lane in lanes:
            gone = self._lanes.pop(lane, None)
            if gone is not None:
                gone.instance.close()

    def close(self) -> None:
        """See Backend."""
        self.discard(list(self._lanes))
        for instance in self._spare:
            instance.close()
        self._spare.clear()

    def _lane(self, number: int) -> _Lane:
        if number not in self._lanes:
            try:
                self._lanes[number] = _Lane(self._spare.pop() if self._spare else self._make())
            except Exception as error:
                raise AdapterError(f"{self.greeting.name} cannot be made: {error_words(error)}") from error
        return self._lanes[number]

    def _begin(self, number: int, episode: Episode) -> dict[str, Any]:
        lane = self._lane(number)
        if "tape" in self.greeting.capabilities:
            lane.instance.feed(None if episode.draws is None else _row(episode.draws, 0))
        elif episode.draws is not None:
            raise Refused("no tape: the environment cannot be told what to draw")
        fields = lane.instance.reset(episode.seed, episode.options)
        if episode.start is not MISSING:
            fields = lane.instance.load(own_value(episode.start))
        lane.phase = "ended" if fields.get("terminated") or fields.get("truncated") else "running"
        return fields

    def _step(self, action: Value, number: int) -> dict[str, Any]:
        lane = self._lane(number)
        if lane.phase != "running":
            why = "the episode has ended" if lane.phase == "ended" else "the lane was not reset"
            raise Refused(f"no step: {why}")
        fields = lane.instance.step(action)
        if fields.get("terminated") or fields.get("truncated"):
            lane.phase = "ended"
        return fields

    def _load(self, state: Value, number: int) -> dict[str, Any]:
        lane = self._lane(number)
        if lane.phase == "fresh":
            raise Refused("no load: the lane was not reset")
        fields = lane.instance.load(own_value(state))
        lane.phase = "ended" if fields.get("terminated") or fields.get("truncated") else "running"
        return fields

    def _once(self, lanes: Sequence[int], doings: Sequence[Callable[[int], dict[str, Any]]], ask: Ask) -> Trace:
        """Give one Step a lane."""
        tape = Rows(tuple(Script((Episode(),)) for _ in lanes))
        for index, (lane, do) in enumerate(zip(lanes, doings, strict=True)):
            tape.begin(index, 0)
            try:
                tape.rows.append(do(lane))
            except Exception as error:
                self._give_up(tape, lane, error)
        return narrow_trace(tape.trace(self.greeting), ask)

    def _play(self, tape: Rows, lane: int, script: Script) -> Iterator[None]:
        """Play a script as far as the lane goes, pausing before each action."""
        rows = tape.rows
        try:
            for number, episode in enumerate(script.episodes):
                tape.begin(0, number)
                rows.append(self._begin(lane, episode))
                held = self._lane(lane)
                step = held.instance.step
                for count, action in enumerate(episode.actions, 1):
                    yield
                    if held.phase == "ended":
                        break
                    if episode.draws is not None:
                        held.instance.feed(_row(episode.draws, count))
                    fields = step(action)
                    rows.append(fields)
                    if fields.get("terminated") or fields.get("truncated"):
                        held.phase = "ended"
        except Exception as error:
            self._give_up(tape, lane, error)

    def _roll(
        self, tape: Rows, index: int, number: int, lane: int, episode: Episode, chooser: Chooser, steps_max: int, taken: list[Value]
    ) -> bool:
        tape.begin(index, number)
        rows = tape.rows
        try:
            fields = self._begin(lane, episode)
            rows.append(fields)
            held = self._lane(lane)
            step, choose = held.instance.step, chooser.choose
            for _ in range(steps_max if held.phase == "running" else 0):
                action = choose(fields.get("legal"))
                if action is None:
                    break
                taken.append(action)
                fields = step(action)
                rows.append(fields)
                if fields.get("terminated") or fields.get("truncated"):
                    held.phase = "ended"
                    break
        except Exception as error:
            return self._give_up(tape, lane, error)
        return True

    def _give_up(self, tape: Rows, lane: int, error: Exception) -> bool:
        if isinstance(error, AdapterError):
            raise error
        tape.end("refused" if isinstance(error, Refused) else "failed", error_words(error))
        if not isinstance(error, Refused):
            self._lanes.pop(lane, None)
        return False


def _row(draws: Sequence[Value], number: int) -> Value:
    """Return what is drawn before a Step, nothing after the end of a tape."""
    return draws[number] if number < len(draws) else []


def as_it_is(value: Any) -> Any:
    """Return what an instance that is not `owned` answers: the value itself. Raises: TypeError for what is no value."""
    canonical(value)
    return value


def own_value(value: Any) -> Value:
    """Return a canonical deep copy, which nobody else can change."""
    family = type(value)
    if family in _PLAIN:
        return value
    if family is np.ndarray and value.ndim and value.dtype in NATIVE_DTYPES:
        return value.copy()
    if family is dict:
        return {key: item if type(item) in _PLAIN else own_value(item) for key, item in value.items()}
    if family is list:
        return [item if type(item) in _PLAIN else own_value(item) for item in value]
    plain = canonical(value)
    if isinstance(plain, np.ndarray):
        return plain.copy() if plain is value else plain
    return plain if plain is value else own_value(plain)


def error_words(error: BaseException) -> str:
    """Return an exception in one line, with the place that raised it."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno} in {frames[-1].name})" if frames else ""
    if isinstance(error, Refused):
        return str(error)
    return f"{type(error).__name__}: {error}{place}"


def check_action(space: Space | None, action: Value, legal: Value = None) -> None:
    """Raise Refused where an action is outside the space, or a Discrete one is masked out."""
    if space is not None and not contains(space, action):
        raise Refused(f"{action!r} is not in the action space")
    if legal is not None and isinstance(space, Discrete) and not legal[action - space.start]:
        raise Refused(f"{action!r} is not legal now")
