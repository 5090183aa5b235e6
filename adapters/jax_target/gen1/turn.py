"""Steps in which every player who is asked switches: replacements, and turns in which both switch. All in int32."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from . import generator
from .closing import REPLACING, close_step
from .state import Battle, Side, choose, join_sides, take_side
from .switching import arrive, faint, send_out

SPEED_MASK = 8191


def play_switches(battle: Battle, places: jax.Array) -> Battle:
    """Return the battle after one step; `places` int32[2] says who comes, and is not read for a player who is not asked."""
    asked = battle.sides.request > 0
    replacing = (battle.sides.request == REPLACING).any()
    both = asked.all()
    speeds = action_speeds(battle.sides)
    tied = both & (speeds[0] == speeds[1])
    rng, swapped = generator.shuffle_pair(battle.rng, tied)
    is_second = jnp.where(both, jnp.where(tied, swapped, speeds[1] > speeds[0]), asked[1])
    first = is_second.astype(jnp.int32)
    battle = battle._replace(rng=rng)
    battle = draw_tie(battle, ~replacing)  # BeforeTurn
    battle = draw_tie(battle, ~replacing)  # Update
    battle = choose(replacing & both, _replace_both(battle, places), _switch_in_turn(battle, places, first, both, replacing))
    unhurt = (jnp.stack([_standing(take_side(battle.sides, index)) for index in (0, 1)])).all()
    battle = draw_tie(battle, ~replacing & unhurt)  # Update after the residual phase, in which nothing lasts
    return close_step(battle, jnp.bool_(True))


def action_speeds(sides: Side) -> jax.Array:
    """Return int32[2]: the speed of who is out, or was."""
    standing = jnp.stack([_standing(take_side(sides, index)) for index in (0, 1)])
    return jnp.where(standing, sides.active_pokemon.modified[:, 2], sides.switch_speed) & SPEED_MASK


def draw_tie(battle: Battle, mask: jax.Array) -> Battle:
    """Return the battle after an event that each Pokemon gets: two of equal speed are shuffled."""
    standing = jnp.stack([_standing(take_side(battle.sides, index)) for index in (0, 1)]).all()
    speeds = action_speeds(battle.sides)
    rng, _ = generator.advance(battle.rng, mask & standing & (speeds[0] == speeds[1]))
    return battle._replace(rng=rng)


def _standing(side: Side) -> jax.Array:
    return side.hp[side.active] > 0


def _replace_both(battle: Battle, places: jax.Array) -> Battle:
    """Both come before either arrives; whose arrival is queued second draws for its turn where they tie."""
    always = jnp.bool_(True)
    sides = [send_out(take_side(battle.sides, index), places[index], always) for index in (0, 1)]
    battle = battle._replace(sides=join_sides(*sides))
    battle = draw_tie(draw_tie(battle, always), always)  # insertChoice, Update
    for index in (0, 1):
        battle = draw_tie(_arrive_at(battle, jnp.int32(index), always, ~always), always)  # Update
    return battle


def _switch_in_turn(battle: Battle, places: jax.Array, first: jax.Array, both: jax.Array, replacing: jax.Array) -> Battle:
    """One after the other, each with its arrival; a Pokemon that faints on arrival ends the step."""
    for index, mask in ((first, jnp.bool_(True)), (1 - first, both)):
        mask &= replacing | jnp.stack([_standing(take_side(battle.sides, each)) for each in (0, 1)]).all()
        side, foe = take_side(battle.sides, index), take_side(battle.sides, 1 - index)
        battle = battle._replace(sides=_join_at(index, send_out(side, places[index], mask), foe))
        battle = draw_tie(battle, mask)  # Update
        battle = draw_tie(_arrive_at(battle, index, mask, mask & ~replacing), mask)  # Update
    return battle


def _arrive_at(battle: Battle, index: jax.Array, mask: jax.Array, hurts: jax.Array) -> Battle:
    side, foe = arrive(take_side(battle.sides, index), take_side(battle.sides, 1 - index), mask, hurts)
    return battle._replace(sides=_join_at(index, faint(side, mask & (side.hp[side.active] == 0)), foe))


def _join_at(index: jax.Array, side: Side, foe: Side) -> Side:
    return choose(index == 0, join_sides(side, foe), join_sides(foe, side))
