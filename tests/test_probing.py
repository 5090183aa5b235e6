"""Probing: the first mode that fits, what it leaves unchecked, and what sides disagree on before anything is played."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from equivcheck.backends.opening import Opening
from equivcheck.model.contract import read_contract
from equivcheck.model.space import Box
from equivcheck.model.spec import PRESETS, Mode, Spec
from equivcheck.model.values import MISSING
from equivcheck.model.verdict import Counterexample
from equivcheck.pair import Pair, Side
from equivcheck.probing import find_setup, lines_to_paste, named_mode, probe_mode
from tests import miniatures as m
from tests.comparison.tables import rule, spec


def sides(reference: type, target: type) -> tuple[Side, Side]:
    opening = Opening(Path(), {"reference": reference, "target": target})
    return Side("object:reference", opening), Side("object:target", opening)


def pair_of(reference: type, target: type, contract: Spec | None = None) -> Pair:
    return Pair("pair", *sides(reference, target), contract or Spec(), PRESETS["seeded"])


def probed(reference: type, target: type, contract: Spec | None = None) -> tuple[Mode | None, str]:
    mode, notes = probe_mode(*sides(reference, target), contract or Spec())
    return mode, "; ".join(notes)


class OtherStart(m.Walk):
    """Its resets are its own; from a state, which holds the generator, it goes on as the reference does."""

    def begin(self, seed: int) -> None:
        super().begin(seed ^ 5)


class Calm(m.Walk):
    """No chance after the start."""

    def gust(self, action: int) -> bool:
        return False


class CalmOtherStart(Calm, OtherStart):
    pass


class HiddenChance(m.Walk):
    """Its generator is no part of the state."""

    def gust(self, action: int) -> bool:
        self.hidden = (self.hidden * 6364136223846793005 + 1442695040888963407) % 2**64
        return self.hidden >> 62 == 0

    def begin(self, seed: int) -> None:
        super().begin(seed)
        self.hidden = seed * 1000


class HiddenChanceOtherStart(HiddenChance, OtherStart):
    def begin(self, seed: int) -> None:
        super().begin(seed)
        self.hidden += 7 * 2**60


class SeededChanceOtherStart(HiddenChance):
    def begin(self, seed: int) -> None:
        super().begin(seed)
        self.position = (self.position + 1) % m.GOAL


class NoLoad(OtherStart):
    load = None


class NoState(OtherStart):
    state = None
    load = None


class FailsAtEverySeedButTwo(OtherStart):
    def begin(self, seed: int) -> None:
        super().begin(seed)
        if seed != 2:
            raise RuntimeError("no")


@pytest.mark.parametrize(
    ("reference", "target", "mode"),
    [
        (m.Walk, m.Walk, PRESETS["seeded"]),
        (m.Dial, m.Dial, PRESETS["seeded"]),
        (m.Race, m.Race, PRESETS["seeded"]),
        (m.Walk, m.RewardOneStepLate, PRESETS["seeded"]),
        (Calm, CalmOtherStart, PRESETS["injected"]),
        (m.Walk, OtherStart, PRESETS["injected"]),
        (HiddenChance, SeededChanceOtherStart, Mode("reference", "seeded", "never")),
        (m.Walk, m.FailsAtReset, PRESETS["seeded"]),
        (m.FailsAtReset, m.Walk, PRESETS["seeded"]),
        (m.Walk, m.PanicsOnOneSeed, PRESETS["seeded"]),
        (Calm, FailsAtEverySeedButTwo, PRESETS["injected"]),
    ],
)
def test_the_first_mode_that_fits_is_taken(reference: type, target: type, mode: Mode) -> None:
    assert probed(reference, target)[0] == mode


@pytest.mark.parametrize(
    ("reference", "target", "words"),
    [
        (m.Walk, NoLoad, "the target has no `load`"),
        (NoState, m.Walk, "give the reference a `state`"),
        (HiddenChance, HiddenChanceOtherStart, "put the generator's state into `state`"),
    ],
)
def test_where_no_mode_fits_it_is_said_what_to_provide(reference: type, target: type, words: str) -> None:
    mode, notes = probed(reference, target)
    assert mode is None
    assert words in notes


def test_what_a_mode_leaves_unchecked_is_said() -> None:
    assert probed(m.Walk, m.Walk)[1] == ""
    assert "how each side resets itself is not checked" in probed(Calm, CalmOtherStart)[1]


def test_a_target_that_does_not_show_what_it_was_given_is_said_to() -> None:
    class Forgets(m.LoadForgetsAField, OtherStart):
        def begin(self, seed: int) -> None:
            super().begin(seed)
            self.energy = 0.75

    mode, notes = probed(m.Walk, Forgets)
    assert mode == PRESETS["injected"]
    assert "does not show the state that it was given" in notes


def test_differences_that_the_spec_lets_pass_do_not_keep_a_mode_from_fitting() -> None:
    class Rounded(m.Walk):
        def begin(self, seed: int) -> None:
            super().begin(seed)
            self.energy -= 1e-9

    assert probed(m.Walk, Rounded)[0] == PRESETS["injected"]
    assert probed(m.Walk, Rounded, spec(rule("**.energy", atol=1e-6)))[0] == PRESETS["seeded"]


@pytest.mark.parametrize(
    ("how", "mode"),
    [
        ({}, None),
        ({"mode": "teacher"}, PRESETS["teacher"]),
        ({"start": "reference"}, PRESETS["injected"]),
        ({"draws": "seeded"}, PRESETS["seeded"]),
        ({"start": "reference", "draws": "seeded"}, Mode("reference", "seeded", "never")),
        ({"start": "reference", "resync": "each_step"}, PRESETS["teacher"]),
    ],
)
def test_a_spec_names_a_mode_by_preset_or_by_axes(how: dict[str, Any], mode: Mode | None) -> None:
    assert named_mode(Spec(**how)) == mode


# Setup findings.


def pasted(found: Counterexample) -> str:
    """Return a contract with the lines in it."""
    lines = lines_to_paste(found.divergence.differences)
    return "\n".join(['[pair.pair]\nreference = "a"\ntarget = "b"\n[pair.pair.fields]', *lines])


@pytest.mark.parametrize("fault", [m.WrongDtype, m.WrongShape, m.MissingField, m.ExtraField, m.IntForFloat])
def test_all_that_sides_disagree_on_in_form_is_one_finding_whatever_the_values(fault: type) -> None:
    class Elsewhere(fault):  # type: ignore[misc,valid-type]  # another start: values differ as well
        def begin(self, seed: int) -> None:
            super().begin(seed + 1)

    for target in (fault, Elsewhere):
        found = find_setup(pair_of(m.Walk, target))
        assert found is not None
        assert {one.kind for one in found.divergence.differences} == {"setup"}
        assert {one.path for one in found.divergence.differences} <= {"obs.trail", "obs.mood", "obs.weather", "obs.energy", "state.energy"}


@pytest.mark.parametrize("target", [m.Walk, OtherStart, m.FailsAtReset, m.RewardOneStepLate, m.IntForFloatInReward, m.PanicsOnOneSeed])
def test_sides_of_one_form_have_no_setup_finding(target: type) -> None:
    assert find_setup(pair_of(m.Walk, target)) is None


@pytest.mark.parametrize("fault", [m.WrongDtype, m.WrongShape, m.MissingField, m.ExtraField, m.IntForFloat])
def test_the_lines_to_paste_settle_a_setup_finding(fault: type) -> None:
    found = find_setup(pair_of(m.Walk, fault))
    assert found is not None
    fields = tomllib.loads(pasted(found))["pair"]["pair"]["fields"]
    assert set(fields) == {one.path for one in found.divergence.differences}
    (contract,) = read_contract(pasted(found))
    assert not any(one.reviewed for one in contract.spec.fields)
    assert find_setup(pair_of(m.Walk, fault, contract.spec)) is None


def test_a_line_to_paste_says_no_more_than_it_must() -> None:
    found = find_setup(pair_of(m.Walk, m.ExtraField))
    assert found is not None
    (line,) = lines_to_paste(found.divergence.differences)
    assert line.startswith('"obs.weather" = { ignore = true')


@pytest.mark.parametrize("mood", [7, None, True, 0.5, "calm", [1, 2], {"now": 1}, np.zeros(2), np.zeros((2, 1), np.int8)])
@pytest.mark.parametrize("other", [7, None, "calm", [1], {"now": "x"}, np.zeros(2, np.float32), np.zeros(3)])
def test_whatever_two_forms_there_are_the_lines_settle_them(mood: Any, other: Any) -> None:
    class One(m.Walk):
        def look(self) -> dict[str, Any]:
            return {**super().look(), "mood": mood}

    class Other(m.Walk):
        def look(self) -> dict[str, Any]:
            return {**super().look(), "mood": other}

    found = find_setup(pair_of(One, Other))
    if found is not None:
        (contract,) = read_contract(pasted(found))
        assert find_setup(pair_of(One, Other, contract.spec)) is None


def test_a_field_that_one_side_lacks_is_one_line() -> None:
    found = find_setup(pair_of(m.Walk, NoState))
    assert found is not None
    (line,) = lines_to_paste(found.divergence.differences)
    assert line.startswith('"state" = { ignore = true')


def test_names_with_odd_letters_can_be_pasted() -> None:
    class Odd(m.Walk):
        def look(self) -> dict[str, Any]:
            return {**super().look(), 'Mr. "Mime" \\': 1}

    found = find_setup(pair_of(m.Walk, Odd))
    assert found is not None
    (contract,) = read_contract(pasted(found))
    assert find_setup(pair_of(m.Walk, Odd, contract.spec)) is None


class Retyped(m.Dial):
    """Counts its rewards in whole numbers."""

    def reward(self) -> int:
        return self.place


class SilentDial(m.Dial):
    """States its fields by name, and never what they are told to leave out."""

    without = ""

    def reset(self, seed: int) -> Any:
        return {"obs": super().reset(seed)[0]}

    def step(self, action: int) -> Any:
        answer = dict(zip(("obs", "reward", "terminated", "truncated"), super().step(action)[:4], strict=True))
        return {name: value for name, value in answer.items() if name != self.without}


@pytest.mark.parametrize("name", ["reward", "terminated", "truncated"])
def test_a_field_that_one_side_never_states_is_a_setup_finding(name: str) -> None:
    class Silent(SilentDial):
        without = name

    for reference, target, silent in ((m.Dial, Silent, "target"), (Silent, m.Dial, "reference")):
        found = find_setup(pair_of(reference, target))
        assert found is not None
        (difference,) = found.divergence.differences
        assert (difference.path, difference.kind, found.divergence.step_index) == (name, "setup", 1)
        assert (difference.target if silent == "target" else difference.reference) is MISSING
        (contract,) = read_contract(pasted(found))
        assert find_setup(pair_of(reference, target, contract.spec)) is None


def test_rewards_of_another_kind_are_a_setup_finding() -> None:
    found = find_setup(pair_of(m.Dial, Retyped))
    assert found is not None
    assert lines_to_paste(found.divergence.differences) == ['"reward" = { dtype = "any", because = "unreviewed: float against int" }']


class OtherNames(CalmOtherStart):
    """Calls its energy by another name, in its state as well, and takes no other."""

    def state(self) -> dict[str, Any]:
        return {{"energy": "strength"}.get(name, name): value for name, value in super().state().items()}

    def load(self, state: dict[str, Any]) -> Any:
        return super().load({**state, "energy": state["strength"]})


@pytest.mark.parametrize("mode", ["injected", "teacher"])
def test_names_that_keep_a_state_from_being_loaded_are_a_setup_finding(mode: str) -> None:
    found = find_setup(replace(pair_of(Calm, OtherNames), mode=PRESETS[mode]))
    assert found is not None
    assert {one.path for one in found.divergence.differences} == {"state.energy", "state.strength"}


def test_how_long_lists_are_after_a_reset_is_no_setup_finding_where_a_state_is_not_loaded() -> None:
    class Listed(Calm):
        def look(self) -> dict[str, Any]:
            return {**super().look(), "cells": list(range(self.position))}

    class Elsewhere(Listed, OtherStart):
        def load(self, state: Any) -> Any:
            raise RuntimeError("no")

    assert find_setup(replace(pair_of(Listed, Elsewhere), mode=PRESETS["injected"])) is None


def test_other_actions_are_a_setup_finding_and_say_what_to_write() -> None:
    class Five(m.Walk):
        actions = 5

    for sides_ in ((m.Walk, Five), (Five, m.Walk), (m.Walk, m.Race)):
        found = find_setup(pair_of(*sides_))
        assert found is not None
        difference = found.divergence.differences[0]
        assert (difference.path, difference.kind, difference.words) == ("", "setup", "the action spaces differ")
        assert difference.reference != difference.target
    assert lines_to_paste(found.divergence.differences[:1]) == []


@pytest.mark.parametrize(
    ("high", "dtype", "differ"), [(2.0, "float32", False), (2.0 + 1e-9, "float32", False), (3.0, "float32", True), (2.0, "float64", True)]
)
def test_boxes_are_alike_up_to_the_rounding_of_their_bounds(high: float, dtype: str, differ: bool) -> None:
    class One(m.Dial):
        actions = Box((1,), "float32", (-2.0,), (2.0,))

        def step(self, action: Any) -> Any:
            return super().step(int(action[0] > 0))

    class Other(One):
        actions = Box((1,), dtype, (-2.0,), (high,))

    assert (find_setup(pair_of(One, Other)) is not None) == differ
