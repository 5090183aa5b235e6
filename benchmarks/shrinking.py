"""Shrinking beside Hypothesis and ddmin: replays and time on planted faults that need 1, 3 and 10 actions.

Run: python benchmarks/run.py --only shrinking

The environment counts how many of the needed actions it has seen, in order; the fault shows when it has seen all.
The needed actions lie at random places among fillers, by the seeds 1, 2 and 3; the last of them is the last action.
One replay is one candidate played. No contender is told anything but whether the fault shows, except that
equivcheck also hears where, as it does in a run.

- equivcheck: all its passes, lowering the values of actions as well; nothing can be loaded.
- with jump: the same where states can be loaded.
- hypothesis: `find` on `st.binary()`, one byte an action, which takes about half the calls of a list of integers. It
  starts from the same script, through its example database, with an unused choice added, without which it takes the
  script for shrunk already. Calls that repeat the start are not counted. What it generates ends at 8 KiB, so it gets
  8,000 actions where the others get 10,000.
- ddmin: picire's `DD` as it comes, with its cache; its repeated assertions are not counted. It drops actions only.
- ddmin tuned: picire told to try complements only, the best of five settings tried.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import picire
from figures import Figure
from hypothesis import Phase, find, settings
from hypothesis import strategies as st
from hypothesis.database import InMemoryExampleDatabase, choices_to_bytes
from picire.config_iterators import skip
from picire.outcome_cache import ConfigCache

from equivcheck.model.script import Episode, Script
from equivcheck.model.values import MISSING
from equivcheck.shrinking import Witness, shrink

GROUP = "replays to shrink a planted fault, over those of equivcheck without a jump; results are never larger"
NEEDED = (1, 3, 10)
LENGTHS = (100, 1_000, 10_000)
SEEDS = (1, 2, 3)
LENGTHS_MAX = {"hypothesis": 8_000}


@dataclass(frozen=True)
class Outcome:
    """What one contender made of one script."""

    replays: int
    size: int
    time_ms: float


def plant(needed: int, length: int, seed: int) -> list[int]:
    """Return actions 1 ... needed in order at random places among zeros."""
    actions = [0] * length
    places = [*sorted(random.Random(seed).sample(range(length - 1), needed - 1)), length - 1]
    for number, place in enumerate(places, 1):
        actions[place] = number
    return actions


def play(actions: Sequence[int], needed: int, seen: int = 0) -> list[int] | None:
    """Return the state before each action up to the fault; None where it does not show."""
    states = []
    for action in actions:
        states.append(seen)
        seen += action == seen + 1
        if seen == needed:
            return states
    return None


def by_equivcheck(actions: list[int], needed: int, can_jump: bool = False) -> Outcome:
    """Shrink with all passes."""

    def predicate(scripts: Sequence[Script]) -> list[Witness | None]:
        return [witness_of(script) for script in scripts]

    def witness_of(script: Script) -> Witness | None:
        episode = script.episodes[-1]
        states = play(episode.actions, needed, 0 if episode.start is MISSING else episode.start)  # type: ignore[arg-type]
        if states is None:
            return None
        cut = replace(episode, actions=episode.actions[: len(states)])
        return Witness(Script((cut,)), tuple(states) if can_jump else None)

    began = time.perf_counter()
    start = witness_of(Script((Episode(actions=tuple(actions)),)))
    assert start is not None
    result = shrink(start, predicate, replays_max=10**6, expired=lambda: False, found=lambda witness, replays: None)
    return Outcome(result.replays, result.witness.script.action_count, 1_000 * (time.perf_counter() - began))


def with_jump(actions: list[int], needed: int) -> Outcome:
    """Shrink where states can be loaded."""
    return by_equivcheck(actions, needed, can_jump=True)


def by_hypothesis(actions: list[int], needed: int) -> Outcome:
    """Shrink by `hypothesis.find`, from the same script."""
    calls = 0

    def shows(candidate: bytes) -> bool:
        nonlocal calls
        calls += candidate != start
        return play(candidate, needed) is not None

    start, key, database = bytes(actions), b"planted", InMemoryExampleDatabase()
    database.save(key, choices_to_bytes([start, 0]))
    chosen = settings(database=database, phases=[Phase.reuse, Phase.shrink], max_examples=10**6, deadline=None)
    began = time.perf_counter()
    smallest = find(st.binary(), shows, settings=chosen, database_key=key)
    return Outcome(calls, len(smallest), 1_000 * (time.perf_counter() - began))


def by_ddmin(actions: list[int], needed: int, **tuning: object) -> Outcome:
    """Shrink by picire's ddmin over the indices of the actions."""
    calls = 0

    def outcome_of(kept: list[int], label: tuple[str, ...]) -> picire.Outcome:
        nonlocal calls
        calls += "assert" not in label
        return picire.Outcome.PASS if play([actions[at] for at in kept], needed) is None else picire.Outcome.FAIL

    began = time.perf_counter()
    kept = picire.DD(outcome_of, cache=ConfigCache(), **tuning)(list(range(len(actions))))
    return Outcome(calls, len(kept), 1_000 * (time.perf_counter() - began))


def by_tuned_ddmin(actions: list[int], needed: int) -> Outcome:
    """Shrink by picire's ddmin at its best here."""
    return by_ddmin(actions, needed, subset_iterator=skip)


CONTENDERS: dict[str, Callable[[list[int], int], Outcome]] = {
    "equivcheck": by_equivcheck,
    "with jump": with_jump,
    "hypothesis": by_hypothesis,
    "ddmin": by_ddmin,
    "ddmin tuned": by_tuned_ddmin,
}


def figures() -> Iterator[Figure]:
    """Yield how many times our replays each contender needs, script by script. Raises: AssertionError where our result is larger."""
    for needed, length in product(NEEDED, LENGTHS):
        ours = run_contender("equivcheck", needed, length)
        for name in ("hypothesis", "ddmin", "ddmin tuned"):
            theirs = run_contender(name, needed, length)
            if any(own.size > other.size for own, other in zip(ours, theirs, strict=True)):
                raise AssertionError(f"{name} has a smaller result where {needed} of {length:,} actions are needed")
            ratios = [other.replays / own.replays for own, other in zip(ours, theirs, strict=True)]
            yield Figure(GROUP, f"{name}, {needed} of {length:,} actions", ratios, 1.0, note=each(ours, theirs))
        jumping = run_contender("with jump", needed, length)
        ratios = [jumped.replays / own.replays for own, jumped in zip(ours, jumping, strict=True)]
        yield Figure(GROUP, f"equivcheck with jump, {needed} of {length:,} actions", ratios, note=each(ours, jumping))


def run_contender(name: str, needed: int, length: int) -> list[Outcome]:
    """Let one contender shrink one script a seed."""
    length = min(length, LENGTHS_MAX.get(name, length))
    return [CONTENDERS[name](plant(needed, length, seed), needed) for seed in SEEDS]


def each(ours: list[Outcome], theirs: list[Outcome]) -> str:
    """Return the mean replays and milliseconds of both."""
    means = [(sum(one.replays for one in row) / len(row), sum(one.time_ms for one in row) / len(row)) for row in (ours, theirs)]
    return "; ".join(f"{replays:.0f} replays in {time_ms:,.0f} ms" for replays, time_ms in means)
