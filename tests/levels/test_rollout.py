from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from equivcheck.backends.opening import Opening, wrap
from equivcheck.generation import make_roll
from equivcheck.model.request import FULL
from equivcheck.model.script import Episode
from equivcheck.model.spec import PairSpec, Spec
from equivcheck.model.verdict import Outcome, PairReport
from equivcheck.pair import Budget
from equivcheck.playback import roll_fresh
from equivcheck.protocol.tracefile import create_trace
from equivcheck.runner import Run, check_pair


class Walk:
    """Walks to where its limit is, from where its seed says."""

    actions = 3
    step_at_7 = 1

    def reset(self, seed: int) -> dict[str, Any]:
        self.at = seed % 5
        return self.look()

    def step(self, action: int) -> dict[str, Any]:
        self.at += action - (self.step_at_7 - 1 if self.at == 7 else 0)
        return {**self.look(), "reward": float(action)}

    def look(self) -> dict[str, Any]:
        return {"obs": np.array([self.at], np.float32), "terminated": self.at >= 20}

    def state(self) -> dict[str, int]:
        return {"at": self.at}

    def load(self, state: dict[str, int]) -> dict[str, Any]:
        self.at = state["at"]
        return self.look()


class Slow(Walk):
    step_at_7 = 2


@pytest.fixture
def recording(tmp_path: Path) -> str:
    walk = wrap(Walk, "walk")
    space = walk.greeting.actions
    assert space is not None
    rolls = [make_roll("uniform", space, (Episode(seed), Episode(seed + 1)), 50) for seed in range(30)]
    with (tmp_path / "walk.eqtrace").open("wb") as stream:
        writer = create_trace(stream, {"name": "walk"})
        for roll in rolls:
            writer.write(roll_fresh(walk, [roll], FULL))
        writer.close()
    return "trace:walk.eqtrace"


def check(folder: Path, reference: str, target: str, episodes: int | None = None) -> PairReport:
    opening = Opening(folder, {"walk": Walk, "slow": Slow})
    run = Run(opening, Budget(episodes=episodes), levels=("rollout",), save=False)
    return check_pair(PairSpec("walk", reference, target, Spec()), run)


@pytest.mark.parametrize(("episodes", "played"), [(None, 60), (7, 8)])
def test_a_recording_is_played_as_it_is(recording: str, tmp_path: Path, episodes: int | None, played: int) -> None:
    report = check(tmp_path, recording, "object:walk", episodes)
    assert (report.outcome, report.levels[0].coverage.episodes) == (Outcome.EQUIVALENT, played)
    assert "(recorded)" in report.levels[0].bound
    assert not report.conformance


def test_what_parts_from_a_recording_is_shrunk_by_jumping_into_it(recording: str, tmp_path: Path) -> None:
    report = check(tmp_path, recording, "object:slow")
    (counterexample,) = report.levels[-1].counterexamples
    (episode,) = counterexample.script.episodes
    assert report.outcome is Outcome.DIVERGENT
    assert (episode.start, len(episode.actions), counterexample.recurrence) == ({"at": 7}, 1, (1, 1))


def test_a_recording_is_no_target(recording: str, tmp_path: Path) -> None:
    report = check(tmp_path, "object:walk", recording)
    assert report.outcome is Outcome.INCONCLUSIVE
    assert "name it as the reference" in report.levels[-1].reason
