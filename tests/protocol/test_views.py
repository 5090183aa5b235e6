from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equivcheck.model.columns import columnise
from equivcheck.model.script import Episode, Script
from equivcheck.model.trace import Run, Trace
from equivcheck.protocol.blocks import block_to_plain, whole_block
from equivcheck.protocol.framing import encode_map
from equivcheck.protocol.tracefile import TraceReader, create_trace
from equivcheck.protocol.views import float_views

FLOATS = st.sampled_from([0.0, 1.5, -math.inf, math.nan])
PAIRS = st.lists(FLOATS, min_size=2, max_size=2).map(lambda pair: np.array(pair, np.float16))
LEAVES = st.one_of(FLOATS, st.integers(0, 3), st.text("ab"), PAIRS)
STEPS = st.dictionaries(st.sampled_from(["obs", "reward", "x" * 40, "Mr. Mime"]), LEAVES)


def trace_of(steps: list[dict[str, Any]]) -> Trace:
    script = Script((Episode(0, (0,) * (len(steps) - 1)),))
    return Trace((script,), (Run(0, 0, 0, len(steps)),), {path: column for path, column in columnise(steps).items() if path})


@given(st.lists(STEPS, min_size=1, max_size=6), st.booleans())
def test_a_nan_is_found_wherever_it_is_and_nowhere_else(steps: list[dict[str, Any]], compress: bool) -> None:
    file = io.BytesIO()
    create_trace(file, {}, compress=compress).write(trace_of(steps))
    [record] = TraceReader(memoryview(file.getvalue())).records()
    leaves = [leaf for step in steps for leaf in step.values() if isinstance(leaf, (float, np.ndarray))]
    assert record.holds_nan() == any(bool(np.isnan(leaf).any()) for leaf in leaves)


def test_views_share_the_bytes_they_were_found_in() -> None:
    steps = [{"obs": np.array([index, -0.0], np.float32), "reward": 0.5, "n": index} for index in range(1000)]
    body = encode_map(block_to_plain(whole_block(trace_of(steps))))
    views = float_views(body)
    assert views is not None
    assert sorted((view.dtype.name, view.shape) for view in views) == [("float32", (1000, 2)), ("float64", (1000,))]
    assert all(np.shares_memory(view, np.frombuffer(body, np.uint8)) for view in views)


def test_runs_longer_than_a_look_ahead_are_passed() -> None:
    plain = {"runs": [[0, number, 0, 1] for number in range(100_000)], "columns": {"x": ["scalar", np.ones(3), None]}}
    views = float_views(encode_map(plain))
    assert views is not None
    assert [view.tolist() for view in views] == [[1.0] * 3]


@pytest.mark.parametrize("column", [["ragged", [1.0], None], ["scalar", [1.0], None], 5])
def test_another_form_is_left_to_the_decoder(column: Any) -> None:
    assert float_views(encode_map({"columns": {"x": column}})) is None


@given(st.data())
def test_damaged_bytes_never_crash_it(data: st.DataObject) -> None:
    body = bytearray(encode_map(block_to_plain(whole_block(trace_of([{"obs": 1.0, "x": np.zeros(3)}] * 3)))))
    for _ in range(data.draw(st.integers(0, 3))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    float_views(bytes(body[: data.draw(st.integers(0, len(body)))]))
