"""What the components are called with in a turn: read from the Step before it and the joint action.

`of` of the contract: from a Step of the reference and the action after it to lists of arguments. A turn draws before it comes to a rule,
and how often is not told: rules that draw are called with the generator as it is after several numbers of draws.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from arguments import LOCKING, TABLES, computed_moves

MULTIPLIER, INCREMENT = 0x5D588B656C078965, 0x269EC3
DRAWS_BEFORE = 6
STRUGGLE, RAGE, BIDE = 165, 99, 117
CALLING = (118, 119)
"""Metronome and Mirror Move, which use another move."""
STATS, ACCURACY, EVASION = range(4), 4, 5

Step = Mapping[str, Any]
Action = Mapping[str, int] | None


class Use(NamedTuple):
    """A Pokemon that is to use a move, and its opponent."""

    mover: int
    user: Mapping[str, Any]
    foe: Mapping[str, Any]
    move: int


def _uses(before: Step, action: Action) -> list[Use]:
    """Return who is to use which move, unless something stops them."""
    state, found = before["state"], []
    for mover, (own, other) in enumerate((("p1", "p2"), ("p2", "p1"))):
        user, foe = state[own], state[other]
        chosen = (action or {}).get(own, 9)
        if chosen < 4 and user["request"] == 1 and foe["active_pokemon"]["species"]:
            found.append(Use(mover, user, foe, _move_of(user, chosen)))
    return [use for use in found if use.move]


def _move_of(side: Mapping[str, Any], slot: int) -> int:
    held, active = side["volatile"], side["active_pokemon"]
    going_on = (held["two_turn_move"], held["locked_move"], held["trapping_move"], RAGE * (held["rage"] > 0), BIDE * (held["bide"] > 0))
    lasting = next((move for move in going_on if move), 0)
    listed = int(active["moves"][slot]) if active["pp"][slot] else STRUGGLE
    return int(lasting or listed)


def _generators(before: Step) -> Iterator[np.ndarray[Any, Any]]:
    """Yield the generator as it is, and as it is after each of some draws."""
    high, low = (int(word) for word in before["state"]["rng"])
    number = high << 32 | low
    for _ in range(DRAWS_BEFORE):
        yield np.array([number >> 32, number & 0xFFFFFFFF], np.uint32)
        number = (number * MULTIPLIER + INCREMENT) % 2**64


def _stats(side: Mapping[str, Any]) -> dict[str, Any]:
    active = side["active_pokemon"]
    return {"own": np.asarray(side["stats"])[side["active"]][1:], "modified": active["modified"], "types": active["types"]}


def draws(before: Step, action: Action) -> list[list[Any]]:
    """Return the draws of a spread and of a chance of one half."""
    return [[rng, 217, 39, 128] for rng in _generators(before)]


def type_effectiveness(before: Step, action: Action) -> list[list[Any]]:
    """Return each move, and the species it is used against."""
    return [[use.move, int(use.foe["active_pokemon"]["species"])] for use in _uses(before, action)]


def critical_odds(before: Step, action: Action) -> list[list[Any]]:
    """Return each user and move whose damage is computed."""
    computed = computed_moves()
    uses = [use for use in _uses(before, action) if use.move in computed]
    return [[int(use.user["species"][use.user["active"]]), use.move, use.user["volatile"]["focus_energy"]] for use in uses]


def stages(before: Step, action: Action) -> list[list[Any]]:
    """Return the stages that each move, or its secondary effect, changes."""
    found = []
    for use in _uses(before, action):
        side = use.user if TABLES["moves"]["on_self"][use.move] else use.foe
        active = side["active_pokemon"]
        for name in ("boosts", "secondary_boosts"):
            for stat, amount in enumerate(TABLES["moves"][name][use.move]):
                stored, modified = (int(active[key][stat]) if stat in STATS else 100 for key in ("stored", "modified"))
                if amount:
                    found.append([stat, int(active["boosts"][stat]), amount, stored, modified])
    return found


def confusion_damage(before: Step, action: Action) -> list[list[Any]]:
    """Return what hits each Pokemon that is confused."""
    sides = [use.user for use in _uses(before, action) if use.user["volatile"]["confusion"]]
    return [[int(side["level"][side["active"]]), *(int(side["active_pokemon"]["modified"][stat]) for stat in (0, 1))] for side in sides]


def accuracy(before: Step, action: Action) -> list[list[Any]]:
    """Return how each move is aimed."""
    found = []
    for use in _uses(before, action):
        user, foe = use.user["volatile"], use.foe["volatile"]
        boosts, evasion = use.user["active_pokemon"]["boosts"], use.foe["active_pokemon"]["boosts"][EVASION]
        source = {"modified": _stats(use.user)["modified"], "accuracy": int(boosts[ACCURACY]), "evasion": int(boosts[EVASION])}
        source |= {"rage": user["rage"], "locked_accuracy": user["locked_accuracy"]}
        target = {name: _stats(use.foe)[name] for name in ("modified", "types")} | {"evasion": int(evasion)}
        target |= {name: int(foe[name] > 0) for name in ("invulnerable", "recharge", "substitute")}
        target |= {"asleep": int(use.foe["status"][use.foe["active"]] == 1), "held": int(foe["trapped"] > 0)}
        if use.move not in LOCKING:
            found.append([source, target, use.move])
    return found


def damage(before: Step, action: Action) -> list[list[Any]]:
    """Return each hit, as the draws may come."""
    found = []
    for use in _uses(before, action):
        held, foe = use.user["volatile"], use.foe
        place = use.user["active"]
        attacker = {**_stats(use.user), "focus_energy": held["focus_energy"], "trapping": int(held["trapping"] > 0)}
        attacker |= {"trapping_damage": held["trapping_damage"]}
        attacker |= {"species": int(use.user["species"][place]), "level": int(use.user["level"][place])}
        defender = {**_stats(foe), "hp": int(foe["hp"][foe["active"]])}
        defender |= {name: foe[name] for name in ("shown_used", "shown_selected")}
        defender |= {name: foe["volatile"][name] for name in ("reflect", "light_screen")}
        found += [[attacker, defender, use.move, before["state"]["last_damage"], rng] for rng in _generators(before)]
    return found


def move(before: Step, action: Action) -> list[list[Any]]:
    """Return each move as it would be used first in the turn, as the draws may come."""
    uses = [use for use in _uses(before, action) if use.move not in CALLING]
    return [[{**before["state"], "rng": rng}, use.mover, use.move] for use in uses for rng in _generators(before)]


def state(before: Step, action: Action) -> list[list[Any]]:
    """Return the state itself."""
    return [[before["state"]]]
