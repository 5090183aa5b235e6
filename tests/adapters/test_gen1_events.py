"""The log of a step: the rows it fills, and the lines they are told in."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest.importorskip("jax")
sys.path.append(str(Path(__file__).parents[2] / "adapters" / "jax_target"))

import jax.numpy as jnp
from gen1 import events
from gen1.events import Kind, Line
from gen1.journal import EVENTS_MAX, open_journal

YES, NO = jnp.bool_(True), jnp.bool_(False)


def open_log():
    return open_journal(jnp.zeros(2, jnp.uint32), recording=True)


def test_lines_are_told_as_the_reference_tells_them():
    journal = events.emit(open_log(), YES, Kind.SWITCH, 2, 25, 81, 12, 240, 5)
    journal = events.emit(journal, NO, Kind.TIE)
    journal = events.emit_all(journal, [Line(YES, Kind.FAINT, (7,)), Line(NO, Kind.TIE, ()), Line(YES, Kind.START_TYPES, (2, 8, 4, 7))])
    journal = events.emit(journal, YES, Kind.DAMAGE_STATUS_OF, 2, 0, 240, 2, 2, 7)
    assert events.name_events(*journal.events) == [
        "switch|p1:3|Pikachu, L81|12/240 par",
        "faint|p2:2",
        "-start|p1:3|typechange|Ghost/Poison|[from] move: Conversion|[of] p2:2",
        "-damage|p1:3|0 fnt|[from] psn|[of] p2:2",
    ]


def test_a_note_goes_to_the_last_line_of_a_move():
    journal = events.emit(open_log(), YES, Kind.MOVE, 0, 1, 6, 0)
    journal = events.mark_move(journal, YES, events.MISSED)
    journal = events.emit(journal, YES, Kind.MOVE, 6, 19, 0, 118)
    journal = events.emit(journal, YES, Kind.PREPARE, 6, 19)
    journal = events.mark_move(journal, NO, events.MISSED)
    journal = events.mark_move(journal, YES, events.STILL)
    assert events.name_events(*journal.events) == [
        "move|p1:1|Pound|p2:1|[miss]",
        "move|p2:1|Fly||[from] Metronome|[still]",
        "-prepare|p2:1|Fly",
    ]


def test_more_lines_than_there_are_rows_are_an_error():
    journal = open_log()
    for _ in range(EVENTS_MAX // 8):
        journal = events.emit_all(journal, [Line(YES, Kind.TIE, ())] * 8)
    assert events.name_events(*journal.events) == ["tie"] * EVENTS_MAX
    journal = events.emit_all(journal, [Line(YES, Kind.TIE, ())])
    with pytest.raises(OverflowError, match="EVENTS_MAX is 64"):
        events.name_events(*journal.events)


def test_nothing_is_logged_where_nothing_is_recorded():
    journal = open_journal(jnp.zeros(2, jnp.uint32), recording=False)
    assert events.emit(journal, YES, Kind.TIE) is journal
    assert events.mark_move(journal, YES, events.MISSED) is journal
