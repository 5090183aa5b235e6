"""What was really compared: the counts that keep a pass from being empty."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain
from math import prod

import numpy as np

from equivcheck.comparison.leaves import Match
from equivcheck.model.columns import Column, columnise
from equivcheck.model.paths import generalise
from equivcheck.model.script import Script
from equivcheck.model.space import DictSpace, Discrete, Space
from equivcheck.model.trace import Trace
from equivcheck.model.values import MISSING, Array, Value, same_leaf
from equivcheck.model.verdict import Coverage, FieldCount

HORIZONS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)  # steps
_ACTIONS_LISTED_MAX = 256


def count_field(coverage: Coverage, path: str, column: Column, judged: Array | None) -> FieldCount:
    """Count the leaves of one column at the judged rows (bool[N], None: all), and whether it lives; return its entry."""
    entry = coverage.fields.setdefault(generalise(path), FieldCount())
    rows = len(column) if judged is None else int(judged.sum())
    present = rows
    if isinstance(column.values, list) or column.present is not None:
        presence = column.presence
        present = int((presence if judged is None else presence & judged).sum())
    width = 1 if isinstance(column.values, list) else prod(column.values.shape[1:])
    entry.compared += present * max(width, 1)
    if not entry.changed:
        entry.changed = _changes(column)
    if not entry.non_default:
        entry.non_default = _is_non_default(column)
    return entry


def measure_horizons(coverage: Coverage, matches: Mapping[str, Match], first: Array) -> None:
    """Note for each leaf the largest error within so many first Steps of an episode; `first` is that of an Alignment."""
    erring = {path: found.error for path, found in matches.items() if found.error is not None and found.error.any()}
    if not erring:
        return
    starts = first[:-1, None] + np.array([0, *(steps + 1 for steps in HORIZONS)])
    inside = starts < first[1:, None]
    parts, horizons = starts[inside], np.nonzero(inside)[1]
    for path, error in erring.items():
        largest = np.zeros(len(HORIZONS) + 1)
        np.maximum.at(largest, horizons, np.maximum.reduceat(np.where(np.isfinite(error), error, 0.0), parts))
        within = dict(zip(map(str, HORIZONS), np.maximum.accumulate(largest).tolist(), strict=False))
        _raise_to(coverage.fields.setdefault(generalise(path), FieldCount()).errors_within, within)


def _raise_to(into: dict[str, float], other: Mapping[str, float]) -> None:
    for steps, error in other.items():
        into[steps] = max(into.get(steps, 0.0), error)


def _changes(column: Column) -> bool:
    if isinstance(column.values, list):
        held = _held(column)
        if len(held) < len(column) and any(isinstance(leaf, (dict, list)) for leaf in held):
            return True  # a container that is empty now and then
        return any(not same_leaf(leaf, held[0]) for leaf in held[1:])
    values = column.values if column.present is None else column.values[column.present]
    if len(values) < 2:
        return False
    probe = min(len(values), 64)  # most columns change at once: look there before at all
    return bool((values[1:probe] != values[0]).any() or (values[probe:] != values[0]).any())


def _is_non_default(column: Column) -> bool:
    if isinstance(column.values, list):
        return any(
            (isinstance(leaf, np.ndarray) and leaf.any()) or (not isinstance(leaf, np.ndarray) and bool(leaf)) for leaf in _held(column)
        )
    return bool(column.values.any())


def _held(column: Column) -> list[Value]:
    assert isinstance(column.values, list)
    return [leaf for leaf in column.values if leaf is not MISSING]


def count_actions(coverage: Coverage, scripts: tuple[Script, ...]) -> None:
    """Count every action taken, by its leaves: each is counted by its text, a float by its sign."""
    taken = list(chain.from_iterable(episode.actions for script in scripts for episode in script.episodes))
    if set(map(type, taken)) == {int}:
        _add(coverage.actions, {str(action): count for action, count in sorted(Counter(taken).items())})
        return
    for path, column in columnise(taken).items() if taken else ():
        for label, count in _tally(path, column):
            coverage.actions[label] = coverage.actions.get(label, 0) + count


def _tally(path: str, column: Column) -> Iterator[tuple[str, int]]:
    """Yield texts and how often they occur."""
    if isinstance(column.values, list):
        for leaf in _held(column):
            (alone,) = columnise([leaf]).values()
            yield from [(_labelled(path, str(leaf)), 1)] if isinstance(alone.values, list) else _tally(path, alone)
        return
    table = column.values if column.present is None else column.values[column.present]
    for index, items in enumerate(table.reshape(len(table), -1).T):
        if items.dtype.kind == "f":
            items = np.where(items < 0, "negative", np.where(items == 0, "zero", "positive"))
        texts, counts = np.unique(items, return_counts=True)
        for text, count in zip(texts.tolist(), counts.tolist(), strict=True):
            yield _labelled(path if column.scalar else f"{path}[{index}]", str(text)), count


def _labelled(where: str, text: str) -> str:
    return f"{where}: {text}" if where else text


def expect_actions(coverage: Coverage, space: Space) -> None:
    """Enter every action of a small Discrete space, or of one an agent, so that those never taken are seen."""
    spaces = space.items if isinstance(space, DictSpace) else (("", space),)
    for agent, item in spaces:
        if isinstance(item, Discrete) and item.n <= _ACTIONS_LISTED_MAX:
            for action in range(item.start, item.start + item.n):
                coverage.actions.setdefault(f"{agent}: {action}" if agent else str(action), 0)


def count_ends(coverage: Coverage, trace: Trace, steps_max: int | None) -> None:
    """Count how the episodes of a side ended: terminated, truncated, or cut by the checker."""
    begun = {(run.script, run.episode) for run in trace.runs}
    coverage.episodes += len(begun | {(end.script, end.episode) for end in trace.ends})
    coverage.steps += trace.step_count
    if not trace.runs:
        return
    last = np.array([run.first + run.count - 1 for run in trace.runs])
    terminated, truncated = trace.flag("terminated")[last], trace.flag("truncated")[last]
    lengths = np.array([run.count for run in trace.runs]) - 1
    cut = ~terminated & ~truncated & (lengths >= steps_max) if steps_max is not None else np.zeros(len(last), bool)
    for name, flags in (("terminated", terminated), ("truncated", truncated), ("cut", cut)):
        coverage.flags[name] = coverage.flags.get(name, 0) + int(flags.sum())


def merge_coverage(into: Coverage, other: Coverage) -> None:
    """Add the counts of `other` to `into`."""
    for path, entry in other.fields.items():
        mine = into.fields.setdefault(path, FieldCount())
        for name in ("compared", "forced", "digested", "differing", "error_sum"):
            setattr(mine, name, getattr(mine, name) + getattr(entry, name))
        mine.changed |= entry.changed
        mine.non_default |= entry.non_default
        mine.error_max = max(mine.error_max, entry.error_max)
        _raise_to(mine.errors_within, entry.errors_within)
    for name in ("actions", "loosenings", "flags"):
        _add(getattr(into, name), getattr(other, name))
    for name in ("episodes", "steps", "episodes_skipped", "episodes_diverged"):
        setattr(into, name, getattr(into, name) + getattr(other, name))
    into.filled |= other.filled
    into.expired |= other.expired


def _add(into: dict[str, int], other: Mapping[str, int]) -> None:
    for key, count in other.items():
        into[key] = into.get(key, 0) + count
