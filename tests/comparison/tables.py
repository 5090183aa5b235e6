"""Traces and rules as tests write them, and strategies for what may stand in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from equivcheck.model.columns import columnise
from equivcheck.model.paths import Pattern
from equivcheck.model.script import Episode, Script
from equivcheck.model.spec import FieldRule, Known, Spec
from equivcheck.model.trace import End, Run, Trace
from equivcheck.model.values import ARRAY_DTYPES


def trace(*episodes: Sequence[Any], ends: Sequence[End] = ()) -> Trace:
    """Return the Trace of one script with these episodes, each a list of Steps; an empty one shows no Step."""
    runs, first = [], 0
    for number, steps in enumerate(episodes):
        if steps:
            runs.append(Run(0, number, first, len(steps)))
        first += len(steps)
    rows = [step for steps in episodes for step in steps]
    script = Script(tuple(Episode(0, (0,) * max(len(steps) - 1, 0)) for steps in episodes))
    return Trace((script,), tuple(runs), columnise(rows) if rows else {}, tuple(ends))


def rule(pattern: str = "**", **how: Any) -> FieldRule:
    return FieldRule(Pattern(pattern), because="a test", **how)


def spec(*rules: FieldRule, known: Sequence[Known] = ()) -> Spec:
    return Spec(fields=rules, known=tuple(known))


def arrays(nan: bool) -> st.SearchStrategy[Any]:
    """Arrays of every dtype, small enough to coincide now and then."""

    def of(name: str) -> st.SearchStrategy[Any]:
        elements = npst.from_dtype(np.dtype(name), allow_nan=nan)
        return npst.arrays(name, npst.array_shapes(min_dims=1, max_dims=2, min_side=0, max_side=2), elements=elements)

    return st.sampled_from(sorted(ARRAY_DTYPES)).flatmap(of)


def leaves(nan: bool = False) -> st.SearchStrategy[Any]:
    small = st.integers(-2, 2) | st.sampled_from([2**53, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1, -(2**63), 2**64, -(2**70)])
    floats = st.sampled_from([0.0, -0.0, 1.0, 5e-324, float("inf"), -float("inf")]) | st.floats(allow_nan=nan)
    return (
        st.none() | st.booleans() | small | floats | st.text(max_size=2) | st.binary(max_size=2) | arrays(nan) | st.just({}) | st.just([])
    )


KEYS = st.sampled_from(["a", "b", "0", "a.b", "[0]", "x y"])


def trees(leaf: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(leaf, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=6)


def steps(leaf: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Steps that always show a `state` and now and then the rest."""
    tree = trees(leaf)
    return st.fixed_dictionaries({"state": tree}, optional={"obs": tree, "reward": leaf, "terminated": st.booleans(), "events": tree})
