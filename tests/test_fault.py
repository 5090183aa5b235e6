"""Whose fault a finding is: every party errs once, and is named; the port is, when it is the port."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from equivcheck.backends.opening import Opening
from equivcheck.model.cause import Fault
from equivcheck.model.spec import PairSpec, Spec, Views
from equivcheck.model.verdict import Outcome, PairReport
from equivcheck.pair import Budget
from equivcheck.recording import integers
from equivcheck.runner import Run, check_pair
from tests.test_tapes import Cave, OtherOdds, Port, WiderRange


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


class MissesADraw(Cave):
    """Records what the first bat does, and not the second."""

    def flutter(self) -> None:
        self.bats[0] += int(self.rng.integers(self.ways)) % 3
        with self.tape.about(1):
            self.bats[1] += int(np.random.Generator(self.rng.bit_generator).integers(self.ways))


class FirstBatOnly(Port):
    """What a port looks like that goes by that tape."""

    def flutter(self) -> None:
        self.bats[0] += self.draw("Cave.flutter", "", integers(0, self.ways), self.ways) % 3


class Misstated(Cave):
    """Records of another range than it draws from."""

    said = 4

    def flutter(self) -> None:
        for bat in range(2):
            with self.tape.about(bat):
                drawn = self.tape.draw("Cave.flutter", integers(0, self.said), lambda: int(self.rng.integers(self.ways)))
                self.bats[bat] += drawn % 3


class TooNarrow(Misstated):
    said = 2


def deaf(reference: type[Cave]) -> type[Any]:
    """The same without a tape to play by: it only records."""

    class Deaf:
        actions = 2

        def __init__(self) -> None:
            self.inner = reference()

        def __getattr__(self, name: str) -> Any:
            if name in ("feed", "snapshot", "restore"):
                raise AttributeError(name)
            return getattr(self.inner, name)

    return Deaf


@pytest.mark.parametrize("port", [OtherOdds, WiderRange])
@pytest.mark.parametrize("reference", [Cave, deaf(Cave)])
def test_a_port_that_draws_wrongly_is_at_fault_itself(reference: Any, port: Any) -> None:
    found = faults(check(reference, port, "tape"))
    assert found
    assert all(fault is not None and fault.suspect == "port" and "the reference draws what it says" in fault.held for fault in found)


@pytest.mark.parametrize("recorder", [MissesADraw, Misstated, TooNarrow, deaf(MissesADraw), deaf(Misstated)])
def test_a_recorder_that_errs_is_named(recorder: Any) -> None:
    found = faults(check(recorder, FirstBatOnly if "Misses" in str(recorder) else Port, "tape"))
    assert found
    assert all(fault is not None and fault.suspect == "draw recorder" and fault.evidence for fault in found), found


class Mirror:
    """The same sledge under other names."""

    actions = 3

    def __init__(self) -> None:
        self.inner = Sledge()

    def reset(self, seed: int) -> dict[str, Any]:
        return self.told(self.inner.reset(seed))

    def step(self, action: int) -> dict[str, Any]:
        return self.told(self.inner.step(action))

    def told(self, seen: dict[str, Any]) -> dict[str, Any]:
        return {**{name: seen[name] for name in seen if name != "obs"}, "image": seen["obs"]}

    def state(self) -> dict[str, Any]:
        return {"at": self.inner.place, "v": self.inner.speed, "warmth": self.inner.heat, "steps": self.inner.steps}

    def load(self, state: dict[str, Any]) -> dict[str, Any]:
        return self.told(self.inner.load({"place": state["at"], "speed": state["v"], "heat": state["warmth"], "steps": state["steps"]}))


class WrongMirror(Mirror):
    def step(self, action: int) -> dict[str, Any]:
        self.inner.heat -= action == 2
        return super().step(action)


def plain(step: Any) -> Any:
    state = step["state"]
    others = {name: step[name] for name in step if name not in ("image", "state")}
    named = {"place": state["at"], "speed": state["v"], "heat": state["warmth"], "steps": state["steps"]}
    return {**others, "obs": step["image"], "state": named}


def raw_state(state: Any) -> Any:
    return {"at": state["place"], "v": state["speed"], "warmth": state["heat"], "steps": state["steps"]}


plain.raw_state = raw_state  # type: ignore[attr-defined]


def swapping(step: Any) -> Any:
    seen = plain(step)
    return {**seen, "state": {**seen["state"], "heat": seen["state"]["steps"], "steps": seen["state"]["heat"]}}


swapping.raw_state = lambda state: raw_state({**state, "heat": state["steps"], "steps": state["heat"]})  # type: ignore[attr-defined]


def turning(step: Any) -> Any:
    seen = plain(step)
    return {**seen, "obs": seen["obs"][::-1].copy()}


turning.raw_state = raw_state  # type: ignore[attr-defined]


def dropping(step: Any) -> Any:
    seen = plain(step)
    return {**seen, "state": {name: value for name, value in seen["state"].items() if name != "heat"}}


def counting(step: Any) -> Any:
    seen = plain(step)
    return {**seen, "state": {**seen["state"], "heat": seen["state"]["heat"] + next(COIN) % 2}}


counting.raw_state = raw_state  # type: ignore[attr-defined]


def forgetting(step: Any) -> Any:
    return plain(step)


forgetting.raw_state = lambda state: raw_state({**state, "heat": 0})  # type: ignore[attr-defined]


def seen_by(view: str, target: Any, mode: str) -> PairReport:
    return check(Sledge, target, mode, views=Views("", f"tests.test_fault:{view}"))


@pytest.mark.parametrize("mode", ["seeded", "injected", "teacher"])
def test_a_view_is_not_blamed_for_what_is_behind_it(mode: str) -> None:
    assert seen_by("plain", Mirror, mode).outcome is Outcome.EQUIVALENT
    found = faults(seen_by("plain", WrongMirror, mode))
    assert found
    assert all(fault is not None and fault.suspect == "port" and "the views tell what the sides show" in fault.held for fault in found)


@pytest.mark.parametrize(
    ("view", "mode"),
    [
        ("swapping", "seeded"),
        ("turning", "seeded"),
        ("turning", "teacher"),
        ("counting", "seeded"),
        ("counting", "injected"),
        ("forgetting", "teacher"),
    ],
)
def test_a_view_that_errs_is_named(view: str, mode: str) -> None:
    found = faults(seen_by(view, Mirror, mode))
    assert found
    assert all(fault is not None and fault.suspect == "view" and fault.evidence for fault in found), found
