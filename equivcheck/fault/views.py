"""Whether a view tells what its side shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from equivcheck.fault.case import Answer, Case, parting_words
from equivcheck.fault.roundtrips import reloaded
from equivcheck.model.paths import field_of
from equivcheck.model.trace import Trace
from equivcheck.model.values import Array

_ROWS_MIN = 3
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
    """What parts is not there on the raw side just as the other side shows it."""
    if not (answers := _viewed(case)):
        return None
    path = case.counterexample.divergence.leading.path
    for name, answer in answers:
        other = case.whole[name == "reference"]
        wanted, told = _series(other.seen, path).get(path), _series(answer.seen, path).get(path)
        if wanted is None:
            continue
        for raw_path, values in _series(answer.raw).items():
            count = min(len(wanted), len(values))
            same = count >= _ROWS_MIN and _near(wanted[:count], values[:count], case.noise)
            if same and len(np.unique(wanted[:count])) > 1 and (told is None or not _near(wanted[:count], told[:count], case.noise)):
                words = "leaves it out" if told is None else "makes something else of it"
                whose = "target" if name == "reference" else "reference"
                return f"the raw {name} shows in {raw_path} what the {whose} shows in {path}, in each of {count} Steps; its view {words}"
    return ""


def _viewed(case: Case) -> list[tuple[str, Answer]]:
    return [(name, answer) for name, answer in zip(("reference", "target"), case.whole, strict=True) if answer.view is not None]


def _near(a: Array, b: Array, noise: float) -> bool:
    with np.errstate(invalid="ignore"):
        return len(a) == len(b) and bool(np.all((np.abs(a - b) <= noise) | (a == b) | (np.isnan(a) & np.isnan(b))))


def _series(trace: Trace, path: str = "") -> Mapping[str, Array]:
    """Return every number that all Steps show, f64[rows] by its path; with `path`, those of its field alone."""
    series: dict[str, Array] = {}
    for name, column in trace.columns.items():
        if isinstance(column.values, list) or column.values.dtype.kind not in "biuf" or (path and field_of(name) != field_of(path)):
            continue
        shape = column.values.shape[1:]
        if int(np.prod(shape)) <= _WIDTH_MAX:
            for index in np.ndindex(*shape):
                series[name + "".join(f"[{i}]" for i in index)] = column.values[(slice(None), *index)].astype(np.float64)
    return series
