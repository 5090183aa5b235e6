"""`diff` of two trace files beside `cmp` and DeepDiff, and comparison within tolerances."""

from __future__ import annotations

import mmap
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from deepdiff import DeepDiff
from figures import Figure, alternate, each_us, speedups

from equivcheck.comparison import compare
from equivcheck.diffing import diff_equal
from equivcheck.model.columns import Column, Columns
from equivcheck.model.paths import Pattern
from equivcheck.model.script import Episode, Script
from equivcheck.model.spec import FieldRule, Spec
from equivcheck.model.trace import Run, Trace
from equivcheck.protocol.tracefile import TraceReader, create_trace

GROUP = "diff of two equal recordings of 1,000,000 Steps, uncompressed, every checksum verified"
LEAVES = "scalar leaves compared within a tolerance, millions a second on one core"
EPISODES, STEPS_EACH, ROUNDS = 2_000, 500, 9
DEEP_RECORDS = 300


def figures() -> Iterator[Figure]:
    trace = make_trace()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        paths = [Path(folder) / name for name in ("reference.eqtrace", "target.eqtrace")]
        for path in paths:
            with path.open("wb") as file:
                writer = create_trace(file, {})
                writer.write(trace)
                writer.close()
        views = [stack.enter_context(_mapped(path)) for path in paths]
        size = paths[0].stat().st_size
        times = alternate(lambda: diff_views(*views), lambda: subprocess.run(["cmp", *paths], check=True), ROUNDS)
        gigabytes = " and ".join(f"{size / 1e9 / sorted(column)[len(column) // 2]:.2f}" for column in zip(*times, strict=True))
        yield Figure(
            GROUP, "speed, over that of cmp on the same bytes", speedups(times), 0.5, note=f"{gigabytes} GB/s, files of {size / 1e6:.0f} MB"
        )
        yield deep_figure(trace, views)
        for view in views:
            view.release()
    yield tolerance_figure(trace)


def make_trace() -> Trace:
    """Return Steps like those of CartPole, with numbers drawn at random."""
    rng = np.random.default_rng(0)
    count = EPISODES * STEPS_EACH
    physics = rng.normal(size=(count, 4))
    ended = np.arange(count) % STEPS_EACH == STEPS_EACH - 1
    columns: Columns = {
        "obs": Column(physics.astype(np.float32)),
        "reward": Column(np.ones(count), True),
        "terminated": Column(ended & (np.arange(count) % 2 == 0), True),
        "truncated": Column(ended & (np.arange(count) % 2 == 1), True),
        "state.physics": Column(physics),
        "state.elapsed": Column(np.arange(count) % STEPS_EACH, True),
    }
    actions = rng.integers(2, size=(EPISODES, STEPS_EACH - 1)).tolist()
    scripts = tuple(Script((Episode(number, tuple(taken)),)) for number, taken in enumerate(actions))
    runs = tuple(Run(number, 0, number * STEPS_EACH, STEPS_EACH) for number in range(EPISODES))
    return Trace(scripts, runs, columns)


def diff_views(reference: memoryview, target: memoryview) -> None:
    """Diff two files that are mapped into memory; they have to be equal."""
    coverage = diff_equal(TraceReader(reference), TraceReader(target))
    if coverage is None or coverage.steps != EPISODES * STEPS_EACH:
        raise AssertionError("the recordings are equal")


def deep_figure(trace: Trace, views: list[memoryview]) -> Figure:
    """DeepDiff gets the same Steps as trees, made beforehand."""
    left, right = ([trace.step(row) for row in range(DEEP_RECORDS)] for _ in range(2))
    differ = lambda: [DeepDiff(one, other) for one, other in zip(left, right, strict=True)]  # noqa: E731
    times = alternate(lambda: diff_views(*views), differ, ROUNDS)
    work = trace.step_count / DEEP_RECORDS
    note = f"{each_us(times, (trace.step_count, DEEP_RECORDS))} a record"
    return Figure(GROUP, "speed a record, over that of DeepDiff", speedups(times, work), 1_000.0, note=note)


def tolerance_figure(trace: Trace) -> Figure:
    """Every float of the target is off by up to 1e-9; the Spec allows 1e-6."""
    rng = np.random.default_rng(1)
    nudged = {
        path: Column((column.values + rng.uniform(-1e-9, 1e-9, np.shape(column.values))).astype(column.values.dtype), column.scalar)
        if column.values.dtype.kind == "f" and path != "reward"
        else column
        for path, column in trace.columns.items()
    }
    target = Trace(trace.scripts, trace.runs, nudged)
    spec = Spec(fields=(FieldRule(Pattern("**"), atol=1e-6, because="benchmark"),))
    times = []
    for _ in range(ROUNDS):
        began = time.process_time()
        comparison = compare(trace, target, spec)
        times.append(time.process_time() - began)
        if comparison.divergences:
            raise AssertionError("the recordings agree within the tolerance")
    leaves = sum(entry.compared for entry in comparison.coverage.fields.values())
    return Figure(LEAVES, "compare(), atol 1e-6, floats off by up to 1e-9", [leaves / 1e6 / took for took in times], 20.0, unit=" M/s")


def _mapped(path: Path) -> memoryview:
    with path.open("rb") as file:
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
