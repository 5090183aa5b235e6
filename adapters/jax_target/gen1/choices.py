"""What the players chose: which move each Pokemon is to use, and who acts first. All in int32."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from . import compiling, generator
from .generator import Site
from .legality import is_locked, open_slots
from .state import Battle, Side, journal_of
from .tables import FREEZE, SLEEP, move_number, take_move, take_species

STRUGGLE = move_number("Struggle")
NOTHING = 255
"""Selected by a Pokemon that cannot move: `cannotmove`."""
MOVING, REPLACING = 1, 2
SPEED = 3
SPEED_MASK = 8191
TRAINED_MAX = 93
"""A DV of 15 counts 30, and all stat experience 63."""


class Plan(NamedTuple):
    """Who acts: the player asked first in the queue, bool[2] who acts at all, bool[2] who switches, int32[2] to which place."""

    first: jax.Array
    acts: jax.Array
    switches: jax.Array
    places: jax.Array


@compiling.apart
def commit_choices(battle: Battle, actions: jax.Array) -> tuple[Battle, Plan]:
    """Return the battle with what both have selected, and the plan; the speeds are noted, and a tie draws."""
    asked = battle.sides.request > 0
    switches = asked & (actions >= 4)
    battle = battle._replace(sides=jax.vmap(_select_move)(battle.sides, actions, asked & ~switches))
    speeds = note_speeds(battle.sides)
    priority = jnp.where(switches, 100, jax.vmap(take_move)(battle.sides.selected).priority)
    tied = asked.all() & (priority[0] == priority[1]) & (speeds[0] == speeds[1])
    journal, swapped = generator.shuffle_pair(journal_of(battle)._replace(speeds=speeds), tied, Site.SORT)
    later = (priority[1] > priority[0]) | ((priority[1] == priority[0]) & jnp.where(tied, swapped, speeds[1] > speeds[0]))
    first = jnp.where(asked.all(), later, asked[1]).astype(jnp.int32)
    return battle._replace(rng=journal), Plan(first, asked, switches, actions - 4)


def note_speeds(sides: Side) -> jax.Array:
    """Return the speed of who is out, or was, of one side or of both."""
    standing = sides.active_pokemon.species > 0
    return jnp.where(standing, sides.active_pokemon.modified[..., 2], sides.switch_speed) & SPEED_MASK


def transformed_speed(side: Side) -> jax.Array:
    """Return the speed that who has transformed would have as that species, by the highest DV and stat experience its own comes to."""
    speed, level = side.stats[side.active, SPEED], jnp.maximum(side.level[side.active], 1)
    bases = [take_species(species)[0][SPEED] for species in (side.species[side.active], side.active_pokemon.species)]
    trained = jnp.minimum(((speed - 4) * 100 - 1) // level - 2 * bases[0], TRAINED_MAX)
    return (2 * bases[1] + trained) * level // 100 + 5


def _select_move(side: Side, action: jax.Array, mask: jax.Array) -> Side:
    """`Side.commitChoices`: who is locked, asleep or frozen repeats what was selected last, and shows what its slot holds."""
    held, status, moves = side.volatile, side.status[side.active], side.active_pokemon.moves
    repeats = is_locked(side) | (held.bide > 0) | (held.trapping > 0) | (status == SLEEP) | (status == FREEZE)
    trapped = held.trapped > 0
    spent = ~open_slots(side).any()
    chosen = jnp.where(trapped, NOTHING, jnp.where(spent, STRUGGLE, _take_slot(moves, action)))
    free = mask & ~repeats
    return side._replace(
        selected=jnp.where(free, chosen, side.selected),
        selected_slot=jnp.where(free & ~trapped & ~spent, action, side.selected_slot),
        shown_selected=jnp.where(mask, jnp.where(repeats, _take_slot(moves, side.selected_slot), chosen), side.shown_selected),
    )


def _take_slot(moves: jax.Array, slot: jax.Array) -> jax.Array:
    return jnp.where(jnp.arange(4) == slot, moves, 0).sum()
