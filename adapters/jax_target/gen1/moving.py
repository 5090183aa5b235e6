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
from .hitting import release_bide, strike
from .journal import set_mover
from .scene import Scene, apart, close_scene, hold, open_scene, set_own
from .state import Battle, choose, journal_of
from .tables import Move, move_number, take_move
from .volatiles import LOCK

DIG, FLY = move_number("Dig"), move_number("Fly")


def run_move(battle: Battle, mover: jax.Array, mask: jax.Array) -> Battle:
    """Return the battle after one Pokemon has moved, or tried to, where `mask` holds; who has no hp left keeps its place."""
    opened = open_scene(battle, mover)
    number = opened.user.selected
    able = mask & (number != NOTHING)
    chosen = take_move(jnp.where(able, number, 0))
    journal = set_mover(opened.journal, able, opened.user_name + 1, jnp.where(number == 0, NO_MOVE, number))
    scene = _forget_substitutes(opened._replace(journal=journal), chosen, able)
    scene, goes, releases = check_move(scene, chosen, able)
    battle = close_scene(battle, opened, scene, mover)

    opened = open_scene(battle, mover)
    scene, move, failed = call_moves(opened, chosen.number, goes)
    scene, strikes = _try_move(scene, move, goes & ~failed)
    blow = choose(releases, release_bide(scene.user.volatile.bide_damage), move)
    battle = close_scene(battle, opened, scene, mover)
    battle = _mark_charge(battle, goes & ~failed & ~strikes & (move.two_turn > 0))
    battle = strike(battle, mover, blow, strikes | releases)
    battle = _update_speeds(battle, mover, move, strikes)

    opened = open_scene(battle, mover)
    scene = opened._replace(user=end(opened.user, releases, "bide", "bide_damage"))
    scene, lives = settle_move(scene, move, goes)
    on_self = jnp.where(goes, move.on_self, jnp.where(able, chosen.on_self, 0)) > 0
    scene = hurt_user(scene, on_self, lives | (mask & ~goes))
    scene = scene._replace(journal=set_mover(scene.journal, mask, 0, 0))
    return close_scene(battle, opened, scene, mover)


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
    scene = scene._replace(user=user, foe=foe).say(begins, Kind.PREPARE, scene.user_name, move.number)
    return scene, mask & ~begins


def _mark_charge(battle: Battle, mask: jax.Array) -> Battle:
    """The line of a move that only begins names no target."""
    return battle._replace(rng=mark_move(journal_of(battle), mask, STILL))


def _update_speeds(battle: Battle, mover: jax.Array, move: Move, mask: jax.Array) -> Battle:
    """Haze notes both speeds at once, and Transform the user's."""
    journal = journal_of(battle)
    transforms = mask & (move.number == TRANSFORM) & (jnp.arange(2) == mover)
    speeds = jnp.where(mask & (move.number == HAZE), note_speeds(battle.sides), journal.speeds)
    speeds = jnp.where(transforms, jax.vmap(transformed_speed)(battle.sides), speeds)
    return battle._replace(rng=journal._replace(speeds=speeds))
