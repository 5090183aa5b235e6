"""Streaming: a long answer is played in parts and sent in blocks, so that what is done is never lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from equivcheck.model.columns import join_columns
from equivcheck.protocol.blocks import STEPS_MIN, Block, block_to_plain
from equivcheck.protocol.framing import Message

_HELD_S_MAX: Final = 0.5
_UNBROKEN_S_MAX: Final = 2.0  # well below the deadline of a message, since no forecast is sure
_ABREAST_S_MAX: Final = 8.0  # of lanes, which take many times longer Step by Step


@dataclass(frozen=True, slots=True)
class Part:
    """The episodes `first` to `stop - 1` of one script."""

    script: int
    first: int
    stop: int


Play: TypeAlias = Callable[[Sequence[Part]], Iterable[Block]]


@dataclass(slots=True)
class Speed:
    """How fast a side was when it last played; None as long as it has not.

    `compiled_s` returns for how many seconds it has compiled so far: a part in which it did says nothing of its speed.
    """

    step_s: float | None = None
    compiled_s: Callable[[], float] = lambda: 0.0

    def is_slow(self, steps: int, abreast: bool) -> bool:
        """Return whether so many Steps may take too long to be waited for as a whole.

        Of lanes abreast this is first found out by playing: what is compiled for that is another function than for a Step.
        """
        longest_s = _ABREAST_S_MAX if abreast else _UNBROKEN_S_MAX
        return not abreast if self.step_s is None else self.step_s * steps > longest_s


@dataclass(slots=True)
class _Pace:
    """How long episodes have turned out to be."""

    steps: int = 0
    episodes: int = 0

    def expected(self, steps_max: int) -> int:
        return min(steps_max, self.steps // self.episodes + 1) if self.episodes else steps_max


def stream(lengths: Sequence[Sequence[int]], lanes: int, play: Play, step: Play, speed: Speed) -> Iterator[Message]:
    """Yield the `steps` messages of scripts whose episodes have up to `lengths[script][episode]` Steps.

    `play` plays parts of different scripts, so many `lanes` as fast as one; `step` gives them Step by Step, for a side
    whose `speed` is low or not known yet.
    """
    abreast = lanes > 1
    pace = _Pace()
    waiting: list[Block] = []
    sent_at = time.monotonic()
    over: set[int] = set()
    for parts in _waves(lengths, pace, lanes) if abreast else _queue(lengths, pace):
        live = [part for part in parts if part.script not in over]
        expected = sum(pace.expected(length) for part in live for length in lengths[part.script][part.first : part.stop])
        begun_at, compiled_s, steps_before = time.monotonic(), speed.compiled_s(), pace.steps
        for block in (step if speed.is_slow(expected, abreast) else play)(live) if live else ():
            waiting.append(_renumber(block, live))
            pace.steps += block.step_count
            over.update(end.script for end in waiting[-1].ends)
            steps = sum(block.step_count for block in waiting)
            if steps >= STEPS_MIN or (steps and time.monotonic() - sent_at > _HELD_S_MAX):
                yield {"type": "steps", "more": True, **block_to_plain(_join(waiting))}
                waiting, sent_at = [], time.monotonic()
        pace.episodes += sum(part.stop - part.first for part in live)
        if pace.steps > steps_before and speed.compiled_s() == compiled_s:
            speed.step_s = (time.monotonic() - begun_at) / (pace.steps - steps_before)
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


def _waves(lengths: Sequence[Sequence[int]], pace: _Pace, lanes: int) -> Iterator[list[Part]]:
    """Yield the next episodes of all scripts, so many at once that they may fill a block, and the lanes."""
    first, steps, episodes = 0, 0, 0
    episodes_max = max(map(len, lengths), default=0)
    for episode in range(episodes_max):
        reached = [script[episode] for script in lengths if episode < len(script)]
        steps, episodes = steps + sum(map(pace.expected, reached)), episodes + len(reached)
        if (steps >= STEPS_MIN and episodes >= lanes) or episode == episodes_max - 1:
            yield [Part(index, first, min(episode + 1, len(script))) for index, script in enumerate(lengths) if first < len(script)]
            first, steps, episodes = episode + 1, 0, 0


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
