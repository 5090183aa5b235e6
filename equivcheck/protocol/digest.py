"""Digests: one 64-bit hash a Step over the leaves that are only ever compared exactly (docs/protocol.md, section 4)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import xxhash

from equivcheck.model.columns import Column, Columns
from equivcheck.model.paths import field_of
from equivcheck.model.request import BARE_FIELDS, Ask
from equivcheck.model.trace import Trace
from equivcheck.model.values import MISSING, Array, Leaf, holds_nan
from equivcheck.protocol.framing import array_header, array_payload

DIGEST = "digest"


def narrow(columns: Columns, count: int, ask: Ask) -> Columns:
    """Return of `count` full Steps what was asked for."""
    if ask.detail == "bare":
        return {path: column for path, column in columns.items() if field_of(path) in BARE_FIELDS}
    if ask.detail == "digest":
        hidden = set(ask.digested)
        kept = {path: column for path, column in columns.items() if path not in hidden}
        return {**kept, DIGEST: Column(digest_steps(columns, ask.digested, count), scalar=True)}
    return columns


def narrow_trace(trace: Trace, ask: Ask) -> Trace:
    """Return what was asked for of a Trace that may hold more."""
    if ask.detail == "full" or DIGEST in trace.columns or not trace.step_count:
        return trace
    return replace(trace, columns=narrow(trace.columns, trace.step_count, ask))


def digest_steps(columns: Columns, digested: Sequence[str], count: int) -> Array:
    """uint64[count]: the digest of each Step over those of the paths `digested` that it has; 0 where one holds a NaN."""
    hashes = np.fromiter(map(xxhash.xxh3_64_intdigest, digest_input(columns, digested, count)), np.uint64, count)
    hashes[hashes == 0] = 1
    for path in digested:
        if path in columns:
            hashes[_nan_rows(columns[path])] = 0
    return hashes


def digest_input(columns: Columns, digested: Sequence[str], count: int) -> list[bytes]:
    """Return the bytes that are hashed, one a Step."""
    parts: list[list[bytes]] = []
    fixed: list[Array] = []  # columns that every row has in the same width: they are joined as one matrix
    for path in sorted({path for path in digested if path in columns}, key=str.encode):
        column, label = columns[path], _label(path)
        if not isinstance(column.values, list) and column.present is None:
            fixed.append(_matrix(label, column))
            continue
        parts += [_rows(fixed, count), _sparse_rows(label, column)]
        fixed = []
    parts.append(_rows(fixed, count))
    return parts[0] if len(parts) == 1 else [b"".join(row) for row in zip(*parts, strict=True)]


def _sparse_rows(label: bytes, column: Column) -> list[bytes]:
    if isinstance(column.values, list):
        return [b"" if leaf is MISSING else label + leaf_bytes(leaf) for leaf in column.values]
    rows = _rows([_matrix(label, column)], len(column))
    return [row if there else b"" for row, there in zip(rows, column.presence.tolist(), strict=True)]


def _nan_rows(column: Column) -> Array:
    """bool[N]: where the leaf is or holds a NaN."""
    if isinstance(column.values, list):
        return np.fromiter(map(_is_nan, column.values), bool, len(column))
    if column.values.dtype.kind != "f" or not column.values.size:
        return np.zeros(len(column), bool)
    return np.asarray(np.isnan(column.values.reshape(len(column), -1)).any(axis=1))


def _label(path: str) -> bytes:
    raw = path.encode()
    return len(raw).to_bytes(4, "little") + raw


def _matrix(label: bytes, column: Column) -> Array:
    """uint8[N, width]: the bytes of a typed column, its label and kind before every row."""
    values = column.values
    assert not isinstance(values, list)
    count = len(values)
    kind, _, shape = column.form
    head = label + _KINDS[kind] + (array_header(values.dtype, shape) if kind == "array" else b"")
    little = np.ascontiguousarray(values, values.dtype.newbyteorder("<"))
    body = little.reshape(count, -1).view(np.uint8) if little.size else np.empty((count, 0), np.uint8)
    matrix = np.empty((count, len(head) + body.shape[1]), np.uint8)
    matrix[:, : len(head)] = np.frombuffer(head, np.uint8)
    matrix[:, len(head) :] = body
    return matrix


_KINDS = {"bool": b"\1", "int": b"\2", "float": b"\3", "array": b"\6"}


def _rows(matrices: list[Array], count: int) -> list[bytes]:
    """Return the rows of matrices side by side, as bytes."""
    if not matrices:
        return [b""] * count
    joined = matrices[0] if len(matrices) == 1 else np.concatenate(matrices, axis=1)
    width, whole = joined.shape[1], joined.tobytes()
    return [whole[at : at + width] for at in range(0, width * count, width)]


def leaf_bytes(leaf: Leaf) -> bytes:
    """Return the kind and the content of one leaf, as a digest takes them in."""
    if isinstance(leaf, (str, bytes)):
        raw = leaf.encode() if isinstance(leaf, str) else leaf
        return (b"\4" if isinstance(leaf, str) else b"\5") + len(raw).to_bytes(4, "little") + raw
    if isinstance(leaf, bool):
        return b"\1\1" if leaf else b"\1\0"
    if isinstance(leaf, int):
        return b"\2" + (leaf % 2**64).to_bytes(8, "little")
    if isinstance(leaf, float):
        return b"\3" + struct.pack("<d", leaf)
    if isinstance(leaf, np.ndarray):
        return b"\6" + array_payload(leaf)
    return b"\0" if leaf is None else b"\7" if isinstance(leaf, dict) else b"\x08"


def _is_nan(leaf: object) -> bool:
    return holds_nan(leaf) if isinstance(leaf, np.ndarray) else isinstance(leaf, float) and leaf != leaf
