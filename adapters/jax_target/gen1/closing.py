"""How a step ends: the next turn, a replacement, or the end of the battle. All in int32."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from . import generator
from .generator import Site
from .journal import Journal
from .legality import is_locked
from .state import Battle, Side, choose, is_out, join_sides, take_side
from .tables import FREEZE, GHOST, SLEEP, move_number, take_species

TRANSFORM = move_number("Transform")
TURNS_MAX = 1000
MOVING, REPLACING = 1, 2
TIE = 3


def close_step(battle: Battle, mask: jax.Array) -> Battle:
    """Return the battle with winner and requests; where nobody has fainted, the turn ends first."""
    first, second = (take_side(battle.sides, index) for index in (0, 1))
    left = [(side.hp > 0).any() for side in (first, second)]
    fainted = [side.hp[side.active] == 0 for side in (first, second)]
    over = ~left[0] | ~left[1]
    winner = jnp.where(left[0], 1, jnp.where(left[1], 2, TIE))
    ends = mask & ~over & ~fainted[0] & ~fainted[1]
    battle = choose(ends, end_turn(battle, ends), battle)
    battle = battle._replace(winner=jnp.where(mask & over, winner, battle.winner))
    asked = [jnp.where(ends, MOVING, jnp.where(gone, REPLACING, 0)) for gone in fainted]
    requests = jnp.where(battle.winner > 0, 0, jnp.stack(asked))
    active = battle.sides.active_pokemon
    sides = battle.sides._replace(
        request=jnp.where(mask, requests, battle.sides.request),
        switch_speed=jnp.where(mask & (requests != REPLACING), 0, battle.sides.switch_speed),
        active_pokemon=active._replace(maybe_locked=jnp.where(mask & (requests != MOVING), 0, active.maybe_locked)),
    )
    return battle._replace(sides=sides)


def end_turn(battle: Battle, mask: jax.Array) -> Battle:
    """Return the battle at its next turn, `endTurn`: traps whose partner is gone end, locks show, and an endless battle is a tie."""
    first, second = (take_side(battle.sides, index) for index in (0, 1))
    first = _end_traps(first, second)
    second = _end_traps(second, first)
    rng, first = _show_lock(battle.rng, first, mask)
    rng, second = _show_lock(rng, second, mask)
    turn = battle.turn + 1
    stuck = _is_stuck(first, second) & _is_stuck(second, first)
    winner = jnp.where(stuck | (turn > TURNS_MAX), TIE, battle.winner)
    shown = [_hide_known_lock(side) for side in (first, second)]
    return battle._replace(turn=turn, winner=winner, rng=rng, sides=join_sides(*shown))


def _end_traps(side: Side, foe: Side) -> Side:
    held = side.volatile
    standing = foe.hp[foe.active] > 0

    def partner_is(place: jax.Array, holds: jax.Array) -> jax.Array:
        return standing & (foe.active + 1 == place) & (holds > 0)

    traps = (held.trapping > 0) & partner_is(held.trapping_place, foe.volatile.trapped)
    trapped = (held.trapped > 0) & partner_is(held.trapped_by, foe.volatile.trapping)
    fake = (held.fake_trapped > 0) & partner_is(held.fake_trapped_by, foe.volatile.fake_trapped)
    kept = {
        **dict.fromkeys(("trapping", "trapping_total", "trapping_move", "trapping_damage", "trapping_place"), traps),
        **dict.fromkeys(("trapped", "trapped_by", "trapped_maybe", "trapped_move"), trapped),
        **dict.fromkeys(("fake_trapped", "fake_trapped_by"), fake),
    }
    return side._replace(volatile=held._replace(**{name: jnp.where(mask, getattr(held, name), 0) for name, mask in kept.items()}))


def _show_lock(rng: Journal, side: Side, mask: jax.Array) -> tuple[Journal, Side]:
    """Return the generator and the side with `maybe_locked`: `runEvent DisableMove`, whose handlers are shuffled where they tie."""
    held, status = side.volatile, side.status[side.active]
    rng, _ = generator.shuffle_pair(rng, mask & (held.trapped > 0) & (held.fake_trapped > 0), Site.DISABLE_TIE)
    tied = (held.bide > 0).astype(jnp.int32) + (held.disable > 0) + (held.trapping > 0)
    rng, _ = generator.shuffle(rng, mask, tied, 3, Site.DISABLE_TIE)
    unsure = (held.trapped_maybe > 0) | (held.fake_trapped > 0)
    unsure &= (status != SLEEP) & (status != FREEZE) & (held.bide == 0)
    unsure |= (held.trapping > 0) & (held.trapping_total - held.trapping > 1)
    return rng, side._replace(active_pokemon=side.active_pokemon._replace(maybe_locked=unsure.astype(jnp.int32)))


def _hide_known_lock(side: Side) -> Side:
    shown = jnp.where(is_locked(side), 0, side.active_pokemon.maybe_locked)
    return side._replace(active_pokemon=side.active_pokemon._replace(maybe_locked=shown))


def _is_stuck(side: Side, foe: Side) -> jax.Array:
    """Return whether nobody of the side can change anything any more: frozen, only Transform among its like, or Struggle against ghosts."""
    moves, pp, _ = _current(side)
    foe_moves, _, foe_types = _current(foe)
    foe_out = (foe.hp == 0) | (foe.species == 0)
    foe_ghosts = (foe_out | (foe_types == GHOST).any(axis=1)).all()
    foe_copies = (foe_out | _only_transform(foe_moves)).all()
    spent = ((pp == 0) | (moves == 0)).all(axis=1)
    stuck = (side.hp == 0) | (side.status == FREEZE) | (_only_transform(moves) & foe_copies) | (spent & foe_ghosts)
    return stuck.all()


def _only_transform(moves: jax.Array) -> jax.Array:
    return ((moves == TRANSFORM) | (moves == 0)).all(axis=1)


def _current(side: Side) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Return moves, PP and types of every place, those of the one that is out as they are now."""
    active = side.active_pokemon
    out = is_out(side)[:, None]
    types = take_species(side.species)[1]
    pairs = [(active.moves, side.moves), (active.pp, side.pp), (active.types, types)]
    moves, pp, types = (jnp.where(out, own, rest) for own, rest in pairs)
    return moves, pp, types
