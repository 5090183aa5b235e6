"""Rollout (L3): whole episodes on both sides, with the same seeds and the same actions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from equivcheck.comparison.accounting import expect_actions
from equivcheck.errors import AdapterError
from equivcheck.generation import episode_seed, make_rolls
from equivcheck.levels.gathering import Gathering
from equivcheck.localisation import Found
from equivcheck.model.phrases import counted
from equivcheck.model.request import Roll
from equivcheck.model.script import Episode, Script
from equivcheck.model.space import Space
from equivcheck.model.values import MISSING
from equivcheck.model.verdict import Verdict
from equivcheck.pair import Budget, Pair, Played
from equivcheck.stats import rate_bound

_BATCH_BYTES_MAX = 64 * 2**20
_BATCH_EPISODES_MAX = 256
_HOPELESS = 30  # episodes in a row that all diverged: more of them teach nothing
_DEATHS_ENOUGH = 8  # each costs fresh processes


def check_rollout(pair: Pair, budget: Budget, found: Found) -> Verdict:
    """Play the Spec's number of episodes under each of its drivers. Raises: AdapterError where a side is gone."""
    began = budget.clock()
    reference, target = (side.backend.greeting for side in (pair.reference, pair.target))
    space = reference.actions or target.actions
    if target.scripts and not reference.scripts:
        raise AdapterError("the target is a recording, which plays nothing else", hint="name it as the reference")
    if space is None and not reference.scripts:
        raise AdapterError("neither side says what its actions are", hint="give the reference an attribute `actions`")
    gathering = Gathering("rollout", found)
    if space is not None:
        expect_actions(gathering.coverage, space)
    held = sum(len(script.episodes) for script in reference.scripts)
    episodes = min(held, budget.episodes or held) or budget.episodes or pair.spec.rollout.episodes
    drivers = ("recorded",) if held else pair.spec.rollout.drivers
    for driver in drivers:
        batches = _held(reference.scripts, episodes) if held or space is None else _batches(pair, driver, space, episodes, budget)
        _drive(pair, driver, batches, episodes, budget, gathering)
    whole, skipped, bound = gathering.coverage.episodes, gathering.coverage.episodes_skipped, ""
    if whole > skipped:
        count = whole - skipped if skipped else episodes
        under = f"under {'the' if skipped else 'each'} driver{'s' if skipped else ''} ({', '.join(drivers)})"
        bound = f"0 of {counted(count, 'episode')} diverged {under}: at most {rate_bound(count):.2%} per episode at 95 %"
    return gathering.conclude(budget, bound, budget.clock() - began)


def _drive(pair: Pair, driver: str, batches: Iterator[_Batch | _Held], episodes: int, budget: Budget, gathering: Gathering) -> None:
    steps_max = pair.spec.rollout.steps_max
    in_a_row = done = deaths = 0
    for batch in batches:
        budget.progress(f"rollout, {driver}", done, episodes)
        played = batch.play(pair)
        gathering.take(pair, played, steps_max)
        if not pair.digested:
            pair.settle_by_digest(played)
        batch.learn(played)
        count, diverged = sum(len(script.episodes) for script in played.reference.scripts), played.comparison.coverage.episodes_diverged
        done += count
        in_a_row = in_a_row + diverged if diverged == count else 0
        if done >= episodes:
            break
        if in_a_row >= _HOPELESS:
            gathering.notes.append(f"{driver}: stopped after {done} of {episodes} episodes, the last {in_a_row} all diverged")
            break
        deaths += sum(end.kind == "died" for trace in (played.reference, played.target) for end in trace.ends)
        if deaths >= _DEATHS_ENOUGH:
            gathering.notes.append(f"{driver}: stopped after {done} of {episodes} episodes, a process having died {deaths} times")
            break
    budget.progress(f"rollout, {driver}", episodes, episodes)


class _Batch(list[Roll]):
    """Rolls, one a lane, that are played together.

    `bytes_each` is what an episode turned out to take; `unplayed` are rolls of the single episodes after one that a side gave up.
    """

    bytes_each: float = 0.0
    unplayed: Sequence[Roll] = ()

    def play(self, pair: Pair) -> Played:
        """Play the batch on both sides."""
        return pair.roll(self)

    def learn(self, played: Played) -> None:
        """See what became of the batch."""
        count = max(sum(len(script.episodes) for script in played.reference.scripts), 1)
        held = sum(column.values.nbytes for column in played.reference.columns.values() if isinstance(column.values, np.ndarray))
        ragged = sum(64 * len(column) for column in played.reference.columns.values() if isinstance(column.values, list))
        self.bytes_each = max((held + ragged) / count, 1.0)
        self.unplayed = [
            replace(roll, episodes=roll.episodes[at : at + 1], choosers=roll.choosers[at : at + 1], spaces=roll.spaces[at : at + 1])
            for roll, script in zip(self, played.reference.scripts, strict=True)
            for at in range(len(script.episodes), len(roll.episodes))
        ]


class _Held(list[Script]):
    """Scripts that a recording holds, played together."""

    def play(self, pair: Pair) -> Played:
        """See _Batch."""
        return pair.play(self)

    def learn(self, played: Played) -> None:
        """See _Batch."""


def _held(scripts: Sequence[Script], episodes: int) -> Iterator[_Held]:
    """Yield the first scripts of a recording, until they hold so many episodes."""
    left, batch = episodes, _Held()
    for script in scripts:
        batch.append(script)
        left -= len(script.episodes)
        if left <= 0 or len(batch) == _BATCH_EPISODES_MAX:
            yield batch
            batch = _Held()
        if left <= 0:
            return


def _batches(pair: Pair, driver: str, space: Space, episodes: int, budget: Budget) -> Iterator[_Batch]:
    """Yield the batches; they double while their bytes stay within bounds, and what one left unplayed comes next."""
    lanes = pair.reference.backend.greeting.lanes
    starts = pair.starts
    done, size = 0, min(max(4, lanes), _BATCH_EPISODES_MAX)
    while done < episodes:
        size = min(size, episodes - done)
        seeds = [episode_seed(budget.seed, number) for number in range(done, done + size)]
        states = [starts[number % len(starts)] if starts else MISSING for number in range(done, done + size)]
        played = [Episode(seed, start=state) for seed, state in zip(seeds, states, strict=True)]
        scripts = [tuple(played[lane::lanes]) for lane in range(min(lanes, size))]
        batch = _Batch(make_rolls(driver, space, scripts, pair.spec.rollout.steps_max))
        yield batch
        for first in range(0, len(batch.unplayed), lanes):
            yield _Batch(batch.unplayed[first : first + lanes])
        done += size
        affordable = int(_BATCH_BYTES_MAX / batch.bytes_each)
        size = max(1, min(2 * size, affordable, max(_BATCH_EPISODES_MAX, lanes)))
