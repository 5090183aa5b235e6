"""What decides whether a move reaches its target, up to the draw: the beginning of `tryMoveHit`. All in int32."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from . import generator
from .boosts import scale
from .damage import has_type, is_immune
from .events import MISSED, Kind, mark_move
from .generator import Site
from .scene import Scene, apart, hold, set_own
from .state import Side
from .tables import GRASS, SLEEP, Move, move_number

REACHES, AWAY, UNAFFECTED, TOO_FAST = range(4)
"""Outcomes before the draw: it may hit; the target is in the air or underground; its types or state; a one-hit KO by a slower Pokemon."""

SWIFT, TRANSFORM, LEECH_SEED, DREAM_EATER, BIDE = (
    move_number(name) for name in ("Swift", "Transform", "Leech Seed", "Dream Eater", "Bide")
)
ACCURACY_MAX = 255


class Aim(NamedTuple):
    """How a move stands before the draw: the outcome, the odds in 256ths, and whether there is no draw. And what the source keeps of it."""

    outcome: jax.Array
    odds: jax.Array
    sure: jax.Array
    rage: jax.Array
    locked: jax.Array


def take_aim(source: Side, target: Side, move: Move) -> Aim:
    """Return how a move at the opponent or at the user stands; a lock that begins with this move has begun.

    Thrash and Rage aim with what their last accuracy came to, scaled once more, and keep the result.
    """
    held = source.volatile
    odds = jnp.where(held.rage > 0, held.rage, jnp.where(held.locked_move > 0, held.locked_accuracy, move.accuracy))
    odds = scale(odds, source.active_pokemon.boosts[4])
    evasion = jnp.where(move.on_self > 0, source.active_pokemon.boosts[5], target.active_pokemon.boosts[5])
    odds = jnp.clip(scale(odds, -evasion), 1, ACCURACY_MAX)
    outcome = _find_outcome(source, target, move)
    sleeps = (move.status == SLEEP) & (target.volatile.recharge > 0)
    draws_none = (move.accuracy == 0) | sleeps
    keeps = (outcome == REACHES) & ~draws_none
    held_fast = (target.volatile.trapped > 0) & (target.volatile.trapped_by == source.active + 1) & (move.on_self == 0)
    return Aim(
        outcome,
        odds + jnp.where(move.on_self > 0, 1, 0),
        draws_none | held_fast,
        jnp.where(keeps & (held.rage > 0), odds, held.rage),
        jnp.where(keeps & (held.locked_move > 0), odds, held.locked_accuracy),
    )


def _find_outcome(source: Side, target: Side, move: Move) -> jax.Array:
    aimed = move.on_self == 0
    goes_anyway = (move.number == SWIFT) | (move.number == TRANSFORM) | (move.number == BIDE)
    away = aimed & (target.volatile.invulnerable > 0) & ~goes_anyway
    rooted = (move.number == LEECH_SEED) & has_type(target.active_pokemon, GRASS)
    asleep = (target.status[target.active] == SLEEP) & (target.volatile.substitute == 0)
    awake = (move.number == DREAM_EATER) & ~asleep
    unaffected = aimed & (is_immune(target.active_pokemon, move) | rooted | awake)
    too_fast = (move.one_hit_ko > 0) & (target.active_pokemon.modified[2] > source.active_pokemon.modified[2])
    return jnp.where(away, AWAY, jnp.where(unaffected, UNAFFECTED, jnp.where(too_fast, TOO_FAST, REACHES)))


@apart
def aim(scene: Scene, move: Move, acts: jax.Array) -> tuple[Scene, jax.Array, jax.Array]:
    """Return the scene after the draw, whether the move hits, and whether it was drawn and missed."""
    found = take_aim(scene.user, scene.foe, move)
    reaches = acts & (found.outcome == REACHES)
    journal, lucky = generator.chance(scene.journal, reaches & ~found.sure, found.odds, Site.TRY_HIT)
    missed = reaches & ~found.sure & ~lucky
    away = acts & (found.outcome == AWAY)
    unaffected = acts & (found.outcome == UNAFFECTED)
    scene = scene._replace(
        journal=mark_move(journal, missed | away, MISSED),
        user=hold(scene.user, acts, rage=found.rage, locked_accuracy=found.locked),
        last_damage=jnp.where(missed, 0, scene.last_damage),
    )
    scene = scene._replace(user=set_own(scene.user, (away | unaffected) & (move.self_destructs > 0), hp=0))
    scene = scene.say(missed | away, Kind.MISS, scene.user_name).say(unaffected, Kind.IMMUNE, scene.foe_name)
    scene = scene.say(acts & (found.outcome == TOO_FAST), Kind.IMMUNE_ONE_HIT_KO, scene.foe_name)
    return scene, reaches & ~missed, missed
