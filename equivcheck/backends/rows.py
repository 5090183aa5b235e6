"""The rows of a call, while it runs."""

from __future__ import annotations

from typing import Any

from equivcheck.model.columns import columnise
from equivcheck.model.request import Greeting
from equivcheck.model.script import Script
from equivcheck.model.trace import End, EndKind, Run, Trace


class Rows:
    """Steps as dicts of field to value, with where each episode starts and how it was given up."""

    def __init__(self, scripts: tuple[Script, ...]) -> None:
        self.scripts = scripts
        self.rows: list[dict[str, Any]] = []
        self._starts: list[tuple[int, int, int]] = []
        self._ends: list[End] = []

    def begin(self, script: int, episode: int) -> None:
        self._starts.append((script, episode, len(self.rows)))

    def end(self, kind: EndKind, words: str) -> None:
        script, episode, first = self._starts[-1]
        self._ends.append(End(script, episode, len(self.rows) - first, kind, words))

    def trace(self, greeting: Greeting) -> Trace:
        stops = [first for _, _, first in self._starts[1:]] + [len(self.rows)]
        runs = [Run(s, e, first, stop - first) for (s, e, first), stop in zip(self._starts, stops, strict=True) if stop > first]
        provenance = {"name": greeting.name, "version": greeting.version, "environment": greeting.environment}
        return Trace(self.scripts, tuple(runs), columnise(self.rows) if self.rows else {}, tuple(self._ends), provenance)
