"""Listens to the reference while a check plays it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from equivcheck.backends.interface import Backend
from equivcheck.backends.opening import Opening
from equivcheck.backends.passing import PassingBackend
from equivcheck.model.request import FULL, Ask, Roll
from equivcheck.model.trace import Trace


class ListeningBackend(PassingBackend):
    """A Backend whose rolls are shown in full to `hear` before they go on."""

    def __init__(self, backend: Backend, hear: Callable[[Trace], None]) -> None:
        super().__init__(backend)
        self._hear = hear
        self.starts: int = getattr(backend, "starts", 0)  # that it is a program decides how it is played and compared
        self.kill = getattr(backend, "kill", lambda: None)

    def roll(self, lanes: Sequence[int], rolls: Sequence[Roll], ask: Ask) -> Trace:
        """See Backend."""
        trace = self._backend.roll(lanes, rolls, FULL)
        self._hear(trace)
        return trace


@dataclass(frozen=True)
class ListeningOpening(Opening):
    """An Opening that lets `hear` listen to whatever stands at `heard`."""

    heard: str = ""
    hear: Callable[[Trace], None] = field(default=lambda trace: None)

    def open(self, address: str) -> Backend:
        """See Opening."""
        backend = super().open(address)
        return ListeningBackend(backend, self.hear) if address == self.heard else backend
