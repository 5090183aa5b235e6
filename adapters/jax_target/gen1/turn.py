"""Steps in which every player who is asked switches: replacements, and turns in which both switch. All in int32."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from . import generator
from .generator import Site
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
    rng, swapped = generator.shuffle_pair(battle.rng, tied, Site.SORT)
    is_second = jnp.where(both, jnp.where(tied, swapped, speeds[1] > speeds[0]), asked[1])
    first = is_second.astype(jnp.int32)
    battle = battle._replace(rng=rng)
    battle = draw_tie(battle, ~replacing)  # BeforeTurn
    battle = draw_tie(battle, ~replacing)  # Update
    together = replacing & both
    battle = _send_both(battle, places, together)
    battle = draw_tie(draw_tie(battle, together), together)  # insertChoice, Update

    def come(count: jax.Array, battle: Battle) -> Battle:
        return _come_one(battle, places, jnp.where(count == 0, first, 1 - first), (count == 0) | both, together)

    # a loop, though of two, is compiled once
    battle = jax.lax.fori_loop(0, 2, come, battle)
    battle = draw_tie(battle, ~replacing)  # Update after the residual phase, in which nothing lasts
    return close_step(battle, jnp.bool_(True))


def action_speeds(sides: Side) -> jax.Array:
    """Return int32[2]: the speed of who is out, or was."""
    standing = jnp.stack([_standing(take_side(sides, index)) for index in (0, 1)])
    return jnp.where(standing, sides.active_pokemon.modified[:, 2], sides.switch_speed) & SPEED_MASK


def draw_tie(battle: Battle, mask: jax.Array) -> Battle:
    """Return the battle after an event that each Pokemon gets: two of equal speed are shuffled."""
    standing = jnp.stack([_standing(take_side(battle.sides, index)) for index in (0, 1)]).all()
    speeds = action_speeds(battle.sides)
    rng, _ = generator.shuffle_pair(battle.rng, mask & standing & (speeds[0] == speeds[1]), Site.UPDATE)
    return battle._replace(rng=rng)


def _standing(side: Side) -> jax.Array:
    return side.hp[side.active] > 0


def _send_both(battle: Battle, places: jax.Array, mask: jax.Array) -> Battle:
    """Both come before either arrives."""
    sides = [send_out(take_side(battle.sides, index), places[index], mask) for index in (0, 1)]
    return battle._replace(sides=join_sides(*sides))


def _come_one(battle: Battle, places: jax.Array, index: jax.Array, mask: jax.Array, together: jax.Array) -> Battle:
    """One comes, unless both have, and arrives; in a turn it may faint of that, which ends the step."""
    side, foe = take_side(battle.sides, index), take_side(battle.sides, 1 - index)
    replaces = side.request == REPLACING
    mask &= replaces | (_standing(side) & _standing(foe))
    side = send_out(side, places[index], mask & ~together)
    battle = draw_tie(battle._replace(sides=_join_at(index, side, foe)), mask & ~together)  # Update
    side, foe = arrive(side, foe, mask, mask & ~replaces)
    side = faint(side, mask & (side.hp[side.active] == 0))
    return draw_tie(battle._replace(sides=_join_at(index, side, foe)), mask)  # Update


def _join_at(index: jax.Array, side: Side, foe: Side) -> Side:
    return choose(index == 0, join_sides(side, foe), join_sides(foe, side))
