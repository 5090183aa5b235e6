from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from equivcheck.errors import InputError, ProtocolError
from equivcheck.model.columns import columnise
from equivcheck.model.script import Episode, Script, same_script
from equivcheck.model.trace import End, Run, Trace
from equivcheck.model.values import to_json
from equivcheck.protocol.framing import CONTAINERS_MAX
from equivcheck.protocol.tracefile import Record, TraceReader, append_to_trace, create_trace, read_trace


def trace_of(seed: int, steps: int = 40) -> Trace:
    rows: list[Any] = [
        {"obs": np.array([row + seed, -0.0], np.float32), "state": {"log": [f"turn {row}"] * (row % 3), "x": np.nan}}
        for row in range(steps)
    ]
    script = Script((Episode(seed, (0,) * (steps // 2 - 1)), Episode(seed + 1, (1,) * (steps // 2), {"k": 1}, {"grid": np.zeros(2)})))
    runs = (Run(0, 0, 0, steps // 2), Run(0, 1, steps // 2, steps // 2))
    return Trace((script,), runs, columnise(rows), (End(0, 1, steps // 2, "died", "gone"),), {"name": "toy"})


def said(trace: Trace, steps: int | None = None) -> str:
    rows = range(trace.step_count if steps is None else steps)
    return repr([to_json(trace.step(row)) for row in rows])


def written(traces: list[Trace], *, compress: bool = False, close: bool = True) -> bytes:
    file = io.BytesIO()
    writer = create_trace(file, {"name": "toy", "argv": ["a"]}, compress=compress)
    for trace in traces:
        writer.write(trace)
    if close:
        writer.close()
    return file.getvalue()


@pytest.mark.parametrize("compress", [False, True])
def test_what_was_written_is_read(compress: bool) -> None:
    data = written([trace_of(0), trace_of(7)], compress=compress)
    for source in (io.BytesIO(data), memoryview(data)):
        trace, cut = read_trace(source)
        assert cut == ""
        assert trace.provenance == {"name": "toy", "argv": ["a"]}
        assert said(trace) == repr([to_json(t.step(row)) for t in (trace_of(0), trace_of(7)) for row in range(40)])
        assert all(same_script(a, b) for a, b in zip(trace.scripts, (*trace_of(0).scripts, *trace_of(7).scripts), strict=True))
        assert [(end.script, end.episode, end.step_index, end.kind) for end in trace.ends] == [(0, 1, 20, "died"), (1, 1, 20, "died")]


def test_compression_makes_it_smaller() -> None:
    assert len(written([trace_of(0, 2000)], compress=True)) < len(written([trace_of(0, 2000)])) / 4


SMALL = written([trace_of(0, 4), trace_of(1, 4), trace_of(2, 4)])
SMALL_TRACE, _ = read_trace(io.BytesIO(SMALL))


def test_a_cut_at_every_byte_gives_the_whole_blocks_before_it_and_says_so() -> None:
    steps_seen = set()
    for length in range(len(SMALL)):
        try:
            trace, cut = read_trace(io.BytesIO(SMALL[:length]))
        except InputError:
            assert not steps_seen, "only what is shorter than its header is no trace file"
            continue
        assert "no index" in cut
        assert said(trace) == said(SMALL_TRACE, trace.step_count)
        steps_seen.add(trace.step_count)
    assert steps_seen == {0, 4, 8, 12}


def test_a_flipped_bit_anywhere_is_noticed() -> None:
    for at in range(len(SMALL)):
        damaged = bytearray(SMALL)
        damaged[at] ^= 1 << (at % 8)
        try:
            trace, cut = read_trace(io.BytesIO(bytes(damaged)))
        except InputError:
            continue
        assert cut, f"byte {at} was flipped, and nobody said so"
        assert said(trace) == said(SMALL_TRACE, trace.step_count)


@given(st.binary(max_size=60), st.booleans())
def test_noise_is_refused_in_words(noise: bytes, begun: bool) -> None:
    header = len(written([], close=False))
    data = SMALL[:header] + noise if begun else noise
    try:
        trace, cut = read_trace(io.BytesIO(data))
    except InputError:
        return
    assert begun
    assert cut
    assert trace.step_count == 0


def test_a_file_is_appended_to_after_a_cut_and_after_an_index() -> None:
    for length in (len(SMALL), len(SMALL) - 1, len(SMALL) - 200):
        before, _ = read_trace(io.BytesIO(SMALL[:length]))
        file = io.BytesIO(SMALL[:length])
        writer = append_to_trace(file)
        writer.write(trace_of(9, 4))
        writer.close()
        trace, cut = read_trace(io.BytesIO(file.getvalue()))
        assert cut == ""
        assert trace.step_count == before.step_count + 4
        assert said(trace, before.step_count) == said(before)
        assert said(trace.select(len(trace.scripts) - 1)) == said(trace_of(9, 4))


def test_every_record_is_on_disk_as_soon_as_it_is_written() -> None:
    class Flushed(io.BytesIO):
        seen = 0

        def flush(self) -> None:
            self.seen = len(self.getvalue())

    file = Flushed()
    writer = create_trace(file, {})
    writer.write(trace_of(0))
    assert file.seen == len(file.getvalue()) > 1000


def test_equal_records_are_told_by_their_bytes_and_verified_once() -> None:
    other = bytearray(SMALL)
    readers = [TraceReader(memoryview(SMALL)), TraceReader(memoryview(bytes(other)))]
    for a, b in zip(*(reader.records() for reader in readers), strict=True):
        assert a.same_bytes(b)
        a.verify()
        assert a.kind == "s" or a.block().step_count == 4
    offset = readers[0].offsets[1]
    other[offset + 40] ^= 1
    records = [list(TraceReader(memoryview(data)).records()) for data in (SMALL, bytes(other))]
    assert [a.same_bytes(b) for a, b in zip(*records, strict=True)] == [True, True, True, False, True, True]
    with pytest.raises(InputError, match=f"byte {offset}"):
        records[1][3].verify()


def test_a_difference_anywhere_in_a_long_record_is_seen() -> None:
    payload = bytes(range(256)) * 2048
    for source in (bytes, memoryview):
        for at in (0, 2**17 - 1, 2**17, len(payload) - 1):
            other = bytearray(payload)
            a = Record("a", 0, 0, "b", 1, source(payload))
            assert a.same_bytes(Record("b", 0, 0, "b", 1, source(bytes(other))))
            other[at] ^= 1
            assert not a.same_bytes(Record("b", 0, 0, "b", 1, source(bytes(other))))
        assert not a.same_bytes(Record("b", 0, 0, "b", 1, source(payload[:-1])))
        assert not a.same_bytes(Record("b", 0, 0, "b", 2, source(payload)))


def kinds(data: bytes) -> list[str]:
    return [record.kind for record in TraceReader(memoryview(data)).records()]


def test_many_scripts_share_a_record() -> None:
    scripts = tuple(Script((Episode(number, (number, 1)),)) for number in range(1000))
    data = written([Trace(scripts, (), {}), trace_of(5)])
    assert len(kinds(data)) < 20
    trace, cut = read_trace(io.BytesIO(data))
    assert cut == ""
    assert all(map(same_script, trace.scripts, (*scripts, *trace_of(5).scripts)))
    assert said(trace) == said(trace_of(5))


def test_scripts_that_break_a_limit_together_are_parted() -> None:
    crowd: dict[str, Any] = {"crowd": [[]] * (CONTAINERS_MAX // 3)}
    scripts = tuple(Script((Episode(number, (), crowd if number else {}),)) for number in range(4))
    data = written([Trace(scripts, (), {})])
    assert kinds(data).count("s") == 2
    assert read_trace(io.BytesIO(data))[0].scripts == scripts
    crowd["crowd"] *= 4
    with pytest.raises(ProtocolError, match="more than 262,144 maps"):
        written([Trace(scripts[1:2], (), {})])


@pytest.mark.parametrize(
    "message", [{"first": 1, "scripts": []}, {"first": False, "scripts": []}, {"first": 0, "scripts": {}}, {"first": 0, "scripts": [3]}, {}]
)
def test_scripts_that_do_not_follow_those_before_are_refused(message: dict[str, Any]) -> None:
    file = io.BytesIO()
    create_trace(file, {}).record(b"s", message)
    with pytest.raises(InputError, match="damaged"):
        read_trace(io.BytesIO(file.getvalue()))


def test_a_small_file_that_unpacks_to_more_than_a_frame_is_refused() -> None:
    bomb = zstandard.ZstdCompressor().compress(bytes(2**26 + 1))
    unsized = zstandard.ZstdCompressor(write_content_size=False).compress(bytes(2**26 + 1))
    for payload in (bomb, unsized):
        file = io.BytesIO()
        writer = create_trace(file, {})
        from equivcheck.protocol.tracefile import _checksum  # noqa: PLC0415

        file.write(struct.pack("<IBcQ", len(payload), 1, b"b", _checksum(1, b"b", payload)) + payload)
        del writer
        with pytest.raises(InputError, match="damaged"):
            read_trace(io.BytesIO(file.getvalue()))


def test_steps_nobody_asked_for_are_refused() -> None:
    trace = trace_of(0)
    longer = Trace(trace.scripts, (Run(0, 0, 0, 40),), trace.columns)
    with pytest.raises(InputError, match="not asked for"):
        read_trace(io.BytesIO(written([longer])))
