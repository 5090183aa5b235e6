"""The checker is checked: a table of planted faults, the lowest level that must find each, and what is left of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pytest

from equivcheck.backends.opening import Opening
from equivcheck.model.paths import Pattern, generalise
from equivcheck.model.spec import PRESETS, FieldRule, PairSpec, Spec
from equivcheck.model.verdict import Outcome, PairReport, Verdict
from equivcheck.pair import Budget
from equivcheck.runner import Run, check_pair
from tests import miniatures as m

MODES = tuple(mode for mode in PRESETS if mode in ("seeded", "injected", "teacher"))


@dataclass(frozen=True)
class Row:
    """A fault; the lowest level that finds it; the leading difference there; actions and episodes left after shrinking.

    `modes`: all in which a rollout alone must find it as well.
    """

    fault: type
    level: str
    kind: str
    path: str
    actions: int = 1
    episodes: int = 1
    modes: tuple[str, ...] = MODES

    @property
    def reference(self) -> type:
        """The correct environment that the fault was planted in."""
        return next(thing for thing in self.fault.__mro__ if thing in m.CORRECT)


FOUND = (
    Row(m.WrongDtype, "setup", "setup", "obs.trail", 0),
    Row(m.WrongShape, "setup", "setup", "obs.trail", 0),
    Row(m.MissingField, "setup", "setup", "obs.mood", 0),
    Row(m.ExtraField, "setup", "setup", "obs.weather", 0),
    Row(m.IntForFloat, "setup", "setup", "state.energy", 0),
    Row(m.LeaksStateThroughReset, "self", "value", "state.energy", 0),
    Row(m.SeedsOnce, "self", "value", "state.rng", 0),
    Row(m.StickyFlag, "self", "value", "truncated"),
    Row(m.DiffersOnlyAfterAnotherEpisode, "self", "value", "reward"),
    Row(m.DependsOnDictOrder, "self", "value", "events[*]", 2),
    Row(m.SharesAListAmongInstances, "self", "value", "events[*]"),
    Row(m.AliasesAMutatedArray, "self", "value", "obs.trail[*]"),
    Row(m.SharesABufferBetweenLanes, "self", "value", "obs.trail[*]"),
    Row(m.DependsOnNeighbourLane, "self", "value", "reward"),
    Row(m.DrawsFromASharedGenerator, "self", "value", "state.energy"),
    Row(m.ForgetsSeed, "rollout", "value", "state.rng", 0, modes=("seeded",)),
    Row(m.OffByOneInTheLimit, "rollout", "value", "truncated"),
    Row(m.LimitOneStepEarly, "rollout", "value", "truncated"),
    Row(m.ReportsTruncatedAsTerminated, "rollout", "value", "terminated"),
    Row(m.NeverTerminates, "rollout", "value", "terminated"),
    Row(m.RewardOneStepLate, "rollout", "value", "reward"),
    Row(m.IntForFloatInReward, "rollout", "kind", "reward"),
    Row(m.NegativeZero, "rollout", "value", "reward"),
    Row(m.MaskTooWide, "rollout", "value", "legal[*]", 0),
    Row(m.MaskTooNarrow, "rollout", "value", "legal[*]"),
    Row(m.NanInObs, "rollout", "nan", "obs.energy"),
    Row(m.StaleBufferReturned, "rollout", "value", "obs.trail[*]"),
    Row(m.LosesFinalObservation, "rollout", "kind", "obs.mark"),
    Row(m.ExtraDraw, "rollout", "value", "state.rng"),
    Row(m.MissingDraw, "rollout", "value", "state.rng"),
    Row(m.DrawsADifferentNumber, "rollout", "value", "state.position"),
    Row(m.PanicsOnOneAction, "rollout", "crash", ""),
    Row(m.PanicsOnOneSeed, "rollout", "crash", "", 0),
    Row(m.RefusesALegalAction, "rollout", "refusal", ""),
    Row(m.LoadForgetsAField, "rollout", "value", "state.energy", modes=("injected", "teacher")),
    Row(m.OverflowingInt8Counter, "rollout", "value", "state.score[*]"),
    Row(m.NeedsARareState, "rollout", "value", "reward", 10, modes=("seeded",)),
    Row(m.SentinelClash, "rollout", "kind", "obs.mark"),
    Row(m.RoundingOrder, "rollout", "value", "state.energy"),
    Row(m.EventsOutOfOrder, "rollout", "value", "events[*]"),
    Row(m.OtherWords, "rollout", "value", "obs.mood"),
    Row(m.SwappedAgents, "rollout", "value", "reward.ann"),
    Row(m.AsksTheWrongAgent, "rollout", "missing", "legal.ann"),
    Row(m.SharesHiddenInformation, "rollout", "value", "obs.bob.held"),
)


@lru_cache(maxsize=None)
def check(reference: type, target: type, mode: str = "seeded", levels: tuple[str, ...] = (), spec: Spec | None = None) -> PairReport:
    m.forget_what_is_shared()
    opening = Opening(Path(__file__).parent, m.MINIATURES)
    run = Run(opening, Budget(seed=0, episodes=12), levels, mode, save=False)
    return check_pair(PairSpec("miniature", f"object:{reference.__name__}", f"object:{target.__name__}", spec or Spec()), run)


def verdict_of(report: PairReport, level: str) -> Verdict:
    return next(verdict for verdict in report.levels if verdict.level == level)


def symptoms(verdict: Verdict) -> list[tuple[str, str]]:
    return [(one.divergence.leading.kind, generalise(one.divergence.leading.path)) for one in verdict.counterexamples]


@pytest.mark.parametrize("mode", [*MODES, ""])
@pytest.mark.parametrize("correct", [m.Walk, m.Race])
def test_a_correct_environment_passes_every_level_in_every_mode(correct: type, mode: str) -> None:
    report = check(correct, correct, mode)
    assert report.outcome is Outcome.EQUIVALENT
    assert [verdict.level for verdict in report.levels] == ["self", "rollout"]
    assert report.conformance == ()
    coverage = verdict_of(report, "rollout").coverage
    assert all(entry.compared > entry.forced and entry.changed and not entry.differing for entry in coverage.fields.values())
    assert coverage.flags["terminated"] > 0
    assert coverage.flags["truncated"] > 0


def test_a_correct_environment_that_shows_little_passes_every_level() -> None:
    report = check(m.Dial, m.Dial, "")
    assert report.outcome is Outcome.EQUIVALENT
    assert report.mode.startswith("seeded")


@pytest.mark.parametrize("row", FOUND, ids=lambda row: row.fault.__name__)
def test_a_planted_fault_is_found_by_the_lowest_level_that_can(row: Row) -> None:
    report = check(row.reference, row.fault, row.modes[0])
    assert report.outcome is Outcome.DIVERGENT
    first = next(verdict for verdict in report.levels if verdict.outcome is not Outcome.EQUIVALENT)
    assert (first.level, first.outcome) == (row.level, Outcome.DIVERGENT)
    assert (row.kind, row.path) in symptoms(first)
    smallest = next(one for one in first.counterexamples if symptoms(first)[first.counterexamples.index(one)] == (row.kind, row.path))
    assert not smallest.flaky
    assert (smallest.script.action_count, len(smallest.script.episodes)) == (row.actions, row.episodes)


ROLLED = [(row, mode) for row in FOUND if row.level == "rollout" for mode in row.modes[1:]]


@pytest.mark.parametrize(("row", "mode"), ROLLED, ids=lambda value: value if isinstance(value, str) else value.fault.__name__)
def test_a_planted_fault_is_found_in_every_mode_that_can(row: Row, mode: str) -> None:
    verdict = verdict_of(check(row.reference, row.fault, mode, ("rollout",)), "rollout")
    assert verdict.outcome is Outcome.DIVERGENT
    assert (row.kind, row.path) in symptoms(verdict)


def test_every_fault_has_its_row() -> None:
    listed = [row.fault for row in FOUND]
    assert len(listed) == len(set(listed)) >= 25
    apart = {*m.CORRECT, m.TwoFaultsAtOnce, m.DiffersAtRandom, m.FailsAtTheFirstStep, m.FailsAtReset, m.ShowsNothing}
    assert set(m.MINIATURES.values()) == {*listed, *apart}
