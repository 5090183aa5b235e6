"""Teams, options and states that are none: the port of Generation 1 refuses them in the reference's words."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

pytest.importorskip("jax")
sys.path.append(str(Path(__file__).parents[2] / "adapters" / "jax_target"))

import jax
import numpy as np
from gen1 import adapter

from equivcheck.model.request import FULL
from equivcheck.model.script import Episode

pytestmark = pytest.mark.jax
needs_showdown = pytest.mark.skipif(shutil.which("npm") is None, reason="node and npm are not installed")

TACKLE = {"species": "Pikachu", "moves": ["tackle"]}


BAD_TEAMS = [
    ([{"species": "Pikachoo", "moves": ["tackle"]}], "p1, Pokemon 1: species Pikachoo is unknown"),
    ([{"species": "Chikorita", "moves": ["tackle"]}], "p1, Pokemon 1: species Chikorita is unknown"),
    ([{"moves": ["tackle"]}], "p1, Pokemon 1: species is no name"),
    ([TACKLE, {"species": "Pikachu", "moves": ["tackel"]}], "p1, Pokemon 2: move tackel is unknown"),
    ([{"species": "Pikachu", "moves": ["crunch"]}], "p1, Pokemon 1: move crunch is unknown"),
    ([{**TACKLE, "item": "leftovers"}], "p1, Pokemon 1: item leftovers is unknown"),
    ([{**TACKLE, "nature": 7}], "p1, Pokemon 1: its nature is no text"),
    ([TACKLE] * 7, "p1 has 7 Pokemon: a team has 1 to 6"),
    ([], "p1 has 0 Pokemon: a team has 1 to 6"),
    ([7], "p1, Pokemon 1: a Pokemon is a map"),
    ([{**TACKLE, "moves": ["growl", "splash"]}], "p1 has no move that does damage"),
    ([{**TACKLE, "moves": []}], "p1, Pokemon 1 has no moves"),
    ([{**TACKLE, "moves": ["tackle", "tackle"]}], "p1, Pokemon 1 has a move twice"),
    ([{**TACKLE, "moves": ["struggle"]}], "p1, Pokemon 1 has Struggle, which no Pokemon learns"),
    ([{**TACKLE, "moves": ["tackle", "surf", "cut", "fly", "dig"]}], "p1, Pokemon 1 has 5 moves: at most 4"),
    ([{**TACKLE, "level": 0}], "p1, Pokemon 1: level 0 is not from 1 to 100"),
    ([{**TACKLE, "level": 101}], "p1, Pokemon 1: level 101 is not from 1 to 100"),
    ([{**TACKLE, "level": 5.5}], "p1, Pokemon 1: level 5.5 is not from 1 to 100"),
    ([{**TACKLE, "evs": {"spa": 1, "spd": 2}}], "p1, Pokemon 1: spa and spd are one stat in Generation 1"),
    ([{**TACKLE, "evs": {"hp": 256}}], "p1, Pokemon 1: ev hp 256 is not from 0 to 255"),
    ([{**TACKLE, "ivs": {"spe": -1}}], "p1, Pokemon 1: iv spe -1 is not from 0 to 31"),
    ([{**TACKLE, "ivs": 5}], "p1, Pokemon 1: ivs are a map"),
    (7, "p1 has no team: a list of Pokemon, or Showdown's packed text"),
]
BAD_OPTIONS = [
    ({"speed": 2}, "no option is called speed: there are format, teams, strict, draws"),
    ({"teams": 7}, "the option teams is a map of p1 and p2"),
    *(({"teams": {"p1": team, "p2": [TACKLE]}}, words) for team, words in BAD_TEAMS),
]


@pytest.mark.parametrize(("options", "words"), BAD_OPTIONS, ids=[words for _, words in BAD_OPTIONS])
def test_bad_options_are_refused_in_words(options, words):
    with pytest.raises(ValueError) as refusal:  # noqa: PT011  # the words are compared whole
        adapter.begin(options, 4)
    assert str(refusal.value) == words


@needs_showdown
def test_the_reference_refuses_them_in_the_same_words(showdown):
    for options, words in BAD_OPTIONS:
        assert [end.words for end in showdown.reset([0], [Episode(4, options=options)], FULL).ends] == [words]
    assert not showdown.reset([0], [Episode(4)], FULL).ends


def test_what_only_showdown_knows_is_refused():
    both = {"p1": [TACKLE], "p2": [TACKLE]}
    for options, words in [
        ({"teams": both, "strict": True}, "strict: only Showdown has the validator"),
        ({"teams": {**both, "p2": "Pikachu|||static|tackle||||||"}}, "p2: packed text is read by Showdown alone"),
        ({"format": "gen1ou"}, "name no format"),
    ]:
        with pytest.raises(ValueError, match=words):
            adapter.begin(options, 4)
    assert adapter.begin({"teams": both, "strict": True}, None) is None, "the state that it starts from has been made of them"


def change(state, path, value):
    """Return a copy of a canonical state with one number changed, or with a key less where the value is None."""
    copy = {key: change(item, "", 0) if isinstance(item, dict) else np.array(item) for key, item in state.items()}
    if path:
        *groups, last = path.split(".")
        inner = copy
        for group in groups:
            inner = inner[group]
        name, _, index = last.partition("[")
        if value is None:
            del inner[name]
        elif index:
            inner[name].reshape(-1)[int(index[:-1])] = value
        else:
            inner[name] = np.array(value)
    return copy


BAD_STATES = [
    ("p1.species[0]", 152, "p1.species: species 152 is not from 0 to 151"),
    ("p1.level[0]", 101, "p1.level: level 101 is not from 0 to 100"),
    ("p1.level[0]", 0, "p1, Pokemon 1: level 0 is not from 1 to 100"),
    ("p2.moves[0]", 200, "p2.moves: move 200 is not from 0 to 164"),
    ("p1.moves[0]", 0, "p1, Pokemon 1 has no moves"),
    ("p1.moves[1]", 33, "p1, Pokemon 1 has a move twice"),
    ("p1.species", [1, 1, 1, 1, 1, 1, 1], "p1 has 7 Pokemon: a team has 1 to 6"),
    ("p1.species", [0] * 6, "p1 has 0 Pokemon: a team has 1 to 6"),
    ("p1.species[4]", 3, "p1.species: empty places come last"),
    ("p1.hp[3]", 3, "p1.hp[3]: nobody is there"),
    ("rng", [1], "rng has 1 numbers, not 2"),
    ("rng", [-1, 2], "rng: -1 is not from 0 to 4294967295"),
    ("p2.volatile.rage", None, "the state has no p2.volatile.rage"),
    ("p2", None, "the state has no map p2"),
    ("p1.stats[1]", 998, "p1, Pokemon 1: no Pikachu of level 100 has atk 998"),
    ("p1.hp[0]", 999, "p1, Pokemon 1: hp 999 is more than it can have"),
    ("p1.hp[0]", 0, "p1 is asked to move, and its Pokemon has fainted"),
    ("p1.request", 0, "requests 0 and 1: both move (1), or whoever lost a Pokemon switches (2) while the other waits (0)"),
    ("winner", 1, "nobody is asked when the battle is over"),
    ("p1.active", 3, "p1.active: nobody is there"),
    ("p1.selected", 170, "p1.selected: move 170 is unknown"),
    ("p1.switch_speed", 9, "p1.switch_speed is that of a fainted Pokemon, and above 0 only then"),
    ("p1.active_pokemon.species", 0, "p1.active_pokemon has no species or type"),
    ("p1.active_pokemon.stored[2]", 0, "p1.active_pokemon: a stat is below 1"),
    ("p1.volatile.trapped", 1, "p1.volatile: trapped and trapped_by come together"),
    ("p1.active_pokemon.moves[0]", 57, "p1.active_pokemon.moves[0]: only a virtual slot holds another move than its set"),
    ("p1.active_pokemon.pp[0]", 3, "p1.active_pokemon.pp[0] differs from the pp of its set"),
    ("p1.status[0]", 7, "p1.status: 7 is not from 0 to 6"),
    ("p1.sleep[0]", 2, "p1, Pokemon 1 is not asleep: sleep and rested are 0"),
    ("turn", 1.5, "turn: 1.5 is not from 1 to 1001"),
]


@pytest.fixture(scope="module")
def whole():
    return adapter.begin({"teams": {"p1": [TACKLE, TACKLE], "p2": [TACKLE]}}, 8)


@pytest.mark.parametrize(("path", "value", "words"), BAD_STATES, ids=[words for *_, words in BAD_STATES])
def test_bad_states_are_refused_in_words(whole, path, value, words):
    rows = jax.tree.map(lambda leaf: np.asarray(leaf)[None], change(whole, path, value))
    with pytest.raises(ValueError) as refusal:  # noqa: PT011  # the words are compared whole
        adapter.import_state(rows)
    assert str(refusal.value) == words
    adapter.import_state(jax.tree.map(lambda leaf: np.asarray(leaf)[None], whole))


@needs_showdown
def test_the_reference_refuses_the_same_states(showdown, whole):
    showdown.reset([0], [Episode(8)], FULL)
    for path, value, words in BAD_STATES:
        assert [end.words for end in showdown.load([0], [change(whole, path, value)], FULL).ends] == [words], path
    assert not showdown.load([0], [whole], FULL).ends
