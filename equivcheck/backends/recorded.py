"""A side that was recorded: it plays the scripts it holds, and no others."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from equivcheck.backends.local import Refused
from equivcheck.errors import InputError
from equivcheck.model.request import Ask, Greeting, Roll
from equivcheck.model.script import Episode, Script, same_script
from equivcheck.model.trace import End, Run, Trace
from equivcheck.model.values import Array, Value
from equivcheck.protocol.digest import narrow
from equivcheck.protocol.jsonlines import read_jsonlines
from equivcheck.protocol.tracefile import MAGIC, read_trace

_NO = "this is a recording: it plays the scripts it holds, and takes no other action"


def open_recorded(path: Path) -> RecordedBackend:
    """Return the recording in a file. Raises: InputError."""
    try:
        with path.open("rb") as file:
            return RecordedBackend(*read_recording(file, str(path)))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from None


def read_recording(source: io.BufferedReader, name: str) -> tuple[Trace, str]:
    """Return the Trace in an .eqtrace file or in JSON lines, told apart by how they begin, and in words where it was cut.

    `source` is read once, so that it may be a pipe. Raises: InputError.
    """
    if source.peek(len(MAGIC)).startswith(MAGIC):
        return read_trace(source, name)
    return read_jsonlines(source, name), ""


class RecordedBackend:
    """See Backend. `trace` is the recording; `cut` says in words where its file ends early, "" where it does not.

    A script is played if the recording holds one that begins with it; any other is refused.
    """

    def __init__(self, trace: Trace, cut: str = "") -> None:
        self.trace = trace
        self.cut = cut
        name, version, environment = (str(trace.provenance.get(key, "")) for key in ("name", "version", "environment"))
        self.greeting = Greeting(name or "a recording", version, environment, provenance=dict(trace.provenance))
        self._runs = {(run.script, run.episode): run for run in trace.runs}
        self._ends = {end.script: end for end in trace.ends}
        self._ended = trace.ended()

    def reset(self, lanes: Sequence[int], episodes: Sequence[Episode], ask: Ask) -> Trace:
        """See Backend."""
        return self.play(lanes, [Script((replace(episode, actions=()),)) for episode in episodes], ask)

    def step(self, lanes: Sequence[int], actions: Sequence[Value], ask: Ask) -> Trace:
        """See Backend."""
        return self._refusal([Script((Episode(),))] * len(lanes))

    def load(self, lanes: Sequence[int], states: Sequence[Value], ask: Ask) -> Trace:
        """See Backend."""
        return self._refusal([Script((Episode(),))] * len(lanes))

    def roll(self, lanes: Sequence[int], rolls: Sequence[Roll], ask: Ask) -> Trace:
        """See Backend."""
        return self._refusal([Script(roll.episodes[:1]) for roll in rolls])

    def play(self, lanes: Sequence[int], scripts: Sequence[Script], ask: Ask) -> Trace:
        """See Backend."""
        runs: list[Run] = []
        ends: list[End] = []
        rows: list[Array] = []
        first = 0
        for index, script in enumerate(scripts):
            held = self._find(script)
            if held is None:
                ends.append(End(index, 0, 0, "refused", "this recording holds no such script"))
                continue
            for number, episode in enumerate(script.episodes):
                run = self._runs.get((held, number), Run(held, number, 0, 0))
                count = min(len(episode.actions) + 1, run.count)
                runs.append(Run(index, number, first, count))
                rows.append(np.arange(run.first, run.first + count))
                first += count
                if count <= len(episode.actions) and not (count and self._ended[run.first + count - 1]):
                    ends.append(replace(self._end(held, number, count), script=index))
                    break
        picked = np.concatenate(rows) if rows else np.arange(0)
        columns = {path: column.take(picked) for path, column in self.trace.columns.items()}
        shown = tuple(run for run in runs if run.count)
        return Trace(tuple(scripts), shown, narrow(columns, first, ask), tuple(ends), self.trace.provenance)

    def snapshot(self, lanes: Sequence[int]) -> list[bytes]:
        """See Backend."""
        raise Refused(_NO)

    def restore(self, lanes: Sequence[int], tokens: Sequence[bytes]) -> None:
        """See Backend."""
        raise Refused(_NO)

    def call(self, component: str, arguments: Sequence[Sequence[Value]]) -> list[Value]:
        """See Backend."""
        raise Refused(_NO)

    def discard(self, lanes: Sequence[int]) -> None:
        """See Backend."""

    def close(self) -> None:
        """See Backend."""

    def _find(self, script: Script) -> int | None:
        """Return which recorded script begins with `script`."""
        for number, held in enumerate(self.trace.scripts):
            if held is script or (len(held.episodes) >= len(script.episodes) and _begins_with(held, script)):
                return number
        return None

    def _end(self, held: int, episode: int, step_index: int) -> End:
        """Return why there is no such Step: as it was recorded, or that the recording stops."""
        end = self._ends.get(held)
        if end is not None and (end.episode, end.step_index) == (episode, step_index):
            return end
        return End(held, episode, step_index, "refused", f"this recording stops here{'; ' if self.cut else ''}{self.cut}")

    def _refusal(self, scripts: Sequence[Script]) -> Trace:
        ends = tuple(End(index, 0, 0, "refused", _NO) for index in range(len(scripts)))
        return Trace(tuple(scripts), (), {}, ends, self.trace.provenance)


def _begins_with(held: Script, script: Script) -> bool:
    *before, last = script.episodes
    whole = held.episodes[len(before)]
    if whole.seed != last.seed or len(whole.actions) < len(last.actions):
        return False
    start = (*held.episodes[: len(before)], replace(whole, actions=whole.actions[: len(last.actions)]))
    return same_script(Script(start), script)
