"""The rules of Generation 1 by themselves: Showdown's functions and the port's, called with the same arguments."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

pytest.importorskip("jax")
sys.path.append(str(Path(__file__).parents[2] / "adapters" / "jax_target" / "gen1" / "faults"))

from find import plant, read_faults

from equivcheck.backends.given import load_object
from equivcheck.backends.opening import Opening
from equivcheck.backends.plain import read_space
from equivcheck.levels.arguments import every, examples
from equivcheck.levels.calls import calling
from equivcheck.model.contract import read_contract
from equivcheck.model.script import Episode, Script
from equivcheck.model.space import TupleSpace
from equivcheck.model.spec import Mode
from equivcheck.pair import Pair, Side

GEN1 = Path(__file__).parents[2] / "adapters" / "jax_target" / "gen1"
pytestmark = [
    pytest.mark.jax,
    pytest.mark.skipif(shutil.which("npm") is None, reason="node and npm are not installed"),
]
CONTRACT = {pair.name: pair for pair in read_contract((GEN1 / "equivcheck.toml").read_text(encoding="utf-8"))}
PLANS = {plan.name: plan for plan in CONTRACT["gen1"].spec.components}
EXAMPLES = 200


def pair_with(target: str) -> Pair:
    opening = Opening(GEN1)
    spec = CONTRACT["gen1"].spec
    return Pair("gen1", Side(CONTRACT["gen1"].reference, opening), Side(target, opening), spec, Mode("reference", "seeded", "never"))


@pytest.fixture(scope="module")
def pair():
    opened = pair_with("..:gen1")
    yield opened
    opened.close()


def play_calls(pair, name):
    """Call a component with some of what the contract says, and return what was played and the arguments."""
    declared = load_object(PLANS[name].arguments, GEN1)()
    space = None if isinstance(declared, list) else read_space(tuple(declared))
    if space is None:
        asked = declared
    else:
        assert isinstance(space, TupleSpace)
        listed = every(space)
        asked = examples(space, EXAMPLES, 0) if listed is None else list(listed)
    asked = asked[:: max(len(asked) // EXAMPLES, 1)]
    called = calling(pair, name, space)
    return called.play([Script((Episode(0, (arguments,)),)) for arguments in asked]), asked


def test_both_sides_export_what_the_contract_calls(pair):
    for side in (pair.reference, pair.target):
        assert set(side.backend.greeting.components) == set(PLANS)


@pytest.mark.parametrize("name", [name for name in PLANS if name != "move"])
def test_the_port_answers_as_showdown(pair, name):
    played, asked = play_calls(pair, name)
    assert not played.comparison.divergences
    assert not played.reference.ends
    assert len(played.reference.scripts) == len(asked) >= EXAMPLES


@pytest.mark.parametrize("name", [name for name in PLANS if name not in ("move", "observation", "reward")])
def test_what_a_turn_calls_is_read_from_the_step_before_it(pair, name):
    """From recorded states, both players using what they have in each slot."""
    states = [state for (state,) in load_object("arguments:observation", GEN1)() if state["p1"]["request"] == state["p2"]["request"] == 1]
    occurs = load_object(PLANS[name].of, GEN1)
    turns = [({"state": state}, {"p1": number % 4, "p2": number // 4 % 4}) for number, state in enumerate(states)]
    lists = [arguments for before, action in turns for arguments in occurs(before, action)][:400]
    assert len(lists) >= 10
    assert occurs({"state": states[0]}, {"p1": 4, "p2": 5}) == [] or name in ("draws", "legal")
    played = calling(pair, name).play([Script((Episode(0, (arguments,)),)) for arguments in lists])
    assert not played.comparison.divergences
    assert not played.reference.ends


@pytest.mark.parametrize(("fault", "name"), [("a stage of 67 hundredths", "stages"), ("the trapped may not switch", "legal")])
def test_a_wrong_line_shows_in_the_component_it_is_in(tmp_path, fault, name):
    plant(next(each for each in read_faults() if each.name == fault), tmp_path / "jax_target")
    pair = pair_with(f"{tmp_path / 'jax_target'}:gen1")
    try:
        played, _ = play_calls(pair, name)
    finally:
        pair.close()
    parted = {divergence.leading.path.split(".")[0] for divergence in played.comparison.divergences}
    assert parted == {name}
