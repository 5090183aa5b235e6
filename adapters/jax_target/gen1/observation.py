"""What each player may know of a battle, as f32[191]: the reference's README has the table."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from .state import Battle, Side, is_out, take_side

LENGTH = 191
OPEN = ("focus_energy", "invulnerable", "leech_seed", "light_screen", "mist", "recharge", "reflect", "two_turn_move")
"""What both players see of the Pokemon that is out."""
ONGOING = ("bide", "confusion", "disable_move", "locked_move", "rage", "substitute", "trapped", "trapping")
"""What is seen to last, but not for how long."""


def observe(battle: Battle) -> jax.Array:
    """Return f32[2, 191]."""
    both = [take_side(battle.sides, index) for index in (0, 1)]
    return jnp.stack([_observe_one(battle.turn, both[index], both[1 - index]) for index in (0, 1)])


def _observe_one(turn: jax.Array, own: Side, foe: Side) -> jax.Array:
    heads = [turn, own.request, foe.request]
    parts = [*heads, _own_places(own), own.active, _shown(own, True), _foe_places(foe), _shown(foe, False)]
    return jnp.concatenate([jnp.ravel(part).astype(jnp.float32) for part in parts])


def _own_places(team: Side) -> jax.Array:
    slots = jnp.stack([team.moves, team.pp], axis=-1).reshape(6, 8)
    before, after = [team.species, team.level, team.hp, team.stats[:, 0], team.status], [team.seen, is_out(team)]
    return jnp.concatenate([jnp.stack(before, -1), slots, jnp.stack(after, -1)], axis=1, dtype=jnp.int32)


def _foe_places(team: Side) -> jax.Array:
    columns = [team.species, team.level, percent(team.hp, team.stats[:, 0]), team.status, is_out(team)]
    table = jnp.stack([each.astype(jnp.int32) for each in columns], axis=-1)
    return jnp.where(team.seen[:, None] > 0, table, 0)


def percent(hp: jax.Array, most: jax.Array) -> jax.Array:
    """Return hp in hundredths, rounded up, and 100 only when nothing is missing."""
    hp, most = hp.astype(jnp.int32), most.astype(jnp.int32)
    shown = (100 * hp + most - 1) // jnp.maximum(most, 1)
    return jnp.where((shown == 100) & (hp < most), 99, shown)


def _shown(side: Side, owned: bool) -> jax.Array:
    active, volatile = side.active_pokemon, side.volatile
    moves = active.moves if owned else jnp.where(active.used > 0, active.moves, 0)
    private = [active.modified, volatile.substitute] if owned else [active.used]
    open_flags = [getattr(volatile, name) for name in OPEN]
    ongoing = [getattr(volatile, name) != 0 for name in ONGOING]
    parts = [active.species, active.types, active.boosts, moves, *private, *open_flags, *ongoing]
    return jnp.concatenate([jnp.ravel(part).astype(jnp.int32) for part in parts])
