"""A side that is an adapter program, spoken to over its pipes."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from equivcheck.backends.rolled import is_cut, rolled_trace
from equivcheck.backends.supervision import Supervised
from equivcheck.errors import AdapterError, ProtocolError
from equivcheck.model.request import Ask, Roll
from equivcheck.model.script import Episode, Script
from equivcheck.model.trace import End, EndKind, Trace, join_traces
from equivcheck.model.values import Value, canonical
from equivcheck.protocol.blocks import ACTION, DIGEST, block_from_plain
from equivcheck.protocol.collection import Collection
from equivcheck.protocol.framing import WORDS_BYTES_MAX, FrameDecoder, Message, encode_frame
from equivcheck.protocol.messages import VERSION, ask_to_plain, episode_to_plain, greeting_from_plain, roll_to_plain, script_to_plain
from equivcheck.protocol.turns import TURNS, check_items, read_answer

MEMORY_BYTES_MAX: Final = 8 * 2**30
_FAREWELL_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long the checker waits: for `hello`, for the first answer on a new number of lanes, for each frame otherwise."""

    hello_s: float = 60.0
    message_s: float = 30.0
    first_s: float = 600.0


class _Gone(Exception):
    """The program ended in the middle of a request."""


class ProcessBackend:
    """See Backend. A program that died, fell silent or broke the protocol is ended; the next call starts a fresh one.

    `starts` counts them. Where it dies in the middle of a request that gives a Trace, the Trace holds what had arrived, and an End
    of the kind `died` for every lane that lacks a Step. A request that is refused or failed as a whole gives such Ends
    as well. Every method Raises: ProtocolError where what it says is malformed.
    """

    def __init__(
        self,
        argv: Sequence[str],
        environment: str = "",
        cwd: Path | None = None,
        deadlines: Deadlines | None = None,
        memory_bytes_max: int = MEMORY_BYTES_MAX,
    ) -> None:
        self.argv = tuple(argv)
        self.starts = 0
        self._environment = environment
        self._cwd = cwd
        self._deadlines = deadlines or Deadlines()
        self._memory_bytes_max = memory_bytes_max
        self._program: Supervised | None = None
        self._decoder = FrameDecoder()
        self._compiled: set[tuple[str, int]] = set()
        self._start()

    def reset(self, lanes: Sequence[int], episodes: Sequence[Episode], ask: Ask) -> Trace:
        """See Backend."""
        plain = [episode_to_plain(episode, played=False) for episode in episodes]
        return self._single("reset", lanes, "episodes", plain, ask, [Script((replace(e, actions=()),)) for e in episodes])

    def step(self, lanes: Sequence[int], actions: Sequence[Value], ask: Ask) -> Trace:
        """See Backend."""
        return self._single("step", lanes, "actions", [canonical(action) for action in actions], ask, [_NOTHING] * len(lanes))

    def load(self, lanes: Sequence[int], states: Sequence[Value], ask: Ask) -> Trace:
        """See Backend."""
        return self._single("load", lanes, "states", [canonical(state) for state in states], ask, [_NOTHING] * len(lanes))

    def play(self, lanes: Sequence[int], scripts: Sequence[Script], ask: Ask) -> Trace:
        """See Backend."""
        if len(lanes) > 1 and (halves := self._halved(self.play, lanes, scripts, ask)) is not None:
            return halves
        ...

    def snapshot(self, lanes: Sequence[int]) -> list[bytes]:
        """See Backend."""
        tokens = self._said({"type": "snapshot", "lanes": list(lanes)})["tokens"]
        return list(tokens)
