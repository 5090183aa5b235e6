"""Components of a JAX environment, called for many lists of arguments at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import jax
import numpy as np

from equivcheck.backends.ecosystem.pytrees import leaves_by_path
from equivcheck.backends.ecosystem.readings import column_of
from equivcheck.model.columns import tree_rows, unflatten
from equivcheck.model.values import Value, canonical

_WIDTH = 64  # of all calls, so that a function is compiled once, whatever is asked


class SideBySide:
    """A function of scalars, arrays and trees of them, vmapped; as it is, where arguments do not stack or it cannot be traced.

    `records`: what the host makes of fields of a dict that it returns, as of those of a step (see `functional`).
    """

    def __init__(self, function: Callable[..., Any], records: Mapping[str, Callable[[Any], list[Value]]] = MappingProxyType({})) -> None:
        self._function = function
        self._records = records
        self._vmapped = jax.jit(jax.vmap(function))

    def __call__(self, arguments: Sequence[Sequence[Value]]) -> list[Value]:
        """Return one value for each list of arguments."""
        try:
            waves = [arguments[first : first + _WIDTH] for first in range(0, len(arguments), _WIDTH)]
            return [value for wave in waves for value in self._call(wave)]
        except (jax.errors.JAXTypeError, jax.errors.JAXIndexError):  # it cannot be traced
            return [self._read_one(self._function(*values)) for values in arguments]

    def _call(self, arguments: Sequence[Sequence[Value]]) -> list[Value]:
        stacked = _stack(arguments)
        if stacked is None:
            return [self._read_one(self._function(*values)) for values in arguments]
        return self._read(self._vmapped(*stacked), len(arguments))

    def _read_one(self, answer: Any) -> Value:
        recorded = isinstance(answer, dict) and not self._records.keys().isdisjoint(answer)
        return self._read(jax.tree.map(lambda leaf: np.asarray(leaf)[None], answer), 1)[0] if recorded else canonical(answer)

    def _read(self, answer: Any, count: int) -> list[Value]:
        """Return the first values of an answer whose leaves are `[N, ...]`."""
        recorded = {name: answer[name] for name in self._records if name in answer} if isinstance(answer, dict) else {}
        rest = {name: part for name, part in answer.items() if name not in recorded} if recorded else answer
        columns = {path: column_of(np.asarray(leaf)[:count]) for path, leaf in leaves_by_path("value", rest).items()}
        values: list[Any] = list(tree_rows(columns, "value", count) or [])
        for name, told in recorded.items():
            tables = unflatten({path: np.asarray(leaf)[:count] for path, leaf in leaves_by_path(name, told).items()})[name]
            for value, record in zip(values, self._records[name](tables), strict=True):
                value[name] = record
        return values


def _stack(arguments: Sequence[Sequence[Value]]) -> list[Any] | None:
    """Return the arguments by place, their leaves `[_WIDTH, ...]` with the last repeated; None where they do not stack."""
    leaves, forms = zip(*(jax.tree.flatten(list(values)) for values in arguments), strict=True)
    if not leaves[0] or len(set(forms)) > 1:
        return None
    columns = list(zip(*leaves, strict=True))
    if not all(isinstance(value, bool | int | float | np.ndarray) for column in columns for value in column):
        return None
    if any(len({np.shape(value) for value in column}) > 1 for column in columns):
        return None
    stacked = [np.stack([*map(np.asarray, column), *[np.asarray(column[-1])] * (_WIDTH - len(column))]) for column in columns]
    return list(jax.tree.unflatten(forms[0], stacked))
