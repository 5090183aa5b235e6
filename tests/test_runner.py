from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from equivcheck.backends.opening import Opening
from equivcheck.findings import found_files
from equivcheck.model.contract import spec_from_mapping
from equivcheck.model.spec import PairSpec, Spec
from equivcheck.model.verdict import Outcome, PairReport
from equivcheck.pair import Budget
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
