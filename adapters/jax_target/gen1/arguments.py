"""What the components are called with: spaces of numbers as far as numbers can say it, and recorded cases where it takes a battle."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Sequence
from functools import reduce
from itertools import islice, repeat
from math import prod
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from equivcheck.model.space import Box, Choice, Discrete, Space

FOLDER = Path(__file__).parent
TABLES: dict[str, Any] = json.loads((FOLDER / "tables.json").read_text())
LAYOUT: dict[str, Any] = TABLES["layout"]

MOVES, SPECIES, TYPES = 165, 151, 15
STAT_MAX = 1400
"""Beyond 1,023 a stat rolls over to a small number."""
LOCKING = (37, 80)
"""Thrash and Petal Dance, which begin their lock before they aim."""
FLAG = Discrete(2)

RECORDED_MAX = 4096
"""Of recorded moves: so many travel in one message, and another number would be compiled once more."""

State: TypeAlias = dict[str, Any]


def _array(dtype: str, *bounds: tuple[int, int]) -> Box:
    lows, highs = zip(*bounds, strict=True)
    return Box((len(bounds),), dtype, tuple(map(float, lows)), tuple(map(float, highs)))


STATS = _array("int16", *[(1, STAT_MAX)] * 4)
PAIR = _array("uint8", (1, TYPES), (0, TYPES))
RNG = _array("uint32", *[(0, 2**32 - 1)] * 2)


def type_effectiveness() -> tuple[Space, ...]:
    """Return all moves, against all species."""
    return Discrete(MOVES, 1), Discrete(SPECIES, 1)


def computed_moves() -> tuple[int, ...]:
    """Return the moves whose damage a formula gives."""
    moves = TABLES["moves"]
    names = ("Counter", "Psywave", "Super Fang")
    fixed = ("one_hit_ko", "level_damage", "fixed_damage")
    rows = (number for number in range(1, MOVES + 1) if not any(moves[key][number] for key in fixed))
    return tuple(number for number in rows if moves["power"][number] > 0 and moves["name"][number] not in names)


def critical_odds() -> tuple[Space, ...]:
    """Return species, the moves whose damage is computed, and whether Focus Energy lasts."""
    return Discrete(SPECIES, 1), Choice(computed_moves()), FLAG


def damage() -> tuple[Any, ...]:
    """Return attacker, defender, move, the damage done last, and the generator."""
    both = {"own": STATS, "modified": STATS, "types": PAIR}
    held = {"focus_energy": FLAG, "trapping": FLAG, "trapping_damage": Discrete(700)}
    attacker = {**both, **held, "species": Discrete(SPECIES, 1), "level": Discrete(100, 1)}
    shown = {"shown_used": Discrete(MOVES + 1), "shown_selected": Discrete(MOVES + 1)}
    defender = {**both, **shown, "hp": Discrete(703, 1), "reflect": FLAG, "light_screen": FLAG}
    return attacker, defender, Discrete(MOVES + 1), Discrete(1500), RNG


def confusion_damage() -> tuple[Space, ...]:
    """Return level, attack, defense."""
    return Discrete(100, 1), Discrete(999, 1), Discrete(999, 1)


def accuracy() -> tuple[Any, ...]:
    """Return the user, its opponent, and the move."""
    stage = Discrete(13, -6)
    user = {"modified": STATS, "accuracy": stage, "evasion": stage, "rage": Discrete(256), "locked_accuracy": Discrete(256)}
    flags = dict.fromkeys(("invulnerable", "recharge", "asleep", "held", "substitute"), FLAG)
    foe = {"modified": STATS, "evasion": stage, "types": PAIR, **flags}
    return user, foe, Choice(tuple(number for number in range(MOVES + 1) if number not in LOCKING))


def stages() -> tuple[Space, ...]:
    """Return the stat, its stage, by how much it changes, what it is without stages, and what it is now."""
    return Discrete(6), Discrete(13, -6), Choice((-2, -1, 1, 2)), Discrete(999, 1), Discrete(999, 1)


def draws() -> tuple[Space, ...]:
    """Return the generator, the lowest number, how many there are, and a chance in 256ths."""
    return RNG, Discrete(300), Discrete(300, 1), Discrete(257)


def observation() -> list[list[State]]:
    """Return states of battles, played and stirred."""
    return [[grow_state(row[0])] for row in _read("cases")["states"]]


def move() -> list[list[Any]]:
    """Return a stirred state, who moves, and the move: every one but those that call another, from several states."""
    cases = [(base, *case[:3]) for base, cases in _read("hits") for case in cases if case[1] >= 0]
    return [[grow_state(_change(base, settled)), side, number] for base, side, number, settled in cases[:RECORDED_MAX]]


def _read(name: str) -> Any:
    return json.loads(gzip.decompress((FOLDER / "golden" / f"{name}.json.gz").read_bytes()))


def _change(numbers: list[int], changes: Iterable[tuple[int, int]]) -> list[int]:
    changed = list(numbers)
    for at, value in changes:
        changed[at] = value
    return changed


def grow_state(numbers: Sequence[int] = ()) -> State:
    """Return the canonical state that is told by its numbers in the order of the layout; all 0 without any."""
    state: State = {player: {"active_pokemon": {}, "volatile": {}} for player in ("p1", "p2")}
    rest = iter(numbers or repeat(0))
    for path, (_, _, dtype, shape) in LAYOUT.items():
        *groups, name = path.split(".")
        inner = reduce(lambda tree, key: tree[key], groups, state)
        inner[name] = np.array(list(islice(rest, prod(shape))), dtype).reshape(shape) if shape else next(rest)
    return state
