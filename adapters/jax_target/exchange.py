"""The canonical state of a classic-control task, to and from the arrays a port computes with (host side, N states)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import words

COMPONENT_MAX = 1e6


def components_of(task: Mapping[str, Any]) -> dict[str, Callable[..., Any]]:
    """Return what a module and its reference have in common, as functions of plain numbers: a state's components one by one."""
    params, state_type = task["default_params"], task["State"]

    def stated(vector: Sequence[Any], elapsed: Any = 0) -> Any:
        return state_type(*vector, elapsed, None)

    return {
        "start": lambda key: tuple(task["reset"](key, params)[1][:-2]),
        "advance": lambda *given: tuple(task["advance"](stated(given[:-1]), given[-1], params)[:-2]),
        "observe": lambda *vector: task["get_obs"](stated(vector), params),
        "is_terminal": lambda *vector: task["is_terminal"](stated(vector), params),
        "is_truncated": lambda elapsed: task["is_truncated"](stated([0.0] * (len(state_type._fields) - 2), elapsed), params),
        "reward": task["reward"],
    }


def export_fields(state: Any) -> dict[str, Any]:
    """Return the fields of a NamedTuple of arrays, the generator as one number."""
    return {**state._asdict(), "rng": words.join(state.rng)}


def import_fields(tree: Mapping[str, Any], components: Sequence[str], steps_max: int) -> dict[str, Any]:
    """Return the fields of a NamedTuple of arrays. Raises: ValueError for what is no state."""
    if set(tree) != {*components, "elapsed", "rng"}:
        raise ValueError(f"a state has exactly the keys {', '.join(components)}, elapsed, rng")
    fields: dict[str, Any] = {name: _component(name, tree[name]) for name in components}
    return {**fields, "elapsed": count("elapsed", tree["elapsed"], steps_max), "rng": words.split(tree["rng"])}


def count(name: str, values: Any, most: int) -> Any:
    """Return int32[...]. Raises: ValueError where one is not an int from 0 to `most`."""
    array = np.asarray(values)
    if array.dtype.kind not in "iu" or (array < 0).any() or (array > most).any():
        raise ValueError(f"state.{name} is an int from 0 to {most}")
    return array.astype(np.int32)


def _component(name: str, values: Any) -> Any:
    array = np.asarray(values)
    if array.dtype.kind not in "iuf" or array.ndim != 1 or not (np.abs(array) <= COMPONENT_MAX).all():
        raise ValueError(f"state.{name} is a number of at most {COMPONENT_MAX:g} in size")
    return array.astype(np.float32)
