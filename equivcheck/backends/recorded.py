"""A side that was recorded: it plays what it holds, whole, begun, or gone on with from a state in it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from equivcheck.backends.local import Refused
from equivcheck.errors import InputError
from equivcheck.model.columns import Columns
from equivcheck.model.paths import field_of
from equivcheck.model.request import Ask, Greeting, Roll
from equivcheck.model.script import Episode, Script, same_script
from equivcheck.model.trace import End, Run, Trace
from equivcheck.model.values import MISSING, Array, Value, flatten, same_leaf, same_value
from equivcheck.protocol.digest import narrow
from equivcheck.protocol.jsonlines import read_jsonlines
from equivcheck.protocol.tracefile import MAGIC, read_trace

_NO = "this is a recording: it plays the scripts it holds, and takes no other action"
_LANES = 256  # a batch of so many scripts is compared at once
_OF_A_STATE = ("state", "obs", "legal", "terminated", "truncated")  # the other fields tell of the action before


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


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a script begins in the recording: at Step `step_index` of an episode of a recorded script."""

    script: int
    episode: int = 0
    step_index: int = 0


class RecordedBackend:
    """See Backend. `trace` is the recording; `cut` says in words where its file ends early, "" where it does not.

    A script is played if the recording holds one that begins with it, or if its only episode starts from a state that the
    recording shows, and goes on as the recording does from there; any other is refused. What is shown first is then what
    follows from that state, the rest being as at the recorded Step 0.
    """

    def __init__(self, trace: Trace, cut: str = "") -> None:
        self.trace = trace
        self.cut = cut
        name, version, environment = (str(trace.provenance.get(key, "")) for key in ("name", "version", "environment"))
        self.greeting = Greeting(
            name or "a recording", version, environment, lanes=_LANES, scripts=trace.scripts, provenance=dict(trace.provenance)
        )
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
        before: list[Array] = []  # the row that says what a Step does not owe to its state
        first = 0
        for index, script in enumerate(scripts):
            place = self._find(script)
            if place is None:
                ends.append(End(index, 0, 0, "refused", "this recording holds no such script"))
                continue
            for number, episode in enumerate(script.episodes):
                held = (place.script, place.episode + number)
                run = self._runs.get(held, Run(*held, 0, 0))
                count = min(len(episode.actions) + 1, run.count - place.step_index)
                runs.append(Run(index, number, first, count))
                rows.append(np.arange(count) + run.first + place.step_index)
                before.append(np.concatenate([rows[-1][:0] if not count else [run.first], rows[-1][1:]]))
                first += count
                if count <= len(episode.actions) and not (count and self._ended[rows[-1][-1]]):
                    end = self._end(*held, place.step_index + count)
                    ends.append(replace(end, script=index, episode=number, step_index=count))
                    break
        shown = tuple(run for run in runs if run.count)
        columns = self._take(rows, before)
        return Trace(tuple(scripts), shown, narrow(columns, first, ask), tuple(ends), self.trace.provenance)

    def _take(self, rows: Sequence[Array], before: Sequence[Array]) -> Columns:
        """Return the rows of what follows from a state, and of the other fields those in `before`."""
        own, other = (np.concatenate(parts).astype(np.int64) if parts else np.arange(0) for parts in (rows, before))
        return {path: column.take(own if field_of(path) in _OF_A_STATE else other) for path, column in self.trace.columns.items()}

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

    def _find(self, script: Script) -> _Place | None:
        """Return where the recording holds a script."""
        for number, held in enumerate(self.trace.scripts):
            if held is script or (len(held.episodes) >= len(script.episodes) and _begins_with(held, script)):
                return _Place(number)
        first = script.episodes[0]
        if len(script.episodes) > 1 or first.start is MISSING:
            return None
        at = {run.first: run for run in self.trace.runs}
        begins = np.array(list(at))
        for row in self._rows_of(first.start):
            run = at[int(begins[np.searchsorted(begins, row, "right") - 1])]
            taken = self.trace.scripts[run.script].episodes[run.episode].actions[row - run.first :]
            if len(taken) >= len(first.actions) and all(map(same_value, taken, first.actions)):
                return _Place(run.script, run.episode, row - run.first)
        return None

    def _rows_of(self, state: Value) -> Sequence[int]:
        """Return the rows that show a state."""
        leaves = flatten(state, "state")
        columns = {path: column for path, column in self.trace.columns.items() if field_of(path) == "state"}
        rows: Sequence[int] = range(self.trace.step_count if leaves.keys() <= columns.keys() else 0)
        for path, column in columns.items():
            rows = [row for row in rows if same_leaf(column.leaf(row), leaves.get(path, MISSING))]
        return rows

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
