from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from equivcheck.backends.opening import Opening
from equivcheck.findings import found_files
from equivcheck.model.paths import generalise
from equivcheck.model.spec import PairSpec, Spec
from equivcheck.model.verdict import Outcome, PairReport, Verdict
from equivcheck.pair import Budget
from equivcheck.runner import Run, check_pair


class Tally:
    """Counts, in tens as well."""

    actions = 2

    def reset(self, seed: int) -> dict[str, object]:
        self.n, self.moves = self.begin(seed), 0
        return {"obs": self.moves}

    def begin(self, seed: int) -> int:
        return seed % 3

    def step(self, action: int) -> dict[str, object]:
        self.moves += 1
        return {"obs": self.moves, "reward": float(action), "terminated": False, "truncated": self.moves >= 5}

    def state(self) -> dict[str, object]:
        return {"tens": self.n // 10, "n": self.n}


class Ahead(Tally):
    """Begins one ahead or ten, as the seed is: the tens part first, or where they do not, the count."""

    def begin(self, seed: int) -> int:
        return super().begin(seed) + (1 if seed % 2 else 10)


class Riders(Tally):
    """Holds a list of records, one added by every action 1."""

    def begin(self, seed: int) -> int:
        self.riders = [{"to": seed % 5, "vip": False}]
        return seed % 3

    def step(self, action: int) -> dict[str, object]:
        if action:
            self.riders = self.joined({"to": (self.n + self.moves) % 5, "vip": len(self.riders) % 2 == 1})
        return super().step(action)

    def joined(self, rider: dict[str, Any]) -> list[dict[str, Any]]:
        return [*self.riders, rider]

    def state(self) -> dict[str, object]:
        return {"riders": [dict(rider) for rider in self.riders], "n": self.n, "moves": self.moves}

    def load(self, state: dict[str, Any]) -> dict[str, object]:
        self.riders, self.n, self.moves = [dict(rider) for rider in state["riders"]], state["n"], state["moves"]
        return {"obs": self.moves}


class Reversed(Riders):
    """Adds at the wrong end."""

    def joined(self, rider: dict[str, Any]) -> list[dict[str, Any]]:
        return [rider, *self.riders]


class TwoFaults(Riders):
    """Adds the wrong destination with action 1, and moves on too far with action 0."""

    def joined(self, rider: dict[str, Any]) -> list[dict[str, Any]]:
        return [*self.riders, {**rider, "to": 9}]

    def step(self, action: int) -> dict[str, object]:
        self.n += not action
        return super().step(action)


def check(folder: Path, reference: type, target: type, mode: str = "seeded", episodes: int = 20) -> PairReport:
    opening = Opening(folder, {"reference": reference, "target": target})
    pair = PairSpec("pair", "object:reference", "object:target", Spec(mode=mode))
    return check_pair(pair, Run(opening, Budget(episodes=episodes), ("rollout",)))


def rollout(report: PairReport) -> Verdict:
    return next(verdict for verdict in report.levels if verdict.level == "rollout")


def test_what_shrank_to_the_same_is_one_cause_that_accounts_for_every_episode(tmp_path: Path) -> None:
    verdict = rollout(check(tmp_path, Tally, Ahead))
    (one,) = verdict.counterexamples
    assert "one cause shown" in verdict.reason
    assert one.cluster_count == verdict.coverage.episodes_diverged == 40
    assert {path for path, _ in one.clusters} == {"state.tens", "state.n"}
    assert sum(count for _, count in one.clusters) == 40


def test_only_the_finding_that_is_shown_stays_on_disk(tmp_path: Path) -> None:
    for _ in range(2):
        report = check(tmp_path, Tally, Ahead)
        (one,) = rollout(report).counterexamples
        assert found_files(tmp_path, "pair") == [tmp_path / one.file]
    assert [verdict.level for verdict in report.levels] == ["regressions", "rollout"]
    assert not report.levels[0].counterexamples


@pytest.mark.parametrize("mode", ["teacher"])
def test_a_list_in_the_wrong_order_is_one_cause_with_all_leaves(tmp_path: Path, mode: str) -> None:
    verdict = rollout(check(tmp_path, Riders, Reversed, mode))
    (one,) = verdict.counterexamples
    assert {generalise(difference.path) for difference in one.divergence.differences} == {"state.riders[*].to", "state.riders[*].vip"}
    assert one.cluster_count == verdict.coverage.episodes_diverged


@pytest.mark.parametrize("mode", ["seeded", "injected", "teacher"])
def test_two_faults_stay_two_causes(tmp_path: Path, mode: str) -> None:
    verdict = rollout(check(tmp_path, Riders, TwoFaults, mode))
    assert verdict.outcome is Outcome.DIVERGENT
    leaves = {frozenset(generalise(d.path) for d in one.divergence.differences) for one in verdict.counterexamples}
    assert {frozenset({"state.riders[*].to"}), frozenset({"state.n"})} <= leaves


def test_a_driver_that_has_played_all_its_episodes_did_not_stop(tmp_path: Path) -> None:
    assert not rollout(check(tmp_path, Tally, Ahead, episodes=60)).notes
    (uniform, swarm) = rollout(check(tmp_path / "more", Tally, Ahead, episodes=61)).notes
    assert uniform == "uniform: stopped after 60 of 61 episodes, the last 60 all diverged"
    assert swarm.startswith("swarm: stopped")
