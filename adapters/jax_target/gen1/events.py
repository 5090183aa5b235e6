"""The log of a step: rows of numbers in the journal, and on the host the lines the reference writes.

A Pokemon is side * 6 + place; its health is hp, maxhp and status.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .journal import EVENT_WIDTH, Journal, append, append_all
from .state import Side
from .tables import MOVE_NAMES, SPECIES_NAMES, STATUSES, TYPES

STATS = ("atk", "def", "spe", "spa", "accuracy", "evasion", "spd")
"""The stages of the state in their order; then the special defense, which the log names by itself."""
REASONS = ("flinch", "frz", "par", "partiallytrapped", "recharge", "slp")
"""Why a Pokemon cannot move."""


class Kind(Enum):
    """The lines there are; each word in angles takes the next number, `health` the next three, `types` two."""

    ACTIVATE_BIDE = "-activate|<pokemon>|Bide"
    ACTIVATE_CONFUSION = "-activate|<pokemon>|confusion"
    ACTIVATE_HAZE = "-activate|<pokemon>|move: Haze"
    ACTIVATE_MIST = "-activate|<pokemon>|move: Mist"
    ACTIVATE_SUBSTITUTE = "-activate|<pokemon>|Substitute|[damage]"
    BOOST = "-boost|<pokemon>|<stat>|<number>"
    BOOST_RAGE = "-boost|<pokemon>|<stat>|<number>|[from] Rage"
    CANT = "cant|<pokemon>|<reason>"
    CANT_DISABLED = "cant|<pokemon>|Disable|<move>"
    CLEAR_BOOSTS = "-clearallboost|[silent]"
    CRIT = "-crit|<pokemon>"
    CURE = "-curestatus|<pokemon>|<status>|[msg]"
    CURE_SILENT = "-curestatus|<pokemon>|<status>|[silent]"
    DAMAGE = "-damage|<pokemon>|<health>"
    DAMAGE_CONFUSION = "-damage|<pokemon>|<health>|[from] confusion"
    DAMAGE_LEECH_SEED = "-damage|<pokemon>|<health>|[from] Leech Seed|[of] <pokemon>"
    DAMAGE_RECOIL = "-damage|<pokemon>|<health>|[from] Recoil"
    DAMAGE_STATUS = "-damage|<pokemon>|<health>|[from] <status>"
    DAMAGE_STATUS_OF = "-damage|<pokemon>|<health>|[from] <status>|[of] <pokemon>"
    END_BIDE = "-end|<pokemon>|Bide"
    END_CONFUSION = "-end|<pokemon>|confusion"
    END_CONFUSION_SILENT = "-end|<pokemon>|confusion|[silent]"
    END_DISABLE = "-end|<pokemon>|Disable"
    END_DISABLE_SILENT = "-end|<pokemon>|Disable|[silent]"
    END_FOCUS_ENERGY = "-end|<pokemon>|move: Focus Energy|[silent]"
    END_LEECH_SEED = "-end|<pokemon>|move: Leech Seed|[silent]"
    END_LIGHT_SCREEN = "-end|<pokemon>|Light Screen|[silent]"
    END_MIST = "-end|<pokemon>|Mist|[silent]"
    END_REFLECT = "-end|<pokemon>|Reflect|[silent]"
    END_SUBSTITUTE = "-end|<pokemon>|Substitute"
    END_TOXIC = "-end|<pokemon>|Toxic counter|[silent]"
    END_TRAP = "-end|<pokemon>|<move>|[partiallytrapped]|[silent]"
    FAIL = "-fail|<pokemon>"
    FAIL_STATUS = "-fail|<pokemon>|<status>"
    FAIL_SUBSTITUTE = "-fail|<pokemon>|move: Substitute"
    FAIL_SUBSTITUTE_WEAK = "-fail|<pokemon>|move: Substitute|[weak]"
    FAINT = "faint|<pokemon>"
    HEAL = "-heal|<pokemon>|<health>"
    HEAL_DRAIN = "-heal|<pokemon>|<health>|[from] drain|[of] <pokemon>"
    HEAL_SILENT = "-heal|<pokemon>|<health>|[silent]"
    HIT_COUNT = "-hitcount|<pokemon>|<number>"
    IMMUNE = "-immune|<pokemon>"
    IMMUNE_ONE_HIT_KO = "-immune|<pokemon>|[ohko]"
    MISS = "-miss|<pokemon>"
    MOVE = "move|<pokemon>|<move>|<target>"
    MUST_RECHARGE = "-mustrecharge|<pokemon>"
    NOTHING = "-nothing"
    ONE_HIT_KO = "-ohko"
    PAY_DAY = "-fieldactivate|move: Pay Day"
    PREPARE = "-prepare|<pokemon>|<move>"
    RESISTED = "-resisted|<pokemon>"
    START_BIDE = "-start|<pokemon>|Bide"
    START_CONFUSION = "-start|<pokemon>|confusion"
    START_CONFUSION_SILENT = "-start|<pokemon>|confusion|[silent]"
    START_DISABLE = "-start|<pokemon>|Disable|<move>"
    START_FOCUS_ENERGY = "-start|<pokemon>|move: Focus Energy"
    START_LEECH_SEED = "-start|<pokemon>|move: Leech Seed"
    START_LIGHT_SCREEN = "-start|<pokemon>|Light Screen"
    START_MIMIC = "-start|<pokemon>|Mimic|<move>"
    START_MIST = "-start|<pokemon>|Mist"
    START_REFLECT = "-start|<pokemon>|Reflect"
    START_SUBSTITUTE = "-start|<pokemon>|Substitute"
    START_TYPES = "-start|<pokemon>|typechange|<types>|[from] move: Conversion|[of] <pokemon>"
    STATUS = "-status|<pokemon>|<status>"
    STATUS_MOVE = "-status|<pokemon>|<status>|[from] move: <move>"
    STATUS_SILENT = "-status|<pokemon>|<status>|[silent]"
    SUPER_EFFECTIVE = "-supereffective|<pokemon>"
    SWITCH = "switch|<pokemon>|<details>|<health>"
    TIE = "tie"
    TRANSFORM = "-transform|<pokemon>|<pokemon>"
    UNBOOST = "-unboost|<pokemon>|<stat>|<number>"
    WIN = "win|<player>"


KINDS = list(Kind)
PLAIN, MISSED, STILL = range(3)
"""What is noted at the line of a move later: `still` takes its target away."""
NOTES = ("", "|[miss]", "|[still]")
NOTE_AT = 5


def emit(journal: Journal, mask: jax.Array, kind: Kind, *numbers: jax.Array | int) -> Journal:
    """Return the journal with a line more where `mask` holds."""
    if journal.events is None:
        return journal
    return journal._replace(events=append(journal.events, mask, [KINDS.index(kind), *numbers]))


@partial(jax.tree_util.register_dataclass, data_fields=("mask", "numbers"), meta_fields=("kind",))
@dataclass(frozen=True)
class Line:
    """A line to come: whether, which, and its numbers."""

    mask: jax.Array
    kind: Kind
    numbers: tuple[jax.Array | int, ...]


def emit_all(journal: Journal, lines: Sequence[Line]) -> Journal:
    """Return the journal with those lines more whose mask holds, in their order: one write for all of them."""
    if journal.events is None or not lines:
        return journal
    rows = [[KINDS.index(line.kind), *line.numbers, *[0] * (EVENT_WIDTH - 1 - len(line.numbers))] for line in lines]
    table = jnp.stack([jnp.asarray(number, jnp.int32) for row in rows for number in row]).reshape(-1, EVENT_WIDTH)
    return journal._replace(events=append_all(journal.events, jnp.stack([line.mask for line in lines]), table))


def mark_move(journal: Journal, mask: jax.Array, note: int) -> Journal:
    """Return the journal with a note at the last line of a move: `attrLastMove`."""
    if journal.events is None:
        return journal
    table, count = journal.events
    rows = jnp.arange(len(table))
    last = jnp.max(jnp.where((table[:, 0] == KINDS.index(Kind.MOVE)) & (rows < count), rows, -1))
    here = (rows[:, None] == last) & (jnp.arange(EVENT_WIDTH) == NOTE_AT) & mask
    return journal._replace(events=journal.events._replace(table=jnp.where(here, note, table)))


def health(side: Side) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Return hp, maxhp and status of the one that is out, as a line takes them."""
    return side.hp[side.active], side.stats[side.active, 0], side.status[side.active]


def name_events(table: np.ndarray[Any, Any], count: int) -> list[str]:
    """Return the records of one step as the reference writes them, on the host. Raises: OverflowError."""
    if count > len(table):
        raise OverflowError(f"a step logged {count} lines: journal.EVENTS_MAX is {len(table)}")
    return [_name_event(KINDS[kind].value, numbers) for kind, *numbers in table[:count].tolist()]


def _name_event(template: str, numbers: list[int]) -> str:
    rest = iter(numbers)
    words = template.replace(">", "<").split("<")
    return "".join(_WRITERS[word](rest) if index % 2 else word for index, word in enumerate(words))


def _pokemon(number: int) -> str:
    side, place = divmod(number, 6)
    return f"p{side + 1}:{place + 1}"


def _health(rest: Any) -> str:
    hp, most, status = (next(rest) for _ in range(3))
    return f"{hp}/{most} {STATUSES[status]}".rstrip() if hp else "0 fnt"


def _details(rest: Any) -> str:
    species, level = next(rest), next(rest)
    return SPECIES_NAMES[species] + (f", L{level}" if level < 100 else "")


def _types(rest: Any) -> str:
    return "/".join(TYPES[number] for number in (next(rest), next(rest)) if number)


def _target(rest: Any) -> str:
    """The target, the move that called this one, and the note, which may hide the target."""
    target, source, note = (next(rest) for _ in range(3))
    called = f"|[from] {MOVE_NAMES[source]}" if source else ""
    return ("" if note == STILL else _pokemon(target)) + called + NOTES[note]


_WRITERS = {
    "pokemon": lambda rest: _pokemon(next(rest)),
    "move": lambda rest: MOVE_NAMES[next(rest)],
    "target": _target,
    "stat": lambda rest: STATS[next(rest)],
    "number": lambda rest: str(next(rest)),
    "status": lambda rest: STATUSES[next(rest)],
    "reason": lambda rest: REASONS[next(rest)],
    "types": _types,
    "player": lambda rest: f"p{next(rest)}",
    "details": _details,
    "health": _health,
}
