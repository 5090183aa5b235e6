"""Scripts: written and read back without losing a bit."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equivcheck.model.script import Episode, Script, same_script, script_from_json, script_to_json
from equivcheck.model.values import MISSING

LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=2) | st.binary(max_size=2)
LEAVES |= st.lists(st.floats(width=32), max_size=2).map(lambda items: np.array(items, np.float32))
VALUES = LEAVES | st.lists(LEAVES, max_size=2) | st.dictionaries(st.sampled_from(["a", "$float"]), LEAVES, max_size=2)
ACTIONS = st.lists(VALUES, max_size=3).map(tuple)
EPISODES = st.builds(
    Episode,
    seed=st.integers(0, 2**64 - 1),
    actions=ACTIONS,
    options=st.dictionaries(st.sampled_from(["gravity", "$x"]), VALUES, max_size=2),
    start=st.just(MISSING) | VALUES,
    draws=st.none() | ACTIONS,
)
SCRIPTS = st.builds(Script, st.lists(EPISODES, min_size=1, max_size=3).map(tuple))


@given(SCRIPTS)
def test_a_script_is_read_back_as_it_was_written(script: Script) -> None:
    read = script_from_json(json.loads(json.dumps(script_to_json(script), allow_nan=False)))
    assert repr(read) == repr(script)
    assert same_script(read, script)


@given(SCRIPTS, SCRIPTS)
def test_scripts_are_the_same_where_they_are_written_the_same(a: Script, b: Script) -> None:
    assert same_script(a, b) == (json.dumps(script_to_json(a), sort_keys=True) == json.dumps(script_to_json(b), sort_keys=True))


def test_scripts_that_differ_in_one_bit_are_not_the_same() -> None:
    def one(**changes: Any) -> Script:
        return Script((Episode(**changes),))

    scripts = [
        one(),
        one(seed=1),
        one(actions=(0,)),
        one(actions=(0.0,)),
        one(actions=(-0.0,)),
        one(actions=(False,)),
        one(actions=(math.nan,)),
        one(actions=(np.zeros(1),)),
        one(actions=(np.zeros(1, np.float32),)),
        one(start=None),
        one(draws=()),
        one(options={"a": 0}),
        Script((Episode(), Episode())),
    ]
    for i, a in enumerate(scripts):
        assert [same_script(a, b) for b in scripts] == [i == j for j in range(len(scripts))]


def test_what_is_at_its_default_is_not_written() -> None:
    assert script_to_json(Script((Episode(seed=3, actions=(1,)),))) == {"episodes": [{"seed": 3, "actions": [1]}]}


def test_a_script_counts_its_actions_and_changes_its_last_episode_alone() -> None:
    script = Script((Episode(1, (0, 1)), Episode(2, (1,))))
    assert script.action_count == 3
    assert script.with_last(actions=()) == Script((Episode(1, (0, 1)), Episode(2)))


@pytest.mark.parametrize(
    ("plain", "words"),
    [
        (None, "non-empty list `episodes`"),
        ({}, "non-empty list `episodes`"),
        ({"episodes": []}, "non-empty list `episodes`"),
        ({"episodes": [3]}, r"episodes\[0\] is a map"),
        ({"episodes": [{"seed": 0, "actions": []}, {"seed": 0, "actions": [], "sed": 0}]}, r"episodes\[1\] is a map"),
        ({"episodes": [{"actions": []}]}, r"episodes\[0\].seed"),
        ({"episodes": [{"seed": -1, "actions": []}]}, r"episodes\[0\].seed"),
        ({"episodes": [{"seed": 2**64, "actions": []}]}, r"episodes\[0\].seed"),
        ({"episodes": [{"seed": 1.0, "actions": []}]}, r"episodes\[0\].seed"),
        ({"episodes": [{"seed": True, "actions": []}]}, r"episodes\[0\].seed"),
        ({"episodes": [{"seed": 0}]}, "`actions` and `draws` are lists"),
        ({"episodes": [{"seed": 0, "actions": {}}]}, "`actions` and `draws` are lists"),
        ({"episodes": [{"seed": 0, "actions": [], "draws": {}}]}, "`actions` and `draws` are lists"),
        ({"episodes": [{"seed": 0, "actions": [], "draws": 0}]}, "`actions` and `draws` are lists"),
        ({"episodes": [{"seed": 0, "actions": [], "options": []}]}, "`options` is a map"),
        ({"episodes": [{"seed": 0, "actions": [], "options": 0}]}, "`options` is a map"),
        ({"episodes": [{"seed": 0, "actions": [], "options": {"$float": "inf"}}]}, "`options` is a map"),
        ({"episodes": [{"seed": 0, "actions": [{"$what": 0}]}]}, "unknown object"),
    ],
)
def test_a_malformed_script_is_refused(plain: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        script_from_json(plain)
