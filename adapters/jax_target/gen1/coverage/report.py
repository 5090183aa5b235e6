"""The coverage of a run as text, for a person at a terminal: how often everything was, and last what never was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from . import facts
from .counting import EXECUTED_MIN, LASTING, NEVER_MISS, Tally
from .interactions import GROUPS, RULES

_INDENT = "  "
_LABEL = 11
_WIDTH = 120


def render_coverage(tally: Tally) -> str:
    """Return the report."""
    lacks = tally.lacks()
    lines = [f"COVERAGE  {'complete' if not lacks else f'{len(lacks)} of what is listed not reached'}"]
    lines += _row("seen", f"{tally.battles:,} battles, {tally.steps:,} steps, {tally.truncated:,} battles truncated")
    executed = _reached(tally.executed[move] >= EXECUTED_MIN for move in facts.NUMBERS)
    lines += _row("moves", f"{executed} executed at least {EXECUTED_MIN} times, {_reached(map(tally.hit.__getitem__, facts.NUMBERS))} hit")
    lines += _row("", f"{_reached(map(tally.missed.__getitem__, facts.NUMBERS.keys() - NEVER_MISS))} that can have missed")
    lines += _row("", f"{_reached(map(tally.knocked_out.__getitem__, facts.DAMAGING))} that can have knocked out")
    lines += _row("", f"rarest executed: {_rarest(tally)}")
    lines += _row("species", f"{_reached(tally.species[number] for number in range(1, len(facts.SPECIES)))} were out")
    for label, names in (("statuses", facts.STATUSES[1:]), ("volatiles", LASTING)):
        words = [f"{name} {tally.begun[name]:,}/{tally.ended[name]:,}/{tally.left[name]:,}" for name in names]
        lines += _wrapped(label, ["begun/ended/left:", *words])
    lines += ["", f"{_INDENT}interactions: {_reached(map(tally.interactions.__getitem__, RULES))} fired"]
    for group, rules in GROUPS.items():
        lines += ["", f"{_INDENT}{group}"]
        lines += [f"{_INDENT}{tally.interactions[rule.name]:>9,}  {rule.name:<30}  {rule.sentence}" for rule in rules]
    return "\n".join([*lines, "", *_last(lacks)]) + "\n"


def _reached(each: Iterable[object]) -> str:
    held = [bool(one) for one in each]
    return f"{sum(held)} of {len(held)}"


def _rarest(tally: Tally) -> str:
    rarest = sorted(facts.NUMBERS, key=lambda move: tally.executed[move])[:6]
    return ", ".join(f"{move} x{tally.executed[move]:,}" for move in rarest)


def _row(label: str, text: str) -> list[str]:
    return [f"{_INDENT}{label:<{_LABEL}}{text}"]


def _wrapped(label: str, words: Sequence[str]) -> list[str]:
    lines = [""]
    for word in words:
        if len(lines[-1]) + len(word) > _WIDTH:
            lines.append("")
        lines[-1] += f"{word}, " if word is not words[0] else f"{word} "
    return [line for number, text in enumerate(lines) for line in _row("" if number else label, text.strip(" ,"))]


def _last(lacks: Sequence[str]) -> list[str]:
    if not lacks:
        return [*_row("never", "nothing that is listed")]
    return [line for number, text in enumerate(lacks) for line in _row("" if number else "never", text)]
