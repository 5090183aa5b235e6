"""Covering arrays: few assignments of values to factors in which all pairs, and some triples, of values occur that can."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any, TypeAlias

from covertable import make

from equivcheck.errors import AdapterError
from equivcheck.model.values import Array

Assignment: TypeAlias = Mapping[str, int]  # factor to the index of its value
Combination: TypeAlias = tuple[tuple[str, int], ...]  # of two or three factors, in the order in which they are declared

COMBINATIONS_MAX = 2**20
_TRIES_MAX = 100_000


@dataclass(frozen=True, slots=True)
class Constraint:
    """Which values of some factors may occur together: `allowed` is bool[sizes of `names`]."""

    names: tuple[str, ...]
    allowed: Array

    def permits(self, assignment: Assignment) -> bool:
        """Return whether nothing assigned so far breaks it; factors without a value may yet take any."""
        return bool(self.allowed[tuple(assignment.get(name, slice(None)) for name in self.names)].any())


@dataclass(frozen=True, slots=True)
class Factors:
    """How many values each factor has, what may occur together, and the factors all of whose triples are wanted."""

    sizes: Mapping[str, int]
    constraints: Sequence[Constraint] = ()
    triples: tuple[str, ...] = ()

    def wanted(self) -> Iterator[Combination]:
        """Yield all pairs of values of two factors, and all triples of those that are named for it.

        Raises: AdapterError where they are more than COMBINATIONS_MAX.
        """
        groups = [*combinations(self.sizes, 2), *combinations([name for name in self.sizes if name in self.triples], 3)]
        count = sum(math.prod(self.sizes[name] for name in names) for names in groups)
        if count > COMBINATIONS_MAX:
            hint = "give factors fewer values, or name fewer of them as triples"
            raise AdapterError(f"the factors have {count:,} combinations of values to cover; {COMBINATIONS_MAX:,} are allowed", hint=hint)
        for names in groups:
            for indices in product(*(range(self.sizes[name]) for name in names)):
                yield tuple(zip(names, indices, strict=True))

    def complete(self, combination: Combination) -> dict[str, int] | None:
        """Return an assignment of all factors that holds a combination, None where the constraints leave none."""
        tries = 0

        def extend(assignment: dict[str, int]) -> dict[str, int] | None:
            nonlocal tries
            name = next((name for name in self.sizes if name not in assignment), None)
            if name is None:
                return assignment
            concerned = [constraint for constraint in self.constraints if name in constraint.names]
            for index in range(self.sizes[name]):
                tries += 1
                if tries > _TRIES_MAX:
                    raise AdapterError(f"the constraints are too entangled: {_TRIES_MAX:,} tries did not settle one combination")
                further = {**assignment, name: index}
                if all(constraint.permits(further) for constraint in concerned):
                    found = extend(further)
                    if found is not None:
                        return found
            return None

        start = dict(combination)
        return extend(start) if all(constraint.permits(start) for constraint in self.constraints) else None


@dataclass(frozen=True, slots=True)
class Covering:
    """Assignments that hold all combinations `possible`; `impossible` are those that the constraints leave no assignment for."""

    assignments: Sequence[dict[str, int]]
    possible: frozenset[Combination]
    impossible: tuple[Combination, ...]


def cover(factors: Factors, progress: Callable[[int, int], None] = lambda done, total: None) -> Covering:
    """Return a covering, the same for equal factors. What covertable leaves out, by our own count, is added.

    `progress(done, total)` is told how far it is. Raises: AdapterError where there are too many combinations, or no end of tries.
    """
    possible, impossible = {}, []
    for combination in factors.wanted():
        whole = factors.complete(combination)
        if whole is None:
            impossible.append(combination)
        else:
            possible[combination] = whole
    left = dict.fromkeys(possible)
    assignments: list[dict[str, int]] = []

    def add(row: dict[str, int]) -> None:
        before = len(left)
        for each in held_by(row, factors.triples):
            left.pop(each, None)
        if len(left) < before:
            assignments.append(row)

    if len(factors.triples) == 3:  # no row holds two triples: as many as there are is the least there can be
        for number, triple in enumerate([each for each in possible if len(each) == 3]):
            progress(number, len(possible))
            add(_fill(factors, triple, left, number) or possible[triple])
    else:
        for row in _make(factors):
            add(row)
    for combination in [*left]:
        if combination in left:
            add(_fill(factors, combination, left, 0) or possible[combination])
    return Covering(assignments, frozenset(possible), tuple(impossible))


def held_by(assignment: Assignment, triples: Sequence[str]) -> Iterator[Combination]:
    """Yield the combinations that an assignment holds, in its own order of factors."""
    pairs = tuple(assignment.items())
    yield from combinations(pairs, 2)
    yield from combinations([pair for pair in pairs if pair[0] in triples], 3)


def _fill(factors: Factors, combination: Combination, left: Mapping[Combination, None], number: int) -> dict[str, int] | None:
    """Return an assignment that holds a combination and many of the pairs that are left; None where the values chosen leave no way on."""
    assignment = dict(combination)
    places = {name: place for place, name in enumerate(factors.sizes)}
    for name, size in factors.sizes.items():
        if name in assignment:
            continue
        concerned = [constraint for constraint in factors.constraints if name in constraint.names]
        turned = [(number + index) % size for index in range(size)]  # so that other values come up where nothing is left

        def gain(index: int, name: str = name) -> int:
            mine = (name, index)
            return sum(((mine, other) if places[name] < places[other[0]] else (other, mine)) in left for other in assignment.items())

        ranked = sorted(turned, key=gain, reverse=True)
        chosen = next((index for index in ranked if all(each.permits({**assignment, name: index}) for each in concerned)), None)
        if chosen is None:
            return None
        assignment[name] = chosen
    return {name: assignment[name] for name in factors.sizes}


def _make(factors: Factors) -> Iterator[dict[str, int]]:
    """Yield the rows of covertable."""
    rows = make(
        {name: list(range(size)) for name, size in factors.sizes.items()},
        strength=2,
        sub_models=[{"fields": list(factors.triples), "strength": 3}] if len(factors.triples) > 3 else None,
        constraints=[_condition(constraint) for constraint in factors.constraints],
    )
    for row in rows:
        yield {name: row[name] for name in factors.sizes}


def _condition(constraint: Constraint) -> dict[str, Any]:
    """Return a constraint as covertable takes it; its conditions may name any factors of a row."""
    holds: Callable[[Mapping[str, int]], bool] = lambda row: bool(constraint.allowed[tuple(row[name] for name in constraint.names)])  # noqa: E731
    return {"operator": "fn", "requires": list(constraint.names), "evaluate": holds}
