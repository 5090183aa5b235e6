"""Columns on the wire, and the checks that make a stranger's columns safe to use."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import numpy as np

from equivcheck.errors import ProtocolError
from equivcheck.model.columns import Column, Columns, columnise, row_tree
from equivcheck.model.paths import Segment, Segments, parse_path, path_text
from equivcheck.model.values import MISSING, Array, Leaf, Missing, Value
from equivcheck.protocol.framing import DEPTH_MAX, DIMENSIONS_MAX

PATH_LENGTH_MAX: Final = 4096
_SCALAR_DTYPES = frozenset(map(np.dtype, ("bool", "int64", "uint64", "float64")))  # looking up a dtype's name is slow


def columns_to_plain(columns: Columns) -> dict[str, Any]:
    """Return columns as a message carries them; a path that no row has is left out."""
    plain = {path: _column_to_plain(column) for path, column in columns.items()}
    return {path: column for path, column in plain.items() if column is not None}


def _column_to_plain(column: Column) -> list[Any] | None:
    presence = column.presence
    whole = bool(presence.all())
    if not whole and not presence.any():
        return None
    present = None if whole else presence
    values = column.values
    if not isinstance(values, list) and (column.scalar or values.ndim <= DIMENSIONS_MAX):
        return ["scalar" if column.scalar else "array", values, present]
    leaves = [column.leaf(row) for row in range(len(column))]
    return ["ragged", leaves if whole else [None if leaf is MISSING else leaf for leaf in leaves], present]


def values_to_plain(values: tuple[Value, ...]) -> dict[str, Any]:
    """Return values, such as the actions of an episode, as columns of a message."""
    return columns_to_plain(columnise(values)) if values else {}


def values_from_plain(plain: Any, count: int, what: str) -> tuple[Value, ...]:
    """Return the values that `values_to_plain` wrote. Raises: ProtocolError(remote)."""
    columns = columns_from_plain(plain, count, what)
    if columns.keys() == {""} and not isinstance(columns[""].values, list) and columns[""].scalar and columns[""].present is None:
        return tuple(columns[""].values.tolist())
    covered = np.zeros(count, bool)
    for column in columns.values():
        covered |= column.presence
    if not covered.all():
        raise ProtocolError(f"{what}: row {int(np.argmin(covered))} has no value")
    return tuple(row_tree(columns, row) for row in range(count))


def columns_from_plain(plain: Any, count: int, what: str) -> Columns:
    """Return the columns of `count` rows that a message carried, their paths spelled our way.

    Raises: ProtocolError(remote) with what is wrong, in which column of `what`.
    """
    if not isinstance(plain, Mapping):
        raise ProtocolError(f"{what} is a {type(plain).__name__}; a map of columns is wanted")
    columns: Columns = {}
    for text, column in plain.items():
        path = read_path(text)
        if path in columns:
            raise ProtocolError(f"{what}: two columns are called {path!r}")
        read = _column_from_plain(column, count, f"{what}: column {path!r}")
        if read is not None:
            columns[path] = read
    _check_shape_of_rows(columns, count, what)
    return columns


def read_path(text: str) -> str:
    """Return a path as we spell it. Raises: ProtocolError where it is none."""
    if len(text) > PATH_LENGTH_MAX:
        raise ProtocolError(f"the path {text[:80]!r}... has {len(text):,} characters; at most {PATH_LENGTH_MAX:,} are allowed")
    return _read_path(text)


@lru_cache(maxsize=65_536)
def _read_path(text: str) -> str:
    try:
        segments = parse_path(text)
        path_text(segments).encode()
        if len(segments) >= DEPTH_MAX:
            raise ValueError(f"{text[:80]!r}... has more than {DEPTH_MAX - 1} segments")
    except ValueError as error:
        raise ProtocolError(f"a column's path is malformed: {error}") from None
    return path_text(segments)


def _column_from_plain(plain: Any, count: int, what: str) -> Column | None:
    if not isinstance(plain, list) or len(plain) != 3 or not isinstance(plain[0], str):
        raise ProtocolError(f"{what} is no list [form, values, present]")
    form, values, present = plain
    if present is not None:
        if not isinstance(present, np.ndarray) or present.dtype.kind != "b" or present.shape != (count,):
            raise ProtocolError(f"{what}: `present` is nil or bool[{count}]")
        if not present.any():
            return None
        present = None if present.all() else present
    if form == "ragged":
        return _ragged(values, count, present, what)
    if form not in ("scalar", "array"):
        raise ProtocolError(f"{what}: unknown form {form!r}")
    if not isinstance(values, np.ndarray) or len(values) != count:
        raise ProtocolError(f"{what}: an array of {count} rows is wanted")
    if form == "scalar" and (values.ndim != 1 or values.dtype not in _SCALAR_DTYPES):
        raise ProtocolError(f"{what}: scalars travel as bool, int64, uint64 or float64[N], not {values.dtype}{list(values.shape)}")
    if form == "array" and values.ndim < 2:
        raise ProtocolError(f"{what}: `array` needs N x shape; scalars have the form `scalar`")
    if present is not None and values[~present].any():
        raise ProtocolError(f"{what}: rows without the leaf must hold zeros")
    return Column(values, form == "scalar", present)


def _ragged(values: Any, count: int, present: Array | None, what: str) -> Column:
    if not isinstance(values, list) or len(values) != count:
        raise ProtocolError(f"{what}: a list of {count} leaves is wanted")
    if not {dict, list}.isdisjoint(map(type, values)) and any(isinstance(leaf, (dict, list)) and leaf for leaf in values):
        raise ProtocolError(f"{what}: a map or list that is not empty is no leaf")
    if present is None:
        return Column(values)
    leaves: list[Leaf | Missing] = [leaf if there else MISSING for leaf, there in zip(values, present.tolist(), strict=True)]
    if any(leaf is not None for leaf, there in zip(values, present.tolist(), strict=True) if not there):
        raise ProtocolError(f"{what}: rows without the leaf must hold nil")
    return Column(leaves)


def _check_shape_of_rows(columns: Columns, count: int, what: str) -> None:
    """Refuse a row in which one place is two things: a leaf, a map, a list."""
    for place, rivals in _rivals(tuple(columns)):
        claims = np.zeros(count, np.int64)
        for group in rivals:
            claims += np.logical_or.reduce([columns[path].presence for path in group])
        if (claims > 1).any():
            raise ProtocolError(f"{what}: row {int(np.argmax(claims > 1))} has {place!r} as two of a leaf, a map and a list")


@lru_cache(maxsize=16)
def _rivals(paths: tuple[str, ...]) -> list[tuple[str, list[list[str]]]]:
    """Return the places that different columns make a leaf, a map or a list, with the columns of each kind."""
    rivals = []
    shared: list[tuple[Segments, list[tuple[Segments, str]]]] = [((), [(parse_path(path), path) for path in paths])]
    while shared:
        place, below = shared.pop()
        kinds: dict[type, list[str]] = {}
        branches: dict[Segment, list[tuple[Segments, str]]] = {}
        for segments, path in below:
            following = segments[len(place)] if len(place) < len(segments) else None
            kinds.setdefault(type(following), []).append(path)
            if following is not None:
                branches.setdefault(following, []).append((segments, path))
        if len(kinds) > 1:
            rivals.append((path_text(place), list(kinds.values())))
        shared.extend(((*place, segment), group) for segment, group in branches.items() if len(group) > 1)
    return rivals
