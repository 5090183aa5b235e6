"""Pairs that the benchmarks play, and what they played."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from equivcheck.backends.opening import Opening
from equivcheck.levels.rollout import check_rollout
from equivcheck.model.request import FULL, Roll
from equivcheck.model.script import Script
from equivcheck.model.spec import PRESETS, RolloutPlan, Spec
from equivcheck.model.verdict import Coverage, Outcome
from equivcheck.pair import Budget, Pair, Played, Side
from equivcheck.playback import play_fresh, roll_fresh

ADAPTERS = Path(__file__).resolve().parent.parent / "adapters"
BOTH_DRIVERS = ("uniform", "swarm")


def open_pair(
    reference: str,
    target: str,
    episodes: int,
    drivers: tuple[str, ...] = BOTH_DRIVERS,
    objects: Mapping[str, Callable[[], Any]] | None = None,
) -> Pair:
    """Return a pair under a strict Spec in the mode `seeded`."""
    opening = Opening(ADAPTERS, objects or {})
    spec = Spec(rollout=RolloutPlan(episodes, drivers))
    return Pair("benchmark", Side(reference, opening), Side(target, opening), spec, PRESETS["seeded"])


def check(pair: Pair) -> Coverage:
    """Check the pair by rollouts; it has to be EQUIVALENT, so that nothing is shrunk."""
    verdict = check_rollout(pair, Budget(), lambda pair, counterexample: None)
    if verdict.outcome is not Outcome.EQUIVALENT:
        raise AssertionError(f"{pair.reference.address} against {pair.target.address}: {verdict.reason}")
    return verdict.coverage


@dataclass
class Recording(Pair):
    """A pair that notes what it is asked to roll, and what was then played."""

    batches: list[list[Roll]] = field(default_factory=list)
    scripts: list[Script] = field(default_factory=list)

    def roll(self, rolls: Any) -> Played:
        """See Pair."""
        played = Pair.roll(self, rolls)
        self.batches.append(list(rolls))
        self.scripts.extend(played.reference.scripts)
        return played


def record(pair: Pair) -> Recording:
    """Return the recording of one check."""
    recording = Recording(pair.name, pair.reference, pair.target, pair.spec, pair.mode)
    check(recording)
    return recording


def play_only(recording: Recording) -> None:
    """Roll on the reference and play on the target, in the same batches as the check did, and do nothing with the answers."""
    for rolls in recording.batches:
        answer = roll_fresh(recording.reference.backend, rolls, FULL)
        play_fresh(recording.target.backend, answer.scripts, FULL)


def import_adapter(folder: str, module: str) -> Any:
    """Return a module of an adapter's folder, by its place: two adapters have modules of one name."""
    place = ADAPTERS / folder
    sys.path.insert(0, str(place))
    spec = importlib.util.spec_from_file_location(f"{folder}_{module}", place / f"{module}.py")
    if spec is None or spec.loader is None:
        raise AssertionError(f"{folder} has no module {module}")
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded
