from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from equivcheck.backends.local import Refused
from equivcheck.backends.opening import wrap
from equivcheck.backends.recorded import RecordedBackend, open_recorded, read_recording
from equivcheck.errors import InputError
from equivcheck.model.request import FULL, Ask, Roll
from equivcheck.model.script import Episode, Script
from equivcheck.model.trace import Trace
from equivcheck.model.values import to_json
from equivcheck.protocol.digest import narrow_trace
from equivcheck.protocol.tracefile import create_trace


class Counter:
    actions = 5

    def reset(self, seed: int) -> dict[str, Any]:
        self.n = seed
        return {"obs": np.array([self.n], np.float32)}

    def step(self, action: int) -> dict[str, Any]:
        self.n += action
        if self.n == 13:
            raise ValueError("thirteen")
        return {"obs": np.array([self.n], np.float32), "reward": 1.0, "terminated": self.n > 20}


SCRIPTS = [
    Script((Episode(3, (1, 2, 3)), Episode(4, (4, 4)))),
    Script((Episode(9, (1, 3, 1)), Episode(1))),  # fails at thirteen
    Script((Episode(18, (1, 2, 1, 1)), Episode(5, (0,)))),  # ends early
]


def live() -> Any:
    return wrap(Counter, "counter", "3")


@pytest.fixture
def recorded() -> RecordedBackend:
    return RecordedBackend(live().play(range(3), SCRIPTS, FULL))


def said(trace: Trace) -> Any:
    runs = [(run.script, run.episode, run.first, run.count) for run in trace.runs]
    ends = [(end.script, end.episode, end.step_index, end.kind, end.words) for end in trace.ends]
    return runs, ends, [to_json(trace.step(row)) for row in range(trace.step_count)]


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0], [1]])
@pytest.mark.parametrize("ask", [FULL, Ask("bare")])
def test_it_plays_what_it_holds_as_the_side_did(recorded: RecordedBackend, order: list[int], ask: Ask) -> None:
    scripts = [SCRIPTS[n] for n in order]
    assert said(recorded.play(range(len(order)), scripts, ask)) == said(narrow_trace(live().play(range(len(order)), scripts, FULL), ask))


def test_it_plays_what_begins_a_script_that_it_holds(recorded: RecordedBackend) -> None:
    begun = [Script((Episode(3, (1,)),)), Script((Episode(3, (1, 2, 3)), Episode(4))), Script((Episode(9, (1, 3)),))]
    assert said(recorded.play(range(3), begun, FULL)) == said(live().play(range(3), begun, FULL))
    assert said(recorded.reset([0], [Episode(18, (1,))], FULL)) == said(live().reset([0], [Episode(18)], FULL))


def test_it_refuses_every_other_script(recorded: RecordedBackend) -> None:
    others = [
        Script((Episode(3, (1, 2, 4)),)),
        Script((Episode(3, (1, 2, 3, 4)),)),
        Script((Episode(3, (1,)), Episode(4, (4, 4)))),
        Script((Episode(3, (1,), {"size": 1}),)),
        Script((Episode(3, (1.0,)),)),
        Script((Episode(5, (0,)),)),
    ]
    trace = recorded.play(range(6), others, FULL)
    assert trace.step_count == 0
    assert [(end.script, end.kind) for end in trace.ends] == [(n, "refused") for n in range(6)]
    for answer in (recorded.step([0], [1], FULL), recorded.load([0], [{}], FULL), recorded.roll([0], [Roll((Episode(3),), (1,), 5)], FULL)):
        assert [end.kind for end in answer.ends] == ["refused"]
    for call in (lambda: recorded.snapshot([0]), lambda: recorded.restore([0], [b""]), lambda: recorded.call("x", [])):
        with pytest.raises(Refused, match="recording"):
            call()


def test_a_digest_is_made_of_what_was_recorded(recorded: RecordedBackend) -> None:
    trace = recorded.play([0], SCRIPTS[:1], Ask("digest", ("obs",)))
    assert "obs" not in trace.columns
    assert len({trace.step(row)["digest"] for row in range(trace.step_count)}) == 6


def test_a_file_is_opened_whatever_it_is(tmp_path: Path) -> None:
    played = live().play(range(3), SCRIPTS, FULL)
    with (tmp_path / "a.eqtrace").open("wb") as file:
        writer = create_trace(file, played.provenance)
        writer.write(played)
        whole = file.tell()
        writer.close()
    backend = open_recorded(tmp_path / "a.eqtrace")
    assert (backend.greeting.name, backend.greeting.version, backend.cut) == ("counter", "3", "")
    assert said(backend.play(range(3), SCRIPTS, FULL)) == said(played)
    (tmp_path / "cut.eqtrace").write_bytes((tmp_path / "a.eqtrace").read_bytes()[:whole])
    assert "no index" in open_recorded(tmp_path / "cut.eqtrace").cut
    (tmp_path / "a.jsonl").write_text('{"obs": 1}\n{"obs": 2}\n')
    assert open_recorded(tmp_path / "a.jsonl").trace.step_count == 2
    with pytest.raises(InputError, match="No such file"):
        open_recorded(tmp_path / "none")


def test_a_cut_recording_says_where_it_stops() -> None:
    played = live().play([0], [Script((Episode(0, (1, 1, 1)),))], FULL)
    short = Trace(played.scripts, played.select(0).runs[:0], {}, (), played.provenance)
    [end] = RecordedBackend(short, "cut here").play([0], played.scripts, FULL).ends
    assert (end.step_index, end.kind) == (0, "refused")
    assert "cut here" in end.words


def test_a_pipe_is_read_once() -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as out:
        writer = create_trace(out, {})
        writer.write(live().play([0], SCRIPTS[:1], FULL))
        writer.close()
    with io.open(reading, "rb") as source:  # noqa: UP020
        trace, cut = read_recording(source, "standard input")
    assert (trace.step_count, cut) == (7, "")


class Loadable(Counter):
    def state(self) -> dict[str, int]:
        return {"n": self.n}

    def load(self, state: dict[str, int]) -> dict[str, Any]:
        self.n = state["n"]
        return {"obs": np.array([self.n], np.float32), "terminated": False}


@pytest.fixture
def loadable() -> RecordedBackend:
    return RecordedBackend(wrap(Loadable, "counter").play(range(3), SCRIPTS, FULL))


@pytest.mark.parametrize(("start", "actions"), [(6, (3,)), (4, ()), (8, (4,)), (10, (3,)), (19, (2,))])
def test_it_goes_on_from_a_state_that_it_shows(loadable: RecordedBackend, start: int, actions: tuple[int, ...]) -> None:
    """At the end of an episode, before a failure, and before an end, too; the reward is the one that Step 0 has: none."""
    script = Script((Episode(77, actions, start={"n": start}),))
    shown = loadable.play([0], [script], FULL)
    assert said(shown) == said(wrap(Loadable, "counter").play([0], [script], FULL))
    assert shown.step_count


@pytest.mark.parametrize(("start", "actions"), [({"n": 6}, (2,)), ({"n": 7}, ()), ({"n": 6.0}, ()), ({"n": 6, "m": 1}, ()), ({}, ())])
def test_it_refuses_other_states_and_other_ways_on(loadable: RecordedBackend, start: Any, actions: tuple[int, ...]) -> None:
    trace = loadable.play([0], [Script((Episode(77, actions, start=start),))], FULL)
    assert [end.kind for end in trace.ends] == ["refused"]
    assert not trace.step_count
