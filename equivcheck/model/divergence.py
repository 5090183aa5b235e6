"""Divergences: where two Traces first part, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from equivcheck.model.paths import generalise
from equivcheck.model.values import Leaf, Missing, Value

Kind: TypeAlias = Literal["value", "kind", "dtype", "shape", "missing", "nan", "length", "refusal", "crash", "draw", "setup"]


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """One leaf that parts: its path (with the index inside an array), both values, and how far apart.

    `distance` is |reference - target|, None where that says nothing; `allowed` is what the Spec permits there;
    `would_pass` is the least absolute tolerance with which all rows compared so far agree.
    """

    path: str
    kind: Kind
    reference: Leaf | Missing
    target: Leaf | Missing
    distance: float | None = None
    allowed: float = 0.0
    would_pass: float | None = None
    words: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Inside:
    """The first thing of its kind inside a Step that parts, by its name: site of a draw, phase, what an event begins with, component.

    `reference` and `target` are what each side has there, MISSING where it has none.
    """

    kind: Literal["component", "draw", "phase", "event"]
    name: str
    reference: Value | Missing
    target: Value | Missing


@dataclass(frozen=True, slots=True, eq=False)
class Divergence:
    """The first Step of an episode at which the sides part: its differences, the leading one first.

    `script`, `episode` and `step_index` count from 0; Step k comes after action k - 1. `episode_count`: in how many episodes
    of what was compared its leading leaf parted. `inside`: where within the Step, the nearest to the cause first. `then`: the
    first leaf other than a draw that parts after a Step in which draws alone did, and at which Step.
    """

    script: int
    episode: int
    step_index: int
    differences: tuple[Difference, ...]
    episode_count: int = 1
    inside: tuple[Inside, ...] = ()
    then: tuple[str, int] | None = None

    @property
    def leading(self) -> Difference:
        """The difference that names the divergence."""
        return self.differences[0]

    @property
    def cluster(self) -> tuple[str, ...]:
        """(path pattern, kind, draw site or phase): divergences with the same are taken for one cause."""
        within = next((f"{one.kind} {one.name}" for one in self.inside if one.kind in ("draw", "phase")), "")
        return (*cluster_of(self.leading), within)


def cluster_of(difference: Difference) -> tuple[str, str]:
    """Return (path pattern, kind); where no leaf is concerned, the first words stand for the path."""
    where = generalise(difference.path) or ":".join(difference.words.split(":")[:2])
    return (where, difference.kind)
