"""A Backend that passes everything on to another: what the variants and views of a side change one method of."""

from __future__ import annotations

from collections.abc import Sequence

from equivcheck.backends.interface import Backend
from equivcheck.model.request import Ask, Greeting, Roll
from equivcheck.model.script import Episode, Script
from equivcheck.model.trace import Trace
from equivcheck.model.values import Value


class PassingBackend:
    """See Backend."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self.greeting: Greeting = backend.greeting

    def reset(self, lanes: Sequence[int], episodes: Sequence[Episode], ask: Ask) -> Trace:
        """See Backend."""
        return self._backend.reset(lanes, episodes, ask)

    def step(self, lanes: Sequence[int], actions: Sequence[Value], ask: Ask) -> Trace:
        """See Backend."""
        return self._backend.step(lanes, actions, ask)

    def load(self, lanes: Sequence[int], states: Sequence[Value], ask: Ask) -> Trace:
        """See Backend."""
        return self._backend.load(lanes, states, ask)

    def play(self, lanes: Sequence[int], scripts: Sequence[Script], ask: Ask) -> Trace:
        """See Backend."""
        return self._backend.play(lanes, scripts, ask)

    def roll(self, lanes: Sequence[int], rolls: Sequence[Roll], ask: Ask) -> Trace:
        """See Backend."""
        return self._backend.roll(lanes, rolls, ask)

    def snapshot(self, lanes: Sequence[int]) -> list[bytes]:
        """See Backend."""
        return self._backend.snapshot(lanes)

    def restore(self, lanes: Sequence[int], tokens: Sequence[bytes]) -> None:
        """See Backend."""
        self._backend.restore(lanes, tokens)

    def call(self, component: str, arguments: Sequence[Sequence[Value]]) -> list[Value]:
        """See Backend."""
        return self._backend.call(component, arguments)

    def discard(self, lanes: Sequence[int]) -> None:
        """See Backend."""
        self._backend.discard(lanes)

    def close(self) -> None:
        """See Backend."""
        self._backend.close()
