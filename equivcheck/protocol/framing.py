"""Frames: a length and one msgpack map, with every limit checked before anything is built (docs/protocol.md, sections 1 and 2)."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import msgpack
import numpy as np

from equivcheck.errors import ProtocolError
from equivcheck.model.values import ARRAY_DTYPES, Array

Message: TypeAlias = dict[str, Any]

FRAME_BYTES_MAX: Final = 64 * 2**20
DEPTH_MAX: Final = 64
MAP_ENTRIES_MAX: Final = 65_536
LIST_ENTRIES_MAX: Final = 4_194_304  # of one list, and of all lists and maps of a frame together
CONTAINERS_MAX: Final = 262_144
TEXT_BYTES_MAX: Final = 2**20
DIMENSIONS_MAX: Final = 8
WORDS_BYTES_MAX: Final = 4096
ARRAY_CODE: Final = 1

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LEAVES = frozenset([bool, int, float, str, bytes, type(None), np.ndarray])
_DTYPE_NAMES = {np.dtype(name): name.encode() for name in sorted(ARRAY_DTYPES)}
# what a message says in an environment's own words: whoever shows them cleans them
_FREE_TEXT = ("words", "ends", "columns", "episodes", "scripts", "rolls", "actions", "states", "arguments", "results")
_LIMITS: Final = {
    "max_str_len": TEXT_BYTES_MAX,
    "max_bin_len": FRAME_BYTES_MAX,
    "max_ext_len": FRAME_BYTES_MAX,
    "max_array_len": LIST_ENTRIES_MAX,
    "max_map_len": MAP_ENTRIES_MAX,
}


def encode_frame(message: Mapping[str, Any]) -> bytes:
    """Return the frame of a message. Raises: ProtocolError(local) where it breaks a limit or holds what is no value."""
    body = encode_map(message)
    return len(body).to_bytes(4, "little") + body


def encode_map(message: Mapping[str, Any]) -> bytes:
    """Return the msgpack map alone, as a frame or a record of a trace file carries it."""
    try:
        check_tree(message)
        body: bytes = msgpack.packb(message, default=_pack_array, use_bin_type=True)
    except ProtocolError as error:
        raise ProtocolError(str(error), side="local") from None
    except (TypeError, ValueError, OverflowError) as error:
        raise ProtocolError(f"a message cannot be encoded: {error}", side="local") from None
    if len(body) > FRAME_BYTES_MAX:
        raise ProtocolError(f"a message of {len(body):,} bytes; a frame holds at most {FRAME_BYTES_MAX:,}", side="local")
    return body


class FrameDecoder:
    """Bytes in, messages out, however the bytes are split."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.lost = False  # after a length that cannot be: nobody knows where the next frame begins

    def feed(self, data: bytes | bytearray | memoryview) -> None:
        """Take bytes that arrived."""
        self._buffer += data

    @property
    def pending(self) -> int:
        """How many bytes wait for the rest of their frame, or to be taken."""
        return len(self._buffer)

    def next(self) -> Message | None:
        """Return the next whole message, None where more bytes are needed. Raises: ProtocolError."""
        buffer = self._buffer
        if len(buffer) < 4:
            return None
        length = int.from_bytes(buffer[:4], "little")
        self.lost = not 1 <= length <= FRAME_BYTES_MAX
        if self.lost:
            raise _length_error(length, bytes(buffer[:4]))
        if len(buffer) < 4 + length:
            return None
        with memoryview(buffer) as view:
            body = bytes(view[4 : 4 + length])
        del buffer[: 4 + length]
        message = decode_map(body)
        if not isinstance(message.get("type"), str):
            raise ProtocolError("a message has no `type`")
        return message


def _length_error(length: int, prefix: bytes) -> ProtocolError:
    if length == 0:
        return ProtocolError("a frame of length 0")
    printed = f"; they read {prefix.decode()!r}: is something printed to standard output?" if _is_text(prefix) else ""
    return ProtocolError(f"a frame of {length:,} bytes is announced; at most {FRAME_BYTES_MAX:,} are allowed{printed}")


def _is_text(prefix: bytes) -> bool:
    return all(32 <= byte < 127 or byte in b"\t\r\n\x1b" for byte in prefix)


def decode_map(body: bytes | memoryview) -> Message:
    """Return the one msgpack map that `body` is. Raises: ProtocolError(remote)."""
    if len(body) > FRAME_BYTES_MAX:
        raise ProtocolError(f"{len(body):,} bytes; at most {FRAME_BYTES_MAX:,} are allowed")
    try:
        _skim(body)
        message = msgpack.unpackb(body, raw=False, strict_map_key=True, **_hooks(len(body)), **_LIMITS)
    except ProtocolError:
        raise
    except msgpack.StackError:
        raise ProtocolError(f"nested deeper than {DEPTH_MAX}") from None
    except (msgpack.UnpackException, ValueError, TypeError, OverflowError) as error:
        raise ProtocolError(f"malformed msgpack: {str(error) or 'a byte that begins no value'}") from None
    if not isinstance(message, dict):
        raise ProtocolError(f"a map is expected, not a {type(message).__name__}")
    check_tree(message)
    return message


def _skim(body: bytes | memoryview) -> None:
    """Parse without building anything, so that a count nobody backs with bytes allocates nothing."""
    skimmer = msgpack.Unpacker(None, read_size=len(body) + 1, max_buffer_size=FRAME_BYTES_MAX + 1)
    skimmer.feed(body)
    try:
        skimmer.skip()
    except msgpack.OutOfData:
        raise ProtocolError("malformed msgpack: it ends too soon") from None
    if skimmer.tell() != len(body):
        raise ProtocolError(f"malformed msgpack: {len(body) - skimmer.tell():,} bytes follow the map")


class _Tally:
    """What a message holds so far: many small things take far more memory than the bytes they come in."""

    __slots__ = ("containers", "entries")

    def __init__(self) -> None:
        self.containers = self.entries = 0

    def add(self, container: Any) -> Any:
        """Count a map or a list, and return it. Raises: ProtocolError."""
        self.entries += len(container)
        if self.entries > LIST_ENTRIES_MAX:
            raise ProtocolError(f"maps and lists of more than {LIST_ENTRIES_MAX:,} entries together")
        self.add_containers(1)
        return container

    def add_containers(self, count: int) -> None:
        """Count maps, lists or arrays. Raises: ProtocolError."""
        self.containers += count
        if self.containers > CONTAINERS_MAX:
            raise ProtocolError(f"more than {CONTAINERS_MAX:,} maps, lists and arrays")

    def unpack_array(self, code: int, payload: bytes) -> Array:
        """Count an array, and return it. Raises: ProtocolError."""
        self.add_containers(1)
        return _unpack_array(code, payload)


def _hooks(length: int) -> dict[str, Any]:
    """Return what builds maps, lists and arrays; they are counted where so many bytes could hold too many."""
    if length <= CONTAINERS_MAX:
        return {"ext_hook": _unpack_array}
    tally = _Tally()
    return {"ext_hook": tally.unpack_array, "list_hook": tally.add, "object_hook": tally.add}


def check_tree(message: Mapping[str, Any]) -> None:
    """Check counts, nesting, keys, text and types of a decoded or to be encoded message. Raises: ProtocolError."""
    tally = _Tally()
    _check_keys(tally.add(message))
    for key, value in message.items():
        _check_items([value], 1, key not in _FREE_TEXT, tally)


def _check_items(items: list[Any], depth: int, strict: bool, tally: _Tally) -> None:
    """Check many at once, those inside of them after them: a thousand lists cost little more than one."""
    kinds = set(map(type, items))
    if str in kinds:
        _check_texts(items if len(kinds) == 1 else [item for item in items if type(item) is str], strict)
    if np.ndarray in kinds:
        tally.add_containers(len(items) if len(kinds) == 1 else sum(type(item) is np.ndarray for item in items))
    if kinds <= _LEAVES:
        return
    if depth == DEPTH_MAX and not kinds.isdisjoint((dict, list)):
        raise ProtocolError(f"nested deeper than {DEPTH_MAX}")
    inside: list[Any] = []
    for item in items:
        if isinstance(item, dict):
            _check_keys(tally.add(item))
            inside += item.values()
        elif isinstance(item, list):
            inside += tally.add(item)
        elif type(item) not in _LEAVES:
            raise ProtocolError(f"a {type(item).__name__} is no value")
    if inside:
        _check_items(inside, depth + 1, strict, tally)


def _check_keys(tree: Mapping[str, Any]) -> None:
    if len(tree) > MAP_ENTRIES_MAX:
        raise ProtocolError(f"a map of {len(tree):,} entries; at most {MAP_ENTRIES_MAX:,} are allowed")
    if not all(type(key) is str for key in tree):
        raise ProtocolError("a key of a map is not text")
    _check_texts(list(tree), True)


def _check_texts(texts: list[str], strict: bool) -> None:
    joined = "".join(texts)
    if strict and (found := _CONTROL.search(joined)) is not None:
        raise ProtocolError(f"a text holds the control character {found[0]!r}")
    if 4 * len(joined) > TEXT_BYTES_MAX and any(len(text.encode()) > TEXT_BYTES_MAX for text in texts):
        raise ProtocolError(f"a text of more than {TEXT_BYTES_MAX:,} bytes")


def _pack_array(value: Any) -> msgpack.ExtType:
    if isinstance(value, np.ndarray):
        return msgpack.ExtType(ARRAY_CODE, array_payload(value))
    raise TypeError(f"a {type(value).__name__} is no value")


def array_payload(array: Array) -> bytes:
    """Return the payload of extension type 1. Raises: TypeError for an array that is no value."""
    return array_header(array.dtype, array.shape) + array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()


def array_header(dtype: np.dtype[Any], shape: tuple[int, ...]) -> bytes:
    """Return what precedes the elements in the payload."""
    name = _DTYPE_NAMES.get(dtype)
    if name is None or not 1 <= len(shape) <= DIMENSIONS_MAX:
        raise TypeError(f"an array of dtype {dtype} and {len(shape)} dimensions is no value")
    return struct.pack(f"<B{len(name)}sB{len(shape)}I", len(name), name, len(shape), *shape)


def _unpack_array(code: int, payload: bytes) -> Array:
    if code != ARRAY_CODE:
        raise ProtocolError(f"unknown extension type {code}")
    return array_from_payload(payload)


def array_from_payload(payload: bytes | memoryview) -> Array:
    """Return the array of a payload of extension type 1, read-only and without a copy. Raises: ProtocolError(remote)."""
    name_end = 1 + (payload[0] if payload else 0)
    name = bytes(payload[1:name_end]).decode("ascii", "replace")
    if name not in ARRAY_DTYPES or len(payload) <= name_end:
        raise ProtocolError(f"an array of unknown dtype {name!r}")
    dimensions, start = payload[name_end], name_end + 1
    data = start + 4 * dimensions
    if not 1 <= dimensions <= DIMENSIONS_MAX or len(payload) < data:
        raise ProtocolError(f"an array of {dimensions} dimensions; 1 to {DIMENSIONS_MAX} are allowed")
    shape = struct.unpack_from(f"<{dimensions}I", payload, start)
    dtype = np.dtype(name).newbyteorder("<")
    count = 1
    for size in shape:
        count *= size
    if count * dtype.itemsize != len(payload) - data:
        raise ProtocolError(f"an array of {name}{list(shape)} in {len(payload) - data:,} bytes")
    array = np.frombuffer(payload, dtype, count, data) if count else np.empty(0, dtype)
    if name == "bool" and count and int(array.view(np.uint8).max()) > 1:
        raise ProtocolError("an array of bool holds a byte other than 0 and 1")
    return array.reshape(shape)


def cut_words(words: str) -> str:
    """Return free text at the length a message may carry."""
    raw = words.encode(errors="replace")
    return words if len(raw) <= WORDS_BYTES_MAX else raw[:WORDS_BYTES_MAX].decode(errors="ignore")
