"""JSON lines: one object a Step, as people print them (docs/protocol.md, section 8)."""

from __future__ import annotations

import json
from typing import Any, BinaryIO, Final

from equivcheck.errors import InputError
from equivcheck.model.columns import columnise
from equivcheck.model.script import Episode, Script
from equivcheck.model.trace import Run, Trace
from equivcheck.model.values import from_json, to_json
from equivcheck.protocol.framing import FRAME_BYTES_MAX

LINE_BYTES_MAX: Final = FRAME_BYTES_MAX


def read_jsonlines(source: BinaryIO, file: str = "the input") -> Trace:
    """Return the Trace of a single episode whose Step k is line k, from 0; its actions are not known, and stand as None.

    What `write_jsonlines` wrote is read back bit for bit. Raises: InputError where a line is no object.
    """
    rows: list[Any] = []
    blank = 0
    while line := source.readline(LINE_BYTES_MAX + 1):
        number = len(rows) + blank + 1
        if len(line) > LINE_BYTES_MAX:
            raise InputError(f"{file}, line {number}: longer than {LINE_BYTES_MAX:,} bytes")
        if not line.strip():
            blank += 1
            continue
        if blank:
            raise InputError(f"{file}, line {number - 1}: it is empty; line k is step k, so that none may be left out")
        rows.append(_row(line, f"{file}, line {number}"))
    if not rows:
        raise InputError(f"{file} holds no step: one JSON object a line is expected")
    columns = {path: column for path, column in columnise(rows).items() if path}
    script = Script((Episode(actions=(None,) * (len(rows) - 1)),))
    return Trace((script,), (Run(0, 0, 0, len(rows)),), columns, provenance={"name": file})


def _row(line: bytes, place: str) -> dict[str, Any]:
    try:
        plain = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{place}: no JSON: {error}") from None
    if not isinstance(plain, dict):
        raise InputError(f'{place}: a {type(plain).__name__}; an object is expected, such as {{"obs": [0.5, 1], "reward": 0.0}}')
    try:
        return dict(from_json(plain)) if b'"$' in line else plain
    except ValueError:
        return plain  # somebody's own keys begin with $


def write_jsonlines(trace: Trace, target: BinaryIO) -> None:
    """Write the Steps of a Trace, one object a line. Raises: InputError where it has more than one episode."""
    if len(trace.runs) > 1:
        raise InputError(f"JSON lines hold one episode; this trace has {len(trace.runs)}: write it as .eqtrace")
    for row in range(trace.step_count):
        target.write(json.dumps(to_json(trace.step(row)), ensure_ascii=False).encode() + b"\n")
