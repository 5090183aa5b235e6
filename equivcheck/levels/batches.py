"""Playing many scripts: batch after batch on both sides, the reference a batch ahead, until enough has been seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import TypeAlias

import numpy as np

from equivcheck.generation import episode_seed, make_rolls
from equivcheck.levels.ahead import Ahead
from equivcheck.levels.gathering import Gathering
from equivcheck.levels.resuming import Resuming
from equivcheck.model.request import Roll
from equivcheck.model.script import Episode, Script
from equivcheck.model.space import Space
from equivcheck.model.trace import Trace
from equivcheck.model.values import MISSING
from equivcheck.pair import Asked, Budget, Pair, Played

_BATCH_BYTES_MAX = 64 * 2**20
_BATCH_EPISODES_MAX = 256
_HOPELESS = 30  # episodes in a row that all diverged: more of them teach nothing
_DEATHS_ENOUGH = 8  # each costs fresh processes


def play_batches(
    pair: Pair, name: str, batches: Iterator[Batch], episodes: int, budget: Budget, gathering: Gathering, steps_max: int | None
) -> None:
    """Play batches until so many episodes were compared, or more of them would teach nothing. `name`: what progress and notes call them."""
    in_a_row = done = deaths = 0
    what, resuming = f"{gathering.level}, {name}", Resuming(gathering)
    with Ahead(pair.reference) as ahead:
        budget.progress(what, done, episodes)
        for batch, played in _play(pair, batches, ahead):
            gathering.take(pair, played, steps_max)
            resuming.go_on(pair, played)
            if not pair.digested:
                pair.settle_by_digest(played)
            batch.finish(played)
            count, diverged = sum(len(script.episodes) for script in played.reference.scripts), played.comparison.coverage.episodes_diverged
            done += count
            in_a_row = in_a_row + diverged if diverged == count else 0
            budget.progress(what, min(done, episodes), episodes)
            if done >= episodes:
                break
            if in_a_row >= _HOPELESS:
                gathering.notes.append(f"{name}: stopped after {done} of {episodes} episodes, the last {in_a_row} all diverged")
                break
            deaths += sum(end.kind == "died" for trace in (played.reference, played.target) for end in trace.ends)
            if deaths >= _DEATHS_ENOUGH:
                gathering.notes.append(f"{name}: stopped after {done} of {episodes} episodes, a process having died {deaths} times")
                break
    budget.progress(what, episodes, episodes)


def _play(pair: Pair, batches: Iterator[Batch], ahead: Ahead) -> Iterator[tuple[Batch, Played]]:
    """Play the batches in turn; the reference is asked for the next before the target has answered this one."""
    batch = next(batches, None)
    asked = None if batch is None else ahead.ask(partial(batch.ask, pair))
    while batch is not None and asked is not None:
        answered = asked()
        batch.learn(answered.trace)
        following = next(batches, None)
        asked = None if following is None else ahead.ask(partial(following.ask, pair))
        yield batch, pair.answer(answered)
        if following is None and (following := next(batches, None)) is not None:  # what was left unplayed just now
            asked = ahead.ask(partial(following.ask, pair))
        batch = following


class RolledBatches:
    """The batches of a driver, as an iterator; they double while their bytes stay within bounds.

    What a side left unplayed comes next: `left` holds its rolls. `bytes_each`: what an episode turned out to take.
    """

    def __init__(self, pair: Pair, driver: str, space: Space, episodes: int, budget: Budget) -> None:
        self.left: list[Roll] = []
        self.bytes_each = 0.0
        self._lanes = pair.reference.backend.greeting.lanes
        self._starts, self._steps_max = pair.starts, pair.spec.rollout.steps_max
        self._driver, self._space, self._episodes, self._seed = driver, space, episodes, budget.seed
        self._done, self._size = 0, min(max(4, self._lanes), _BATCH_EPISODES_MAX)

    def __iter__(self) -> RolledBatches:
        return self

    def __next__(self) -> _RolledBatch:
        if self.left:
            rolls, self.left = self.left[: self._lanes], self.left[self._lanes :]
            return _RolledBatch(self, rolls)
        if self._done >= self._episodes:
            raise StopIteration
        if self._done:
            self._size = max(1, min(2 * self._size, int(_BATCH_BYTES_MAX / self.bytes_each), max(_BATCH_EPISODES_MAX, self._lanes)))
        size = min(self._size, self._episodes - self._done)
        numbers = range(self._done, self._done + size)
        starts = [self._starts[number % len(self._starts)] if self._starts else MISSING for number in numbers]
        played = [Episode(episode_seed(self._seed, number), start=start) for number, start in zip(numbers, starts, strict=True)]
        scripts = [tuple(played[lane :: self._lanes]) for lane in range(min(self._lanes, size))]
        self._done += size
        return _RolledBatch(self, make_rolls(self._driver, self._space, scripts, self._steps_max))


class _RolledBatch:
    """Rolls, one a lane, that are played together."""

    def __init__(self, home: RolledBatches, rolls: Sequence[Roll]) -> None:
        self._home, self._rolls = home, rolls

    def ask(self, pair: Pair) -> Asked:
        """Have the reference roll them."""
        return pair.ask_to_roll(self._rolls)

    def learn(self, trace: Trace) -> None:
        """See how much the reference answered."""
        count = max(sum(len(script.episodes) for script in trace.scripts), 1)
        held = sum(column.values.nbytes for column in trace.columns.values() if isinstance(column.values, np.ndarray))
        ragged = sum(64 * len(column) for column in trace.columns.values() if isinstance(column.values, list))
        self._home.bytes_each = max((held + ragged) / count, 1.0)

    def finish(self, played: Played) -> None:
        """See what is left unplayed: the episodes after one that a side gave up, each a roll of its own."""
        self._home.left += [
            replace(roll, episodes=roll.episodes[at : at + 1], choosers=roll.choosers[at : at + 1], spaces=roll.spaces[at : at + 1])
            for roll, script in zip(self._rolls, played.reference.scripts, strict=True)
            for at in range(len(script.episodes), len(roll.episodes))
        ]


class _ScriptedBatch:
    """Scripts that are played as they are, together; `seen` hears of them once they were."""

    def __init__(self, scripts: Sequence[Script], seen: Callable[[Played], None]) -> None:
        self._scripts, self.finish = scripts, seen

    def ask(self, pair: Pair) -> Asked:
        """Have the reference play them."""
        return pair.ask_to_play(self._scripts)

    def learn(self, trace: Trace) -> None:
        """See how much the reference answered."""


Batch: TypeAlias = _RolledBatch | _ScriptedBatch


def scripted_batches(scripts: Iterable[Script], seen: Callable[[Played], None] = lambda played: None) -> Iterator[Batch]:
    """Yield scripts in batches of at most 256; `seen` hears what became of each batch, in order."""
    rest = iter(scripts)
    while batch := list(islice(rest, _BATCH_EPISODES_MAX)):
        yield _ScriptedBatch(batch, seen)


def first_scripts(scripts: Iterable[Script], episodes: int) -> Iterator[Script]:
    """Yield scripts until they hold so many episodes."""
    for script in scripts:
        yield script
        episodes -= len(script.episodes)
        if episodes <= 0:
            return
