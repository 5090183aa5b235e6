"""What the hits of a move do: to hp or to a substitute, with drain, recoil, and the Rage they build. All in int32."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from . import generator
from .compiling import divide
from .damage import STRONG, WEAK, Hit
from .events import Kind, health
from .generator import Site
from .scene import Scene, apart, hold, hp_of, most_hp, set_own, status_of
from .stages import build_rage
from .tables import STATUS, Move, move_number

HITS_MAX = 5
HIT_COUNTS = (2, 2, 2, 3, 3, 3, 4, 5)
PAY_DAY = move_number("Pay Day")


class Blows(NamedTuple):
    """How often a move hit, whether that was as often as it meant to, and whether a substitute was in its place, and broke."""

    count: jax.Array
    complete: jax.Array
    on_substitute: jax.Array
    broken: jax.Array


def draw_count(scene: Scene, move: Move, mask: jax.Array) -> tuple[Scene, jax.Array]:
    """Return how often a move is to hit."""
    journal, pick = generator.random(scene.journal, mask & (move.hits == HITS_MAX), 0, len(HIT_COUNTS), Site.TRY_HIT, generator.SAMPLE)
    drawn = jnp.asarray(HIT_COUNTS)[pick]
    return scene._replace(journal=journal), jnp.where(move.hits == HITS_MAX, drawn, jnp.maximum(move.hits, 1))


@apart
def strike_blows(scene: Scene, move: Move, mask: jax.Array, hit: Hit, wanted: jax.Array) -> tuple[Scene, Blows]:
    """Return the scene after all hits, which take the same: until they are done, nobody stands, or a substitute breaks."""
    foe, hp, substitute = scene.foe, hp_of(scene.foe), scene.foe.volatile.substitute
    deals = mask & (hit.damage >= 0)
    on_substitute = deals & (substitute > 0) & (move.category != STATUS)
    pool = jnp.where(on_substitute, substitute, hp)
    damage = jnp.minimum(hit.damage, pool)
    needed = jnp.where(damage > 0, divide(pool + damage - 1, jnp.maximum(damage, 1)), HITS_MAX)
    count = jnp.where(foe.sub_broken[foe.active] > 0, 1, jnp.minimum(wanted, needed))
    index = jnp.arange(HITS_MAX)
    happens = deals & (index < count)
    left = jnp.maximum(pool - damage * (index + 1), 0)
    end = jnp.maximum(pool - damage * count, 0)
    broken = on_substitute & (end == 0)
    last = jnp.where(on_substitute, hit.damage, jnp.minimum(damage, pool - damage * (count - 1)))
    foe = set_own(hold(foe, on_substitute, substitute=end), deals & ~on_substitute, hp=end)
    foe = set_own(foe, broken, sub_broken=1)
    rages = happens & ~on_substitute & (left > 0) & (foe.volatile.rage > 0) & (move.category != STATUS) & (move.self_destructs == 0)
    active, raised, limited = build_rage(foe.active_pokemon, rages)
    foe = foe._replace(active_pokemon=active)
    scene = scene._replace(foe=foe, last_damage=jnp.where(deals, last, scene.last_damage))
    scene = scene.say(hit.crit, Kind.CRIT, scene.foe_name)
    scene = scene.say(hit.matchup == STRONG, Kind.SUPER_EFFECTIVE, scene.foe_name).say(hit.matchup == WEAK, Kind.RESISTED, scene.foe_name)
    for each in range(HITS_MAX):
        now = happens[each]
        ends = left[each] == 0
        scene = scene.say(now & ~on_substitute, Kind.DAMAGE, scene.foe_name, left[each], most_hp(foe), status_of(foe))
        scene = scene.say(now & on_substitute & ends, Kind.END_SUBSTITUTE, scene.foe_name)
        scene = scene.say(now & on_substitute & ~ends, Kind.ACTIVATE_SUBSTITUTE, scene.foe_name)
        if each == 0:  # neither drains, recoils nor pays, that hits more than once
            scene = _take_share(scene, move, deals & ~broken, jnp.where(on_substitute, hit.damage, damage), on_substitute)
            scene = scene.say(now & ~on_substitute & (move.number == PAY_DAY), Kind.PAY_DAY)
        scene = scene.say(raised[each] | limited[each], Kind.BOOST_RAGE, scene.foe_name, 0, 1)
        scene = scene.say(limited[each], Kind.UNBOOST, scene.foe_name, 0, 1)
    return scene, Blows(jnp.where(deals, count, 0), count == wanted, on_substitute, broken)


def _take_share(scene: Scene, move: Move, mask: jax.Array, dealt: jax.Array, on_substitute: jax.Array) -> Scene:
    """Drain, and recoil, of what was dealt: also by a substitute that holds."""
    user = scene.user
    drains = mask & (move.drain[0] > 0) & (on_substitute | (dealt > 0))
    gain = jnp.maximum(divide(dealt * move.drain[0], move.drain[1]), 1)
    hp, most = hp_of(user), most_hp(user)
    heals = drains & (hp < most)
    user = set_own(user, heals, hp=jnp.minimum(hp + gain, most))
    scene = scene._replace(last_damage=jnp.where(drains, gain, scene.last_damage))
    scene = scene.say(heals, Kind.HEAL_DRAIN, scene.user_name, *health(user), scene.foe_name)
    recoils = mask & (move.recoil[0] > 0) & (dealt > 0)
    loss = jnp.maximum(divide(dealt * move.recoil[0], move.recoil[1]), 1)
    user = set_own(user, recoils, hp=jnp.maximum(hp_of(user) - loss, 0))
    return scene._replace(user=user).say(recoils, Kind.DAMAGE_RECOIL, scene.user_name, *health(user))
