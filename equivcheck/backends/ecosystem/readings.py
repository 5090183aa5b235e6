"""Arrays of many lanes as columns of Steps, and canonical states as arrays (host side of a functional environment)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from equivcheck.backends.local import error_words
from equivcheck.model.columns import Column, Columns, columnise, unflatten
from equivcheck.model.paths import extend_path, field_of, generalise
from equivcheck.model.request import FieldDeclaration
from equivcheck.model.step import FIELDS
from equivcheck.model.values import ARRAY_DTYPES, MISSING, Array, Value, flatten
from equivcheck.recording.dense import records

Piece: TypeAlias = tuple[Mapping[str, Any], Sequence[Any] | None]  # leaves seen by path, state leaves; each [T, L, ...]


class Readings:
    """Reads what a Vmapped environment answers, and writes the states it is given."""

    def __init__(self, environment: Any, device: Any, agents: Sequence[str]) -> None:
        self._device, self._agents = device, agents
        self._export = getattr(environment, "export_state", None)
        self._import = getattr(environment, "import_state", None)
        self._records = dict(getattr(environment, "records", {}))
        self._optional = tuple(getattr(environment, "optional", ()))
        if device.sites:
            self._records["draws"], self._optional = partial(records, device.sites), (*self._optional, "draws")
        self._begin = getattr(environment, "begin", None)
        self.loads = device.loads and (self._import is not None or self._export is None)

    def columns(self, pieces: Sequence[Piece], times: Array, lanes: Array, shown: Array) -> Columns:
        """Return the columns of N Steps: those at `times` int[N], counted over all pieces, of the lanes int[N].

        `shown` uint8[L] has a bit for each optional record that a lane shows.
        """
        paths = dict.fromkeys(path for seen, _ in pieces for path in seen if field_of(path) not in self._records)
        in_order = sorted(paths, key=lambda path: FIELDS.index(field_of(path)))
        columns = {path: _gather(path, pieces, times, lanes) for path in in_order}
        if self._agents:
            _hide_idle(columns, [extend_path("legal", agent) for agent in self._agents])
        states = [states for _, states in pieces if states is not None]
        if states:
            leaves = [_join(parts)[times, lanes] for parts in zip(*states, strict=True)]
            columns |= {path: column for path, leaf in self._canonical(leaves).items() if (column := _column_where(leaf)).presence.any()}
            for name, read in self._records.items():
                asked = shown[lanes] & self.shown({name: True}) > 0 if name in self._optional else np.ones(len(lanes), bool)
                columns |= _read_records(name, read, pieces, times, lanes, asked)
        return columns

    def shown(self, options: Mapping[str, Value]) -> int:
        """Return the bits of the optional records that an episode with these options shows."""
        return sum(1 << bit for bit, name in enumerate(self._optional) if options.get(name) is True)

    def begin(self, options: Mapping[str, Value], seed: int) -> Value:
        """Return the canonical state that an episode with options begins in, None where that is the reset's. Raises: ValueError."""
        if self._begin is None:
            raise ValueError("there are no options")
        return self._begin(options, seed)

    def declarations(self) -> dict[str, FieldDeclaration]:
        """Return what every leaf of a Step is, without a step being taken."""
        seen = {path: blank[None, None] for path, blank in self._device.seen_blank.items()}
        states = [blank[None, None] for blank in self._device.blank]
        columns = self.columns([(seen, states)], np.zeros(1, int), np.zeros(1, int), np.zeros(1, np.uint8))
        blank = self._canonical([state[0] for state in states])
        masked = {path: leaf for path, leaf in blank.items() if isinstance(leaf, np.ma.MaskedArray)}
        columns = {path: column for path, column in columns.items() if path not in masked}
        columns |= {generalise(path): column_of(np.ma.getdata(leaf)) for path, leaf in masked.items()}
        patterns = set(map(generalise, masked))
        declared = {name: FieldDeclaration("text", optional=True) for name in self._records}
        for path, column in columns.items():
            kind, dtype, shape = column.form
            if kind == "array":
                optional = path in patterns or (bool(self._agents) and field_of(path) == "legal")
                declared[path] = FieldDeclaration(kind, dtype, shape, optional)
            elif field_of(path) not in self._records and kind != "ragged":
                declared[path] = FieldDeclaration(kind, optional=path in patterns)
        if self._agents and "legal" in columns:
            declared["legal"] = FieldDeclaration("array", "bool", optional=True)  # a pattern; an empty dict where nobody acts
        return declared

    def states(self, values: Sequence[Value]) -> tuple[list[Array], dict[int, str]]:
        """Return canonical states as leaves `[N, ...]`, and by index why some are none, which are left blank."""
        try:
            return self._states(values), {}
        except Exception as error:
            if len(values) == 1:
                words = str(error) if isinstance(error, ValueError) else error_words(error)
                return [blank[None] for blank in self._device.blank], {0: f"no state to load: {words}"}
        answers = [self.states([value]) for value in values]
        refused = {index: words[0] for index, (_, words) in enumerate(answers) if words}
        return [np.concatenate(parts) for parts in zip(*(leaves for leaves, _ in answers), strict=True)], refused

    def _states(self, values: Sequence[Value]) -> list[Array]:
        columns = columnise(values, "state")
        for path, column in columns.items():
            if isinstance(column.values, list) or column.present is not None:
                raise ValueError(f"{path} is neither a number nor an array of numbers")
        arrays = {path: np.asarray(column.values) for path, column in columns.items()}
        if self._import is not None:
            leaves: list[Array] = self._device.state_leaves(self._import(unflatten(arrays)["state"]))
            return leaves
        if arrays.keys() != set(self._device.paths):
            raise ValueError(f"a state has exactly the leaves {', '.join(self._device.paths)}")
        return [fit(arrays[path], blank, path) for path, blank in zip(self._device.paths, self._device.blank, strict=True)]

    def _canonical(self, leaves: Sequence[Array]) -> dict[str, Any]:
        if self._export is not None:
            return flatten(self._export(self._device.state_tree(leaves)), "state")
        return dict(zip(self._device.paths, leaves, strict=True))


def _gather(path: str, pieces: Sequence[Piece], times: Array, lanes: Array) -> Column:
    """Return the column of one path; a piece without it, such as a Step 0 without a reward, has it absent."""
    blank = next(seen[path] for seen, _ in pieces if path in seen)[:1]
    has = np.concatenate([np.full(len(seen["terminated"]), path in seen) for seen, _ in pieces])[times]
    arrays = [seen[path] if path in seen else np.zeros((len(seen["terminated"]), *blank.shape[1:]), blank.dtype) for seen, _ in pieces]
    return column_of(_join(arrays)[times, lanes], None if has.all() else has)


def _read_records(
    name: str, read: Callable[[Any], list[Value]], pieces: Sequence[Piece], times: Array, lanes: Array, asked: Array
) -> Columns:
    """Return the columns of what was recorded on the Steps that are asked for; at Step 0, and where nothing was, an empty list."""
    paths = dict.fromkeys(path for seen, _ in pieces for path in seen if field_of(path) == name)
    parts = {path: _gather(path, pieces, times, lanes) for path in paths}
    values: list[Any] = [[] if wanted else MISSING for wanted in asked.tolist()]
    if parts:
        rows = np.flatnonzero(asked & next(iter(parts.values())).presence)
        held = unflatten({path: np.asarray(column.values)[rows] for path, column in parts.items()})
        for row, value in zip(rows.tolist(), read(held[name]), strict=True):
            values[row] = value
    return columnise(values, name)


def _column_where(leaf: Any) -> Column:
    """Return the column of a leaf of N states, which a masked array has only where it is not masked."""
    masked = np.ma.getmaskarray(leaf)
    present: Array = ~np.asarray(masked.reshape(len(masked), -1).any(axis=1))
    return column_of(np.ma.getdata(leaf), None if present.all() else present)


def column_of(array: Array, present: Array | None = None) -> Column:
    """Return `[N, ...]` as a column: of scalars where there is one axis, in the dtypes that a Step can have."""
    if array.ndim > 1:
        return Column(array if array.dtype.name in ARRAY_DTYPES else array.astype(np.float32), present=present)
    if array.dtype.kind == "b":
        return Column(array, True, present)
    if array.dtype.kind in "iu":
        fits = array.dtype != np.uint64 or not (array >> np.uint64(63)).any()
        return Column(array.astype(np.int64) if fits else array, True, present)
    return Column(array.astype(np.float64), True, present)


def fit(array: Array, blank: Array, path: str) -> Array:
    """Return `array[N, ...]` in the dtype of `blank`. Raises: ValueError where it does not fit."""
    if array.shape[1:] != blank.shape:
        raise ValueError(f"{path} has the shape {array.shape[1:]}, and {blank.shape} is wanted")
    if (array.dtype.kind == "f" and blank.dtype.kind in "iub") or (array.dtype.kind == "b") != (blank.dtype.kind == "b"):
        raise ValueError(f"{path} is {array.dtype}, and {blank.dtype} is wanted")
    cast = array.astype(blank.dtype)
    if blank.dtype.kind in "iu" and not np.array_equal(cast, array):
        raise ValueError(f"{path} does not fit in {blank.dtype}")
    return cast


def _join(arrays: Sequence[Any]) -> Array:
    return np.asarray(arrays[0]) if len(arrays) == 1 else np.concatenate(arrays)


def _hide_idle(columns: Columns, paths: Sequence[str]) -> None:
    """Let `legal` name only the agents asked to act; where nobody is, it is an empty dict."""
    masks = {path: columns[path] for path in paths if path in columns}
    if not masks:
        return
    asked: dict[str, Array] = {path: np.asarray(np.asarray(column.values).any(axis=1)) for path, column in masks.items()}
    for path, column in masks.items():
        columns[path] = Column(column.values, present=None if asked[path].all() else asked[path])
    idle = ~np.any(list(asked.values()), axis=0)
    if idle.any():
        nobody: list[Any] = [{} if none else MISSING for none in idle.tolist()]
        columns["legal"] = Column(nobody)
