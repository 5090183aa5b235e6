"""What is named inside the Step that parts first, and what parts after a draw did."""

from __future__ import annotations

from typing import Any

import pytest

from equivcheck.comparison import compare
from equivcheck.model.divergence import Divergence
from equivcheck.model.values import MISSING
from tests.comparison.tables import spec, trace


def parting(left: list[Any], right: list[Any], **how: Any) -> Divergence:
    (divergence,) = compare(trace(left), trace(right), spec(), **how).divergences
    return divergence


def draw(site: str, value: int, key: str = "") -> dict[str, Any]:
    return {"site": site, "key": key, "domain": {"low": 0, "high": 6}, "value": value}


@pytest.mark.parametrize(
    ("field", "left", "right", "named"),
    [
        ("events", ["|move|a", "|-damage|b|3"], ["|move|a", "|-damage|b|4"], ("event", "-damage", "|-damage|b|3", "|-damage|b|4")),
        (
            "events",
            [{"type": "hit", "by": 1}, {"type": "faint"}],
            [{"type": "hit", "by": 1}],
            ("event", "faint", {"type": "faint"}, MISSING),
        ),
        ("events", ["a"], ["a", "-heal: 3"], ("event", "-heal", MISSING, "-heal: 3")),
        ("phases", {"move": {"hp": 3}, "end": {"hp": 1}}, {"move": {"hp": 3}, "end": {"hp": 2}}, ("phase", "end", {"hp": 1}, {"hp": 2})),
        ("phases", {"b": {"x": 1}, "a": {"x": 1}}, {"b": {"x": 2}, "a": {"x": 2}}, ("phase", "b", {"x": 1}, {"x": 2})),
        ("draws", [draw("ice", 1), draw("wind", 2)], [draw("ice", 1), draw("wind", 3)], ("draw", "wind", draw("wind", 2), draw("wind", 3))),
        ("draws", [draw("wind", 2)], [draw("ice", 1), draw("wind", 2)], ("draw", "ice", draw("wind", 2), draw("ice", 1))),
        ("draws", [draw("ice", 1), draw("wind", 2)], [draw("wind", 2)], ("draw", "ice", draw("ice", 1), draw("wind", 2))),
        ("draws", [draw("ice", 1)], [], ("draw", "ice", draw("ice", 1), MISSING)),
    ],
)
def test_the_first_that_differs_is_named(field: str, left: Any, right: Any, named: tuple[Any, ...]) -> None:
    empty: Any = {} if field == "phases" else []
    found = parting([{field: empty, "state": 0}, {field: left, "state": 1}], [{field: empty, "state": 0}, {field: right, "state": 1}])
    assert [(one.kind, one.name, one.reference, one.target) for one in found.inside] == [named]


def test_draws_phases_and_events_are_named_in_this_order_and_where_they_agree_not_at_all() -> None:
    left = {"state": 1, "events": ["hit"], "phases": {"a": {"x": 1}}, "draws": [draw("ice", 1)]}
    right = {"state": 2, "events": ["miss"], "phases": {"a": {"x": 2}}, "draws": [draw("ice", 2)]}
    assert [one.kind for one in parting([{}, left], [{}, right]).inside] == ["draw", "phase", "event"]
    assert parting([{}, left], [{}, {**left, "state": 2}]).inside == ()


def test_draws_of_a_tape_are_named_by_their_site() -> None:
    left, right = {"draws": [draw("ice", 1, "a"), draw("wind", 2)]}, {"draws": [draw("ice", 1, "a")]}
    found = parting([{"draws": []}, left], [{"draws": []}, right], taped=True)
    assert [(one.kind, one.name) for one in found.inside] == [("draw", "wind")]
    assert found.cluster[-1] == "draw wind"


def test_what_parts_after_a_draw_did_is_told_with_it() -> None:
    left = [{"state": n, "obs": n, "draws": [draw("exploit", n)]} for n in range(6)]
    right = [dict(row) for row in left]
    right[2] = {**right[2], "draws": [draw("exploit", 5)]}
    right[4] = {**right[4], "state": 9, "obs": 9}
    found = parting(left, right)
    assert (found.step_index, found.leading.kind) == (2, "draw")
    assert found.then == ("state", 4)
    right[2] = {**right[2], "state": 9}
    assert parting(left, right).then is None  # the state parts with the draw
