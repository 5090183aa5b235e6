"""Scripts that a Trace implies: cut to what was played, begun from its states, with its draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from equivcheck.model.columns import row_tree, tree_rows
from equivcheck.model.paths import field_of
from equivcheck.model.script import Episode, Script
from equivcheck.model.trace import End, Run, Trace
from equivcheck.model.values import Value


def scripts_taken(trace: Trace) -> tuple[Script, ...]:
    """Return the scripts cut to what was played: no action after an episode's end, none after an End but its own."""
    counts = {(run.script, run.episode): run.count for run in trace.runs}
    ends = {(end.script, end.episode) for end in trace.ends}
    scripts = []
    for index, script in enumerate(trace.scripts):
        episodes: list[Episode] = []
        for number, episode in enumerate(script.episodes):
            gave_up = (index, number) in ends
            taken = counts.get((index, number), 0) - 1 + gave_up
            episodes.append(replace(episode, actions=episode.actions[: max(taken, 0)]) if taken < len(episode.actions) else episode)
            if gave_up:
                break
        scripts.append(Script(tuple(episodes)))
    return tuple(scripts)


def cut_to(trace: Trace, other: Trace) -> Trace:
    """Return the Trace without the episodes after the last that `other`, which gave up there, answered in each script."""
    if not other.ends:
        return trace
    last = dict.fromkeys(range(len(trace.scripts)), -1)
    answers: list[Run | End] = [*other.runs, *other.ends]
    for answer in answers:
        last[answer.script] = max(last[answer.script], answer.episode)
    kept = with_runs(trace, [run for run in trace.runs if run.episode <= last[run.script]])
    return replace(
        kept,
        scripts=tuple(Script(script.episodes[: last[index] + 1]) for index, script in enumerate(trace.scripts)),
        ends=tuple(end for end in trace.ends if end.episode <= last[end.script]),
    )


def with_runs(trace: Trace, runs: Sequence[Run]) -> Trace:
    """Return the Trace with the rows of these of its runs alone, in this order."""
    rows = np.array([row for run in runs for row in range(run.first, run.first + run.count)], np.int64)
    firsts = np.cumsum([0, *(run.count for run in runs)]).tolist()
    numbered = tuple(replace(run, first=first) for run, first in zip(runs, firsts, strict=False))
    return replace(trace, runs=numbered, columns={path: column.take(rows) for path, column in trace.columns.items()})


def states_of(trace: Trace, *, starts: bool = False) -> list[Value] | None:
    """Return the `state` of every row, or with `starts` of each run's Step 0; None where the side does not show all of them."""
    rows = np.array([run.first for run in trace.runs], np.int64)
    columns = {path: column.take(rows) for path, column in trace.columns.items()} if starts else trace.columns
    count = len(rows) if starts else trace.step_count
    return tree_rows(columns, "state", count) if count else []


def start_from(scripts: Sequence[Script], trace: Trace, starts: Sequence[Value]) -> list[Script]:
    """Return the scripts with each episode begun from its state in `starts`, which has one a run of `trace`."""
    started = [list(script.episodes) for script in scripts]
    for run, state in zip(trace.runs, starts, strict=True):
        if run.episode < len(started[run.script]):
            started[run.script][run.episode] = replace(started[run.script][run.episode], start=state)
    return [Script(tuple(episodes)) for episodes in started]


def with_tapes(scripts: Sequence[Script], trace: Trace) -> list[Script] | None:
    """Return the scripts with each episode's tape: the `draws` of each of its Steps in `trace`; None where it shows none."""
    drawn = {path: column for path, column in trace.columns.items() if field_of(path) == "draws"}
    if not drawn:
        return None
    taped = [list(script.episodes) for script in scripts]
    for run in trace.runs:
        rows = [row_tree(drawn, row).get("draws", []) for row in range(run.first, run.first + run.count)]
        taped[run.script][run.episode] = replace(taped[run.script][run.episode], draws=tuple(rows))
    return [Script(tuple(episodes)) for episodes in taped]
