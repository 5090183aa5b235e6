"""Moves that raise and lower stages, and Rage, which builds when its user is hit. All in int32."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from .boosts import AT_LIMIT, CHANGED, STAGE_MAX, STAT_MAX, boost, scale, weaken
from .events import STATS, Kind
from .scene import Scene, apart, hp_of, status_of
from .state import Active, choose
from .tables import BURN, PARALYSIS, STATUS, Move, move_number

DISABLE = move_number("Disable")
ATTACK, SPECIAL = 0, 3


@apart
def change_stages(scene: Scene, move: Move, acts: jax.Array, goes: jax.Array, secondary: jax.Array) -> tuple[Scene, jax.Array]:
    """Return the scene after the stages that a move or its secondary effect changes, and whether the move failed at them.

    Disable and moves that destroy their user build the Rage of the opponent, even where they missed.
    """
    user, foe = scene.user, scene.foe
    builds = acts & ((move.self_destructs > 0) | (move.number == DISABLE))
    builds &= (foe.volatile.rage > 0) & (foe.active_pokemon.boosts[ATTACK] < STAGE_MAX)
    stages = jnp.where(secondary, move.secondary_boosts, move.boosts)
    stat = jnp.where(builds, ATTACK, jnp.argmax(stages != 0))
    amount = jnp.where(builds, 1, stages.sum())  # no move changes two stats
    on_self = move.on_self > 0
    standing = jnp.where(on_self, hp_of(user), hp_of(foe)) > 0
    tries = ((goes & (move.boosts != 0).any()) | (secondary & (move.secondary_boosts != 0).any())) & standing
    misted = tries & ~on_self & (amount < 0) & (foe.volatile.mist > 0) & (move.category == STATUS)
    active = choose(on_self, user.active_pokemon, foe.active_pokemon)
    active, outcome = boost(active, stat, amount, (tries & ~misted) | (builds & standing))
    name = jnp.where(on_self, scene.user_name, scene.foe_name)
    scene = _tell_stages(scene, name, stat, amount, outcome, builds)
    failed = tries & (outcome != CHANGED)
    scene = scene.say(misted, Kind.ACTIVATE_MIST, scene.foe_name).say(
        failed, Kind.FAIL, jnp.where(on_self, scene.user_name, scene.foe_name)
    )
    # the penalties of the one whose turn it is not are applied once more
    foe_active, status, again = choose(on_self, foe.active_pokemon, active), status_of(foe), tries & (outcome == CHANGED)
    foe_active = weaken(weaken(foe_active, 0, 2, again & (status == BURN)), 2, 4, again & (status == PARALYSIS))
    user = user._replace(active_pokemon=_take_stages(user.active_pokemon, choose(on_self, active, user.active_pokemon)))
    foe = foe._replace(active_pokemon=_take_stages(foe.active_pokemon, foe_active))
    return scene._replace(user=user, foe=foe), failed & ~secondary


def _take_stages(active: Active, changed: Active) -> Active:
    return active._replace(boosts=changed.boosts, modified=changed.modified)


def _tell_stages(scene: Scene, name: jax.Array, stat: jax.Array, amount: jax.Array, outcome: jax.Array, by_rage: jax.Array) -> Scene:
    """The special stat is two in the log; at the limit the change is taken back in a second line."""
    up, size = amount > 0, jnp.abs(amount)
    limited = outcome == AT_LIMIT
    told = limited | (outcome == CHANGED)
    for named, shown in ((stat, told), (STATS.index("spd"), told & (stat == SPECIAL))):
        scene = scene.say(shown & up & ~by_rage, Kind.BOOST, name, named, size).say(shown & by_rage, Kind.BOOST_RAGE, name, named, size)
        scene = scene.say(shown & ~up, Kind.UNBOOST, name, named, size)
        scene = scene.say(shown & up & limited, Kind.UNBOOST, name, named, 1).say(shown & ~up & limited, Kind.BOOST, name, named, 1)
    return scene


def build_rage(active: Active, hit: jax.Array) -> tuple[Active, jax.Array, jax.Array]:
    """Raise the attack for each of the hits bool[n], true ones first; return also which raised it, and which found it at 999."""
    index = jnp.arange(len(hit))
    stage = active.boosts[ATTACK] + index
    raised = jnp.minimum(scale(active.stored[ATTACK], jnp.minimum(stage, STAGE_MAX)), STAT_MAX)
    value = jnp.where(index == 0, active.modified[ATTACK], raised)
    full, limited = stage >= STAGE_MAX, value == STAT_MAX
    goes = jnp.cumsum(full | limited) == 0
    stopped_by_limit = (limited & ~full & (jnp.cumsum(full | limited) == 1)).any()
    count = (hit & goes).sum()
    first = jnp.arange(6) == ATTACK
    modified = jnp.minimum(scale(active.stored[ATTACK], jnp.minimum(active.boosts[ATTACK] + count, STAGE_MAX)), STAT_MAX)
    built = active._replace(
        boosts=active.boosts + jnp.where(first, count, 0),
        modified=jnp.where(first[:4] & (count > 0), modified, active.modified),
    )
    return built, hit & goes, hit & ~goes & stopped_by_limit
