"""The order that shrinking descends: one bug, one smallest script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from xxhash import xxh3_128_digest

from equivcheck.model.script import Episode, Script
from equivcheck.model.values import MISSING, Missing, Value
from equivcheck.shrinking.trees import distance, text_of, zeros_like

Measure: TypeAlias = Callable[[Script, Value | Missing], Any]


def size_of(script: Script, default_start: Value | Missing = MISSING) -> tuple[Any, ...]:
    """Return the size of a script, to be compared: the smaller of two is the one to show. See ORDER."""
    return tuple(measure(script, default_start) for measure in ORDER)


def is_smaller(script: Script, other: Script, default_start: Value | Missing) -> bool:
    """Return whether the size of `script` is below that of `other`, with no more measured than decides it."""
    for measure in ORDER:
        here, there = measure(script, default_start), measure(other, default_start)
        if here != there:
            return bool(here < there)
    return False


def start_target(start: Value, default_start: Value | Missing) -> Value:
    """Return the state that a start is shrunk toward: the default, or zeros where none is known."""
    return zeros_like(start) if default_start is MISSING else default_start


def digest_of(script: Script) -> bytes:
    """Return 128 bits that tell scripts apart by content."""
    return xxh3_128_digest("\n".join(map(_episode_text, script.episodes)).encode())


def _episode_text(episode: Episode) -> str:
    draws = None if episode.draws is None else list(episode.draws)
    inputs = [episode.seed, dict(episode.options), list(episode.actions), draws]
    return text_of(inputs) + text_of(episode.start)


def starts_of(script: Script) -> list[Value]:
    """Return the injected starts, in order; an episode without one is left out."""
    return [episode.start for episode in script.episodes if episode.start is not MISSING]


def _weigh(values: list[Value]) -> tuple[int, str]:
    text = text_of(values)
    return len(text), text


# Well-founded (numbers of things, then texts in shortlex order), so that no descent is endless.
ORDER: Final[tuple[Measure, ...]] = (
    lambda script, _: len(script.episodes),
    lambda script, _: script.action_count,
    lambda script, _: len(starts_of(script)),
    lambda script, _: _weigh([dict(episode.options) for episode in script.episodes]),
    lambda script, _: _weigh([action for episode in script.episodes for action in episode.actions]),
    lambda script, default: sum(distance(start, start_target(start, default)) for start in starts_of(script)),
    lambda script, _: _weigh(starts_of(script)),
    lambda script, _: _weigh([episode.seed for episode in script.episodes]),
)
