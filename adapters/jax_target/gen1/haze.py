"""Haze, which takes from both what moves have changed, and cures the opponent. All in int32."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from .boosts import clear
from .events import Kind
from .scene import Scene, apart, hold, set_own, status_of
from .state import Side
from .statuses import cure
from .tables import FREEZE, POISON, SLEEP, TOXIC, move_number

HAZE = move_number("Haze")
CANNOT_MOVE = 255
ENDED = (
    ("disable", Kind.END_DISABLE_SILENT),
    ("confusion", Kind.END_CONFUSION_SILENT),
    ("mist", Kind.END_MIST),
    ("focus_energy", Kind.END_FOCUS_ENERGY),
    ("leech_seed", Kind.END_LEECH_SEED),
    ("light_screen", Kind.END_LIGHT_SCREEN),
    ("reflect", Kind.END_REFLECT),
    ("toxic", Kind.END_TOXIC),
)
"""In the order in which they end."""
GONE = dict.fromkeys((*(name for name, _ in ENDED), "disable_slot", "disable_move", "toxic_counter"), 0)


@apart
def clear_all(scene: Scene, mask: jax.Array) -> Scene:
    """Return the scene after Haze; the first player's Pokemon is told of first. Whom it wakes cannot move."""
    user, foe, user_is_first = scene.user, scene.foe, scene.user_name < scene.foe_name
    status = status_of(foe)
    stunned = mask & ((status == SLEEP) | (status == FREEZE))
    scene = scene.say(mask, Kind.ACTIVATE_HAZE, scene.user_name).say(mask, Kind.CLEAR_BOOSTS)
    poisons = mask & (status_of(user) == TOXIC)
    names = (scene.user_name, scene.foe_name)
    for first in (True, False):
        is_user = user_is_first if first else ~user_is_first
        name = jnp.where(is_user, *names)
        scene = scene.say(mask & ~is_user & (status > 0), Kind.CURE_SILENT, name, status)
        scene = scene.say(poisons & is_user, Kind.STATUS, name, POISON)
        for field, kind in ENDED:
            held = jnp.where(is_user, getattr(user.volatile, field), getattr(foe.volatile, field))
            scene = scene.say(mask & (held > 0), kind, name)
    user = set_own(_clear_one(user, mask), poisons, status=POISON)
    foe = cure(_clear_one(foe, mask), mask)
    foe = foe._replace(
        selected=jnp.where(stunned, CANNOT_MOVE, foe.selected), shown_selected=jnp.where(stunned, CANNOT_MOVE, foe.shown_selected)
    )
    return scene._replace(user=user, foe=foe)


def _clear_one(side: Side, mask: jax.Array) -> Side:
    return hold(side, mask, **GONE)._replace(active_pokemon=clear(side.active_pokemon, mask))
