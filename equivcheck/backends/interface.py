"""Backend: what the checker holds of a side, whatever stands behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from equivcheck.model.request import Ask, Greeting, Roll
from equivcheck.model.script import Episode, Script
from equivcheck.model.trace import Trace
from equivcheck.model.values import Value


class Backend(Protocol):
    """One environment of one side, with any number of lanes: instances that never touch each other.

    A lane (an int from 0) is made, as a fresh instance, when it is first named, and after `discard`. The Traces returned
    number their scripts as the lanes were given: script i is what lane i of the call did. A lane that refuses or fails
    ends its part of the Trace with an End, and does not disturb the others; one that failed is discarded. A Trace may hold more than
    was asked for: `protocol.digest.narrow_trace` takes it away.

    Every method Raises: AdapterError where the side cannot be started or has fallen silent.
    """

    greeting: Greeting

    def reset(self, lanes: Sequence[int], episodes: Sequence[Episode], ask: Ask) -> Trace:
        """Begin an episode on each lane (seed, options, start); its `actions` are not looked at. One Step a lane."""
        ...

    def step(self, lanes: Sequence[int], actions: Sequence[Value], ask: Ask) -> Trace:
        """Take one action on each lane. One Step a lane. A lane whose episode has ended refuses."""
        ...

    def load(self, lanes: Sequence[int], states: Sequence[Value], ask: Ask) -> Trace:
        """Put each lane, which has been reset, into a canonical state. One Step a lane, without a reward."""
        ...

    def play(self, lanes: Sequence[int], scripts: Sequence[Script], ask: Ask) -> Trace:
        """Play each script on its lane; an episode that ends leaves its remaining actions unplayed."""
        ...

    def roll(self, lanes: Sequence[int], rolls: Sequence[Roll], ask: Ask) -> Trace:
        """Play episodes with actions drawn as docs/protocol.md says; the Trace's scripts hold what was taken."""
        ...

    def snapshot(self, lanes: Sequence[int]) -> list[bytes]:
        """Return a token for each lane that `restore` continues from."""
        ...

    def restore(self, lanes: Sequence[int], tokens: Sequence[bytes]) -> None:
        """Put each lane back to where its token was made."""
        ...

    def call(self, component: str, arguments: Sequence[Sequence[Value]]) -> list[Value]:
        """Call a component function once for each list of arguments."""
        ...

    def discard(self, lanes: Sequence[int]) -> None:
        """Forget the instances of these lanes."""
        ...

    def close(self) -> None:
        """End the side and all that belongs to it; a second call does nothing."""
        ...
