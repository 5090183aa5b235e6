"""Whether an error grew out of rounding, as in a chaotic system, or is there at once, as from a wrong rule."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from equivcheck.model.cause import Nature
from equivcheck.model.paths import field_of
from equivcheck.model.phrases import counted
from equivcheck.model.script import Script
from equivcheck.model.trace import Trace
from equivcheck.model.values import Array
from equivcheck.model.verdict import Counterexample
from equivcheck.pair import Pair, Played
from equivcheck.rounding import Leaf, measure_single_steps

_STEPS_MIN = 8
_ONSET_MAX = 1e-3  # of the error at the divergence: a wrong rule shows more of it from its first step on
_STRAIGHTNESS_MIN = 0.92  # an error that grows as the steps or their square stays below, where its onset lets it in at all
_LEAP_MAX = 0.45  # of the whole rise, in one step: a jump is no growth
_EXCESS_MAX = 2.0  # of a single step over what rounding explains; miniatures stay below 0.6, a constant off by a thousandth comes to 4


def judge_nature(pair: Pair, counterexample: Counterexample) -> Nature | None:
    """Return whether a divergence in value is drift or a defect; None where no float has a part in it.

    The target takes every action of the last episode from the reference's state before it, and each such step is held against what
    rounding explains. Where that cannot be done, how the error grew is all there is to judge by.
    Raises: AdapterError where a side is gone.
    """
    leading = counterexample.divergence.leading
    if leading.kind != "value":
        return None
    script, count = _as_found(counterexample)
    played = pair.play([script])
    errors = _errors(played, leading.path, count)
    if errors is None:
        return None
    slope = None if pair.mode.resync == "each_step" else exponential_growth(errors)
    growth, grown = None, ""
    if slope is not None:
        first = int(np.flatnonzero(errors)[0])
        growth = float(np.exp(slope))
        grown = f"the error grows by a factor of {growth:.2f} a step, from {errors[first]:.1e} at step {first} to {errors[-1]:.1e}"
    leaves = measure_single_steps(pair, played, count)
    if leaves is None:
        return _by_growth(growth, grown)
    return _by_single_steps(leaves, growth, grown) if leaves else None


def _as_found(counterexample: Counterexample) -> tuple[Script, int]:
    """Return the episode that parted before it was shrunk, which shows more Steps, cut where it parted, and how many Steps that has."""
    if counterexample.found_in is None:
        return Script(counterexample.script.episodes[-1:]), counterexample.divergence.step_index + 1
    episode, step = counterexample.distilled_from
    found = counterexample.found_in.episodes[episode]
    return Script((replace(found, actions=found.actions[:step]),)), step + 1


def _by_growth(growth: float | None, grown: str) -> Nature:
    alone = "a step cannot be judged by itself, since the target loads no state"
    if growth is None:
        return Nature("", f"{alone}, and the error does not grow as rounding does in a chaotic system")
    return Nature("drift", f"{grown}, as rounding does in a chaotic system; {alone}", growth=growth)


def _by_single_steps(leaves: list[Leaf], growth: float | None, grown: str) -> Nature:
    leaf = max(leaves, key=lambda one: (_is_cause(one), float(one.excess.max())))
    at = np.unravel_index(int(np.argmax(leaf.excess)), leaf.excess.shape)
    error, ulps, noise, excess = (float(table[at]) for table in (leaf.error, leaf.ulps, leaf.noise, leaf.excess))
    steps = len(leaf.error) - 1
    if not error:
        words = f"from equal states {counted(steps, 'step')} of {steps} agree: the sides part by what `state` does not show"
        return Nature("", words, growth=growth, steps=steps)
    word: Literal["drift", "defect"] = "defect" if excess > _EXCESS_MAX else "drift"
    size = f"{error:.2g}" + (f" ({ulps:.2g} ulps)" if np.isfinite(ulps) else "")
    explained = f"rounding explains {noise:.2g}" if noise else "no rounding explains that"
    if word == "defect":
        words = f"{leaf.path} is off by {size} in one step from equal states, where {explained}"
    else:
        advice = f"; {grown}; mode teacher compares one step at a time" if grown else ""
        words = f"no step from equal states is off by more than rounding explains, {leaf.path} most, by {size}{advice}"
    return Nature(word, words, leaf.path, error, ulps if np.isfinite(ulps) else None, noise, growth, steps)


def _is_cause(leaf: Leaf) -> bool:
    """Return whether a leaf of the state is off by more than rounding explains: what is seen of it is so as well."""
    return field_of(leaf.path) == "state" and bool((leaf.excess > _EXCESS_MAX).any())


def exponential_growth(errors: Array) -> float | None:
    """Return by how much the logarithm of f64[steps] errors grows a step; None where they do not grow exponentially.

    What is fitted by a line over the steps is the logarithm of the largest error so far, since the error itself dips whenever
    two orbits cross; it has to be straight (correlation 0.92 or more), without a leap, and to begin far below where it ends.
    """
    steps = np.flatnonzero(errors > 0)
    if len(steps) < _STEPS_MIN or errors[steps[0]] > _ONSET_MAX * errors[-1]:
        return None
    largest = np.maximum.accumulate(np.log(errors[steps]))
    if np.diff(largest).max() > _LEAP_MAX * np.ptp(largest) or np.corrcoef(steps, largest)[0, 1] < _STRAIGHTNESS_MIN:
        return None
    return float(np.polyfit(steps, largest, 1)[0])


def _errors(played: Played, path: str, count: int) -> Array | None:
    """f64[count]: the largest error of the leaf that parts, in each Step; of all floats where it is none.

    None where a leaf that is no float parts before any float has erred.
    """
    while path not in played.reference.columns and path.endswith("]"):  # it may point into an array
        path = path[: path.rindex("[")]
    leading = _gap(played, path, count)
    if leading is not None:
        return leading
    gaps = [gap for other in played.reference.columns if (gap := _gap(played, other, count)) is not None]
    largest = np.max(gaps, axis=0) if gaps else np.zeros(1)
    return largest if largest[:-1].any() else None


def _gap(played: Played, path: str, count: int) -> Array | None:
    sides = [_float_rows(trace, path, count) for trace in (played.reference, played.target)]
    if sides[0] is None or sides[1] is None or sides[0].shape != sides[1].shape:
        return None
    return np.asarray(np.nan_to_num(np.abs(sides[0] - sides[1])).max(axis=1, initial=0.0))


def _float_rows(trace: Trace, path: str, count: int) -> Array | None:
    """f64[count, width] of a leaf in the first Steps; None where it is no float in all of them."""
    column = trace.columns.get(path)
    if column is None or trace.step_count < count or isinstance(column.values, list) or column.values.dtype.kind != "f":
        return None
    return column.values[:count].astype(np.float64).reshape(count, -1)
