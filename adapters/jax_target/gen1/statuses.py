"""Status as a move or its secondary effect gives it, with the Sleep and the Freeze Clause; and what fire thaws. All in int32."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from .boosts import weaken
from .damage import has_type
from .events import Kind
from .scene import Scene, apart, hold, hp_of, set_own, status_of
from .state import Side
from .tables import BURN, FREEZE, PARALYSIS, POISON, SLEEP, TOXIC, TYPES, Move

POISONOUS = TYPES.index("Poison")


@apart
def pass_clauses(scene: Scene, move: Move, goes: jax.Array, secondary: jax.Array) -> tuple[Scene, jax.Array, jax.Array]:
    """Return the scene, the status that the opponent is to get, or 0, and whether it gets it. It draws for each that is not 0."""
    foe, held = scene.foe, status_of(scene.foe)
    primary = goes & (move.status > 0)
    status = jnp.where(secondary, move.secondary_status, jnp.where(primary, move.status, 0))
    recharging = (status == SLEEP) & (foe.volatile.recharge > 0)  # sleep comes over any other status
    same = primary & (held == status)
    scene = scene.say(same, Kind.FAIL_STATUS, scene.foe_name, held)
    scene = scene.say(primary & (held > 0) & ~recharging & ~same, Kind.FAIL, scene.foe_name)
    wanted = (status > 0) & ((held == 0) | (recharging & ~same))
    immune = wanted & ((status == POISON) | (status == TOXIC)) & has_type(foe.active_pokemon, POISONOUS)
    scene = scene.say(immune & primary, Kind.IMMUNE, scene.foe_name)
    tried = wanted & ~immune
    asleep = ((foe.status == SLEEP) & (foe.rested == 0) & (foe.hp > 0)).any()
    frozen = (foe.status == FREEZE).any()
    stopped = ((status == SLEEP) & asleep) | ((status == FREEZE) & frozen)
    return scene, jnp.where(tried, status, 0), tried & ~stopped


@apart
def set_status(scene: Scene, move: Move, status: jax.Array, gets: jax.Array, turns: jax.Array) -> Scene:
    """Return the scene in which the opponent has the status, for so many turns if it sleeps."""
    sleeps = gets & (status == SLEEP)
    foe = set_own(scene.foe, gets, status=status, sleep=jnp.where(sleeps, turns, 0), rested=0)
    foe = hold(hold(foe, sleeps, recharge=0), gets & (status == TOXIC), toxic=1, toxic_counter=0)
    active = weaken(foe.active_pokemon, 0, 2, gets & (status == BURN))
    foe = foe._replace(active_pokemon=weaken(active, 2, 4, gets & (status == PARALYSIS)))
    scene = scene._replace(foe=foe).say(sleeps, Kind.STATUS_MOVE, scene.foe_name, status, move.number)
    return scene.say(gets & ~sleeps, Kind.STATUS, scene.foe_name, status)


@apart
def thaw(scene: Scene, move: Move, mask: jax.Array) -> Scene:
    """Return the scene in which a move that can burn has thawed the opponent, even through a substitute."""
    thaws = mask & (move.secondary_status == BURN) & (status_of(scene.foe) == FREEZE) & (hp_of(scene.foe) > 0)
    return scene.say(thaws, Kind.CURE, scene.foe_name, FREEZE)._replace(foe=cure(scene.foe, thaws))


def cure(side: Side, mask: jax.Array) -> Side:
    """Return the side whose Pokemon that is out has no status any more."""
    return set_own(side, mask, status=0, sleep=0, rested=0)
