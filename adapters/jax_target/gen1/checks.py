"""The rules of a state beyond its ranges, as the reference checks them and in its words; N battles on the host."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import jax
import numpy as np

from .state import Battle, Side
from .tables import SLEEP, SPECIES, SPECIES_NAMES
from .teams import PLACES, SLOTS, STATS, STRUGGLE, find_stat

Numbers: TypeAlias = np.ndarray[Any, Any]

CANNOT_MOVE = 255
EXTRAS = np.arange(30 + 252 // 4 + 1)
"""What a DV and stat experience add to twice a base stat."""
ASKED = ("11", "20", "02", "22")
TOGETHER = (
    ("disable", "disable_move"),
    ("fake_trapped", "fake_trapped_by"),
    ("trapped", "trapped_by"),
    ("trapped", "trapped_move"),
    ("trapping", "trapping_move"),
    ("trapping", "trapping_place"),
)
"""Entries that are there together or not at all."""
PARTNERS = (("fake_trapped", "fake_trapped_by"), ("trapped", "trapped_by"), ("trapping", "trapping_place"))


def check_battles(battles: Battle) -> None:
    """Raise ValueError with the rule that one of N battles, arrays [N, ...], breaks."""
    _check_requests(np.asarray(battles.winner), np.asarray(battles.sides.request))
    names = ("p1", "p2")
    sides = [jax.tree.map(lambda leaf, index=index: np.asarray(leaf)[:, index].astype(np.int64), battles.sides) for index in (0, 1)]
    for name, side in zip(names, sides, strict=True):
        _check_team(name, side)
        _check_active(name, side)
    for name, side in zip(names, sides, strict=True):
        _check_stats(name, side)
    for name, side, foe in zip(names, sides, sides[::-1], strict=True):
        _check_slots(name, side)
        _check_partners(name, side, foe)


def _require(holds: Numbers, words: str | Callable[[int], str]) -> None:
    """Raise ValueError where `holds` bool[N] does not hold."""
    if not holds.all():
        row = int(np.argmin(holds))
        raise ValueError(words if isinstance(words, str) else words(row))


def _check_requests(winner: Numbers, request: Numbers) -> None:
    over = winner != 0
    _require(~over | (request == 0).all(axis=1), "nobody is asked when the battle is over")
    asked = np.array([f"{first}{second}" in ASKED for first, second in request.tolist()], bool)
    words = "both move (1), or whoever lost a Pokemon switches (2) while the other waits (0)"
    _require(over | asked, lambda row: f"requests {request[row, 0]} and {request[row, 1]}: {words}")


def _check_team(name: str, side: Side) -> None:
    held = side.species > 0
    count = held.sum(axis=1)
    _require(count >= 1, f"{name} has 0 Pokemon: a team has 1 to 6")
    _require(((np.arange(PLACES) < count[:, None]) == held).all(axis=1), f"{name}.species: empty places come last")
    for place in range(PLACES):
        _check_pokemon(f"{name}, Pokemon {place + 1}", side, place, held[:, place])
        for key in ("level", "hp", "status", "seen"):
            _require(held[:, place] | (getattr(side, key)[:, place] == 0), f"{name}.{key}[{place}]: nobody is there")
    _require(side.active < count, f"{name}.active: nobody is there")


def _check_pokemon(where: str, side: Side, place: int, held: Numbers) -> None:
    level, hp, status = (np.asarray(each)[:, place] for each in (side.level, side.hp, side.status))
    _require(~held | (level >= 1), lambda row: f"{where}: level {level[row]} is not from 1 to 100")
    _check_moves(where, side.moves[:, place], held, distinct=True)
    most = side.stats[:, place, 0]
    _require(~held | (hp <= most), lambda row: f"{where}: hp {hp[row]} is more than it can have")
    asleep = (hp > 0) & (status == SLEEP)
    wakes = (side.sleep[:, place] == 0) & (side.rested[:, place] == 0)
    _require(~held | asleep | wakes, f"{where} is not asleep: sleep and rested are 0")
    _require(~held | (hp > 0) | (status == 0), f"{where} has fainted: its status is 0")


def _check_moves(where: str, moves: Numbers, held: Numbers, *, distinct: bool) -> None:
    known = moves > 0
    count = known.sum(axis=1)
    _require(~held | (count > 0), f"{where} has no moves")
    _require(~held | ((np.arange(SLOTS) < count[:, None]) == known).all(axis=1), f"{where}: empty slots come last")
    if distinct:
        _require(~held | (moves != STRUGGLE).all(axis=1), f"{where} has Struggle, which no Pokemon learns")
        ordered = np.sort(moves, axis=1)
        twice = ((ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] > 0)).any(axis=1)
        _require(~held | ~twice, f"{where} has a move twice")


def _check_active(name: str, side: Side) -> None:
    active = side.active_pokemon
    for key in ("selected", "shown_selected"):
        move = getattr(side, key)
        _require((move <= STRUGGLE) | (move == CANNOT_MOVE), lambda row, key=key, move=move: f"{name}.{key}: move {move[row]} is unknown")
    standing = np.take_along_axis(side.hp, side.active[:, None], axis=1)[:, 0] > 0
    _require((side.request != 1) | standing, f"{name} is asked to move, and its Pokemon has fainted")
    must_switch = ~standing & (side.hp > 0).any(axis=1)
    _require((side.request != 2) | must_switch, f"{name} is asked to switch: its Pokemon has fainted and another can fight")
    replaces = (side.request == 2) == (side.switch_speed > 0)
    _require(replaces, f"{name}.switch_speed is that of a fainted Pokemon, and above 0 only then")
    nothing = (active.species == 0) & np.all([leaf == 0 for leaf in side.volatile], axis=0)
    _require(standing | nothing, f"{name}.active_pokemon and {name}.volatile are 0 when it has fainted")
    formed = (active.species >= 1) & (active.types[:, 0] >= 1)
    _require(~standing | formed, f"{name}.active_pokemon has no species or type")
    stats = np.concatenate([active.stored, active.modified], axis=1)
    _require(~standing | (stats >= 1).all(axis=1), f"{name}.active_pokemon: a stat is below 1")
    _check_moves(f"{name}.active_pokemon", active.moves, standing, distinct=False)
    for key, needs in TOGETHER:
        both = (getattr(side.volatile, key) == 0) == (getattr(side.volatile, needs) == 0)
        _require(~standing | both, f"{name}.volatile: {key} and {needs} come together")


def _check_stats(name: str, side: Side) -> None:
    base = SPECIES[side.species][..., :5].astype(np.int64)
    for place in range(PLACES):
        for number, stat in enumerate(STATS):
            given = side.stats[:, place, number]
            level = side.level[:, place, None]
            possible = find_stat(stat, base[:, place, number, None], level, EXTRAS) == given[:, None]

            def words(row: int, place: int = place, stat: str = stat, given: Numbers = given) -> str:
                species = SPECIES_NAMES[side.species[row, place]]
                return f"{name}, Pokemon {place + 1}: no {species} of level {side.level[row, place]} has {stat} {given[row]}"

            _require((side.species[:, place] == 0) | possible.any(axis=1), words)


def _check_slots(name: str, side: Side) -> None:
    """A slot of the Pokemon that is out is that of its set, or virtual."""
    active = side.active_pokemon
    rows = np.arange(len(side.active))
    own_moves, own_pp = side.moves[rows, side.active], side.pp[rows, side.active]
    for slot in range(SLOTS):
        own = (active.moves[:, slot] > 0) & (active.virtual[:, slot] == 0)
        where = f"{name}.active_pokemon"
        same = active.moves[:, slot] == own_moves[:, slot]
        _require(~own | same, f"{where}.moves[{slot}]: only a virtual slot holds another move than its set")
        _require(~own | (active.pp[:, slot] == own_pp[:, slot]), f"{where}.pp[{slot}] differs from the pp of its set")


def _check_partners(name: str, side: Side, foe: Side) -> None:
    count = (foe.species > 0).sum(axis=1)
    for key, entry in PARTNERS:
        held, partner = getattr(side.volatile, key) > 0, getattr(side.volatile, entry)
        _require(~held | (partner <= count), f"{name}.volatile.{entry}: nobody is there")
