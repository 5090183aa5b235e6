"""What the port knows of species, moves and types: read from tables.json, which tables.mjs takes from Showdown.

A number is as in the canonical state. Row 0 of the moves is what a thawed Pokemon uses that has never selected one.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

SOURCE: dict[str, Any] = json.loads(Path(__file__).with_name("tables.json").read_text())

STATUSES: list[str] = SOURCE["statuses"]
SLEEP, POISON, BURN, FREEZE, PARALYSIS, TOXIC = range(1, 7)
TYPES: list[str] = SOURCE["types"]
NORMAL, FIGHTING, GHOST, GRASS = (TYPES.index(name) for name in ("Normal", "Fighting", "Ghost", "Grass"))
VOLATILES: list[str] = SOURCE["volatiles"]
PHYSICAL, SPECIAL, STATUS = range(3)
STRONG, WEAK, IMMUNE = range(1, 4)  # in the chart; 0 is neither

MOVE_NAMES: list[str] = SOURCE["moves"]["name"]
SPECIES_NAMES: list[str] = ["", *SOURCE["species"]["name"]]


def move_number(name: str) -> int:
    """Return the number of a move by its name in the log; the move without a name has Fissure's, and is not meant."""
    return MOVE_NAMES.index(name, 1)


class Move(NamedTuple):
    """A row of the moves, int32 each. README.md has the columns."""

    number: jax.Array
    power: jax.Array
    accuracy: jax.Array
    pp: jax.Array
    type: jax.Array
    category: jax.Array
    priority: jax.Array
    crit_ratio: jax.Array
    ignores_immunity: jax.Array
    on_self: jax.Array
    hits: jax.Array
    one_hit_ko: jax.Array
    self_destructs: jax.Array
    level_damage: jax.Array
    fixed_damage: jax.Array
    recoil: jax.Array
    drain: jax.Array
    boosts: jax.Array
    status: jax.Array
    volatile: jax.Array
    self_volatile: jax.Array
    secondary_chance: jax.Array
    secondary_boosts: jax.Array
    secondary_status: jax.Array
    secondary_volatile: jax.Array
    two_turn: jax.Array
    callable: jax.Array
    keeps_last_damage: jax.Array


def _columns() -> list[tuple[str, np.ndarray[Any, Any]]]:
    count = len(MOVE_NAMES)
    columns = {"number": range(count), **SOURCE["moves"]}
    return [(name, np.asarray(columns[name], np.int16).reshape(count, -1)) for name in Move._fields]


MOVES = np.concatenate([column for _, column in _columns()], axis=1)
"""int16[166, columns]: one row, and so one gather, a move."""
WIDTHS = {name: column.shape[1] for name, column in _columns()}

SPECIES = np.concatenate([np.zeros((1, 7)), np.hstack([SOURCE["species"]["stats"], SOURCE["species"]["types"]])]).astype(np.int16)
"""int16[152, 7]: base hp, attack, defense, speed and special, then two types."""

CHART = np.asarray(SOURCE["chart"], np.int8).ravel()
"""int8[256], by attacking type * 16 + defending type."""


def take_move(number: jax.Array) -> Move:
    """Return the row of a move."""
    row = jnp.asarray(MOVES)[number].astype(jnp.int32)
    parts, at = {}, 0
    for name, width in WIDTHS.items():
        parts[name] = row[at] if width == 1 else row[at : at + width]
        at += width
    return Move(**parts)


def take_species(number: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return base stats int32[..., 5] and types int32[..., 2]."""
    row = jnp.asarray(SPECIES)[number].astype(jnp.int32)
    return row[..., :5], row[..., 5:]


def match_types(attacking: jax.Array, defending: jax.Array) -> jax.Array:
    """Return STRONG, WEAK, IMMUNE or 0 against each of the defender's types."""
    return jnp.asarray(CHART)[attacking * 16 + defending.astype(jnp.int32)].astype(jnp.int32)
