"""Streaming: a long answer is played in parts and sent in blocks, so that what is done is never lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from equivcheck.model.columns import join_columns
from equivcheck.protocol.blocks import STEPS_MIN, Block, block_to_plain
from equivcheck.protocol.framing import Message

_HELD_S_MAX: Final = 5.0  # well below the deadline of a message


@dataclass(frozen=True, slots=True)
class Part:
    """The episodes `first` to `stop - 1` of one script."""

    script: int
    first: int
    stop: int


@dataclass(slots=True)
class _Pace:
    """How long episodes have turned out to be."""

    steps: int = 0
    episodes: int = 0

    def expected(self, steps_max: int) -> int:
        return min(steps_max, self.steps // self.episodes + 1) if self.episodes else steps_max


def stream(lengths: Sequence[Sequence[int]], abreast: bool, play: Callable[[Sequence[Part]], Iterable[Block]]) -> Iterator[Message]:
    """Yield the `steps` messages of scripts whose episodes have up to `lengths[script][episode]` Steps.

    `play` plays parts of different scripts; with `abreast` it plays many lanes as fast as one.
    """
    pace = _Pace()
    waiting: list[Block] = []
    since = time.monotonic()
    over: set[int] = set()
    for parts in _waves(lengths, pace) if abreast else _queue(lengths, pace):
        live = [part for part in parts if part.script not in over]
        for block in play(live) if live else ():
            waiting.append(_renumber(block, live))
            pace.steps += block.step_count
            over.update(end.script for end in waiting[-1].ends)
            steps = sum(block.step_count for block in waiting)
            if steps >= STEPS_MIN or (steps and time.monotonic() - since > _HELD_S_MAX):
                yield {"type": "steps", "more": True, **block_to_plain(_join(waiting))}
                waiting, since = [], time.monotonic()
        pace.episodes += sum(part.stop - part.first for part in live)
    yield {"type": "steps", "more": False, **block_to_plain(_join(waiting))}


def _queue(lengths: Sequence[Sequence[int]], pace: _Pace) -> Iterator[list[Part]]:
    """Yield parts one script after another, so many at once that they may fill a block."""
    parts: list[Part] = []
    steps = 0
    for script, episodes in enumerate(lengths):
        first = 0
        for episode, length in enumerate(episodes):
            steps += pace.expected(length)
            if steps >= STEPS_MIN or episode == len(episodes) - 1:
                parts.append(Part(script, first, episode + 1))
                first = episode + 1
            if steps >= STEPS_MIN:
                yield parts
                parts, steps = [], 0
    if parts:
        yield parts


def _waves(lengths: Sequence[Sequence[int]], pace: _Pace) -> Iterator[list[Part]]:
    """Yield the next episodes of all scripts, so many at once that they may fill a block."""
    first, steps = 0, 0
    episodes_max = max(map(len, lengths), default=0)
    for episode in range(episodes_max):
        steps += sum(pace.expected(script[episode]) for script in lengths if episode < len(script))
        if steps >= STEPS_MIN or episode == episodes_max - 1:
            yield [Part(index, first, min(episode + 1, len(script))) for index, script in enumerate(lengths) if first < len(script)]
            first, steps = episode + 1, 0


def _renumber(block: Block, parts: Sequence[Part]) -> Block:
    """Return a block about `parts` as one about the scripts that they are parts of."""
    stretches = tuple(
        replace(run, script=parts[run.script].script, episode=run.episode + parts[run.script].first) for run in block.stretches
    )
    ends = tuple(replace(end, script=parts[end.script].script, episode=end.episode + parts[end.script].first) for end in block.ends)
    return Block(stretches, block.columns, ends)


def _join(blocks: Sequence[Block]) -> Block:
    if len(blocks) == 1:
        return blocks[0]
    stretches = tuple(run for block in blocks for run in block.stretches)
    ends = tuple(end for block in blocks for end in block.ends)
    return Block(stretches, join_columns([(block.columns, block.step_count) for block in blocks]), ends)
