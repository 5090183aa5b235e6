"""Playing: the same script gives the same Steps however it is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equivcheck.backends.interface import Backend
from equivcheck.backends.opening import Opening
from equivcheck.comparison import compare
from equivcheck.generation import make_roll
from equivcheck.model.implied import cut_to, scripts_taken, start_from, states_of
from equivcheck.model.request import FULL
from equivcheck.model.script import Episode, Script
from equivcheck.model.spec import Spec
from equivcheck.model.trace import End, Trace
from equivcheck.model.values import same_value
from equivcheck.playback import play_fresh, play_from_each_state, play_stepwise, repair, roll_fresh, roll_stepwise
from tests import miniatures as m
from tests.comparison.tables import trace


class FailsAtFive(m.Walk):
    """Fails for good on any action from cell 5."""

    def gust(self, action: int) -> Any:
        if self.position == 5:
            raise RuntimeError("cell 5 is a trap")
        return super().gust(action)


def open_side(thing: type) -> Backend:
    return Opening(Path(), {"it": thing}).open("object:it")


def rolled(thing: type, seeds: tuple[int, ...] = (0, 1, 2), steps_max: int = 40) -> Trace:
    backend = open_side(thing)
    space = backend.greeting.actions
    assert space is not None
    return roll_fresh(backend, [make_roll("uniform", space, tuple(Episode(seed) for seed in seeds), steps_max)], FULL)


def assert_same(one: Trace, other: Trace) -> None:
    found = compare(one, other, Spec())
    assert found.divergences == ()
    assert one.runs == other.runs
    assert [(end.episode, end.step_index, end.kind) for end in one.ends] == [(end.episode, end.step_index, end.kind) for end in other.ends]


@pytest.mark.parametrize("thing", [m.Walk, m.Race, m.Dial, FailsAtFive, m.RefusesALegalAction, m.PanicsOnOneSeed])
def test_a_script_gives_the_same_steps_rolled_played_and_asked_for_one_by_one(thing: type) -> None:
    whole = rolled(thing, (1, 3, 4))
    scripts = scripts_taken(whole)
    assert_same(whole, play_fresh(open_side(thing), scripts, FULL))
    assert_same(whole, play_stepwise(open_side(thing), scripts[0], FULL))


@pytest.mark.parametrize("thing", [m.Walk, m.Race, m.Dial, FailsAtFive, m.RefusesALegalAction, m.PanicsOnOneSeed])
@pytest.mark.parametrize("driver", ["uniform", "swarm"])
@pytest.mark.parametrize("steps_max", [0, 7, 40])
def test_a_roll_asked_for_step_by_step_chooses_the_same_actions(thing: type, driver: str, steps_max: int) -> None:
    backend = open_side(thing)
    assert backend.greeting.actions is not None
    roll = make_roll(driver, backend.greeting.actions, tuple(Episode(seed) for seed in (1, 3, 4)), steps_max)
    whole, again = roll_fresh(backend, [roll], FULL), roll_stepwise(backend, roll, FULL)
    assert_same(whole, again)
    assert whole.scripts == again.scripts


def test_scripts_are_cut_to_what_was_played() -> None:
    script = Script((Episode(0, (m.ON,) * 60), Episode(1, (m.ON,) * 60)))
    played = play_fresh(open_side(m.Walk), [script], FULL)
    (taken,) = scripts_taken(played)
    assert [len(episode.actions) for episode in taken.episodes] == [run.count - 1 for run in played.runs]
    assert played.ended()[[run.first + run.count - 1 for run in played.runs]].all()
    assert_same(played, play_fresh(open_side(m.Walk), [taken], FULL))


def test_the_action_that_a_side_gave_up_on_belongs_to_what_was_played() -> None:
    whole = rolled(FailsAtFive, tuple(range(12)))
    (end,) = whole.ends
    (taken,) = scripts_taken(whole)
    assert len(taken.episodes) == end.episode + 1
    assert len(taken.episodes[-1].actions) == end.step_index


def test_a_trace_is_cut_to_the_episodes_that_the_other_side_answered() -> None:
    one = trace([{"state": 0}] * 2, [{"state": 1}] * 3, [{"state": 2}])
    other = trace([{"state": 0}] * 2, [{"state": 1}], ends=[End(0, 1, 1, "failed", "")])
    cut = cut_to(one, other)
    assert [run.count for run in cut.runs] == [2, 3]
    assert [cut.step(row)["state"] for row in range(cut.step_count)] == [0, 0, 1, 1, 1]
    assert len(cut.scripts[0].episodes) == 2
    assert cut_to(one, one) is one


def test_a_side_without_states_has_none() -> None:
    assert states_of(rolled(m.Dial)) is None
    assert states_of(trace([{"state": 0}, {}])) is None
    assert states_of(trace([{"state": 0}, {}]), starts=True) == [0]
    assert states_of(trace([])) == []


def test_each_episode_is_started_from_the_state_shown_at_its_step_0() -> None:
    whole = rolled(m.Walk)
    states, starts = states_of(whole), states_of(whole, starts=True)
    assert states is not None
    assert starts is not None
    assert all(same_value(start, states[run.first]) for start, run in zip(starts, whole.runs, strict=True))
    (started,) = start_from(scripts_taken(whole), whole, starts)
    assert [episode.start["rng"] for episode in started.episodes] == [states[run.first]["rng"] for run in whole.runs]
    assert_same(whole, play_fresh(open_side(m.Walk), [started], FULL))


@pytest.mark.parametrize("thing", [m.Walk, m.Race, FailsAtFive, m.PanicsOnOneSeed])
def test_steps_from_each_state_are_the_steps_in_a_row(thing: type) -> None:
    whole = rolled(thing, (1, 2, 3, 4))
    scripts, states = scripts_taken(whole), states_of(whole)
    assert states is not None
    answer = play_from_each_state(open_side(thing), scripts, whole, states, FULL)
    found = compare(whole, answer, Spec()).divergences
    assert [one.leading.path for one in found] == []
    assert answer.runs == whole.runs


def test_from_each_state_one_failure_ends_its_episode_and_no_other() -> None:
    whole = rolled(m.Walk, tuple(range(8)))
    states = states_of(whole)
    assert states is not None
    answer = play_from_each_state(open_side(FailsAtFive), scripts_taken(whole), whole, states, FULL)
    trapped = {run.episode for run in whole.runs if any(states[run.first + step]["position"] == 5 for step in range(run.count - 1))}
    assert trapped
    assert len(trapped) < len(whole.runs)
    assert {end.episode for end in answer.ends} == trapped
    for end in answer.ends:
        run = whole.run_of(0, end.episode)
        assert run is not None
        assert states[run.first + end.step_index - 1]["position"] == 5
        assert "cell 5 is a trap" in end.words


def test_from_each_state_an_episode_that_never_began_begins_by_itself() -> None:
    silent = play_fresh(open_side(m.FailsAtReset), [Script((Episode(0, (m.ON,)),))], FULL)
    answer = play_from_each_state(open_side(m.Walk), scripts_taken(silent), silent, [], FULL)
    assert [run.count for run in answer.runs] == [1]
    answer = play_from_each_state(open_side(m.FailsAtReset), scripts_taken(silent), silent, [], FULL)
    assert [(end.episode, end.step_index) for end in answer.ends] == [(0, 0)]


@settings(max_examples=30)
@given(st.lists(st.integers(-1, 5), max_size=30), st.integers(0, 50))
def test_a_repaired_script_is_legal_to_its_end_and_keeps_what_was_legal(actions: list[int], seed: int) -> None:
    backend = open_side(m.Walk)
    repaired = repair(backend, Script((Episode(seed, tuple(actions)),)), FULL)
    played = play_fresh(backend, [repaired], FULL)
    assert not played.ends
    taken = repaired.episodes[0].actions
    assert len(taken) == played.step_count - 1
    for row, (before, after) in enumerate(zip(actions, taken, strict=False)):
        allowed = [action for action, legal in enumerate(played.step(row)["legal"]) if legal]
        assert after == (before if before in allowed else allowed[before % len(allowed)])
    assert repair(backend, repaired, FULL) == repaired


def test_the_actions_of_agents_are_repaired_each_by_its_own_mask_and_turn() -> None:
    backend = open_side(m.Race)
    wrong = tuple({"ann": 2} for _ in range(9))
    repaired = repair(backend, Script((Episode(0, wrong),)), FULL)
    turns = [next(iter(action)) for action in repaired.episodes[0].actions]
    assert turns == ["ann", "bob"] * (len(turns) // 2) + ["ann"] * (len(turns) % 2)
    assert not play_fresh(backend, [repaired], FULL).ends


def test_where_nothing_says_what_is_legal_a_script_stays_as_it_is() -> None:
    script = Script((Episode(0, (0, 1, 1, 0)),))
    assert repair(open_side(m.Dial), script, FULL) == script
