"""The report for programs; its schema is `equivcheck schema report`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from equivcheck.model.divergence import Difference, Inside
from equivcheck.model.script import script_to_json
from equivcheck.model.values import MISSING, Missing, Value, to_json
from equivcheck.model.verdict import Counterexample, Coverage, PairReport, Report, Verdict

FORMAT = "equivcheck report 1"


def render_json(report: Report) -> str:
    """Return the report as JSON: `verdict` at the top, then `pairs[].levels[].counterexamples[]`."""
    return json.dumps(report_to_plain(report), indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def report_to_plain(report: Report) -> dict[str, Any]:
    """Return the report as plain JSON data."""
    pairs = [_pair(pair) for pair in report.pairs]
    return {"format": FORMAT, "verdict": report.outcome.value, "interrupted": report.interrupted, "pairs": pairs}


def _pair(pair: PairReport) -> dict[str, Any]:
    return {
        "name": pair.name,
        "verdict": pair.outcome.value,
        "reference": dict(pair.reference),
        "target": dict(pair.target),
        "mode": pair.mode,
        "notes": list(pair.notes),
        "broken_laws": list(pair.conformance),
        "caveat": pair.caveat,
        "levels": [_level(verdict) for verdict in pair.levels],
        "not_run": list(pair.not_run),
    }


def _level(verdict: Verdict) -> dict[str, Any]:
    return {
        "level": verdict.level,
        "verdict": verdict.outcome.value,
        "reason": verdict.reason,
        "bound": verdict.bound,
        "notes": list(verdict.notes),
        "seconds": verdict.seconds,
        "coverage": _coverage(verdict.coverage),
        "counterexamples": [_counterexample(one) for one in verdict.counterexamples],
    }


def _coverage(coverage: Coverage) -> dict[str, Any]:
    plain = asdict(coverage)
    plain["filled"], plain["expired"] = sorted(coverage.filled), sorted(coverage.expired)
    plain["fields"] = {path: _finite(entry) for path, entry in plain["fields"].items()}
    return plain


def _finite(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: to_json(value) for name, value in entry.items()}


def _counterexample(one: Counterexample) -> dict[str, Any]:
    shrink = asdict(one.shrink) if one.shrink is not None else None
    divergence = one.divergence
    return {
        "pair": one.name,
        "file": one.file,
        "rerun": f"equivcheck replay {one.file}" if one.file else "",
        "kind": divergence.leading.kind,
        "path": divergence.leading.path,
        "episode": divergence.episode,
        "step": divergence.step_index,
        "differences": [difference_to_plain(difference) for difference in divergence.differences],
        "script": script_to_json(one.script),
        "before": None if one.before is None else {"reference": to_json(one.before[0]), "target": to_json(one.before[1])},
        "after": {"reference": to_json(one.after[0]), "target": to_json(one.after[1])},
        "found_at": {"episode": one.distilled_from[0], "step": one.distilled_from[1]},
        "episodes_alike": one.cluster_count,
        "clusters": [{"path": path, "episodes": count} for path, count in one.clusters],
        "recurred": {"times": one.recurrence[0], "of": one.recurrence[1]},
        "inside": [_inside(each) for each in divergence.inside],
        "then": None if divergence.then is None else {"path": divergence.then[0], "step": divergence.then[1]},
        "cluster": list(one.key[1:]),
        "alike": list(one.alike),
        "depends": list(one.depends),
        "distilled": one.distilled,
        "call": None if one.call is None else _counterexample(one.call),
        "shrink": shrink,
        "nature": None if one.nature is None else asdict(one.nature),
        "fault": None if one.fault is None else {**asdict(one.fault), "evidence": list(one.fault.evidence), "held": list(one.fault.held)},
    }


def _inside(one: Inside) -> dict[str, Any]:
    return {"kind": one.kind, "name": one.name, "reference": _shown(one.reference), "target": _shown(one.target)}


def _shown(value: Value | Missing) -> Any:
    return {"$missing": True} if value is MISSING else to_json(value)


def difference_to_plain(difference: Difference) -> dict[str, Any]:
    """Return one difference as plain JSON; a missing leaf is `{"$missing": true}`."""
    sides = {"reference": _shown(difference.reference), "target": _shown(difference.target)}
    numbers = {name: to_json(getattr(difference, name)) for name in ("distance", "allowed", "would_pass")}
    return {"path": difference.path, "kind": difference.kind, **sides, **numbers, "words": difference.words}
