"""Drift and defects: by how their errors grow, and by what a single step from equal states shows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from equivcheck.backends.opening import Opening
from equivcheck.drift import exponential_growth, judge_nature
from equivcheck.localisation import first_evidence
from equivcheck.model.cause import Nature
from equivcheck.model.paths import Pattern
from equivcheck.model.script import Episode, Script
from equivcheck.model.spec import PRESETS, FieldRule, PairSpec, Spec
from equivcheck.model.verdict import PairReport
from equivcheck.pair import Budget, Pair, Side
from equivcheck.runner import Run, check_pair

Series = np.ndarray[Any, Any]


def lorenz(state: Series, real: type, wrong: float = 0.0) -> Series:
    x, y, z = state
    return state + real(0.01) * np.array([real(10 * (1 + wrong)) * (y - x), x * (real(28) - z) - y, x * y - real(8 / 3) * z], real)


def double_pendulum(state: Series, real: type, wrong: float = 0.0) -> Series:
    """Two masses of 1 on rods of 1, angles and speeds, by the classic Runge-Kutta method."""

    def slope(s: Series) -> Series:
        a, b, u, v = s
        gap, g = a - b, real(9.8 * (1 + wrong))
        below = real(2) - np.cos(gap) ** 2
        first = (-2 * g * np.sin(a) + g * np.sin(b) * np.cos(gap) - np.sin(gap) * (v * v + u * u * np.cos(gap))) / below
        second = (2 * g * (np.sin(a) * np.cos(gap) - np.sin(b)) + np.sin(gap) * (2 * u * u + v * v * np.cos(gap))) / below
        return np.array([u, v, first, second], real)

    dt = real(0.02)
    one = slope(state)
    two = slope(state + dt / 2 * one)
    three = slope(state + dt / 2 * two)
    four = slope(state + dt * three)
    return state + dt / 6 * (one + 2 * two + 2 * three + four)


def cart_pole(state: Series, real: type, wrong: float = 0.0) -> Series:
    """CartPole, balanced by a push to the one side or the other."""
    x, v, angle, spin = state
    strength = real(10 * (1 + wrong))
    force = strength if 3 * angle + spin + real(0.2) * x + real(0.3) * v > 0 else -strength
    push = (force + real(0.05) * spin * spin * np.sin(angle)) / real(1.1)
    turn = (real(9.8) * np.sin(angle) - np.cos(angle) * push) / (real(0.5) * (real(4 / 3) - real(0.1) * np.cos(angle) ** 2 / real(1.1)))
    pull = push - real(0.05) * turn * np.cos(angle) / real(1.1)
    return state + real(0.02) * np.array([v, pull, spin, turn], real)


def stack(state: Series, real: type, wrong: float = 0.0) -> Series:
    """A ball on a ball on a floor, all stiff springs when they touch."""
    low, high, u, v = state
    stiffness, damping, dt = real(2e4 * (1 + wrong)), real(5), real(2e-3)
    for _ in range(5):
        floor, between = stiffness * max(real(0.5) - low, real(0)), stiffness * max(real(0.6) - (high - low), real(0))
        below = floor - between - damping * u * (floor > 0) - real(9.8)
        above = between - damping * (v - u) * (between > 0) - real(9.8)
        u, v = u + dt * below, v + dt * above
        low, high = low + dt * u, high + dt * v
    return np.array([low, high, u, v], real)


def logistic(state: Series, real: type, wrong: float = 0.0) -> Series:
    return np.asarray(real(3.8 * (1 + wrong)) * state * (real(1) - state), real)


def rounding_errors(step: Callable[[Series, type], Series], start: Series, count: int, tolerance: float) -> Series:
    """f64[steps]: how far apart float64 and float32 are, up to where a tolerance is exceeded."""
    narrow = start.astype(np.float32)
    wide = narrow.astype(np.float64)
    errors = []
    for _ in range(count):
        wide, narrow = step(wide, np.float64), step(narrow, np.float32)
        errors.append(float(np.abs(wide - narrow).max()))
        if errors[-1] > tolerance:
            break
    return np.array(errors)


@pytest.mark.parametrize(
    ("step", "low", "high", "tolerance"),
    [
        (lorenz, (-8, -8, 20), (8, 8, 30), 1.0),
        (double_pendulum, (1.5, 1.5, 0, 0), (3, 3, 0, 0), 0.1),
        (cart_pole, (-0.05,) * 4, (0.05,) * 4, 1e-3),
    ],
    ids=["lorenz", "double pendulum", "cart pole"],
)
def test_rounding_in_an_unstable_system_is_drift(step: Any, low: Any, high: Any, tolerance: float) -> None:
    starts = [np.random.default_rng(seed).uniform(low, high) for seed in range(10)]
    grown = [exponential_growth(rounding_errors(step, start, 3_000, tolerance)) for start in starts]
    assert sum(growth is not None and growth > 0 for growth in grown) >= 8, grown


def orbit(seed: int) -> Series:
    state, values = np.random.default_rng(seed).uniform((-8, -8, 20), (8, 8, 30)), []
    for _ in range(300):
        state = lorenz(state, np.float64)
        values.append(state[0])
    return np.array(values)


DEFECTS: dict[str, Callable[[Series, Series], Series]] = {
    "offset": lambda noise, values: noise + 0.1,
    "offset that is noticed late": lambda noise, values: np.where(np.arange(300) < 200, noise, noise + 0.1),
    "jump": lambda noise, values: np.append(noise, 0.1),
    "two jumps": lambda noise, values: np.concatenate([noise, noise[:100] + 3e-3, [40.0]]),
    "share of the value": lambda noise, values: 1e-3 * np.abs(values),
    "share of a growing value": lambda noise, values: 1e-3 * np.arange(1.0, 301.0),
    "wrong speed": lambda noise, values: 1e-6 * np.arange(1.0, 301.0),
    "wrong acceleration": lambda noise, values: 1e-6 * np.arange(1.0, 301.0) ** 2,
    "rounding that adds up": lambda noise, values: np.abs(np.cumsum(noise)),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_is_no_drift(defect: str) -> None:
    for seed in range(10):
        noise = np.abs(np.random.default_rng(seed).normal(0, 1e-8, 300))
        assert exponential_growth(DEFECTS[defect](noise, orbit(seed))) is None, seed


@pytest.mark.parametrize("count", [8, 16, 32, 40, 64, 128, 512])
@pytest.mark.parametrize("power", [1, 2])
def test_no_power_of_the_steps_up_to_the_second_is_taken_for_exponential(count: int, power: int) -> None:
    assert exponential_growth(1e-9 * np.arange(1.0, count + 1) ** power) is None


def test_too_few_steps_say_nothing() -> None:
    assert exponential_growth(10.0 ** np.arange(-12.0, -5.0)) is None
    assert exponential_growth(10.0 ** np.arange(-12.0, -4.0)) is not None


STARTS: dict[Any, Any] = {
    lorenz: ((-8, -8, 20), (8, 8, 30)),
    double_pendulum: ((1.5, 1.5, 0, 0), (3, 3, 0, 0)),
    stack: ((0.6, 1.3, -1, -1), (1, 2, 1, 1)),
    cart_pole: ((-0.05,) * 4, (0.05,) * 4),
    logistic: ((0.3,), (0.6,)),
}


def made(step: Any, real: Any, wrong: float = 0.0, loads: bool = True, narrow: bool = True, flag: bool = False) -> type[Any]:
    """An environment of one system in one precision, which shows its numbers in that or as Python's own."""

    class System:
        actions = 2

        def reset(self, seed: int) -> dict[str, Any]:
            low, high = STARTS[step]
            self.x = np.random.default_rng(seed).uniform(low, high).astype(np.float32).astype(real)
            return self.seen()

        def step(self, action: int) -> dict[str, Any]:
            self.x = step(self.x, real, wrong)
            return self.seen()

        def seen(self) -> dict[str, Any]:
            return {"obs": int(flag and self.x[0] > 0)}

        def state(self) -> dict[str, Any]:
            return {"x": self.x.copy() if narrow else [float(x) for x in self.x]}

    if loads:

        def load(self: Any, state: Any) -> Any:
            self.x = np.array(state["x"], real)
            return self.seen()

        System.load = load  # type: ignore[attr-defined]
    return System


def pair_of(reference: Any, target: Any, mode: str = "injected", atol: float = 1e-3) -> Pair:
    opening = Opening(Path(), {"reference": reference, "target": target})
    near = FieldRule(Pattern("state"), atol=atol, dtype="any", because="another precision")
    return Pair("pair", Side("object:reference", opening), Side("object:target", opening), Spec(fields=(near,)), PRESETS[mode])


def natures(pair: Pair, steps: int = 800) -> list[Nature | None]:
    played = pair.play([Script((Episode(seed, (0,) * steps),)) for seed in range(3)])
    return [judge_nature(pair, first_evidence("pair", played, one)) for one in played.comparison.divergences]


@pytest.mark.parametrize("narrow", [True, False], ids=["told as computed", "told as float64"])
@pytest.mark.parametrize("step", STARTS)
def test_rounding_is_drift_however_stiff_or_chaotic(step: Any, narrow: bool) -> None:
    found = natures(pair_of(made(step, np.float64, narrow=narrow), made(step, np.float32, narrow=narrow)))
    assert [one is not None and one.word for one in found] == ["drift"] * 3
    assert all(one is not None and one.noise and one.error and one.error < one.noise for one in found)


@pytest.mark.parametrize("step", STARTS)
def test_a_constant_off_by_a_thousandth_is_a_defect_among_rounding(step: Any) -> None:
    found = natures(pair_of(made(step, np.float64), made(step, np.float32, 1e-3)))
    assert [one is not None and one.word for one in found] == ["defect"] * 3


@pytest.mark.parametrize("wrong", [1e-3, 1e-5, 1e-9])
@pytest.mark.parametrize("step", STARTS)
def test_in_equal_precision_the_least_wrong_constant_is_a_defect(step: Any, wrong: float) -> None:
    found = natures(pair_of(made(step, np.float64), made(step, np.float64, wrong), atol=1e-9))
    assert [one is not None and one.word for one in found] == ["defect"] * 3
    assert all(one is not None and one.path == "state.x" and one.ulps and one.ulps > 100 for one in found)


@pytest.mark.parametrize("step", [logistic, cart_pole])
def test_where_a_step_shows_little_but_its_rounding_a_smaller_one_is_seen_too(step: Any) -> None:
    found = natures(pair_of(made(step, np.float64), made(step, np.float32, 1e-5)))
    assert [one is not None and one.word for one in found] == ["defect"] * 3


def test_one_step_at_a_time_is_judged_as_well() -> None:
    rounded = natures(pair_of(made(lorenz, np.float64), made(lorenz, np.float32), "teacher", 0.0), 20)
    assert [one is not None and (one.word, one.growth) for one in rounded] == [("drift", None)]
    wrong = natures(pair_of(made(lorenz, np.float64), made(lorenz, np.float32, 1e-3), "teacher", 0.0), 20)
    assert [one is not None and (one.word, one.growth) for one in wrong] == [("defect", None)]


def test_a_flag_that_flips_since_floats_drifted_is_drift_as_well() -> None:
    found = natures(pair_of(made(lorenz, np.float64, flag=True), made(lorenz, np.float32, flag=True), atol=1e9), 2_000)
    assert [one is not None and one.word for one in found] == ["drift"] * 3
    found = natures(pair_of(made(lorenz, np.float64, flag=True), made(lorenz, np.float32, 1e-3, flag=True), atol=1e9), 2_000)
    assert [one is not None and one.word for one in found] == ["defect"] * 3


def test_where_nothing_can_be_loaded_growth_is_all_there_is_to_judge_by() -> None:
    found = natures(pair_of(made(logistic, np.float64), made(logistic, np.float32, loads=False), "seeded"))
    assert {one.word for one in found if one is not None} <= {"drift", ""}
    assert any(one is not None and one.word == "drift" and one.growth and one.growth > 1.2 for one in found)
    assert all(one is not None and one.error is None and "loads no state" in one.sentence for one in found)
    found = natures(pair_of(made(logistic, np.float64), made(logistic, np.float32, 1e-3, loads=False), "seeded"))
    assert [one is not None and (one.word, one.growth) for one in found] == [("", None)] * 3


class Hidden(made(lorenz, np.float64)):  # type: ignore[misc]
    """Is blown aside by a wind that its state does not show, and that a load stills."""

    wind = 0.0

    def reset(self, seed: int) -> Any:
        self.wind = 1e-2
        return super().reset(seed)

    def step(self, action: int) -> Any:
        seen = super().step(action)
        self.x = self.x + self.wind
        return seen

    def load(self, state: Any) -> Any:
        self.wind = 0.0
        return super().load(state)


def test_what_no_state_shows_is_neither() -> None:
    found = natures(pair_of(made(lorenz, np.float64), Hidden, "seeded"))
    assert [one is not None and one.word for one in found] == [""] * 3


def test_what_is_no_float_has_no_such_nature() -> None:
    class Wrong(made(logistic, np.float64)):  # type: ignore[misc]
        def seen(self) -> Any:
            return {**super().seen(), "obs": 1}

    assert natures(pair_of(made(logistic, np.float64), Wrong)) == [None] * 3


def test_a_report_says_it_of_what_was_shrunk() -> None:
    def check(target: Any) -> PairReport:
        pair = pair_of(made(logistic, np.float64), target)
        spec = PairSpec("pair", "object:reference", "object:target", pair.spec)
        return check_pair(spec, Run(pair.reference.opening, Budget(episodes=3), ("rollout",), "injected", save=False))

    for target, word in ((made(logistic, np.float32), "drift"), (made(logistic, np.float64, 1e-3), "defect")):
        (finding,) = check(target).levels[0].counterexamples
        assert finding.nature is not None
        assert finding.nature.word == word
        assert (finding.fault is None) == (word == "drift")  # which is nobody's
        assert finding.fault is None or finding.fault.suspect == "port"
