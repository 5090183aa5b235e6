"""What a hit takes: `getDamage` of the mod, and the blow of a confused Pokemon. All in int32."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from . import generator
from .compiling import apart, divide
from .generator import SITES, Site
from .journal import Journal
from .state import Active, Side
from .tables import (
    FIGHTING,
    GHOST,
    IMMUNE,
    NORMAL,
    PHYSICAL,
    SOURCE,
    STRONG,
    VOLATILES,
    WEAK,
    Move,
    match_types,
    move_number,
    take_species,
)

NONE = -1
"""No damage, and the move goes on: `undefined`."""
FAILED = -2
"""The move ends: `false`."""

COUNTER, PSYWAVE, SUPER_FANG = (move_number(name) for name in ("Counter", "Psywave", "Super Fang"))
COUNTERABLE = np.isin(SOURCE["moves"]["type"], (NORMAL, FIGHTING)) & (np.asarray(SOURCE["moves"]["power"]) > 0)
"""bool[166], by move; not of the one without a name, whose type is neither."""
TRAPS = VOLATILES.index("partialtrappinglock")
KNOCK_OUT = 65535


class Hit(NamedTuple):
    """What a hit takes: hp, NONE or FAILED; whether critical; STRONG, WEAK or 0 of both types together, as it is announced."""

    damage: jax.Array
    crit: jax.Array
    matchup: jax.Array


def is_immune(target: Active, move: Move) -> jax.Array:
    """Return whether the target's types leave the move without effect."""
    return (move.ignores_immunity == 0) & (match_types(move.type, target.types) == IMMUNE).any()


def has_type(pokemon: Active, kind: jax.Array | int) -> jax.Array:
    """Return whether it is of that type now; 0 is no type."""
    return (pokemon.types == kind).any() & (jnp.asarray(kind) != 0)


@apart
def find_hit(rng: Journal, mask: jax.Array, source: Side, target: Side, move: Move, last_damage: jax.Array) -> tuple[Journal, Hit]:
    """Return the journal and the hit. It draws where `mask` holds: Psywave's damage; else for a critical hit, then for the spread."""
    fixed, is_fixed, rolls = _fixed_damage(source, target, move, last_damage)
    computed, rolls = mask & ~is_fixed, mask & rolls
    odds = crit_odds(source, move)
    rng, crit = generator.chance(rng, computed & (odds > 0), odds, Site.DAMAGE)
    crit &= computed & (odds > 0)
    damage, matchup = _full_damage(source, target, move, crit)
    spread = computed & (damage > 1)
    low, high = jnp.where(rolls, 1, 217), jnp.where(rolls, divide(3 * source.level[source.active], 2), 256)
    site = jnp.where(rolls, SITES.index(Site.PSYWAVE), SITES.index(Site.DAMAGE))
    rng, roll = generator.random(rng, spread | rolls, low, high, site)
    damage = jnp.where(spread, divide(damage * roll, 255), damage)
    damage = jnp.where(is_fixed, jnp.where(rolls, roll, fixed), damage)
    return rng, Hit(damage, crit, jnp.where(computed, matchup, 0))


def _fixed_damage(source: Side, target: Side, move: Move, last_damage: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Return the damage that no formula gives, whether there is one, and whether it is Psywave's, which is drawn."""
    defender, held = target.active_pokemon, source.volatile
    counterable = jnp.asarray(COUNTERABLE)[target.shown_used]
    countered = counterable & (target.shown_selected != COUNTER) & (last_damage > 0)
    level = source.level[source.active]
    psywave = move.number == PSYWAVE
    traps = (move.self_volatile == TRAPS) & (move.type == NORMAL) & has_type(defender, GHOST)
    trapping = (held.trapping > 0) & (held.trapping_place == target.active + 1)
    first_that_holds = [
        (is_immune(defender, move), FAILED),
        (move.one_hit_ko > 0, KNOCK_OUT),
        (move.number == COUNTER, jnp.where(countered, 2 * last_damage, FAILED)),
        (psywave & (level < 2), FAILED),
        (psywave, 0),
        (move.number == SUPER_FANG, jnp.maximum(divide(target.hp[target.active], 2), 1)),
        (move.level_damage > 0, level),
        (move.fixed_damage > 0, move.fixed_damage),
        (traps, 0),
        (trapping, held.trapping_damage),
        (move.power == 0, NONE),
    ]
    masks = [mask for mask, _ in first_that_holds]
    damage = jnp.select(masks, [jnp.asarray(value, jnp.int32) for _, value in first_that_holds], jnp.int32(0))
    return damage, jnp.stack(masks).any(axis=0), psywave & (level >= 2) & ~is_immune(defender, move)


def crit_odds(source: Side, move: Move) -> jax.Array:
    """Return the chance of a critical hit in 256ths: from the base speed of what it is without Transform, and Focus Energy lowers it."""
    speed = take_species(source.species[source.active])[0][3]
    halved = divide(speed, 2)
    odds = jnp.where(source.volatile.focus_energy > 0, divide(halved, 2), jnp.clip(halved * 2, 1, 255))
    return jnp.where(move.crit_ratio == 2, jnp.clip(odds * 4, 1, 255), divide(odds, 2))


def _full_damage(source: Side, target: Side, move: Move, crit: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return the damage before the spread, and the matchup of types."""
    attacker, defender = source.active_pokemon, target.active_pokemon
    attack, defense = _stats_of_hit(source, target, move, crit)
    level = source.level[source.active] * jnp.where(crit, 2, 1)
    damage = divide((divide(level * 2, 5) + 2) * move.power * attack, defense)
    damage = jnp.minimum(divide(damage, 50), 997) + 2
    damage += jnp.where(has_type(attacker, move.type), divide(damage, 2), 0)
    against = match_types(move.type, defender.types)
    for index in (0, 1):
        damage = jnp.where(against[index] == STRONG, damage * 2, jnp.where(against[index] == WEAK, divide(damage, 2), damage))
    balance = (against == STRONG).sum() - (against == WEAK).sum()
    return damage, jnp.where(balance > 0, STRONG, jnp.where(balance < 0, WEAK, 0))


def _stats_of_hit(source: Side, target: Side, move: Move, crit: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return attack and defense: a critical hit sees neither stages nor screens, and numbers above 255 lose bits."""
    physical = move.category == PHYSICAL
    attack, bare_attack = _stat_pair(source, physical, 0)
    defense, bare_defense = _stat_pair(target, physical, 1)
    screen = jnp.where(physical, target.volatile.reflect, target.volatile.light_screen)
    defense = jnp.where(screen > 0, defense * 2, defense)
    attack, defense = jnp.where(crit, bare_attack, attack), jnp.where(crit, bare_defense, defense)
    large = (attack >= 256) | (defense >= 256)
    attack = jnp.where(large, jnp.maximum((attack >> 2) & 255, 1), attack)
    defense = jnp.where(large, jnp.maximum((defense >> 2) & 255, 1), defense)
    bursting = (move.self_destructs > 0) & physical
    return attack, jnp.where(bursting, jnp.maximum(divide(defense, 2), 1), defense)


def _stat_pair(side: Side, physical: jax.Array, stat: int) -> tuple[jax.Array, jax.Array]:
    """Return a stat as it is modified, and as the Pokemon has it itself; the special one is both its attack and its defense."""
    modified, own = side.active_pokemon.modified, side.stats[side.active][1:]
    return jnp.where(physical, modified[stat], modified[3]), jnp.where(physical, own[stat], own[3])


def confused_damage(side: Side) -> jax.Array:
    """Return what a confused Pokemon does to itself: power 40, with neither spread nor types; large stats lose no bits."""
    modified = side.active_pokemon.modified
    power = (divide(2 * side.level[side.active], 5) + 2) * modified[0] * 40
    return divide(divide(power, modified[1]), 50) + 2
