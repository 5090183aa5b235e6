"""Drift and defects, by how their errors grow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from equivcheck.drift import exponential_growth

Series = np.ndarray[Any, Any]


def lorenz(state: Series, real: type) -> Series:
    x, y, z = state
    return state + real(0.01) * np.array([real(10) * (y - x), x * (real(28) - z) - y, x * y - real(8 / 3) * z], real)


def double_pendulum(state: Series, real: type) -> Series:
    """Two masses of 1 on rods of 1, angles and speeds, by the classic Runge-Kutta method."""

    def slope(s: Series) -> Series:
        a, b, u, v = s
        gap, g = a - b, real(9.8)
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


def cart_pole(state: Series, real: type) -> Series:
    """CartPole, balanced by a push to the one side or the other."""
    x, v, angle, spin = state
    force = real(10) if 3 * angle + spin + real(0.2) * x + real(0.3) * v > 0 else real(-10)
    push = (force + real(0.05) * spin * spin * np.sin(angle)) / real(1.1)
    turn = (real(9.8) * np.sin(angle) - np.cos(angle) * push) / (real(0.5) * (real(4 / 3) - real(0.1) * np.cos(angle) ** 2 / real(1.1)))
    pull = push - real(0.05) * turn * np.cos(angle) / real(1.1)
    return state + real(0.02) * np.array([v, pull, spin, turn], real)


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
