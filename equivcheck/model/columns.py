"""Steps as columns: one Column per leaf path, one row per Step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter, itemgetter
from typing import Any, TypeAlias

import numpy as np

from equivcheck.model.paths import extend_path, field_of, parse_path
from equivcheck.model.values import MISSING, Array, Leaf, Missing, Value, canonical, text_keys

_DTYPE, _SHAPE = attrgetter("dtype"), attrgetter("shape")
_INT64_MIN, _INT64_END, _UINT64_END = -(2**63), 2**63, 2**64


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One leaf over N Steps.

    Typed: `values` is an array `[N, ...]`; with `scalar` its rows are scalars of the kind of its dtype (bool,
    int64 or uint64, float64), else arrays. Ragged: `values` is a list of N leaves, MISSING where there is none.
    `present` (bool[N], typed only) says which rows hold a leaf; None means all. Absent rows hold zeros.
    """

    values: Array | list[Leaf | Missing]
    scalar: bool = False
    present: Array | None = None

    def __len__(self) -> int:
        return len(self.values)

    def leaf(self, row: int) -> Leaf | Missing:
        """Return the leaf of one row, MISSING where it has none."""
        if isinstance(self.values, list):
            return self.values[row]
        if self.present is not None and not self.present[row]:
            return MISSING
        item = self.values[row]
        leaf: Leaf = item.item() if self.scalar else item
        return leaf

    def take(self, rows: Any) -> Column:
        """Return the rows that `rows` selects: a slice, or an int array of indices."""
        present = None if self.present is None else self.present[rows]
        if isinstance(self.values, list):
            picked = self.values[rows] if isinstance(rows, slice) else [self.values[row] for row in rows]
            return Column(picked)
        return Column(self.values[rows], self.scalar, present)

    @property
    def presence(self) -> Array:
        """bool[N]: which rows hold a leaf."""
        if isinstance(self.values, list):
            return np.fromiter((leaf is not MISSING for leaf in self.values), bool, len(self.values))
        return np.ones(len(self.values), bool) if self.present is None else self.present

    @property
    def form(self) -> tuple[str, str, tuple[int, ...]]:
        """(kind, dtype, shape of one row); kind is `ragged`, `bool`, `int`, `float` or `array`."""
        if isinstance(self.values, list):
            return ("ragged", "", ())
        kind = {"b": "bool", "i": "int", "u": "int", "f": "float"}[self.values.dtype.kind] if self.scalar else "array"
        return (kind, self.values.dtype.name, self.values.shape[1:])


Columns: TypeAlias = dict[str, Column]


def columnise(rows: Sequence[Any], path: str = "") -> Columns:
    """Return the columns of N trees; a leaf that only some trees have is absent in the others.

    Raises: TypeError for something that is no value.
    """
    columns: Columns = {}
    _columnise(rows, path, None, len(rows), columns)
    return columns


def _columnise(rows: Sequence[Any], path: str, at: Array | None, count: int, columns: Columns) -> None:
    """Add the columns of `rows`, which stand at the row numbers `at` (None: all) of `count`."""
    types = set(map(type, rows))
    if len(types) == 1:
        column = _typed(rows, next(iter(types)))
        if column is not None:
            columns[path] = _scatter(column, at, count)
            return
        if types <= {dict, list} and all(rows):
            (_columnise_dicts if types == {dict} else _columnise_lists)(rows, path, at, count, columns)
            return
    parts = _partition(rows)
    for family, members in parts.items():
        subset = rows if len(members) == len(rows) else [rows[index] for index in members]
        where = at if len(members) == len(rows) else np.array(members) if at is None else at[members]
        if family is dict:
            _columnise_dicts(subset, path, where, count, columns)
        elif family is list:
            _columnise_lists(subset, path, where, count, columns)
        else:
            leaves = [canonical(leaf) for leaf in subset]
            again = _typed(leaves, type(leaves[0])) if len(set(map(type, leaves))) == 1 else None
            if any(isinstance(leaf, (dict, list)) and leaf for leaf in leaves):
                _columnise(leaves, path, where, count, columns)
            else:
                columns[path] = _scatter(again or Column(leaves), where, count)


def _partition(rows: Sequence[Any]) -> dict[type, list[int]]:
    """Split row numbers by what must be treated alike: full dicts, full lists, and leaves."""
    parts: dict[type, list[int]] = {}
    for index, row in enumerate(rows):
        if row is MISSING:
            continue
        full_dict, full_list = isinstance(row, dict) and bool(row), type(row) in (list, tuple) and bool(row)
        parts.setdefault(dict if full_dict else list if full_list else object, []).append(index)
    return parts


def _columnise_dicts(rows: Sequence[Any], path: str, at: Array | None, count: int, columns: Columns) -> None:
    if len(rows) > 1 and rows[-1] is rows[0] and len(set(map(id, rows))) == 1:  # one domain of many draws
        same = np.zeros(len(rows), int)
        columns |= {leaf: _scatter(column.take(same), at, count) for leaf, column in columnise(rows[:1], path).items()}
        return
    keys = dict.fromkeys(chain.from_iterable(rows))
    if set(map(type, rows)) != {dict} or set(map(type, keys)) != {str}:
        rows = [text_keys(row) for row in rows]
        keys = dict.fromkeys(chain.from_iterable(rows))
    for key in keys:
        where = at
        try:
            items = list(map(itemgetter(key), rows))
        except KeyError:  # not in every row
            held = [index for index, row in enumerate(rows) if key in row]
            items = [rows[index][key] for index in held]
            where = np.array(held) if at is None else at[held]
        _columnise(items, extend_path(path, key), where, count, columns)


def _columnise_lists(rows: Sequence[Any], path: str, at: Array | None, count: int, columns: Columns) -> None:
    for index in range(max(map(len, rows))):
        items = [row[index] if index < len(row) else MISSING for row in rows]
        _columnise(items, extend_path(path, index), at, count, columns)


def _typed(rows: Sequence[Any], family: type) -> Column | None:
    """Return a typed column where all rows are of one form, else None."""
    if family is float:
        return Column(np.array(rows, np.float64), scalar=True)
    if family is bool:
        return Column(np.array(rows, np.bool_), scalar=True)
    if family is int:
        low, high = min(rows), max(rows)
        if low >= _INT64_MIN and high < _INT64_END:
            return Column(np.array(rows, np.int64), scalar=True)
        return Column(np.array(rows, np.uint64), scalar=True) if low >= 0 and high < _UINT64_END else None
    if family is str:
        return Column(list(rows))
    if family is np.ndarray:
        first = rows[0]
        if first.ndim and first.dtype.kind in "biuf" and len(set(map(_DTYPE, rows))) == len(set(map(_SHAPE, rows))) == 1:
            return Column(_stack(rows).astype(canonical(first).dtype, copy=False))
        return None
    if issubclass(family, np.generic):
        items = [row.item() for row in rows]
        return None if isinstance(items[0], np.generic) else _typed(items, type(items[0]))
    return None


def _stack(rows: Sequence[Array]) -> Array:
    """Return arrays of one form as the rows of one array."""
    shape = (len(rows), *rows[0].shape)
    if rows[0].size:
        with suppress(TypeError):  # of a row that is not contiguous; for small rows three times as fast as numpy
            return np.frombuffer(bytearray().join(rows), rows[0].dtype).reshape(shape)  # type: ignore[arg-type]  # arrays are buffers
    return np.concatenate(rows).reshape(shape)


def _scatter(column: Column, at: Array | None, count: int) -> Column:
    """Spread a column of some rows over all `count` rows."""
    if at is None:
        return column
    if isinstance(column.values, list):
        spread: list[Leaf | Missing] = [MISSING] * count
        for row, leaf in zip(at.tolist(), column.values, strict=True):
            spread[row] = leaf
        return Column(spread)
    values = np.zeros((count, *column.values.shape[1:]), column.values.dtype)
    present = np.zeros(count, bool)
    values[at], present[at] = column.values, True
    return Column(values, column.scalar, present)


def row_tree(columns: Mapping[str, Column], row: int, fields: Sequence[str] = ()) -> Value:
    """Return one Step as a tree; with `fields`, only those fields of it."""
    leaves = {path: column.leaf(row) for path, column in columns.items()}
    return unflatten({path: leaf for path, leaf in leaves.items() if not fields or field_of(path) in fields})


def unflatten(leaves: Mapping[str, Leaf | Missing]) -> Value:
    """Return the tree that has these leaves; MISSING ones are left out, a lone "" is the tree itself."""
    root: dict[Any, Any] = {}
    for path, leaf in leaves.items():
        if leaf is MISSING:
            continue
        if path == "":
            return leaf
        at = root
        *above, last = parse_path(path)
        for segment in above:
            at = at.setdefault(segment, {})
        at[last] = leaf
    return _lists_from_indices(root)


def _lists_from_indices(node: Any) -> Value:
    if not isinstance(node, dict) or not node:
        return node
    if all(isinstance(key, int) for key in node):
        return [_lists_from_indices(node[key]) for key in sorted(node)]
    return {key: _lists_from_indices(item) for key, item in node.items()}


def join_columns(parts: Sequence[tuple[Mapping[str, Column], int]]) -> Columns:
    """Return the rows of several blocks (columns, row count) one after another.

    Columns of one form are joined as they are; where blocks disagree, the joined column is ragged.
    """
    if len(parts) == 1:
        return dict(parts[0][0])
    paths = dict.fromkeys(path for columns, _ in parts for path in columns)
    return {path: _join([(columns.get(path), count) for columns, count in parts]) for path in paths}


def _join(pieces: Sequence[tuple[Column | None, int]]) -> Column:
    forms = {piece.form for piece, _ in pieces if piece is not None}
    if len(forms) > 1 or ("ragged", "", ()) in forms:
        leaves: list[Leaf | Missing] = []
        for piece, count in pieces:
            leaves.extend([MISSING] * count if piece is None else [piece.leaf(row) for row in range(count)])
        return Column(leaves)
    model = next(piece for piece, _ in pieces if piece is not None)
    assert not isinstance(model.values, list)
    blank = model.values[:0]
    arrays = [np.zeros((count, *blank.shape[1:]), blank.dtype) if piece is None else np.asarray(piece.values) for piece, count in pieces]
    if all(piece is not None and piece.present is None for piece, _ in pieces):
        return Column(np.concatenate(arrays), model.scalar)
    masks = [np.zeros(count, bool) if piece is None else piece.presence for piece, count in pieces]
    return Column(np.concatenate(arrays), model.scalar, np.concatenate(masks))


def tree_rows(columns: Mapping[str, Column], field: str, count: int) -> list[Value] | None:
    """Return one field of every row as trees; None where some row does not have it."""
    below = {path: column for path, column in columns.items() if field_of(path) == field}
    if not below:
        return None
    if any(isinstance(column.values, list) or column.present is not None for column in below.values()):
        rows = [unflatten({path: column.leaf(row) for path, column in below.items()}) for row in range(count)]
        return [row[field] for row in rows] if all(field in row for row in rows) else None
    plans: dict[str, Any] = {path: _Rows(column) for path, column in below.items()}
    plan = unflatten(plans)
    return list(_zip_rows(plan[field]))


class _Rows:
    """The leaves of a fully present typed column, as a leaf of a plan."""

    __slots__ = ("leaves",)

    def __init__(self, column: Column) -> None:
        assert not isinstance(column.values, list)
        self.leaves = column.values.tolist() if column.scalar else list(column.values)


def _zip_rows(plan: Any) -> list[Value]:
    """Turn a tree whose leaves are _Rows into one tree a row."""
    if isinstance(plan, _Rows):
        return plan.leaves
    if isinstance(plan, dict):
        return [dict(zip(plan, items, strict=True)) for items in zip(*map(_zip_rows, plan.values()), strict=True)]
    return [list(items) for items in zip(*map(_zip_rows, plan), strict=True)]
