"""Functions of the port by themselves, under the names by which the reference exports Showdown's own: one call each, to be vmapped.

An argument is a number, an array, or a dict of them; names and meanings are those of the canonical state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import jax
import jax.numpy as jnp

from . import damage, environment, generator, tables
from .accuracy import REACHES, take_aim
from .boosts import boost
from .hitting import strike
from .journal import Journal, set_mover
from .state import FIELDS, Active, Battle, Side, Volatile, build, journal_of, narrow, take_side, widen
from .tables import take_move, take_species

Given = Mapping[str, jax.Array]
Answer = dict[str, jax.Array]

THRASH = tables.move_number("Thrash")
DRAGON = tables.TYPES.index("Dragon")


def _stand(given: Given, **held: jax.Array | int) -> Side:
    """Return a side of one Pokemon, with what is given and 0 for all else."""
    zero = {path.removeprefix("p1."): jnp.zeros(field.shape, jnp.int32) for path, field in FIELDS.items() if path.startswith("p1.")}
    active = {name: zero[f"active_pokemon.{name}"] for name in Active._fields}
    volatile = {name: zero[f"volatile.{name}"] for name in Volatile._fields}
    numbers = {name: jnp.asarray(value).astype(jnp.int32) for name, value in {**given, **held}.items()}
    own = numbers.pop("own", jnp.full(4, 100))
    active |= {"stored": own, "modified": own, "types": jnp.asarray([DRAGON, 0])}
    stages = {"accuracy": 4, "evasion": 5}
    for name, value in numbers.items():
        if name in stages:
            active["boosts"] = active["boosts"].at[stages[name]].set(value)
        elif name == "asleep":
            zero["status"] = zero["status"].at[0].set(value * tables.SLEEP)
        elif name in ("types", "modified"):
            active[name] = value
        elif name in volatile:
            volatile[name] = value
        else:
            zero[name] = zero[name].at[0].set(value) if zero[name].ndim else value
    zero["stats"] = zero["stats"].at[0, 1:].set(own)
    side = {name: zero[name] for name in Side._fields[:-2]}
    return Side(**side, active_pokemon=Active(**active), volatile=Volatile(**volatile))


def _match_types(move: jax.Array, species: jax.Array) -> Answer:
    row, types = take_move(move), take_species(species)[1]
    against = tables.match_types(row.type, types)
    return {"immune": damage.is_immune(_stand({"types": types}).active_pokemon, row), "against": against.astype(jnp.uint8)}


def _find_odds(species: jax.Array, move: jax.Array, focus_energy: jax.Array) -> jax.Array:
    return damage.crit_odds(_stand({"species": species, "focus_energy": focus_energy}), take_move(move))


def _hit(attacker: Given, defender: Given, move: jax.Array, last_damage: jax.Array, rng: jax.Array) -> Answer:
    source, target = _stand(attacker, trapping_place=1), _stand(defender)
    journal, hit = damage.find_hit(Journal(rng), jnp.bool_(True), source, target, take_move(move), last_damage)
    return {"damage": hit.damage, "crit": hit.crit, "matchup": hit.matchup, "rng": journal.rng}


def _confuse(level: jax.Array, attack: jax.Array, defense: jax.Array) -> jax.Array:
    return damage.confused_damage(_stand({"level": level, "own": jnp.stack([attack, defense, attack, attack])}))


def _aim(user: Given, foe: Given, move: jax.Array) -> Answer:
    row = take_move(move)
    held = {name: value for name, value in foe.items() if name != "held"}
    locked = jnp.where(user["locked_accuracy"] > 0, THRASH, 0)
    found = take_aim(_stand(user, locked_move=locked), _stand(held, trapped=2 * foe["held"], trapped_by=foe["held"]), row)
    odds = jnp.where((found.outcome == REACHES) & ~found.sure, found.odds - row.on_self, 0)
    return {"outcome": found.outcome, "odds": odds, "rage": found.rage, "locked": found.locked}


def _change_stage(stat: jax.Array, stage: jax.Array, amount: jax.Array, stored: jax.Array, modified: jax.Array) -> Answer:
    here = jnp.arange(6) == stat
    active = _stand({"own": jnp.full(4, stored), "modified": jnp.full(4, modified)}).active_pokemon
    after, outcome = boost(active._replace(boosts=jnp.where(here, stage, 0)), stat, amount, jnp.bool_(True))
    changed = jnp.where(here[:4], after.modified, 0).sum()
    return {"outcome": outcome, "stage": jnp.where(here, after.boosts, 0).sum(), "modified": changed}


def _draw(rng: jax.Array, low: jax.Array, width: jax.Array, numerator: jax.Array) -> Answer:
    always = jnp.bool_(True)
    journal, value = generator.random(Journal(rng), always, low, low + width, generator.Site.DAMAGE)
    journal, happens = generator.chance(journal, always, numerator, generator.Site.DAMAGE)
    return {"value": value, "happens": happens, "rng": journal.rng}


def _use_move(state: Mapping[str, Any], mover: jax.Array, move: jax.Array) -> dict[str, Any]:
    battle, always = widen(_read_battle(state), recording=True), jnp.bool_(True)
    user = mover * 6 + take_side(battle.sides, mover).active
    journal = set_mover(journal_of(battle), always, user + 1, jnp.where(move == 0, generator.NO_MOVE, move))
    after = strike(battle._replace(rng=journal), mover, take_move(move), always)
    told = journal_of(after)
    return {"state": _show_battle(narrow(after)), "draws": told.draws, "events": told.events}


def _read_battle(state: Mapping[str, Any]) -> Battle:
    def take(*paths: str) -> jax.Array:
        leaves = [jnp.asarray(reduce(lambda tree, key: tree[key], path.split("."), state)) for path in paths]
        cast = [leaf.astype(FIELDS[path].dtype) for leaf, path in zip(leaves, paths, strict=True)]
        return cast[0] if len(cast) == 1 else jnp.stack(cast)

    return build(take)


def _show_battle(battle: Battle) -> dict[str, Any]:
    shown: dict[str, Any] = dict(zip(Battle._fields[:-1], battle[:-1], strict=True))
    for index, player in enumerate(environment.AGENTS):
        side = take_side(battle.sides, index)
        groups = {name: getattr(side, name)._asdict() for name in ("active_pokemon", "volatile")}
        shown[player] = {**side._asdict(), **groups}
    return shown


components: dict[str, Callable[..., Any]] = {
    "type_effectiveness": _match_types,
    "critical_odds": _find_odds,
    "damage": _hit,
    "confusion_damage": _confuse,
    "accuracy": _aim,
    "stages": _change_stage,
    "draws": _draw,
    "move": _use_move,
    "observation": lambda state: environment.get_obs(_read_battle(state)),
    "legal": lambda state: environment.legal(_read_battle(state), environment.default_params),
    "reward": lambda state: environment.get_rewards(_read_battle(state)),
}
"""What `call` of the protocol calls."""
