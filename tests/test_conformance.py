"""The laws of an adapter: what is declared is held against what comes; and hints at what was probably meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from equivcheck.backends.opening import wrap
from equivcheck.cli import main
from equivcheck.conformance import examine, hint_at_names
from equivcheck.conformance.declarations import complain_of_fields
from equivcheck.conformance.hints import hint_at
from equivcheck.errors import AdapterError
from equivcheck.model.columns import columnise
from equivcheck.model.request import FULL, FieldDeclaration
from equivcheck.model.script import Episode
from equivcheck.model.trace import Run, Trace
from equivcheck.recording import Tape, TapedRandomState


class Misnamed:
    """It calls its fields as others do."""

    actions = 2

    def reset(self, seed: int) -> dict[str, Any]:
        return {"observation": 0, "events": [], "done": False}

    def step(self, action: int) -> dict[str, Any]:
        return {**self.reset(0), "rewards": 0.5, "wind": 1}


FLOAT, INT, TEXT = (FieldDeclaration(kind, optional=True) for kind in ("float", "int", "text"))
QUEUE = {"state.queue[*].at": FLOAT, "state.queue[*].floor": INT, "state.queue[*].name": TEXT}
CALL = {"at": 0.5, "floor": 3, "name": "up"}


def complaint(declared: Mapping[str, FieldDeclaration], steps: Sequence[Any]) -> str:
    return complain_of_fields(Trace((), (Run(0, 0, 0, len(steps)),), columnise([dict(step) for step in steps])), declared)


@pytest.mark.parametrize("queues", [[[], [CALL]], [[CALL, CALL], []], [[], []]])
def test_an_empty_list_is_covered_by_what_is_declared_of_its_items(queues: list[Any]) -> None:
    steps = [{"state": {"queue": queue}} for queue in queues]
    assert complaint(QUEUE, steps) == ""
    assert complaint({**QUEUE, "state.queue": TEXT}, steps) == complaint({"state.queue": TEXT, **QUEUE}, steps) == ""


def test_an_empty_map_is_covered_by_what_is_declared_of_its_keys() -> None:
    steps = [{"state": {"calls": {}}}, {"state": {"calls": {"up": 3}}}]
    assert complaint({"state.calls.*": INT}, steps) == ""
    assert complaint({"**.up": INT}, steps) == ""


@pytest.mark.parametrize("pattern", ["state.queue[*].at", "state.line.*", "state.lines[*]", "obs"])
def test_an_empty_container_of_which_nothing_is_declared_is_a_stranger(pattern: str) -> None:
    words = complaint({pattern: INT}, [{"state": {"line": []}}, {"state": {"line": []}}])
    assert words == 'state.line comes and is not declared: declare "state.line", or what it lies in'


def test_a_leaf_that_is_not_always_empty_is_a_stranger_in_the_place_of_a_list() -> None:
    assert complaint({"state.queue[*]": INT}, [{"state": {"queue": []}}, {"state": {"queue": "none"}}]).startswith("state.queue comes")
    words = complaint({"state.queue[*].at": FLOAT}, [{"state": {"queue": [CALL]}}])
    assert words == 'state.queue[0].floor comes and is not declared: declare "state.queue[*].floor", or what it lies in'


def test_draws_need_no_declaration() -> None:
    steps = [{"obs": 1, "draws": [{"site": "dig", "key": "", "domain": {"kind": "integers", "low": 0, "high": 2}, "value": 1}], "draw": 1}]
    words = complaint({"obs": FieldDeclaration("int")}, steps)
    assert words == 'draw comes and is not declared: declare "draw", or what it lies in'


def test_the_more_literal_declaration_counts_in_either_order_and_the_last_of_equals() -> None:
    steps = [{"state": {"floor": 3, "speed": 0.5}}] * 2
    assert complaint({"state.*": FLOAT, "state.floor": INT}, steps) == ""
    assert complaint({"state.floor": INT, "state.*": FLOAT}, steps) == ""
    assert complaint({"state.*": FLOAT}, steps) == "state.floor is declared float and comes as int"
    assert complaint({"state.floor": FLOAT, "state.*": INT}, steps) == "state.floor is declared float and comes as int"
    assert complaint({"**.floor": FLOAT, "*.floor": INT, "state.speed": FLOAT}, steps) == ""


def test_what_is_declared_comes_in_its_form_unless_it_is_optional() -> None:
    always = FieldDeclaration("array", "float32", (2,))
    steps = [{"obs": np.zeros(2, np.float32)}, {"obs": np.zeros(2, np.float32)}]
    assert complaint({"obs": always}, steps) == ""
    assert complaint({"obs": always}, [{"obs": np.zeros(2)}] * 2) == "obs is declared float32[2] and comes as float64[2]"
    assert complaint({"obs": always}, [{"obs": np.zeros(3, np.float32)}] * 2) == "obs is declared float32[2] and comes as float32[3]"
    assert complaint({"obs": always, "reward": FieldDeclaration("float")}, steps).startswith(
        "reward is declared and never comes; declare it"
    )
    late = [{"obs": steps[0]["obs"], "reward": 1.0}, {"obs": steps[0]["obs"], "reward": 1.0}, {"reward": 1.0}]
    assert complaint({"obs": always, "reward": FLOAT}, late).startswith("obs is declared, and missing on some Steps")


def test_a_field_that_is_nearly_one_with_a_meaning_draws_a_hint() -> None:
    hints = hint_at_names(wrap(Misnamed, "misnamed"))
    assert [(hint.split("`")[1], hint.split('"')[1]) for hint in hints] == [
        ("observation", "obs"),
        ("done", "terminated"),
        ("rewards", "reward"),
    ]
    assert hint_at(["obs", "reward", "rewards", "terminated", "done", "events", "phases", "draws", "wind"]) == []


def test_conform_shows_the_hints_and_breaks_nothing_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parent.parent)
    conformed = CliRunner().invoke(main, ["conform", "python:tests.test_conformance:Misnamed"])
    assert conformed.exit_code == 0, conformed.output
    assert '  note    `done` is a field of its own, which has no meaning beyond its value (did you mean "terminated"?)' in conformed.output


def test_a_reset_without_a_seed_is_told_how_to_take_it() -> None:
    class Seedless(Misnamed):
        def reset(self) -> dict[str, Any]:  # type: ignore[override]
            return {"obs": 0}

    class Whole(Misnamed):
        def reset(self, seed: int, options: Any) -> dict[str, Any]:  # type: ignore[override]
            return {"obs": 0}

    assert wrap(Whole, "whole").reset([0], [Episode(0)], FULL).step_count == 1
    with pytest.raises(AdapterError, match=r"^reset of Seedless must take the seed: def reset\(self, seed\)$"):
        wrap(Seedless, "seedless")


class Drifting:
    """A boat that a current carries one way; the wind, which is not in its state, is drawn."""

    actions = 2
    kept = ("at", "current")

    def __init__(self) -> None:
        self.tape = Tape()

    def reset(self, seed: int) -> dict[str, Any]:
        self.random = TapedRandomState([seed % 2**32, seed // 2**32], self.tape)
        self.at, self.current = 0, int(self.random.randint(9))
        return self.seen()

    def step(self, action: int) -> dict[str, Any]:
        self.at += action * self.current + int(self.random.randint(100))
        return {**self.seen(), "reward": 0.0}

    def seen(self) -> dict[str, Any]:
        return {"obs": self.at, "terminated": self.at > 400}

    def state(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.kept}

    def load(self, state: Mapping[str, Any]) -> dict[str, Any]:
        vars(self).update(state)
        return self.seen()

    def draws(self) -> Any:
        return self.tape.take()

    def feed(self, records: Any) -> None:
        self.tape.feed(records)


class Forgetful(Drifting):
    kept = ("at",)


@pytest.mark.parametrize(("boat", "holds"), [(Drifting, True), (Forgetful, False)])
def test_a_state_need_not_hold_what_a_tape_does_and_nothing_else_may_miss(boat: type, holds: bool) -> None:
    found = {one.law: one.complaint for one in examine(wrap(boat, "boat"))}
    assert found["a_loaded_state_is_shown_again"] == ""
    assert (found["a_loaded_state_continues_the_same"] == "") is holds
