"""The canonical state of N battles, to and from the arrays the port computes with; on the host."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np

from .state import FIELDS, Battle, Field, build
from .teams import require

WORDS = {"species": "species ", "moves": "move ", "level": "level "}
"""What a number of these fields is called."""


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
    """Return N canonical states as battles; an array may be given as nested lists.

    Raises: ValueError for what is missing or out of its range, in the reference's words.
    """
    leaves = {path: _leaf(tree, path, field) for path, field in FIELDS.items()}
    lengths = {len(leaf) for leaf in leaves.values()}
    require(len(lengths) == 1, f"the states are not equally many in every field: {sorted(lengths)}")
    return build(lambda *paths: leaves[paths[0]] if len(paths) == 1 else np.stack([leaves[path] for path in paths], axis=1))


def _leaf(tree: Any, path: str, field: Field) -> np.ndarray[Any, Any]:
    *groups, name = path.split(".")
    held: Any = tree
    for group in groups:
        held = held.get(group) if isinstance(held, Mapping) else None
    require(isinstance(held, Mapping), f"the state has no map {'.'.join(groups) or 'at its top'}")
    require(name in held, f"the state has no {path}")
    numbers, count = _flatten(held[name]), prod(field.shape)
    given = numbers.shape[1]
    is_too_many = name == "species" and field.shape and given > count
    require(not is_too_many, f"{path[:2]} has {given} Pokemon: a team has 1 to 6")
    require(given == count, f"{path} has {given} numbers, not {count}")
    wrong = numbers[(numbers < field.low) | (numbers > field.high) | (numbers % 1 != 0)]
    require(not wrong.size, f"{path}: {WORDS.get(name, '')}{_text(wrong)} is not from {field.low} to {field.high}")
    return numbers.astype(field.dtype).reshape(-1, *field.shape)


def _text(wrong: np.ndarray[Any, Any]) -> str:
    return format(wrong[0].item(), "g" if wrong.dtype.kind == "f" else "d") if wrong.size else ""


def _flatten(held: Any) -> np.ndarray[Any, Any]:
    """Return [N, numbers] of an array [N, ...], or of a list of such."""
    if isinstance(held, list | tuple):
        return np.concatenate([_flatten(item) for item in held], axis=1)
    array = np.asarray(held)
    return array.reshape(len(array), -1) if array.dtype.kind in "iuf" else np.full((len(array), 1), np.nan)
