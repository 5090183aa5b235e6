"""What finds a planted fault: the lowest level that does, after how many steps, how small it becomes, and what is blamed for it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from planting import Fault, plant, play_batches

from equivcheck.backends.interface import Backend
from equivcheck.backends.opening import Opening
from equivcheck.backends.passing import PassingBackend
from equivcheck.errors import AdapterError, failure_words
from equivcheck.levels import LEVELS
from equivcheck.model.contract import read_contract
from equivcheck.model.request import Ask, Roll
from equivcheck.model.script import Script
from equivcheck.model.spec import PairSpec, ShrinkPlan, Spec
from equivcheck.model.trace import Trace
from equivcheck.model.values import Value
from equivcheck.model.verdict import Counterexample, Outcome
from equivcheck.pair import Budget, Pair, Played, Side
from equivcheck.probing import named_mode

ADAPTERS = Path(__file__).parents[1]
CONTRACTS = (ADAPTERS, ADAPTERS / "tapes", ADAPTERS / "jax_target/gen1")
ORDER = ("self", "property", "interaction", "rollout")
SHRINK = ShrinkPlan(replays_max=300, seconds_max=10.0)
INSTEAD = {"gen1": "gen1-coverage"}
"""Whose contract plays the rollouts of a pair that has none of its own."""

PAIRS: dict[str, tuple[Path, PairSpec]] = {
    pair.name: (folder, pair) for folder in CONTRACTS for pair in read_contract((folder / "equivcheck.toml").read_text(encoding="utf-8"))
}


@dataclass(slots=True)
class Tally:
    """Steps that a target was asked for; a call of a component counts as one. `calls`: how many the last message held."""

    steps: int = 0
    calls: int = 0


class CountingBackend(PassingBackend):
    """A target whose steps are counted."""

    def __init__(self, backend: Backend, tally: Tally) -> None:
        super().__init__(backend)
        self._tally = tally

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)

    def play(self, lanes: Sequence[int], scripts: Sequence[Script], ask: Ask) -> Trace:
        """See Backend."""
        trace = super().play(lanes, scripts, ask)
        self._tally.steps += steps_of(trace)
        return trace

    def roll(self, lanes: Sequence[int], rolls: Sequence[Roll], ask: Ask) -> Trace:
        """See Backend."""
        trace = super().roll(lanes, rolls, ask)
        self._tally.steps += steps_of(trace)
        return trace

    def call(self, component: str, arguments: Sequence[Sequence[Value]]) -> list[Value]:
        """See Backend."""
        self._tally.steps += len(arguments)
        self._tally.calls = len(arguments)
        return super().call(component, arguments)


@dataclass(frozen=True, slots=True)
class CountingOpening(Opening):
    """Where the target of one address is counted."""

    target: str = ""
    tally: Tally = field(default_factory=Tally)

    def open(self, address: str) -> Backend:
        """See Opening."""
        backend = Opening.open(self, address)
        return CountingBackend(backend, self.tally) if address == self.target else backend


@dataclass(slots=True)
class CountingPair(Pair):
    """A pair that knows what it has played."""

    before: int = 0
    last: Played | None = None

    def answer(self, asked: Any, deaths: int = 2) -> Played:
        """See Pair."""
        if self.last is not None:
            self.before += steps_of(self.last.reference)
        self.last = Pair.answer(self, asked, deaths)
        return self.last

    def steps_to(self, script: int, step: int) -> int:
        """Return how many steps come before the end of one in what was played last, which included."""
        assert self.last is not None
        return self.before + steps_of(self.last.reference, script) + step


def steps_of(trace: Trace, scripts: int | None = None) -> int:
    """Return the steps of all scripts, or of the first so many."""
    return sum(run.count - 1 for run in trace.runs if scripts is None or run.script < scripts)


@dataclass(slots=True)
class Search:
    """One level over one pair: when it first told of a difference."""

    pair: CountingPair
    tally: Tally
    began: float = field(default_factory=time.monotonic)
    steps: int | None = None
    seconds: float = 0.0

    def found(self, pair: Pair, counterexample: Counterexample) -> None:
        """Hear of a difference: the first counts."""
        if self.steps is not None:
            return
        self.seconds = time.monotonic() - self.began
        at = counterexample.divergence
        if pair is self.pair:
            self.steps = self.pair.steps_to(at.script, at.step_index)
        elif "-call-" in pair.name:
            self.steps = self.tally.steps - self.tally.calls + at.script + 1
        else:
            self.steps = self.tally.steps


def open_pair(name: str, target: str, seconds: float = SHRINK.seconds_max) -> tuple[CountingPair, Tally]:
    """Return the pair of a contract, with another target where one is named."""
    folder, given = PAIRS[name]
    address, tally = target or given.target, Tally()
    opening = CountingOpening(folder, target=address, tally=tally)
    spec = replace(given.spec, shrink=replace(SHRINK, seconds_max=seconds))
    mode = named_mode(spec)
    assert mode is not None, f"{name} names no mode"
    return CountingPair(name, Side(given.reference, opening), Side(address, opening), spec, mode), tally


def answers_of(counterexample: Counterexample) -> list[str]:
    """Return what a finding blames, the nearest to the cause first: `kind:name`."""
    both = [each for each in (counterexample.call, counterexample) if each is not None]
    called = [each.name.partition("-call-")[2] for each in both if "-call-" in each.name]
    inside = [f"{one.kind}:{one.name}" for each in both for one in each.divergence.inside]
    leading = [f"field:{each.divergence.leading.path}" for each in both if each.divergence.leading.path]
    return list(dict.fromkeys([*(f"component:{name}" for name in called), *inside, *leading]))


def is_named(answers: Sequence[str], named: Sequence[str]) -> bool:
    """Return whether what is blamed first, or the field that parts, is among what may rightly be."""
    told = [answer for number, answer in enumerate(answers) if not number or answer.startswith("field:")]
    return any(fnmatchcase(answer, pattern) for answer in told for pattern in named)


def run_level(level: str, name: str, target: str, episodes: int | None = None) -> dict[str, Any]:
    """Return what one level says of a pair."""
    pair, tally = open_pair(name, target)
    check, search = LEVELS[level], Search(pair, tally)
    assert check is not None
    try:
        verdict = check(pair, Budget(episodes=episodes), search.found)
    except AdapterError as error:
        return {"outcome": "error", "words": failure_words(error)}
    finally:
        pair.close()
    told: dict[str, Any] = {"outcome": verdict.outcome.value, "words": verdict.reason, "all_steps": tally.steps}
    told["all_seconds"] = round(time.monotonic() - search.began, 1)
    if verdict.outcome is not Outcome.DIVERGENT:
        return told
    first = verdict.counterexamples[0]
    is_call = first.call is not None or "-call-" in first.name
    return {
        **told,
        "steps": search.steps,
        "seconds": round(search.seconds, 1),
        "size": "not shrunk" if first.flaky else "call" if is_call else str(first.script.action_count),
        "form": "call" if is_call else first.distilled,
        "answers": answers_of(first),
        "others": [answers_of(one) for one in verdict.counterexamples[1:]],
    }


def levels_of(spec: Spec) -> list[str]:
    """Return the levels that say something of a pair, lowest first."""
    return [level for level in ORDER if level != "interaction" or spec.interaction.factors]


def run_on(level: str, pair: str, target: str, rollouts: int) -> dict[str, Any]:
    """Return what one level says of a pair, or of the one that plays its rollouts."""
    return run_level(level, INSTEAD.get(pair, pair), target, rollouts) if level == "rollout" else run_level(level, pair, target)


def find_lowest(fault: Fault, pair: str, rollouts: int) -> dict[str, Any]:
    """Return what the lowest level that finds a fault says of it, and what those below cost."""
    with planted(fault, pair) as target:
        below: dict[str, Any] = {}
        for level in levels_of(PAIRS[pair][1].spec):
            told = run_on(level, pair, target, rollouts)
            if told["outcome"] == Outcome.DIVERGENT.value:
                return {"level": level, **told, "named": is_named(told["answers"], fault.named), "below": below}
            below[level] = told
        return {"level": "", "below": below, "named": False}


@contextmanager
def planted(fault: Fault, pair: str) -> Iterator[str]:
    """Plant a fault in a copy of the pair's target; yield the address of that."""
    folder, given = PAIRS[pair]
    address, _, environment = given.target.rpartition(":")
    port = (folder / address).resolve()
    with tempfile.TemporaryDirectory() as copies:
        plant(fault, port, Path(copies) / port.name, environment if environment == "gen1" else "")
        yield f"{Path(copies) / port.name}:{environment}"


def roll_uniformly(fault: Fault, pair: str, episodes: int, seconds: float) -> dict[str, Any]:
    """Return after how many episodes and steps of uniform rollouts alone a fault is found, or how many did not find it."""
    with planted(fault, pair) as target:
        opened, _ = open_pair(pair, target)
        began, done = time.monotonic(), 0
        try:
            for before, played in play_batches(opened, episodes, opened.spec.rollout.steps_max, 0, ("uniform",)):
                done = before + len(played.reference.scripts)
                steps = opened.before + steps_of(played.reference)
                if played.comparison.divergences:
                    first = min(played.comparison.divergences, key=lambda one: one.script)
                    done, steps = before + first.script + 1, opened.steps_to(first.script, first.step_index)
                if played.comparison.divergences or time.monotonic() - began > seconds:
                    break
        finally:
            opened.close()
        found = bool(played.comparison.divergences)
        return {"found": found, "episodes": done, "steps": steps, "seconds": round(time.monotonic() - began, 1)}


def check_sound(pair: str, rollouts: int) -> Mapping[str, dict[str, Any]]:
    """Return what every level says of a pair without a fault."""
    return {level: run_on(level, pair, "", rollouts) for level in levels_of(PAIRS[pair][1].spec)}
