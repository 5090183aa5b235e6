"""What battles exercised: every interaction fires in a recorded step of the reference, and not in the same step with one thing planted."""

from __future__ import annotations

import copy
import gzip
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parents[2] / "adapters" / "jax_target"))

from gen1 import prove
from gen1.coverage import facts
from gen1.coverage.counting import EXECUTED_MIN, LASTING, Tally, moments_of
from gen1.coverage.interactions import GROUPS, RULES, fired
from gen1.coverage.listening import ListeningBackend
from gen1.coverage.moments import SIDES, Moment
from gen1.coverage.report import render_coverage

from equivcheck.backends.opening import wrap
from equivcheck.generation import make_rolls
from equivcheck.model.columns import columnise
from equivcheck.model.request import Ask
from equivcheck.model.script import Episode, Script
from equivcheck.model.trace import Run, Trace

ROOT = Path(__file__).parents[2]
RECORDED = ROOT / "adapters" / "jax_target" / "gen1" / "golden" / "interactions.json.gz"
STEPS = json.loads(gzip.decompress(RECORDED.read_bytes()))
LISTED_MIN = 60


def overlaid(old, changes):
    new = copy.deepcopy(old)
    for key, value in changes.items():
        new[key] = overlaid(new[key], value) if isinstance(value, dict) else value
    return new


def unfold(step):
    """Return (before, after, events) of a recorded step, as states."""
    before = {side: step["before"][side] for side in SIDES}
    after = {side: overlaid(before[side], step["after"][side]) for side in SIDES}
    return before, {**after, "turn": step["turn"], "winner": step["winner"]}, step["events"]


def plants(before, after, events):
    """Yield what was planted, and the step with it: a line of the log gone, all of a kind, a move not called, or a leaf changed."""
    for number, line in enumerate(events):
        bare = ["|".join(line.split("|")[:4])] if line.startswith("move|") else []
        yield f"{bare} for {line}", (before, after, [*events[:number], *bare, *events[number + 1 :]])
    for kind in {line.split("|")[0] for line in events}:
        yield f"no {kind}", (before, after, [line for line in events if not line.startswith(f"{kind}|")])
    yield "the turn before the last", (before, {**after, "turn": after["turn"] - 1}, events)
    told = {side: after[side] | {"selected": 0, "shown_selected": 0} for side in SIDES}
    yield "both told what was selected", (before, {**after, **told}, events)
    for which, state in (("before", before), ("after", after)):
        for path in leaf_paths(state):
            for other in (0, 1, 5):
                changed = with_leaf(state, path, other)
                step = (changed, after, events) if which == "before" else (before, changed, events)
                yield f"{which}.{'.'.join(map(str, path))} = {other}", step


def with_leaf(state, path, value):
    """Return the state with a leaf changed on the sides that the path names; all of it where it is a list."""
    sides, *above, last = path
    changed = copy.deepcopy(state)
    for side in sides:
        inner = changed[side]
        for key in above:
            inner = inner[key]
        inner[last] = [value] * len(inner[last]) if isinstance(inner[last], list) else value
    return changed


def leaf_paths(state):
    for sides in (("p1",), ("p2",), SIDES):
        half = state[sides[0]]
        yield from ((sides, group, name) for group in ("volatile", "active_pokemon") for name in half[group])
        yield from ((sides, name) for name in ("request", "selected", "shown_selected", "selected_slot", "hp", "status", "rested"))
        yield from ((sides, name, half["active"]) for name in ("hp", "status", "pp"))


def test_sixty_interactions_and_more_are_listed_each_with_a_name_and_a_sentence_of_its_own():
    rules = [rule for group in GROUPS.values() for rule in group]
    assert len(rules) == len(RULES) >= LISTED_MIN
    assert len({rule.sentence for rule in rules}) == len(rules)


def test_a_step_is_recorded_for_every_interaction():
    assert set(STEPS) == set(RULES)


@pytest.mark.parametrize("name", RULES)
def test_an_interaction_fires_where_it_was_recorded_and_not_with_one_thing_planted(name):
    before, after, events = unfold(STEPS[name])
    assert name in fired(Moment(before, after, events))
    silenced = next((what for what, step in plants(before, after, events) if name not in fired(Moment(*step))), "")
    assert silenced, f"{name} fires whatever is planted"


def test_an_empty_tally_lacks_everything_that_is_listed():
    lacks = Tally().lacks()
    assert f"Pound: executed 0 times, of {EXECUTED_MIN}" in lacks
    assert {f"{name}: never fired" for name in RULES} <= set(lacks)
    assert {"Mew: never out", "slp: never begun", "Splash: never hit", "Struggle: never knocked out", "Tackle: never missed"} <= set(lacks)
    assert not {"Swift: never missed", "Splash: never missed", "Growl: never knocked out", "rage: never ended"} & set(lacks)


def steps_trace(*names):
    """Return a Trace of episodes of one recorded step each."""
    rows = []
    for name in names:
        before, after, events = unfold(STEPS[name])
        seen = {"turn": 1, "winner": 0}
        rows.append({"state": {**seen, **as_arrays(before)}, "events": [], "truncated": False})
        rows.append({"state": as_arrays(after), "events": events, "truncated": name == names[-1]})
    scripts = (Script(tuple(Episode(actions=({"p1": 0, "p2": 0},)) for _ in names)),)
    runs = tuple(Run(0, number, 2 * number, 2) for number in range(len(names)))
    return Trace(scripts, runs, columnise(rows))


def as_arrays(tree):
    if isinstance(tree, dict):
        return {key: as_arrays(value) for key, value in tree.items()}
    return np.asarray(tree, np.int16) if isinstance(tree, list) else tree


def test_a_trace_is_counted_step_by_step():
    tally = Tally()
    tally.see(steps_trace("Substitute lasts", "trap starts", "Counter against Normal", "wakes"))
    assert (tally.battles, tally.steps, tally.truncated) == (4, 4, 1)
    assert all(tally.interactions[name] for name in ("Substitute lasts", "trap starts", "Counter against Normal", "wakes"))
    assert tally.executed["Counter"] == tally.hit["Counter"] >= 1
    assert tally.begun["trapping"] == 1
    assert tally.ended["slp"] == 1
    assert sum(tally.species.values()) == 4 * 4


def test_a_trace_without_events_is_refused():
    trace = steps_trace("wakes")
    bare = Trace(trace.scripts, trace.runs, {path: column for path, column in trace.columns.items() if not path.startswith("events")})
    with pytest.raises(ValueError, match="shows no coverage"):
        next(moments_of(bare))


def test_the_report_says_last_what_never_was():
    tally = Tally()
    tally.see(steps_trace("Substitute lasts"))
    text = render_coverage(tally)
    assert text.startswith(f"COVERAGE  {len(tally.lacks())} of what is listed not reached\n")
    assert "Substitute lasts" in text.split("never ")[0]
    assert text.rstrip().endswith(tally.lacks()[-1])
    assert all(name in text for name in (*RULES, *LASTING))
    for counts in (tally.executed, tally.hit, tally.missed, tally.knocked_out, tally.interactions, tally.begun, tally.ended):
        counts.update(dict.fromkeys((*facts.NUMBERS, *RULES, *facts.STATUSES[1:], *LASTING), EXECUTED_MIN))
    tally.species.update(range(1, 152))
    assert render_coverage(tally).startswith("COVERAGE  complete\n")
    assert render_coverage(tally).rstrip().endswith("never      nothing that is listed")


class Counter:
    """Counts its actions; its state says so."""

    actions = 3

    def reset(self, seed):
        self.count = 0
        return {"obs": 0, "state": {"count": 0}}

    def step(self, action):
        self.count += 1
        return {"obs": action, "reward": 0.0, "terminated": self.count == 4, "state": {"count": self.count}}


def test_a_listener_hears_rolls_in_full_and_nothing_else():
    heard = []
    backend = ListeningBackend(wrap(Counter, "counter"), heard.append)
    script = Script((Episode(actions=(0, 1)),))
    assert backend.play([0], [script], Ask("bare")).step_count == 3
    assert heard == []
    rolled = backend.roll([0], make_rolls("uniform", backend.greeting.actions, [(Episode(1),)], 10), Ask("bare"))
    assert [rolled] == heard
    assert rolled.columns["state.count"].values.tolist() == [0, 1, 2, 3, 4]


@pytest.mark.skipif(shutil.which("npm") is None, reason="node and npm are not installed")
def test_a_part_of_the_full_run_says_what_it_reached(capsys):
    """The reference stands for the port here: what is tested is the run."""
    code = prove.prove(4, 1, "../../node_showdown:gen1")
    out = capsys.readouterr().out
    assert code == prove.UNREACHED
    assert out.count("EQUIVALENT  ") == 4
    assert "\n  seen       4 battles, " in out
    assert "never fired" in out


@pytest.mark.skipif(shutil.which("npm") is None, reason="node and npm are not installed")
def test_a_run_that_cannot_decide_is_no_proof(capsys):
    assert prove.prove(2, 1, "../../nowhere:gen1") == 4
    assert capsys.readouterr().out.count("INCONCLUSIVE  ") == 4
