"""Whether a float error grew as rounding grows in a chaotic system, or came at once as from a wrong rule."""

from __future__ import annotations

import numpy as np

from equivcheck.model.divergence import Divergence
from equivcheck.model.trace import Trace
from equivcheck.model.values import Array
from equivcheck.pair import Played

_STEPS_MIN = 8
_ONSET_MAX = 1e-3  # of the error at the divergence: a wrong rule shows more of it from its first step on
_STRAIGHTNESS_MIN = 0.92  # an error that grows as the steps or their square stays below, where its onset lets it in at all
_LEAP_MAX = 0.45  # of the whole rise, in one step: a jump is no growth


def drift_words(played: Played, divergence: Divergence) -> list[str]:
    """Return a sentence where the error of the leading leaf grew exponentially up to its divergence; else nothing.

    What is fitted by a line over the steps is the logarithm of the largest error so far, since the error itself dips whenever
    two orbits cross; the words come where it is straight (correlation 0.92 or more), has no leap, and began far below where it ended.
    """
    path = divergence.leading.path
    errors = _errors(played, divergence)
    slope = None if divergence.leading.kind != "value" or errors is None else exponential_growth(errors)
    if errors is None or slope is None:
        return []
    first = int(np.flatnonzero(errors)[0])
    growth = f"{errors[first]:.1e} at step {first} to {errors[-1]:.1e} at step {divergence.step_index}"
    advice = "rounding in a chaotic system does that; mode teacher compares one step at a time"
    return [f"{path}: the error grows by a factor of {np.exp(slope):.2f} a step, from {growth}: {advice}"]


def exponential_growth(errors: Array) -> float | None:
    """Return by how much the logarithm of f64[steps] errors grows a step; None where they do not grow exponentially."""
    steps = np.flatnonzero(errors > 0)
    if len(steps) < _STEPS_MIN or errors[steps[0]] > _ONSET_MAX * errors[-1]:
        return None
    largest = np.maximum.accumulate(np.log(errors[steps]))
    if np.diff(largest).max() > _LEAP_MAX * np.ptp(largest) or np.corrcoef(steps, largest)[0, 1] < _STRAIGHTNESS_MIN:
        return None
    return float(np.polyfit(steps, largest, 1)[0])


def _errors(played: Played, divergence: Divergence) -> Array | None:
    """f64[steps]: the largest error of the leading leaf in each Step of the episode up to the divergence."""
    sides = [_leaf_rows(trace, divergence) for trace in (played.reference, played.target)]
    if sides[0] is None or sides[1] is None or sides[0].shape != sides[1].shape:
        return None
    gap = np.abs(sides[0].astype(np.float64) - sides[1].astype(np.float64)).reshape(len(sides[0]), -1)
    return np.asarray(np.nan_to_num(gap).max(axis=1))


def _leaf_rows(trace: Trace, divergence: Divergence) -> Array | None:
    path = divergence.leading.path
    column = trace.columns.get(path)
    while column is None and path.endswith("]"):  # the path may point into an array
        path = path[: path.rindex("[")]
        column = trace.columns.get(path)
    run = trace.run_of(divergence.script, divergence.episode)
    if column is None or run is None or isinstance(column.values, list) or column.values.dtype.kind != "f":
        return None
    return column.values[run.first : run.first + divergence.step_index + 1]
