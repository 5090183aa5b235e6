"""How a step ends: the next turn, a replacement, or the end of the battle. All in int32."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from . import compiling, generator
from .choices import MOVING, REPLACING
from .events import Kind, Line, emit_all
from .generator import Site
from .legality import is_locked
from .state import Battle, Side, is_out, journal_of
from .tables import FREEZE, GHOST, SLEEP, move_number, take_species

TRANSFORM = move_number("Transform")
TURNS_MAX = 1000
TIE = 3


@compiling.apart
def close_step(battle: Battle) -> Battle:
    """Return the battle with winner and requests; where nobody has fainted, the turn ends first."""
    fainted = battle.sides.active_pokemon.species == 0
    left = (battle.sides.hp > 0).any(axis=1)
    over = ~left.all()
    ends = ~over & ~fainted.any()
    battle, stuck = end_turn(battle, ends)
    winner = jnp.where(over, jnp.where(left[0], 1, jnp.where(left[1], 2, TIE)), jnp.where(stuck, TIE, 0))
    requests = jnp.where(winner > 0, 0, jnp.where(ends, MOVING, jnp.where(fainted, REPLACING, 0)))
    shown = jnp.where((requests == MOVING) & ~jax.vmap(is_locked)(battle.sides), battle.sides.active_pokemon.maybe_locked, 0)
    sides = battle.sides._replace(
        request=requests,
        switch_speed=jnp.where(requests == REPLACING, battle.sides.switch_speed, 0),
        active_pokemon=battle.sides.active_pokemon._replace(maybe_locked=shown),
    )
    journal = emit_all(journal_of(battle), [Line((winner == 1) | (winner == 2), Kind.WIN, (winner,)), Line(winner == TIE, Kind.TIE, ())])
    return battle._replace(sides=sides, winner=winner, rng=journal)


def end_turn(battle: Battle, mask: jax.Array) -> tuple[Battle, jax.Array]:
    """Return the battle at its next turn, `endTurn`, and whether it ends in a tie: traps whose partner is gone end, and locks show."""
    sides = _end_traps(battle.sides, 0)
    sides = _end_traps(sides, 1)
    held = sides.volatile
    # of each side first what traps it, then what else locks it
    traps = (held.trapped > 0).astype(jnp.int32) + (held.fake_trapped > 0)
    locks = (held.bide > 0).astype(jnp.int32) + (held.disable > 0) + (held.trapping > 0)
    journal = generator.draw_shuffles(journal_of(battle), mask, jnp.stack([traps, locks], axis=1).ravel(), Site.DISABLE_TIE)
    sides = jax.vmap(_show_lock)(sides)
    turn = battle.turn + 1
    stuck = jax.vmap(_is_stuck)(sides, _swap(sides)).all() | (turn > TURNS_MAX)
    kept = jax.tree.map(lambda new, old: old if new is old else jnp.where(mask, new, old), sides, battle.sides)
    return battle._replace(turn=jnp.where(mask, turn, battle.turn), rng=journal, sides=kept), mask & stuck


def _swap(sides: Side) -> Side:
    return jax.tree.map(lambda leaf: leaf[::-1], sides)


def _end_traps(sides: Side, index: int) -> Side:
    """The first player's end first, so that the second's see them gone."""
    own, foe, foe_place = sides.volatile, _swap(sides).volatile, sides.active[::-1] + 1
    here = jnp.arange(2) == index

    def lasts(place: jax.Array, holds: jax.Array) -> jax.Array:
        return ~here | ((foe_place == place) & (holds > 0))

    traps = lasts(own.trapping_place, foe.trapped)
    trapped = lasts(own.trapped_by, foe.trapping)
    fake = lasts(own.fake_trapped_by, foe.fake_trapped)
    kept = {
        **dict.fromkeys(("trapping", "trapping_total", "trapping_move", "trapping_damage", "trapping_place"), traps),
        **dict.fromkeys(("trapped", "trapped_by", "trapped_maybe", "trapped_move"), trapped),
        **dict.fromkeys(("fake_trapped", "fake_trapped_by"), fake),
    }
    return sides._replace(volatile=own._replace(**{name: jnp.where(mask, getattr(own, name), 0) for name, mask in kept.items()}))


def _show_lock(side: Side) -> Side:
    """`runEvent DisableMove`: what makes the owner unsure, and what tells it."""
    held, status = side.volatile, side.status[side.active]
    unsure = (held.trapped_maybe > 0) | (held.fake_trapped > 0)
    unsure &= (status != SLEEP) & (status != FREEZE) & (held.bide == 0)
    unsure |= (held.trapping > 0) & (held.trapping_total - held.trapping > 1)
    return side._replace(active_pokemon=side.active_pokemon._replace(maybe_locked=unsure.astype(jnp.int32)))


@compiling.apart
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
