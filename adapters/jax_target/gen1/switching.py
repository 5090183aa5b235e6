"""One Pokemon goes, another comes: `switchIn` and `runSwitch`, and what a faint leaves behind. All in int32."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from . import compiling
from .boosts import weaken
from .calling import METRONOME
from .events import Kind, health
from .scene import Scene, apart, hp_of, most_hp, set_own, status_of
from .state import Side, choose, is_out
from .tables import BURN, PARALYSIS, POISON, TOXIC, take_species


@compiling.apart
def send_out(side: Side, place: jax.Array, mask: jax.Array) -> Side:
    """Return the side with another Pokemon out, as it is in its team, weakened by its status; what the old one had borrowed is gone."""
    zeros = jax.tree.map(jnp.zeros_like, side.active_pokemon)
    place = jnp.where(mask, place, side.active)
    own, moves, pp = side.stats[place][1:], side.moves[place], side.pp[place]
    species = side.species[place]
    fresh = zeros._replace(species=species, types=take_species(species)[1], stored=own, modified=own, moves=moves, pp=pp)
    fresh = weaken(fresh, 0, 2, side.status[place] == BURN)
    fresh = weaken(fresh, 2, 4, side.status[place] == PARALYSIS)
    return side._replace(
        active=place,
        seen=jnp.where((jnp.arange(6) == place) & mask, 1, side.seen),
        active_pokemon=choose(mask, fresh, side.active_pokemon),
        volatile=jax.tree.map(lambda leaf: jnp.where(mask, 0, leaf), side.volatile),
    )


def announce(scene: Scene, mask: jax.Array) -> Scene:
    """Return the scene with the line of the one that was sent out."""
    user = scene.user
    return scene.say(mask, Kind.SWITCH, scene.user_name, user.active_pokemon.species, user.level[user.active], *health(user))


@apart
def arrive(scene: Scene, mask: jax.Array, hurts: jax.Array) -> Scene:
    """Return the scene after `runSwitch` of the user: toxic is poison now, and hurts where `hurts` holds; who trapped starts over."""
    user, foe = scene.user, scene.foe
    eased = mask & (status_of(user) == TOXIC)
    user = set_own(user, eased, status=POISON)
    scene = scene.say(eased, Kind.STATUS_SILENT, scene.user_name, POISON)
    status = status_of(user)
    hurt = hurts & ((status == POISON) | (status == BURN))
    user = set_own(user, hurt, hp=jnp.maximum(hp_of(user) - jnp.maximum(most_hp(user) // 16, 1), 0))
    user = _forget_move(user._replace(selected_slot=jnp.where(mask, 0, user.selected_slot)), mask)
    own_slot = jnp.where(jnp.arange(4) == foe.selected_slot, foe.active_pokemon.moves, 0).sum()
    called = mask & (foe.volatile.trapping > 0) & (own_slot == METRONOME)
    foe = foe._replace(selected=jnp.where(called, METRONOME, foe.selected), shown_selected=jnp.where(called, METRONOME, foe.shown_selected))
    return scene._replace(user=user, foe=_forget_move(foe, mask)).say(hurt, Kind.DAMAGE_STATUS, scene.user_name, *health(user), status)


def _forget_move(side: Side, mask: jax.Array) -> Side:
    active = side.active_pokemon
    return side._replace(active_pokemon=active._replace(last_move=jnp.where(mask, 0, active.last_move)))


@compiling.apart
def faint(side: Side, mask: jax.Array) -> Side:
    """Return the side whose Pokemon that is out has fainted: its place is left, and the speed its successor is ordered by."""
    speed = side.stats[side.active][3]
    slowed = jnp.maximum(speed // 4, 1)
    out = is_out(side) & mask
    return side._replace(
        switch_speed=jnp.where(mask, jnp.where(status_of(side) == PARALYSIS, slowed, speed), side.switch_speed),
        **{name: jnp.where(out, 0, getattr(side, name)) for name in ("hp", "status", "sleep", "rested", "sub_broken")},
        active_pokemon=jax.tree.map(lambda leaf: jnp.where(mask, 0, leaf), side.active_pokemon),
        volatile=jax.tree.map(lambda leaf: jnp.where(mask, 0, leaf), side.volatile),
    )
