from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from equivcheck.backends.opening import Opening
from equivcheck.backends.viewed import rename
from equivcheck.cli.drafts import contract_text
from equivcheck.model.contract import read_contract
from equivcheck.model.spec import FieldRule
from equivcheck.pair import Side
from equivcheck.proposal import Proposal, propose


class Walk:
    """A walk with float64 positions, all of it visible."""

    actions = 3
    dtype: Any = np.float64
    drift = 0.0

    def reset(self, seed: int) -> dict[str, Any]:
        self.x = self.dtype(1 + seed % 7) / self.dtype(3)
        self.steps = 0
        return self.seen()

    def step(self, action: int) -> dict[str, Any]:
        self.x = self.x * self.dtype(0.9) + self.dtype(action) / self.dtype(7) + self.dtype(self.drift)
        self.steps += 1
        return self.seen() | {"reward": float(self.x), "terminated": False, "truncated": self.steps >= 12}

    def seen(self) -> dict[str, Any]:
        return {"obs": np.array([self.x, 1.0], self.dtype)}

    def state(self) -> dict[str, Any]:
        return {"x": float(self.x), "steps": self.steps}

    def load(self, state: dict[str, Any]) -> dict[str, Any]:
        self.x, self.steps = self.dtype(state["x"]), state["steps"]
        return self.seen()


class Single(Walk):
    dtype = np.float32


class Defective(Single):
    drift = 0.05


class OwnStart(Walk):
    def reset(self, seed: int) -> dict[str, Any]:
        super().reset(seed + 1)
        return self.seen()


class Renamed(Walk):
    def seen(self) -> dict[str, Any]:
        return {"observation": np.array([self.x, 1.0]), "clock": 7}

    def state(self) -> dict[str, Any]:
        return {"position": float(self.x), "steps": self.steps, "scratch": {"a": 1, "b": [2, 3]}}

    def load(self, state: dict[str, Any]) -> dict[str, Any]:
        return super().load({"x": state["position"], "steps": state["steps"]})


class RenamedOwnStart(Renamed):
    def reset(self, seed: int) -> dict[str, Any]:
        super().reset(seed + 1)
        return self.seen()


class Stateless(Walk):
    state = None  # type: ignore[assignment]
    load = None  # type: ignore[assignment]


class Four(Walk):
    actions = 4


class Silent(Walk):
    actions = None  # type: ignore[assignment]


class Column(Walk):
    def seen(self) -> dict[str, Any]:
        return {"obs": np.array([[self.x], [1.0]])}


class Manifold(Walk):
    """Six leaves of one field that rounding touches."""

    def seen(self) -> dict[str, Any]:
        return {"obs": {f"x{power}": float(self.x**power) for power in range(1, 7)}}


class ManifoldSingle(Manifold):
    dtype = np.float32


class Logistic:
    """Chaos: rounding errors double with every step."""

    actions = 2
    dtype: Any = np.float64

    def reset(self, seed: int) -> dict[str, Any]:
        self.x = self.dtype(0.1) + self.dtype(seed % 8) / self.dtype(100)
        return {"obs": float(self.x)}

    def step(self, action: int) -> dict[str, Any]:
        self.x = self.dtype(3.99) * self.x * (self.dtype(1) - self.x)
        return {"obs": float(self.x), "reward": 0.0}

    def state(self) -> float:
        return float(self.x)

    def load(self, state: float) -> dict[str, Any]:
        self.x = self.dtype(state)
        return {"obs": float(self.x)}


class LogisticSingle(Logistic):
    dtype = np.float32


def proposal_for(reference: Callable[[], Any], target: Callable[[], Any]) -> Proposal:
    opening = Opening(Path.cwd(), {"reference": reference, "target": target})
    sides = Side("object:reference", opening), Side("object:target", opening)
    try:
        return propose("pair", *sides, "equivcheck_views:pair_target")
    finally:
        for side in sides:
            side.close()


def rules_of(proposal: Proposal) -> dict[str, FieldRule]:
    return {rule.pattern.text: rule for rule in proposal.pair.spec.fields}


def test_equal_sides_need_nothing() -> None:
    proposal = proposal_for(Walk, Walk)
    assert (proposal.pair.spec.mode, proposal.pair.spec.fields, proposal.names, proposal.remarks) == ("seeded", (), {}, ())


def test_a_narrower_port_gets_the_rounding_that_was_seen_and_its_dtypes() -> None:
    rules = rules_of(proposal_for(Walk, Single))
    assert set(rules) == {"obs", "reward", "state.x"}
    assert all(1e-8 < rule.atol <= 1e-5 for rule in rules.values())
    assert (rules["obs"].dtype, rules["reward"].dtype) == ("any", "same")
    assert all(not rule.reviewed and "apart in 16 short episodes" in rule.because for rule in rules.values())


def test_a_defect_is_not_tolerated_but_left_for_the_check_to_find() -> None:
    proposal = proposal_for(Walk, Defective)
    rules = rules_of(proposal)
    assert all(rule.atol <= 1e-3 for rule in rules.values())
    assert {remark.split(":")[0] for remark in proposal.remarks if "more than rounding explains" in remark} == {"obs", "reward", "state.x"}


def test_a_defect_between_two_float64_sides_gets_no_rule_at_all() -> None:
    class Off(Walk):
        drift = 0.05

    assert rules_of(proposal_for(Walk, Off)) == {}


def test_a_whole_number_that_differs_is_never_tolerated() -> None:
    class Late(Walk):
        def state(self) -> dict[str, Any]:
            return {"x": float(self.x), "steps": self.steps + (self.steps > 3)}

    proposal = proposal_for(Walk, Late)
    assert "state.steps" not in rules_of(proposal)
    assert any(remark.startswith("state.steps: the sides differ") for remark in proposal.remarks)


def test_sides_that_start_differently_are_started_from_the_reference() -> None:
    proposal = proposal_for(Walk, OwnStart)
    assert proposal.pair.spec.mode == "injected"
    assert proposal.remarks == ("how each side resets itself is not checked: the target starts from the reference's state",)


def test_chaos_is_checked_step_by_step() -> None:
    proposal = proposal_for(Logistic, LogisticSingle)
    assert proposal.pair.spec.mode == "teacher"
    assert all(rule.atol <= 1e-5 for rule in rules_of(proposal).values())
    assert any("step by step" in remark for remark in proposal.remarks)


def test_other_names_are_matched_by_values_and_what_is_left_over_is_ignored() -> None:
    proposal = proposal_for(Walk, Renamed)
    assert proposal.names == {"observation": "obs", "state.position": "state.x"}
    assert proposal.pair.spec.views.target == "equivcheck_views:pair_target"
    assert {name for name, rule in rules_of(proposal).items() if rule.ignore} == {"clock", "state.scratch"}


def test_where_the_starts_differ_names_alone_must_tell() -> None:
    assert proposal_for(Walk, RenamedOwnStart).names == {"observation": "obs"}


def test_names_of_leaves_with_other_values_are_not_matched() -> None:
    class Other(Walk):
        def seen(self) -> dict[str, Any]:
            return {"obs_": np.array([self.x + 5.0, 1.0])}

    proposal = proposal_for(Walk, Other)
    assert proposal.names == {}
    assert {name for name, rule in rules_of(proposal).items() if rule.ignore} == {"obs", "obs_"}


def test_a_state_that_the_target_has_not_is_ignored_and_seeds_are_used() -> None:
    proposal = proposal_for(Walk, Stateless)
    assert proposal.pair.spec.mode == "seeded"
    assert rules_of(proposal)["state"].ignore


def test_without_a_common_start_or_a_way_to_make_one_no_mode_is_written() -> None:
    class Elsewhere(Stateless):
        def reset(self, seed: int) -> dict[str, Any]:
            return super().reset(seed + 1)

    proposal = proposal_for(Walk, Elsewhere)
    assert proposal.pair.spec.mode == ""
    assert any("the target has no `load`" in remark for remark in proposal.remarks)


@pytest.mark.parametrize(("target", "words"), [(Four, "action spaces differ"), (Silent, "does not say what its actions are")])
def test_actions_that_do_not_fit_are_said_so(target: Callable[[], Any], words: str) -> None:
    assert any(words in remark for remark in proposal_for(Walk, target).remarks)
    assert any(words in remark for remark in proposal_for(target, Walk).remarks)


def test_another_shape_is_not_settled_by_a_rule() -> None:
    proposal = proposal_for(Walk, Column)
    assert "obs" not in rules_of(proposal)
    assert "obs: float64[2] against float64[2, 1]; write a view that gives them one shape" in proposal.remarks


def test_many_rules_of_a_field_become_one() -> None:
    rules = rules_of(proposal_for(Manifold, ManifoldSingle))
    assert "obs" in rules
    assert not any(name.startswith("obs.") for name in rules)
    assert "the worst of 6 leaves" in rules["obs"].because


@pytest.mark.parametrize("target", [Walk, Single, Defective, Renamed, Stateless, Four, ManifoldSingle, LogisticSingle])
def test_what_is_written_is_what_was_proposed(target: Callable[[], Any]) -> None:
    pair = proposal_for(Walk, target).pair
    assert read_contract(contract_text(pair)) == (pair,)


def test_renaming_there_and_back_is_the_same_state() -> None:
    view = rename({"state.position": "state.x", "state.deep[0].a": "state.b", "observation": "obs"})
    step = {"observation": 1, "state": {"position": 2.0, "deep": [{"a": 3}], "kept": {"c": []}}}
    renamed = view(step)
    assert renamed == {"obs": 1, "state": {"x": 2.0, "b": 3, "kept": {"c": []}}}
    assert view.raw_state(renamed["state"]) == step["state"]  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="same name"):
        rename({"a": "c", "b": "c"})
