from __future__ import annotations

import re
from dataclasses import replace

import pytest

from equivcheck.model.divergence import Difference, Divergence
from equivcheck.model.script import Episode, Script
from equivcheck.model.verdict import Counterexample, Coverage, FieldCount, Outcome, PairReport, Report, Shrink, Verdict
from equivcheck.reports import FORMATS
from equivcheck.reports.text import render_text

DIFFERENCES = tuple(Difference(path, "value", 1.0, 2.0, 1.0) for path in ("reward", "obs", "a", "b", "c", "d", "e"))
SMALLEST = Counterexample(
    "toy", Script((Episode(0, actions=(2,)),)), Divergence(0, 0, 1, DIFFERENCES), ({}, {}), ({}, {}), shrink=Shrink(1, 1, 1, 0.1)
)
COUNTED = Coverage({"obs": FieldCount(compared=1)}, {"2": 1}, {"obs: atol": 1}, {"terminated": 1}, 1, 1, 1, 1)


def report(*levels: Verdict) -> Report:
    return Report((PairReport("toy", {"address": "a"}, {"address": "b"}, "seeded", levels),))


@pytest.mark.parametrize("name", ["text", "brief", "junit"])
def test_one_of_a_thing_is_not_called_many(name: str) -> None:
    text = FORMATS[name](report(Verdict("rollout", Outcome.DIVERGENT, "it parts", COUNTED, (SMALLEST,))))
    assert "1" in text
    assert not re.findall(r"\b1 (?:actions|episodes|steps|leaves|replays|times|more:)|\(s\)", text)


def test_levels_are_one_blank_line_apart() -> None:
    earlier = Verdict("regressions", Outcome.DIVERGENT, "still failing", Coverage(episodes=1), (SMALLEST, replace(SMALLEST, file="a.json")))
    text = render_text(report(earlier, Verdict("rollout", Outcome.DIVERGENT, "it parts", COUNTED, (SMALLEST,))))
    assert "\n\n\n" not in text
    assert "\n\n  DIVERGENT  rollout: " in text
    assert "\n\n  compared " in text


def test_what_is_found_again_is_shown_once_and_where_it_lies_now() -> None:
    old, new = (replace(SMALLEST, file=f".equivcheck/found/toy/{name}.json") for name in ("old", "new"))
    kept = replace(SMALLEST, file="traces/regressions/toy/kept.json")
    earlier = Verdict("regressions", Outcome.DIVERGENT, "2 of 2 earlier findings still failing", Coverage(episodes=2), (old, kept))
    text = render_text(report(earlier, Verdict("rollout", Outcome.DIVERGENT, "it parts", COUNTED, (new,))))
    assert re.findall(r"rerun +equivcheck replay (\S+)", text) == [kept.file, new.file]
    assert "1 of them was found again, see below" in text
    assert old.file in render_text(report(earlier, Verdict("rollout", Outcome.EQUIVALENT, "all agree", COUNTED)))


def test_a_recording_without_actions_is_not_given_any() -> None:
    blind = replace(SMALLEST, script=Script((Episode(0, actions=(None, None)),)), shrink=None)
    counted = replace(COUNTED, actions={"None": 2})
    text = render_text(report(Verdict("diff", Outcome.DIVERGENT, "it parts", counted, (blind,))))
    assert "reward = 1.0" in text
    assert "None" not in text
    assert "null" not in text
    at_once = replace(blind, script=Script((Episode(7),)))
    assert '"seed": 7' in render_text(report(Verdict("rollout", Outcome.DIVERGENT, "it parts", COUNTED, (at_once,))))
