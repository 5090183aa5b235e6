"""A compiled side against itself in another manner: floats, which are rounded otherwise there, one step from equal states."""

from __future__ import annotations

from typing import Literal

import numpy as np

from equivcheck.errors import AdapterError
from equivcheck.generation import episode_seed, make_roll
from equivcheck.levels.gathering import Gathering
from equivcheck.model.columns import Column
from equivcheck.model.implied import states_of
from equivcheck.model.paths import Pattern, generalise
from equivcheck.model.phrases import counted
from equivcheck.model.request import FULL
from equivcheck.model.script import Episode, Script
from equivcheck.model.space import Space
from equivcheck.model.spec import FieldRule
from equivcheck.model.trace import Trace
from equivcheck.pair import Budget, Pair, Side
from equivcheck.playback import roll_fresh

_EPISODES = 3
_STEPS_MAX = 12
_SCRIPTS_AT_ONCE = 4
_SECONDS_MAX = 60.0


def rules_for(side: Side, manner: str, space: Space) -> tuple[FieldRule, ...]:
    """Return how what a side shows is compared with what it shows in a manner: floats to half the digits that they have."""
    dtype: Literal["same", "any"] = "any" if manner == "x64" else "same"
    rules = [FieldRule(Pattern("**"), nan="equal", dtype=dtype, because="one program against itself")]
    for path, column in _rolled(side, space, 0).columns.items():
        digits = _half_digits(column)
        if digits:
            because = f"rounded otherwise when played {manner}: half the digits of its dtype, one step from equal states"
            rules.append(FieldRule(Pattern(generalise(path)), atol=digits, rtol=digits, nan="equal", dtype=dtype, because=because))
    return tuple(rules)


def play_manner(twin: Pair, space: Space, budget: Budget, gathering: Gathering) -> str:
    """Play a side against itself in a manner; return why not all of it, in words, "" where nothing is left out."""
    began, done = budget.clock(), 0
    try:
        scripts = _scripts(twin.reference, space, budget.seed)
        while done < len(scripts) and budget.clock() - began < _SECONDS_MAX:
            gathering.take(twin, twin.play(scripts[done : done + _SCRIPTS_AT_ONCE]), None)
            done += _SCRIPTS_AT_ONCE
    except AdapterError as error:
        return str(error)
    return "" if done >= len(scripts) else f"{done} of {counted(len(scripts), 'script')} took longer than {_SECONDS_MAX:g} s"


def _scripts(side: Side, space: Space, seed: int) -> list[Script]:
    """Return what is played: whole episodes where nothing is a float, else their resets, and each of their steps from the state before it.

    Raises: AdapterError where that state cannot be loaded.
    """
    trace = _rolled(side, space, seed)
    episodes = [(run, trace.scripts[run.script].episodes[run.episode]) for run in trace.runs]
    if not any(map(_half_digits, trace.columns.values())):
        return [Script((episode,)) for _, episode in episodes]
    states = states_of(trace)
    if states is None or "load" not in side.backend.greeting.capabilities:
        raise AdapterError(f"{side.address} has floats, and cannot load a state to compare one step from")
    resets = [Script((Episode(episode.seed),)) for _, episode in episodes]
    return resets + [
        Script((Episode(episode.seed, start=states[run.first + number], actions=(action,)),))
        for run, episode in episodes
        for number, action in enumerate(episode.actions[: run.count - 1])
    ]


def _rolled(side: Side, space: Space, seed: int) -> Trace:
    rolls = [make_roll("uniform", space, (Episode(episode_seed(seed, number)),), _STEPS_MAX) for number in range(_EPISODES)]
    return roll_fresh(side.backend, rolls[: side.backend.greeting.lanes], FULL)


def _half_digits(column: Column) -> float:
    """Return the tolerance of a column of floats; 0 for others. What a scalar was is not known: it is taken for float32."""
    if isinstance(column.values, list) or column.values.dtype.kind != "f":
        return 0.0
    return float(np.sqrt(np.finfo(np.float32 if column.scalar else column.values.dtype).eps))
