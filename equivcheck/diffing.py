"""Two recordings against each other: by their bytes as long as those are equal, by value from where they are not."""

from __future__ import annotations

import io
import mmap
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import BinaryIO

import numpy as np

from equivcheck.backends.recorded import read_recording
from equivcheck.comparison import Comparison, compare
from equivcheck.comparison.accounting import count_actions, count_ends, count_field
from equivcheck.errors import InputError
from equivcheck.levels.gathering import Gathering
from equivcheck.localisation import first_evidence
from equivcheck.model.divergence import Divergence
from equivcheck.model.spec import Spec
from equivcheck.model.step import FLAGS
from equivcheck.model.trace import Trace
from equivcheck.model.values import holds_nan
from equivcheck.model.verdict import Coverage, Outcome, Verdict
from equivcheck.pair import Played
from equivcheck.protocol.blocks import Block
from equivcheck.protocol.tracefile import MAGIC, TraceReader


def diff_files(reference: str, target: str, spec: Spec, standard_input: BinaryIO) -> Verdict:
    """Compare two recordings (`.eqtrace` or JSON lines; `-` is standard input) and return the verdict.

    Raises: InputError where one cannot be read.
    """
    if "-" not in (reference, target):
        views = [_mapped(Path(name)) for name in (reference, target)]
        if all(bytes(view[: len(MAGIC)]) == MAGIC for view in views):
            readers = (TraceReader(views[0], reference), TraceReader(views[1], target))
            coverage = diff_equal(*readers)
            if coverage is not None:
                return _conclude(Comparison((), coverage), None, tuple(reader.cut for reader in readers))
    traces = [_read(name, standard_input) for name in (reference, target)]
    return diff_traces((traces[0][0], traces[1][0]), spec, (traces[0][1], traces[1][1]))


def _mapped(path: Path) -> memoryview:
    """Return the bytes of a file without reading them; it is closed with the last view of them."""
    try:
        with path.open("rb") as file:
            if path.stat().st_size == 0:
                raise InputError(f"{path} is empty")
            return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from None


def _read(name: str, standard_input: BinaryIO) -> tuple[Trace, str]:
    if name == "-":
        return read_recording(io.BufferedReader(standard_input), "standard input")  # type: ignore[arg-type]  # any binary stream
    try:
        with Path(name).open("rb") as file:
            return read_recording(file, name)
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror or error}") from None


def diff_equal(reference: TraceReader, target: TraceReader) -> Coverage | None:
    """Return what was compared where two trace files hold the same scripts and blocks to the byte, and no NaN; else None.

    Every checksum is verified: two records that are equal to the byte, checksums included, are intact together.
    """
    coverage = Coverage()
    for ours, theirs in zip_longest(reference.records(), target.records()):
        if ours is None or theirs is None or not ours.same_bytes(theirs):
            return None
        ours.verify()
        if ours.kind == "b" and not _count_equal(coverage, ours.block()):
            return None
    return coverage


def _count_equal(coverage: Coverage, block: Block) -> bool:
    """Count a block that both sides have; False where it may hold a NaN, which agrees with nothing."""
    for path, column in block.columns.items():
        if not isinstance(column.values, list) and holds_nan(column.values):
            return False
        if isinstance(column.values, list) and any(isinstance(leaf, float | np.ndarray) for leaf in column.values):
            return False
        count_field(coverage, path, column, None)
    for name in FLAGS:
        flags = block.columns[name].values if name in block.columns else []
        if not isinstance(flags, list):
            coverage.flags[name] = coverage.flags.get(name, 0) + int(np.count_nonzero(flags))
    coverage.steps += block.step_count
    coverage.episodes += sum(stretch.step_index == 0 for stretch in block.stretches)
    return True


def diff_traces(traces: tuple[Trace, Trace], spec: Spec, cuts: tuple[str, ...]) -> Verdict:
    """Compare two Traces that are taken to answer the same scripts; `cuts` says in words where each ends early, or is ""."""
    reference, target = traces
    comparison = compare(reference, target, spec)
    count_actions(comparison.coverage, reference.scripts)
    count_ends(comparison.coverage, reference, None)
    kept = tuple(one for one in comparison.divergences if not _is_cut_off(one, cuts))
    played = Played(reference, target, replace(comparison, divergences=kept))
    return _conclude(played.comparison, played, cuts)


def _is_cut_off(divergence: Divergence, cuts: tuple[str, ...]) -> bool:
    """Return whether Steps are missing only because a file was cut: that shows nothing."""
    return divergence.leading.kind == "length" and any(cuts)


def _conclude(comparison: Comparison, played: Played | None, cuts: tuple[str, ...]) -> Verdict:
    gathering = Gathering("diff", lambda pair, counterexample: None, comparison.coverage)
    seen: dict[tuple[str, ...], Divergence] = {}
    for divergence in comparison.divergences:
        seen.setdefault(divergence.cluster, divergence)
    counterexamples = tuple(
        replace(
            first_evidence("diff", played, one),
            cluster_count=sum(d.cluster == one.cluster for d in comparison.divergences),
            recurrence=(1, 1),
        )
        for one in seen.values()
        if played is not None
    )
    outcome, reason = gathering.outcome(counterexamples)
    if outcome is Outcome.EQUIVALENT and any(cuts):
        outcome, reason = Outcome.INCONCLUSIVE, "no difference up to where a file was cut"
    return Verdict("diff", outcome, reason, comparison.coverage, counterexamples, notes=tuple(cut for cut in cuts if cut))
