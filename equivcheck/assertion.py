"""One check as an assertion, for plain tests."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

from equivcheck.backends.opening import Opening
from equivcheck.errors import SpecError
from equivcheck.model.contract import spec_from_mapping
from equivcheck.model.spec import PairSpec, Spec
from equivcheck.model.verdict import Outcome, PairReport, Report
from equivcheck.pair import Budget
from equivcheck.reports.text import render_text
from equivcheck.runner import Run, check_pair

SideGiven: TypeAlias = str | Callable[[], Any]


def assert_equivalent(
    reference: SideGiven,
    target: SideGiven,
    *,
    spec: Spec | Mapping[str, Any] | None = None,
    levels: Sequence[str] = (),
    episodes: int | None = None,
    mode: str = "",
    seed: int | None = None,
    name: str = "",
    save: bool | None = None,
) -> Report:
    """Check a target against a reference, and return the report if they are EQUIVALENT.

    A side is an address, as on the command line, or a function without arguments that makes an environment. `spec` has the keys
    of a `[pair.NAME]` table, addresses aside; `levels`, `mode` and `seed` override it, and `episodes` is for each driver of a
    rollout. With `save`, counterexamples are written under `.equivcheck/` of the current folder, as `equivcheck check` does, and
    the error ends with the commands that replay and show them; None: where both sides are addresses.

    Raises: AssertionError with what differs, or with why that could not be decided; SpecError where an argument makes no sense.
    """
    __tracebackhide__ = True
    sides = {"reference": reference, "target": target}
    factories = {side: given for side, given in sides.items() if not isinstance(given, str)}
    save = not factories if save is None else save
    if save and factories:
        raise SpecError("save=True needs addresses on both sides: a function of this process cannot be played again from a file")
    addresses = {side: given if isinstance(given, str) else f"object:{side}" for side, given in sides.items()}
    given_spec = _overridden(spec, levels, mode, seed)
    pair = PairSpec(name or f"{_label(reference)} against {_label(target)}", addresses["reference"], addresses["target"], given_spec)
    budget = Budget(given_spec.seed, episodes, datetime.date.today())
    checked = check_pair(pair, Run(Opening(Path.cwd(), factories), budget, save=save, replay=False))
    report = Report((checked,))
    if report.interrupted:
        raise KeyboardInterrupt
    if report.outcome is not Outcome.EQUIVALENT:
        raise AssertionError(failing_text(checked))
    return report


def _label(side: SideGiven) -> str:
    return side if isinstance(side, str) else str(getattr(side, "__qualname__", type(side).__name__))


def _overridden(spec: Spec | Mapping[str, Any] | None, levels: Sequence[str], mode: str, seed: int | None) -> Spec:
    """Return the Spec with what overrides it. Raises: SpecError for a level or mode that is not there."""
    whole = spec if isinstance(spec, Spec) else spec_from_mapping(spec or {})
    given = {"levels": list(levels), "mode": mode, "seed": seed}
    wanted = spec_from_mapping({key: value for key, value in given.items() if value not in ([], "", None)}, "assert_equivalent")
    if levels:
        whole = replace(whole, levels=wanted.levels)
    if mode:
        whole = replace(whole, mode=mode, start=None, draws=None, resync=None)
    return whole if seed is None else replace(whole, seed=wanted.seed)


def failing_text(report: PairReport) -> str:
    """Return the text report of what is not EQUIVALENT in it."""
    failing = tuple(verdict for verdict in report.levels if verdict.outcome is not Outcome.EQUIVALENT)
    return render_text(Report((replace(report, levels=failing, not_run=()),)))
