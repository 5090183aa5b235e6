"""Where within a Step two sides part: the first draw, phase and event that differ, by name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal

from equivcheck.comparison.drawn import DRAWS
from equivcheck.model.columns import Columns, row_tree
from equivcheck.model.divergence import Inside
from equivcheck.model.paths import field_of, parse_path
from equivcheck.model.values import MISSING, Missing, Value

_KINDS: Final[Mapping[str, Literal["draw", "phase", "event"]]] = {DRAWS: "draw", "phases": "phase", "events": "event"}
_NAMES = ("site", "type", "event", "kind", "name")  # what says of a record which it is


def inside_of(left: Columns, right: Columns, row: int, bad: Sequence[str]) -> tuple[Inside, ...]:
    """Return the first draw, phase and event of a row among the leaves that differ there; draws may be in a list, or in a map by site."""
    fields = {field_of(path) for path in bad}.intersection(_KINDS)
    shown = [row_tree(columns, row, (*_KINDS,)) for columns in (left, right)] if fields else []
    return tuple(one for field, kind in _KINDS.items() if field in fields for one in _first(field, kind, shown, bad))


def _first(field: str, kind: Literal["draw", "phase", "event"], shown: Sequence[Value], bad: Sequence[str]) -> Iterator[Inside]:
    """Yield the item of a field, list or map, that comes first on the reference of those that hold a leaf that differs."""
    sides = [side.get(field) if isinstance(side, dict) else None for side in shown]
    keys = [path[1] for path in (parse_path(path) for path in bad if field_of(path) == field) if len(path) > 1]
    if not keys:
        return
    order = list(sides[0]) if isinstance(sides[0], dict) else []
    at = min(keys, key=lambda key: key if isinstance(key, int) else order.index(key) if key in order else len(order))
    items = [_item(side, at) for side in sides]
    name = str(at) if isinstance(at, str) else _named(items[1] if _is_one_more(sides, at) else items[0])
    yield Inside(kind, name, *items)


def _is_one_more(sides: Sequence[Value], at: int) -> bool:
    """Return whether the target has a record at a place that the reference lacks: it has none, or what it has there comes next.

    Two records that only changed places are on both sides.
    """
    (own, following), (other, later) = [[_item(side, place) for place in (at, at + 1)] for side in sides]
    if own is MISSING or later is MISSING:
        return own is MISSING
    return _named(own) == _named(later) != _named(other) and (following is MISSING or _named(following) != _named(other))


def _item(items: Value, at: int | str) -> Value | Missing:
    if isinstance(at, str):
        return items.get(at, MISSING) if isinstance(items, dict) else MISSING
    return items[at] if isinstance(items, list) and at < len(items) else MISSING


def _named(item: Value | Missing) -> str:
    """Return what a record of an event or a draw calls itself; of a text its first word, with the marks of a log before it left out."""
    if isinstance(item, dict):
        return next((str(item[key]) for key in _NAMES if key in item), "")
    words = re.search(r"[^\s|:,;(\[{]+", item) if isinstance(item, str) else None
    return words[0] if words else str(item)
