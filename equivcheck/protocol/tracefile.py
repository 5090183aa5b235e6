"""Trace files, `.eqtrace`: checksummed records, readable up to the last whole one (docs/protocol.md, section 8)."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO, Final, NamedTuple

import xxhash
import zstandard

from equivcheck.errors import InputError, ProtocolError
from equivcheck.model.script import Script
from equivcheck.model.trace import Trace
from equivcheck.model.values import canonical
from equivcheck.protocol.blocks import Block, block_from_plain, block_to_plain, split_trace
from equivcheck.protocol.collection import Collection
from equivcheck.protocol.framing import FRAME_BYTES_MAX, Message, decode_map, encode_map
from equivcheck.protocol.messages import VERSION, script_from_plain, script_to_plain
from equivcheck.protocol.views import block_in_place

MAGIC: Final = b"EQTRACE1"
_HEAD: Final = struct.Struct("<IBcQ")
_COMPRESSED: Final = 1
_KINDS: Final = b"hsbi"
_COMPRESS_BYTES_MIN: Final = 512
_STRIDE: Final = 2**17
_SCRIPTS_TOGETHER: Final = 64
_BLOCK_BYTES: Final = 4 * 2**20


class Record(NamedTuple):
    """One record as it is stored. `kind` is `h`, `s`, `b` or `i`; `offset` is where it begins in the file."""

    file: str
    offset: int
    flags: int
    kind: str
    checksum: int
    payload: bytes | memoryview

    def verify(self) -> None:
        """Raise InputError where the checksum is not that of the payload."""
        if _checksum(self.flags, self.kind.encode(), self.payload) != self.checksum:
            raise self.damaged("its checksum is wrong")

    def same_bytes(self, other: Record) -> bool:
        """Return whether two records are stored alike, to the byte: if one is intact, so is the other."""
        ours, theirs = self.payload, other.payload
        if (self.flags, self.kind, self.checksum, len(ours)) != (other.flags, other.kind, other.checksum, len(theirs)):
            return False
        # a view compares item by item, a bytearray at the speed of memory
        return all(bytearray(ours[at : at + _STRIDE]).startswith(theirs[at : at + _STRIDE]) for at in range(0, len(ours), _STRIDE))

    def message(self) -> Message:
        """Return what the payload says. Raises: InputError."""
        try:
            return decode_map(_decompress(self.payload) if self.flags & _COMPRESSED else self.payload)
        except (ProtocolError, zstandard.ZstdError) as error:
            raise self.damaged(str(error)) from None

    def block(self) -> Block:
        """Return the block of a record of kind `b`, whose arrays may be views of the payload. Raises: InputError."""
        message = None if self.flags & _COMPRESSED else block_in_place(self.payload)
        try:
            return block_from_plain(self.message() if message is None else message, stored=True)
        except ProtocolError as error:
            raise self.damaged(str(error)) from None

    def damaged(self, why: str) -> InputError:
        """Return the error that says where the file is damaged."""
        return InputError(f"{self.file} is damaged in the record at byte {self.offset:,}: {why}")


class TraceReader:
    """The records of a trace file, one after another. Raises: InputError where it is no trace file, or is damaged.

    `source` is a file opened for reading bytes, or a view of its bytes, which is then read without a copy. `offsets` says where the
    records with Steps begin that were met so far, and `scripts` holds those that `blocks` met. Once all is read, `cut` says in words
    why the file has no index, "" where it has one, and `end` is where the last whole record ends that is no index.
    """

    def __init__(self, source: BinaryIO | memoryview, file: str = "the trace file") -> None:
        self.file = file
        self.scripts: list[Script] = []
        self.offsets: list[int] = []
        self.cut = ""
        self.end = len(MAGIC)
        self._read = source.read if not isinstance(source, memoryview) else _view_reader(source)
        if self._read(len(MAGIC)) != MAGIC:
            raise InputError(f"{file} is no trace file: it does not begin with {MAGIC.decode()}")
        header = self._next()
        if header is None:
            raise InputError(f"{file} was cut before its first record was whole")
        header.verify()
        message = header.message()
        if header.kind != "h" or message.get("protocol") != VERSION or not isinstance(message.get("provenance"), dict):
            raise header.damaged(f"a header of version {VERSION} is expected there")
        self.provenance: Mapping[str, Any] = message["provenance"]

    def records(self) -> Iterator[Record]:
        """Yield the records that hold scripts and Steps, not yet verified."""
        while (record := self._next()) is not None:
            if record.kind == "i":
                record.verify()
                self._check_index(record)
                return
            if record.kind == "b":
                self.offsets.append(record.offset)
            yield record
        whole = f"{len(self.offsets)} blocks, up to byte {self.end:,}"
        self.cut = f"{self.file} was cut, or is still being written: it has no index; what was whole was read: {whole}"

    def blocks(self) -> Iterator[tuple[Record, Block]]:
        """Yield the records that hold Steps, each verified, and the Steps; the scripts they refer to are in `scripts` by then."""
        for record in self.records():
            record.verify()
            if record.kind == "b":
                yield record, record.block()
            else:
                self._add_scripts(record)

    def _next(self) -> Record | None:
        """Return the next record, None where there is no whole one."""
        head = self._read(_HEAD.size)
        if len(head) < _HEAD.size:
            return None
        length, flags, kind, checksum = _HEAD.unpack(head)
        if length > FRAME_BYTES_MAX or flags > _COMPRESSED or kind not in _KINDS:
            raise InputError(f"{self.file} is damaged at byte {self.end:,}: no record begins there")
        payload = self._read(length)
        if len(payload) < length:
            return None
        record = Record(self.file, self.end, flags, kind.decode(), checksum, payload)
        if kind != b"i":
            self.end += _HEAD.size + length
        return record

    def _add_scripts(self, record: Record) -> None:
        message = record.message()
        first, scripts = message.get("first"), message.get("scripts")
        if record.kind != "s" or type(first) is not int or first != len(self.scripts) or not isinstance(scripts, list):
            raise record.damaged(f"scripts numbered from {len(self.scripts):,} on are expected there")
        try:
            self.scripts += map(script_from_plain, scripts)
        except ProtocolError as error:
            raise record.damaged(str(error)) from None

    def _check_index(self, record: Record) -> None:
        listed = record.message().get("blocks")
        if not isinstance(listed, list) or [row[0] if isinstance(row, list) and row else None for row in listed] != self.offsets:
            raise record.damaged("the index does not list the blocks that are there")
        if self._read(1):
            raise record.damaged("something follows the index")


def _view_reader(view: memoryview) -> Callable[[int], memoryview]:
    at = 0

    def read(count: int) -> memoryview:
        nonlocal at
        part = view[at : at + count]
        at += len(part)
        return part

    return read


def read_trace(source: BinaryIO | memoryview, file: str = "the trace file") -> tuple[Trace, str]:
    """Return a whole trace file as one Trace, and `TraceReader.cut`. Raises: InputError."""
    reader = TraceReader(source, file)
    steps_max: dict[int, list[int]] = {}
    collection = Collection(steps_max)
    for record, block in reader.blocks():
        for number in range(len(steps_max), len(reader.scripts)):
            steps_max[number] = [len(episode.actions) + 1 for episode in reader.scripts[number].episodes]
        try:
            collection.add(block)
        except ProtocolError as error:
            raise record.damaged(str(error)) from None
    return collection.trace(reader.scripts, reader.provenance), reader.cut


@dataclass(slots=True)
class TraceWriter:
    """Adds to a trace file, record by record, so that what was written is never lost; from `create_trace` or `append_to_trace`."""

    file: BinaryIO
    compress: bool
    _at: int
    _index: list[list[int]] = field(default_factory=list)
    _rows: int = 0
    _scripts: int = 0

    def write(self, trace: Trace) -> None:
        """Add scripts and their Steps, the scripts numbered on from those before."""
        base = self._scripts
        for at in range(0, len(trace.scripts), _SCRIPTS_TOGETHER):
            self._write_scripts(trace.scripts[at : at + _SCRIPTS_TOGETHER])
        runs = tuple(replace(run, script=run.script + base) for run in trace.runs)
        ends = tuple(replace(end, script=end.script + base) for end in trace.ends)
        for block in split_trace(replace(trace, runs=runs, ends=ends), block_bytes=_BLOCK_BYTES):
            self._index.append([self._at, self._rows, block.step_count])
            self._rows += block.step_count
            self.record(b"b", block_to_plain(block))

    def close(self) -> None:
        """Write the index; the file itself is closed by whoever opened it."""
        self.record(b"i", {"blocks": self._index, "steps": self._rows})

    def _write_scripts(self, scripts: Sequence[Script]) -> None:
        """Write scripts as one record, or half by half where together they break a limit. Raises: ProtocolError where one alone does."""
        message = {"first": self._scripts, "scripts": [script_to_plain(script) for script in scripts]}
        try:
            self.record(b"s", message)
        except ProtocolError:
            if len(scripts) == 1:
                raise
            self._write_scripts(scripts[: len(scripts) // 2])
            self._write_scripts(scripts[len(scripts) // 2 :])
        else:
            self._scripts += len(scripts)

    def record(self, kind: bytes, message: Message) -> None:
        """Write one record and flush it."""
        payload, flags = encode_map(message), 0
        if self.compress and len(payload) > _COMPRESS_BYTES_MIN:
            payload, flags = zstandard.ZstdCompressor().compress(payload), _COMPRESSED
        self.file.write(_HEAD.pack(len(payload), flags, kind, _checksum(flags, kind, payload)) + payload)
        self.file.flush()
        self._at += _HEAD.size + len(payload)


def create_trace(file: BinaryIO, provenance: Mapping[str, Any], *, compress: bool = False) -> TraceWriter:
    """Begin a trace file in an empty file that is opened for writing bytes."""
    file.write(MAGIC)
    writer = TraceWriter(file, compress, len(MAGIC))
    writer.record(b"h", {"protocol": VERSION, "provenance": canonical(dict(provenance))})
    return writer


def append_to_trace(file: BinaryIO, name: str = "the trace file", *, compress: bool = False) -> TraceWriter:
    """Go on with a trace file, opened for reading and writing bytes, after its last whole record. Raises: InputError."""
    reader = TraceReader(file, name)
    index: list[list[int]] = []
    rows = 0
    for record, block in reader.blocks():
        index.append([record.offset, rows, block.step_count])
        rows += block.step_count
    file.seek(reader.end)
    file.truncate()
    return TraceWriter(file, compress, reader.end, index, rows, len(reader.scripts))


def _checksum(flags: int, kind: bytes, payload: bytes | memoryview) -> int:
    hashed = xxhash.xxh3_64(bytes([flags]) + kind)
    hashed.update(payload)
    return int(hashed.intdigest())


def _decompress(payload: bytes | memoryview) -> bytes:
    """Return what was compressed, if it obeys the limit of a frame; told from its head before anything is allocated."""
    size = zstandard.get_frame_parameters(payload).content_size
    if size > FRAME_BYTES_MAX and size != zstandard.CONTENTSIZE_UNKNOWN:
        raise ProtocolError(f"{size:,} bytes when decompressed; at most {FRAME_BYTES_MAX:,} are allowed")
    decompressor = zstandard.ZstdDecompressor()
    return decompressor.decompress(payload, max_output_size=FRAME_BYTES_MAX, allow_extra_data=False)
