"""A JSON report read back, so that it can be shown as it was printed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from equivcheck.model.cause import Fault, Nature
from equivcheck.model.divergence import Difference, Divergence, Inside
from equivcheck.model.script import script_from_json
from equivcheck.model.values import MISSING, Leaf, Missing, from_json
from equivcheck.model.verdict import Counterexample, Coverage, FieldCount, Outcome, PairReport, Report, Shrink, Verdict


def report_from_plain(plain: Mapping[str, Any]) -> Report:
    """Return the report that `report_to_plain` made `plain` of. Raises: KeyError, TypeError or ValueError where it did not."""
    return Report(tuple(_pair(pair, bool(plain["interrupted"])) for pair in plain["pairs"]))


def _pair(plain: Mapping[str, Any], interrupted: bool) -> PairReport:
    return PairReport(
        str(plain["name"]),
        dict(plain["reference"]),
        dict(plain["target"]),
        str(plain["mode"]),
        tuple(_level(level, interrupted) for level in plain["levels"]),
        _texts(plain["not_run"]),
        _texts(plain["notes"]),
        _texts(plain["broken_laws"]),
        str(plain["caveat"]),
    )


def _level(plain: Mapping[str, Any], interrupted: bool) -> Verdict:
    return Verdict(
        str(plain["level"]),
        Outcome(plain["verdict"]),
        str(plain["reason"]),
        _coverage(plain["coverage"]),
        tuple(map(_counterexample, plain["counterexamples"])),
        str(plain["bound"]),
        _texts(plain["notes"]),
        float(plain["seconds"]),
        interrupted,
    )


def _coverage(plain: Mapping[str, Any]) -> Coverage:
    counts = {path: {name: from_json(value) for name, value in entry.items()} for path, entry in plain["fields"].items()}
    fields = {path: FieldCount(**entry) for path, entry in counts.items()}
    sets = {name: set(plain[name]) for name in ("filled", "expired")}
    return Coverage(**{**plain, **sets, "fields": fields, "impossible": _texts(plain["impossible"])})


def _counterexample(plain: Mapping[str, Any]) -> Counterexample:
    differences = tuple(map(_difference, plain["differences"]))
    before, after, shrink = (plain[name] for name in ("before", "after", "shrink"))
    return Counterexample(
        str(plain["pair"]),
        script_from_json(plain["script"]),
        _divergence(plain, differences),
        None if before is None else (from_json(before["reference"]), from_json(before["target"])),
        (from_json(after["reference"]), from_json(after["target"])),
        shrink=None if shrink is None else Shrink(**{**shrink, "notes": _texts(shrink["notes"])}),
        cluster_count=int(plain["episodes_alike"]),
        clusters=tuple((str(cluster["path"]), int(cluster["episodes"])) for cluster in plain["clusters"]),
        recurrence=(int(plain["recurred"]["times"]), int(plain["recurred"]["of"])),
        cluster=_texts(plain["cluster"]),
        alike=_texts(plain["alike"]),
        depends=_texts(plain["depends"]),
        call=None if plain["call"] is None else _counterexample(plain["call"]),
        file=str(plain["file"]),
        nature=None if plain["nature"] is None else Nature(**plain["nature"]),
        fault=None if (fault := plain["fault"]) is None else Fault(fault["suspect"], _texts(fault["evidence"]), _texts(fault["held"])),
    )


def _divergence(plain: Mapping[str, Any], differences: tuple[Difference, ...]) -> Divergence:
    inside = tuple(Inside(one["kind"], str(one["name"]), _leaf(one["reference"]), _leaf(one["target"])) for one in plain["inside"])
    then = None if plain["then"] is None else (str(plain["then"]["path"]), int(plain["then"]["step"]))
    return Divergence(0, int(plain["episode"]), int(plain["step"]), differences, inside=inside, then=then)


def _difference(plain: Mapping[str, Any]) -> Difference:
    numbers = {name: from_json(plain[name]) for name in ("distance", "allowed", "would_pass")}
    return Difference(
        str(plain["path"]), plain["kind"], _leaf(plain["reference"]), _leaf(plain["target"]), words=str(plain["words"]), **numbers
    )


def _leaf(plain: Any) -> Leaf | Missing:
    leaf: Leaf | Missing = MISSING if plain == {"$missing": True} else from_json(plain)
    return leaf


def _texts(plain: Any) -> tuple[str, ...]:
    return tuple(map(str, plain))
