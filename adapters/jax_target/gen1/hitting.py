"""A move from the moment it is announced to the end of its effects: `useMoveInner` from the line that sets `lastDamage`. All in int32."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from . import generator
from .accuracy import aim
from .blows import Blows, draw_count, strike_blows
from .coded import REST, copy_foe, crash, find_recovery, make_substitute, pass_checks, recover
from .damage import COUNTER, FAILED, find_hit, has_type
from .events import Kind
from .generator import SITES, Site
from .haze import HAZE, clear_all
from .scene import Scene, apart, close_scene, hold, hp_of, open_scene, set_own, status_of
from .stages import change_stages
from .state import Battle
from .statuses import pass_clauses, set_status, thaw
from .tables import BURN, FREEZE, PARALYSIS, SLEEP, TOXIC, Move, move_number, take_move
from .volatiles import CONFUSION, LOCK_FIELDS, begin_own, begin_thrash, begin_volatiles, draw_effect, draw_turns, find_wants

TELEPORT = move_number("Teleport")
BIDE = move_number("Bide")


def strike(battle: Battle, mover: jax.Array, move: Move, mask: jax.Array) -> Battle:
    """Return the battle after what a move does, where `mask` holds; who has no hp left keeps its place."""
    opened = open_scene(battle, mover)
    return close_scene(battle, opened, strike_scene(opened, move, mask), mover)


@apart
def strike_scene(scene: Scene, move: Move, mask: jax.Array) -> Scene:
    """Return the scene after what a move does, as `strike`."""
    acts = mask & (move.number != TELEPORT)
    scene = scene._replace(last_damage=jnp.where(acts & (move.keeps_last_damage == 0), 0, scene.last_damage))
    scene = begin_thrash(scene, move, acts)
    scene, hits, missed = aim(scene, move, acts)
    scene, goes = pass_checks(scene, move, hits)
    scene, wanted = draw_count(scene, move, goes)
    aimed = goes & (move.on_self == 0)
    journal, hit = find_hit(scene.journal, aimed, scene.user, scene.foe, move, scene.last_damage)
    failed = aimed & (hit.damage == FAILED)
    scene = scene._replace(journal=journal).say(failed & (move.number == COUNTER), Kind.FAIL, scene.user_name)
    goes &= ~failed
    scene, blows = strike_blows(scene, move, aimed, hit, wanted)
    scene, goes = apply_effects(scene, move, acts, goes, blows)
    scene = scene.say(goes & (move.hits > 0), Kind.HIT_COUNT, scene.foe_name, blows.count)
    return end_move(scene, move, acts, hits | missed, goes)


def release_bide(damage: jax.Array) -> Move:
    """Return the row of the blow at the end of Bide: it misses nobody, and takes twice what was stored."""
    row = take_move(jnp.asarray(BIDE))
    zero = jnp.zeros_like(row.on_self)
    return row._replace(on_self=zero, volatile=zero, fixed_damage=2 * damage, keeps_last_damage=zero + 1)


def apply_effects(scene: Scene, move: Move, acts: jax.Array, goes: jax.Array, blows: Blows) -> tuple[Scene, jax.Array]:
    """Return the scene after all that a move does beside its damage, and whether it has not failed."""
    scene, secondary, through = draw_secondary(scene, move, goes, blows)
    scene, status, gets = pass_clauses(scene, move, goes, secondary)
    scene, recovers, vain = find_recovery(scene, move, goes)
    rests, hazes = recovers & (move.number == REST), goes & (move.number == HAZE)
    ties = (status > 0) | rests | (hazes & (status_of(scene.user) == TOXIC))
    wants = find_wants(scene, move, goes, secondary, through, ties)
    scene, drawn = draw_effect(scene, wants)
    scene, turns = draw_turns(scene, (gets & (status == SLEEP)) | rests, wants.disable)
    scene = set_status(scene, move, status, gets, turns)
    scene = begin_volatiles(scene, move, goes, secondary, wants, drawn, turns)
    scene = begin_own(scene, move, goes, wants, drawn, blows)
    scene = recover(scene, move, recovers)
    scene = make_substitute(scene, move, goes)
    scene = copy_foe(scene, move, goes, wants.mimic, drawn)
    scene = clear_all(scene, hazes)
    scene, stuck = change_stages(scene, move, acts, goes, secondary)
    return scene, goes & ~vain & ~stuck


@apart
def draw_secondary(scene: Scene, move: Move, goes: jax.Array, blows: Blows) -> tuple[Scene, jax.Array, jax.Array]:
    """Return whether the secondary effect happens, and whether it is a confusion that comes through a substitute."""
    foe, status = scene.foe, move.secondary_status
    may = goes & (move.secondary_chance > 0)
    spared = ((status == PARALYSIS) | (status == BURN) | (status == FREEZE)) & has_type(foe.active_pokemon, move.type)
    plain = may & ~blows.on_substitute & (hp_of(foe) > 0) & blows.complete & ~spared
    through = may & blows.on_substitute & ~blows.broken & (move.secondary_volatile == CONFUSION)
    site = jnp.where(through, SITES.index(Site.SUBSTITUTE), SITES.index(Site.HIT))
    journal, happens = generator.chance(scene.journal, plain | through, move.secondary_chance, site)
    return scene._replace(journal=journal), plain & happens, through & happens


def end_move(scene: Scene, move: Move, acts: jax.Array, tried: jax.Array, goes: jax.Array) -> Scene:
    """Return the scene after what follows success or failure; `tried`: the move came as far as its draw."""
    bursts = tried & (move.self_destructs > 0) & (scene.foe.sub_broken[scene.foe.active] == 0)
    user = set_own(scene.user, bursts, hp=0)
    scene = scene._replace(user=hold(user, tried & ~goes, **dict.fromkeys(LOCK_FIELDS, 0)))
    scene = scene.say(goes & (move.one_hit_ko > 0), Kind.ONE_HIT_KO)
    return crash(thaw(scene, move, goes), move, acts & ~goes)
