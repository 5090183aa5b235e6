from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from equivcheck.backends.local import LocalBackend
from equivcheck.backends.plain import PlainInstance, legal_mask
from equivcheck.model.request import FULL, Greeting
from equivcheck.model.script import Episode
from equivcheck.model.space import DictSpace, Discrete, MultiBinary, MultiDiscrete, Space, TupleSpace
from equivcheck.model.values import same_value

THREE, SHIFTED = Discrete(3), Discrete(3, start=-1)
PARTS = TupleSpace((THREE, Discrete(2)))
DUEL = DictSpace((("a", THREE), ("b", Discrete(2))))


@pytest.mark.parametrize(
    ("space", "legal", "mask"),
    [
        (THREE, np.array([True, False, True]), [True, False, True]),
        (THREE, [True, False, True], [True, False, True]),
        (THREE, [2, 0], [True, False, True]),
        (THREE, {2, 0}, [True, False, True]),
        (THREE, range(2), [True, True, False]),
        (THREE, np.array([1], np.uint8), [False, True, False]),
        (THREE, [], [False, False, False]),
        (SHIFTED, [-1, 1], [True, False, True]),
    ],
)
def test_bools_and_lists_of_allowed_actions_are_one_mask(space: Space, legal: Any, mask: list[bool]) -> None:
    assert same_value(legal_mask(space, legal), np.array(mask))


def test_masks_of_parts_and_of_agents_are_nested() -> None:
    parts = [np.array([False, True, False]), np.array([True, True])]
    assert same_value(legal_mask(PARTS, ([1], [True, True])), parts)
    assert same_value(legal_mask(MultiDiscrete((3, 2), (5, 0)), [[6], [0, 1]]), parts)
    assert same_value(legal_mask(DUEL, {"b": [0]}, ("a", "b")), {"b": np.array([True, False])})
    assert legal_mask(DUEL, {}, ("a", "b")) == {}
    assert legal_mask(MultiBinary((2,)), [1, 0]) == [1, 0]  # of other spaces there are no masks: it is a field like any other


@pytest.mark.parametrize(
    ("space", "legal", "agents", "words"),
    [
        (THREE, [True, True], (), "`legal` has 2 entries for 3 actions"),
        (THREE, np.ones(4, bool), (), "`legal` has 4 entries for 3 actions"),
        (THREE, [0, 7], (), "`legal` names action 7, outside 0..2"),
        (THREE, [-1], (), "`legal` names action -1, outside 0..2"),
        (SHIFTED, [2], (), "`legal` names action 2, outside -1..1"),
        (THREE, [0.5], (), "`legal` names action 0.5, outside 0..2"),
        (THREE, ["left"], (), "`legal` names action 'left', outside 0..2"),
        (THREE, np.array([1, 0, 1], np.int8), (), "`legal` names action 1 twice; a mask is made of bools"),
        (THREE, np.ones((3, 1), bool), (), "bools, or a list of the allowed actions, are wanted"),
        (THREE, 2, (), "`legal` is 2; bools, or a list of the allowed actions, are wanted"),
        (PARTS, [[True, True, True], [2]], (), "`legal[1]` names action 2, outside 0..1"),
        (PARTS, [[0]], (), "`legal` needs one entry for each of 2 parts of an action; it has 1"),
        (PARTS, 1, (), "`legal` needs one entry for each of 2 parts of an action; it is of the type `int`"),
        (MultiDiscrete((3, 2)), [[True] * 3, [True] * 3], (), "`legal[1]` has 3 entries for 2 actions"),
        (DUEL, {"b": [True]}, ("a", "b"), "`legal.b` has 1 entry for 2 actions"),
        (DUEL, {"c": [0]}, ("a", "b"), "`legal` needs to be a dict of masks by agent, of a, b; it names c"),
        (DUEL, [True], ("a", "b"), "`legal` needs to be a dict of masks by agent, of a, b; it is of the type `list`"),
    ],
)
def test_what_does_not_fit_the_actions_is_said_in_words(space: Space, legal: Any, agents: tuple[str, ...], words: str) -> None:
    with pytest.raises((TypeError, ValueError), match=re.escape(words)):
        legal_mask(space, legal, agents)


class Narrow:
    """Has three actions, and a mask of two."""

    actions = 3

    def reset(self, seed: int) -> dict[str, Any]:
        return {"obs": seed}

    def step(self, action: int) -> dict[str, Any]:
        return {"obs": action}

    def legal(self) -> Any:
        return [True, True]


class Showing(Narrow):
    """The same, with the mask among the fields."""

    legal = None

    def reset(self, seed: int) -> dict[str, Any]:
        return {"obs": seed, "legal": np.array([True, True])}


@pytest.mark.parametrize("kind", [Narrow, Showing])
def test_a_mask_that_does_not_fit_ends_the_episode_with_its_reason(kind: type) -> None:
    backend = LocalBackend(lambda: PlainInstance(kind()), Greeting("narrow"))
    (end,) = backend.reset([0], [Episode()], FULL).ends
    assert (end.kind, "`legal` has 2 entries for 3 actions" in end.words) == ("failed", True)
