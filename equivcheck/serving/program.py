"""Makes an adapter program of any Backend, or of anything `backends.opening.wrap` makes one of."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from equivcheck.backends.interface import Backend
from equivcheck.backends.local import Refused, error_words
from equivcheck.backends.opening import wrap
from equivcheck.errors import ProtocolError
from equivcheck.model.request import MANNER, Ask, Roll
from equivcheck.model.script import Script
from equivcheck.model.trace import Trace
from equivcheck.protocol.blocks import Block, action_columns, block_to_plain, split_trace, whole_block
from equivcheck.protocol.digest import narrow_trace
from equivcheck.protocol.framing import FrameDecoder, Message, encode_frame
from equivcheck.protocol.messages import (
    VERSION,
    ask_from_plain,
    complaint,
    episode_from_plain,
    greeting_to_plain,
    roll_from_plain,
    script_from_plain,
)
from equivcheck.protocol.turns import check_items, read_request
from equivcheck.serving.stepping import play_walks, walk_roll, walk_script
from equivcheck.serving.streaming import Part, Speed, stream

Factory = Callable[[], object]
_READ_BYTES: Final = 2**20


def serve_program(table: Mapping[str, Factory], *, name: str, version: str = "") -> None:
    """Answer requests from standard input on standard output until `close` or the end of the input.

    `table` maps the name of each environment to a factory that returns a Backend, a gymnasium environment or a plain object.
    From here on, whatever is printed goes to standard error, and standard input is empty.
    """
    source, sink = _take_streams()
    server = Server(table, name, version)
    decoder = FrameDecoder()
    try:
        while not server.closed and (data := os.read(source, _READ_BYTES)):
            decoder.feed(data)
            for answer in answer_frames(server, decoder):
                _write(sink, answer)
    except BrokenPipeError:
        pass  # the checker is gone
    finally:
        server.close()


def _take_streams() -> tuple[int, int]:
    """Return private descriptors of standard input and output; prints go to standard error, text that waits included."""
    source, sink = os.dup(0), os.dup(1)
    os.dup2(2, 1)
    sys.stdout.flush()
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return source, sink


def answer_frames(server: Server, decoder: FrameDecoder) -> Iterator[bytes]:
    """Yield the frames that answer what has been read; a request that cannot be read is refused."""
    while not server.closed:
        try:
            message = decoder.next()
        except ProtocolError as error:
            yield encode_frame(complaint("refused", str(error)))
            server.closed = decoder.lost
            continue
        if message is None:
            return
        for answer in server.answer(message):
            try:
                yield encode_frame(answer)
            except ProtocolError as error:
                yield encode_frame(complaint("failed", f"the answer cannot be sent: {error}"))
                break


def _write(sink: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(sink, rest) :]


class Server:
    """One environment, once `hello` has chosen it, and what is done with requests to it."""

    def __init__(self, table: Mapping[str, Factory], name: str, version: str) -> None:
        self._table, self._name, self._version = table, name, version
        self._backend: Backend | None = None
        self.speed = Speed()
        self.closed = False

    def answer(self, message: Message) -> Iterator[Message]:
        """Yield the answer to one request; what an environment raises becomes `refused` or `failed`."""
        try:
            read_request(message, self._backend is not None)
            yield from getattr(self, f"_{message['type']}")(message)
        except (Refused, ProtocolError) as error:
            yield complaint("refused", str(error))
        except Exception as error:
            yield complaint("failed", error_words(error))

    def close(self) -> None:
        """End the environment."""
        self.closed = True
        if self._backend is not None:
            self._backend.close()

    @property
    def _side(self) -> Backend:
        assert self._backend is not None
        return self._backend

    def _hello(self, message: Message) -> Iterator[Message]:
        name = message["environment"]
        if message["protocol"] != VERSION:
            raise Refused(f"this adapter speaks version {VERSION} of the protocol")
        if name == "" and len(self._table) == 1:
            name = next(iter(self._table))
        if name not in self._table:
            raise Refused(f"no environment {name!r}; there are: {', '.join(self._table)}")
        backend = wrap(self._table[name], self._name, self._version, manner=os.environ.get(MANNER, ""))
        names = {"name": self._name, "version": self._version, "environment": name, "environments": tuple(self._table)}
        greeting = greeting_to_plain(replace(backend.greeting, **names))
        self._backend = backend
        self.speed.compiled_s = lambda: getattr(backend, "compiled_s", 0.0)
        yield greeting

    def _reset(self, message: Message) -> Iterator[Message]:
        episodes = [episode_from_plain(episode, played=False) for episode in message["episodes"]]
        ask = ask_from_plain(message)
        yield _steps_message(self._side.reset(message["lanes"], episodes, ask), ask)

    def _step(self, message: Message) -> Iterator[Message]:
        ask = ask_from_plain(message)
        yield _steps_message(self._side.step(message["lanes"], message["actions"], ask), ask)

    def _load(self, message: Message) -> Iterator[Message]:
        ask = ask_from_plain(message)
        yield _steps_message(self._side.load(message["lanes"], message["states"], ask), ask)

    def _play(self, message: Message) -> Iterator[Message]:
        scripts, ask, side = [script_from_plain(script) for script in message["scripts"]], ask_from_plain(message), self._side

        def choose(parts: Sequence[Part]) -> tuple[list[int], list[Script]]:
            chosen = [Script(scripts[part.script].episodes[part.first : part.stop]) for part in parts]
            return [message["lanes"][part.script] for part in parts], chosen

        def play(parts: Sequence[Part]) -> Iterator[Block]:
            return split_trace(narrow_trace(side.play(*choose(parts), ask), ask))

        def step(parts: Sequence[Part]) -> Iterator[Block]:
            lanes, chosen = choose(parts)
            return play_walks(side, lanes, [walk_script(script) for script in chosen], ask, rolled=False)

        lengths = [[len(episode.actions) + 1 for episode in script.episodes] for script in scripts]
        yield from stream(lengths, side.greeting.lanes, play, step, self.speed)

    def _roll(self, message: Message) -> Iterator[Message]:
        rolls, ask, side = [roll_from_plain(roll) for roll in message["rolls"]], ask_from_plain(message), self._side

        def choose(parts: Sequence[Part]) -> tuple[list[int], list[Roll]]:
            return [message["lanes"][part.script] for part in parts], [_part_of_roll(rolls[part.script], part) for part in parts]

        def play(parts: Sequence[Part]) -> Iterator[Block]:
            trace = side.roll(*choose(parts), ask)
            return split_trace(narrow_trace(trace, ask), action_columns(trace))

        def step(parts: Sequence[Part]) -> Iterator[Block]:
            lanes, chosen = choose(parts)
            return play_walks(side, lanes, [walk_roll(roll, side.greeting) for roll in chosen], ask, rolled=True)

        lengths = [[roll.steps_max + 1] * len(roll.episodes) for roll in rolls]
        yield from stream(lengths, side.greeting.lanes, play, step, self.speed)

    def _snapshot(self, message: Message) -> Iterator[Message]:
        yield {"type": "snapshots", "tokens": self._side.snapshot(message["lanes"])}

    def _restore(self, message: Message) -> Iterator[Message]:
        check_items(message["tokens"], bytes, "`tokens`")
        self._side.restore(message["lanes"], message["tokens"])
        yield {"type": "done"}

    def _call(self, message: Message) -> Iterator[Message]:
        check_items(message["arguments"], list, "`arguments`")
        yield {"type": "results", "results": self._side.call(message["component"], message["arguments"])}

    def _discard(self, message: Message) -> Iterator[Message]:
        self._side.discard(message["lanes"])
        yield {"type": "done"}

    def _close(self, message: Message) -> Iterator[Message]:
        self.close()
        yield {"type": "done"}


def _part_of_roll(roll: Roll, part: Part) -> Roll:
    cut = slice(part.first, part.stop)
    return replace(roll, episodes=roll.episodes[cut], choosers=roll.choosers[cut], spaces=roll.spaces[cut])


def _steps_message(trace: Trace, ask: Ask) -> Message:
    return {"type": "steps", "more": False, **block_to_plain(whole_block(narrow_trace(trace, ask)))}
