"""Stored blocks read where they lie: their arrays are views of the bytes they came in."""

from __future__ import annotations

from typing import Any, Final

import msgpack

from equivcheck.errors import ProtocolError
from equivcheck.model.values import Array
from equivcheck.protocol.framing import ARRAY_CODE, CONTAINERS_MAX, FRAME_BYTES_MAX, Message, array_from_payload, check_tree, decode_map

_FIXED: Final = {0xD4: 1, 0xD5: 2, 0xD6: 4, 0xD7: 8, 0xD8: 16}  # extensions of a fixed size
_NIL: Final = 0xC0
_SKIP_BYTES: Final = 4096
_COLUMNS_MAX: Final = CONTAINERS_MAX // 8
_REST_BYTES_MAX: Final = CONTAINERS_MAX // 2


class _Unlike(Exception):
    """Something else stands there than what we write."""


def block_in_place(body: bytes | memoryview) -> Message | None:
    """Return what `decode_map` returns for a block whose columns are arrays, without a copy of them; None for anything else."""
    try:
        return _read_block(memoryview(body))
    except (_Unlike, IndexError, ValueError, msgpack.UnpackException, ProtocolError):
        return None


def _read_block(body: memoryview) -> Message:
    cursor = _Cursor(body)
    entries = cursor.count(0x80, 0xDE)
    start = cursor.at
    while (before := cursor.at) < len(body):
        if cursor.text() == "columns":
            break
        cursor.skip()
    count = cursor.count(0x80, 0xDE)
    if entries > 16 or count > _COLUMNS_MAX:
        raise _Unlike
    columns = {cursor.text(): _read_column(cursor) for _ in range(count)}
    check_tree({"columns": columns})
    rest = b"".join([bytes([0x80 + entries - 1]), body[start:before], body[cursor.at :]])
    if len(rest) > _REST_BYTES_MAX:  # fewer bytes hold too little to break, with the columns, a limit that each of them keeps
        raise _Unlike
    return {"columns": columns, **decode_map(rest)}


def _read_column(cursor: _Cursor) -> list[Any]:
    if cursor.count(0x90, 0xDC) != 3:
        raise _Unlike
    return [cursor.text(), cursor.array(), cursor.array_or_nil()]


class _Cursor:
    """A place in msgpack."""

    def __init__(self, body: memoryview) -> None:
        self._body, self.at = body, 0

    def count(self, fixed: int, wide: int) -> int:
        """Pass the head of a map (0x80, 0xDE) or list (0x90, 0xDC) and return how many entries follow."""
        first = self._body[self.at]
        if fixed <= first < fixed + 16:
            self.at += 1
            return first - fixed
        if first not in (wide, wide + 1):
            raise _Unlike
        return self._number(2 if first == wide else 4)

    def text(self) -> str:
        """Pass a text and return it."""
        first = self._body[self.at]
        if 0xA0 <= first < 0xC0:
            self.at += 1
            size = first - 0xA0
        elif first in (0xD9, 0xDA, 0xDB):
            size = self._number(1 << (first - 0xD9))
        else:
            raise _Unlike
        self.at += size
        return str(self._body[self.at - size : self.at], "utf-8")

    def array(self) -> Array:
        """Pass an array and return it, not copied."""
        first = self._body[self.at]
        if first in _FIXED:
            size = _FIXED[first]
            self.at += 1
        elif first in (0xC7, 0xC8, 0xC9):
            size = self._number(1 << (first - 0xC7))
        else:
            raise _Unlike
        if self._body[self.at] != ARRAY_CODE:
            raise _Unlike
        self.at += 1 + size
        return array_from_payload(self._body[self.at - size : self.at])

    def array_or_nil(self) -> Array | None:
        """Pass an array, or nil, and return it."""
        if self._body[self.at] != _NIL:
            return self.array()
        self.at += 1
        return None

    def skip(self) -> None:
        """Pass any one value."""
        size = _SKIP_BYTES
        while True:
            skimmer = msgpack.Unpacker(None, read_size=size, max_buffer_size=FRAME_BYTES_MAX + 1)
            skimmer.feed(self._body[self.at : self.at + size])
            try:
                skimmer.skip()
            except msgpack.OutOfData:
                if self.at + size >= len(self._body):
                    raise
                size *= 16
            else:
                self.at += skimmer.tell()
                return

    def _number(self, width: int) -> int:
        """Pass a head with a number of so many bytes, and return it."""
        start = self.at + 1
        self.at = start + width
        return int.from_bytes(self._body[start : self.at], "big")
