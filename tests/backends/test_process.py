"""ProcessBackend against small real programs, good and bad."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from equivcheck.backends.local import LocalBackend, Refused
from equivcheck.backends.opening import wrap
from equivcheck.backends.process import Deadlines, ProcessBackend
from equivcheck.errors import AdapterError, ProtocolError
from equivcheck.model.request import FULL, Ask, Roll
from equivcheck.model.script import Episode, Script, same_script
from equivcheck.model.trace import Trace
from equivcheck.model.values import to_json
from equivcheck.protocol.digest import narrow_trace

COUNTER = """
import os, signal, sys, time
import numpy as np
from equivcheck.serving import Refused, serve_program

class Counter:
    actions = 5
    def reset(self, seed, options):
        self.n, self.moves = seed % 7, 0
        if options.get("die"):
            os._exit(9)
        return self.seen()
    def step(self, action):
        self.n += action
        self.moves += 1
        print("stray", self.n)
        return {**self.seen(), "reward": action / 4, "terminated": self.n >= LIMIT}
    def seen(self):
        return {"obs": np.array([self.n, -0.0], np.float32), "events": ["moved"] * (self.moves % 3)}
    def legal(self):
        return [a for a in range(5) if (a + self.n) % 4]
    def state(self):
        return {"n": self.n, "moves": self.moves}
    def load(self, state):
        self.n, self.moves = state["n"], state["moves"]
        return self.seen()
    def snapshot(self):
        return f"{self.n} {self.moves}".encode()
    def restore(self, token):
        self.n, self.moves = map(int, token.split())

LIMIT = 40
"""
FREE = COUNTER.replace("def legal", "def unused")  # every action is legal
SERVE = '\nserve_program({"counter": Counter}, name="toy", version="1")\n'
RAW = """
import os, sys, time
from equivcheck.protocol.framing import FrameDecoder, encode_frame
from equivcheck.protocol.messages import greeting_to_plain
from equivcheck.model.request import Greeting
from equivcheck.model.space import Discrete
decoder = FrameDecoder()
def hear():
    while (message := decoder.next()) is None:
        data = os.read(0, 65536)
        if not data:
            sys.exit()
        decoder.feed(data)
    return message
def say(message):
    os.write(1, encode_frame(message))
def steps(runs, columns, more=False, ends=()):
    say({"type": "steps", "more": more, "runs": runs, "columns": columns, "ends": list(ends)})
def greet():
    hear()
    say(greeting_to_plain(Greeting("raw", actions=Discrete(3))))
"""

Opener = Callable[..., ProcessBackend]


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Opener]:
    """Start a program from its source; at the end, nothing of it may be left."""
    opened: list[ProcessBackend] = []
    before = {process.pid for process in psutil.process_iter()}

    def start(source: str, **options: Any) -> ProcessBackend:
        file = tmp_path / "adapter.py"
        file.write_text(source)
        backend = ProcessBackend([sys.executable, str(file)], **options)
        opened.append(backend)
        return backend

    yield start
    for backend in opened:
        backend.close()
        backend.close()
    left = [process for process in psutil.process_iter() if process.pid not in before and str(tmp_path) in " ".join(_argv(process))]
    assert left == []


def _argv(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def local() -> LocalBackend:
    names: dict[str, Any] = {}
    exec(COUNTER.replace("print(", "(lambda *_: None)("), names)
    backend = wrap(names["Counter"], "toy")
    assert isinstance(backend, LocalBackend)
    return backend


def said(trace: Trace) -> Any:
    runs = [(run.script, run.episode, run.first, run.count) for run in trace.runs]
    ends = [(end.script, end.episode, end.step_index, end.kind) for end in trace.ends]
    return runs, ends, [to_json(trace.step(row)) for row in range(trace.step_count)]


SCRIPTS = [
    Script((Episode(3, (1, 3)), Episode(4, (4,) * 30), Episode(5, (2,)))),
    Script((Episode(6, (3, 1, 1, 1)), Episode(1, (1,)))),  # an action that is not legal comes early
    Script((Episode(2, (4, 99)),)),
    Script((Episode(2**64 - 1, ()),)),
]


def test_a_program_plays_as_the_object_it_serves_does(program: Opener) -> None:
    backend, here = program(COUNTER + SERVE), local()
    assert (backend.greeting.name, backend.greeting.version, backend.greeting.environment) == ("toy", "1", "counter")
    assert backend.greeting.capabilities == here.greeting.capabilities == {"load", "snapshot"}
    lanes = range(len(SCRIPTS))
    there = backend.play(lanes, SCRIPTS, FULL)
    assert said(there) == said(here.play(lanes, SCRIPTS, FULL))
    assert {end.kind for end in there.ends} == {"refused"}
    assert there.provenance["argv"] == list(backend.argv)
    for ask in (Ask("bare"), Ask("digest", ("state.n", "obs"))):
        assert said(backend.play(lanes, SCRIPTS, ask)) == said(narrow_trace(here.play(lanes, SCRIPTS, FULL), ask))


def test_every_other_request_is_answered_as_the_object_does(program: Opener) -> None:
    both: list[Any] = [program(COUNTER + SERVE), local()]
    answers = []
    for side in both:
        told: list[Any] = [said(side.reset([4, 9], [Episode(1), Episode(2, start={"n": 9, "moves": 1})], FULL))]
        told += [said(side.step([9, 4], [1, 1], FULL))]
        tokens = side.snapshot([4])
        told += [tokens, said(side.step([4], [1], FULL)), side.restore([4], tokens), said(side.step([4], [1], FULL))]
        told += [said(side.load([4], [{"n": 38, "moves": 0}], FULL)), said(side.step([4], [4], FULL)), said(side.step([4], [1], FULL))]
        side.discard([4])
        told += [said(side.step([4], [1], FULL))]
        answers.append(told)
    assert answers[0] == answers[1]


def test_a_roll_is_the_play_of_its_own_scripts(program: Opener) -> None:
    backend, here = program(COUNTER + SERVE), local()
    rolls = [Roll(tuple(Episode(n) for n in range(30)), tuple(range(30)), 25), Roll((Episode(1),), (7,), 0)]
    rolled = backend.roll([0, 1], rolls, FULL)
    same = here.roll([0, 1], rolls, FULL)
    assert all(same_script(a, b) for a, b in zip(rolled.scripts, same.scripts, strict=True))
    assert said(rolled) == said(same)
    assert said(backend.play([2, 3], rolled.scripts, FULL)) == said(rolled)


def test_the_action_a_rolled_lane_gave_up_on_is_in_its_script(program: Opener) -> None:
    fails = FREE.replace("self.moves += 1", "self.moves += 1\n        assert self.moves < 6, 'six is too many'")
    names: dict[str, Any] = {}
    exec(fails, names)
    rolls = [Roll((Episode(1), Episode(2)), (1, 2), 100)]
    rolled, same = program(fails + SERVE).roll([0], rolls, FULL), wrap(names["Counter"], "toy").roll([0], rolls, FULL)
    assert [(end.episode, end.step_index, end.kind) for end in rolled.ends] == [(0, 6, "failed")]
    assert len(rolled.scripts[0].episodes[0].actions) == 6
    assert same_script(rolled.scripts[0], same.scripts[0])


def test_a_step_that_raises_ends_its_lane_alone(program: Opener) -> None:
    source = FREE.replace("self.moves += 1", "self.moves += 1\n        1 / (self.n - 8)") + SERVE
    trace = program(source).play([0, 1], [Script((Episode(3, (1, 4, 1)), Episode(1))), Script((Episode(3, (1, 1)),))], FULL)
    [end] = trace.ends
    assert (end.script, end.episode, end.step_index, end.kind) == (0, 0, 2, "failed")
    assert "ZeroDivisionError" in end.words
    assert [(run.script, run.episode, run.count) for run in trace.runs] == [(0, 0, 2), (1, 0, 3)]


def test_a_refusal_is_a_definite_no(program: Opener) -> None:
    source = FREE.replace("self.moves += 1", "self.moves += 1\n        if action == 4: raise Refused('never four')") + SERVE
    backend = program(source)
    [end] = backend.play([0], [Script((Episode(2, (4,)),))], FULL).ends
    assert (end.kind, end.words) == ("refused", "never four")
    with pytest.raises(Refused, match="no component"):
        backend.call("damage", [[1]])


def test_where_a_program_dies_what_had_arrived_stays_and_the_next_call_finds_a_fresh_one(program: Opener) -> None:
    source = FREE.replace("self.moves += 1", "self.moves += 1\n        if action == 3: print('goodbye'); os._exit(7)") + SERVE
    backend = program(source)
    long = Episode(0, (0,) * 300)
    scripts = [Script((long,)), Script((long, Episode(0, (1, 3)), Episode(1))), Script((long,))]
    trace = backend.play([0, 1, 2], scripts, FULL)
    assert [(run.script, run.episode, run.count) for run in trace.runs] == [(0, 0, 301), (1, 0, 301)]
    assert [(end.script, end.episode, end.step_index, end.kind) for end in trace.ends] == [(1, 1, 0, "died"), (2, 0, 0, "died")]
    assert "exited with status 7" in trace.ends[0].words
    assert trace.ends[0].words.endswith("goodbye")
    assert backend.starts == 1
    [end] = backend.step([0], [1], FULL).ends
    assert (end.kind, backend.starts) == ("refused", 2)
    rolled = backend.roll([5], [Roll((Episode(1), Episode(2)), (3, 4), 30)], FULL)
    [end] = rolled.ends
    assert (end.kind, end.step_index, rolled.step_count) == ("died", 0, 0)
    assert rolled.scripts == (Script((Episode(1),)),)
    assert backend.play([0], [Script((Episode(0, (1,)),))], FULL).step_count == 2
    assert backend.starts == 3
    backend.restart()
    assert backend.starts == 4


def test_a_program_that_dies_of_a_signal_says_so(program: Opener) -> None:
    backend = program(FREE.replace("self.moves += 1", "os.kill(os.getpid(), signal.SIGSEGV)") + SERVE)
    [end] = backend.play([0], [Script((Episode(0, (1,)),))], FULL).ends
    assert "killed by SIGSEGV" in end.words


@pytest.mark.parametrize(
    ("source", "error", "words"),
    [
        ("import sys; sys.exit('no licence')", AdapterError, "ended before it said hello: it exited with status 1"),
        ("import time; time.sleep(60)", AdapterError, "has not answered `hello` within 1 s"),
        ("import os, time; os.close(1); time.sleep(60)", AdapterError, "closed its standard output and ran on"),
        ("print('Welcome to the simulator!')", ProtocolError, "is something printed to standard output"),
        ("import os; os.write(1, bytes(4))", ProtocolError, "length 0"),
        (RAW + "hear(); say({'type': 'done'})", ProtocolError, "'done' is no answer to `hello`"),
        (RAW + "hear(); say({'type': 'hello', 'protocol': 1})", ProtocolError, "`name` is missing"),
        (RAW + "hear(); say({**greeting_to_plain(Greeting('x')), 'protocol': 2})", ProtocolError, "version 2"),
        (RAW + "hear(); say({**greeting_to_plain(Greeting('x')), 'lanes': 0})", ProtocolError, "`lanes`"),
        (RAW + "hear(); say({**greeting_to_plain(Greeting('x')), 'actions': {'type': 'ring'}})", ProtocolError, "'ring'"),
        (RAW + "hear(); say({'type': 'failed', 'words': 'no table'})", AdapterError, "no table"),
        (COUNTER + "def broken(): raise OSError('no table')\nserve_program({'x': broken}, name='toy')", AdapterError, "no table"),
    ],
)
def test_a_bad_beginning_is_told_with_its_last_words(program: Opener, source: str, error: type[Exception], words: str) -> None:
    start = time.monotonic()
    with pytest.raises(error, match=words) as caught:
        program(source, deadlines=Deadlines(hello_s=1.0) if "sleep" in source else None)
    assert time.monotonic() - start < 15
    if isinstance(caught.value, AdapterError):
        assert caught.value.argv[0] == sys.executable
        assert "licence" in caught.value.last_words or "licence" not in source


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(AdapterError, match=r"'\./target/none' cannot be started"):
        ProcessBackend(["./target/none"], cwd=tmp_path)


def test_an_environment_that_is_not_there_is_refused_with_those_that_are(program: Opener) -> None:
    with pytest.raises(AdapterError, match="no environment 'chess'; there are: counter"):
        program(COUNTER + SERVE, environment="chess")
    assert program(COUNTER + SERVE, environment="counter").greeting.environments == ("counter",)


def test_silence_in_the_middle_ends_the_program_and_the_next_call_starts_a_fresh_one(program: Opener) -> None:
    source = FREE.replace("self.moves += 1", "self.moves += 1\n        if action == 4: time.sleep(60)") + SERVE
    backend = program(source, deadlines=Deadlines(message_s=1.0, first_s=1.0))
    start = time.monotonic()
    with pytest.raises(AdapterError, match="has not answered `play` within 1 s") as caught:
        backend.play([0], [Script((Episode(0, (1, 4)),))], FULL)
    assert time.monotonic() - start < 5
    assert "stray 1" in caught.value.last_words
    assert backend.play([0], [Script((Episode(0, (1, 1)),))], FULL).step_count == 3
    assert backend.starts == 2


def test_the_first_answer_on_a_new_number_of_lanes_may_take_longer(program: Opener) -> None:
    source = FREE.replace("self.n, self.moves = seed % 7, 0", "self.n, self.moves = 0, 0; time.sleep(0.4 * (seed == 1))") + SERVE
    backend = program(source, deadlines=Deadlines(message_s=0.2, first_s=10.0))
    slow, quick = Episode(1), Episode(0)
    assert backend.reset([0], [slow], FULL).step_count == 1
    assert backend.reset([0, 1], [slow, quick], FULL).step_count == 2
    with pytest.raises(AdapterError, match=r"within 0\.2 s"):
        backend.reset([1], [slow], FULL)
    assert backend.reset([1], [slow], FULL).step_count == 1  # a fresh program compiles again


@pytest.mark.parametrize("pause_s", ["0.05", "0.05 * (action == 0)", "0.4 * (self.moves % 9 == 0)"])
def test_a_slow_program_says_what_it_has_well_before_the_deadline(program: Opener, pause_s: str) -> None:
    source = FREE.replace("self.moves += 1", f"self.moves += 1; time.sleep({pause_s})").replace("LIMIT = 40", "LIMIT = 4000") + SERVE
    backend = program(source, deadlines=Deadlines(message_s=1.0, first_s=1.0))
    actions = (0, 0, 1, 0) * 14
    for _ in range(2):
        assert backend.play([0], [Script((Episode(0, actions),))], FULL).step_count == 57
    assert backend.roll([0], [Roll((Episode(1),), (1,), 56)], FULL).step_count == 57
    assert backend.starts == 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("os.write(1, b'text that is no frame')", "standard output"),
        ("os.write(1, (5).to_bytes(4, 'little') + b'abcde')", "malformed|map is expected"),
        ("say({'type': 'snapshots', 'tokens': []})", "no answer to `play`"),
        ("steps([[0, 0, 0, 1]], {})", "it ends, but step 1 of script 0"),
        ("steps([[0, 0, 0, 9]], {})", "not asked for"),
        ("steps([[0, 0, 0, 1]], {'obs': 1})", "form, values, present"),
        ("[steps([], {}, more=True) for _ in range(10)]", "without a Step"),
        ("steps([[0, 0, 0, 1]], {}, more=True); say({'type': 'done'})", "no answer to `play`"),
    ],
)
def test_a_malformed_answer_ends_the_program_with_its_last_words(program: Opener, answer: str, words: str) -> None:
    backend = program(RAW + f"greet(); hear(); print('so long', file=sys.stderr, flush=True); {answer}; time.sleep(60)")
    with pytest.raises(ProtocolError, match=words) as caught:
        backend.play([0], [Script((Episode(0, (1,)),))], FULL)
    assert caught.value.side == "remote"
    assert "so long" in str(caught.value)
    assert "so long" not in str(caught.value).split("last words")[0]


def test_what_was_said_unasked_is_no_answer_to_the_next_request(program: Opener) -> None:
    backend = program(RAW + "greet(); hear(); say({'type': 'done'}); time.sleep(0.1); say({'type': 'done'}); time.sleep(60)")
    backend.discard([0])
    time.sleep(0.5)
    with pytest.raises(ProtocolError, match="nobody asked for"):
        backend.discard([0])


def test_an_answer_that_fails_in_the_middle_keeps_what_was_played(program: Opener) -> None:
    said_first = "steps([[0, 0, 0, 1]], {'obs': ['scalar', np.array([1]), None]}, more=True)"
    backend = program(RAW + f"import numpy as np\ngreet(); hear(); {said_first}; say({{'type': 'failed', 'words': 'no memory'}}); hear()")
    trace = backend.play([0, 1], [Script((Episode(0, (1,)),)), Script((Episode(),))], FULL)
    assert trace.step_count == 1
    assert [(end.script, end.step_index, end.kind) for end in trace.ends] == [(0, 1, "failed"), (1, 0, "failed")]
    assert {end.words for end in trace.ends} == {"no memory"}


def test_a_flood_on_standard_error_neither_blocks_nor_grows(program: Opener) -> None:
    backend = program(FREE.replace("self.moves += 1", "self.moves += 1; sys.stderr.write('x' * 50_000_000 + 'the end')") + SERVE)
    before = psutil.Process().memory_info().rss
    assert backend.play([0], [Script((Episode(0, (1,)),))], FULL).step_count == 2
    assert psutil.Process().memory_info().rss - before < 40e6


def test_a_large_request_is_written_while_the_program_talks(program: Opener) -> None:
    noise = "self.n, self.moves = 0, 0; sys.stderr.write('y' * 3_000_000)"
    backend = program(FREE.replace("self.n, self.moves = seed % 7, 0", noise) + SERVE)
    big = {"blob": np.zeros(20_000_000, np.uint8)}
    assert backend.reset([0], [Episode(options=big)], FULL).step_count == 1


def test_what_does_not_fit_a_frame_goes_in_several(program: Opener) -> None:
    backend = program(FREE + SERVE)
    big = {"blob": np.zeros(20_000_000, np.uint8)}
    trace = backend.reset(range(5), [Episode(seed, options=big) for seed in range(5)], FULL)
    assert [trace.step(row)["state"]["n"] for row in range(5)] == [0, 1, 2, 3, 4]
    assert [run.script for run in trace.runs] == [0, 1, 2, 3, 4]
    with pytest.raises(ProtocolError, match="67,108,864") as caught:
        backend.reset([0], [Episode(options={"blob": np.zeros(70_000_000, np.uint8)})], FULL)
    assert caught.value.side == "local"
    assert backend.starts == 1


def test_what_does_not_fit_a_frame_on_one_lane_is_played_episode_by_episode(program: Opener) -> None:
    backend = program(FREE.replace("seed, options):", "seed, options):\n        if seed == 99: raise Refused('no')") + SERVE)
    big = {"blob": np.zeros(20_000_000, np.uint8)}
    script = Script(tuple(Episode(seed, (1, 2), big) for seed in (0, 1, 2, 3, 4)))
    trace = backend.play([0], [script], FULL)
    assert [(run.script, run.episode, run.count) for run in trace.runs] == [(0, episode, 3) for episode in range(5)]
    assert [trace.step(run.first)["state"]["n"] for run in trace.runs] == [0, 1, 2, 3, 4]
    assert trace.scripts == (script,)
    ended = backend.play([0], [Script(tuple(Episode(seed, (1,), big) for seed in (0, 1, 2, 99, 4)))], FULL)
    assert [(end.episode, end.step_index, end.kind) for end in ended.ends] == [(3, 0, "refused")]
    rolled = backend.roll([0], [Roll(tuple(Episode(seed, (), big) for seed in range(5)), tuple(range(5)), 4)], FULL)
    whole = backend.roll([0], [Roll(tuple(Episode(seed) for seed in range(5)), tuple(range(5)), 4)], FULL)
    assert said(rolled) == said(whole)
    assert [e.actions for e in rolled.scripts[0].episodes] == [e.actions for e in whole.scripts[0].episodes]


def test_memory_has_a_limit(program: Opener) -> None:
    hungry = "self.moves += 1; self.hoard = [bytearray(b'x' * 2**20) for _ in range(300)]; time.sleep(30)"
    backend = program(FREE.replace("self.moves += 1", hungry) + SERVE, memory_bytes_max=200 * 2**20)
    with pytest.raises(AdapterError, match=r"GiB of memory; 0\.20 are allowed"):
        backend.play([0], [Script((Episode(0, (1,)),))], FULL)


def test_children_that_hold_the_pipes_open_are_found_and_ended(program: Opener) -> None:
    forks = "if action == 4 and os.fork() == 0: os.setsid(); os.fork(); signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    source = FREE.replace("self.moves += 1", f"self.moves += 1\n        {forks}\n        if action == 3: os._exit(3)") + SERVE
    backend = program(source)
    start = time.monotonic()
    trace = backend.play([0], [Script((Episode(0, (4, 3)),))], FULL)
    assert trace.ends[0].kind == "died"
    assert time.monotonic() - start < 5


def test_a_program_that_ignores_every_goodbye_is_ended(program: Opener) -> None:
    deaf = "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    backend = program(RAW + "import signal\n" + deaf + "greet()\nwhile True: time.sleep(1)")
    start = time.monotonic()
    backend.close()
    assert time.monotonic() - start < 5


def test_nothing_is_left_when_nobody_closes(tmp_path: Path) -> None:
    (tmp_path / "adapter.py").write_text(RAW + "greet()\nwhile True: time.sleep(1)")
    lines = [
        "import sys",
        "from equivcheck.backends.process import ProcessBackend",
        f"backend = ProcessBackend([sys.executable, {str(tmp_path / 'adapter.py')!r}])",
    ]
    assert os.system(f'{sys.executable} -c "{chr(10).join(lines)}"') == 0
    assert not [process for process in psutil.process_iter() if str(tmp_path / "adapter.py") in _argv(process)]
