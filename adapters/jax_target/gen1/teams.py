"""Teams as arrays: those that a reset draws from, and those that an option gives, checked in the reference's words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .tables import MOVE_NAMES, SOURCE, SPECIES, SPECIES_NAMES, STATUS, move_number

PLACES, SLOTS = 6, 4
STATS = ("hp", "atk", "def", "spe", "spa")
"""In the order of a state; Showdown's `spd` is always equal to `spa`."""
TEXTS = ("species", "item", "ability", "nature", "gender", "teraType", "hpType")
STRUGGLE = move_number("Struggle")


class Teams(NamedTuple):
    """Some teams, or one without the first axis: `species` and `level` uint8[T, 6], `stats` int16[T, 6, 5], `moves` uint8[T, 6, 4]."""

    species: Any
    level: Any
    stats: Any
    moves: Any


def read_pool() -> Teams:
    """Return the teams of pool.json, drawn by the reference's generator."""
    pool = json.loads(Path(__file__).with_name("pool.json").read_text())
    return make_teams([tuple(team) for team in zip(*(pool[name] for name in Teams._fields), strict=True)])


def make_teams(teams: Sequence[Sequence[Any]]) -> Teams:
    """Return teams, each as the numbers of its four fields in the order of a state."""
    species, level, stats, moves = (np.asarray(column) for column in zip(*teams, strict=True))
    shapes = (np.reshape(stats, (-1, PLACES, len(STATS))), np.reshape(moves, (-1, PLACES, SLOTS)))
    return Teams(species.astype(np.uint8), level.astype(np.uint8), shapes[0].astype(np.int16), shapes[1].astype(np.uint8))


def read_teams(given: Any) -> Teams:
    """Return both teams of the option `teams`, the first player's first. Raises: ValueError with the reference's words."""
    require(isinstance(given, Mapping), "the option teams is a map of p1 and p2")
    return make_teams([_read_team(side, given.get(side)) for side in ("p1", "p2")])


def require(holds: object, words: str) -> None:
    """Raise ValueError with words where something does not hold."""
    if not holds:
        raise ValueError(words)


def _read_team(side: str, given: Any) -> list[list[int]]:
    require(not isinstance(given, str), f"{side}: packed text is read by Showdown alone: give a list of Pokemon")
    require(isinstance(given, list | tuple), f"{side} has no team: a list of Pokemon, or Showdown's packed text")
    require(1 <= len(given) <= PLACES, f"{side} has {len(given)} Pokemon: a team has 1 to 6")
    rows = [_read_set(f"{side}, Pokemon {place + 1}", each) for place, each in enumerate(given)]
    damages = any(SOURCE["moves"]["category"][move] != STATUS for *_, moves in rows for move in moves if move)
    require(damages, f"{side} has no move that does damage")
    rows += [(0, 0, [0] * len(STATS), [0] * SLOTS)] * (PLACES - len(rows))
    return [list(column) for column in zip(*rows, strict=True)]


def _read_set(where: str, given: Any) -> tuple[int, int, list[int], list[int]]:
    require(isinstance(given, Mapping), f"{where}: a Pokemon is a map")
    for key in TEXTS:
        require(given.get(key) in (None, False) or _is_name(given[key]), f"{where}: its {key} is no text")
    species = _find(SPECIES_IDS, given.get("species") or given.get("name"), f"{where}: species")
    level = given.get("level", 100)
    require(_is_whole(level, 1, 100), f"{where}: level {level} is not from 1 to 100")
    named = given.get("moves")
    require(isinstance(named, list | tuple) and len(named) >= 1, f"{where} has no moves")
    require(len(named) <= SLOTS, f"{where} has {len(named)} moves: at most 4")
    moves = [_find(MOVE_IDS, move, f"{where}: move") for move in named]
    require(len(set(moves)) == len(moves), f"{where} has a move twice")
    require(STRUGGLE not in moves, f"{where} has Struggle, which no Pokemon learns")
    if given.get("item"):
        _find({}, given["item"], f"{where}: item")  # there are none in Generation 1
    return species, int(level), _read_stats(where, given, species, int(level)), moves + [0] * (SLOTS - len(moves))


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 100


def _is_whole(value: Any, low: int, high: int) -> bool:
    return type(value) in (int, float) and value == int(value) and low <= value <= high


def _find(numbers: Mapping[str, int], name: Any, where: str) -> int:
    require(_is_name(name), f"{where} is no name")
    require(make_id(name) in numbers, f"{where} {name} is unknown")
    return numbers[make_id(name)]


def make_id(name: str) -> str:
    """Return a name as Showdown compares it: its letters and digits, small."""
    return "".join(each for each in name.lower() if each.isascii() and each.isalnum())


SPECIES_IDS = {make_id(name): number for number, name in enumerate(SPECIES_NAMES) if number}
MOVE_IDS = {make_id(name): number for number, name in enumerate(MOVE_NAMES) if number}


def _read_stats(where: str, given: Mapping[str, Any], species: int, level: int) -> list[int]:
    ivs = _read_spread(given.get("ivs"), 30, 31, f"{where}: iv")
    evs = _read_spread(given.get("evs"), 255, 255, f"{where}: ev")
    require(ivs["spa"] == ivs["spd"] and evs["spa"] == evs["spd"], f"{where}: spa and spd are one stat in Generation 1")
    base = dict(zip(STATS, SPECIES[species][:5].tolist(), strict=True))
    return [find_stat(stat, base[stat], level, (ivs[stat] & 30) + evs[stat] // 4) for stat in STATS]


def _read_spread(given: Any, usual: int, most: int, where: str) -> dict[str, int]:
    require(given is None or isinstance(given, Mapping), f"{where}s are a map")
    spread = {}
    for stat in (*STATS, "spd"):
        value = usual if given is None or given.get(stat) is None else given[stat]
        require(_is_whole(value, 0, most), f"{where} {stat} {value} is not from 0 to {most}")
        spread[stat] = int(value)
    return spread


def find_stat(stat: str, base: Any, level: Any, extra: Any) -> Any:
    """Return a stat of a level; `extra` is what DV and stat experience add to twice the base."""
    return (2 * base + extra) * level // 100 + (level + 10 if stat == "hp" else 5)
