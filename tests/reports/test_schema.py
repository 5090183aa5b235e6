from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from equivcheck.backends.opening import Opening
from equivcheck.model.spec import PairSpec
from equivcheck.model.verdict import Outcome, Report
from equivcheck.pair import Budget
from equivcheck.reports import FORMATS
from equivcheck.reports.schema import report_schema
from equivcheck.runner import Run, check_pair


class Counter:
    actions = 3
    wrong: Any = None

    def reset(self, seed: int) -> dict[str, object]:
        self.n = seed % 3
        return {"obs": self.n}

    def step(self, action: int) -> dict[str, object]:
        self.n += action
        reward = self.wrong if self.wrong is not None and self.n == 5 else float(action)
        return {"obs": self.n, "reward": reward, "terminated": self.n >= 10}


class Undefined(Counter):
    wrong = math.nan


class Endless(Counter):
    wrong = math.inf


class Panicking(Counter):
    def step(self, action: int) -> dict[str, object]:
        if action == 2:
            raise ValueError("two is too many")
        return super().step(action)


class Loading(Counter):
    def state(self) -> dict[str, int]:
        return {"n": self.n}

    def load(self, state: dict[str, int]) -> None:
        self.n = state["n"]


def report_of(target: Callable[[], object]) -> dict[str, Any]:
    """Return the report of a short check that saves what it finds in the current folder."""
    opening = Opening(Path.cwd(), {"reference": Loading if target is Loading else Counter, "target": target})
    checked = check_pair(PairSpec("pair", "object:reference", "object:target"), Run(opening, Budget(episodes=3)))
    plain: dict[str, Any] = json.loads(FORMATS["json"](Report((checked,))))
    return plain


def nothing() -> object:
    raise RuntimeError("no licence")


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("target", "verdict"),
    [
        (Counter, "EQUIVALENT"),
        (Loading, "EQUIVALENT"),
        (Undefined, "DIVERGENT"),
        (Endless, "DIVERGENT"),
        (Panicking, "DIVERGENT"),
        (nothing, "INCONCLUSIVE"),
    ],
)
def test_real_reports_fit_the_schema(target: Callable[[], object], verdict: str) -> None:
    plain = report_of(target)
    assert plain["verdict"] == verdict
    jsonschema.Draft7Validator.check_schema(report_schema())
    jsonschema.validate(plain, report_schema())


def test_a_report_of_nothing_fits_the_schema() -> None:
    plain = json.loads(FORMATS["json"](Report(())))
    assert plain["verdict"] == Outcome.INCONCLUSIVE.value
    jsonschema.validate(plain, report_schema())


def test_every_object_of_the_report_is_closed() -> None:
    """A key that a report gains, loses or misspells must not pass: in each object one is added, and each is removed in turn."""
    plain = report_of(Undefined)
    validator = jsonschema.Draft7Validator(report_schema())
    level = ["pairs", 0, "levels", -1]
    example = [*level, "counterexamples", 0]
    places = [
        [],
        ["pairs", 0],
        level,
        [*level, "coverage"],
        [*level, "coverage", "fields", "reward"],
        example,
        [*example, "differences", 0],
    ]
    places += [[*example, name] for name in ("script", "after", "found_at", "recurred", "shrink")]
    for place in places:
        for change in (lambda table: table.update(surplus=1), lambda table: table.popitem()):
            changed = copy.deepcopy(plain)
            table = changed
            for segment in place:
                table = table[segment]
            change(table)
            assert not validator.is_valid(changed), place
