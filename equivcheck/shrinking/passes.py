"""The passes: plain functions, each of which leaves the best script of a search smaller or as it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

from equivcheck.model.script import Script
from equivcheck.model.values import MISSING, Value
from equivcheck.shrinking.lowering import Slot, lower
from equivcheck.shrinking.search import Pass, Search, Witness, clear, gallop
from equivcheck.shrinking.sizes import start_target, starts_of
from equivcheck.shrinking.trees import zeros_like

SEEDS: Final = (1, 2, 3)  # tried where 0 is refused; among others, no seed is nearer than another


def drop_episodes(search: Search) -> None:
    """Drop earlier episodes of the instance."""
    clear(search, lambda script: range(len(script.episodes) - 1), _without_episodes)


def _without_episodes(script: Script, gone: Sequence[int]) -> Script:
    return Script(tuple(episode for index, episode in enumerate(script.episodes) if index not in gone))


def jump(search: Search) -> None:
    """Start the last episode from the reference's own state 1, 2, 4, ... actions before the divergence."""
    count = len(search.script.episodes[-1].actions)
    if count == 0 or len(search.best.starts or ()) < count:
        return
    kept = sorted({*(2**power for power in range(count.bit_length())), max(1, count - 1), count})
    tries = [_jumped(search.best, count - keep) for keep in kept]
    for index, candidate in enumerate(tries):
        if search.accepts(candidate, tries[index + 1 :]):
            needed = kept[index - 1] + 1 if index else 1  # so many actions at least: one fewer was refused

            def left(needed: int = needed) -> int:
                return max(0, len(search.script.episodes[-1].actions) - needed)

            gallop(left, lambda skip: search.accepts(_jumped(search.best, skip)), left() // 2)
            break
    if len(search.script.episodes[-1].actions) == 1 and len(search.best.starts or ()) > 1:
        search.accepts(_jumped(search.best, 1))  # what the state itself shows needs no action


def _jumped(witness: Witness, at: int) -> Script:
    """Return the last episode alone, from the state before its action `at`; a tape of draws belongs to the whole."""
    if witness.starts is None:
        return witness.script
    last = witness.script.episodes[-1]
    return Script((replace(last, actions=last.actions[at:], start=witness.starts[at], draws=None),))


def drop_blocks(search: Search) -> None:
    """Drop runs of actions in every episode; the last action is where the divergence shows, so it stays."""
    clear(
        search,
        lambda script: range(script.action_count - bool(script.episodes[-1].actions)),
        _without_actions,
    )


def _without_actions(script: Script, gone: Sequence[int]) -> Script:
    """Return the script without a run of actions, counted through all episodes."""
    episodes, offset = [], 0
    for episode in script.episodes:
        first, end = (max(0, at - offset) for at in (gone[0], gone[-1] + 1))
        episodes.append(replace(episode, actions=episode.actions[:first] + episode.actions[end:]))
        offset += len(episode.actions)
    return Script(tuple(episodes))


def simplify_options(search: Search) -> None:
    """Drop options of the resets."""
    clear(search, _options_of, _without_options)


def _options_of(script: Script) -> list[tuple[int, str]]:
    return [(index, key) for index, episode in enumerate(script.episodes) for key in sorted(episode.options)]


def _without_options(script: Script, gone: Sequence[tuple[int, str]]) -> Script:
    kept = [{k: v for k, v in e.options.items() if (index, k) not in gone} for index, e in enumerate(script.episodes)]
    return _with_each(script, options=kept)


def lower_actions(search: Search) -> None:
    """Lower the numbers in actions toward 0, round them, and shorten their texts."""
    lower(search, Slot(_actions_of, _with_actions, zeros_like))


def _actions_of(script: Script) -> list[Value]:
    return [action for episode in script.episodes for action in episode.actions]


def _with_actions(script: Script, actions: Iterable[Value]) -> Script:
    rest = iter(actions)
    return _with_each(script, actions=[tuple(next(rest) for _ in episode.actions) for episode in script.episodes])


def simplify_start(search: Search) -> None:
    """Drop injected starts, or else bring them toward the default start; then round and shorten what stays."""
    clear(search, _started, lambda script, gone: _with_starts(script, [MISSING] * len(gone), gone))
    default = search.default_start
    lower(search, Slot(starts_of, _with_starts, lambda starts: [start_target(start, default) for start in starts]))


def _started(script: Script) -> list[int]:
    return [index for index, episode in enumerate(script.episodes) if episode.start is not MISSING]


def _with_starts(script: Script, starts: Sequence[Value], indices: Sequence[int] | None = None) -> Script:
    """Return the script with starts exchanged, at the episodes in `indices` or wherever there is one."""
    new = dict(zip(_started(script) if indices is None else indices, starts, strict=True))
    return _with_each(script, start=[new.get(index, episode.start) for index, episode in enumerate(script.episodes)])


def lower_seed(search: Search) -> None:
    """Lower the seeds to 0, or else to another small one."""
    clear(search, _seeded, lambda script, indices: _with_seeds(script, indices, 0))
    for index in _seeded(search.script):
        tries = [_with_seeds(search.script, [index], seed) for seed in SEEDS]
        any(search.accepts(candidate, tries[at + 1 :]) for at, candidate in enumerate(tries))


def _seeded(script: Script) -> list[int]:
    return [index for index, episode in enumerate(script.episodes) if episode.seed > 0]


def _with_seeds(script: Script, indices: Sequence[int], seed: int) -> Script:
    return _with_each(script, seed=[seed if i in indices else e.seed for i, e in enumerate(script.episodes)])


def _with_each(script: Script, **columns: Sequence[Any]) -> Script:
    """Return the script with a field of every episode replaced, one value an episode."""
    rows = zip(*columns.values(), strict=True)
    changes = (dict(zip(columns, row, strict=True)) for row in rows)
    return Script(tuple(replace(episode, **change) for episode, change in zip(script.episodes, changes, strict=True)))


PASSES: Final[tuple[Pass, ...]] = (
    drop_episodes,
    jump,
    drop_blocks,
    simplify_options,
    lower_actions,
    simplify_start,
    lower_seed,
)
