"""Collections: the blocks of one answer or file as they arrive, checked against what they may hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from equivcheck.errors import ProtocolError
from equivcheck.model.columns import join_columns
from equivcheck.model.script import Script
from equivcheck.model.trace import Run, Trace
from equivcheck.protocol.blocks import Block, Stretch


@dataclass(slots=True)
class Collection:
    """Blocks that arrived.

    `steps_max[script][episode]` is how many Steps an episode can have at most.
    """

    steps_max: dict[int, list[int]]
    is_cut: Callable[[Trace, int], bool] = lambda trace, row: False
    _blocks: list[Block] = field(default_factory=list)
    _reached: dict[int, tuple[int, int]] = field(default_factory=dict)  # script -> episode, its Steps so far
    _over: set[int] = field(default_factory=set)  # scripts that gave up

    def add(self, block: Block) -> None:
        """Take a block. Raises: ProtocolError where a Step was not asked for, is out of order, or comes after an End."""
        for run in block.stretches:
            if (complaint := self._complaint(run)) is not None:
                place = f"steps {run.step_index} to {run.step_index + run.count - 1} of script {run.script}, episode {run.episode}"
                raise ProtocolError(f"{place} {complaint}")
            self._reached[run.script] = (run.episode, run.step_index + run.count)
        for end in block.ends:
            episode, steps = self._reached.get(end.script, (0, 0))
            expected = [(episode, steps), (episode + 1, 0)] if steps else [(episode, 0)]
            asked = self._asked(end.script, end.episode) > end.step_index
            if not asked or end.script in self._over or (end.episode, end.step_index) not in expected:
                raise ProtocolError(f"an end at step {end.step_index} of script {end.script}, episode {end.episode}, which is not next")
            self._over.add(end.script)
        self._blocks.append(block)

    def _asked(self, script: int, episode: int) -> int:
        """Return how many Steps of an episode were asked for."""
        episodes = self.steps_max.get(script, [])
        return episodes[episode] if episode < len(episodes) else 0

    def _complaint(self, run: Stretch) -> str | None:
        asked = self._asked(run.script, run.episode)
        if run.step_index + run.count > asked:
            return f"were not asked for: there are {asked} at most"
        if run.script in self._over:
            return "come after the end of its script"
        episode, steps = self._reached.get(run.script, (0, 0))
        if (run.episode, run.step_index) == (episode, steps) or (steps and (run.episode, run.step_index) == (episode + 1, 0)):
            return None
        return f"are out of order: episode {episode} is at step {steps}"

    def unfinished(self, trace: Trace) -> list[tuple[int, int, int]]:
        """Return (script, episode, step) of the first Step that each script still lacks, scripts with an End left out.

        `trace` is what `trace()` returned. An episode is whole with its last possible Step, with one that ends it, and where `is_cut`
        says so of its last row. Raises: ProtocolError where a later episode was played all the same.
        """
        ended = trace.ended()
        runs = {(run.script, run.episode): run for run in trace.runs}
        lacking = []
        for script, episodes in self.steps_max.items():
            for episode, asked in enumerate(episodes):
                run = runs.get((script, episode))
                last = -1 if run is None else run.first + run.count - 1
                if run is None or not (run.count == asked or ended[last] or self.is_cut(trace, last)):
                    break
            else:
                continue
            at = 0 if run is None else run.count
            reached = self._reached.get(script, (0, 0))[0]
            if reached > episode:
                raise ProtocolError(f"script {script}: episode {reached} was begun, but episode {episode} stops before step {at}")
            if script not in self._over:
                lacking.append((script, episode, at))
        return lacking

    def trace(self, scripts: Sequence[Script], provenance: Mapping[str, Any]) -> Trace:
        """Return what has arrived, in order of script and episode."""
        columns = join_columns([(block.columns, block.step_count) for block in self._blocks]) if self._blocks else {}
        placed: list[tuple[Stretch, int]] = []
        row = 0
        for stretch in (stretch for block in self._blocks for stretch in block.stretches):
            placed.append((stretch, row))
            row += stretch.count
        ordered = sorted(placed, key=lambda item: (item[0].script, item[0].episode, item[0].step_index))
        if ordered != placed:
            rows = np.concatenate([np.arange(first, first + stretch.count) for stretch, first in ordered])
            columns = {path: column.take(rows) for path, column in columns.items()}
        ends = sorted((end for block in self._blocks for end in block.ends), key=lambda end: end.script)
        return Trace(tuple(scripts), _runs(stretch for stretch, _ in ordered), columns, tuple(ends), provenance)


def _runs(stretches: Iterable[Stretch]) -> tuple[Run, ...]:
    """Join stretches in order into one run an episode."""
    runs: list[Run] = []
    first = 0
    for stretch in stretches:
        if stretch.step_index and runs:
            runs[-1] = replace(runs[-1], count=runs[-1].count + stretch.count)
        else:
            runs.append(Run(stretch.script, stretch.episode, first, stretch.count))
        first += stretch.count
    return tuple(runs)
