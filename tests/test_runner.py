from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from equivcheck.backends.opening import Opening
from equivcheck.findings import found_files
from equivcheck.model.contract import spec_from_mapping
from equivcheck.model.spec import PairSpec, Spec
from equivcheck.model.verdict import Outcome, PairReport, Report
from equivcheck.pair import Budget
from equivcheck.reports.text import render_text
from equivcheck.runner import Run, check_pair


class Counter:
    actions = 3
    wrong = False  # of the class, so that a test can mend the port between two runs

    def reset(self, seed: int) -> dict[str, object]:
        self.n = seed % 3
        return {"obs": self.n}

    def step(self, action: int) -> dict[str, object]:
        self.n += action
        return {"obs": self.n + 50 * (self.wrong and action == 2), "reward": float(action), "terminated": self.n >= 10}


class Port(Counter):
    pass


@pytest.fixture(autouse=True)
def _sound_port() -> None:
    Port.wrong = False


def check(folder: Path, *, spec: Spec, save: bool = True, replay: bool = True) -> PairReport:
    opening = Opening(folder, {"reference": Counter, "target": Port})
    pair = PairSpec("pair", "object:reference", "object:target", spec)
    return check_pair(pair, Run(opening, Budget(episodes=3), ("rollout",), save=save, replay=replay))


TOLERANT = spec_from_mapping({"fields": {"reward": {"atol": 0.5, "because": "a test"}}})


def test_what_was_found_is_replayed_first_and_healed_when_it_is_fixed(tmp_path: Path) -> None:
    Port.wrong = True
    assert check(tmp_path, spec=TOLERANT).outcome is Outcome.DIVERGENT
    assert len(found_files(tmp_path, "pair")) == 1
    again = check(tmp_path, spec=TOLERANT)
    assert [(one.level, one.outcome) for one in again.levels] == [("regressions", Outcome.DIVERGENT), ("rollout", Outcome.DIVERGENT)]
    Port.wrong = False
    mended = check(tmp_path, spec=TOLERANT)
    assert [(one.level, one.outcome) for one in mended.levels] == [("regressions", Outcome.EQUIVALENT), ("rollout", Outcome.EQUIVALENT)]
    assert found_files(tmp_path, "pair") == []


class Leaky(Counter):
    """Counts what it was asked over all of its instances, while it is wrong."""

    asked = 0

    def step(self, action: int) -> dict[str, object]:
        Leaky.asked += 1
        return {**super().step(action), "reward": float(self.wrong and Leaky.asked % 7 == 0)}


def test_what_was_found_of_a_side_against_itself_is_replayed_and_healed(tmp_path: Path) -> None:
    def check_leaky(level: str, sides: tuple[type, type] = (Leaky, Leaky)) -> PairReport:
        opening = Opening(tmp_path, dict(zip(("reference", "target"), sides, strict=True)))
        pair = PairSpec("pair", "object:reference", "object:target", Spec(mode="seeded"))
        return check_pair(pair, Run(opening, Budget(episodes=3), (level,)))

    Leaky.wrong = True
    try:
        assert check_leaky("self").outcome is Outcome.DIVERGENT
        assert {path.parent.name.rpartition("-")[0] for path in found_files(tmp_path, "pair")} == {"pair-self"}
        again = check_leaky("rollout").levels[0]
        assert (again.level, again.outcome) == ("regressions", Outcome.DIVERGENT)
        assert {one.name.rpartition("-")[0] for one in again.counterexamples} == {"pair-self"}
    finally:
        Leaky.wrong = False
    mended = check_leaky("self").levels[0]
    assert (mended.level, mended.outcome) == ("regressions", Outcome.EQUIVALENT)
    assert found_files(tmp_path, "pair") == []


def test_what_cannot_be_replayed_as_it_was_found_is_not_called_fixed(tmp_path: Path) -> None:
    Port.wrong = True
    check(tmp_path, spec=TOLERANT)
    Port.wrong = False
    assert [one.level for one in check(tmp_path, spec=replace(TOLERANT, mode="free")).levels if one.level == "regressions"] == []
    assert len(found_files(tmp_path, "pair")) == 1


def test_without_replay_what_was_found_is_left_alone(tmp_path: Path) -> None:
    Port.wrong = True
    check(tmp_path, spec=TOLERANT)
    Port.wrong = False
    assert [one.level for one in check(tmp_path, spec=TOLERANT, replay=False).levels] == ["rollout"]
    assert len(found_files(tmp_path, "pair")) == 1


def test_without_save_nothing_is_written(tmp_path: Path) -> None:
    Port.wrong = True
    assert check(tmp_path, spec=TOLERANT, save=False).outcome is Outcome.DIVERGENT
    assert list(tmp_path.iterdir()) == []


def test_a_field_that_the_spec_names_and_nobody_shows_withdraws_the_pass(tmp_path: Path) -> None:
    rule = replace(TOLERANT.fields[0], pattern=type(TOLERANT.fields[0].pattern)("state.hp"))
    report = check(tmp_path, spec=replace(TOLERANT, fields=(rule,)))
    assert (report.outcome, report.levels[0].reason) == (Outcome.INCONCLUSIVE, "the Spec names what was never seen: state.hp")


class Wider(Counter):
    actions = 4


class Named(Counter):
    """Begins elsewhere, without a way to be put where the reference begins, and states its numbers as text."""

    def reset(self, seed: int) -> dict[str, object]:
        return {"obs": str(super().reset(seed + 1)["obs"])}


def check_target(folder: Path, target: type, spec: Spec) -> PairReport:
    opening = Opening(folder, {"reference": Counter, "target": target})
    return check_pair(PairSpec("pair", "object:reference", "object:target", spec), Run(opening, Budget(episodes=3)))


def test_other_actions_are_said_before_anything_is_played_and_do_not_heal_by_themselves(tmp_path: Path) -> None:
    for levels in (["setup"], ["regressions", "setup"]):
        report = check_target(tmp_path, Wider, Spec())
        assert [(one.level, one.outcome) for one in report.levels] == [(level, Outcome.DIVERGENT) for level in levels]
        assert report.levels[-1].reason == "the sides disagree on actions"
        assert "class Translated(Port):" in "\n".join(report.levels[-1].notes)


def test_where_forms_keep_every_mode_from_fitting_it_is_the_forms_that_are_shown(tmp_path: Path) -> None:
    (verdict,) = check_target(tmp_path, Named, Spec()).levels
    assert (verdict.level, verdict.outcome) == ("setup", Outcome.DIVERGENT)
    assert verdict.notes[1] == '"obs" = { ignore = true, because = "unreviewed: int against text" }'


def test_what_was_found_again_is_told_once_and_every_file_that_is_named_is_there(tmp_path: Path) -> None:
    Port.wrong = True
    first = check(tmp_path, spec=TOLERANT)
    (file,) = found_files(tmp_path, "pair")
    kept = tmp_path / "traces" / "regressions" / "pair" / "kept.json"
    kept.parent.mkdir(parents=True)
    text = file.read_text()
    kept.write_text(text)
    file.write_text(text.replace('"rollout"', '"rollout "'))  # what an earlier version wrote: found again, it gets another name
    file = file.rename(file.with_name("00000000.json"))
    again = check(tmp_path, spec=TOLERANT)
    earlier, rollout = again.levels
    assert earlier.reason.startswith("2 of 2")
    assert [one.file for one in earlier.counterexamples] == [str(kept.relative_to(tmp_path))]
    assert earlier.notes == ("1 of them was found again, see below",)
    assert [one.file for one in rollout.counterexamples] == [one.file for one in first.levels[0].counterexamples]
    assert not file.exists()
    assert all((tmp_path / one.file).exists() for verdict in again.levels for one in verdict.counterexamples)


class Loaded(Counter):
    age = 0

    def state(self) -> dict[str, int]:
        return {"n": self.n, "age": self.age}

    def load(self, state: dict[str, int]) -> dict[str, object]:
        self.n, self.age = state["n"], state["age"]
        return {"obs": self.n}


class Ageing(Loaded):
    """Loads a state that is older than the one it was given."""

    def load(self, state: dict[str, int]) -> dict[str, object]:
        return super().load({**state, "age": state["age"] + 1})


@pytest.mark.parametrize(("mode", "relies"), [("seeded", False), ("injected", True), ("teacher", True)])
def test_a_law_of_loading_that_the_target_breaks_is_said_under_the_verdict_where_the_mode_loads(
    tmp_path: Path, mode: str, relies: bool
) -> None:
    opening = Opening(tmp_path, {"reference": Loaded, "target": Ageing})
    spec = spec_from_mapping({"mode": mode, "fields": {"state.age": {"ignore": True, "because": "a test"}}})
    report = check_pair(PairSpec("pair", "object:reference", "object:target", spec), Run(opening, Budget(episodes=3), ("rollout",)))
    assert report.outcome is Outcome.EQUIVALENT
    assert report.conformance[0].startswith("object:target: a loaded state is shown again: ")
    lines = render_text(Report((report,))).splitlines()
    assert lines[1].startswith("  but        the target's load breaks a law, and this mode relies on it: a loaded state is ") == relies
