"""Plays Scripts on one side: on fresh lanes, step by step, from given states, or with illegal actions repaired."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from equivcheck.backends.interface import Backend
from equivcheck.backends.rolled import choose_action
from equivcheck.errors import AdapterError
from equivcheck.model.request import Ask, Roll
from equivcheck.model.script import Episode, Script
from equivcheck.model.space import Discrete
from equivcheck.model.trace import End, Run, Trace, join_traces
from equivcheck.model.values import MISSING, Missing, Value
from equivcheck.protocol.sampling import SplitMix64

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

    def given(number: int, taken: Sequence[Value], legal: Value) -> Value | Missing:
        actions = script.episodes[number].actions
        return actions[len(taken)] if len(taken) < len(actions) else MISSING

    return replace(_step_by_step(backend, script.episodes, given, ask), scripts=(script,))


def roll_stepwise(backend: Backend, roll: Roll, ask: Ask) -> Trace:
    """Roll on fresh lane 0 with one request a Step: where a side dies, this says at which, and of what action.

    The actions are chosen on this side of the wall, as docs/protocol.md says. Raises: ProtocolError where `legal` does not fit.
    """
    generators = [SplitMix64(chooser) for chooser in roll.choosers]

    def chosen(number: int, taken: Sequence[Value], legal: Value) -> Value | Missing:
        if len(taken) == roll.steps_max:
            return MISSING
        action = choose_action(generators[number], backend.greeting, roll.spaces[number] if roll.spaces else None, legal)
        return MISSING if action is None else action

    return _step_by_step(backend, roll.episodes, chosen, ask)


def _step_by_step(
    backend: Backend, episodes: Sequence[Episode], choose: Callable[[int, Sequence[Value], Value], Value | Missing], ask: Ask
) -> Trace:
    """Play episodes as far as the side goes; `choose(episode, actions taken, legal)` gives the next action, MISSING for no more."""
    backend.discard([0])
    answers: list[Trace] = []
    runs, ends, played, first = [], list[End](), list[Episode](), 0
    for number, episode in enumerate(episodes):
        taken: list[Value] = []
        answers.append(backend.reset([0], [replace(episode, actions=())], ask))
        while not answers[-1].ends and not answers[-1].ended()[-1]:
            action = choose(number, taken, answers[-1].step(0, ("legal",)).get("legal"))
            if action is MISSING:
                break
            taken.append(action)
            answers.append(backend.step([0], [action], ask))
        count = len(answers) - first - len(answers[-1].ends)
        runs += [Run(0, number, first, count)] if count else []
        played.append(replace(episode, actions=tuple(taken)))
        ends = [End(0, number, count, end.kind, end.words) for end in answers[-1].ends]
        if ends:
            break
        first += count
    return replace(join_traces(answers), scripts=(Script(tuple(played)),), runs=tuple(runs), ends=tuple(ends))


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
            draws = None if episode.draws is None else ([], *episode.draws[step + 1 : step + 2])
            singles.append(replace(episode, start=states[run.first + step], actions=actions, draws=draws))
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

    def allowed(number: int, taken: Sequence[Value], legal: Value) -> Value | Missing:
        actions = script.episodes[number].actions
        return _allowed(actions[len(taken)], legal, spaces) if len(taken) < len(actions) else MISSING

    return _step_by_step(backend, script.episodes, allowed, ask).scripts[0]


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
