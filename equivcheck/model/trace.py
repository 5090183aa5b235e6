"""Traces: Scripts beside their Steps, columnar, with the rows of all episodes in one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

import numpy as np

from equivcheck.model.columns import Column, Columns, join_columns, row_tree
from equivcheck.model.paths import field_of
from equivcheck.model.script import Script
from equivcheck.model.values import Array, Value

EndKind: TypeAlias = Literal["refused", "failed", "died"]


@dataclass(frozen=True, slots=True)
class Run:
    """The rows `first` to `first + count - 1`: consecutive Steps of one episode, its Step 0 first."""

    script: int
    episode: int
    first: int
    count: int


@dataclass(frozen=True, slots=True)
class End:
    """Why a side gave no Step `step_index` of an episode, in its own `words`; its later episodes were not played.

    `refused`: a definite no, nothing changed. `failed`: it panicked. `died`: the process is gone; `step_index` is then
    the first Step that had not arrived.
    """

    script: int
    episode: int
    step_index: int
    kind: EndKind
    words: str


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """What a side answered to `scripts`, each played on a lane of its own.

    `runs` are in order of (script, episode) and tile the rows `0 .. step_count - 1` of every column. An episode that
    was played to its last action has `len(actions) + 1` Steps; fewer where it ended first or an End cut it.
    `provenance` says who produced it (name, version, argv).
    """

    scripts: tuple[Script, ...]
    runs: tuple[Run, ...]
    columns: Columns
    ends: tuple[End, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def step_count(self) -> int:
        """How many rows there are."""
        return self.runs[-1].first + self.runs[-1].count if self.runs else 0

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that any Step has, in order of appearance."""
        return tuple(dict.fromkeys(field_of(path) for path in self.columns))

    def step(self, row: int, fields: Sequence[str] = ()) -> Value:
        """Return one Step as a tree."""
        return row_tree(self.columns, row, fields)

    def flag(self, name: str) -> Array:
        """bool[step_count]: `terminated` or `truncated`, False where the side does not state it."""
        column = self.columns.get(name)
        if column is None or isinstance(column.values, list) or column.values.dtype != np.bool_:
            return np.zeros(self.step_count, bool)
        return np.asarray(column.values.reshape(len(column), -1).any(axis=1))

    def ended(self) -> Array:
        """bool[step_count]: whether the episode ended with this Step."""
        return np.asarray(self.flag("terminated") | self.flag("truncated"))

    def run_of(self, script: int, episode: int) -> Run | None:
        """Return the run of one episode, None where it has no Step."""
        return next((run for run in self.runs if (run.script, run.episode) == (script, episode)), None)

    def select(self, script: int) -> Trace:
        """Return the Trace of one script alone."""
        runs = [run for run in self.runs if run.script == script]
        first = runs[0].first if runs else 0
        count = sum(run.count for run in runs)
        columns = {path: column.take(slice(first, first + count)) for path, column in self.columns.items()}
        return Trace(
            (self.scripts[script],),
            tuple(replace(run, script=0, first=run.first - first) for run in runs),
            columns,
            tuple(replace(end, script=0) for end in self.ends if end.script == script),
            self.provenance,
        )


def join_traces(traces: Sequence[Trace]) -> Trace:
    """Return several Traces as one, their scripts numbered on."""
    if len(traces) == 1:
        return traces[0]
    scripts: list[Script] = []
    runs: list[Run] = []
    ends: list[End] = []
    first = 0
    for trace in traces:
        base = len(scripts)
        scripts.extend(trace.scripts)
        runs.extend(replace(run, script=run.script + base, first=run.first + first) for run in trace.runs)
        ends.extend(replace(end, script=end.script + base) for end in trace.ends)
        first += trace.step_count
    columns = join_columns([(trace.columns, trace.step_count) for trace in traces]) if traces else {}
    return Trace(tuple(scripts), tuple(runs), columns, tuple(ends), traces[0].provenance if traces else {})


__all__ = ["Column", "End", "EndKind", "Run", "Trace", "join_traces"]
