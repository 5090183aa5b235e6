"""Draws by where they are made and whom they concern, since two programs need not make them in one order."""

from __future__ import annotations

from typing import Any

from equivcheck.errors import ProtocolError
from equivcheck.model.columns import Columns, columnise, row_tree
from equivcheck.model.paths import field_of, parse_path
from equivcheck.model.values import MISSING, Array

DRAWS = "draws"


def by_site(columns: Columns, step_zero: Array) -> Columns:
    """Return the columns with the `draws` of each Step as a map of site to key to its records, in order; without any, and at Step 0, none.

    Raises: ProtocolError where a record is none.
    """
    drawn = {path: column for path, column in columns.items() if field_of(path) == DRAWS}
    if not drawn:
        return columns
    rows = (row_tree(drawn, row).get(DRAWS, []) for row in range(len(step_zero)))
    maps: list[object] = [(not zero and _arranged(row)) or MISSING for row, zero in zip(rows, step_zero.tolist(), strict=True)]
    others = {path: column for path, column in columns.items() if path not in drawn}
    return others if all(each is MISSING for each in maps) else {**others, **columnise(maps, DRAWS)}


def is_value(path: str) -> bool:
    """Return whether a path of `by_site` is that of a drawn value."""
    segments = parse_path(path)
    return len(segments) > 4 and segments[0] == DRAWS and segments[4] == "value"


def _arranged(records: Any) -> dict[str, Any]:
    sites: dict[str, Any] = {}
    for record in records if isinstance(records, list) else [records]:
        if not isinstance(record, dict) or record.keys() != {"site", "key", "domain", "value"}:
            raise ProtocolError(f"`draws` holds records of site, key, domain and value, not {str(record)[:80]}")
        site = sites.setdefault(str(record["site"]), {})
        site.setdefault(str(record["key"]), []).append({"domain": record["domain"], "value": record["value"]})
    return sites
