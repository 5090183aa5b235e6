"""Blocks: stretches of consecutive Steps, as `steps` messages and trace files carry them (docs/protocol.md, section 3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from equivcheck.errors import ProtocolError
from equivcheck.model.columns import Column, Columns, columnise
from equivcheck.model.paths import parse_path
from equivcheck.model.trace import End, Trace
from equivcheck.model.values import MISSING, Missing, Value
from equivcheck.protocol.columns import columns_from_plain, columns_to_plain
from equivcheck.protocol.framing import CONTAINERS_MAX, cut_words

ACTION, DIGEST = "action", "digest"
STEPS_MIN: Final = 256
BLOCK_BYTES: Final = 2**20
_BLOCK_BYTES_MAX: Final = 32 * 2**20
_ENDS_MAX: Final = 4_096  # of a block: with all the words that they may have 16 MiB
_NUMBER_END: Final = 2**32


@dataclass(frozen=True, slots=True)
class Stretch:
    """`count` consecutive Steps of one episode, the first of them its Step number `step_index`."""

    script: int
    episode: int
    step_index: int
    count: int


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """The Steps of some stretches, one row each, and the Ends met on the way."""

    stretches: tuple[Stretch, ...]
    columns: Columns
    ends: tuple[End, ...] = ()

    @property
    def step_count(self) -> int:
        """How many rows there are."""
        return sum(stretch.count for stretch in self.stretches)

    def numbered_from_zero(self) -> Block:
        """Return an answer to `reset`, `step` or `load`, whose Steps are each the first of what was asked."""
        stretches = tuple(replace(stretch, step_index=0) for stretch in self.stretches)
        return replace(self, stretches=stretches, ends=tuple(replace(end, step_index=0) for end in self.ends))


def whole_block(trace: Trace) -> Block:
    """Return a Trace as one block, however large."""
    return Block(_stretches(trace, 0, trace.step_count), trace.columns, trace.ends)


def split_trace(trace: Trace, actions: Columns | None = None, rows: int = 0, block_bytes: int = BLOCK_BYTES) -> Iterator[Block]:
    """Yield a Trace in blocks of `rows` (0: of about `block_bytes`). At least one block, which may be empty.

    `actions` are further columns over the same rows. An End is in the block that holds the last Step before it, or, where many lanes
    give up at once, in one without a Step that comes after.
    """
    columns = {**trace.columns, **(actions or {})}
    count = trace.step_count
    per_block = rows or _rows_per_block(columns, count, block_bytes)
    ends = _ends_of_blocks(trace, per_block)
    for number, first in enumerate(range(0, max(count, 1), per_block)):
        stop = min(first + per_block, count)
        part = columns if stop - first == count else {path: column.take(slice(first, stop)) for path, column in columns.items()}
        now = tuple(ends.get(number, ()))
        yield Block(_stretches(trace, first, stop), part, now[:_ENDS_MAX])
        for more in range(_ENDS_MAX, len(now), _ENDS_MAX):
            yield Block((), {}, now[more : more + _ENDS_MAX])


def _stretches(trace: Trace, first: int, stop: int) -> tuple[Stretch, ...]:
    """Return what the rows from `first` to `stop - 1` are."""
    return tuple(
        Stretch(run.script, run.episode, max(first, run.first) - run.first, min(stop, run.first + run.count) - max(first, run.first))
        for run in trace.runs
        if run.first < stop and run.first + run.count > first
    )


def _ends_of_blocks(trace: Trace, per_block: int) -> dict[int, list[End]]:
    """Return the Ends that belong with each block: a script's with its last row, or, where it has none, with the one before."""
    last_rows = {run.script: run.first + run.count - 1 for run in trace.runs}
    ends: dict[int, list[End]] = {}
    last = 0
    for end in sorted(trace.ends, key=lambda end: end.script):
        last = max(last, last_rows.get(end.script, 0))
        ends.setdefault(last // per_block, []).append(end)
    return ends


def _rows_per_block(columns: Columns, count: int, block_bytes: int) -> int:
    per_row = sum(map(_column_bytes, columns.values())) // max(count, 1) + 1
    containers = 1 + sum(isinstance(column.values, list) for column in columns.values())  # a run, and the arrays of ragged columns
    rows_max = min(_BLOCK_BYTES_MAX // per_row, CONTAINERS_MAX // 2 // containers)
    return max(1, min(max(STEPS_MIN, block_bytes // per_row), rows_max))


def _column_bytes(column: Column) -> int:
    if not isinstance(column.values, list):
        return column.values.nbytes
    return sum(map(_leaf_bytes, column.values))


def _leaf_bytes(leaf: object) -> int:
    return leaf.nbytes if isinstance(leaf, np.ndarray) else len(leaf) if isinstance(leaf, (str, bytes)) else 9


def block_to_plain(block: Block) -> dict[str, Any]:
    """Return a block as a map of a message, without `type` and `more`."""
    return {
        "runs": [[stretch.script, stretch.episode, stretch.step_index, stretch.count] for stretch in block.stretches],
        "columns": columns_to_plain({path: column for path, column in block.columns.items() if path}),
        "ends": [[end.script, end.episode, end.step_index, end.kind, cut_words(end.words)] for end in block.ends],
    }


def block_from_plain(plain: Mapping[str, Any], *, stored: bool = False, reserved: frozenset[str] = frozenset()) -> Block:
    """Return the block that a map carries.

    `reserved` are those of the reserved fields that may be there. A `stored` block, of a trace file, may have any
    field, and Ends of the kind `died`. Raises: ProtocolError(remote).
    """
    runs, ends = plain.get("runs"), plain.get("ends", [])
    if not isinstance(runs, list) or not isinstance(ends, list):
        raise ProtocolError("steps: `runs` and `ends` are lists")
    stretches = tuple(Stretch(*_numbers(run, 4, "runs")) for run in runs)
    columns = columns_from_plain(plain.get("columns"), sum(stretch.count for stretch in stretches), "steps")
    for path in columns:
        name = (*parse_path(path), 0)[0]
        if not isinstance(name, str):
            raise ProtocolError(f"steps: a Step is a map of named fields; {path!r} is in none")
        if not stored and name in (ACTION, DIGEST) and name not in reserved:
            raise ProtocolError(f"steps: the field name {name!r} is reserved")
    kinds = ("refused", "failed", "died") if stored else ("refused", "failed")
    return Block(tuple(run for run in stretches if run.count), columns, tuple(_end(end, kinds) for end in ends))


def _end(plain: Any, kinds: Sequence[str]) -> End:
    script, episode, step_index = _numbers(plain[:3] if isinstance(plain, list) else plain, 3, "ends")
    if len(plain) != 5 or not all(isinstance(text, str) for text in plain[3:]) or plain[3] not in kinds:
        raise ProtocolError(f"steps: one of `ends` is no [script, episode, step, {' or '.join(kinds)}, words]")
    return End(script, episode, step_index, plain[3], cut_words(plain[4]))


def _numbers(plain: Any, count: int, what: str) -> list[int]:
    if not isinstance(plain, list) or len(plain) != count or set(map(type, plain)) != {int} or min(plain) < 0 or max(plain) >= _NUMBER_END:
        raise ProtocolError(f"steps: one of `{what}` does not hold {count} numbers from 0 to 2^32 - 1")
    return plain


def action_columns(trace: Trace) -> Columns:
    """Return the actions of a rolled Trace beside its Steps: absent at Step 0."""
    taken: list[Value | Missing] = []
    for run in trace.runs:
        taken += [MISSING, *trace.scripts[run.script].episodes[run.episode].actions[: run.count - 1]]
    return columnise(taken, ACTION)
