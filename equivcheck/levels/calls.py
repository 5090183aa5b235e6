"""Calls of components: what both sides export under one name, called with the same arguments."""

from __future__ import annotations

from dataclasses import replace

from equivcheck.backends.called import CalledBackend
from equivcheck.backends.given import call_given, load_object
from equivcheck.errors import AdapterError
from equivcheck.localisation import distil, first_evidence
from equivcheck.model.divergence import Inside
from equivcheck.model.script import Episode, Script
from equivcheck.model.space import TupleSpace
from equivcheck.model.spec import PRESETS, ComponentPlan, Views
from equivcheck.model.values import MISSING, Value, canonical
from equivcheck.model.verdict import Counterexample
from equivcheck.pair import Budget, Pair, Side

_CALLS_MAX = 256  # of one component in one step


def calling(pair: Pair, component: str, arguments: TupleSpace | None = None) -> Pair:
    """Return the pair of what both sides return for one component. Raises: AdapterError where a side does not export it."""
    sides = [_called(side, component, arguments) for side in (pair.reference, pair.target)]
    spec = replace(pair.spec, views=Views(), components=())
    return Pair(f"{pair.name}-call-{component}", sides[0], sides[1], spec, PRESETS["seeded"], pair.today)


def _called(side: Side, component: str, arguments: TupleSpace | None) -> Side:
    backend = CalledBackend(side.backend, component, arguments)
    return replace(side, view=None).sharing(f"call:{component}:{side.address}", backend)


def find_call(pair: Pair, counterexample: Counterexample, budget: Budget) -> tuple[Counterexample, Pair | None]:
    """Return the counterexample with its `call`, and the pair that this is played on, where a component parts in its last step.

    The components are tried in the contract's order, with the arguments that the contract reads from the reference's Step before the
    action. Raises: AdapterError where the user's function fails, or a side does not export what the contract names.
    """
    actions = counterexample.script.episodes[-1].actions
    at = counterexample.divergence.step_index
    before = counterexample.after[0] if counterexample.before is None else counterexample.before[0]
    if before is None or counterexample.name != pair.name:
        return counterexample, None
    for plan in pair.spec.components:
        if not plan.of:
            continue
        called = calling(pair, plan.name)
        lists = _arguments(plan, pair, before, actions[at - 1] if 0 < at <= len(actions) else None)
        played = called.play([Script((Episode(0, (arguments,)),)) for arguments in lists])
        if not played.comparison.divergences:
            continue
        divergence = played.comparison.divergences[0]
        call = distil(called, first_evidence(called.name, played, divergence), budget, lambda pair, found: None)
        inside = Inside("component", plan.name, _result(call, 0), _result(call, 1))
        named = replace(counterexample.divergence, inside=(inside, *counterexample.divergence.inside))
        return replace(counterexample, divergence=named, call=call), called
    return counterexample, None


def _arguments(plan: ComponentPlan, pair: Pair, before: Value, action: Value) -> list[list[Value]]:
    given = call_given(plan.of, load_object(plan.of, pair.reference.opening.folder), before, action)
    if not isinstance(given, list) or not all(isinstance(arguments, (list, tuple)) for arguments in given):
        raise AdapterError(f"{plan.of!r} returns a list of lists of arguments for {plan.name!r}")
    return [[canonical(argument) for argument in arguments] for arguments in given[:_CALLS_MAX]]


def _result(call: Counterexample, side: int) -> object:
    after = call.after[side]
    return next(iter(after.values()), MISSING) if isinstance(after, dict) else MISSING
