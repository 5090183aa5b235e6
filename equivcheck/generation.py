"""Scripts and narrower action spaces from a seed: what the drivers of a rollout play."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import Protocol, cast, get_args

import numpy as np

from equivcheck.backends.opening import call_given
from equivcheck.errors import AdapterError
from equivcheck.model.request import Roll
from equivcheck.model.script import SEED_END, Episode
from equivcheck.model.space import Box, Choice, DictSpace, Discrete, Space
from equivcheck.protocol.sampling import SplitMix64, derive, derive_all

_SWARM, _CHOOSER = 0x5357, 0x4348


class Driver(Protocol):
    """Chooses the space that an episode's actions are drawn from; None is the declared one."""

    def __call__(self, space: Space, seed: int) -> Space | None: ...  # noqa: D102


def drive_uniform(space: Space, seed: int) -> Space | None:
    """Every legal action is as likely as any other."""
    return None


def drive_swarm(space: Space, seed: int) -> Space | None:
    """Each episode uses a random part of the actions, so that rare ones come in rows.

    Source: Groce et al. 2012, "Swarm testing", doi:10.1145/2338965.2336763.
    """
    return _narrow(space, SplitMix64(derive(seed, _SWARM)))


DRIVERS: Mapping[str, Driver] = {"uniform": drive_uniform, "swarm": drive_swarm}


def make_roll(driver: str, space: Space, episodes: tuple[Episode, ...], steps_max: int) -> Roll:
    """Return the roll of these episodes under a driver; equal arguments give equal rolls."""
    return make_rolls(driver, space, [episodes], steps_max)[0]


def make_rolls(driver: str, space: Space, lanes: Sequence[tuple[Episode, ...]], steps_max: int) -> list[Roll]:
    """Return a roll for each lane's episodes."""
    seeds = np.array([episode.seed for episodes in lanes for episode in episodes], np.uint64)
    drawn = iter(derive_all(seeds, _CHOOSER, *driver.encode()).tolist())
    drive = DRIVERS[driver] if driver in DRIVERS else _given_driver(driver)
    rolls = []
    for episodes in lanes:
        choosers = tuple(islice(drawn, len(episodes)))
        rolls.append(Roll(episodes, choosers, steps_max, tuple(drive(space, chooser) for chooser in choosers)))
    return rolls


def _given_driver(name: str) -> Driver:
    """Return the driver that `package.module:function` names, which has been loaded once; it raises AdapterError where it fails."""
    function = pkgutil.resolve_name(name)

    def drive(space: Space, seed: int) -> Space | None:
        narrowed = call_given(name, function, space, seed)
        if narrowed is not None and not isinstance(narrowed, get_args(Space)):
            raise AdapterError(f"{name!r} returned a {type(narrowed).__name__}; a driver returns a space, or None for the declared one")
        return cast("Space | None", narrowed)

    return drive


def episode_seed(seed: int, index: int) -> int:
    """Return the seed of the episode number `index` of a run: small numbers, easy to type again."""
    return (seed * 1_000_000 + index) % SEED_END


def _narrow(space: Space, rng: SplitMix64) -> Space:
    match space:
        case Discrete(n, start):
            kept = [start + index for index in range(n) if rng.below(2)] if n <= 4096 else []
            return _choice(tuple(kept or [start + rng.below(n)])) if n > 1 else space
        case Box():
            return _narrow_box(space, rng)
        case DictSpace(pairs):
            return DictSpace(tuple((key, _narrow(item, rng)) for key, item in pairs))
    return space  # masks are about whole spaces, so that only what they index alone is narrowed


@lru_cache(maxsize=4096)
def _choice(values: tuple[int, ...]) -> Choice:
    """Return one Choice for equal values, since most episodes of a small space share theirs."""
    return Choice(values)


def _narrow_box(space: Box, rng: SplitMix64) -> Box:
    """Narrow each bounded float element to one half of its range, or leave it; ints and open ends stay."""
    lows, highs = [], []
    for low, high in zip(space.low, space.high, strict=True):
        middle = low + (high - low) / 2
        part = rng.below(3) if space.dtype.startswith("float") and abs(middle) < float("inf") else 0
        lows.append(middle if part == 1 else low)
        highs.append(middle if part == 2 else high)
    return replace(space, low=tuple(lows), high=tuple(highs))
