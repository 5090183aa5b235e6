"""The checker is checked: a table of planted faults, the lowest level that must find each, and what is left of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from equivcheck.backends.opening import Opening
from equivcheck.model.paths import Pattern, generalise
from equivcheck.model.spec import PRESETS, FieldRule, PairSpec, ShrinkPlan, Spec
from equivcheck.model.verdict import Counterexample, Outcome, PairReport, Verdict
from equivcheck.pair import Budget
from equivcheck.runner import Run, check_pair
from tests import miniatures as m

STRICT = Spec()
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
    Row(m.MaskTooNarrow, "rollout", "value", "legal[*]", 0),
    Row(m.NanInObs, "rollout", "nan", "obs.energy", 0),
    Row(m.StaleBufferReturned, "rollout", "value", "obs.trail[*]", 0),
    Row(m.LosesFinalObservation, "rollout", "kind", "obs.mark"),
    Row(m.ExtraDraw, "rollout", "value", "state.rng"),
    Row(m.MissingDraw, "rollout", "value", "state.rng"),
    Row(m.DrawsADifferentNumber, "rollout", "value", "state.position"),
    Row(m.PanicsOnOneAction, "rollout", "crash", ""),
    Row(m.PanicsOnOneSeed, "rollout", "crash", "", 0),
    Row(m.RefusesALegalAction, "rollout", "refusal", ""),
    Row(m.LoadForgetsAField, "rollout", "value", "state.energy", 0, modes=("teacher",)),
    Row(m.OverflowingInt8Counter, "rollout", "value", "state.score[*]"),
    Row(m.NeedsARareState, "rollout", "value", "reward", 10, modes=("seeded",)),
    Row(m.SentinelClash, "rollout", "kind", "obs.mark", 0),
    Row(m.RoundingOrder, "rollout", "value", "state.energy"),
    Row(m.EventsOutOfOrder, "rollout", "value", "events[*]"),
    Row(m.OtherWords, "rollout", "value", "obs.mood", 0),
    Row(m.SwappedAgents, "rollout", "value", "reward.ann"),
    Row(m.AsksTheWrongAgent, "rollout", "missing", "legal.ann", 0),
    Row(m.SharesHiddenInformation, "rollout", "value", "obs.bob.held", 0),
)


@cache
def check(
    reference: type, target: type, mode: str = "seeded", levels: tuple[str, ...] = (), spec: Spec = STRICT, episodes: int = 12
) -> PairReport:
    m.forget_what_is_shared()
    opening = Opening(Path(__file__).parent, m.MINIATURES)
    run = Run(opening, Budget(seed=0, episodes=episodes), levels, mode, save=False)
    return check_pair(PairSpec("miniature", f"object:{reference.__name__}", f"object:{target.__name__}", spec), run)


def verdict_of(report: PairReport, level: str) -> Verdict:
    return next(verdict for verdict in report.levels if verdict.level == level)


def symptom(counterexample: Counterexample) -> tuple[str, str]:
    leading = counterexample.divergence.leading
    return leading.kind, generalise(leading.path)


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
    for verdict in report.levels:
        if verdict.level == row.level:
            break
        assert verdict.outcome is not Outcome.DIVERGENT
        assert not verdict.counterexamples
    found = [one for one in verdict.counterexamples if symptom(one) == (row.kind, row.path) and not one.flaky]
    smallest = min(found, key=lambda one: one.script.action_count)
    assert (smallest.script.action_count, len(smallest.script.episodes)) == (row.actions, row.episodes)


@pytest.mark.parametrize(
    "row", [row for row in FOUND if row.level == "rollout" and "teacher" in row.modes[1:]], ids=lambda row: row.fault.__name__
)
def test_a_planted_fault_in_a_step_is_found_from_each_state_as_well(row: Row) -> None:
    verdict = verdict_of(check(row.reference, row.fault, "teacher", ("rollout",), episodes=6), "rollout")
    assert verdict.outcome is Outcome.DIVERGENT
    same_field = [one for one in verdict.counterexamples if symptom(one)[1].split(".")[0] == row.path.split(".")[0] and not one.flaky]
    assert min(one.script.action_count for one in same_field) <= row.actions


def test_every_fault_has_its_row() -> None:
    listed = [row.fault for row in FOUND]
    assert len(listed) == len(set(listed)) >= 25
    apart = {*m.CORRECT, m.TwoFaultsAtOnce, m.DiffersAtRandom, m.FailsAtTheFirstStep, m.FailsAtReset, m.ShowsNothing}
    assert set(m.MINIATURES.values()) == {*listed, *apart}


@pytest.mark.parametrize("mode", ["seeded", "injected"])  # what the second one counts is no state, so teacher resets it
def test_of_two_faults_each_is_shrunk_to_itself(mode: str) -> None:
    verdict = verdict_of(check(m.Walk, m.TwoFaultsAtOnce, mode, ("rollout",)), "rollout")
    sizes = {symptom(one): one.script.action_count for one in verdict.counterexamples}
    kinds = {symptom(one): [difference.path for difference in one.divergence.differences] for one in verdict.counterexamples}
    assert sizes == {("value", "reward"): 1, ("value", "state.score[*]"): 2}
    assert kinds == {("value", "reward"): ["reward"], ("value", "state.score[*]"): ["state.score[0]"]}


def test_what_differs_at_random_is_flaky_and_has_its_rate() -> None:
    report = check(m.Walk, m.DiffersAtRandom, spec=Spec(shrink=ShrinkPlan(replays_max=30)))
    assert report.outcome is Outcome.INCONCLUSIVE
    flaky = [one for verdict in report.levels for one in verdict.counterexamples]
    assert flaky
    assert all(one.flaky and one.recurrence[1] > 1 for one in flaky)
    verdict = next(verdict for verdict in report.levels if verdict.counterexamples)
    assert verdict.reason.startswith("FLAKY")
    assert "{} of {}".format(*verdict.counterexamples[0].recurrence) in verdict.reason
    assert all(None not in one.after for one in flaky)


@pytest.mark.parametrize("mode", [*MODES, ""])
@pytest.mark.parametrize(("failing", "words"), [(m.FailsAtTheFirstStep, "no ground to walk on"), (m.FailsAtReset, "no ground at all")])
def test_where_both_sides_fail_there_is_no_verdict_but_their_last_words(failing: type, words: str, mode: str) -> None:
    verdict = verdict_of(check(failing, failing, mode, ("rollout",)), "rollout")
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert words in verdict.reason
    assert not verdict.counterexamples


@pytest.mark.parametrize("failing", [m.FailsAtTheFirstStep, m.FailsAtReset, m.PanicsOnOneAction])
def test_a_reference_that_fails_where_the_target_goes_on_is_a_divergence(failing: type) -> None:
    verdict = verdict_of(check(failing, m.Walk, "", ("rollout",)), "rollout")
    assert verdict.outcome is Outcome.DIVERGENT
    assert [symptom(one) for one in verdict.counterexamples] == [("crash", "")]


def test_episodes_in_which_both_sides_fail_are_skipped_and_their_successors_played() -> None:
    verdict = verdict_of(check(m.PanicsOnOneAction, m.PanicsOnOneAction, "seeded", ("rollout",)), "rollout")
    assert verdict.coverage.episodes == 24
    assert 0 < verdict.coverage.episodes_skipped < 24
    assert f"0 of {24 - verdict.coverage.episodes_skipped} episodes" in verdict.bound


def test_episodes_after_a_crash_are_played_all_the_same() -> None:
    verdict = verdict_of(check(m.Walk, m.PanicsOnOneAction, "seeded", ("rollout",)), "rollout")
    assert verdict.coverage.episodes == 24
    assert verdict.coverage.episodes_diverged > 12


@pytest.mark.parametrize("mode", ["seeded", ""])
def test_a_side_that_shows_nothing_but_flags_is_not_equivalent_to_itself(mode: str) -> None:
    report = check(m.ShowsNothing, m.ShowsNothing, mode)
    assert report.outcome is Outcome.INCONCLUSIVE
    assert all(verdict.reason.startswith("nothing was compared") for verdict in report.levels)


def ruled(pattern: str, **how: object) -> Spec:
    return Spec(fields=(FieldRule(Pattern(pattern), because="a test", **how),))


def test_a_spec_that_names_what_is_never_seen_is_not_kept() -> None:
    verdict = verdict_of(check(m.Walk, m.Walk, "seeded", ("rollout",), ruled("state.fuel", atol=1.0)), "rollout")
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert "state.fuel" in verdict.reason


@pytest.mark.parametrize(
    ("fault", "spec"),
    [
        (m.RoundingOrder, ruled("**.energy", atol=1e-9)),
        (m.EventsOutOfOrder, ruled("events", bag=True)),
        (m.WrongDtype, ruled("obs.trail", dtype="any")),
        (m.IntForFloatInReward, ruled("reward", dtype="any")),
        (m.OtherWords, ruled("obs.mood", ignore=True)),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else value.fields[0].pattern.text,
)
def test_the_loosening_that_is_meant_for_a_fault_lets_it_pass_and_is_counted(fault: type, spec: Spec) -> None:
    report = check(m.Walk, fault, "seeded", ("rollout",), spec)
    assert report.outcome is Outcome.EQUIVALENT
    (uses,) = verdict_of(report, "rollout").coverage.loosenings.values()
    assert uses > 0


@pytest.mark.parametrize("fault", [m.RewardOneStepLate, m.OverflowingInt8Counter, m.OffByOneInTheLimit, m.SentinelClash])
def test_a_loosening_that_is_meant_for_something_else_hides_nothing(fault: type) -> None:
    report = check(m.Walk, fault, "seeded", ("rollout",), ruled("**.energy", atol=10.0))
    assert report.outcome is Outcome.DIVERGENT
