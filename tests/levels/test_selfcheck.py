"""A side against itself, where it does not live to see the end of its episodes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from equivcheck.backends.opening import Opening
from equivcheck.findings import read_finding
from equivcheck.model.spec import PairSpec, Spec, Views
from equivcheck.model.verdict import Outcome, PairReport
from equivcheck.pair import Budget
from equivcheck.replaying import pair_of, replay_on
from equivcheck.runner import Run, check_pair
from tests.hostile.counter import Counter

PROGRAM = Path(__file__).parent.parent / "hostile" / "programs" / "dies.py"


class Raises(Counter):
    def step(self, action: int) -> dict[str, Any]:
        raise RuntimeError("farewell")


class HoldsAnObject(Counter):
    def step(self, action: int) -> dict[str, Any]:
        return {**super().step(action), "engine": object()} if self.n > 6 else super().step(action)


def check(folder: Path, target: str, *levels: str, episodes: int = 20) -> PairReport:
    address = "object:raises" if target == "raises" else f"stdio:{sys.executable} -B {PROGRAM} {target} {folder}"
    opening = Opening(folder, {"counter": Counter, "raises": Raises})
    run = Run(opening, Budget(episodes=episodes), levels, save=False)
    return check_pair(PairSpec("pair", "object:counter", address, Spec(mode="seeded")), run)


@pytest.mark.parametrize("target", ["at_any_action", "raises"])
def test_a_target_that_gives_up_every_episode_is_said_to_and_the_rollout_finds_it(tmp_path: Path, target: str) -> None:
    alone, beside = check(tmp_path, target, "self", "rollout").levels
    assert alone.outcome is Outcome.INCONCLUSIVE
    assert alone.reason.startswith("the target gave up in every episode, before it could be held against anything: ")
    assert "farewell" in alone.reason
    assert beside.outcome is Outcome.DIVERGENT
    (found,) = beside.counterexamples
    assert (found.divergence.leading.kind, found.divergence.step_index, found.flaky) == ("crash", 1, False)


def test_a_process_that_dies_every_time_is_not_played_in_every_manner(tmp_path: Path) -> None:
    (alone,) = check(tmp_path, "at_any_action", "self").levels
    assert alone.notes == ("the target played again", "not offered by the target: alone, eager, x64")
    (alone,) = check(tmp_path, "raises", "self").levels
    assert alone.notes == (
        "the target played again, after episode, after half episode, first of lanes, amid lanes, among lanes, read late",
    )


def test_a_lane_is_not_blamed_for_the_death_of_its_neighbour(tmp_path: Path) -> None:
    (alone,) = check(tmp_path, "of_even_seeds", "self").levels
    assert (alone.outcome, alone.counterexamples) == (Outcome.EQUIVALENT, ())
    assert 0 < alone.coverage.episodes_skipped < alone.coverage.episodes


def test_enough_deaths_end_a_rollout(tmp_path: Path) -> None:
    (beside,) = check(tmp_path, "of_even_seeds", "rollout", episodes=100).levels
    assert beside.outcome is Outcome.DIVERGENT
    assert [note.partition(", ")[2] for note in beside.notes] == ["a process having died 8 times"] * 2


def test_a_step_that_holds_no_value_fails_in_every_manner_also_where_answers_are_read_late(tmp_path: Path) -> None:
    pair = PairSpec("engine", "object:engine", "object:engine", Spec(mode="seeded"))
    run = Run(Opening(tmp_path, {"engine": HoldsAnObject}), Budget(episodes=20), ("self",), save=False)
    (alone,) = check_pair(pair, run).levels
    assert alone.outcome is Outcome.INCONCLUSIVE
    assert "the type `object` is no value" in alone.reason


def rename(step: dict[str, Any]) -> dict[str, Any]:
    """Give the canonical names."""
    return {("obs" if name == "observation" else name): value for name, value in step.items()}


class Leaky(Counter):
    """Calls its fields otherwise, and goes on counting where the last episode ended."""

    left = 0

    def reset(self, seed: int) -> dict[str, Any]:
        self.n = seed % 3 + self.left
        self.left = 1
        return {"observation": self.n, "terminated": False}

    def step(self, action: int) -> dict[str, Any]:
        return {("observation" if name == "obs" else name): value for name, value in super().step(action).items()}


def test_a_finding_of_a_target_with_a_view_is_played_again_through_it(tmp_path: Path) -> None:
    opening = Opening(tmp_path, {"counter": Counter, "leaky": Leaky})
    spec = Spec(mode="seeded", views=Views(target=f"{__name__}:rename"))
    run = Run(opening, Budget(episodes=5), ("self",))
    (verdict,) = check_pair(PairSpec("pair", "object:counter", "object:leaky", spec), run).levels
    for one in verdict.counterexamples:
        assert one.divergence.leading.path == "obs"
        pair = pair_of(read_finding(tmp_path / one.file), opening)
        try:
            again = replay_on(read_finding(tmp_path / one.file), pair)
        finally:
            pair.close()
        assert again is not None
        assert again.divergence.leading.path == "obs"
    assert len(verdict.counterexamples) >= 1
