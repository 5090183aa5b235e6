"""The report for a person at a terminal."""

from __future__ import annotations

import json
import math
import shlex
from collections.abc import Sequence
from decimal import Context, Decimal

from equivcheck.model.divergence import Difference
from equivcheck.model.paths import field_of, generalise
from equivcheck.model.phrases import counted
from equivcheck.model.script import script_to_json
from equivcheck.model.values import MISSING, Value
from equivcheck.model.verdict import Counterexample, PairReport, Report, Verdict
from equivcheck.reports.words import (
    ANSWERS,
    cause_words,
    coverage_words,
    leaf_text,
    listed,
    marked,
    nearest_first,
    number_text,
    one_line,
    printable,
    tree_lines,
    value_text,
)

_INDENT = "  "
_LABEL = 11
_DIFFERENCES_MAX = 6
_BEFORE_MAX = 4  # leaves
_NEAR = 1.05
_APART_MAX = 1e6
_TELLING = ("state", "obs")  # fields that say best where an episode is
_SIDES = ("reference", "target")
LABELS = (
    *("but", "reference", "target", "mode", "adapter", "start", "before", "action", "after", "shrunk", "seen"),
    *("inside", "then", "depends", "call", "nature", "fault", "rerun", "view", "script"),
    *("compared", "ended", "actions", "never", "skipped", "loosened", "error", "tolerance", "note", "bound"),
)  # what a row of the report may begin with


def render_text(report: Report) -> str:
    """Return the whole report as plain text with aligned columns."""
    blocks = [_pair_text(pair) for pair in report.pairs]
    if report.interrupted:
        blocks.append("interrupted: what was found until then is above and on disk")
    return "\n\n".join(blocks) + "\n"


def _pair_text(pair: PairReport) -> str:
    lines = [f"{pair.outcome.value}  {one_line(pair.name)}"]
    if pair.caveat:
        lines += _row("but", pair.caveat)
    lines += _row("reference", _side_text(pair.reference))
    lines += _row("target", _side_text(pair.target))
    if pair.mode:
        lines += _row("mode", pair.mode)
    for note in pair.notes:
        lines += _row("", note)
    for law in pair.conformance:
        lines += _row("adapter", f"breaks a law: {law}")
    for verdict in pair.levels:
        lines += ["", *_level_lines(verdict)]
    if pair.not_run:
        lines += ["", f"{_INDENT}not run: {', '.join(pair.not_run)}"]
    return "\n".join(line.rstrip() for line in lines)


def _side_text(side: object) -> str:
    assert isinstance(side, dict)
    version = f" {side['version']}" if side.get("version") else ""
    abilities = listed(side.get("capabilities", ())) or "no load, no snapshot"
    return f"{side['address']}{version} ({abilities})" if "name" in side else str(side["address"])


def _row(label: str, text: str, indent: str = _INDENT) -> list[str]:
    return f"{indent}{label:<{_LABEL}}{marked(text, len(indent) + _LABEL)}".split("\n")


def _level_lines(verdict: Verdict) -> list[str]:
    reason = marked(verdict.reason, len(_INDENT) + _LABEL)
    lines = f"{_INDENT}{verdict.outcome.value}  {verdict.level}: {reason}".split("\n")
    for counterexample in verdict.counterexamples:
        lines += ["", *counterexample_lines(counterexample, verdict.level)]
    rest = _coverage_lines(verdict)
    for number, note in enumerate(verdict.notes):
        rest += _row("" if number else "note", note)
    if verdict.bound:
        rest += _row("bound", verdict.bound)
    return [*lines, "", *rest] if verdict.counterexamples and rest else lines + rest


def _coverage_lines(verdict: Verdict) -> list[str]:
    coverage = verdict.coverage
    if not coverage.fields:
        return []
    compared, never = coverage_words(coverage)
    leaves = sum(entry.compared for entry in coverage.fields.values())
    counts = (counted(coverage.episodes, "episode"), counted(coverage.steps, "step"), counted(leaves, "leaf", "leaves"))
    lines = _row("compared", f"{compared}: {', '.join(counts)}")
    ends = ", ".join(f"{name} {count:,}" for name, count in coverage.flags.items() if count)
    if ends:
        lines += _row("ended", ends)
    if coverage.actions:
        taken = sorted((name, count) for name, count in coverage.actions.items() if count and name != "None")
        lines += _row("actions", listed([f"{name} x{count:,}" for name, count in taken], 10)) if taken else []
    if never:
        lines += _row("never", never)
    if coverage.episodes_skipped:
        lines += _row("skipped", f"{counted(coverage.episodes_skipped, 'episode')} that both sides failed in")
    for index, (name, count) in enumerate(sorted(coverage.loosenings.items())):
        lines += _row("loosened" if not index else "", f"{name}, used {counted(count, 'time')}")
    return lines + _error_lines(verdict) + _tolerance_lines(verdict)


def _error_lines(verdict: Verdict) -> list[str]:
    lines: list[str] = []
    for path, entry in verdict.coverage.fields.items():
        if entry.error_max > 0 and entry.compared:
            mean = entry.error_sum / entry.compared
            lines += _row(
                "error" if not lines else "",
                f"{path}: at most {entry.error_max:.3g}, mean {mean:.2g}; atol {_round_up(entry.error_max)} would pass",
            )
    return lines[:8]


def _tolerance_lines(verdict: Verdict) -> list[str]:
    """Return by number of steps what tolerance would pass in all episodes, for each leaf that erred; a number that repeats is left out."""
    lines: list[str] = []
    for path, entry in verdict.coverage.fields.items():
        rising = {_round_up(error): int(steps) for steps, error in reversed(entry.errors_within.items()) if error > 0}
        texts = [f"{tolerance} for {counted(steps, 'step')}" for tolerance, steps in reversed(rising.items())]
        if texts:
            lines += _row("" if lines else "tolerance", f"{path}: {', '.join(texts)}")
    return lines[:8]


def _round_up(number: float) -> str:
    """Return a number that is not below `number`, and above it by a twentieth at most: of two digits, of three where it must."""
    if number == 0 or not math.isfinite(number):
        return str(number)
    for digits in (2, 3):
        up = Decimal(f"{number:.{digits - 1}e}")
        if float(up) < number:
            up = Context(prec=digits).next_plus(up)
        if float(up) <= _NEAR * number:
            break
    return f"{float(up):.{digits}g}"


def parting_text(counterexample: Counterexample) -> str:
    """Return in a few words what parts, and when."""
    leading = counterexample.divergence.leading
    return f"{one_line(leading.path, 120) or leading.kind} at step {counterexample.divergence.step_index}"


def counterexample_lines(counterexample: Counterexample, level: str) -> list[str]:
    """Return one counterexample: where it parts, both sides before and after, how it was shrunk, and how to rerun it."""
    divergence = counterexample.divergence
    leading = divergence.leading
    flaky = f"  FLAKY: recurred {counterexample.recurrence[0]} of {counterexample.recurrence[1]} times" if counterexample.flaky else ""
    where = f"episode {divergence.episode}  step {divergence.step_index}  (kind: {leading.kind})"
    lines = [f"{_INDENT}{one_line(counterexample.name)}  {level}  {where}{flaky}"]
    indent = _INDENT * 2
    if counterexample.before is not None:
        lines += _before_lines(counterexample, indent)
    else:
        lines += _start_lines(counterexample, indent)
    episode = counterexample.script.episodes[-1]
    if divergence.step_index and episode.actions and episode.actions[-1] is not None:
        lines += _row("action", value_text(episode.actions[-1]), indent)
    lines += _after_lines(divergence.differences, indent)
    lines += _shrink_lines(counterexample, indent)
    for label, text in cause_words(counterexample):
        lines += _row(label, text, indent)
    if counterexample.file:
        file = shlex.quote(counterexample.file)
        lines += _row("rerun", f"equivcheck replay {file}", indent)
        lines += _row("view", f"equivcheck show   {file}", indent)
    elif {action is None for one in counterexample.script.episodes for action in one.actions} != {True}:
        lines += _row("script", printable(json.dumps(script_to_json(counterexample.script)), 600), indent)
    return lines


def _before_lines(counterexample: Counterexample, indent: str) -> list[str]:
    assert counterexample.before is not None
    parting = [difference.path for difference in counterexample.divergence.differences if difference.path]
    both = [{field_of(path) for path in tree_lines(side)} for side in counterexample.before]
    fields = [name for name in _TELLING if name in both[0] & both[1]]
    before = [_picked(side, parting, fields) for side in counterexample.before]
    if before[0] == before[1]:
        return _row("before", f"both       {before[0]}", indent) if before[0] else []
    lines = _row("before", f"reference  {before[0]}", indent)
    return lines + _row("", f"target     {before[1]}", indent)


def _start_lines(counterexample: Counterexample, indent: str) -> list[str]:
    """Return what a script without actions begins with: the state it loads, or where a side gives up at once, what the other shows."""
    parting = [difference.path for difference in counterexample.divergence.differences if difference.path]
    given = counterexample.script.episodes[-1].start
    if given is not MISSING:
        return _row("start", _picked({"state": given}, parting), indent)
    if parting:
        return []
    shown = [(side, _picked(tree, [])) for side, tree in zip(_SIDES, counterexample.after, strict=True) if tree is not None]
    return [line for side, text in shown if text for line in _row("start", f"{side:<9}  {text}", indent)]


def _picked(tree: Value, parting: list[str], fields: Sequence[str] = _TELLING) -> str:
    """Return leaves of the first of some fields that is there: those that part, then those beside them, then the others."""
    whole = tree_lines(tree, 80)
    field = next((name for name in fields if any(field_of(path) == name for path in whole)), None)
    texts = {path: text for path, text in whole.items() if field_of(path) == field}
    most = _BEFORE_MAX if parting else 2 * _BEFORE_MAX
    shown = nearest_first(texts, parting)
    return "  ".join(f"{path} = {texts[path]}" for path in shown[:most]) + (" ..." if len(shown) > most else "")


def _after_lines(differences: tuple[Difference, ...], indent: str) -> list[str]:
    lines: list[str] = []
    shown = differences if len(differences) <= _DIFFERENCES_MAX + 1 else differences[:_DIFFERENCES_MAX]
    for difference in shown:
        if difference.kind in ANSWERS:
            lines += _row("after" if not lines else "", one_line(difference.words), indent)
            continue
        name = f"{difference.path} = " if difference.path else ""
        apart = ""
        if difference.distance and not _names_something(difference):
            passing = f"{difference.allowed:.3g} allowed, {_round_up(difference.distance)} would pass"
            apart = f"   off by {number_text(difference.distance)}; {passing}"
        words = f"   ({one_line(difference.words)})" if difference.words else ""
        lines += _row("after" if not lines else "", f"reference  {name}{leaf_text(difference.reference)}", indent)
        lines += _row("", f"target     {name}{leaf_text(difference.target)}{apart}{words}", indent)
    if len(shown) < len(differences):
        rest = listed(dict.fromkeys(generalise(difference.path) for difference in differences[len(shown) :]))
        lines += _row("", f"and {len(differences) - len(shown)} more: {rest}", indent)
    return lines


def _names_something(difference: Difference) -> bool:
    """Return whether two whole numbers, compared exactly, are too far apart to be amounts: identities, or a generator's state."""
    whole = isinstance(difference.reference, int) and isinstance(difference.target, int)
    return whole and not difference.allowed and difference.distance is not None and difference.distance >= _APART_MAX


def _shrink_lines(counterexample: Counterexample, indent: str) -> list[str]:
    lines: list[str] = []
    shrink = counterexample.shrink
    if shrink is not None:
        less = f"{counted(shrink.actions_before, 'action')} -> {shrink.actions_after}"
        if shrink.episodes_before > 1:
            sizes = ((shrink.episodes_before, shrink.actions_before), (shrink.episodes_after, shrink.actions_after))
            less = " -> ".join(_size_text(*size) for size in sizes)
        text = f"{less} in {counted(shrink.replays, 'replay')}, {shrink.seconds:.1f} s"
        done = [text] if shrink.replays or shrink.actions_before else []
        lines += _row("shrunk", "; ".join([*done, *shrink.notes]), indent) if done or shrink.notes else []
    if counterexample.cluster_count > 1:
        parts = ", ".join(f"{path} in {count:,}" for path, count in counterexample.clusters)
        alike = f"; of these {parts}: shrunk they are the same" if parts else ""
        lines += _row("seen", f"in {counterexample.cluster_count:,} episodes{alike}", indent)
    return lines


def _size_text(episodes: int, actions: int) -> str:
    return (f"{counted(episodes, 'episode')}, " if episodes > 1 else "") + counted(actions, "action")
