"""A side played in another manner: what must make no difference to a sound environment.

Each variant is a Backend over another; the address `self:VARIANT:ADDRESS` opens one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from equivcheck.backends.interface import Backend
from equivcheck.backends.passing import PassingBackend
from equivcheck.model.request import Ask, Roll
from equivcheck.model.script import Episode, Script
from equivcheck.model.trace import Trace, join_traces

_PRELUDE_SEED = 20_011
_HALF_STEPS, _WHOLE_STEPS = 7, 1_000

Play = Callable[[Backend, Sequence[int], Sequence[Script], Ask], Trace]


def play_again(backend: Backend, lanes: Sequence[int], scripts: Sequence[Script], ask: Ask) -> Trace:
    """Play the script a second time, on an instance and, where there is one, a process of its own."""
    return backend.play(lanes, scripts, ask)


def play_after_episode(backend: Backend, lanes: Sequence[int], scripts: Sequence[Script], ask: Ask) -> Trace:
    """Play the script on an instance that has already played an episode: a reset must leave nothing behind."""
    return _play_after(backend, lanes, scripts, ask, _WHOLE_STEPS)


def play_after_half_episode(backend: Backend, lanes: Sequence[int], scripts: Sequence[Script], ask: Ask) -> Trace:
    """Play the script on an instance whose last episode was left in the middle."""
    return _play_after(backend, lanes, scripts, ask, _HALF_STEPS)


def play_first_of_lanes(backend: Backend, lanes: Sequence[int], scripts: Sequence[Script], ask: Ask) -> Trace:
    """Play the script on the first of several lanes."""
    return _play_beside(backend, scripts, ask, 0.0)


def play_amid_lanes(backend: Backend, lanes: Sequence[int], scripts: Sequence[Script], ask: Ask) -> Trace:
    """Play the script on a lane in the middle of several."""
    return _play_beside(backend, scripts, ask, 0.5)


def play_among_lanes(backend: Backend, lanes: Sequence[int], scripts: Sequence[Script], ask: Ask) -> Trace:
    """Play the script on the last of several lanes."""
    return _play_beside(backend, scripts, ask, 1.0)


def _play_beside(backend: Backend, scripts: Sequence[Script], ask: Ask, place: float) -> Trace:
    """Play each script beside others: neighbours must not matter, unless they kill the process. `place`: 0 the first lane, 1 the last."""
    count = max(2, min(backend.greeting.lanes, 8))
    before = round((count - 1) * place)
    traces = []
    for script in scripts:
        neighbour = Script(tuple(replace(episode, seed=episode.seed ^ 1) for episode in script.episodes))
        backend.discard(range(count))
        beside = backend.play(range(count), [*[neighbour] * before, script, *[neighbour] * (count - 1 - before)], ask)
        if any(end.kind == "died" for end in beside.ends):
            beside = backend.play(range(1), [script], ask)  # in a fresh process, since nobody outlives a neighbour's
        traces.append(beside.select(min(before, len(beside.scripts) - 1)))
    backend.discard(range(count))
    return join_traces(traces)


def _play_after(backend: Backend, lanes: Sequence[int], scripts: Sequence[Script], ask: Ask, steps_max: int) -> Trace:
    prelude = Roll((Episode(_PRELUDE_SEED),), (_PRELUDE_SEED,), steps_max)
    backend.roll(lanes, [prelude] * len(lanes), Ask("bare"))
    return backend.play(lanes, scripts, ask)


VARIANTS: Mapping[str, Play] = {
    "again": play_again,
    "after_episode": play_after_episode,
    "after_half_episode": play_after_half_episode,
    "first_of_lanes": play_first_of_lanes,
    "amid_lanes": play_amid_lanes,
    "among_lanes": play_among_lanes,
    "read_late": play_again,  # opened with answers that are read only when a call is over
    "alone": play_again,  # opened in the manner of this name, as are those below
    "eager": play_again,
    "x64": play_again,
}

# Of each manner the capability without which a side is not played in it.
MANNERS: Mapping[str, str] = {"alone": "eager", "eager": "eager", "x64": "x64"}


class Variant(PassingBackend):
    """A Backend that plays as its function does, and is otherwise the one beneath."""

    def __init__(self, backend: Backend, play: Play) -> None:
        super().__init__(backend)
        self._play = play

    def play(self, lanes: Sequence[int], scripts: Sequence[Script], ask: Ask) -> Trace:
        """Play the scripts in the variant's manner."""
        return self._play(self._backend, lanes, scripts, ask)
