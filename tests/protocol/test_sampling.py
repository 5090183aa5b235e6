"""Sampling: the published generator, and actions that lie in their space and their mask."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equivcheck.model.space import Box, Choice, DictSpace, Discrete, MultiBinary, MultiDiscrete, Space, TupleSpace, contains
from equivcheck.model.values import canonical, same_value
from equivcheck.protocol.sampling import SplitMix64, derive, draw, draw_for_agents, next_of_all, outputs

SEEDS = st.integers(0, 2**64 - 1)


@pytest.mark.parametrize(
    ("seed", "published"),
    [
        (0, [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F, 0xF88BB8A8724C81EC]),
        (1234567, [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431]),
    ],
)
def test_the_generator_is_the_published_one(seed: int, published: list[int]) -> None:
    """Source: Vigna's splitmix64.c (prng.di.unimi.it), whose outputs for these seeds are widely printed."""
    rng = SplitMix64(seed)
    assert [rng.next() for _ in published] == published


@given(st.lists(SEEDS, max_size=5), st.integers(1, 4))
def test_many_generators_side_by_side_are_each_the_one(seeds: list[int], rounds: int) -> None:
    states = np.array(seeds, np.uint64)
    rngs = [SplitMix64(seed) for seed in seeds]
    for _ in range(rounds):
        assert next_of_all(states).tolist() == [rng.next() for rng in rngs]
        assert states.tolist() == [rng.state for rng in rngs]


@given(st.lists(SEEDS, max_size=3), st.integers(0, 2**40), st.integers(0, 4))
def test_later_outputs_are_reached_without_the_ones_before(seeds: list[int], first: int, count: int) -> None:
    table = outputs(np.array(seeds, np.uint64), first, count)
    assert table.shape == (len(seeds), count)
    for seed, row in zip(seeds, table.tolist(), strict=True):
        rng = SplitMix64(seed).jump(first)
        assert row == [rng.next() for _ in range(count)]


@given(SEEDS, st.integers(0, 50))
def test_a_jump_is_so_many_draws(seed: int, count: int) -> None:
    rng = SplitMix64(seed)
    for _ in range(count):
        rng.next()
    assert SplitMix64(seed).jump(count).state == rng.state


@given(SEEDS, st.integers(1, 2**64))
def test_bounded_draws_stay_in_bounds_and_cost_one_step(seed: int, count: int) -> None:
    bounded, plain = SplitMix64(seed), SplitMix64(seed)
    assert bounded.below(count) == plain.next() % count
    assert bounded.state == plain.state
    unit = SplitMix64(seed).unit()
    assert 0.0 <= unit < 1.0
    assert unit * 2**53 == SplitMix64(seed).next() >> 11


@given(SEEDS, st.lists(st.integers(-10, 2**40), max_size=3), st.integers(-10, 2**40), st.integers(-10, 2**40))
def test_derived_seeds_are_alike_for_like_labels_alone(seed: int, labels: list[int], a: int, b: int) -> None:
    assert derive(seed, *labels, a) == derive(seed, *labels, a)
    assert (derive(seed, *labels, a) == derive(seed, *labels, b)) == (a == b)
    assert derive(seed, *labels, a) == derive(derive(seed, *labels), a)
    assert 0 <= derive(seed, *labels, a) < 2**64


@st.composite
def boxes(draw_one: st.DrawFn) -> Box:
    dtype = draw_one(st.sampled_from(["float16", "float32", "float64", "int8", "uint8", "int32", "uint32", "int64"]))
    shape = tuple(draw_one(st.lists(st.integers(0, 2), max_size=2)))
    if dtype.startswith("float"):
        number: st.SearchStrategy[float] = st.floats(-6e4, 6e4) | st.just(0.7)
        ends = st.tuples(number, number).map(sorted).flatmap(lambda pair: st.sampled_from(open_ends(*pair)))
    else:
        info = np.iinfo(dtype)
        integer = st.integers(max(int(info.min), -(2**53)), min(int(info.max), 2**53)).map(float)
        ends = st.tuples(integer, integer).map(sorted).map(tuple)
    pairs = [draw_one(ends) for _ in range(math.prod(shape))]
    return Box(shape, dtype, tuple(low for low, _ in pairs), tuple(high for _, high in pairs))


def open_ends(low: float, high: float) -> list[tuple[float, float]]:
    return [(low, high), (low, low), (-math.inf, high), (low, math.inf), (-math.inf, math.inf)]


@st.composite
def multi_discrete(draw_one: st.DrawFn) -> MultiDiscrete:
    sizes = draw_one(st.lists(st.integers(1, 5), max_size=3))
    return MultiDiscrete(tuple(sizes), tuple(draw_one(st.just(()) | st.tuples(*[st.integers(-9, 9) for _ in sizes]))))


PLAIN_SPACES = (
    st.builds(Discrete, st.integers(1, 2**32 - 1), st.integers(-9, 9))
    | multi_discrete()
    | st.builds(MultiBinary, st.lists(st.integers(1, 3), max_size=2).map(tuple))
    | boxes()
    | st.builds(Choice, st.lists(st.integers() | st.text(max_size=1) | st.lists(st.floats(allow_nan=False)), min_size=1).map(tuple))
)
SPACES: st.SearchStrategy[Space] = st.recursive(
    PLAIN_SPACES,
    lambda inner: (
        st.builds(TupleSpace, st.lists(inner, max_size=3).map(tuple))
        | st.builds(DictSpace, st.dictionaries(st.sampled_from("abc"), inner).map(lambda items: tuple(sorted(items.items()))))
    ),
    max_leaves=5,
)


@given(SPACES, SEEDS)
def test_an_action_drawn_from_a_space_is_in_it(space: Space, seed: int) -> None:
    rng = SplitMix64(seed)
    for _ in range(3):
        action = draw(rng, space)
        assert contains(space, action), action


@given(st.data(), st.integers(1, 5), st.integers(-9, 9), SEEDS)
def test_a_masked_action_is_a_legal_one_and_every_legal_one_comes(data: st.DataObject, n: int, start: int, seed: int) -> None:
    mask = data.draw(st.lists(st.booleans(), min_size=n, max_size=n))
    legal = [start + index for index, allowed in enumerate(mask) if allowed]
    rng = SplitMix64(seed)
    drawn = {draw(rng, Discrete(n, start), mask) for _ in range(200)}
    assert drawn == (set(legal) or {None})
    assert draw(SplitMix64(seed), Discrete(n, start), mask) == (legal[SplitMix64(seed).below(len(legal))] if legal else None)
    assert draw(SplitMix64(seed), Discrete(n, start), np.array([True] * n)) == draw(SplitMix64(seed), Discrete(n, start))


def test_masks_reach_every_component() -> None:
    rng = SplitMix64(0)
    masks = [[False, True], [True, False, False], [False, False, True]]
    assert draw(rng, MultiDiscrete((2, 3, 3), (0, 5, -1)), masks).tolist() == [1, 5, 1]
    assert draw(rng, TupleSpace((Discrete(2), Discrete(3, 5))), masks[:2]) == [1, 5]
    assert draw(rng, MultiDiscrete((2, 3)), [[False, False], [True, True, True]]) is None
    assert draw(rng, TupleSpace((Discrete(2), Discrete(3))), [[True, True], [False] * 3]) is None


def test_a_narrowed_space_keeps_to_the_mask_of_the_wide_one() -> None:
    wide, narrow = Discrete(5, 10), Choice((10, 12, 14))
    drawn = {draw(SplitMix64(seed), narrow, [True, True, True, False, False], wide) for seed in range(50)}
    assert drawn == {10, 12}
    drawn = {draw(SplitMix64(seed), narrow, [False, True, False, True, False], wide) for seed in range(50)}
    assert drawn == {11, 13}
    assert draw(SplitMix64(0), narrow, [False] * 5, wide) is None


def test_the_agents_asked_to_act_act_in_the_order_of_their_names() -> None:
    space = DictSpace((("a", Discrete(1000)), ("b", Discrete(1000)), ("c", Discrete(1000))))
    rng = SplitMix64(7)
    expected = {"a": rng.below(1000), "b": rng.below(1000), "c": rng.below(1000)}
    assert draw_for_agents(SplitMix64(7), space) == expected
    assert list(draw_for_agents(SplitMix64(7), space, {"c": None, "a": None})) == ["a", "c"]
    assert draw_for_agents(SplitMix64(7), space, {}) is None
    only = np.arange(1000) == 3
    assert draw_for_agents(SplitMix64(7), space, {"b": only, "c": ~only})["b"] == 3
    assert draw_for_agents(SplitMix64(7), space, {"b": only & ~only, "c": only}) is None


GOLDEN: list[tuple[Space, Any]] = [
    (Discrete(6), 6457827717110365317 % 6),
    (Discrete(6, -2), 6457827717110365317 % 6 - 2),
    (MultiDiscrete((6, 7)), np.array([6457827717110365317 % 6, 3203168211198807973 % 7])),
    (MultiBinary((2, 1)), np.array([[1], [1]], np.int8)),
    (Box((1,), "float64", (-1.0,), (3.0,)), np.array([(6457827717110365317 >> 11) * 2.0**-51 - 1.0])),
    (Box((1,), "uint8", (3.0,), (8.0,)), np.array([3 + 6457827717110365317 % 6], np.uint8)),
    (Box((1,), "float64", (5.0,), (math.inf,)), np.array([5.0 + (6457827717110365317 >> 11) * 2.0**-52])),
    (Box((1,), "float64", (-math.inf,), (5.0,)), np.array([3.0 + (6457827717110365317 >> 11) * 2.0**-52])),
    (Box((1,), "bool", (0.0,), (1.0,)), np.array([True])),
    (DictSpace((("a", Discrete(6)), ("b", Discrete(7)))), {"a": 6457827717110365317 % 6, "b": 3203168211198807973 % 7}),
]


@pytest.mark.parametrize(("space", "action"), GOLDEN)
def test_drawing_follows_the_recipe_of_the_protocol(space: Space, action: Any) -> None:
    assert same_value(canonical(draw(SplitMix64(1234567), space)), canonical(action))
