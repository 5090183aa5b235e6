"""Whether a view tells what its side shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from equivcheck.fault.case import Answer, Case, parting_words
from equivcheck.fault.roundtrips import reloaded
from equivcheck.model.trace import Trace
from equivcheck.model.values import Array

_NAMES = ("reference", "target")
_ROWS_MIN = 4  # that agree, with three values among them: fewer may agree by chance
_WIDTH_MAX = 64  # elements of an array that are looked at one by one


def the_views_answer_alike_twice(case: Case) -> str | None:
    """A Step is seen alike whenever it is seen."""
    if not (answers := _viewed(case)):
        return None
    for name, answer in answers:
        assert answer.view is not None
        backwards = np.arange(answer.raw.step_count)[::-1]
        turned = replace(answer.raw, columns={path: column.take(backwards) for path, column in answer.raw.columns.items()})
        seen = answer.view.see(turned)
        seen = replace(answer.seen, columns={path: column.take(backwards) for path, column in seen.columns.items()})
        if parting := parting_words(answer.seen, seen):
            return f"the view of the {name} makes something else of a Step when it sees it again: {parting[1]}"
    return ""


def the_views_give_states_back(case: Case) -> str | None:
    """A state that was seen, turned back and loaded, is seen again."""
    if not case.loads or not (answers := _viewed(case)):
        return None
    for name, answer in answers:
        assert answer.view is not None
        through = replace(answer, backend=answer.view, raw_scripts=answer.scripts, raw=answer.seen)
        if words := reloaded(case, through, whole=False):
            return f"through the view the {name} {words}"
    return ""


def the_views_tell_what_the_sides_show(case: Case) -> str | None:
    """What parts is not there on the raw side just as the other side shows it: here, nor anything in a few more episodes."""
    if not _viewed(case):
        return None
    path = case.counterexample.divergence.leading.path
    return _mistold(case, case.whole, path) or _mistold(case, case.rolled)


def _mistold(case: Case, answers: tuple[Answer, Answer], path: str = "") -> str:
    for here, there in ((0, 1), (1, 0)):
        answer, other = answers[here], answers[there]
        if answer.view is None:
            continue
        name, whose = _NAMES[here], _NAMES[there]
        own, theirs = _shared_rows(answer.raw, other.seen)
        raw, seen, shown = _series(answer.raw, own), _series(answer.seen, own), _series(other.seen, theirs)
        for wanted_path in [path] if path else shown:
            wanted, told = shown.get(wanted_path), seen.get(wanted_path)
            if wanted is None or len(wanted) < _ROWS_MIN or len(np.unique(wanted)) < 3:
                continue
            source = next((raw_path for raw_path, values in raw.items() if _near(wanted, values, case.noise)), None)
            if source is not None and (told is None or not _near(wanted, told, case.noise)):
                how = "leaves it out" if told is None else "makes something else of it"
                return f"the raw {name} shows as {source} what the {whose} shows as {wanted_path}, in {len(wanted)} Steps; its view {how}"
    return ""


def _shared_rows(a: Trace, b: Trace) -> tuple[Array, Array]:
    """Return the rows of two Traces that show the same moments."""
    counts = {(run.script, run.episode): (run.first, run.count) for run in b.runs}
    pairs = [(run, *counts[run.script, run.episode]) for run in a.runs if (run.script, run.episode) in counts]
    rows = [(run.first + at, first + at) for run, first, count in pairs for at in range(min(run.count, count))]
    left, right = np.array(rows, np.int64).reshape(-1, 2).T
    return left, right


def _viewed(case: Case) -> list[tuple[str, Answer]]:
    return [(name, answer) for name, answer in zip(_NAMES, case.whole, strict=True) if answer.view is not None]


def _near(a: Array, b: Array, noise: float) -> bool:
    with np.errstate(invalid="ignore"):
        return len(a) == len(b) and bool(np.all((np.abs(a - b) <= noise) | (a == b) | (np.isnan(a) & np.isnan(b))))


def _series(trace: Trace, rows: Array) -> Mapping[str, Array]:
    """Return every number that all Steps show, f64[rows] by its path."""
    series: dict[str, Array] = {}
    for path, column in trace.columns.items():
        if isinstance(column.values, list) or column.values.dtype.kind not in "biuf":
            continue
        shape = column.values.shape[1:]
        if int(np.prod(shape)) <= _WIDTH_MAX:
            for index in np.ndindex(*shape):
                series[path + "".join(f"[{i}]" for i in index)] = column.values[(rows, *index)].astype(np.float64)
    return series
