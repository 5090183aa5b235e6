"""Plays Scripts on one side: on fresh lanes, step by step, from given states, or with illegal actions repaired."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from equivcheck.backends.interface import Backend
from equivcheck.errors import AdapterError
from equivcheck.model.columns import tree_rows
from equivcheck.model.request import Ask, Roll
from equivcheck.model.script import Episode, Script
from equivcheck.model.space import Discrete
from equivcheck.model.trace import End, Run, Trace, join_traces
from equivcheck.model.values import Value

DEATHS_WANTED = 3  # a death at the same step in so many of so many fresh processes is a finding


def play_fresh(backend: Backend, scripts: Sequence[Script], ask: Ask) -> Trace:
    """Play each script on a fresh lane, as many side by side as the side likes."""
    traces = []
    for first in range(0, len(scripts), backend.greeting.lanes):
        chunk = scripts[first : first + backend.greeting.lanes]
        lanes = range(len(chunk))
        backend.discard(lanes)
        traces.append(backend.play(lanes, chunk, ask))
    return join_traces(traces)


def roll_fresh(backend: Backend, rolls: Sequence[Roll], ask: Ask) -> Trace:
    """Roll each of at most `lanes` rolls on a fresh lane."""
    lanes = range(len(rolls))
    backend.discard(lanes)
    return backend.roll(lanes, rolls, ask)


def play_stepwise(backend: Backend, script: Script, ask: Ask) -> Trace:
    """Play a script on fresh lane 0 with one request a Step: where a side dies, this says at which."""
    backend.discard([0])
    parts: list[Trace] = []
    for episode in script.episodes:
        answers = [backend.reset([0], [replace(episode, actions=())], ask)]
        for action in episode.actions:
            if answers[-1].ends or answers[-1].ended()[-1]:
                break
            answers.append(backend.step([0], [action], ask))
        parts.append(_one_episode(answers, episode))
        if parts[-1].ends:
            break
    whole = join_traces(parts)
    runs = tuple(replace(run, script=0, episode=run.script) for run in whole.runs)
    ends = tuple(replace(end, script=0, episode=end.script) for end in whole.ends)
    return replace(whole, scripts=(script,), runs=runs, ends=ends)


def _one_episode(answers: Sequence[Trace], episode: Episode) -> Trace:
    """Join the answers to a reset and to single steps."""
    joined = join_traces(answers)
    count = joined.step_count
    runs = (Run(0, 0, 0, count),) if count else ()
    ends = tuple(End(0, 0, count, end.kind, end.words) for end in answers[-1].ends)
    return replace(joined, scripts=(Script((episode,)),), runs=runs, ends=ends)


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
    kept = [run for run in trace.runs if run.episode <= last[run.script]]
    rows = np.array([row for run in kept for row in range(run.first, run.first + run.count)], np.int64)
    firsts = np.cumsum([0, *(run.count for run in kept)]).tolist()
    return replace(
        trace,
        scripts=tuple(Script(script.episodes[: last[index] + 1]) for index, script in enumerate(trace.scripts)),
        runs=tuple(replace(run, first=first) for run, first in zip(kept, firsts, strict=False)),
        columns={path: column.take(rows) for path, column in trace.columns.items()},
        ends=tuple(end for end in trace.ends if end.episode <= last[end.script]),
    )


def states_of(trace: Trace) -> list[Value] | None:
    """Return the `state` of every row; None where the side shows none, or not on every Step."""
    if not trace.step_count:
        return []
    return tree_rows(trace.columns, "state", trace.step_count)


def start_from(scripts: Sequence[Script], trace: Trace, states: Sequence[Value]) -> list[Script]:
    """Return the scripts with each episode started from the state that `trace` shows at its Step 0."""
    started = [list(script.episodes) for script in scripts]
    for run in trace.runs:
        if run.episode < len(started[run.script]):
            episode = started[run.script][run.episode]
            started[run.script][run.episode] = replace(episode, start=states[run.first])
    return [Script(tuple(episodes)) for episodes in started]


def play_from_each_state(backend: Backend, scripts: Sequence[Script], trace: Trace, states: Sequence[Value], ask: Ask) -> Trace:
    """Play every action of `trace` from the state that `trace` shows before it, and return the Steps after them.

    The result has the runs of `trace`: row 0 of a run is what is seen after loading its first state, row k + 1 what follows
    action k from state k. Lanes share the (state, action) pairs evenly; a pair that a lane gives up on ends its run there.
    An episode that `trace` shows no Step of begins by itself.
    """
    singles: list[Episode] = []
    homes: list[tuple[int, int]] = []  # (index of the run, step index after the action)
    begun = {(run.script, run.episode) for run in trace.runs}
    never = [Run(end.script, end.episode, 0, 0) for end in trace.ends if (end.script, end.episode) not in begun]
    wanted = sorted((*trace.runs, *never), key=lambda run: (run.script, run.episode))
    for index, run in enumerate(wanted):
        episode = scripts[run.script].episodes[run.episode]
        if not run.count:
            singles.append(replace(episode, actions=()))
            homes.append((index, 1))
        for step in range(max(len(episode.actions), 1)):
            if step >= run.count:
                break
            actions = episode.actions[step : step + 1]
            singles.append(replace(episode, start=states[run.first + step], actions=actions))
            homes.append((index, step + 1))
    answers, row_of, ends = _play_singles(backend, singles, ask)
    return _assemble(wanted, scripts, answers, row_of, ends, homes)


def _play_singles(backend: Backend, singles: Sequence[Episode], ask: Ask) -> tuple[Trace, dict[int, tuple[int, int]], dict[int, End]]:
    """Play one-action episodes spread over lanes; return their joined Trace, (first row, rows) of each, and Ends.

    Those that were under way when a process died are played again one by one, so that the one it dies of is known.
    Raises: AdapterError where that one does not kill it DEATHS_WANTED times in a row.
    """
    answered = _Answered()
    alone: list[int] = []
    pending = [range(len(singles))[k :: backend.greeting.lanes] for k in range(min(backend.greeting.lanes, len(singles)))]
    while pending:
        trace = play_fresh(backend, [Script(tuple(singles[i] for i in numbers)) for numbers in pending], ask)
        died = {end.script: end.episode for end in trace.ends if end.kind == "died"}
        rest = []
        for end in trace.ends:
            numbers = pending[end.script]
            if end.kind == "died":
                alone.extend(numbers[end.episode :])
            elif end.episode + 1 < len(numbers):
                rest.append(numbers[end.episode + 1 :])
        answered.take(trace, pending, died)
        pending = rest
    for number in sorted(alone):
        trace = play_fresh(backend, [Script((singles[number],))], ask)
        for _ in range(DEATHS_WANTED - 1):
            if trace.ends and trace.ends[0].kind == "died":
                words = trace.ends[0].words
                trace = play_fresh(backend, [Script((singles[number],))], ask)
                if not trace.ends or trace.ends[0].kind != "died":
                    raise AdapterError(f"{backend.greeting.name} died, but not again from the same state: {words}")
        answered.take(trace, [range(number, number + 1)], {})
    return join_traces(answered.traces), answered.row_of, answered.ends


class _Answered:
    """What became of one-action episodes: where their rows are in the joined `traces`, and which were given up."""

    def __init__(self) -> None:
        self.traces: list[Trace] = []
        self.row_of: dict[int, tuple[int, int]] = {}
        self.ends: dict[int, End] = {}
        self._rows = 0

    def take(self, trace: Trace, numbers: Sequence[Sequence[int]], died: Mapping[int, int]) -> None:
        """Add a Trace whose script k played the episodes numbers[k]; what came from episode died[k] on does not count."""
        for run in trace.runs:
            if run.episode < died.get(run.script, run.episode + 1):
                self.row_of[numbers[run.script][run.episode]] = (self._rows + run.first, run.count)
        self.ends |= {numbers[end.script][end.episode]: end for end in trace.ends if end.script not in died}
        self.traces.append(trace)
        self._rows += trace.step_count


def _assemble(
    wanted: Sequence[Run], scripts: Sequence[Script], answers: Trace, row_of: dict[int, tuple[int, int]], ends: dict[int, End],
    homes: Sequence[tuple[int, int]],
) -> Trace:  # fmt: skip
    rows: list[list[int]] = [[] for _ in wanted]
    cut: dict[int, End] = {}
    for number, (index, step) in enumerate(homes):
        if index in cut:
            continue
        first, count = row_of.get(number, (0, 0))
        if step == 1 and count:
            rows[index].append(first)
        if count == 2:
            rows[index].append(first + 1)
        elif number in ends:
            run = wanted[index]
            cut[index] = End(run.script, run.episode, len(rows[index]), ends[number].kind, ends[number].words)
        elif len(scripts[wanted[index].script].episodes[wanted[index].episode].actions):
            cut[index] = End(wanted[index].script, wanted[index].episode, len(rows[index]), "refused", "the loaded state is final")
    order = np.array([row for part in rows for row in part], np.int64)
    runs, at = [], 0
    for run, part in zip(wanted, rows, strict=True):
        if part:
            runs.append(replace(run, first=at, count=len(part)))
            at += len(part)
    columns = {path: column.take(order) for path, column in answers.columns.items()}
    return Trace(tuple(scripts), tuple(runs), columns, tuple(cut.values()), answers.provenance)


def repair(backend: Backend, script: Script, ask: Ask) -> Script:
    """Return the script with every action that the side does not allow replaced by the legal one at (index mod count).

    Only a side that states `legal` over a Discrete space, or one such mask an agent, is asked; others' scripts are
    returned as they are. `index` is the action's place in its space.
    """
    spaces = _discrete_spaces(backend)
    if not spaces:
        return script
    backend.discard([0])
    episodes = []
    for episode in script.episodes:
        seen = backend.reset([0], [replace(episode, actions=())], ask)
        actions: list[Value] = []
        for action in episode.actions:
            if seen.ends or seen.ended()[-1]:
                break
            legal = seen.step(0, ("legal",)).get("legal")
            actions.append(_allowed(action, legal, spaces))
            seen = backend.step([0], [actions[-1]], ask)
        episodes.append(replace(episode, actions=tuple(actions)))
        if seen.ends:
            break
    return Script(tuple(episodes))


def _discrete_spaces(backend: Backend) -> dict[str, Discrete]:
    """Return the Discrete space of each agent, under "" for the only one; empty where another kind of space is in use."""
    space = backend.greeting.actions
    if isinstance(space, Discrete):
        return {"": space}
    spaces = dict(getattr(space, "items", ())) if backend.greeting.agents else {}
    return spaces if all(isinstance(item, Discrete) for item in spaces.values()) else {}


def _allowed(action: Value, legal: Value, spaces: dict[str, Discrete]) -> Value:
    if legal is None:
        return action
    if "" in spaces:
        return _allowed_one(action, legal, spaces[""])
    given = action if isinstance(action, dict) else {}
    return {agent: _allowed_one(given.get(agent, spaces[agent].start), mask, spaces[agent]) for agent, mask in legal.items()}


def _allowed_one(action: Value, mask: Value, space: Discrete) -> Value:
    allowed = np.flatnonzero(mask)
    index = action - space.start if type(action) is int else 0
    if not len(allowed) or (0 <= index < space.n and mask[index]):
        return action
    return space.start + int(allowed[index % len(allowed)])
