"""Lists of arguments for a component: all there are, or examples that Hypothesis makes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.extra import numpy as arrays

from equivcheck.model.space import Box, Choice, DictSpace, Discrete, MultiBinary, MultiDiscrete, Space, TupleSpace
from equivcheck.model.values import Value, canonical

ALL_MAX = 2**17  # lists of arguments; beyond that, examples


def every(space: TupleSpace) -> Iterator[list[Value]] | None:
    """Return all lists of arguments there are, in order; None where they are more than ALL_MAX, or not countable."""
    parts = [_listed(item) for item in space.items]
    counts = [0 if part is None else len(part) for part in parts]
    if not all(counts) or math.prod(counts) > ALL_MAX:
        return None
    return map(list, product(*(part or () for part in parts)))


def _listed(space: Space) -> range | tuple[Value, ...] | None:
    match space:
        case Discrete(n, start):
            return range(start, start + n)
        case Choice(values):
            return values
        case MultiBinary(()):
            return range(2)
        case Box((), dtype) if np.dtype(dtype).kind == "b":
            return (False, True)
    return None


def examples(space: TupleSpace, count: int, number: int) -> list[list[Value]]:
    """Return lists of arguments; an equal space, count and number give equal lists. Hypothesis seeks out bounds and other odd values."""
    made: list[list[Value]] = []

    @seed(number)
    @settings(max_examples=count, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(_strategy(space))
    def make(arguments: Value) -> None:
        assert isinstance(arguments, list)
        made.append([canonical(argument) for argument in arguments])

    with TemporaryDirectory() as folder:  # Hypothesis notes the constants of what it finds in memory, and the user's folder is not its own
        set_hypothesis_home_dir(folder)
        try:
            make()
        finally:
            set_hypothesis_home_dir(None)
    return made


def _strategy(space: Space) -> st.SearchStrategy[Value]:
    match space:
        case Discrete(n, start):
            return st.integers(start, start + n - 1)
        case Choice(values):
            return st.sampled_from(values)
        case MultiDiscrete(sizes, starts):
            lows = starts or (0,) * len(sizes)
            numbers = st.tuples(*(st.integers(low, low + n - 1) for low, n in zip(lows, sizes, strict=True)))
            return numbers.map(lambda values: np.array(values, np.int64))
        case MultiBinary(shape):
            return st.integers(0, 1) if not shape else arrays.arrays(np.int8, shape, elements=st.integers(0, 1))
        case TupleSpace(items):
            return st.tuples(*map(_strategy, items)).map(list)
        case DictSpace(pairs):
            return st.fixed_dictionaries({key: _strategy(item) for key, item in pairs})
    return _boxed(space)


def _boxed(box: Box) -> st.SearchStrategy[Value]:
    dtype = np.dtype(box.dtype)
    if dtype.kind == "b":
        elements: list[st.SearchStrategy[Value]] = [st.booleans() for _ in box.low]
    elif dtype.kind == "f":
        width = min(dtype.itemsize * 8, 64)
        with np.errstate(over="ignore"):  # rounded as `contains` has them: a bound beyond the dtype is its infinity
            rounded = np.array((box.low, box.high), dtype).T.tolist()
        bounds = ((None if math.isinf(end) else end for end in ends) for ends in rounded)
        elements = [st.floats(low, high, allow_nan=False, allow_infinity=False, width=width) for low, high in bounds]  # type: ignore[arg-type]
    else:
        elements = [st.integers(int(low), int(high)) for low, high in zip(box.low, box.high, strict=True)]
    if not box.shape:
        return elements[0]
    return st.tuples(*elements).map(lambda values: np.array(values, dtype).reshape(box.shape))
