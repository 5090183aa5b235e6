"""What a contract declares for the level interaction: factors, what may occur together, and the script of one assignment."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from equivcheck.backends.given import call_given, load_object
from equivcheck.errors import AdapterError
from equivcheck.levels.covering import Combination, Constraint, Factors
from equivcheck.model.script import SEED_END, Episode, Script
from equivcheck.model.spec import InteractionPlan
from equivcheck.model.values import MISSING, Value, canonical

_CONSTRAINT_MAX = 2**20  # combinations that one constraint is asked about
_KEYS = {"actions", "start", "seed", "options"}


@dataclass(frozen=True, slots=True)
class Declared:
    """What the user's functions say."""

    plan: InteractionPlan
    values: Mapping[str, Sequence[Any]]
    constraints: Sequence[Constraint]
    build: Callable[..., Any]

    @classmethod
    def read(cls, plan: InteractionPlan, folder: Path) -> Declared:
        """Return what the plan's functions say. Raises: AdapterError where one fails, or says nothing that can be read."""
        given = call_given(plan.factors, load_object(plan.factors, folder))
        if (
            not isinstance(given, Mapping)
            or not all(type(name) is str and len(list(values)) for name, values in given.items())
            or len(given) < 2
        ):
            raise AdapterError(f"{plan.factors!r} returns a dict of two or more factors, each with a list of its values")
        values = {name: tuple(items) for name, items in given.items()}
        unknown = [name for name in plan.triples if name not in values]
        if unknown:
            raise AdapterError(f"triples names {unknown[0]!r}, and {plan.factors!r} has {', '.join(values)}")
        if 0 < len(plan.triples) < 3:
            raise AdapterError("triples names factors all of whose combinations of three are covered, so three of them or more")
        constraints = [_tabulate(name, load_object(name, folder), values) for name in plan.constraints]
        return cls(plan, values, constraints, load_object(plan.script, folder))

    @property
    def factors(self) -> Factors:
        """The factors by the sizes of their values alone."""
        return Factors({name: len(items) for name, items in self.values.items()}, self.constraints, self.plan.triples)

    def script(self, assignment: Mapping[str, int]) -> Script | None:
        """Return the script that an assignment makes, None where the user's function makes none."""
        chosen = {name: self.values[name][index] for name, index in assignment.items()}
        words = f"{self.plan.script!r}, asked for {self.words(tuple(assignment.items()))}"
        made = call_given(words, lambda: self.build(**chosen))
        if made is None:
            return None
        if not isinstance(made, Mapping) or "actions" not in made or made.keys() - _KEYS or not len(made["actions"]):
            raise AdapterError(f"{words}: it returns a dict with a list of `actions`, and perhaps `start`, `seed` and `options`, or None")
        seed = made.get("seed", 0)
        if type(seed) is not int or not 0 <= seed < SEED_END:
            raise AdapterError(f"{words}: `seed` is an int from 0 to 2^64 - 1, not {seed!r}")
        try:
            start: Value = canonical(made["start"]) if "start" in made else MISSING
            options = {str(key): canonical(value) for key, value in made.get("options", {}).items()}
            return Script((Episode(seed, tuple(canonical(action) for action in made["actions"]), options, start),))
        except (TypeError, ValueError) as error:
            raise AdapterError(f"{words}: {error}") from None

    def words(self, combination: Combination) -> str:
        """Return values of factors as a person would write them."""
        return " & ".join(f"{name} = {_short(self.values[name][index])}" for name, index in combination)


def _tabulate(name: str, rule: Callable[..., Any], values: Mapping[str, Sequence[Any]]) -> Constraint:
    """Return a constraint as a table over the factors that its parameters are named after."""
    names = tuple(inspect.signature(rule).parameters)
    unknown = [parameter for parameter in names if parameter not in values]
    if unknown or not names:
        raise AdapterError(
            f"the constraint {name!r} has parameters named after factors; of {', '.join(values)}, {unknown or 'none'} is none"
        )
    shape = tuple(len(values[parameter]) for parameter in names)
    if int(np.prod(shape)) > _CONSTRAINT_MAX:
        raise AdapterError(f"the constraint {name!r} is about {int(np.prod(shape)):,} combinations; {_CONSTRAINT_MAX:,} are allowed")

    def ask() -> list[bool]:
        return [bool(rule(*chosen)) for chosen in product(*(values[parameter] for parameter in names))]

    return Constraint(names, np.array(call_given(name, ask), bool).reshape(shape))


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
