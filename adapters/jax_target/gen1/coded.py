"""Moves that Showdown writes functions for: what stops them before they hit, and what they do when they do. All in int32."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from .compiling import divide
from .events import Kind, health
from .scene import Scene, apart, change, hold, hp_of, most_hp, set_own, status_of
from .tables import POISON, SLEEP, STATUS, TOXIC, Move, move_number
from .volatiles import CONFUSION, DISABLED

LIGHT_SCREEN, REFLECT, SUBSTITUTE, SPLASH = (move_number(name) for name in ("Light Screen", "Reflect", "Substitute", "Splash"))
RECOVER, SOFT_BOILED, REST = (move_number(name) for name in ("Recover", "Soft-Boiled", "Rest"))
CONVERSION, TRANSFORM = move_number("Conversion"), move_number("Transform")
JUMP_KICK, HIGH_JUMP_KICK = move_number("Jump Kick"), move_number("High Jump Kick")
BORROWED_PP = 5


@apart
def pass_checks(scene: Scene, move: Move, hits: jax.Array) -> tuple[Scene, jax.Array]:
    """Return the scene and whether a move that hits goes on: `TryHit` of the move, and of a substitute against moves of status."""
    own, foe, name = scene.user.volatile, scene.foe, move.number
    has_screen = ((name == LIGHT_SCREEN) & (own.light_screen > 0)) | ((name == REFLECT) & (own.reflect > 0))
    spent = (move.volatile == DISABLED) & ~((foe.active_pokemon.pp > 0) & (foe.active_pokemon.moves > 0)).any()
    blocked = (move.status == POISON) | (move.status == TOXIC) | (move.boosts != 0).any() | (move.volatile == CONFUSION)
    blocked &= (move.category == STATUS) & (move.on_self == 0) & (foe.volatile.substitute > 0)
    second = (name == SUBSTITUTE) & (own.substitute > 0)
    weak = (name == SUBSTITUTE) & ~second & (hp_of(scene.user) * 4 < most_hp(scene.user))
    scene = scene.say(hits & has_screen, Kind.FAIL, scene.user_name).say(hits & (spent | blocked), Kind.FAIL, scene.foe_name)
    scene = scene.say(hits & second, Kind.FAIL_SUBSTITUTE, scene.user_name).say(hits & weak, Kind.FAIL_SUBSTITUTE_WEAK, scene.user_name)
    scene = scene.say(hits & (name == SPLASH), Kind.NOTHING)
    return scene, hits & ~(has_screen | spent | blocked | second | weak)


def find_recovery(scene: Scene, move: Move, goes: jax.Array) -> tuple[Scene, jax.Array, jax.Array]:
    """Return whether Recover or its like heals, or is in vain: with full hp, or some that differ by a bug, or asleep."""
    user = scene.user
    hp, most = hp_of(user), most_hp(user)
    recovers = goes & ((move.number == RECOVER) | (move.number == SOFT_BOILED) | (move.number == REST))
    missing = most - hp
    vain = (missing == 0) | (((missing == 255) | (missing == 511)) & (hp & 255 != 0))
    vain |= (move.number == REST) & (status_of(user) == SLEEP)
    return scene.say(recovers & vain, Kind.FAIL, scene.user_name), recovers & ~vain, recovers & vain


@apart
def recover(scene: Scene, move: Move, mask: jax.Array) -> Scene:
    """Return the scene in which the user has half of its hp more, or all of it and sleeps."""
    rests = mask & (move.number == REST)
    hp, most = hp_of(scene.user), most_hp(scene.user)
    user = set_own(scene.user, rests, status=SLEEP, sleep=2, rested=1)
    user = set_own(user, mask, hp=jnp.where(rests, most, jnp.minimum(hp + divide(most, 2), most)))
    scene = scene._replace(user=user).say(rests, Kind.STATUS_MOVE, scene.user_name, SLEEP, REST)
    scene = scene.say(rests, Kind.HEAL_SILENT, scene.user_name, *health(user))
    return scene.say(mask & ~rests, Kind.HEAL, scene.user_name, *health(user))


@apart
def make_substitute(scene: Scene, move: Move, goes: jax.Array) -> Scene:
    """Return the scene in which a quarter of the user's hp stands in its place, which takes it out of a trap."""
    makes = goes & (move.number == SUBSTITUTE)
    user, held = scene.user, scene.user.volatile
    quarter = divide(most_hp(user), 4)
    scene = scene.say(makes, Kind.START_SUBSTITUTE, scene.user_name)
    scene = scene.say(makes & (held.trapped > 0), Kind.END_TRAP, scene.user_name, held.trapped_move)
    user = hold(user, makes, substitute=quarter + 1, trapped=0, trapped_by=0, trapped_maybe=0, trapped_move=0)
    pays = makes & (quarter > 0)
    user = set_own(user, pays, hp=hp_of(user) - quarter)
    return scene._replace(user=user).say(pays, Kind.DAMAGE, scene.user_name, *health(user))


@apart
def copy_foe(scene: Scene, move: Move, goes: jax.Array, mimics: jax.Array, slot: jax.Array) -> Scene:
    """Return the scene in which the user has the opponent's types, all that it is, or the move in one of its slots."""
    user, theirs = scene.user, scene.foe.active_pokemon
    converts, transforms = goes & (move.number == CONVERSION), goes & (move.number == TRANSFORM)
    known = (theirs.moves > 0).astype(jnp.int32)
    user = change(user, converts | transforms, types=theirs.types)
    same = {name: getattr(theirs, name) for name in ("species", "stored", "modified", "boosts", "moves")}
    user = change(user, transforms, **same, pp=known * BORROWED_PP, virtual=known, used=0, transformed=1)
    number = theirs.moves[slot]
    here = (jnp.arange(4) == user.selected_slot) & mimics
    user = change(user, here, moves=number, virtual=1, used=0)
    scene = scene.say(converts, Kind.START_TYPES, scene.user_name, theirs.types[0], theirs.types[1], scene.foe_name)
    scene = scene.say(transforms, Kind.TRANSFORM, scene.user_name, scene.foe_name)
    return scene._replace(user=user).say(mimics, Kind.START_MIMIC, scene.user_name, number)


@apart
def crash(scene: Scene, move: Move, mask: jax.Array) -> Scene:
    """Return the scene after a kick that missed: a substitute sends its user's loss to that of the opponent, if there is one."""
    crashes = mask & ((move.number == JUMP_KICK) | (move.number == HIGH_JUMP_KICK))
    hidden, theirs = scene.user.volatile.substitute > 0, scene.foe.volatile.substitute
    sent = crashes & hidden & (theirs > 0)
    user = set_own(scene.user, crashes & ~hidden, hp=hp_of(scene.user) - 1)
    foe = set_own(hold(scene.foe, sent, substitute=theirs - 1), sent & (theirs == 1), sub_broken=1)
    scene = scene._replace(user=user, foe=foe, last_damage=jnp.where(crashes, 1, scene.last_damage))
    scene = scene.say(sent & (theirs == 1), Kind.END_SUBSTITUTE, scene.foe_name)
    scene = scene.say(sent & (theirs > 1), Kind.ACTIVATE_SUBSTITUTE, scene.foe_name)
    return scene.say(crashes & ~hidden, Kind.DAMAGE, scene.user_name, *health(user))
