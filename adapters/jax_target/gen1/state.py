"""A battle as a tree of small integer arrays, field by field the canonical state of the reference.

Names and meanings are those of its README. A type is the smallest that holds what the reference declares for a field; a step computes
in int32 (`widen`) and goes back once at its end (`narrow`).
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import numpy as np

from .journal import Journal, open_journal
from .tables import SOURCE

Tree = TypeVar("Tree")


class Active(NamedTuple):
    """What the Pokemon that is out has beside its place in the team."""

    species: jax.Array
    types: jax.Array
    stored: jax.Array
    modified: jax.Array
    boosts: jax.Array
    moves: jax.Array
    pp: jax.Array
    virtual: jax.Array
    used: jax.Array
    transformed: jax.Array
    last_move: jax.Array
    maybe_locked: jax.Array


class Volatile(NamedTuple):
    """What it suffers or does for the moment; 0 where it does not."""

    bide: jax.Array
    bide_damage: jax.Array
    confusion: jax.Array
    disable: jax.Array
    disable_slot: jax.Array
    disable_move: jax.Array
    fake_trapped: jax.Array
    fake_trapped_by: jax.Array
    flinch: jax.Array
    focus_energy: jax.Array
    invulnerable: jax.Array
    leech_seed: jax.Array
    light_screen: jax.Array
    locked_move: jax.Array
    locked_turns: jax.Array
    locked_accuracy: jax.Array
    mist: jax.Array
    rage: jax.Array
    recharge: jax.Array
    reflect: jax.Array
    substitute: jax.Array
    toxic: jax.Array
    toxic_counter: jax.Array
    trapped: jax.Array
    trapped_by: jax.Array
    trapped_maybe: jax.Array
    trapped_move: jax.Array
    trapping: jax.Array
    trapping_total: jax.Array
    trapping_move: jax.Array
    trapping_damage: jax.Array
    trapping_place: jax.Array
    two_turn_move: jax.Array


class Side(NamedTuple):
    """A player: one row a place in the team, then what is the player's own, then the Pokemon that is out."""

    species: jax.Array
    level: jax.Array
    stats: jax.Array
    hp: jax.Array
    moves: jax.Array
    pp: jax.Array
    status: jax.Array
    sleep: jax.Array
    rested: jax.Array
    seen: jax.Array
    sub_broken: jax.Array
    request: jax.Array
    active: jax.Array
    switch_speed: jax.Array
    selected: jax.Array
    selected_slot: jax.Array
    shown_selected: jax.Array
    shown_used: jax.Array
    active_pokemon: Active
    volatile: Volatile


class Battle(NamedTuple):
    """Everything that a later step depends on; the leaves of `sides` have a leading axis of two players.

    `rng` is uint32[2], and a `Journal` while a step is computed.
    """

    turn: jax.Array
    winner: jax.Array
    last_damage: jax.Array
    rng: Any
    sides: Side


class Field(NamedTuple):
    """What the reference declares of a leaf, and the type it has here."""

    low: int
    high: int
    dtype: np.dtype[Any]
    shape: tuple[int, ...]


def _smallest(low: int, high: int) -> np.dtype[Any]:
    types = (np.uint8, np.int8, np.int16, np.int32, np.uint32)
    return next(np.dtype(each) for each in types if np.iinfo(each).min <= low and high <= np.iinfo(each).max)


FIELDS: dict[str, Field] = {
    path: Field(low, high, np.dtype(dtype) if dtype else _smallest(low, high), tuple(shape))
    for path, (low, high, dtype, shape) in SOURCE["layout"].items()
}
"""By the reference's path: `turn`, `p1.hp`, `p1.volatile.bide`."""


def build(take: Any) -> Battle:
    """Return a battle of what `take` gives for each field: it gets the two paths of a field of both sides, or the one of another."""
    side = {name: take(f"p1.{name}", f"p2.{name}") for name in Side._fields[:-2]}
    active = Active(*(take(f"p1.active_pokemon.{name}", f"p2.active_pokemon.{name}") for name in Active._fields))
    volatile = Volatile(*(take(f"p1.volatile.{name}", f"p2.volatile.{name}") for name in Volatile._fields))
    own = [take(name) for name in Battle._fields[:-1]]
    return Battle(*own, Side(**side, active_pokemon=active, volatile=volatile))


TYPES: Battle = build(lambda path, *_: FIELDS[path].dtype)
"""The type of every leaf."""


def narrow(battle: Battle) -> Battle:
    """Return the battle in the types it is kept in, with the bare generator."""
    bare = battle._replace(rng=journal_of(battle).rng)
    return jax.tree.map(lambda leaf, dtype: jnp.asarray(leaf).astype(dtype), bare, TYPES)


def widen(battle: Battle, recording: bool = False) -> Battle:
    """Return the battle in the type it is computed in, int32, with a journal around the generator."""
    wide = jax.tree.map(lambda leaf: jnp.asarray(leaf).astype(jnp.int32), battle)
    return wide._replace(rng=open_journal(jnp.asarray(battle.rng), recording))


def journal_of(battle: Battle) -> Journal:
    """Return the journal of a battle that is computed with."""
    assert isinstance(battle.rng, Journal)
    return battle.rng


def choose(mask: jax.Array, then: Tree, otherwise: Tree) -> Tree:
    """Return one of two trees of equal form."""
    return jax.tree.map(lambda a, b: jnp.where(mask, a, b), then, otherwise)


def take_side(sides: Side, index: int | jax.Array) -> Side:
    """Return one of the two sides."""
    if isinstance(index, int):
        return jax.tree.map(lambda leaf: leaf[index], sides)
    return choose(index == 0, take_side(sides, 0), take_side(sides, 1))


def is_out(side: Side) -> jax.Array:
    """Return bool[6]: the place of the one that is out; a mask, since scattering to a place is slow in a batch."""
    return jnp.arange(6) == side.active


def join_sides(first: Side, second: Side) -> Side:
    """Return both sides as one tree with a leading axis of two."""
    return jax.tree.map(lambda a, b: jnp.stack([a, b]), first, second)
