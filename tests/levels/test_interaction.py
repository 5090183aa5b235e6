"""The level interaction, on a duel in which some faults need two or three things at once."""

import sys

import pytest

from equivcheck.backends.opening import Opening
from equivcheck.levels import LEVELS
from equivcheck.model.contract import spec_from_mapping
from equivcheck.model.spec import PairSpec
from equivcheck.model.verdict import Outcome
from equivcheck.pair import Budget
from equivcheck.runner import Run, check_pair

DUEL = '''
MOVES = ("strike", "guard", "drain", "rest")


class Duel:
    actions = 4

    def reset(self, seed):
        return self.load({"hp": 20, "foe": 20, "condition": "well", "item": "nothing"})

    def step(self, action):
        self.events = []
        self.act(MOVES[action])
        self.phases = {"move": {"hp": self.hp, "foe": self.foe}}
        if self.condition == "poisoned":
            self.hurt()
        self.phases["end"] = {"hp": self.hp}
        return {**self.seen(), "reward": 0.0, "events": self.events, "phases": self.phases}

    def act(self, move):
        self.events.append(move)
        if move in ("strike", "drain"):
            self.foe -= 3 if self.item == "shield" else 6
        if move == "drain":
            self.hp = min(self.hp + 3, 20)

    def hurt(self):
        self.hp -= 2
        self.events.append("poison")

    def seen(self):
        state = {"hp": self.hp, "foe": self.foe, "condition": self.condition, "item": self.item}
        return {"obs": [self.hp, self.foe], "terminated": self.hp <= 0 or self.foe <= 0, "state": state}

    def load(self, state):
        self.hp, self.foe, self.condition, self.item = (state[key] for key in ("hp", "foe", "condition", "item"))
        if (self.condition, self.item) == ("poisoned", "cure"):
            raise ValueError("a cure heals at once")
        return self.seen()

    def state(self):
        return self.seen()["state"]


class PoisonsFirst(Duel):
    """The order of a drain and poison is another, which shows at the most hp alone."""

    def step(self, action):
        self.events = []
        if self.condition == "poisoned" and MOVES[action] == "drain":
            self.hurt()
            self.act("drain")
            self.phases = {"move": {"hp": self.hp, "foe": self.foe}, "end": {"hp": self.hp}}
            return {**self.seen(), "reward": 0.0, "events": self.events, "phases": self.phases}
        return super().step(action)


class Breaks(Duel):
    """A shield breaks a charm that nobody has, under poison."""

    def act(self, move):
        super().act(move)
        if (move, self.condition, self.item) == ("guard", "poisoned", "shield"):
            self.foe -= 1


def factors():
    return {"move": MOVES, "condition": ["well", "poisoned"], "item": ["nothing", "shield", "cure"], "hp": [5, 20]}


def script(move, condition, item, hp):
    return {"start": {"hp": hp, "foe": 20, "condition": condition, "item": item}, "actions": [MOVES.index(move)]}


def unbuilt(move, condition, item, hp):
    return None if (condition, item) == ("poisoned", "cure") else script(move, condition, item, hp)


def no_cured_poison(condition, item):
    return (condition, item) != ("poisoned", "cure")


def about_nothing(weather):
    return True


def wrong_keys(move, condition, item, hp):
    return {"start": {}, "moves": []}


def fails(move, condition, item, hp):
    raise KeyError(item)
'''
PLAN = {
    "factors": "duel:factors",
    "script": "duel:script",
    "constraints": ["duel:no_cured_poison"],
    "triples": ["move", "condition", "item"],
}

UNCONSTRAINED = {key: value for key, value in PLAN.items() if key != "constraints"}


@pytest.fixture
def check(tmp_path, monkeypatch):
    (tmp_path / "duel.py").write_text(DUEL)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "duel", raising=False)

    def check(target, plan=PLAN, **changes):
        spec = spec_from_mapping({"mode": "seeded", "levels": ["interaction"], "interaction": {**plan, **changes}})
        report = check_pair(
            PairSpec("duel", "python:duel:Duel", f"python:duel:{target}", spec), Run(Opening(tmp_path), Budget(), save=False)
        )
        (verdict,) = report.levels
        return verdict

    return check


def test_the_control_is_equivalent_and_says_what_cannot_be(check):
    verdict = check("Duel")
    assert verdict.outcome is Outcome.EQUIVALENT, verdict.reason
    pairs = 4 * 2 + 4 * 3 + 4 * 2 + (2 * 3 - 1) + 2 * 2 + 3 * 2
    assert verdict.bound.startswith(f"all {pairs + 4 * 5} pairs and triples of values that may occur together, in ")
    assert verdict.coverage.impossible[0] == "condition = poisoned & item = cure"
    assert len(verdict.coverage.impossible) == 1 + 4


def test_the_order_inside_a_step_is_named_by_its_phase_and_event(check):
    verdict = check("PoisonsFirst")
    assert verdict.outcome is Outcome.DIVERGENT
    found = verdict.counterexamples[0]
    assert [(one.kind, one.name) for one in found.divergence.inside] == [("phase", "end"), ("event", "drain")]
    assert found.depends[-2:] == (
        "on move = drain & condition = poisoned & hp = 20",
        "not on item (1 other value tried)",
    )
    assert found.script.action_count == 1


def test_a_fault_of_three_values_needs_the_triples(check):
    verdict = check("Breaks")
    depends = verdict.counterexamples[0].depends
    assert depends[-2:] == ("on move = guard & condition = poisoned & item = shield", "not on hp (1 other value tried)")


def test_scripts_that_no_side_can_begin_are_no_pass(check):
    verdict = check("Duel", UNCONSTRAINED)
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert "combinations of values came into no script that was played to its end: condition = poisoned & item = cure" in verdict.reason


def test_scripts_that_are_not_made_are_no_pass(check):
    verdict = check("Duel", UNCONSTRAINED, script="duel:unbuilt")
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert "'duel:unbuilt' made no script of" in " ".join(verdict.notes)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"constraints": ["duel:about_nothing"]}, "the constraint 'duel:about_nothing' has parameters named after factors"),
        ({"triples": ["move", "weather", "item"]}, "triples names 'weather'"),
        ({"triples": ["move", "item"]}, "three of them or more"),
        ({"script": "duel:wrong_keys"}, "returns a dict with a list of `actions`"),
        ({"script": "duel:fails"}, "'duel:fails', asked for"),
        ({"factors": "duel:MOVES"}, "failed"),
        ({"factors": "duel:nowhere"}, "cannot be loaded"),
    ],
)
def test_what_is_declared_wrongly_is_said_in_words(check, change, words):
    verdict = check("Duel", **change)
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert words in verdict.reason


def test_without_factors_the_level_says_what_to_declare(tmp_path, check):
    spec = spec_from_mapping({"mode": "seeded", "levels": ["interaction"]})
    report = check_pair(PairSpec("duel", "python:duel:Duel", "python:duel:Duel", spec), Run(Opening(tmp_path), Budget(), save=False))
    assert "the contract says nothing of what interacts" in report.levels[0].reason


def test_a_contract_with_factors_has_the_level_among_its_own():
    plain = spec_from_mapping({}).levels
    assert spec_from_mapping({"interaction": PLAN}).levels == tuple(level for level in LEVELS if level in (*plain, "interaction"))
