"""The JSON Schema of the JSON report."""

from __future__ import annotations

import dataclasses
from typing import Any, get_args

from equivcheck.model.cause import Suspect
from equivcheck.model.divergence import Kind
from equivcheck.model.verdict import FieldCount, Outcome

_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}
_NUMBER = {"type": "number"}
_TEXTS = {"type": "array", "items": _TEXT}
_COUNTS = {"type": "object", "additionalProperties": _COUNT}
_INSIDE_KINDS = ["component", "draw", "phase", "event"]
_VERDICT = {"enum": [outcome.value for outcome in Outcome]}
_NON_FINITE = {"type": "object", "properties": {"$float": {"enum": ["nan", "inf", "-inf"]}}, "required": ["$float"]}
_MEASURED = {"anyOf": [{"type": "number"}, _NON_FINITE]}
_FIELD_COUNTS = {
    "int": _COUNT,
    "bool": {"type": "boolean"},
    "float": _MEASURED,
    "dict[str, float]": {"type": "object", "additionalProperties": _NUMBER},
}


def report_schema() -> dict[str, Any]:
    """Return the schema as plain JSON (draft 7). Values from the sides are free in it: they are what `to_json` makes of them."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "equivcheck report",
        "definitions": {"counterexample": _counterexample()},
        **_record(
            {"format": {"const": "equivcheck report 1"}, "verdict": _VERDICT, "interrupted": {"type": "boolean"}, "pairs": _list(_pair())}
        ),
    }


def _record(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _pair() -> dict[str, Any]:
    known = {"name": _TEXT, "version": _TEXT, "environment": _TEXT, "capabilities": _TEXTS, "lanes": _COUNT}
    side = {"type": "object", "properties": {"address": _TEXT, **known}, "required": ["address"], "additionalProperties": False}
    level = {
        "level": _TEXT,
        "verdict": _VERDICT,
        "reason": _TEXT,
        "bound": _TEXT,
        "notes": _TEXTS,
        "seconds": _NUMBER,
        "coverage": _coverage(),
        "counterexamples": _list({"$ref": "#/definitions/counterexample"}),
    }
    pair = {
        "name": _TEXT,
        "verdict": _VERDICT,
        "reference": side,
        "target": side,
        "mode": _TEXT,
        "notes": _TEXTS,
        "broken_laws": _TEXTS,
        "caveat": _TEXT,
        "levels": _list(_record(level)),
        "not_run": _TEXTS,
    }
    return _record(pair)


def _coverage() -> dict[str, Any]:
    field = _record({one.name: _FIELD_COUNTS[str(one.type)] for one in dataclasses.fields(FieldCount)})
    counts = dict.fromkeys(("episodes", "steps", "episodes_skipped", "episodes_diverged"), _COUNT)
    tables = dict.fromkeys(("actions", "loosenings", "flags"), _COUNTS)
    return _record(
        {
            "fields": {"type": "object", "additionalProperties": field},
            **tables,
            **counts,
            "filled": _TEXTS,
            "expired": _TEXTS,
            "impossible": _TEXTS,
        }
    )


def _counterexample() -> dict[str, Any]:
    kind = {"enum": list(get_args(Kind))}
    both = _record({"reference": {}, "target": {}})
    measures = {name: {"anyOf": [_MEASURED, {"type": "null"}]} for name in ("distance", "allowed", "would_pass")}
    difference = _record({"path": _TEXT, "kind": kind, "reference": {}, "target": {}, **measures, "words": _TEXT})
    sizes = dict.fromkeys(("episodes_before", "episodes_after", "actions_before", "actions_after"), _COUNT)
    shrink = _record({**sizes, "replays": _COUNT, "seconds": _NUMBER, "notes": _TEXTS})
    fault = _record({"suspect": {"enum": list(get_args(Suspect))}, "evidence": _TEXTS, "held": _TEXTS})
    return _record(
        {
            "pair": _TEXT,
            "file": _TEXT,
            "rerun": _TEXT,
            "kind": kind,
            "path": _TEXT,
            "episode": _COUNT,
            "step": _COUNT,
            "differences": _list(difference),
            "script": _script(),
            "before": {"anyOf": [both, {"type": "null"}]},
            "after": both,
            "found_at": _record({"episode": _COUNT, "step": _COUNT}),
            "episodes_alike": _COUNT,
            "clusters": _list(_record({"path": _TEXT, "episodes": _COUNT})),
            "recurred": _record({"times": _COUNT, "of": _COUNT}),
            "inside": _list(_record({"kind": {"enum": _INSIDE_KINDS}, "name": _TEXT, "reference": {}, "target": {}})),
            "then": {"anyOf": [_record({"path": _TEXT, "step": _COUNT}), {"type": "null"}]},
            "cluster": _TEXTS,
            "alike": _TEXTS,
            "depends": _TEXTS,
            "distilled": {"enum": ["call", "directed", "rollout"]},
            "call": {"anyOf": [{"$ref": "#/definitions/counterexample"}, {"type": "null"}]},
            "shrink": {"anyOf": [shrink, {"type": "null"}]},
            "nature": {"anyOf": [_nature(), {"type": "null"}]},
            "fault": {"anyOf": [fault, {"type": "null"}]},
        }
    )


def _nature() -> dict[str, Any]:
    measures = {name: {"anyOf": [_NUMBER, {"type": "null"}]} for name in ("error", "ulps", "noise", "growth")}
    return _record({"word": {"enum": ["drift", "defect", ""]}, "sentence": _TEXT, "path": _TEXT, **measures, "steps": _COUNT})


def _script() -> dict[str, Any]:
    properties = {"seed": _COUNT, "options": {"type": "object"}, "start": {}, "actions": {"type": "array"}, "draws": {"type": "array"}}
    episode = {"type": "object", "properties": properties, "required": ["seed", "actions"], "additionalProperties": False}
    return _record({"episodes": {**_list(episode), "minItems": 1}})
