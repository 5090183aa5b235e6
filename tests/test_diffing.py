from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from equivcheck.diffing import diff_equal, diff_files
from equivcheck.errors import InputError
from equivcheck.model.columns import columnise
from equivcheck.model.script import Episode, Script
from equivcheck.model.spec import Spec
from equivcheck.model.trace import Run, Trace
from equivcheck.model.verdict import Outcome
from equivcheck.protocol.tracefile import TraceReader, create_trace


def trace_of(obs: float = 0.0, seed: int = 0) -> Trace:
    """Two scripts of one episode each, two Steps long; the last Step shows `obs`."""
    rows: list[Any] = [{"obs": np.array([row, 0.0]), "state": {"n": row, "flat": 1}, "terminated": row == 1} for row in range(4)]
    rows[3]["obs"][1] = obs
    scripts = (Script((Episode(0, (1,)),)), Script((Episode(seed, (1,)),)))
    return Trace(scripts, (Run(0, 0, 0, 2), Run(1, 0, 2, 2)), columnise(rows))


def written(trace: Trace, *, compress: bool = False, close: bool = True) -> bytes:
    file = io.BytesIO()
    writer = create_trace(file, {}, compress=compress)
    writer.write(trace)
    if close:
        writer.close()
    return file.getvalue()


def diffed(folder: Path, reference: bytes, target: bytes) -> Any:
    names = [str(folder / name) for name in ("a.eqtrace", "b.eqtrace")]
    for name, data in zip(names, (reference, target), strict=True):
        Path(name).write_bytes(data)
    return diff_files(names[0], names[1], Spec(), io.BytesIO())


@pytest.mark.parametrize("compress", [False, True])
def test_equal_recordings_are_equivalent_and_all_of_them_is_counted(tmp_path: Path, compress: bool) -> None:
    data = written(trace_of(), compress=compress)
    verdict = diffed(tmp_path, data, data)
    assert verdict.outcome is Outcome.EQUIVALENT
    counted = {path: (entry.compared, entry.changed, entry.non_default) for path, entry in verdict.coverage.fields.items()}
    assert counted == {
        "obs": (8, True, True),
        "state.n": (4, True, True),
        "state.flat": (4, False, True),
        "terminated": (4, True, True),
    }
    assert (verdict.coverage.episodes, verdict.coverage.steps, verdict.coverage.flags["terminated"]) == (2, 4, 1)


@pytest.mark.parametrize("other", [trace_of(-0.0), trace_of(1.0)])
def test_one_leaf_that_differs_is_found(tmp_path: Path, other: Trace) -> None:
    verdict = diffed(tmp_path, written(trace_of()), written(other))
    assert verdict.outcome is Outcome.DIVERGENT
    assert verdict.counterexamples[0].divergence.leading.path == "obs[1]"


def test_a_nan_agrees_with_nothing(tmp_path: Path) -> None:
    data = written(trace_of(np.nan))
    assert diff_equal(TraceReader(memoryview(data)), TraceReader(memoryview(data))) is None
    assert diffed(tmp_path, data, data).outcome is Outcome.DIVERGENT


def test_files_that_differ_in_a_script_or_in_length_are_not_taken_as_equal() -> None:
    data = written(trace_of())
    for other in (written(trace_of(seed=1)), written(trace_of(), close=False)[:-1], data[: len(data) // 2]):
        for pair in ((data, other), (other, data)):
            assert diff_equal(*(TraceReader(memoryview(one)) for one in pair)) is None


def test_the_same_damage_in_both_files_is_said(tmp_path: Path) -> None:
    data = bytearray(written(trace_of()))
    for at in (data.index(b"scripts"), data.index(b"columns")):
        damaged = bytes(data[:at]) + b"C" + bytes(data[at + 1 :])
        with pytest.raises(InputError, match="its checksum is wrong"):
            diffed(tmp_path, damaged, damaged)


def test_a_cut_of_both_files_leaves_nothing_decided(tmp_path: Path) -> None:
    cut = written(trace_of(), close=False)
    verdict = diffed(tmp_path, cut, cut)
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert "cut" in verdict.reason
