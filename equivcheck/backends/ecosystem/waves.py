"""Episodes of a functional environment, played side by side in waves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from equivcheck.backends.ecosystem.feeds import Rolled, Scripted
from equivcheck.backends.ecosystem.pool import ENDED, FRESH, RUNNING, Pool
from equivcheck.backends.ecosystem.readings import Piece, Readings
from equivcheck.model.script import Episode
from equivcheck.model.space import Space
from equivcheck.model.values import MISSING, Array, Value

Feed: TypeAlias = Scripted | Rolled
STEP_ROWS = 2  # compiled for one step, the same function rounds otherwise (measured: MountainCar and Acrobot on CPU)
NO_LOAD = "no load: the environment has no `get_obs`, or `export_state` without `import_state`"


@dataclass(frozen=True, slots=True)
class Job:
    """One episode. What is pure needs no order: the episodes of one script are played side by side as well."""

    script: int
    number: int
    lane: int
    episode: Episode
    chooser: int = 0
    space: Space | None = None
    steps_max: int = 0


@dataclass(slots=True)
class Played:
    """What came of lanes: their records now, the Steps in pieces, how many each has int[L], and why some stopped."""

    held: Array
    feed: Feed
    lengths: Array
    pieces: list[Piece] = field(default_factory=list)
    stops: dict[int, str] = field(default_factory=dict)


class Waves:
    """Plays records of a Pool's kind on the device; a record says all about its lane."""

    def __init__(self, device: Any, readings: Readings, pool: Pool) -> None:
        self._device, self._readings, self._pool = device, readings, pool

    def play(self, jobs: Sequence[Job], make_feed: Callable[[Sequence[Job], int], Feed], kept: bool) -> Played:
        """Begin and play the episodes of jobs; with `kept` the states are read as well."""
        width = self._device.width(len(jobs))
        held = np.zeros(width, self._pool.record)
        seeds = np.array([job.episode.seed for job in jobs], np.uint64)
        held["key"][: len(jobs)] = np.stack([seeds >> np.uint64(32), seeds & np.uint64(0xFFFFFFFF)], axis=-1)
        leaves, seen = self._device.reset(held["key"])
        self._pool.put(held, leaves)
        seen = {path: np.array(array) for path, array in seen.items()}
        starts, stops = self._read_episodes(jobs, held)
        if starts:
            stops |= self.put_states(held, starts)
        if starts and self._readings.loads:
            loaded, _ = self.view(held)
            for path, array in seen.items():
                array[list(starts)] = loaded[path][0][list(starts)]
        held["phase"] = _phase(seen)
        alive = held["phase"] == RUNNING
        alive[[*stops, *range(len(jobs), width)]] = False
        played = self.advance(held, alive, make_feed(jobs, width), kept, self._device.block_steps(width))
        played.pieces.insert(0, _lift(seen, self._pool.leaves(held) if kept else None))
        played.lengths += 1
        played.lengths[list(stops)] = 0
        played.stops = stops | self._find_stops(jobs, played)
        return played

    def _find_stops(self, jobs: Sequence[Job], played: Played) -> dict[int, str]:
        """Say why jobs stopped that neither ended nor took all their actions: only what is not legal stops them."""
        took = (played.lengths - 1).tolist()
        left = {index: job.episode.actions[took[index]] for index, job in enumerate(jobs) if 0 <= took[index] < len(job.episode.actions)}
        return self.refuse(played.held, {index: action for index, action in left.items() if played.held["phase"][index] == RUNNING})

    def refuse(self, held: Array, actions: Mapping[int, Value]) -> dict[int, str]:
        """Say why records took no step, by index."""
        running = [index for index in actions if held["phase"][index] == RUNNING]
        masks = self._device.masks(self._pool.leaves(held)) if running else {}
        words = {FRESH: "no step: the lane was not reset", ENDED: "no step: the episode has ended"}
        return {
            index: words.get(held["phase"][index])
            or str(self._device.refusal({path: np.asarray(mask)[index] for path, mask in masks.items()}, action))
            for index, action in actions.items()
        }

    def _read_episodes(self, jobs: Sequence[Job], held: Array) -> tuple[dict[int, Value], dict[int, str]]:
        """Return by index which canonical states are begun from, and why some episodes are refused; note what they show."""
        starts, stops = {}, {}
        for index, episode in enumerate(job.episode for job in jobs):
            begun = None
            asked = episode.options if episode.draws is None else {**episode.options, "draws": True}
            if asked:
                held["shown"][index] = self._readings.shown(asked)
            if episode.options:
                try:
                    begun = self._readings.begin(episode.options, episode.seed)
                except ValueError as error:
                    stops[index] = str(error)
            if episode.start is not MISSING or begun is not None:
                starts[index] = begun if episode.start is MISSING else episode.start
        return starts, stops

    def advance(self, held: Array, alive: Array, feed: Feed, kept: bool, steps: int) -> Played:
        """Play in blocks of `steps` until each lane has ended, or taken what its feed allows."""
        lanes = self._device.lanes(self._pool.leaves(held), held["key"], held["clock"], alive)
        played = Played(held.copy(), feed, np.zeros(len(held), int))
        while (alive := np.asarray(lanes.alive) & (played.lengths < feed.limits)).any():
            block = self._device.advance(lanes._replace(alive=alive), feed.block(steps), steps=steps, kept=kept)
            lanes, counts = block.lanes, np.asarray(block.counts)
            rows = int(counts.max())
            seen = {path: np.asarray(array)[:rows] for path, array in block.seen.items()}
            states = None if block.states is None else [np.asarray(leaf)[:rows] for leaf in block.states]
            played.pieces.append((seen, states))
            played.lengths += counts
            went = np.flatnonzero(counts)
            flags = {path: seen[path][counts[went] - 1, went] for path in ("terminated", "truncated")}
            played.held["phase"][went] = _phase(flags)
            if isinstance(feed, Rolled) and block.parts is not None:
                feed.note(tuple(map(np.asarray, block.parts)), np.asarray(block.asked), np.asarray(block.drawn))
        self._pool.put(played.held, lanes.leaves)
        played.held["clock"] = lanes.clock
        return played

    def view(self, held: Array) -> Piece:
        """Return what is seen in the states of the records, and note in them which have ended."""
        leaves = self._pool.leaves(held)
        seen = {path: np.asarray(array) for path, array in self._device.view(leaves).items()}
        held["phase"] = _phase(seen)
        return _lift(seen, leaves)

    def put_states(self, held: Array, states: Mapping[int, Value]) -> dict[int, str]:
        """Put canonical states into records, by index; return why not, for those that are refused."""
        if not self._readings.loads:
            return dict.fromkeys(states, NO_LOAD)
        leaves, refused = self._readings.states(list(states.values()))
        indices = np.array(list(states))
        good = [at for at in range(len(states)) if at not in refused]
        self._pool.put(held, [leaf[good] for leaf in leaves], indices[good])
        return {int(indices[at]): words for at, words in refused.items()}


def _lift(seen: Mapping[str, Array], leaves: Sequence[Array] | None) -> Piece:
    """Return one moment of all lanes as a piece of length 1."""
    return {path: array[None] for path, array in seen.items()}, leaves and [leaf[None] for leaf in leaves]


def _phase(seen: Mapping[str, Array]) -> Array:
    return np.where(seen["terminated"] | seen["truncated"], ENDED, RUNNING)
