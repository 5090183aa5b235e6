from __future__ import annotations

import pytest

from equivcheck.model.phrases import counted


@pytest.mark.parametrize(
    ("count", "noun", "words"),
    [(0, "episode", "0 episodes"), (1, "episode", "1 episode"), (1_200, "episode", "1,200 episodes"), (1, "leaf", "1 leaf")],
)
def test_one_is_not_many(count: int, noun: str, words: str) -> None:
    assert counted(count, noun) == words


def test_a_plural_of_its_own() -> None:
    assert counted(3, "leaf", "leaves") == "3 leaves"
