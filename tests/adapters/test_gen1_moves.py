"""Every move but Metronome and Mirror Move does in the port what it did in Showdown: state, generator, log and draws."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

pytest.importorskip("jax")
sys.path.append(str(Path(__file__).parents[2] / "adapters" / "jax_target"))

from gen1.golden.hits import END_OF_BIDE, list_differences, name_move, read_hits, use_all
from gen1.tables import MOVE_NAMES

CALLING = {"Metronome", "Mirror Move"}


@pytest.fixture(scope="module")
def cases():
    return read_hits()


def test_every_move_was_recorded_often(cases):
    count = Counter(case.move for case in cases)
    usable = {number for number, name in enumerate(MOVE_NAMES) if name not in CALLING}
    assert set(count) == usable | {END_OF_BIDE}
    assert min(count.values()) >= 13


def test_every_move_does_what_it_did_in_showdown(cases):
    assert not list_differences(cases, use_all(cases))


def test_a_difference_is_named_by_move_and_place(cases):
    number, case = next((number, case) for number, case in enumerate(cases) if case.draws)
    answer = use_all(cases)
    answer.states["p1"]["hp"] = answer.states["p1"]["hp"].copy()
    answer.states["p1"]["hp"][number, 0] += 1
    answer.events[number].append("tie")
    answer.draws[number].pop()
    assert list_differences(cases, answer) == [(name_move(case.move), what, number) for what in ("p1.hp", "events", "draws")]


def test_a_move_that_does_not_happen_changes_nothing(cases):
    announced = [case.events[:1] if case.move != END_OF_BIDE else [] for case in cases]
    announced = [[line.removesuffix("|[miss]") for line in lines] for lines in announced]
    idle = [case._replace(after=case.before, events=lines, draws=[]) for case, lines in zip(cases, announced, strict=True)]
    assert not list_differences(idle, use_all(idle, mask=False))
