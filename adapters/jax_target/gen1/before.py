"""What stops a Pokemon from moving: the handlers of `BeforeMove` in the order of their priority. All in int32."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from . import generator
from .damage import confused_damage
from .events import REASONS, Kind, health
from .generator import Site
from .scene import Scene, apart, change, hold, hp_of, set_own, status_of
from .state import Side
from .tables import FREEZE, PARALYSIS, SLEEP, Move, move_number
from .volatiles import LOCK_FIELDS

BIDE = move_number("Bide")
CONFUSION_ODDS, PARALYSIS_ODDS = 128, 63
THRASH_FIELDS = ("locked_move", "locked_turns", "locked_accuracy")
_FROZEN, _PARALYSED, _TRAPPED, _FLINCHED, _RECHARGES, _ASLEEP = (
    REASONS.index(name) for name in ("frz", "par", "partiallytrapped", "flinch", "recharge", "slp")
)


def check_move(scene: Scene, move: Move, mask: jax.Array) -> tuple[Scene, jax.Array, jax.Array]:
    """Return the scene, whether the Pokemon moves, and whether it lets go what Bide has stored, which is no move."""
    scene, goes = _check_stillness(scene, mask)
    scene, goes = _check_disable(scene, move, goes)
    scene, goes = _check_confusion(scene, goes)
    scene, goes = _check_paralysis(scene, goes)
    scene, goes, releases = _check_bide(scene, goes)
    held = scene.user.volatile
    elsewhere = goes & (held.trapping > 0) & ((move.on_self > 0) | (held.trapping_place != scene.foe.active + 1))
    return scene._replace(user=end(scene.user, elsewhere, *LOCK_FIELDS)), goes, releases


def end(side: Side, mask: jax.Array, *names: str) -> Side:
    """Return the side without some of its volatile state."""
    return hold(side, mask, **dict.fromkeys(names, 0))


@apart
def _check_stillness(scene: Scene, mask: jax.Array) -> tuple[Scene, jax.Array]:
    """Frozen, asleep, trapped, flinching, recharging."""
    user, held, status = scene.user, scene.user.volatile, status_of(scene.user)
    frozen, asleep = mask & (status == FREEZE), mask & (status == SLEEP)
    left = user.sleep[user.active] - 1
    goes = mask & ~frozen & ~asleep
    trapped = goes & (held.trapped > 0)
    flinched = goes & ~trapped & (held.flinch > 0)
    recharges = goes & ~trapped & ~flinched & (held.recharge > 0)
    user = change(set_own(user, asleep, sleep=left), frozen | asleep, last_move=0)
    user = hold(user, recharges, recharge=0)
    reason = jnp.select([frozen, asleep, trapped, flinched], [_FROZEN, _ASLEEP, _TRAPPED, _FLINCHED], _RECHARGES)
    wakes = asleep & (left <= 0)
    stopped = frozen | asleep | trapped | flinched | recharges
    return scene._replace(user=user).say(stopped & ~wakes, Kind.CANT, scene.user_name, reason), mask & ~stopped


@apart
def _check_disable(scene: Scene, move: Move, mask: jax.Array) -> tuple[Scene, jax.Array]:
    held = scene.user.volatile
    counts = mask & (held.disable > 0)
    ends = counts & (held.disable == 1)
    wanted = jnp.where(held.bide > 0, BIDE, move.number)
    stopped = counts & ~ends & (wanted == held.disable_move)
    user = hold(scene.user, counts, disable=held.disable - 1)
    user = end(end(user, ends, "disable_slot", "disable_move"), stopped, "two_turn_move")
    scene = scene._replace(user=user).say(ends, Kind.END_DISABLE, scene.user_name)
    return scene.say(stopped, Kind.CANT_DISABLED, scene.user_name, held.disable_move), mask & ~stopped


@apart
def _check_confusion(scene: Scene, mask: jax.Array) -> tuple[Scene, jax.Array]:
    """A blow of confusion goes by a substitute of its own: to that of the opponent, if there is one."""
    user, foe, held = scene.user, scene.foe, scene.user.volatile
    counts = mask & (held.confusion > 0)
    confused = counts & (held.confusion > 1)
    user = hold(user, counts, confusion=held.confusion - 1)
    journal, spared = generator.chance(scene.journal, confused, CONFUSION_ODDS, Site.CONFUSED)
    hits = confused & ~spared
    damage = confused_damage(user)
    covered = hits & (held.substitute > 0)
    passed_on = covered & (foe.volatile.substitute > 0)
    left = jnp.maximum(foe.volatile.substitute - damage, 0)
    breaks = passed_on & (left == 0)
    foe = set_own(hold(foe, passed_on, substitute=left), breaks, sub_broken=1)
    user = set_own(user, hits & ~covered, hp=jnp.maximum(hp_of(user) - damage, 0))
    user = end(user, hits, "bide", "bide_damage", "two_turn_move", "invulnerable", *LOCK_FIELDS, *THRASH_FIELDS)
    scene = scene._replace(journal=journal, user=user, foe=foe, last_damage=jnp.where(hits, damage, scene.last_damage))
    scene = scene.say(counts & ~confused, Kind.END_CONFUSION, scene.user_name).say(confused, Kind.ACTIVATE_CONFUSION, scene.user_name)
    scene = scene.say(hits & ~covered, Kind.DAMAGE_CONFUSION, scene.user_name, *health(user))
    scene = scene.say(breaks, Kind.END_SUBSTITUTE, scene.foe_name)
    return scene.say(passed_on & ~breaks, Kind.ACTIVATE_SUBSTITUTE, scene.foe_name), mask & ~hits


@apart
def _check_paralysis(scene: Scene, mask: jax.Array) -> tuple[Scene, jax.Array]:
    """Who is in the air or underground stays there."""
    paralysed = mask & (status_of(scene.user) == PARALYSIS)
    journal, stopped = generator.chance(scene.journal, paralysed, PARALYSIS_ODDS, Site.PARALYSIS)
    stopped &= paralysed
    user = end(scene.user, stopped, "bide", "bide_damage", "two_turn_move", *LOCK_FIELDS, *THRASH_FIELDS)
    return scene._replace(journal=journal, user=user).say(stopped, Kind.CANT, scene.user_name, _PARALYSED), mask & ~stopped


@apart
def _check_bide(scene: Scene, mask: jax.Array) -> tuple[Scene, jax.Array, jax.Array]:
    held = scene.user.volatile
    bides = mask & (held.bide > 0)
    stored = held.bide_damage + scene.last_damage
    ends = bides & (held.bide == 1)
    empty = ends & (stored == 0)
    user = hold(scene.user, bides, bide=held.bide - 1, bide_damage=jnp.where(empty, 0, stored))
    scene = scene._replace(user=user).say(ends, Kind.END_BIDE, scene.user_name).say(empty, Kind.FAIL, scene.user_name)
    return scene.say(bides & ~ends, Kind.ACTIVATE_BIDE, scene.user_name), mask & ~bides, ends & ~empty
