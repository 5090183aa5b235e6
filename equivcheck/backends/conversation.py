"""One run of an adapter program, from its start to its end, as requests and answers."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from equivcheck.backends.supervision import MemoryLimit, Supervised
from equivcheck.errors import AdapterError, ProtocolError
from equivcheck.protocol.framing import FrameDecoder, Message, encode_frame
from equivcheck.protocol.turns import read_answer

_FAREWELL_S: Final = 2.0
_WORDS_IN_MESSAGE: Final = 2000


@dataclass(frozen=True, slots=True)
class Deadline:
    """How long each frame of an answer may take, and the key by which a person sets it."""

    key: str
    seconds: float


class _Late(Exception):
    """No frame came before the deadline."""

    def __init__(self, deadline: Deadline) -> None:
        super().__init__(f"within {deadline.seconds:g} s")
        self.key = deadline.key


class Gone(Exception):
    """The program ended in the middle of a request: `how`, and the tail of its standard error."""

    def __init__(self, how: str, last_words: str) -> None:
        super().__init__(how)
        self.last_words = last_words


class Conversation:
    """A program that is spoken to. Raises: AdapterError where it cannot be started.

    Once it has died, fallen silent or broken the protocol it is `over`, and nothing of it is left. `settings` says in words
    where a person gives it more time and memory; `name` is what messages call it, "" the command as a shell takes it; `variables` are
    added to its environment.
    """

    def __init__(
        self, argv: Sequence[str], cwd: Path | None, memory_bytes_max: int, settings: str, name: str, variables: Mapping[str, str]
    ) -> None:
        self.over = False
        self.name = name or shlex.join(argv)
        self._settings = settings
        self._program = Supervised(argv, cwd, memory_bytes_max, variables)
        self._decoder = FrameDecoder()

    def last_words(self) -> str:
        """Return the tail of standard error."""
        return self._program.last_words()

    def ask(self, request: str, frame: bytes, deadline: Deadline) -> Iterator[Message]:
        """Send a request's frame and yield the messages that answer it, each within the deadline; to be used under `blamed`.

        Raises: Gone where the program ends first; ProtocolError; and what `blamed` makes an AdapterError of.
        """
        self._decoder.feed(self._program.overheard())
        if self._decoder.pending:
            self._decoder.next()  # which says so, where it is no frame but text
            raise ProtocolError("something was said that nobody asked for")
        self._program.send(frame)
        more = True
        while more:
            answer = read_answer(self._next(deadline), request)
            more = answer.get("more", False)
            yield answer

    @contextmanager
    def blamed(self, request: str) -> Iterator[None]:
        """End the program on whatever goes wrong in the middle of a request, and say what its last words were."""
        program = self._program
        try:
            yield
        except _Late as late:
            hint = f"if it needs longer, raise {late.key} under [deadlines] in {self._settings}"
            raise self._ended(f"has not answered `{request}` {late}", hint) from None
        except MemoryLimit as limit:
            hint = f"have it hold fewer lanes at once, or raise memory_gib in {self._settings}"
            raise self._ended(str(limit), hint) from None
        except ProtocolError as error:
            words = program.last_words()[-_WORDS_IN_MESSAGE:]
            self.end()
            tail = f"; its last words: {words}" if words else ""
            raise ProtocolError(f"{self.name}, in its answer to `{request}`: {error}{tail}", side=error.side) from None
        except BaseException:
            self.end()
            raise

    def farewell(self) -> None:
        """Ask the program to end, and see that it does."""
        if not self.over:
            self.over = True
            self._program.send(encode_frame({"type": "close"}))
            self._program.finish(_FAREWELL_S)

    def kill(self) -> None:
        """Kill the program and leave its rest to whoever waits for it, in whatever thread."""
        self._program.kill()

    def end(self) -> None:
        """End the program at once."""
        self.over = True
        self._program.end()

    def _ended(self, complaint: str, hint: str) -> AdapterError:
        """End the program, and return what is to be said of it."""
        words = self._program.last_words()
        self.end()
        return AdapterError(f"{self.name} {complaint}", argv=self._program.argv, last_words=words, hint=hint, how="ended")

    def _next(self, deadline: Deadline) -> Message:
        until = time.monotonic() + deadline.seconds
        while (message := self._decoder.next()) is None:
            try:
                data = self._program.receive(until)
            except TimeoutError:
                raise _Late(deadline) from None
            if not data:
                gone = Gone(self._program.exit_words(), self._program.last_words())
                self.end()
                raise gone
            self._decoder.feed(data)
        return message
