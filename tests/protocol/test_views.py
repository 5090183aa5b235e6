from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equivcheck.errors import ProtocolError
from equivcheck.model.columns import columnise
from equivcheck.model.script import Episode, Script
from equivcheck.model.trace import End, Run, Trace
from equivcheck.protocol.blocks import block_to_plain, whole_block
from equivcheck.protocol.framing import CONTAINERS_MAX, Message, decode_map, encode_map
from equivcheck.protocol.tracefile import TraceReader, create_trace
from equivcheck.protocol.views import block_in_place

FLOATS = st.sampled_from([0.0, 1.5, -math.inf, math.nan])
PAIRS = st.lists(FLOATS, min_size=2, max_size=2).map(lambda pair: np.array(pair, np.float16))
TYPED = st.one_of(FLOATS, st.integers(0, 3), st.booleans(), PAIRS)
LEAVES = st.one_of(TYPED, st.text("ab"))
NAMES = st.sampled_from(["obs", "reward", "x" * 40, "Mr. Mime"])
BODY = encode_map({"runs": [[0, 0, 0, 2]], "columns": {"x": ["scalar", np.array([0.5, 1.5]), None]}, "ends": []})


def trace_of(steps: list[dict[str, Any]]) -> Trace:
    script = Script((Episode(0, (0,) * len(steps)),))
    columns = {path: column for path, column in columnise(steps).items() if path}
    return Trace((script,), (Run(0, 0, 0, len(steps)),), columns, (End(0, 0, len(steps), "died", "gone"),))


def said(message: Message) -> Message:
    """Return a block's map with its arrays as they would be written."""
    return {**message, "columns": encode_map(message["columns"])}


@given(st.lists(st.dictionaries(NAMES, LEAVES), min_size=1, max_size=6))
def test_a_block_is_read_in_place_as_it_is_decoded_or_not_at_all(steps: list[dict[str, Any]]) -> None:
    plain = block_to_plain(whole_block(trace_of(steps)))
    body = encode_map(plain)
    message = block_in_place(body)
    ragged = any(column[0] == "ragged" for column in plain["columns"].values())
    assert (message is None) == ragged
    assert message is None or said(message) == said(decode_map(body))


@given(st.lists(st.fixed_dictionaries({"obs": PAIRS, "n": st.integers(0, 3)}), min_size=2, max_size=6), st.data())
def test_a_damaged_block_is_read_in_place_as_it_is_decoded_or_not_at_all(steps: list[dict[str, Any]], data: st.DataObject) -> None:
    body = bytearray(encode_map(block_to_plain(whole_block(trace_of(steps)))))
    for _ in range(data.draw(st.integers(1, 3))):
        at, what = data.draw(st.integers(0, len(body) - 1)), data.draw(st.integers(0, 255))
        body[at : at + data.draw(st.integers(0, 2))] = bytes([what]) * data.draw(st.integers(0, 2))
    damaged = bytes(body[: data.draw(st.integers(0, len(body)))]) if data.draw(st.booleans()) else bytes(body)
    message = block_in_place(damaged)
    if message is not None:
        assert said(message) == said(decode_map(damaged))


def test_the_arrays_share_the_bytes_they_were_found_in() -> None:
    steps = [{"obs": np.array([index, -0.0], np.float32), "reward": 0.5, "n": index} for index in range(1000)]
    body = encode_map(block_to_plain(whole_block(trace_of(steps))))
    message = block_in_place(body)
    assert message is not None
    assert all(np.shares_memory(column[1], np.frombuffer(body, np.uint8)) for column in message["columns"].values())


def test_a_file_that_is_read_as_a_view_is_not_copied() -> None:
    file = io.BytesIO()
    create_trace(file, {}).write(trace_of([{"obs": np.zeros(2)}]))
    data = file.getvalue()
    [(_, block)] = TraceReader(memoryview(data)).blocks()
    assert np.shares_memory(block.columns["obs"].values, np.frombuffer(data, np.uint8))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"\x93\xa6scalar", b"\x92\xa6scalar"),  # a column of two
        (b"\xc7", b"\xc6"),  # bytes where an array is expected
        (b"\x01\x07float64", b"\x02\x07float64"),  # another extension
        (b"float64", b"float65"),
        (b"\xa1x", b"\xa1\x07"),  # a control character in a path
        (b"\xa1x", b"\xa1\xff"),  # no text
        (b"columns", b"colunms"),
        (b"\x83\xa4runs", b"\x84\xa4runs"),  # one entry is missing
    ],
)
def test_what_is_not_as_we_write_it_is_left_to_the_decoder(old: bytes, new: bytes) -> None:
    assert block_in_place(BODY) is not None
    assert BODY.count(old) == 1
    assert block_in_place(BODY.replace(old, new)) is None
    assert block_in_place(BODY + b"\xc0") is None


def test_no_limit_is_broken_by_halves() -> None:
    columns = {f"x{number}": ["scalar", np.zeros(1), None] for number in range(CONTAINERS_MAX // 8)}
    runs = [[0, 0, 0, 1], *[[0, 0, 0, 0]] * (CONTAINERS_MAX - 2 * len(columns) - 10)]
    encode_map({"runs": runs, "columns": columns})
    body = encode_map({"columns": {}, "runs": [*runs, *[[0, 0, 0, 0]] * 10]})
    with_columns = encode_map({"columns": columns})[len(b"\x81\xa7columns") :]
    too_many = body.replace(b"\xa7columns\x80", b"\xa7columns" + with_columns, 1)
    with pytest.raises(ProtocolError, match="more than 262,144 maps"):
        decode_map(too_many)
    assert block_in_place(too_many) is None
