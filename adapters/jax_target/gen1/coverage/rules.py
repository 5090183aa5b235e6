"""What an interaction is: a name, a sentence, and how it is told from a use of a move, or from a player's half of a step."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .moments import Moment, Use


class UseRule(NamedTuple):
    """An interaction that a use of one of `moves` (None: of any) shows."""

    name: str
    sentence: str
    moves: frozenset[str] | None
    holds: Callable[[Use], object]


class SideRule(NamedTuple):
    """An interaction that a step shows for one of its players."""

    name: str
    sentence: str
    holds: Callable[[Moment, str], object]


def these(*moves: str) -> frozenset[str]:
    """Return some moves by name."""
    return frozenset(moves)
