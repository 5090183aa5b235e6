"""Scripts and narrower action spaces from a seed: what the drivers of a rollout play."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import Protocol, TypeVar, cast, get_args

import numpy as np

from equivcheck.backends.given import call_given
from equivcheck.errors import AdapterError
from equivcheck.model.request import Roll
from equivcheck.model.script import SEED_END, Episode
from equivcheck.model.space import Box, Choice, DictSpace, Discrete, Space
from equivcheck.model.values import Array
from equivcheck.protocol.sampling import SplitMix64, derive_all, outputs

Item = TypeVar("Item")

_SWARM, _CHOOSER = 0x5357, 0x4348
_TABLE_MAX = 16  # actions of a space whose parts are numbered


class Driver(Protocol):
    """Chooses the spaces that the actions of episodes are drawn from, one for each of u64[N] seeds; None is the declared one."""

    def __call__(self, space: Space, seeds: Array) -> Sequence[Space | None]: ...  # noqa: D102


def drive_uniform(space: Space, seeds: Array) -> Sequence[Space | None]:
    """Every legal action is as likely as any other."""
    return [None] * len(seeds)


def drive_swarm(space: Space, seeds: Array) -> Sequence[Space | None]:
    """Each episode uses a random part of the actions, so that rare ones come in rows.

    Source: Groce et al. 2012, "Swarm testing", doi:10.1145/2338965.2336763.
    """
    derived = derive_all(seeds, _SWARM)
    if isinstance(space, Discrete) and 1 < space.n <= _TABLE_MAX:
        return _narrow_together(space, derived)
    return [_narrow(space, SplitMix64(seed)) for seed in derived.tolist()]


DRIVERS: Mapping[str, Driver] = {"uniform": drive_uniform, "swarm": drive_swarm}


def make_roll(driver: str, space: Space, episodes: tuple[Episode, ...], steps_max: int) -> Roll:
    """Return the roll of these episodes under a driver; equal arguments give equal rolls."""
    return make_rolls(driver, space, [episodes], steps_max)[0]


def make_rolls(driver: str, space: Space, lanes: Sequence[tuple[Episode, ...]], steps_max: int) -> list[Roll]:
    """Return a roll for each lane's episodes."""
    seeds = np.array([episode.seed for episodes in lanes for episode in episodes], np.uint64)
    drawn = derive_all(seeds, _CHOOSER, *driver.encode())
    drive = DRIVERS[driver] if driver in DRIVERS else _given_driver(driver)
    choosers, spaces = iter(drawn.tolist()), iter(drive(space, drawn))
    return [Roll(episodes, tuple(islice(choosers, len(episodes))), steps_max, tuple(islice(spaces, len(episodes)))) for episodes in lanes]


def _given_driver(name: str) -> Driver:
    """Return the driver that `package.module:function` names, which has been loaded once; it raises AdapterError where it fails."""
    function = pkgutil.resolve_name(name)

    def drive_one(space: Space, seed: int) -> Space | None:
        narrowed = call_given(name, function, space, seed)
        if narrowed is not None and not isinstance(narrowed, get_args(Space)):
            raise AdapterError(f"{name!r} returned a {type(narrowed).__name__}; a driver returns a space, or None for the declared one")
        return cast("Space | None", narrowed)

    return lambda space, seeds: [drive_one(space, seed) for seed in seeds.tolist()]


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


def _narrow_together(space: Discrete, seeds: Array) -> list[Space]:
    """Return what `_narrow` makes of a small space with each of u64[N] seeds: its draws side by side, in a tenth of the time."""
    drawn = outputs(seeds, 0, space.n + 1)
    kept = drawn[:, :-1] % np.uint64(2)
    nothing = np.flatnonzero(~kept.any(axis=1))
    kept[nothing, (drawn[nothing, -1] % np.uint64(space.n)).astype(np.intp)] = 1
    codes = kept @ (np.uint64(1) << np.arange(space.n, dtype=np.uint64))
    parts = {code: _choice(tuple(space.start + at for at in range(space.n) if code >> at & 1)) for code in set(codes.tolist())}
    return [parts[code] for code in codes.tolist()]


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


def shuffled(items: Sequence[Item], seed: int) -> list[Item]:
    """Return the items in another order, the same for an equal seed."""
    return [items[number] for number in np.random.default_rng(seed).permutation(len(items)).tolist()]
