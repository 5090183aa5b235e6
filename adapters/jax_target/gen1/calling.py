"""What a Pokemon that moves comes to use: PP, and Metronome and Mirror Move, which call others, and each other. All in int32."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from . import generator
from .choices import STRUGGLE
from .events import Kind, emit
from .generator import SAMPLE, Site
from .journal import Journal, set_mover
from .legality import is_locked
from .scene import Scene, apart, change
from .state import Side, is_out
from .tables import SOURCE, Move, move_number, take_move

METRONOME, MIRROR_MOVE, FISSURE = (move_number(name) for name in ("Metronome", "Mirror Move", "Fissure"))
CALLABLE = np.flatnonzero(SOURCE["moves"]["callable"])
TWO_TURN, ON_SELF = (np.asarray(SOURCE["moves"][name], np.int8) for name in ("two_turn", "on_self"))
PP_MASK = 63


class Call(NamedTuple):
    """A move about to be announced: its number, what called it, and whether there is one; and what announcing changes."""

    number: jax.Array
    source: jax.Array
    goes: jax.Array
    last_damage: jax.Array
    user: Side
    journal: Journal


@apart
def call_moves(scene: Scene, number: jax.Array, mask: jax.Array) -> tuple[Scene, Move, jax.Array]:
    """Return the scene, the move that is used in the end, and whether it is a Mirror Move that found nothing to copy."""
    held = scene.user.volatile
    locked = (is_locked(scene.user) | (held.trapping > 0)) & (number != STRUGGLE)
    two_turn = jnp.asarray(TWO_TURN)[number] > 0
    pays = mask & (number != STRUGGLE) & jnp.where(held.two_turn_move > 0, True, ~locked & ~two_turn)
    user = _take_points(scene.user, pays, 1)
    copied = scene.foe.active_pokemon.last_move
    foe = scene.foe_name

    def announce(call: Call) -> Call:
        number, goes, user = call.number, call.goes, call.user
        two_turn = jnp.asarray(TWO_TURN)[number] > 0
        called = goes & ((call.source == METRONOME) | (call.source == MIRROR_MOVE))
        user = _take_points(user, called & two_turn, -1)
        user = _return_point(user, called & (user.active_pokemon.transformed > 0))
        shown = jnp.where(number == 0, FISSURE, number)
        user = user._replace(shown_used=jnp.where(goes, shown, user.shown_used))
        user = change(user, goes & (~two_turn | (user.volatile.two_turn_move > 0)), last_move=shown)
        journal = set_mover(call.journal, goes, scene.user_name + 1, number)
        target = jnp.where(jnp.asarray(ON_SELF)[number] > 0, scene.user_name, foe)
        journal = emit(journal, goes, Kind.MOVE, scene.user_name, number, target, call.source)
        metronome, mirror = goes & (number == METRONOME), goes & (number == MIRROR_MOVE)
        journal, pick = generator.random(journal, metronome, 0, len(CALLABLE), Site.METRONOME, SAMPLE)
        calls = metronome | (mirror & (copied != 0) & (copied != MIRROR_MOVE))
        next_number = jnp.where(metronome, jnp.asarray(CALLABLE, jnp.int32)[pick], copied)
        user = user._replace(
            selected=jnp.where(calls, next_number, user.selected), shown_selected=jnp.where(calls, next_number, user.shown_selected)
        )
        last_damage = jnp.where(metronome | mirror, 0, call.last_damage)
        return Call(jnp.where(calls, next_number, number), jnp.where(calls, number, call.source), calls, last_damage, user, journal)

    call = Call(jnp.where(mask, number, 0), jnp.where(locked, number, 0), mask, scene.last_damage, user, scene.journal)
    call = jax.lax.while_loop(lambda call: call.goes, announce, call)
    failed = mask & (call.number == MIRROR_MOVE)
    scene = scene._replace(journal=call.journal, user=call.user, last_damage=call.last_damage)
    return scene.say(failed, Kind.FAIL, scene.user_name), take_move(call.number), failed


def _take_points(side: Side, mask: jax.Array, points: int) -> Side:
    """`deductPP` of the slot selected last: PP have six bits; a slot of its own, or that Mimic borrows, is one with that of its set."""
    active = side.active_pokemon
    here = (jnp.arange(4) == side.selected_slot) & (active.moves > 0) & mask
    pp = (active.pp - points) & PP_MASK
    shared = here & ((active.virtual == 0) | (active.transformed == 0))
    side = side._replace(pp=jnp.where(is_out(side)[:, None] & shared, pp, side.pp))
    return change(side, here, pp=pp, used=1)


def _return_point(side: Side, mask: jax.Array) -> Side:
    """What a transformed Pokemon calls gives its own set a PP."""
    here = is_out(side)[:, None] & (jnp.arange(4) == side.selected_slot) & (side.moves > 0) & mask
    return side._replace(pp=jnp.where(here, (side.pp + 1) & PP_MASK, side.pp))
