"""Lists without order, and lists matched by key: rewritten on both sides before anything is compared."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import numpy as np

from equivcheck.model.columns import Columns, columnise, unflatten
from equivcheck.model.paths import extend_path, field_of, parse_path, path_text
from equivcheck.model.spec import FieldRule, Spec
from equivcheck.model.values import Value, to_json


def rearrange(columns: Columns, spec: Spec) -> tuple[Columns, set[str]]:
    """Return the columns with every `set`, `bag` and `keyed` list in a canonical form, and the patterns that were used."""
    if not any(_unordered(rule) for rule in spec.fields):
        return columns, set()
    tops = _topmost(path for path in columns if _governing(path, spec) is not None)
    used: set[str] = set()
    rearranged: Columns = {}
    for path, column in columns.items():
        if not any(_below(path, top) for top in tops):
            rearranged[path] = column
    for top in tops:
        below = {path: column for path, column in columns.items() if _below(path, top)}
        count = len(next(iter(below.values())))
        rows = [unflatten({path: column.leaf(row) for path, column in below.items()}) for row in range(count)]
        rows = [_canonical_order(row, "", spec, used) for row in rows]
        rearranged.update(columnise(rows))
    return rearranged, used


def _unordered(rule: FieldRule | None) -> bool:
    return rule is not None and bool(rule.set or rule.bag or rule.keyed)


def _governing(path: str, spec: Spec) -> str | None:
    """Return the outermost container on the way to `path` that an unordering rule governs."""
    segments = parse_path(path)
    for length in range(1, len(segments) + 1):
        container = path_text(segments[:length])
        if _unordered(spec.rule_for(container)):
            return container
    return None


def _topmost(paths: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(field_of(path) for path in paths))


def _below(path: str, top: str) -> bool:
    return field_of(path) == top


def _canonical_order(value: Value, path: str, spec: Spec, used: set[str]) -> Value:
    if isinstance(value, dict):
        return {key: _canonical_order(item, extend_path(path, key), spec, used) for key, item in value.items()}
    if not isinstance(value, (list, np.ndarray)) or (isinstance(value, np.ndarray) and value.ndim == 0):
        return value
    rule = spec.rule_for(path) if path else None
    if isinstance(value, list):
        value = [_canonical_order(item, extend_path(path, index), spec, used) for index, item in enumerate(value)]
    if rule is None or not _unordered(rule):
        return value
    used.add(rule.pattern.text)
    if rule.keyed:
        return _by_key(value, rule.keyed)
    items = sorted(value, key=_sort_key)
    if rule.set:
        items = [item for index, item in enumerate(items) if not index or _sort_key(item) != _sort_key(items[index - 1])]
    return np.array(items, value.dtype).reshape(len(items), *value.shape[1:]) if isinstance(value, np.ndarray) else items


def _sort_key(item: Any) -> str:
    plain = item.tolist() if isinstance(item, (np.ndarray, np.generic)) else to_json(item)
    return json.dumps(plain, sort_keys=True)


def _by_key(items: Value, key: str) -> Value:
    """Return a dict of the items by the text of their `key`; items without it keep their place in the name."""
    keyed: dict[str, Value] = {}
    for index, item in enumerate(items):
        name = str(item[key]) if isinstance(item, dict) and key in item else f"(no {key}: {index})"
        while name in keyed:
            name += "'"
        keyed[name] = item
    return keyed
