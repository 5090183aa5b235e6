"""The canonical state of N battles, to and from the arrays the port computes with; on the host."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .state import FIELDS, Battle, Field, build


def export_state(battle: Battle) -> dict[str, Any]:
    """Return N battles as canonical states: a tree of arrays whose first axis is the battle."""
    tree: dict[str, Any] = {name: np.asarray(leaf) for name, leaf in zip(Battle._fields[:-1], battle[:-1], strict=True)}
    for index, player in enumerate(("p1", "p2")):
        side = {name: np.asarray(leaf)[:, index] for name, leaf in zip(battle.sides._fields[:-2], battle.sides[:-2], strict=True)}
        for name in ("active_pokemon", "volatile"):
            side[name] = {key: np.asarray(leaf)[:, index] for key, leaf in getattr(battle.sides, name)._asdict().items()}
        tree[player] = side
    return tree


def import_state(tree: Mapping[str, Any]) -> Battle:
    """Return N canonical states as battles. Raises: ValueError for what is missing or out of its range."""
    leaves = {path: _leaf(tree, path, field) for path, field in FIELDS.items()}
    lengths = {len(leaf) for leaf in leaves.values()}
    if len(lengths) > 1:
        raise ValueError(f"the states are not equally many in every field: {sorted(lengths)}")
    return build(lambda *paths: leaves[paths[0]] if len(paths) == 1 else np.stack([leaves[path] for path in paths], axis=1))


def _leaf(tree: Mapping[str, Any], path: str, field: Field) -> np.ndarray[Any, Any]:
    *groups, name = path.split(".")
    held: Any = tree
    for group in groups:
        held = held.get(group) if isinstance(held, Mapping) else None
    if not isinstance(held, Mapping) or name not in held:
        raise ValueError(f"the state has no {path}")
    array = np.asarray(held[name])
    if array.dtype.kind not in "iu" or array.ndim == 0:
        raise ValueError(f"{path} is not whole numbers")
    if array.shape[1:] != field.shape:
        raise ValueError(f"{path} has the shape {list(array.shape[1:])}, not {list(field.shape)}")
    wrong = array[(array < field.low) | (array > field.high)]
    if wrong.size:
        raise ValueError(f"{path}: {wrong.flat[0]} is not from {field.low} to {field.high}")
    return array.astype(field.dtype)
