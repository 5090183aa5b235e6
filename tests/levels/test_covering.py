"""Covering arrays against brute force."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equivcheck.errors import AdapterError
from equivcheck.levels.covering import Constraint, Factors, cover, held_by


def _brute(factors):
    """Return the assignments that break no constraint, and the combinations they hold, of all that there are."""
    names = list(factors.sizes)
    whole = [dict(zip(names, values, strict=True)) for values in product(*(range(size) for size in factors.sizes.values()))]
    fit = [each for each in whole if all(rule.allowed[tuple(each[name] for name in rule.names)] for rule in factors.constraints)]
    return fit, {held for each in fit for held in held_by(each, factors.triples)}


@st.composite
def _factors(draw):
    names = ["a", "b", "c", "d", "e"][: draw(st.integers(2, 5))]
    sizes = {name: draw(st.integers(1, 4)) for name in names}
    rules = []
    for about in draw(st.lists(st.sampled_from([pair for size in (1, 2, 3) for pair in combinations(names, size)]), max_size=3)):
        shape = tuple(sizes[name] for name in about)
        flags = draw(st.lists(st.booleans(), min_size=int(np.prod(shape)), max_size=int(np.prod(shape))))
        rules.append(Constraint(about, np.array(flags).reshape(shape)))
    count = draw(st.sampled_from([0, 3, 4]))
    return Factors(sizes, rules, tuple(names[:count]) if count <= len(names) else ())


@settings(max_examples=200, deadline=None)
@given(_factors())
def test_what_can_be_is_covered_and_what_cannot_is_told(factors):
    fit, possible = _brute(factors)
    covering = cover(factors)
    assert covering.possible == possible
    assert set(covering.impossible) == set(factors.wanted()) - possible
    assert all(assignment in fit for assignment in covering.assignments)
    assert {held for each in covering.assignments for held in held_by(each, factors.triples)} >= possible


def test_three_factors_take_as_many_scripts_as_they_have_triples_and_pairs_come_along():
    factors = Factors({"move": 9, "volatile": 5, "status": 4, "relation": 4, "speed": 3}, (), ("move", "volatile", "status"))
    assert len(cover(factors).assignments) == 9 * 5 * 4


def test_pairs_alone_take_few_scripts():
    factors = Factors(dict.fromkeys("abcdef", 4))
    assert len(cover(factors).assignments) < 40  # of 4,096; 16 is the least that there can be


def test_equal_factors_give_equal_coverings():
    factors = Factors({"a": 4, "b": 3, "c": 5, "d": 2}, (Constraint(("a", "c"), np.arange(20).reshape(4, 5) % 3 > 0),), ("a", "b", "c"))
    assert cover(factors) == cover(factors)


def test_too_many_combinations_are_refused_before_they_are_made():
    with pytest.raises(AdapterError, match="the factors have 9,000,000 combinations of values to cover"):
        cover(Factors({"a": 3_000, "b": 3_000}))
