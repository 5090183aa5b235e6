from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from equivcheck.model.cause import Fault, Nature
from equivcheck.model.divergence import Difference, Divergence
from equivcheck.model.script import Episode, Script
from equivcheck.model.verdict import Counterexample, Coverage, FieldCount, Outcome, PairReport, Report, Shrink, Verdict
from equivcheck.reports import FORMATS
from equivcheck.reports.reading import report_from_plain
from equivcheck.reports.schema import report_schema
from equivcheck.reports.text import counterexample_lines, render_text

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


def test_a_recording_without_actions_is_not_given_any() -> None:
    blind = replace(SMALLEST, script=Script((Episode(0, actions=(None, None)),)), shrink=None)
    counted = replace(COUNTED, actions={"None": 2})
    text = render_text(report(Verdict("diff", Outcome.DIVERGENT, "it parts", counted, (blind,))))
    assert "reward = 1.0" in text
    assert "None" not in text
    assert "null" not in text
    at_once = replace(blind, script=Script((Episode(7),)))
    assert '"seed": 7' in render_text(report(Verdict("rollout", Outcome.DIVERGENT, "it parts", COUNTED, (at_once,))))


def evidence(*differences: Difference, **given: Any) -> str:
    """Return the words of a counterexample of one action."""
    divergence = Divergence(0, 0, given.pop("step_index", 1), differences)
    whole: dict[str, Any] = {"before": ({}, {}), "after": ({}, {}), "shrink": None, **given}
    return "\n".join(counterexample_lines(replace(SMALLEST, divergence=divergence, **whole), "rollout"))


def test_before_begins_with_what_parts_and_what_lies_beside_it() -> None:
    riders = [{"to": 3, "vip": False}, {"to": 1, "vip": True}]
    state = {"floor": 1, "door": False, "load": 2, "energy": 0.5, "riders": riders, "queue": []}
    side = {"obs": 1, "state": state}

    def before(*paths: str) -> list[str]:
        shown = evidence(*(Difference(path, "value", 1, 2) for path in paths), before=(side, side))
        (line,) = re.findall(r"before +both +(.*)", shown)
        return re.findall(r"state\.(\S+) =", line)

    assert before("state.riders[1].to", "obs") == ["riders[1].to", "riders[1].vip", "riders[0].to", "riders[0].vip"]
    assert before("state.queue[0].at", "state.energy") == ["queue", "energy", "floor", "door"]
    shown = evidence(Difference("reward", "value", 1, 2), before=(side, {"obs": 1}))
    assert re.search(r"before +both +obs = 1\n", shown)
    assert before("reward") == ["floor", "door", "load", "energy"]


CRASH = Difference("", "crash", "a Step", "out of bounds", words="the target fails here: out of bounds; the reference answers")


def test_a_crash_is_told_once() -> None:
    text = evidence(CRASH)
    assert text.count("out of bounds") == 1
    assert re.search(r"^ +after +the target fails here: out of bounds; the reference answers$", text, re.MULTILINE)
    assert "a Step" not in text
    crashed = replace(SMALLEST, divergence=Divergence(0, 0, 1, (CRASH,)))
    brief = FORMATS["brief"](report(Verdict("rollout", Outcome.DIVERGENT, "it parts", COUNTED, (crashed,))))
    assert brief.count("out of bounds") == 1
    assert "<data></data>" not in brief
    assert "a Step" not in brief


def test_a_crash_at_the_start_shows_where_it_starts() -> None:
    state = {"floor": 1, "door": False}
    loaded = Script((Episode(0, start=state),))
    at_once: dict[str, Any] = {"step_index": 0, "before": None}
    assert re.search(r"start +state\.floor = 1  state\.door = False\n", evidence(CRASH, script=loaded, **at_once))
    seen = evidence(CRASH, script=Script((Episode(7),)), after=({"obs": 4, "state": state}, None), **at_once)
    assert re.search(r"start +reference  state\.floor = 1  state\.door = False\n", seen)


@pytest.mark.parametrize(
    ("apart", "tolerance"),
    [(1.0, "1"), (1.0000000003, "1.01"), (0.172, "0.18"), (0.1, "0.1"), (9.99, "10"), (2.72e-9, "2.8e-09"), (5e-324, "4.9e-324")],
)
def test_the_tolerance_that_would_pass_is_just_above(apart: float, tolerance: str) -> None:
    assert f"; 0 allowed, {tolerance} would pass" in evidence(Difference("obs", "value", 0.0, apart, apart))
    assert apart <= float(tolerance) <= max(1.05 * apart, 5e-324)


def test_the_distance_of_two_identities_is_not_measured() -> None:
    far = Difference("state.rng", "value", 17, 2**63, float(2**63))
    assert "off by" not in evidence(far)
    assert "off by 9.22e+18; 5 allowed" in evidence(replace(far, allowed=5.0))
    assert "off by 3; 0 allowed, 3 would pass" in evidence(Difference("state.floor", "value", 1, 4, 3.0))


DEFECT = Nature("defect", "state.x is off by 0.5 (3 ulps) in one step from equal states", "state.x", 0.5, 3.0, 0.1, None, 4)
CLEARED = Fault(
    "port", (), ("the reference answers alike twice", "the target answers alike twice", "the views answer alike twice", "the target loads")
)
BLAMED = Fault("view", ("it turns\nthings round",), ("the target answers alike twice",))


def test_what_is_behind_a_finding_is_told_in_every_format() -> None:
    text = evidence(Difference("state.x", "value", 1.0, 1.5, 0.5), nature=DEFECT, fault=CLEARED)
    assert "    nature     defect: state.x is off by 0.5" in text
    assert (
        "    fault      port: the reference answers alike twice; the target answers alike twice, loads; the views answer alike twice"
        in text
    )
    assert "    fault      view: it turns things round\n" in evidence(Difference("x", "value", 1, 2), fault=BLAMED) + "\n"
    found = Verdict("rollout", Outcome.DIVERGENT, "it parts", COUNTED, (replace(SMALLEST, nature=DEFECT, fault=BLAMED),))
    short = FORMATS["brief"](report(found))
    assert "nature: <data>defect: " in short
    assert "fault: <data>view: it turns things round</data>" in short
    plain = json.loads(FORMATS["json"](report(found)))
    jsonschema.validate(plain, report_schema())
    (one,) = report_from_plain(plain).pairs[0].levels[0].counterexamples
    assert (one.nature, one.fault) == (DEFECT, BLAMED)


def test_tolerances_are_told_by_horizon_and_no_number_twice() -> None:
    within = {"1": 0.0, "2": 0.25, "5": 0.25, "10": 1.5, "20": 1.5}
    coverage = Coverage({"obs": FieldCount(compared=1, errors_within=within), "n": FieldCount(compared=1)}, {}, {}, {}, 1, 1)
    text = render_text(report(Verdict("rollout", Outcome.DIVERGENT, "it parts", coverage)))
    assert "  tolerance  obs: 0.25 for 2 steps, 1.5 for 10 steps\n" in text
    assert "n: " not in text.partition("tolerance")[2]
