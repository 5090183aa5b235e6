"""What the interactions know of moves: kinds of moves by name, taken from the port's tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

TABLES: dict[str, Any] = json.loads((Path(__file__).parents[1] / "tables.json").read_text())
COLUMNS: dict[str, list[Any]] = TABLES["moves"]
NAMES: list[str] = COLUMNS["name"]
SPECIES: list[str] = ["", *TABLES["species"]["name"]]
STATUSES: list[str] = TABLES["statuses"]
TYPES: list[str] = TABLES["types"]
VOLATILES: list[str] = TABLES["volatiles"]
SLEEP, POISON, BURN, FREEZE, PARALYSIS, TOXIC = range(1, 7)
STRUGGLE = NAMES.index("Struggle")
CANNOT_MOVE = 255
NUMBERS = {name: number for number, name in enumerate(NAMES) if number > 0}
TYPE_NUMBERS = {name: number for number, name in enumerate(TYPES)}


def column(move: str, name: str) -> Any:
    """Return what the tables say of a move."""
    return COLUMNS[name][NUMBERS[move]]


def which(name: str, *values: Any) -> frozenset[str]:
    """Return the moves whose column holds one of these values; without any, those where it holds something."""
    return frozenset(move for move in NUMBERS if (column(move, name) in values if values else _holds(column(move, name))))


def _holds(value: Any) -> bool:
    return any(value) if isinstance(value, list) else bool(value)


DAMAGING = which("category", 0, 1)
STATUS_MOVES = which("category", 2)
ON_SELF = which("on_self", 1)
SLEEPERS = which("status", SLEEP)
POISONERS = which("status", POISON, TOXIC)
PARALYSERS = which("status", PARALYSIS)
CONFUSERS = frozenset(("Confuse Ray", "Supersonic"))
CONFUSING_HITS = frozenset(("Psybeam", "Confusion"))
STAGES = which("boosts")
LOWERING = STAGES - ON_SELF
RAISING = STAGES & ON_SELF
DRAINS = frozenset(("Absorb", "Mega Drain", "Leech Life", "Dream Eater"))
RECOILS = frozenset(move for move in NUMBERS if column(move, "recoil")[0])
MULTI_HITS = which("hits")
TRAPS = frozenset(("Bind", "Clamp", "Fire Spin", "Wrap"))
NORMAL_TRAPS = frozenset(("Bind", "Wrap"))
CHARGES = which("two_turn", 1)
DIVES = frozenset(("Dig", "Fly"))
THRASHES = frozenset(("Thrash", "Petal Dance"))
EXPLOSIONS = which("self_destructs", 1)
OHKO = which("one_hit_ko", 1)
FIXED = frozenset(("Seismic Toss", "Night Shade", "Dragon Rage", "Sonic Boom", "Super Fang", "Psywave"))
CRASHES = frozenset(("Jump Kick", "High Jump Kick"))
HEALS = frozenset(("Recover", "Soft-Boiled", "Rest"))
FLINCHERS = frozenset(move for move in NUMBERS if VOLATILES[column(move, "secondary_volatile")] == "flinch")
FREEZERS = which("secondary_status", FREEZE)
BURNERS = which("secondary_status", BURN)
SECONDARIES = which("secondary_status")
SECONDARY_STAGES = which("secondary_boosts")
FIRE = which("type", TYPE_NUMBERS["Fire"]) & DAMAGING
PHYSICAL = which("category", 0)
SPECIAL = which("category", 1)
