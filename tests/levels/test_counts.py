from __future__ import annotations

import numpy as np
import pytest

from equivcheck.levels.counts import brinks, counts_of
from equivcheck.levels.extremes import extreme_states
from equivcheck.model.columns import Column
from equivcheck.model.script import Episode, Script
from equivcheck.model.trace import Run, Trace
from equivcheck.model.values import Array

STEPS = 20


def trace_of(**leaves: Array) -> Trace:
    """Return an episode whose state has these leaves; the program that told them says of every Step that it has them."""
    told = np.ones(STEPS + 1, bool)
    columns = {f"state.{name}": Column(values, values.ndim == 1, told) for name, values in leaves.items()}
    return Trace((Script((Episode(0, (0,) * STEPS),)),), (Run(0, 0, 0, STEPS + 1),), columns)


COUNT = np.arange(STEPS + 1)
NOISE = COUNT * 2654435761 % 2**32


def test_only_what_grows_by_small_steps_is_a_count() -> None:
    trace = trace_of(count=COUNT, pairs=2 * COUNT, falls=-COUNT, noise=NOISE, leaps=100 * COUNT, still=COUNT * 0, rarely=COUNT // 10)
    assert counts_of(trace) == {"state.count": 1, "state.pairs": 2}


@pytest.mark.parametrize(
    ("dtype", "ends"), [(None, [127, 255, 32_767, 65_535]), (np.int8, [127]), (np.uint8, [255]), (np.int16, [32_767]), (np.int32, [])]
)
def test_the_brinks_are_those_of_the_dtype_and_of_a_scalar_all(dtype: type | None, ends: list[int]) -> None:
    values = COUNT if dtype is None else np.stack([COUNT, COUNT * 0 + 7], axis=1).astype(dtype)
    trace = trace_of(count=values, other=NOISE)
    shown = [near for _, near in brinks(trace, "state.count", 1)] if ends else []
    assert [int(np.max(state["count"])) for state in shown] == [end - 2 for end in ends]
    assert all(state["other"] == NOISE[STEPS // 2] for state in shown)
    assert dtype is None or all(state["count"][1] == 7 for state in shown)
    assert ends or "state.count" not in counts_of(trace)


def test_extremes_are_those_of_leaves_that_a_program_says_are_there() -> None:
    assert [state["count"] for state in extreme_states(trace_of(count=COUNT))] == [0, STEPS]
