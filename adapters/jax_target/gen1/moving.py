"""A move from the first check to the end of what it does: `runMove` and `useMove` of the mod, around `strike`. All in int32."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from .after import hurt_user, settle_move
from .before import check_move, end
from .calling import call_moves
from .choices import NOTHING, note_speeds, transformed_speed
from .coded import TRANSFORM
from .events import STILL, Kind, mark_move
from .generator import NO_MOVE
from .haze import HAZE
from .hitting import release_bide, strike_scene
from .journal import set_mover
from .scene import Scene, apart, hold, set_own
from .state import choose
from .tables import Move, move_number, take_move
from .volatiles import LOCK

DIG, FLY = move_number("Dig"), move_number("Fly")


def run_move(scene: Scene, mask: jax.Array) -> Scene:
    """Return the scene after the user has moved, or tried to, where `mask` holds; who has no hp left keeps its place."""
    number = scene.user.selected
    able = mask & (number != NOTHING)
    chosen = take_move(jnp.where(able, number, 0))
    journal = set_mover(scene.journal, able, scene.user_name + 1, jnp.where(number == 0, NO_MOVE, number))
    scene = _forget_substitutes(scene._replace(journal=journal), chosen, able)
    scene, goes, releases = check_move(scene, chosen, able)
    scene, move, failed = call_moves(scene.flush(), chosen.number, goes)
    scene, strikes = _try_move(scene, move, goes & ~failed)
    blow = choose(releases, release_bide(scene.user.volatile.bide_damage), move)
    scene = strike_scene(scene, blow, strikes | releases)
    scene = _update_speeds(scene._replace(user=end(scene.user, releases, "bide", "bide_damage")), move, strikes)
    scene, lives = settle_move(scene, move, goes)
    on_self = jnp.where(goes, move.on_self, jnp.where(able, chosen.on_self, 0)) > 0
    scene = hurt_user(scene, on_self, lives | (mask & ~goes))
    return scene._replace(journal=set_mover(scene.journal, mask, 0, 0))


def _forget_substitutes(scene: Scene, move: Move, mask: jax.Array) -> Scene:
    """That a substitute broke counts until a move begins against who had it."""
    on_self = move.on_self > 0
    return scene._replace(user=set_own(scene.user, mask & on_self, sub_broken=0), foe=set_own(scene.foe, mask & ~on_self, sub_broken=0))


@apart
def _try_move(scene: Scene, move: Move, mask: jax.Array) -> tuple[Scene, jax.Array]:
    """Return the scene, and whether the move goes on: the first turn of two does not; a trap spares the opponent its recharging."""
    held = scene.user.volatile
    two_turn = mask & (move.two_turn > 0)
    begins, ends = two_turn & (held.two_turn_move == 0), two_turn & (held.two_turn_move > 0)
    user = hold(scene.user, begins, two_turn_move=move.number)
    user = hold(user, begins & ((move.number == DIG) | (move.number == FLY)), invulnerable=1)
    user = end(user, ends, "two_turn_move", "invulnerable")
    foe = end(scene.foe, mask & (move.self_volatile == LOCK), "recharge")
    scene = scene._replace(journal=mark_move(scene.journal, begins, STILL), user=user, foe=foe)
    return scene.say(begins, Kind.PREPARE, scene.user_name, move.number), mask & ~begins


def _update_speeds(scene: Scene, move: Move, mask: jax.Array) -> Scene:
    """Haze notes both speeds at once, and Transform the user's."""
    journal = scene.journal
    both = jnp.stack([note_speeds(scene.user), note_speeds(scene.foe)])
    speeds = jnp.where(mask & (move.number == HAZE), both, journal.speeds)
    transforms = mask & (move.number == TRANSFORM) & (jnp.arange(2) == 0)
    return scene._replace(journal=journal._replace(speeds=jnp.where(transforms, transformed_speed(scene.user), speeds)))
