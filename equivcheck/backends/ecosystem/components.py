"""Components of a JAX environment, called for many lists of arguments at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from equivcheck.backends.ecosystem.pytrees import leaves_by_path
from equivcheck.backends.ecosystem.readings import column_of
from equivcheck.model.columns import tree_rows
from equivcheck.model.values import Value, canonical

_WIDTH_MIN = 64


class SideBySide:
    """A function of scalars, arrays and trees of them, vmapped; as it is, where arguments do not stack or it cannot be traced."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._vmapped = jax.jit(jax.vmap(function))

    def __call__(self, arguments: Sequence[Sequence[Value]]) -> list[Value]:
        """Return one value for each list of arguments."""
        stacked = _stack(arguments)
        if stacked is not None:
            try:
                answer = self._vmapped(*stacked)
            except (jax.errors.JAXTypeError, jax.errors.JAXIndexError):
                stacked = None
        if stacked is None:
            return [canonical(self._function(*values)) for values in arguments]
        columns = {path: column_of(np.asarray(leaf)[: len(arguments)]) for path, leaf in leaves_by_path("value", answer).items()}
        return list(tree_rows(columns, "value", len(arguments)) or [])


def _stack(arguments: Sequence[Sequence[Value]]) -> list[Any] | None:
    """Return the arguments by place, their leaves `[W, ...]` with the last repeated, for few widths W; None where they do not stack."""
    leaves, forms = zip(*(jax.tree.flatten(list(values)) for values in arguments), strict=True)
    if not leaves[0] or len(set(forms)) > 1:
        return None
    columns = list(zip(*leaves, strict=True))
    if not all(isinstance(value, bool | int | float | np.ndarray) for column in columns for value in column):
        return None
    if any(len({np.shape(value) for value in column}) > 1 for column in columns):
        return None
    width = _WIDTH_MIN
    while width < len(arguments):
        width *= 4
    stacked = [np.stack([*map(np.asarray, column), *[np.asarray(column[-1])] * (width - len(column))]) for column in columns]
    return list(jax.tree.unflatten(forms[0], stacked))
