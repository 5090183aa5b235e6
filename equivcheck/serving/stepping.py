"""Playing step by step: what a slow side has done of an answer can be sent while it goes on."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from equivcheck.backends.choosing import Chooser
from equivcheck.backends.interface import Backend
from equivcheck.model.columns import columnise
from equivcheck.model.request import Ask, Greeting, Roll
from equivcheck.model.script import Episode, Script
from equivcheck.model.trace import Trace
from equivcheck.model.values import MISSING, Value
from equivcheck.protocol.blocks import ACTION, Block, Stretch
from equivcheck.protocol.digest import narrow_trace

# What a lane does next, an Episode to begin or an action to take; it is told whether the episode has ended, and what is legal.
Walk: TypeAlias = Generator[Episode | Value, tuple[bool, Value], None]


def walk_script(script: Script) -> Walk:
    """Walk the way of a lane that plays."""
    for episode in script.episodes:
        ended, _ = yield episode
        for action in episode.actions:
            if ended:
                break
            ended, _ = yield action


def walk_roll(roll: Roll, greeting: Greeting) -> Walk:
    """Walk the way of a lane that rolls."""
    chooser = Chooser(roll, greeting)
    for number, episode in enumerate(roll.episodes):
        chooser.begin(number)
        ended, legal = yield episode
        for _ in range(roll.steps_max):
            if ended or (action := chooser.choose(legal)) is None:
                break
            ended, legal = yield action


def play_walks(side: Backend, lanes: Sequence[int], walks: Sequence[Walk], ask: Ask, *, rolled: bool) -> Iterator[Block]:
    """Yield Steps as they are made, one of each lane in turn; with `rolled`, the actions beside them."""
    due = {index: doing for index, walk in enumerate(walks) if (doing := next(walk, MISSING)) is not MISSING}
    reached = dict.fromkeys(due, (-1, 0))  # the episode and the Step that a lane comes to
    while due:
        asked, due = due, {}
        for begins in (True, False):
            group = [index for index, doing in asked.items() if isinstance(doing, Episode) == begins]
            if not group:
                continue
            for index in group:
                episode, step = reached[index]
                reached[index] = (episode + 1, 0) if begins else (episode, step + 1)
            act: Callable[..., Trace] = side.reset if begins else side.step
            trace = narrow_trace(act([lanes[index] for index in group], [asked[index] for index in group], ask), ask)
            done = [group[run.script] for run in trace.runs]
            columns = dict(trace.columns)
            if rolled and done:
                columns |= columnise([MISSING if begins else asked[index] for index in done], ACTION)
            ends = tuple(
                replace(end, script=group[end.script], episode=reached[group[end.script]][0], step_index=reached[group[end.script]][1])
                for end in trace.ends
            )
            yield Block(tuple(Stretch(index, *reached[index], 1) for index in done), columns, ends)
            due |= _walk_on(walks, done, trace)


def _walk_on(walks: Sequence[Walk], done: Sequence[int], trace: Trace) -> dict[int, Any]:
    """Tell each walk the Step that it came to, and return what is due then; those that are over have nothing due."""
    due = {}
    for row, (index, ended) in enumerate(zip(done, trace.ended().tolist(), strict=True)):
        try:
            due[index] = walks[index].send((ended, trace.step(row, ("legal",)).get("legal")))
        except StopIteration:
            continue
    return due
