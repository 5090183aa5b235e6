"""One Pokemon goes, another comes: `switchIn` and `runSwitch`, and what a faint leaves behind. All in int32."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from .boosts import weaken
from .state import Active, Side, choose, is_out
from .tables import BURN, PARALYSIS, POISON, TOXIC, move_number, take_species

METRONOME = move_number("Metronome")


def send_out(side: Side, place: jax.Array, mask: jax.Array) -> Side:
    """Return the side with another Pokemon out, as it is in its team, weakened by its status; what the old one had borrowed is gone."""
    zeros = jax.tree.map(jnp.zeros_like, side.active_pokemon)
    own, moves, pp = side.stats[place][1:], side.moves[place], side.pp[place]
    species = side.species[place]
    fresh = zeros._replace(species=species, types=take_species(species)[1], stored=own, modified=own, moves=moves, pp=pp)
    fresh = weaken(fresh, 0, 2, side.status[place] == BURN)
    fresh = weaken(fresh, 2, 4, side.status[place] == PARALYSIS)
    sent = side._replace(
        active=jnp.asarray(place, jnp.int32),
        seen=jnp.where(jnp.arange(6) == place, 1, side.seen),
        active_pokemon=fresh,
        volatile=jax.tree.map(jnp.zeros_like, side.volatile),
    )
    return choose(mask, sent, side)


def arrive(side: Side, foe: Side, mask: jax.Array, hurts: jax.Array) -> tuple[Side, Side]:
    """Return both sides after `runSwitch` of the one that was sent out: toxic is poison now, and hurts where `hurts` holds."""
    out = is_out(side)
    status = jnp.where(out & (side.status == TOXIC), POISON, side.status)
    tick = jnp.minimum(jnp.maximum(side.stats[:, 0] // 16, 1), side.hp)
    come = side._replace(
        status=status,
        hp=side.hp - jnp.where(hurts & out & ((status == POISON) | (status == BURN)), tick, 0),
        selected_slot=jnp.zeros_like(side.selected_slot),
        active_pokemon=_forget_move(side.active_pokemon),
    )
    called = (foe.volatile.trapping > 0) & (foe.active_pokemon.moves[foe.selected_slot] == METRONOME)
    other = foe._replace(
        selected=jnp.where(called, METRONOME, foe.selected),
        shown_selected=jnp.where(called, METRONOME, foe.shown_selected),
        active_pokemon=_forget_move(foe.active_pokemon),
    )
    return choose(mask, come, side), choose(mask, other, foe)


def _forget_move(active: Active) -> Active:
    return active._replace(last_move=jnp.zeros_like(active.last_move))


def faint(side: Side, mask: jax.Array) -> Side:
    """Return the side whose Pokemon that is out has fainted: its place is left, and the speed its successor is ordered by."""
    speed = side.stats[side.active][3]
    slowed = jnp.maximum(speed // 4, 1)
    gone = side._replace(
        switch_speed=jnp.where(side.status[side.active] == PARALYSIS, slowed, speed),
        **{name: jnp.where(is_out(side), 0, getattr(side, name)) for name in ("hp", "status", "sleep", "rested", "sub_broken")},
        active_pokemon=jax.tree.map(jnp.zeros_like, side.active_pokemon),
        volatile=jax.tree.map(jnp.zeros_like, side.volatile),
    )
    return choose(mask, gone, side)
