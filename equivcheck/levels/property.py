"""Property (L1): what both sides export, compared call by call before anything is rolled out."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

from equivcheck.backends.called import CALLS_MAX, CalledBackend
from equivcheck.backends.opening import call_given, load_object
from equivcheck.backends.plain import read_space
from equivcheck.errors import AdapterError
from equivcheck.levels.gathering import Gathering
from equivcheck.localisation import Found
from equivcheck.model.phrases import counted
from equivcheck.model.script import Episode, Script
from equivcheck.model.space import Space, TupleSpace
from equivcheck.model.spec import PRESETS, ComponentPlan, Views
from equivcheck.model.values import Value
from equivcheck.model.verdict import Verdict
from equivcheck.pair import Budget, Pair, Side
from equivcheck.stats import rate_bound


def check_property(pair: Pair, budget: Budget, found: Found) -> Verdict:
    """Call every component that the Spec names on both sides. Raises: AdapterError where one is missing, or a side is gone."""
    began = budget.clock()
    if not pair.spec.components:
        raise AdapterError(f"[pair.{pair.name}] names no components", hint="docs/levels.md, property, says what to write")
    gathering = Gathering("property", found)
    bounds = []
    for plan in pair.spec.components:
        space = _space_of(plan, pair)
        called = calling(pair, plan.name, space)
        arguments = importlib.import_module("equivcheck.levels.arguments")  # which brings Hypothesis in, a third of a second
        every = arguments.every(space)
        asked = arguments.examples(space, plan.examples, budget.seed) if every is None else list(every)
        for done, scripts in _messages(asked):
            budget.progress(f"property, {plan.name}", done, len(asked))
            gathering.take(called, called.play(scripts), None)
        budget.progress(f"property, {plan.name}", len(asked), len(asked))
        calls = counted(len(asked), "call")
        share = "all there are" if every is not None else f"at most {rate_bound(len(asked)):.2%} of such calls differ at 95 %"
        bounds.append(f"{plan.name}: {calls}, {share}")
    gathering.notes.append("an episode here is one call: its action is the list of arguments, and the Step after it what was returned")
    return gathering.conclude(budget, "; ".join(bounds), budget.clock() - began)


def calling(pair: Pair, component: str, arguments: TupleSpace | None = None) -> Pair:
    """Return the pair of what both sides return for one component. Raises: AdapterError where a side does not export it."""
    sides = [_called(side, component, arguments) for side in (pair.reference, pair.target)]
    spec = replace(pair.spec, views=Views())
    return Pair(f"{pair.name}-call-{component}", sides[0], sides[1], spec, PRESETS["seeded"], pair.today)


def _called(side: Side, component: str, arguments: TupleSpace | None) -> Side:
    backend = CalledBackend(side.backend, component, arguments)
    return replace(side, view=None).sharing(f"call:{component}:{side.address}", backend)


def _space_of(plan: ComponentPlan, pair: Pair) -> TupleSpace:
    """Return what the arguments may be. Raises: AdapterError where the user's function says nothing that can be read."""
    function = load_object(plan.arguments, pair.reference.opening.folder)
    declared = call_given(plan.arguments, function)
    try:
        space: Space = read_space(tuple(declared))
    except TypeError as error:
        raise AdapterError(f"{plan.arguments!r} does not say what the arguments of {plan.name!r} are: {error}") from None
    assert isinstance(space, TupleSpace)
    return space


def _messages(asked: Iterable[list[Value]]) -> Iterator[tuple[int, list[Script]]]:
    """Yield how many calls came before, and the scripts of one call each that fit into a message."""
    rest, done = iter(asked), 0
    while chunk := list(islice(rest, CALLS_MAX)):
        yield done, [Script((Episode(0, (arguments,)),)) for arguments in chunk]
        done += len(chunk)
