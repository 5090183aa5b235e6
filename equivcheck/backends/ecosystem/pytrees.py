"""Pytrees of JAX as leaves by path, and parts of actions as pytrees."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from typing import Any

import jax
import jax.numpy as jnp

from equivcheck.model.paths import extend_path
from equivcheck.model.space import DictSpace, Space, TupleSpace


def leaves_by_path(field: str, tree: Any) -> dict[str, Any]:
    """Return the leaves of a pytree as arrays, by the path they have in a Step."""
    named, _ = jax.tree_util.tree_flatten_with_path(tree)
    return {reduce(extend_path, map(_segment, keys), field): _array(leaf) for keys, leaf in named}


def _array(leaf: Any) -> Any:
    return leaf if isinstance(leaf, jax.ShapeDtypeStruct) else jnp.asarray(leaf)


def _segment(key: Any) -> str | int:
    """Return a key of JAX as the segment of a path: of a dict, a dataclass or named tuple, or a list."""
    if isinstance(key, jax.tree_util.SequenceKey):
        return int(key.idx)
    return str(key.name if isinstance(key, jax.tree_util.GetAttrKey) else key.key)


def nest(space: Space, parts: Iterator[Any]) -> Any:
    """Return the action that the environment is given."""
    if isinstance(space, DictSpace):
        return {key: nest(item, parts) for key, item in space.items}
    if isinstance(space, TupleSpace):
        return tuple(nest(item, parts) for item in space.items)
    return next(parts)
