"""Blame: the checks, in order, and what is concluded from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from equivcheck.drift import judge_nature
from equivcheck.fault import draws, roundtrips, views
from equivcheck.fault.case import Case
from equivcheck.model.cause import Fault, Suspect
from equivcheck.model.verdict import Counterexample
from equivcheck.pair import Pair

Check = Callable[[Case], str | None]

# Whom a check clears that holds (""), and blames where it has something to say; None: it does not apply. The first that blames decides.
CHECKS: tuple[tuple[Suspect, Check], ...] = (
    ("reference adapter", roundtrips.the_reference_answers_alike_twice),
    ("target adapter", roundtrips.the_target_answers_alike_twice),
    ("view", views.the_views_answer_alike_twice),
    ("draw recorder", draws.the_reference_plays_by_its_own_tape),
    ("draw recorder", draws.the_reference_does_the_same_by_the_same_draws),
    ("draw recorder", draws.the_reference_draws_what_it_says),
    ("reference adapter", roundtrips.the_reference_shows_what_it_loads),
    ("reference adapter", roundtrips.the_reference_goes_on_from_what_it_loads),
    ("target adapter", roundtrips.the_target_shows_what_it_loads),
    ("target adapter", roundtrips.the_target_goes_on_from_what_it_loads),
    ("view", views.the_views_give_states_back),
    ("view", views.the_views_tell_what_the_sides_show),
    ("reference adapter", roundtrips.the_reference_keeps_the_laws_of_adapters),
    ("target adapter", roundtrips.the_target_keeps_the_laws_of_adapters),
)


def explain(pair: Pair, counterexample: Counterexample) -> Counterexample:
    """Return the counterexample with whose fault it is, and where that is the port's, whether it is a defect: drift is nobody's fault.

    Raises: AdapterError where a side is gone.
    """
    fault = find_fault(pair, counterexample)
    nature = judge_nature(pair, counterexample) if fault is not None and fault.suspect == "port" else None
    return replace(counterexample, nature=nature, fault=None if nature is not None and nature.word == "drift" else fault)


def find_fault(pair: Pair, counterexample: Counterexample) -> Fault | None:
    """Return whose fault a finding is; None where a process dies of it, or it does not recur and nobody is seen to play by chance."""
    case = Case(pair, counterexample)
    if any(end.kind == "died" for answer in case.shrunk for end in answer.raw.ends):
        return None
    held: list[str] = []
    for suspect, check in CHECKS:
        words = check(case)
        if words:
            return Fault(suspect, (words,), tuple(held))
        if words is not None:
            held.append(check.__name__.replace("_", " "))
    return Fault("port", (), tuple(held)) if held and not counterexample.flaky else None
