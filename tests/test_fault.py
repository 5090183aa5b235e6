"""Whose fault a finding is: every party errs once, and is named; the port is, when it is the port."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from equivcheck.backends.opening import Opening
from equivcheck.model.cause import Fault
from equivcheck.model.spec import PairSpec, Spec
from equivcheck.model.verdict import Outcome, PairReport
from equivcheck.pair import Budget
from equivcheck.runner import Run, check_pair


class Sledge:
    """Is pushed along a line, gets warm by it, and stops after 12 steps."""

    actions = 3
    grip = 0.5

    def reset(self, seed: int) -> dict[str, Any]:
        self.place, self.speed, self.heat, self.steps = float(seed % 7), 0.0, 0, 0
        return self.seen()

    def step(self, action: int) -> dict[str, Any]:
        self.speed = self.grip * self.speed + action - 1
        self.place += self.speed
        self.heat += action
        self.steps += 1
        return {**self.seen(), "reward": float(self.heat > 9)}

    def seen(self) -> dict[str, Any]:
        return {"obs": np.array([self.place, self.speed]), "truncated": self.steps >= 12}

    def state(self) -> dict[str, Any]:
        return {"place": self.place, "speed": self.speed, "heat": self.heat, "steps": self.steps}

    def load(self, state: dict[str, Any]) -> dict[str, Any]:
        self.place, self.speed, self.heat, self.steps = state["place"], state["speed"], state["heat"], state["steps"]
        return self.seen()


class Slippery(Sledge):
    """A port with a wrong constant."""

    grip = 0.6


class Cold(Sledge):
    """A port that counts heat wrongly."""

    def step(self, action: int) -> dict[str, Any]:
        self.heat -= action == 2
        return super().step(action)


class Brittle(Sledge):
    """A port that fails."""

    def step(self, action: int) -> dict[str, Any]:
        if self.heat > 5:
            raise ValueError("too warm")
        return super().step(action)


class Rootless(Sledge):
    """Does not load its speed."""

    def load(self, state: dict[str, Any]) -> dict[str, Any]:
        self.place, self.heat, self.steps = state["place"], state["heat"], state["steps"]
        return self.seen()


class Feigning(Sledge):
    """Shows the heat that it was given, and goes on without it until it is reset."""

    given = 0

    def reset(self, seed: int) -> dict[str, Any]:
        self.given = 0
        return super().reset(seed)

    def state(self) -> dict[str, Any]:
        return {**super().state(), "heat": self.heat + self.given}

    def load(self, state: dict[str, Any]) -> dict[str, Any]:
        super().load({**state, "heat": 0})
        self.given = state["heat"]
        return self.seen()


class Silent(Sledge):
    """Shows nothing of its heat, and so loads none."""

    def state(self) -> dict[str, Any]:
        return {"place": self.place, "speed": self.speed, "steps": self.steps}

    def load(self, state: dict[str, Any]) -> dict[str, Any]:
        return super().load({**state, "heat": 0})


class Rounding(Sledge):
    """Loads in single precision."""

    def reset(self, seed: int) -> dict[str, Any]:
        super().reset(seed)
        self.place += 0.1
        return self.seen()

    def load(self, state: dict[str, Any]) -> dict[str, Any]:
        return super().load({**state, "place": float(np.float32(state["place"]))})


class Offset(Sledge):
    def reset(self, seed: int) -> dict[str, Any]:
        super().reset(seed)
        self.place += 0.1
        return self.seen()


COIN = itertools.count()


class Whimsical(Sledge):
    """Has a mind of its own now and then."""

    def step(self, action: int) -> dict[str, Any]:
        self.heat += next(COIN) % 5 == 0
        return super().step(action)


def check(reference: Any, target: Any, mode: str = "injected", **how: Any) -> PairReport:
    opening = Opening(Path(), {"reference": reference, "target": target})
    levels = how.pop("levels", ("rollout",))
    spec = Spec(mode=mode, **how)
    return check_pair(
        PairSpec("pair", "object:reference", "object:target", spec), Run(opening, Budget(episodes=6), levels=levels, save=False)
    )


def faults(report: PairReport) -> list[Fault | None]:
    return [one.fault for level in report.levels for one in level.counterexamples]


@pytest.mark.parametrize("mode", ["seeded", "injected", "teacher"])
@pytest.mark.parametrize("port", [Slippery, Cold, Brittle])
def test_a_wrong_rule_is_the_ports(port: Any, mode: str) -> None:
    found = faults(check(Sledge, port, mode))
    assert found
    for fault in found:
        assert fault is not None
        assert (fault.suspect, fault.evidence) == ("port", ())
        assert {"the reference answers alike twice", "the target answers alike twice"} <= set(fault.held)
        assert mode == "seeded" or "the target goes on from what it loads" in fault.held


@pytest.mark.parametrize("mode", ["seeded", "injected", "teacher"])
def test_nobody_is_blamed_for_nothing(mode: str) -> None:
    report = check(Sledge, Sledge, mode)
    assert (report.outcome, faults(report)) == (Outcome.EQUIVALENT, [])


PLANTS = {
    "a target that forgets a field at load": (Sledge, Rootless, "teacher", "target adapter"),
    "a target that shows what it does not go on with": (Sledge, Feigning, "teacher", "target adapter"),
    "a target that loads less precisely": (Offset, Rounding, "injected", "target adapter"),
    "a target that plays by chance": (Sledge, Whimsical, "injected", "target adapter"),
    "a reference that plays by chance": (Whimsical, Sledge, "injected", "reference adapter"),
    "a reference that does not show all of its state": (Silent, Silent, "teacher", "reference adapter"),
}


@pytest.mark.parametrize("plant", PLANTS)
def test_an_adapter_that_errs_is_named(plant: str) -> None:
    reference, target, mode, suspect = PLANTS[plant]
    found = faults(check(reference, target, mode))
    assert found
    assert {fault.suspect for fault in found if fault is not None} == {suspect}
    assert all(fault is not None and fault.evidence for fault in found)
