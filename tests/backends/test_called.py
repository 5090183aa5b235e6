from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from equivcheck.backends.called import DEATHS_MAX, CalledBackend, CalledInVain
from equivcheck.backends.opening import Opening
from equivcheck.backends.process import Deadlines, ProcessBackend
from equivcheck.errors import AdapterError
from equivcheck.model.request import FULL
from equivcheck.model.script import Episode, Script
from equivcheck.model.spec import ComponentPlan, PairSpec, Spec
from equivcheck.model.trace import Trace
from equivcheck.model.verdict import Outcome
from equivcheck.pair import Budget
from equivcheck.runner import Run, check_pair
from tests.hostile.counter import Counter

PROGRAM = Path(__file__).parent.parent / "hostile" / "programs" / "calls.py"
COUNT = 100


def numbers() -> tuple[int]:
    return (COUNT,)


class Doubling(Counter):
    components = {"twice": lambda number: 2 * number}  # noqa: RUF012


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Any]:
    backends: list[ProcessBackend] = []

    def open_program(variant: str) -> CalledBackend:
        deadlines = Deadlines(hello_s=30.0, message_s=0.5, first_s=0.5)
        backends.append(ProcessBackend((sys.executable, "-B", str(PROGRAM), variant, str(tmp_path)), deadlines=deadlines))
        return CalledBackend(backends[-1], "twice")

    yield open_program
    for backend in backends:
        backend.close()


def call(backend: CalledBackend, count: int = COUNT) -> Trace:
    return backend.play(range(count), [Script((Episode(0, ([number],)),)) for number in range(count)], FULL)


def starts(folder: Path) -> int:
    return len((folder / "starts").read_text())


def test_a_call_that_kills_its_process_is_found_in_two_starts(opened: Any, tmp_path: Path) -> None:
    trace = call(opened("dies:at_37"))
    assert [(end.script, end.kind) for end in trace.ends] == [(37, "failed")]
    assert "twice 37 is too much" in trace.ends[0].words
    answered = [step["twice"] for step in map(trace.step, range(trace.step_count)) if "twice" in step]
    assert answered == [2 * number for number in range(COUNT) if number != 37]
    assert starts(tmp_path) == 3


def test_calls_that_fail_are_found_without_a_fresh_process(opened: Any, tmp_path: Path) -> None:
    trace = call(opened("fails:at_many"))
    assert [end.script for end in trace.ends] == [number for number in range(COUNT) if number % 10 == 7]
    assert starts(tmp_path) == 1


def test_deaths_at_every_call_are_bounded_and_no_call_that_was_not_made_is_called_failed(opened: Any, tmp_path: Path) -> None:
    backend = opened("dies:always")
    with pytest.raises(CalledInVain, match=f"died {DEATHS_MAX} times in {DEATHS_MAX} calls") as error:
        call(backend)
    assert error.value.made == DEATHS_MAX
    assert starts(tmp_path) == 1 + DEATHS_MAX
    assert len(call(backend, error.value.made).ends) == DEATHS_MAX


def test_a_call_that_hangs_is_named_after_two_deadlines(opened: Any, tmp_path: Path) -> None:
    with pytest.raises(AdapterError, match=r"has not answered `call` within 0.5 s, called with \[37\]"):
        call(opened("sleeps:at_37"))
    assert starts(tmp_path) == 2


def test_calls_too_many_for_one_deadline_are_made_one_by_one(opened: Any, tmp_path: Path) -> None:
    assert not call(opened("sleeps:when_many")).ends
    assert starts(tmp_path) == 2


def test_a_program_that_does_not_start_again_failed_at_no_call(opened: Any) -> None:
    with pytest.raises(AdapterError, match="ended before it said hello"):
        call(opened("dies:and_never_again"))


SHUFFLED = np.random.default_rng(0).permutation(COUNT).tolist()  # as the level calls
EIGHTH_DEATH = [place for place, number in enumerate(SHUFFLED) if number % 3 == 0][DEATHS_MAX - 1]


@pytest.mark.parametrize(("variant", "made"), [("dies:always", DEATHS_MAX), ("dies:at_thirds", EIGHTH_DEATH + 1)])
def test_the_level_tells_of_the_calls_that_were_made(tmp_path: Path, variant: str, made: int) -> None:
    spec = Spec(mode="seeded", components=(ComponentPlan("twice", f"{Path(__file__).stem}:numbers"),))
    opening = Opening(Path(__file__).parent, {"doubling": Doubling})
    run = Run(opening, Budget(), ("property",), save=False)
    address = f"stdio:{sys.executable} -B {PROGRAM} {variant} {tmp_path}"
    (level,) = check_pair(PairSpec("pair", "object:doubling", address, spec), run).levels
    assert level.outcome is Outcome.DIVERGENT
    assert level.coverage.fields["twice"].compared == made - DEATHS_MAX
    assert f"twice: stopped after {made} of 100 calls, its process having died again and again" in level.notes
    assert {one.divergence.leading.kind for one in level.counterexamples} == {"crash"}


def rolling(sides: int, word: str = "hit") -> type[Counter]:
    """Return an environment whose one component tells what it draws and what happens, and adds up to the same whatever it draws from."""

    def roll(number: int) -> dict[str, Any]:
        draw = {"site": "roll", "key": str(number), "domain": {"kind": "range", "low": 0, "high": sides}, "value": 0}
        return {"sum": number, "draws": [draw] if number else [], "events": [f"-{word}|{number}"]}

    return type("Rolling", (Counter,), {"components": {"roll": staticmethod(roll)}})


@pytest.mark.parametrize(
    ("target", "parts"),
    [(rolling(6), []), (rolling(7), [("draw", "roll")]), (rolling(6, "miss"), [("event", "-hit")])],
    ids=["alike", "another range", "another event"],
)
def test_what_a_component_draws_and_tells_of_is_compared_as_in_a_step(target: type[Counter], parts: list[tuple[str, str]]) -> None:
    spec = Spec(mode="seeded", components=(ComponentPlan("roll", f"{Path(__file__).stem}:numbers"),))
    run = Run(Opening(Path(__file__).parent, {"reference": rolling(6), "target": target}), Budget(), ("property",), save=False)
    (level,) = check_pair(PairSpec("pair", "object:reference", "object:target", spec), run).levels
    assert level.outcome is (Outcome.DIVERGENT if parts else Outcome.EQUIVALENT)
    assert [(one.kind, one.name) for found in level.counterexamples for one in found.divergence.inside] == parts
    assert "sum" not in level.coverage.fields
    assert level.coverage.fields["roll.sum"].compared > 0
