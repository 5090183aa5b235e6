"""Pairs: both sides play the same, from where the mode says, and what one side copied from the other is known."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from equivcheck.backends.opening import Opening
from equivcheck.errors import AdapterError
from equivcheck.generation import make_roll
from equivcheck.model.request import Roll
from equivcheck.model.script import Episode, Script
from equivcheck.model.space import Discrete
from equivcheck.model.spec import PRESETS, Spec
from equivcheck.pair import Pair, Side
from tests import miniatures as m
from tests.comparison.tables import rule, spec


def pair_of(reference: type, target: type, mode: str = "seeded", contract: Spec | None = None) -> Pair:
    opening = Opening(Path(), {"reference": reference, "target": target})
    sides = (Side("object:reference", opening), Side("object:target", opening))
    return Pair("pair", *sides, contract or Spec(), PRESETS[mode])


def roll_of(pair: Pair, seeds: tuple[int, ...] = (1, 2, 3)) -> Roll:
    space = pair.reference.backend.greeting.actions
    assert space is not None
    return make_roll("uniform", space, tuple(Episode(seed) for seed in seeds), 30)


class OtherStart(m.Walk):
    """A walk whose own resets are not those of the reference."""

    def begin(self, seed: int) -> None:
        super().begin(seed + 1)


def test_what_is_rolled_is_what_is_played() -> None:
    pair = pair_of(m.Walk, m.RewardOneStepLate)
    rolled = pair.roll([roll_of(pair)])
    played = pair.play(rolled.reference.scripts)
    places = [[(one.episode, one.step_index, one.leading.path) for one in both.comparison.divergences] for both in (rolled, played)]
    assert places[0] == places[1] != []


@pytest.mark.parametrize(("mode", "parts"), [("seeded", True), ("injected", False), ("teacher", False)])
def test_the_mode_says_where_the_target_starts(mode: str, parts: bool) -> None:
    pair = pair_of(m.Walk, OtherStart, mode)
    found = pair.roll([roll_of(pair)]).comparison
    assert bool(found.divergences) == parts
    assert found.coverage.fields["state.position"].forced == (0 if mode == "seeded" else 3)


def test_in_teacher_mode_one_difference_does_not_hide_a_later_one() -> None:
    class Both(m.NegativeZero, m.OtherWords):
        pass

    pair = pair_of(m.Walk, Both, "teacher")
    paths = {one.leading.path for one in pair.roll([roll_of(pair, tuple(range(8)))]).comparison.divergences}
    assert paths == {"reward", "obs.mood"}


@pytest.mark.parametrize("mode", ["injected", "teacher"])
def test_a_reference_without_states_cannot_start_the_target(mode: str) -> None:
    pair = pair_of(m.Dial, m.Dial, mode)
    with pytest.raises(AdapterError, match="shows no `state` on every Step") as caught:
        pair.roll([roll_of(pair)])
    assert "give the reference a `state`" in caught.value.hint


def test_both_sides_must_load_before_an_episode_can_be_started_anywhere() -> None:
    assert pair_of(m.Walk, m.Walk).can_jump
    assert not pair_of(m.Walk, m.Dial).can_jump
    assert not pair_of(m.Dial, m.Walk).can_jump


def test_episodes_that_the_target_never_came_to_are_not_among_what_was_played() -> None:
    pair = pair_of(m.Walk, m.PanicsOnOneSeed)
    played = pair.roll([roll_of(pair, (1, 3, 5, 7))])
    assert [len(script.episodes) for script in played.reference.scripts] == [2]
    assert [run.episode for run in played.reference.runs] == [0, 1]
    assert [(one.episode, one.leading.kind) for one in played.comparison.divergences] == [(1, "crash")]


def test_scripts_are_made_legal_only_where_that_is_asked_for() -> None:
    pair = pair_of(m.Walk, m.Walk)
    leaps = [Script((Episode(0, (m.LEAP,) * 12),))]
    (end,) = pair.play(leaps).reference.ends
    assert end.kind == "refused"
    assert pair.play(leaps).comparison.divergences == ()
    assert not pair.play(leaps, legally=True).reference.ends


def test_a_fresh_pair_shares_nothing_with_the_one_it_was_made_of() -> None:
    pair = pair_of(m.Walk, m.DependsOnNeighbourLane)
    fresh = pair.fresh()
    assert (fresh.spec, fresh.mode) == (pair.spec, pair.mode)
    assert fresh.reference.backend is not pair.reference.backend
    assert fresh.target.backend is not pair.target.backend


def test_a_side_closes_what_it_opened_and_leaves_alone_what_it_borrowed() -> None:
    class Closes(m.Walk):
        closed = 0

        def close(self) -> None:
            Closes.closed += 1

    side = Side("object:it", Opening(Path(), {"it": Closes}))
    borrowed = side.sharing("object:it", side.backend)
    borrowed.close()
    assert Closes.closed == 0
    side.close()
    side.close()
    assert Closes.closed == 1


# A process that dies.

MORTALS = """
import os

class Mortal:
    actions = 3
    deadly = staticmethod(lambda self, action: False)

    def reset(self, seed):
        self.seed, self.steps, self.sum = seed, 0, seed
        return {"obs": self.sum}

    def step(self, action):
        self.steps, self.sum = self.steps + 1, self.sum + action
        if self.deadly(self, action):
            os.write(2, b"farewell")
            os._exit(9)
        return {"obs": self.sum, "reward": float(action), "truncated": self.steps >= 12}

class AtAction(Mortal):
    deadly = staticmethod(lambda self, action: action == 2)

class AtStep(Mortal):
    deadly = staticmethod(lambda self, action: self.steps == 6)

class InOneEpisode(Mortal):
    deadly = staticmethod(lambda self, action: self.seed == 2 and self.steps == 4)
"""


@pytest.fixture
def mortals(tmp_path: Path) -> Iterator[Any]:
    """Yield a function that makes a pair of programs, one of which may die."""
    (tmp_path / "mortals.py").write_text(MORTALS)
    made: list[Pair] = []

    def make(reference: str, target: str) -> Pair:
        opening = Opening(tmp_path)
        sides = [Side(f"stdio:{sys.executable} -m equivcheck serve python:mortals:{name}", opening) for name in (reference, target)]
        made.append(Pair("pair", sides[0], sides[1], Spec(), PRESETS["seeded"]))
        return made[-1]

    yield make
    for pair in made:
        pair.close()


@pytest.mark.parametrize("mortal_is_reference", [True, False])
@pytest.mark.parametrize(("name", "step"), [("AtAction", None), ("AtStep", 6), ("InOneEpisode", 4)])
def test_a_process_that_dies_again_at_the_same_step_of_a_roll_crashes_there(
    mortals: Any, name: str, step: int | None, mortal_is_reference: bool
) -> None:
    pair = mortals(name, "Mortal") if mortal_is_reference else mortals("Mortal", name)
    played = pair.roll([roll_of(pair)])
    (found,) = played.comparison.divergences
    assert (found.leading.kind, played.unstable) == ("crash", ())
    assert "farewell" in found.leading.words
    actions = played.reference.scripts[0].episodes[found.episode].actions
    assert found.step_index == (step or actions.index(2) + 1)
    assert len(actions) == (found.step_index if mortal_is_reference else 12)
    assert found.episode == (1 if name == "InOneEpisode" else 0)


def test_two_processes_that_die_alike_agree(mortals: Any) -> None:
    pair = mortals("AtStep", "AtStep")
    played = pair.roll([roll_of(pair)])
    assert (played.comparison.divergences, played.unstable, played.comparison.coverage.episodes_skipped) == ((), (), 1)


def test_a_death_that_recurs_explains_those_of_its_neighbours(tmp_path: Path) -> None:
    program = Path(__file__).parent / "hostile" / "programs" / "dies.py"
    opening = Opening(tmp_path)
    sides = [Side(f"stdio:{sys.executable} -B {program} among_others {tmp_path}", opening) for _ in range(2)]
    pair = Pair("pair", sides[0], sides[1], Spec(), PRESETS["seeded"])
    space = Discrete(5)
    played = pair.roll([make_roll("uniform", space, (Episode(seed),), steps) for seed, steps in ((1, 30), (2, 0), (3, 30))])
    pair.close()
    assert played.unstable == ()
    assert {end.script for end in played.reference.ends} == {0, 2}


# Digests, which stand for large leaves of a side in another process.

PICTURES = """
import numpy as np

class Picture:
    actions = 2
    late = wrong = nan = False

    def reset(self, seed):
        self.rng, self.steps = np.random.default_rng(seed), 0
        return {"obs": self.draw()}

    def draw(self):
        picture = self.rng.integers(0, 256, (16, 16)).astype(np.float32)
        if self.wrong and self.steps == 7:
            picture[3, 5] = np.nextafter(picture[3, 5], np.float32(-1))
        if self.nan and self.steps == 7:
            picture[3, 5] = np.nan
        return picture

    def step(self, action):
        self.steps += 1
        return {"obs": self.draw(), "reward": float(action), "truncated": self.steps >= 12}

class Wrong(Picture):
    wrong = True

class Hole(Picture):
    nan = True
"""


@pytest.fixture
def pictures(tmp_path: Path) -> Iterator[Any]:
    """Yield a function that makes a pair of picture environments, the target in a process of its own."""
    (tmp_path / "pictures.py").write_text(PICTURES)
    made: list[Pair] = []

    def make(reference: str, target: str, contract: Spec) -> Pair:
        opening = Opening(tmp_path)
        program = f"stdio:{sys.executable} -m equivcheck serve python:pictures:{target}"
        made.append(Pair("pair", Side(f"python:pictures:{reference}", opening), Side(program, opening), contract, PRESETS["seeded"]))
        return made[-1]

    yield make
    for pair in made:
        pair.close()


def test_large_leaves_of_a_program_are_settled_by_digests_and_counted(pictures: Any) -> None:
    pair = pictures("Picture", "Picture", Spec())
    first = pair.roll([roll_of(pair)])
    pair.settle_by_digest(first)
    assert set(pair.digested) == {"obs"}
    again = pair.roll([roll_of(pair)])
    assert again.comparison.divergences == ()
    assert "obs" not in again.target.columns
    entry = again.comparison.coverage.fields["obs"]
    assert entry.compared == entry.digested == first.comparison.coverage.fields["obs"].compared == 3 * 13 * 256


@pytest.mark.parametrize(
    ("reference", "target", "kind"), [("Picture", "Wrong", "value"), ("Hole", "Hole", "nan"), ("Picture", "Hole", "nan")]
)
def test_what_a_digest_does_not_settle_is_compared_by_value(pictures: Any, reference: str, target: str, kind: str) -> None:
    pair = pictures(reference, target, Spec())
    pair.digested = {"obs": 256}
    found = pair.roll([roll_of(pair)]).comparison.divergences
    assert [(one.step_index, one.leading.path, one.leading.kind) for one in found] == [(7, "obs[3][5]", kind)] * 3


def test_leaves_that_a_rule_governs_and_small_ones_are_not_digested(pictures: Any) -> None:
    tolerant = pictures("Picture", "Picture", spec(rule("obs", atol=1.0)))
    tolerant.settle_by_digest(tolerant.roll([roll_of(tolerant)]))
    assert not tolerant.digested
    near = pair_of(m.Walk, m.Walk)
    near.settle_by_digest(near.roll([roll_of(near)]))
    assert not near.digested


def test_nothing_is_digested_after_a_divergence(pictures: Any) -> None:
    pair = pictures("Picture", "Wrong", Spec())
    played = pair.roll([roll_of(pair)])
    pair.settle_by_digest(played)
    assert not pair.digested
    assert np.asarray(played.target.columns["obs"].values).shape == (39, 16, 16)
