"""Whether a float error grew as rounding grows in a chaotic system, or came at once as from a wrong rule."""

from __future__ import annotations

import numpy as np

from equivcheck.model.divergence import Divergence
from equivcheck.model.trace import Trace
from equivcheck.model.values import Array
from equivcheck.pair import Played

_STEPS_MIN = 8
_ONSET_MAX = 1e-2  # of the error at the divergence: a wrong rule shows more of it from its first step on
_STRAIGHTNESS_MIN = 0.9


def drift_words(played: Played, divergence: Divergence) -> list[str]:
    """Return a sentence where the error of the leading leaf grew exponentially up to its divergence; else nothing.

    The logarithm of the error is fitted by a line over the steps; the words come where it is straight (correlation 0.9 or
    more), rises, and began far below where it ended.
    """
    path = divergence.leading.path
    errors = _errors(played, divergence)
    if divergence.leading.kind != "value" or errors is None or (errors > 0).sum() < _STEPS_MIN:
        return []
    steps = np.flatnonzero(errors > 0)
    logs = np.log(errors[steps])
    if np.ptp(logs) == 0 or errors[steps[0]] > _ONSET_MAX * errors[-1]:
        return []
    slope, _ = np.polyfit(steps, logs, 1)
    if slope <= 0 or np.corrcoef(steps, logs)[0, 1] < _STRAIGHTNESS_MIN:
        return []
    growth = f"{errors[steps[0]]:.1e} at step {steps[0]} to {errors[-1]:.1e} at step {divergence.step_index}"
    advice = "rounding in a chaotic system does that; mode teacher compares one step at a time"
    return [f"{path}: the error grows by a factor of {np.exp(slope):.2f} a step, from {growth}: {advice}"]


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
