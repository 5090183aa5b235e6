"""Action spaces: what they hold, how they are written, and what is no space."""

from __future__ import annotations

import itertools
import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equivcheck.model.space import (
    Box,
    Choice,
    DictSpace,
    Discrete,
    MultiBinary,
    MultiDiscrete,
    Space,
    TupleSpace,
    contains,
    space_from_plain,
    space_to_plain,
)


def sorted_items(items: dict[str, Space]) -> tuple[tuple[str, Space], ...]:
    return tuple(sorted(items.items(), key=lambda item: item[0].encode()))


SIZES = st.integers(1, 2**32 - 1)
STARTS = st.integers(-(2**31), 2**31)


@st.composite
def multi_discrete(draw: st.DrawFn) -> MultiDiscrete:
    sizes = draw(st.lists(SIZES, max_size=3))
    return MultiDiscrete(tuple(sizes), tuple(draw(STARTS) for _ in sizes))


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    dtype = draw(st.sampled_from(["float32", "float64", "uint8", "int64"]))
    shape = tuple(draw(st.lists(st.integers(0, 2), max_size=2)))
    number = st.integers(0, 255).map(float) if dtype in ("uint8", "int64") else st.floats(width=32, allow_nan=False)
    ends = [sorted(draw(st.tuples(number, number))) for _ in range(math.prod(shape))]
    return Box(shape, dtype, tuple(low for low, _ in ends), tuple(high for _, high in ends))


VALUES = st.integers() | st.floats(allow_nan=False) | st.text(max_size=2) | st.just({"$float": 1}) | st.none()
PLAIN_SPACES = (
    st.builds(Discrete, SIZES, STARTS)
    | multi_discrete()
    | st.builds(MultiBinary, st.lists(st.integers(1, 4), max_size=3).map(tuple))
    | boxes()
    | st.builds(Choice, st.lists(VALUES, min_size=1, max_size=3).map(tuple))
)
SPACES: st.SearchStrategy[Space] = st.recursive(
    PLAIN_SPACES,
    lambda inner: (
        st.builds(TupleSpace, st.lists(inner, max_size=3).map(tuple))
        | st.builds(DictSpace, st.dictionaries(st.text(max_size=2).filter(str.isprintable), inner, max_size=3).map(sorted_items))
    ),
    max_leaves=5,
)


@given(SPACES)
def test_a_space_is_read_back_as_it_was_written(space: Space) -> None:
    text = json.dumps(space_to_plain(space), allow_nan=False)
    assert repr(space_from_plain(json.loads(text))) == repr(space)


def array(*items: Any, dtype: str = "int64") -> np.ndarray[Any, Any]:
    return np.array(items, dtype)


UNIT = Box((2,), "float32", (-1.0, 0.7), (1.0, 0.7))
HELD: list[tuple[Space, Any, bool]] = [
    (Discrete(3), 0, True),
    (Discrete(3), 2, True),
    (Discrete(3), 3, False),
    (Discrete(3), -1, False),
    (Discrete(3), True, False),
    (Discrete(3), 1.0, False),
    (Discrete(3), array(1), False),
    (Discrete(2, -5), -5, True),
    (Discrete(2, -5), 0, False),
    (MultiDiscrete((2, 3)), array(1, 2), True),
    (MultiDiscrete((2, 3)), array(1, 3), False),
    (MultiDiscrete((2, 3)), array(-1, 0), False),
    (MultiDiscrete((2, 3), (5, -1)), array(6, -1), True),
    (MultiDiscrete((2, 3), (5, -1)), array(1, 2), False),
    (MultiDiscrete((2, 3)), array(1), False),
    (MultiDiscrete((2, 3)), array([1, 2]), False),
    (MultiDiscrete((2, 3)), [1, 2], False),
    (MultiDiscrete((2, 3)), array(1, 2, dtype="float64"), False),
    (MultiDiscrete((2, 3)), array(1, 2, dtype="uint8"), True),
    (MultiDiscrete((2,), (1,)), array(0, dtype="uint64"), False),
    (MultiBinary((2,)), array(0, 1, dtype="int8"), True),
    (MultiBinary((2,)), array(0, 2, dtype="int8"), False),
    (MultiBinary((2,)), array(0, 1, 1, dtype="int8"), False),
    (MultiBinary((2,)), array(0, 1, dtype="float32"), False),
    (UNIT, array(0.5, 0.7, dtype="float32"), True),
    (UNIT, array(0.5, 0.7, dtype="float64"), False),
    (UNIT, array(1.5, 0.7, dtype="float32"), False),
    (UNIT, array(math.nan, 0.7, dtype="float32"), False),
    (UNIT, array([0.5, 0.7], dtype="float32"), False),
    (Box((1,), "float64", (-math.inf,), (0.0,)), array(-1e300, dtype="float64"), True),
    (Box((1,), "uint8", (0.0,), (255.0,)), array(255, dtype="uint8"), True),
    (Box((1,), "uint8", (0.0,), (254.0,)), array(255, dtype="uint8"), False),
    (Box((1,), "int64", (-(2.0**63),), (2.0**63,)), array(2**63 - 1), True),
    (Box((), "float32", (0.0,), (0.7,)), float(np.float32(0.7)), True),
    (Box((), "float32", (0.0,), (0.7,)), 0.8, False),
    (Box((), "float32", (0.0,), (0.7,)), 0, False),
    (Box((), "uint8", (0.0,), (9.0,)), 9, True),
    (Box((), "uint8", (0.0,), (9.0,)), 300, False),
    (Box((), "uint8", (0.0,), (9.0,)), 3.0, False),
    (Box((), "float32", (0.0,), (1.0,)), array(0.5, dtype="float32"), False),
    (MultiBinary(()), 1, True),
    (MultiBinary(()), 2, False),
    (MultiBinary(()), True, False),
    (Choice((1, "a", array(1))), array(1), True),
    (Choice((1, "a")), "a", True),
    (Choice((1, "a")), 1.0, False),
    (TupleSpace((Discrete(2), Discrete(3))), [1, 2], True),
    (TupleSpace((Discrete(2), Discrete(3))), [2, 1], False),
    (TupleSpace((Discrete(2), Discrete(3))), [1], False),
    (TupleSpace((Discrete(2), Discrete(3))), (1, 2), False),
    (TupleSpace(()), [], True),
    (DictSpace((("a", Discrete(2)),)), {"a": 1}, True),
    (DictSpace((("a", Discrete(2)),)), {"a": 2}, False),
    (DictSpace((("a", Discrete(2)),)), {}, False),
    (DictSpace((("a", Discrete(2)),)), {"a": 1, "b": 0}, False),
    (DictSpace((("a", Discrete(2)),)), [1], False),
]


@pytest.mark.parametrize(("space", "action", "held"), HELD)
def test_a_space_holds_its_actions_and_no_others(space: Space, action: Any, held: bool) -> None:
    assert contains(space, action) is held


def box(**changes: Any) -> dict[str, Any]:
    return {"type": "box", "shape": [1], "dtype": "float32", "low": [0.0], "high": [1.0], **changes}


def nested(depth: int) -> dict[str, Any]:
    plain: dict[str, Any] = {"type": "discrete", "n": 2}
    for kind, _ in zip(itertools.cycle(["tuple", "dict"]), range(depth - 1), strict=False):
        plain = {"type": kind, "items": [plain] if kind == "tuple" else {"a": plain}}
    return plain


MALFORMED = [
    None,
    [],
    {},
    {"type": "sphere"},
    {"type": ["discrete"]},
    {"type": "discrete"},
    {"type": "discrete", "n": 0},
    {"type": "discrete", "n": 2**32},
    {"type": "discrete", "n": 2.0},
    {"type": "discrete", "n": True},
    {"type": "discrete", "n": 2, "start": "1"},
    {"type": "discrete", "n": 2, "start": 0.5},
    {"type": "discrete", "n": 2, "start": 2**63},
    {"type": "multidiscrete", "n": 3},
    {"type": "multidiscrete", "n": [3, -1]},
    {"type": "multidiscrete", "n": [3], "start": [0, 0]},
    {"type": "multidiscrete", "n": [3], "start": [None]},
    {"type": "multibinary", "shape": [0]},
    {"type": "multibinary", "shape": [2**16, 2**16]},
    {"type": "multibinary", "shape": [1] * 9},
    box(dtype="object"),
    box(dtype=None),
    box(shape=[2]),
    box(shape=[-1]),
    box(shape=None),
    box(low=[]),
    box(low=["x"]),
    box(low=[10**400]),
    box(low=[2.0]),
    box(low=[{"$float": "nan"}]),
    box(low=[{"$what": "nan"}]),
    box(dtype="uint8", low=[-1.0]),
    box(dtype="uint8", high=[{"$float": "inf"}]),
    box(dtype="int8", low=[0.5]),
    {"type": "choice", "values": []},
    {"type": "choice", "values": [{"$what": 1}]},
    {"type": "choice"},
    {"type": "tuple", "items": [3]},
    {"type": "tuple", "items": 3},
    {"type": "dict", "items": [3]},
    {"type": "dict", "items": {"a": {}}},
    {"type": "dict", "items": {"\ud800": {"type": "discrete", "n": 2}}},
    nested(17),
]


@pytest.mark.parametrize("plain", MALFORMED)
def test_what_is_no_space_is_refused(plain: Any) -> None:
    with pytest.raises(ValueError, match=r"space|could not convert|count|surrogates|differ|bound|shape|dtype|empty|object|element"):
        space_from_plain(plain)


def test_spaces_nest_sixteen_deep() -> None:
    assert space_to_plain(space_from_plain(nested(16)))["items"]
