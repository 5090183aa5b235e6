"""Components of a JAX environment: many lists of arguments in one call, trees of arrays among them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("jax")

from equivcheck.backends.ecosystem.components import SideBySide


class Counted:
    """A function that counts how often it was entered: once where it was traced for all."""

    def __init__(self) -> None:
        self.entered = 0

    def __call__(self, hand: Any, factor: Any) -> Any:
        self.entered += 1
        return {"sum": (hand["a"] + hand["of"]["b"].sum()) * factor}


def test_trees_of_arrays_are_stacked() -> None:
    function = Counted()
    asked: list[list[Any]] = [[{"a": number, "of": {"b": np.array([1, number])}}, 2] for number in range(100)]
    assert SideBySide(function)(asked) == [{"sum": (number + 1 + number) * 2} for number in range(100)]
    assert function.entered == 1


def test_trees_of_other_forms_or_shapes_are_called_one_by_one() -> None:
    for odd in ({"a": 1, "of": {"b": np.array([1, 2, 3])}}, {"a": 1, "of": {"b": np.array([6])}, "c": 0}):
        function = Counted()
        assert SideBySide(function)([[{"a": 1, "of": {"b": np.array([1, 2])}}, 2], [odd, 2]]) == [{"sum": 8}, {"sum": 14}]
        assert function.entered == 2


def test_the_host_reads_the_fields_that_are_recorded() -> None:
    def draw(number: Any) -> Any:
        return {"twice": 2 * number, "told": {"table": np.arange(3) * number, "count": number % 3}}

    def read(told: Any) -> list[Any]:
        return [row[:count].tolist() for row, count in zip(told["table"], told["count"].tolist(), strict=True)]

    both = SideBySide(draw, {"told": read, "other": read})
    expected = [{"twice": 2 * number, "told": [0, number][: number % 3]} for number in range(5)]
    assert both([[number] for number in range(5)]) == expected
    assert both([[number] for number in range(1, 2)]) == expected[1:2]
    assert SideBySide(lambda number: draw(int(number)), {"told": read})([[4]]) == expected[4:]
