"""What moves did in Showdown, as record_hits.mjs recorded it, and what they do here."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from functools import partial, reduce
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
from ..state import FIELDS, Battle, choose, journal_of, narrow, take_side, widen
from ..tables import MOVE_NAMES, take_move
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
    """What came of the cases here: states as a tree, and of each the lines and the draws."""

    states: dict[str, Any]
    events: list[list[str]]
    draws: list[list[dict[str, str]]]


RUN = jax.jit(jax.vmap(partial(use_move, recording=True)))


def use_all(cases: list[Case], mask: bool = True) -> Answer:
    """Return what comes of all cases here."""
    sides, moves = (np.asarray(column, np.int32) for column in ([case.side for case in cases], [case.move for case in cases]))
    after, journal = jax.device_get(RUN(take_states(cases, "before"), sides, moves, np.full(len(cases), mask)))
    events = [name_events(table, count) for table, count in zip(*journal.events, strict=True)]
    draws = [name_draws(table, count) for table, count in zip(*journal.draws, strict=True)]
    return Answer(export_state(after), events, draws)


def take_states(cases: list[Case], which: str) -> Battle:
    """Return the states `before` or `after` the cases."""
    return import_state(stack_states([getattr(case, which) for case in cases]))


def list_differences(cases: list[Case], answer: Answer) -> list[tuple[str, str, int]]:
    """Return (move, what differs, case) of whatever is not as it was recorded."""
    wanted = export_state(take_states(cases, "after"))
    found = []
    for path in FIELDS:
        one, other = (_leaf(states, path) for states in (wanted, answer.states))
        rows = np.flatnonzero((one != other).reshape(len(cases), -1).any(axis=1))
        found += [(path, int(row)) for row in rows]
    found += [("events", row) for row, case in enumerate(cases) if case.events != answer.events[row]]
    found += [("draws", row) for row, case in enumerate(cases) if case.draws != answer.draws[row]]
    return [(name_move(cases[row].move), what, row) for what, row in found]


def _leaf(states: Any, path: str) -> np.ndarray[Any, Any]:
    leaf: np.ndarray[Any, Any] = reduce(lambda tree, key: tree[key], path.split("."), states)
    return leaf


def name_move(number: int) -> str:
    """Return what is used: a move, or the end of Bide."""
    return "end of Bide" if number == END_OF_BIDE else MOVE_NAMES[number]
