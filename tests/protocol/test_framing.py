from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from equivcheck.errors import ProtocolError
from equivcheck.model.values import ARRAY_DTYPES
from equivcheck.protocol import framing
from equivcheck.protocol.framing import FrameDecoder, cut_words, encode_frame

TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20)
ARRAYS = st.sampled_from(sorted(ARRAY_DTYPES)).flatmap(
    lambda name: npst.arrays(np.dtype(name), npst.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=3))
)
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), st.floats(), TEXT, st.binary(max_size=20), ARRAYS)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=12)
MESSAGES = st.dictionaries(TEXT, VALUES, max_size=4).map(lambda tree: {**tree, "type": "done"})


def identical(a: Any, b: Any) -> bool:
    """Compare bit for bit, NaN and the sign of zero included."""
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())
    if isinstance(a, dict):
        return isinstance(b, dict) and list(a) == list(b) and all(identical(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(identical, a, b))
    if isinstance(a, float):
        return isinstance(b, float) and np.float64(a).tobytes() == np.float64(b).tobytes()
    return type(a) is type(b) and bool(a == b)


@given(MESSAGES)
def test_a_message_comes_back_bit_for_bit(message: dict[str, Any]) -> None:
    decoder = FrameDecoder()
    decoder.feed(encode_frame(message))
    assert identical(decoder.next(), message)
    assert decoder.next() is None


@given(st.lists(MESSAGES, min_size=1, max_size=4), st.data())
def test_any_split_of_the_bytes_gives_the_same_messages(messages: list[dict[str, Any]], data: st.DataObject) -> None:
    stream = b"".join(map(encode_frame, messages))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    decoder = FrameDecoder()
    seen = []
    for start, stop in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        decoder.feed(stream[start:stop])
        while (message := decoder.next()) is not None:
            seen.append(message)
    assert identical(seen, messages)
    assert decoder.pending == 0


@settings(max_examples=200)
@given(MESSAGES, st.data())
def test_a_mutated_frame_is_read_or_refused_and_never_crashes(message: dict[str, Any], data: st.DataObject) -> None:
    frame = bytearray(encode_frame(message))
    for _ in range(data.draw(st.integers(1, 4))):
        frame[data.draw(st.integers(4, len(frame) - 1))] = data.draw(st.integers(0, 255))
    decoder = FrameDecoder()
    decoder.feed(frame)
    try:
        decoded = decoder.next()
    except ProtocolError:
        return
    assert decoded is not None
    encode_frame(decoded)


def test_arrays_are_read_only_and_not_copied() -> None:
    decoder = FrameDecoder()
    decoder.feed(encode_frame({"type": "x", "a": np.arange(1000)}))
    message = decoder.next()
    assert message is not None
    assert not message["a"].flags.writeable
    assert message["a"].base is not None


@pytest.mark.parametrize(
    ("header", "limit"),
    [
        (b"\xdd\x00\x40\x00\x00" * 1000, "nested deeper|ends too soon"),  # a thousand lists of 4,194,304, each 32 MiB if it were built
        (b"\xdf\x00\x01\x00\x00\xa1k" * 1000, "nested deeper|ends too soon"),
        (b"\xdd\xff\xff\xff\xff", "malformed"),
        (b"\xc6\x7f\xff\xff\xff", "malformed"),
    ],
)
def test_a_count_that_no_bytes_back_allocates_nothing(header: bytes, limit: str) -> None:
    body = b"\x82\xa4type\xa1x\xa1a" + header + b"\x00" * 1000
    decoder = FrameDecoder()
    decoder.feed(len(body).to_bytes(4, "little") + body)
    tracemalloc.start()
    try:
        with pytest.raises(ProtocolError, match=limit):
            decoder.next()
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_each_limit_holds_exactly() -> None:
    def deep(levels: int) -> Any:
        value: Any = 1
        for _ in range(levels):
            value = [value]
        return value

    def reads(message: dict[str, Any]) -> bool:
        decoder = FrameDecoder()
        try:
            decoder.feed(encode_frame(message))
        except ProtocolError:
            return False
        return decoder.next() is not None

    assert reads({"type": "x", "a": deep(63)})
    assert not reads({"type": "x", "a": deep(64)})
    assert reads({"type": "x", "a": {str(key): None for key in range(65_536)}})
    assert reads({"type": "x", "a": "é" * 2**19})


def test_what_is_too_large_to_send_is_the_senders_mistake() -> None:
    for value in (
        "x" * (2**20 + 1),
        {str(key): None for key in range(65_537)},
        np.zeros(2**26, np.uint8),
        "a\x1bb",
        2**64,
        object(),
        {1: 2},
    ):
        with pytest.raises(ProtocolError) as caught:
            encode_frame({"type": "x", "a": value})
        assert caught.value.side == "local"


def test_the_texts_of_an_environment_may_hold_control_characters_but_no_key_may() -> None:
    message = {"type": "steps", "columns": {"events": ["ragged", ["line\n", "\x1b[0m"], None]}}
    decoder = FrameDecoder()
    decoder.feed(encode_frame(message))
    assert decoder.next() == message
    with pytest.raises(ProtocolError, match="control character"):
        encode_frame({"type": "steps", "columns": {"events\n": ["ragged", [], None]}})


def test_words_may_hold_control_characters_and_are_cut() -> None:
    message = {"type": "failed", "words": "line\nline\x1b[0m"}
    decoder = FrameDecoder()
    decoder.feed(encode_frame(message))
    assert decoder.next() == message
    assert cut_words("é" * 4096) == "é" * 2048
    assert cut_words("short") == "short"


def test_after_a_malformed_body_the_next_frame_is_read_and_after_a_wrong_length_none() -> None:
    decoder = FrameDecoder()
    decoder.feed(b"\x01\x00\x00\x00\xc1" + encode_frame({"type": "done"}))
    with pytest.raises(ProtocolError):
        decoder.next()
    assert not decoder.lost
    assert decoder.next() == {"type": "done"}
    decoder.feed(b"\xff\xff\xff\xff")
    with pytest.raises(ProtocolError):
        decoder.next()
    assert decoder.lost


def test_the_limits_are_those_of_the_published_table() -> None:
    assert (framing.FRAME_BYTES_MAX, framing.DEPTH_MAX, framing.MAP_ENTRIES_MAX, framing.LIST_ENTRIES_MAX) == (
        67_108_864,
        64,
        65_536,
        4_194_304,
    )
