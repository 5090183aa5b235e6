"""Lists without order, and lists matched by key: rewritten on both sides before anything is compared."""

from __future__ import annotations

import json
from operator import itemgetter
from typing import Any

import numpy as np

from equivcheck.comparison.leaves import differ
from equivcheck.model.columns import Columns, columnise, unflatten
from equivcheck.model.paths import extend_path, field_of, parse_path, path_text
from equivcheck.model.spec import FieldRule, Spec
from equivcheck.model.values import Array, Value, canonical, flatten, to_json

_PAIRED_MAX = 64  # items; in longer lists those that are not bit-equal stay where the order of their texts puts them


def rearrange(reference: Columns, target: Columns, spec: Spec) -> tuple[Columns, Columns, list[str]]:
    """Return the columns of both sides with every `set`, `bag` and `keyed` list in a canonical form, and the patterns used on each.

    Where the Spec has tolerances, items that agree within them stand in one place, as far as they can be paired off.
    """
    if not any(_unordered(rule) for rule in spec.fields):
        return reference, target, []
    sides = (reference, target)
    tops = dict.fromkeys(field_of(path) for columns in sides for path in columns if _governing(path, spec) is not None)
    used: tuple[set[str], set[str]] = (set(), set())
    results: list[Columns] = [{path: column for path, column in columns.items() if field_of(path) not in tops} for columns in sides]
    for top in tops:
        rows = [_rows(columns, top, spec, found) for columns, found in zip(sides, used, strict=True)]
        if all(rows) and any(_loose(rule) for rule in spec.fields):
            paired = [_pair_off(a, b, "", spec) for a, b in zip(*rows, strict=True)]
            rows = [[pair[side] for pair in paired] for side in (0, 1)]
        for result, trees in zip(results, rows, strict=True):
            result.update(columnise(trees) if trees else {})
    return results[0], results[1], [*used[0], *used[1]]


def _rows(columns: Columns, top: str, spec: Spec, used: set[str]) -> list[Value]:
    """Return one field of every row as trees, each list in its canonical order; nothing where the side has no such field."""
    below = {path: column for path, column in columns.items() if field_of(path) == top}
    count = len(next(iter(below.values()))) if below else 0
    rows = [unflatten({path: column.leaf(row) for path, column in below.items()}) for row in range(count)]
    return [_canonical_order(row, "", spec, used) for row in rows]


def _loose(rule: FieldRule) -> bool:
    return bool(rule.atol or rule.rtol or rule.ulps or rule.nan == "equal" or rule.dtype == "any")


def _pair_off(a: Value, b: Value, path: str, spec: Spec) -> tuple[Value, Value]:
    """Return two trees with the items of their bags and sets in such orders that those which agree stand in one place."""
    if isinstance(a, dict) and isinstance(b, dict):
        pairs = {key: _pair_off(a[key], b[key], extend_path(path, key), spec) for key in a if key in b}
        return a | {key: one for key, (one, _) in pairs.items()}, b | {key: other for key, (_, other) in pairs.items()}
    both_arrays = isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and a.ndim == b.ndim
    if not both_arrays and not (isinstance(a, list) and isinstance(b, list)):
        return a, b
    rule = spec.rule_for(path) if path else None
    if rule is not None and (rule.set or rule.bag) and len(a) <= _PAIRED_MAX >= len(b):
        left, right = _pair_items(list(a), list(b), path, rule, spec)
        return (_like(a, left), _like(b, right)) if both_arrays else (left, right)
    if both_arrays:
        return a, b
    common = [_pair_off(x, y, extend_path(path, index), spec) for index, (x, y) in enumerate(zip(a, b, strict=False))]
    return [x for x, _ in common] + a[len(common) :], [y for _, y in common] + b[len(common) :]


def _pair_items(a: list[Value], b: list[Value], path: str, rule: FieldRule, spec: Spec) -> tuple[list[Value], list[Value]]:
    """Pair as many items as can be, by augmenting paths; in a set, what agrees with an item that has its partner is one more of it."""
    near = [[index for index, y in enumerate(b) if _agree(x, y, extend_path(path, 0), spec)] for x in a]
    partner: dict[int, int] = {}  # of an item of b, the item of a

    def settle(x: int, tried: set[int]) -> bool:
        for y in near[x]:
            if y not in tried:
                tried.add(y)
                if y not in partner or settle(partner[y], tried):
                    partner[y] = x
                    return True
        return False

    for x in range(len(a)):
        settle(x, set())
    pairs = [_pair_off(a[x], b[y], extend_path(path, 0), spec) for y, x in sorted(partner.items(), key=itemgetter(1))]
    reached = {y for places in near for y in places}
    spare_a = [item for x, item in enumerate(a) if x not in partner.values() and not (rule.set and near[x])]
    spare_b = [item for y, item in enumerate(b) if y not in partner and not (rule.set and y in reached)]
    return [one for one, _ in pairs] + spare_a, [other for _, other in pairs] + spare_b


def _agree(x: Any, y: Any, path: str, spec: Spec) -> bool:
    one, other = (flatten(canonical(item), path) for item in _pair_off(x, y, path, spec))
    return one.keys() == other.keys() and all(differ(at, one[at], other[at], spec.rule_for(at)) is None for at in one)


def _like(array: Array, items: list[Any]) -> Array:
    return np.array(items, array.dtype).reshape(len(items), *array.shape[1:])


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
    return _like(value, items) if isinstance(value, np.ndarray) else items


def _sort_key(item: Any) -> tuple[str, str]:
    """Order by what an item holds, then by its type: a list and an array may hold the same."""
    plain = item.tolist() if isinstance(item, (np.ndarray, np.generic)) else to_json(item)
    typed = to_json(item) if isinstance(item, np.ndarray) else ""
    return json.dumps(plain, sort_keys=True), json.dumps(typed, sort_keys=True)


def _by_key(items: Value, key: str) -> Value:
    """Return a dict of the items by the text of their `key`; items without it keep their place in the name."""
    keyed: dict[str, Value] = {}
    for index, item in enumerate(items):
        name = str(item[key]) if isinstance(item, dict) and key in item else f"(no {key}: {index})"
        while name in keyed:
            name += "'"
        keyed[name] = item
    return keyed
