from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from equivcheck.backends.opening import Opening, wrap
from equivcheck.backends.passing import PassingBackend
from equivcheck.levels.rollout import check_rollout
from equivcheck.model.spec import PRESETS, Spec
from equivcheck.model.verdict import Outcome, Verdict
from equivcheck.pair import Budget, Pair, Side

WAIT_S = 20.0


class Count:
    """Counts up to where its seed says."""

    actions = 2
    fault_at = -1

    def reset(self, seed: int) -> dict[str, Any]:
        self.at, self.end = 0, 3 + seed % 4
        return {"at": self.at}

    def step(self, action: int) -> dict[str, Any]:
        self.at += 1
        return {"at": self.at + (self.end == self.fault_at), "terminated": self.at == self.end}


class Faulty(Count):
    fault_at = 5


class Program(PassingBackend):
    """Stands for a program: tells when it rolls, and that it was killed."""

    starts = 1

    def __init__(self, on_roll: Callable[[], None] = lambda: None) -> None:
        super().__init__(wrap(Count, "Count"))
        self._on_roll, self.rolled, self.killed = on_roll, 0, threading.Event()

    def roll(self, *given: Any) -> Any:
        self.rolled += 1
        self._on_roll()
        return super().roll(*given)

    def kill(self) -> None:
        self.killed.set()


class Answering(PassingBackend):
    """A target that does something before it answers."""

    def __init__(self, before: Callable[[], None], environment: type = Count) -> None:
        super().__init__(wrap(environment, environment.__name__))
        self._before = before

    def play(self, *given: Any) -> Any:
        self._before()
        return super().play(*given)


def check(tmp_path: Path, reference: PassingBackend, target: PassingBackend, episodes: int = 12) -> Verdict:
    side = Side("", Opening(tmp_path, {"Count": Count, "Faulty": Faulty}))
    sides = [side.sharing(f"object:{backend.greeting.name}", backend) for backend in (reference, target)]
    pair = Pair("count", sides[0], sides[1], Spec(), PRESETS["seeded"])
    return check_rollout(pair, Budget(episodes=episodes), lambda played, counterexample: None)


def test_a_program_rolls_the_next_batch_while_the_target_answers_this_one(tmp_path: Path) -> None:
    """12 episodes are batches of 4 and 8, under each of two drivers: the target waits in each first one for the second roll."""
    second = threading.Semaphore(0)
    reference = Program(lambda: second.release() if reference.rolled % 2 == 0 else None)
    answers = iter(range(4))
    seen = []
    target = Answering(lambda: seen.append(second.acquire(timeout=WAIT_S)) if next(answers) % 2 == 0 else None)
    verdict = check(tmp_path, reference, target)
    assert (verdict.outcome, seen, reference.rolled) == (Outcome.EQUIVALENT, [True, True], 4)


def test_what_is_in_this_process_is_asked_in_turn(tmp_path: Path) -> None:
    threads = []
    reference = Answering(lambda: None)
    reference.roll = lambda *given: threads.append(threading.current_thread()) or PassingBackend.roll(reference, *given)  # type: ignore[method-assign,func-returns-value]
    assert check(tmp_path, reference, Answering(lambda: None)).outcome is Outcome.EQUIVALENT
    assert set(threads) == {threading.main_thread()}


def test_what_is_found_does_not_depend_on_it(tmp_path: Path) -> None:
    plain = check(tmp_path, Answering(lambda: None), Answering(lambda: None, Faulty))
    ahead = check(tmp_path, Program(), Answering(lambda: None, Faulty))
    assert plain.outcome is ahead.outcome is Outcome.DIVERGENT
    assert plain.coverage == ahead.coverage
    assert [one.script for one in plain.counterexamples] == [one.script for one in ahead.counterexamples]


def test_an_interrupt_kills_the_program_and_leaves_no_thread(tmp_path: Path) -> None:
    reference = Program(lambda: reference.rolled < 2 or reference.killed.wait(WAIT_S))

    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check(tmp_path, reference, Answering(interrupt))
    assert reference.killed.is_set()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ahead")]


def test_what_fails_ahead_loses_nothing_that_was_answered_before(tmp_path: Path) -> None:
    """The second roll fails while the first is answered; the first is gathered all the same."""
    answered = threading.Event()

    def fail() -> None:
        if reference.rolled == 2:
            raise RuntimeError("out of order")

    reference = Program(fail)
    with pytest.raises(RuntimeError, match="out of order"):
        check(tmp_path, reference, Answering(answered.set))
    assert answered.is_set()
