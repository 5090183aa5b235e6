"""The server and its streams without a process; tests/backends/test_process.py has it in one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equivcheck.model.columns import columnise
from equivcheck.model.request import FULL, Ask, Roll
from equivcheck.model.script import Episode, Script
from equivcheck.model.trace import End
from equivcheck.model.values import MISSING, to_json
from equivcheck.protocol.blocks import STEPS_MIN, Block, Stretch, block_from_plain
from equivcheck.protocol.collection import Collection
from equivcheck.protocol.framing import FrameDecoder, Message, encode_frame
from equivcheck.protocol.messages import ask_to_plain, episode_to_plain, roll_to_plain, script_to_plain
from equivcheck.serving import Refused
from equivcheck.serving.program import Server, answer_frames
from equivcheck.serving.streaming import Part, Speed, stream


class Walk:
    actions = 3

    def reset(self, seed: int) -> dict[str, Any]:
        self.n = 0
        return {"obs": 0}

    def step(self, action: int) -> dict[str, Any]:
        self.n += action
        if self.n == 5:
            return {"obs": "long" * 2**19}
        if self.n == 7:
            raise Refused("not seven")
        return {"obs": self.n}


def ask(server: Server, *requests: Message | bytes) -> list[Message]:
    """Return the answers to requests, as they come out of the wire."""
    decoder = FrameDecoder()
    for request in requests:
        decoder.feed(request if isinstance(request, bytes) else encode_frame(request))
    out = FrameDecoder()
    for frame in answer_frames(server, decoder):
        out.feed(frame)
    answers = []
    while (answer := out.next()) is not None:
        answers.append(answer)
    return answers


HELLO = {"type": "hello", "protocol": 1, "environment": ""}


@pytest.fixture
def server() -> Server:
    server = Server({"walk": Walk}, "toy", "")
    assert ask(server, HELLO)[0]["type"] == "hello"
    return server


def play(*actions: int) -> Message:
    return {"type": "play", "lanes": [0], "scripts": [script_to_plain(Script((Episode(0, actions),)))], **ask_to_plain(FULL)}


def test_it_says_hello_once_and_before_all_else() -> None:
    server = Server({"a": Walk, "b": Walk}, "toy", "")
    early, unnamed, unknown, good, again = ask(
        server,
        play(1),
        HELLO,
        {**HELLO, "environment": "c"},
        {**HELLO, "environment": "b"},
        {**HELLO, "environment": "b"},
    )
    assert [answer["type"] for answer in (early, unnamed, unknown, good, again)] == ["refused", "refused", "refused", "hello", "refused"]
    assert unknown["words"] == "no environment 'c'; there are: a, b"
    assert (good["environment"], good["environments"]) == ("b", ["a", "b"])


def test_a_factory_that_fails_is_told_and_may_be_asked_again() -> None:
    tries: list[int] = []

    def make() -> Walk:
        tries.append(1)
        if len(tries) == 1:
            raise OSError("no table")
        return Walk()

    first, second = ask(Server({"walk": make}, "toy", ""), HELLO, HELLO)
    assert first["type"] == "failed"
    assert "no table" in first["words"]
    assert second["type"] == "hello"


def test_it_outlives_a_malformed_frame_but_not_a_lost_one(server: Server) -> None:
    malformed, fine = ask(server, b"\x02\x00\x00\x00\xc1\xc1", {"type": "discard", "lanes": []})
    assert (malformed["type"], fine["type"]) == ("refused", "done")
    [lost] = ask(server, b"\xff\xff\xff\xff", {"type": "discard", "lanes": []})
    assert (lost["type"], server.closed) == ("refused", True)


def test_what_cannot_be_sent_is_the_environments_failure(server: Server) -> None:
    [answer] = ask(server, play(2, 2, 1))
    assert answer["type"] == "failed"
    assert "a text of more than" in answer["words"]
    assert ask(server, play(1))[0]["type"] == "steps"


def test_a_step_refused_is_an_end_and_a_call_refused_an_answer(server: Server) -> None:
    [answer] = ask(server, play(2, 2, 2, 1))
    assert answer["ends"] == [[0, 0, 4, "refused", "not seven"]]
    [answer] = ask(server, {"type": "call", "component": "damage", "arguments": [[]]})
    assert answer == {"type": "refused", "words": "no component 'damage'; there are: none"}
    [answer] = ask(server, {"type": "snapshot", "lanes": [0]})
    assert answer["type"] in ("refused", "failed")


def test_a_refused_request_changes_nothing(server: Server) -> None:
    begin = {"type": "reset", "lanes": [0], "episodes": [episode_to_plain(Episode(), played=False)], **ask_to_plain(FULL)}
    step = {"type": "step", "lanes": [0], "actions": [1], **ask_to_plain(FULL)}
    _, first, refused, second = ask(server, begin, step, {**step, "lanes": [0, 0]}, step)
    assert refused["type"] == "refused"
    assert [answer["columns"]["obs"][1].tolist() for answer in (first, second)] == [[1], [2]]


def test_after_close_nothing_is_answered(server: Server) -> None:
    assert [answer["type"] for answer in ask(server, {"type": "close"}, {"type": "close"})] == ["done"]
    assert server.closed


def played(parts: Sequence[Part], lengths: Sequence[Sequence[int]], gives_up: int | None) -> Iterable[Block]:
    """Play parts whose episodes have just the given lengths; a script that `gives_up` does so in its second episode."""
    stretches, ends = [], []
    for number, part in enumerate(parts):
        for episode in range(part.first, part.stop):
            if part.script == gives_up and episode == 1:
                ends.append(End(number, episode - part.first, 0, "failed", "x"))
                break
            stretches.append(Stretch(number, episode - part.first, 0, lengths[part.script][episode]))
    values = [{"obs": (parts[run.script].script, parts[run.script].first + run.episode)} for run in stretches for _ in range(run.count)]
    yield Block(tuple(stretches), columnise(values) if values else {}, tuple(ends))


def never(parts: Sequence[Part]) -> Iterable[Block]:
    raise AssertionError(f"{parts} are not to be played in this way")


LENGTHS = st.lists(st.lists(st.integers(1, 200), max_size=6), max_size=5)


@given(LENGTHS, st.integers(1, 6), st.none() | st.integers(0, 4))
def test_every_episode_is_played_once_in_order_and_sent_in_full_blocks(lengths: list[list[int]], lanes: int, gives_up: int | None) -> None:
    messages = list(stream(lengths, lanes, lambda parts: played(parts, lengths, gives_up), never, Speed(0.0)))
    assert [message["more"] for message in messages] == [True] * (len(messages) - 1) + [False]
    assert all(sum(run[3] for run in message["runs"]) >= STEPS_MIN for message in messages[:-1])
    runs = [run for message in messages for run in message["runs"]]
    for script, episodes in enumerate(lengths):
        wanted = episodes[:1] if script == gives_up else episodes
        assert [run[1:] for run in runs if run[0] == script] == [[index, 0, count] for index, count in enumerate(wanted)]
    rows = [row for message in messages for row in _obs(message)]
    assert rows == [(run[0], run[1]) for run in runs for _ in range(run[3])]
    ends = [end[:3] for message in messages for end in message["ends"]]
    assert ends == [[gives_up, 1, 0] for script, episodes in enumerate(lengths) if script == gives_up and len(episodes) > 1]


def _obs(message: Message) -> list[tuple[int, int]]:
    if not message["columns"]:
        return []
    return list(zip(*(message["columns"][f"obs[{index}]"][1].tolist() for index in range(2)), strict=True))


def test_a_long_answer_is_played_in_parts_so_that_what_is_done_is_sent() -> None:
    lengths = [[100] * 10, [300], [10] * 3]
    calls: list[list[tuple[int, int, int]]] = []

    def play_parts(parts: Sequence[Part]) -> Iterable[Block]:
        calls.append([(part.script, part.first, part.stop) for part in parts])
        return played(parts, lengths, None)

    for index, _ in enumerate(stream(lengths, 1, play_parts, never, Speed(0.0))):
        assert len(calls) == min(index + 1, 4), "a block is sent before the next part is begun"
    assert calls == [[(0, 0, 3)], [(0, 3, 6)], [(0, 6, 9)], [(0, 9, 10), (1, 0, 1), (2, 0, 3)]]
    calls.clear()
    list(stream(lengths, 3, play_parts, never, Speed(0.0)))
    assert calls[0] == [(0, 0, 1), (1, 0, 1), (2, 0, 1)]
    calls.clear()
    list(stream(lengths, 8, play_parts, never, Speed(0.0)))
    assert calls[0] == [(0, 0, 4), (1, 0, 1), (2, 0, 3)], "lanes that play abreast are filled"


def test_what_may_take_long_is_played_step_by_step() -> None:
    lengths = [[1000]]

    def whole(parts: Sequence[Part]) -> Iterable[Block]:
        return played(parts, lengths, None)

    cases = [(0.001, 1, False), (0.004, 1, True), (0.004, 4, False), (0.012, 4, True), (None, 1, True), (None, 4, False)]
    for step_s, lanes, slow in cases:
        speed = Speed(step_s)
        list(stream(lengths, lanes, never if slow else whole, whole if slow else never, speed))
        assert speed.step_s is not None
        assert speed.step_s < 0.001, "the speed is that of the part before, and this one was quick"


def test_a_part_in_which_something_was_compiled_says_nothing_of_the_speed() -> None:
    for compiled_s, is_known in ([100.0, 100.06], False), ([100.0, 100.0], True):
        speed = Speed(None, iter(compiled_s).__next__)
        list(stream([[10]], 4, lambda parts: played(parts, [[10]], None), never, speed))
        assert (speed.step_s is not None) == is_known


class Masked:
    """Walks on a ring of two agents, or of one, with masks, refusals and failures."""

    def __init__(self, agents: bool) -> None:
        self.agents = agents
        self.actions = {"a": 3, "b": 2} if agents else 4

    def reset(self, seed: int) -> dict[str, Any]:
        self.n = seed % 11
        return {"obs": self.n, "terminated": self.n == 10}

    def step(self, action: Any) -> dict[str, Any]:
        self.n += sum(action.values()) if self.agents else action
        if self.n == 17:
            raise Refused("not seventeen")
        if self.n == 19:
            raise RuntimeError("nineteen")
        return {"obs": self.n, "reward": 0.5, "terminated": self.n >= 30, "events": ["odd"] * (self.n % 2)}

    def legal(self) -> Any:
        if self.n >= 30 or (self.n == 23 and not self.agents):
            return {} if self.agents else [False] * 4
        return {"a": [True, self.n % 3 > 0, True]} if self.agents else [self.n % 2 == 0, True, True, True]

    def state(self) -> dict[str, Any]:
        return {"n": self.n}

    def load(self, state: Any) -> dict[str, Any]:
        self.n = state["n"]
        return {"obs": self.n}


@settings(deadline=None, max_examples=60)
@given(st.data(), st.booleans(), st.sampled_from(["full", "bare", "digest"]))
def test_step_by_step_gives_what_playing_at_once_does(data: st.DataObject, agents: bool, detail: Any) -> None:
    action = st.fixed_dictionaries({"a": st.integers(0, 2)}) if agents else st.integers(0, 4)
    start = st.sampled_from([MISSING, MISSING, {"n": 3}])
    episodes = st.builds(Episode, st.integers(0, 40), st.lists(action, max_size=12).map(tuple), start=start)
    scripts = data.draw(st.lists(st.lists(episodes, max_size=3).map(lambda some: Script(tuple(some))), min_size=1, max_size=3))
    rolls = [Roll(tuple(replace(e, actions=()) for e in script.episodes), tuple(range(len(script.episodes))), 12) for script in scripts]
    asking = ask_to_plain(Ask(detail, ("obs", "state.n") if detail == "digest" else ()))
    requests: list[Message] = [
        {"type": "play", "lanes": list(range(len(scripts))), "scripts": [script_to_plain(script) for script in scripts], **asking},
        {"type": "roll", "lanes": list(range(len(rolls))), "rolls": [roll_to_plain(roll) for roll in rolls], **asking},
    ]
    for request in requests:
        answers = []
        for step_s in (0.0, 1e9):
            server = Server({"ring": lambda: Masked(agents)}, "toy", "")
            server.speed.step_s = step_s
            blocks = [block_from_plain(answer, reserved=frozenset(["action", "digest"])) for answer in ask(server, HELLO, request)[1:]]
            collection = Collection({index: [100] * len(script.episodes) for index, script in enumerate(scripts)})
            for block in blocks:
                collection.add(block)
            trace = collection.trace(scripts, {})
            answers.append((trace.runs, trace.ends, [to_json(trace.step(row)) for row in range(trace.step_count)]))
        assert [*answers[0][:1], *answers[0][2:]] == [*answers[1][:1], *answers[1][2:]]
        ends = [[(end.script, end.episode, end.step_index, end.kind, end.words.split(" (")[0]) for end in answer[1]] for answer in answers]
        assert ends[0] == ends[1]
