"""What was rolled: the scripts that an answer to `roll` implies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from equivcheck.errors import ProtocolError
from equivcheck.model.columns import Columns, row_tree
from equivcheck.model.paths import field_of
from equivcheck.model.request import Greeting, Roll
from equivcheck.model.script import Episode, Script
from equivcheck.model.space import DictSpace, Space
from equivcheck.model.trace import Run, Trace
from equivcheck.model.values import Value
from equivcheck.protocol.blocks import ACTION
from equivcheck.protocol.sampling import SplitMix64, draw, draw_for_agents


def cut_by_legal(greeting: Greeting) -> Callable[[Trace, int], bool]:
    """Return the test of whether a rolled episode had to stop at a row, since nothing was legal there."""

    def is_cut(trace: Trace, row: int) -> bool:
        return choose_action(SplitMix64(0), greeting, None, _legal(trace.columns, row)) is None

    return is_cut


def rolled_trace(trace: Trace, rolls: Sequence[Roll], greeting: Greeting) -> Trace:
    """Return the answer to `roll` with the scripts that were played, their actions taken from its columns.

    The action that a lane gave up on is beside no Step; it is drawn again. Raises: ProtocolError where an action is missing.
    """
    beside = {path: column for path, column in trace.columns.items() if field_of(path) == ACTION}
    columns = {path: column for path, column in trace.columns.items() if path not in beside}
    taken = {(run.script, run.episode): _actions(beside, run) for run in trace.runs}
    runs = {(run.script, run.episode): run for run in trace.runs}
    for end in trace.ends:
        place, roll = (end.script, end.episode), rolls[end.script]
        taken.setdefault(place, [])
        if end.step_index > 0:
            space = roll.spaces[end.episode] if roll.spaces else None
            rng = SplitMix64(roll.choosers[end.episode])
            rows = range(runs[place].first, runs[place].first + end.step_index)
            drawn = [choose_action(rng, greeting, space, _legal(columns, row)) for row in rows]
            taken[place].append(drawn[-1])
    scripts = []
    for script, roll in enumerate(rolls):
        played: list[Episode] = []
        for number, episode in enumerate(roll.episodes):
            if (script, number) not in taken:
                break
            played.append(replace(episode, actions=tuple(taken[script, number])))
        scripts.append(Script(tuple(played)))
    return replace(trace, scripts=tuple(scripts), columns=columns)


def _actions(beside: Columns, run: Run) -> list[Value]:
    """Return the actions taken between the Steps of a run."""
    rows = slice(run.first + 1, run.first + run.count)
    column = beside.get(ACTION)
    plain = len(beside) == 1 and column is not None and column.scalar and bool(column.presence[rows].all())
    if plain and column is not None and not isinstance(column.values, list):
        return list(column.values[rows].tolist())
    trees = [row_tree(beside, row) for row in range(rows.start, rows.stop)]
    for number, tree in enumerate(trees):
        if not isinstance(tree, dict) or ACTION not in tree:
            raise ProtocolError(f"roll: no action beside step {number + 1} of script {run.script}, episode {run.episode}")
    return [tree[ACTION] for tree in trees]


def _legal(columns: Columns, row: int) -> Value:
    masks = {path: column for path, column in columns.items() if field_of(path) == "legal"}
    return row_tree(masks, row).get("legal") if masks else None


def choose_action(rng: SplitMix64, greeting: Greeting, space: Space | None, legal: Value) -> Value:
    """Return the next action of a roll, None where nothing is legal. Raises: ProtocolError where `legal` does not fit the space."""
    declared = greeting.actions
    chosen = space or declared
    try:
        if greeting.agents:
            assert isinstance(chosen, DictSpace)
            assert isinstance(declared, DictSpace)
            return draw_for_agents(rng, chosen, legal, declared)
        assert chosen is not None
        return draw(rng, chosen, legal, declared)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, AssertionError) as error:
        raise ProtocolError(f"roll: `legal` does not fit the action space: {error!r}") from None
