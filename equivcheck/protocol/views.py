"""Views of the float columns in a stored block, found without decoding or copying it."""

from __future__ import annotations

import msgpack

from equivcheck.errors import ProtocolError
from equivcheck.model.values import Array
from equivcheck.protocol.framing import FRAME_BYTES_MAX, array_from_payload

_FIXED = {0xD4: 1, 0xD5: 2, 0xD6: 4, 0xD7: 8, 0xD8: 16}  # extensions of a fixed size
_SKIP_BYTES = 4096


class _Unlike(Exception):
    """Something else stands there than what we write."""


def float_views(body: bytes | memoryview) -> list[Array] | None:
    """Return the typed float columns of a block's msgpack map, read-only; None where a column has another form than an array."""
    try:
        cursor = _Cursor(memoryview(body))
        for _ in range(cursor.count(0x80, 0xDE)):
            if cursor.text() == b"columns":
                return [view for view in _columns(cursor) if view.dtype.kind == "f"]
            cursor.skip()
    except (_Unlike, IndexError, msgpack.UnpackException, ProtocolError):
        return None
    return None


def _columns(cursor: _Cursor) -> list[Array]:
    views = []
    for _ in range(cursor.count(0x80, 0xDE)):
        cursor.text()
        if cursor.count(0x90, 0xDC) != 3 or cursor.text() == b"ragged":
            raise _Unlike
        views.append(array_from_payload(cursor.extension()))
        cursor.skip()
    return views


class _Cursor:
    """A place in msgpack."""

    def __init__(self, body: memoryview) -> None:
        self._body, self._at = body, 0

    def count(self, fixed: int, wide: int) -> int:
        """Pass the head of a map (0x80, 0xDE) or list (0x90, 0xDC) and return how many entries follow."""
        first = self._body[self._at]
        if fixed <= first < fixed + 16:
            self._at += 1
            return first - fixed
        if first not in (wide, wide + 1):
            raise _Unlike
        return self._number(2 if first == wide else 4)

    def text(self) -> bytes:
        """Pass a text and return its bytes."""
        first = self._body[self._at]
        if 0xA0 <= first < 0xC0:
            self._at += 1
            return self._take(first - 0xA0)
        if first not in (0xD9, 0xDA, 0xDB):
            raise _Unlike
        return self._take(self._number(1 << (first - 0xD9)))

    def extension(self) -> memoryview:
        """Pass an array and return its payload, not copied."""
        first = self._body[self._at]
        if first in _FIXED:
            size = _FIXED[first]
            self._at += 1
        elif first in (0xC7, 0xC8, 0xC9):
            size = self._number(1 << (first - 0xC7))
        else:
            raise _Unlike
        payload = self._body[self._at + 1 : self._at + 1 + size]
        self._at += 1 + size
        return payload

    def skip(self) -> None:
        """Pass any one value."""
        first = self._body[self._at]
        if first in _FIXED or first in (0xC7, 0xC8, 0xC9):
            self.extension()
            return
        size = _SKIP_BYTES
        while True:
            skimmer = msgpack.Unpacker(None, read_size=size, max_buffer_size=FRAME_BYTES_MAX + 1)
            skimmer.feed(self._body[self._at : self._at + size])
            try:
                skimmer.skip()
            except msgpack.OutOfData:
                if self._at + size >= len(self._body):
                    raise
                size *= 16
            else:
                self._at += skimmer.tell()
                return

    def _number(self, width: int) -> int:
        """Pass a head with a number of so many bytes, and return it."""
        start = self._at + 1
        self._at = start + width
        return int.from_bytes(self._body[start : self._at], "big")

    def _take(self, size: int) -> bytes:
        self._at += size
        return bytes(self._body[self._at - size : self._at])
