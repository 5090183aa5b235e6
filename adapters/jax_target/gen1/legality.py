"""Which of the ten actions each player may take: 0 to 3 the listed moves, 4 to 9 switches to a place."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from .state import Battle, Side, is_out, take_side
from .tables import FREEZE, SLEEP


def legal(battle: Battle) -> jax.Array:
    """Return bool[2, 10]: all false for a player who is not asked, and for both where one who is asked has none: a truncated battle."""
    masks = jnp.stack([_legal_one(take_side(battle.sides, index)) for index in (0, 1)])
    stuck = (battle.sides.request > 0) & ~masks.any(axis=1)
    return masks & ~stuck.any()


def is_locked(side: Side) -> jax.Array:
    """Return whether the Pokemon that is out must go on with what it does, and cannot be switched."""
    held = side.volatile
    return (held.recharge > 0) | (held.locked_move > 0) | (held.rage > 0) | (held.two_turn_move > 0)


def has_one_choice(side: Side) -> jax.Array:
    """Return whether its moves are not listed, but one entry: what locks it, `Fight`, or Struggle."""
    held, active = side.volatile, side.active_pokemon
    status = side.status[side.active]
    known = active.maybe_locked == 0
    bound = known & ((held.bide > 0) | (held.trapping > 0) | (held.trapped > 0))
    return is_locked(side) | bound | (status == SLEEP) | (status == FREEZE) | ~open_slots(side).any()


def open_slots(side: Side) -> jax.Array:
    """Return bool[4]: whose PP are not spent, and that are not disabled."""
    held, active = side.volatile, side.active_pokemon
    disabled = (held.disable > 0) & (jnp.arange(4) == held.disable_slot)
    return (active.moves > 0) & (active.pp > 0) & ~disabled


def _is_lost(side: Side) -> jax.Array:
    """Return whether Showdown throws at any move: none can be chosen, and Transform has taken away the slot selected last."""
    held, status = side.volatile, side.status[side.active]
    chosen_for = is_locked(side) | (held.bide > 0) | (held.trapping > 0) | (status == SLEEP) | (status == FREEZE)
    return chosen_for & (side.selected_slot >= (side.active_pokemon.moves > 0).sum())


def _legal_one(side: Side) -> jax.Array:
    single = jnp.arange(4) == 0
    moves = jnp.where(has_one_choice(side), single, open_slots(side))
    bench = (side.hp > 0) & ~is_out(side)
    moving, replacing = side.request == 1, side.request == 2
    return jnp.concatenate([moves & moving & ~_is_lost(side), bench & (replacing | (moving & ~is_locked(side)))])
