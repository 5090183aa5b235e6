"""A side whose Steps say whether a law holds; beside one that grants it, what breaks the law is a difference like any other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from equivcheck.backends.given import call_given
from equivcheck.backends.interface import Backend
from equivcheck.backends.laws import Law
from equivcheck.backends.passing import PassingBackend
from equivcheck.model.columns import columnise, row_tree
from equivcheck.model.request import FULL, Ask, Roll
from equivcheck.model.script import Script
from equivcheck.model.trace import Trace
from equivcheck.model.values import MISSING
from equivcheck.protocol.digest import narrow_trace


def judge(trace: Trace, laws: Mapping[str, Law]) -> Iterator[tuple[int, str, bool]]:
    """Yield (row, law, whether it holds) where a law has something to say. Raises: AdapterError where a law fails."""
    for run in trace.runs:
        before = None
        for row in range(run.first, run.first + run.count):
            after = row_tree(trace.columns, row)
            for name, law in laws.items():
                holds = call_given(name, law, before, after)
                if holds is not None:
                    yield row, name, bool(holds)
            before = after


class LawfulBackend(PassingBackend):
    """A Backend with a field `laws`: of one law, whether it holds; with `granted` that it does."""

    def __init__(self, backend: Backend, name: str, law: Law, granted: bool) -> None:
        super().__init__(backend)
        self.greeting = replace(
            backend.greeting, fields={}, name=f"law:{name}:{'granted' if granted else 'checked'}:{backend.greeting.name}"
        )
        self._laws: dict[str, Law] = {name: law}
        self._granted = granted

    def play(self, lanes: Sequence[int], scripts: Sequence[Script], ask: Ask) -> Trace:
        """See Backend."""
        return narrow_trace(self._told(self._backend.play(lanes, scripts, FULL)), ask)

    def roll(self, lanes: Sequence[int], rolls: Sequence[Roll], ask: Ask) -> Trace:
        """See Backend."""
        return narrow_trace(self._told(self._backend.roll(lanes, rolls, FULL)), ask)

    def _told(self, trace: Trace) -> Trace:
        told: list[object] = [MISSING] * trace.step_count
        for row, name, holds in judge(trace, self._laws):
            told[row] = {name: holds or self._granted}
        if all(row is MISSING for row in told):
            return trace
        return replace(trace, columns={**trace.columns, **columnise(told, "laws")})
