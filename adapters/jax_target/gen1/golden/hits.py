"""What moves did in Showdown, as record_hits.mjs recorded it, and what they do here."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ..events import Kind, emit, name_events
from ..exchange import export_state, import_state
from ..generator import name_draws
from ..hitting import release_bide, strike
from ..journal import set_mover
from ..state import Battle, choose, journal_of, narrow, take_side, widen
from ..tables import take_move
from .cases import stack_states

RECORDED = Path(__file__).with_name("hits.json.gz")
END_OF_BIDE = -1
BIDE = 117


class Case(NamedTuple):
    """A move from a state, and what came of it: numbers in the order of the layout."""

    side: int
    move: int
    before: list[int]
    after: list[int]
    events: list[str]
    draws: list[dict[str, str]]


def read_hits(file: Path = RECORDED) -> list[Case]:
    """Return everything that was recorded."""
    return list(_unpack(json.loads(gzip.decompress(file.read_bytes()))))


def _unpack(rows: Any) -> Iterator[Case]:
    for base, cases in rows:
        for side, move, settled, changes, events, draws in cases:
            before = _change(base, settled)
            named = [dict(zip(("site", "key", "domain", "value"), draw, strict=True)) for draw in draws]
            yield Case(side, move, before, _change(before, changes), events, named)


def _change(numbers: list[int], changes: list[list[int]]) -> list[int]:
    changed = list(numbers)
    for at, value in changes:
        changed[at] = value
    return changed


def use_move(battle: Battle, side: jax.Array, number: jax.Array, mask: jax.Array, recording: bool) -> tuple[Battle, Any]:
    """Return the battle after a move and its journal, the announcement included."""
    battle = widen(battle, recording)
    held = take_side(battle.sides, side).volatile
    is_end = number == END_OF_BIDE
    shown = jnp.where(is_end, BIDE, number)
    move = choose(is_end, release_bide(held.bide_damage), take_move(shown))
    own, other = (index * 6 + take_side(battle.sides, index).active for index in (side, 1 - side))
    journal = set_mover(journal_of(battle), jnp.bool_(True), own + 1, shown)
    journal = emit(journal, ~is_end, Kind.MOVE, own, number, jnp.where(move.on_self > 0, own, other), 0, 0)
    after = strike(battle._replace(rng=journal), side, move, mask)
    return narrow(after), journal_of(after)


class Answer(NamedTuple):
    """What came of a case here: the state as a tree, lines and draws."""

    state: dict[str, Any]
    events: list[list[str]]
    draws: list[list[dict[str, str]]]


def use_all(cases: list[Case]) -> Answer:
    """Return what comes of all cases here."""
    before = import_state(stack_states([case.before for case in cases]))
    sides, moves = (np.asarray(column, np.int32) for column in ([case.side for case in cases], [case.move for case in cases]))
    run = jax.jit(jax.vmap(lambda battle, side, move: use_move(battle, side, move, jnp.bool_(True), recording=True)))
    after, journal = jax.device_get(run(before, sides, moves))
    events = [name_events(table, count) for table, count in zip(*journal.events, strict=True)]
    draws = [name_draws(table, count) for table, count in zip(*journal.draws, strict=True)]
    return Answer(export_state(after), events, draws)
