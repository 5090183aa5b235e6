"""A side seen through a view: a function from its raw Steps to canonical ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from equivcheck.backends.interface import Backend
from equivcheck.backends.local import error_words
from equivcheck.backends.passing import PassingBackend
from equivcheck.errors import AdapterError
from equivcheck.model.columns import columnise, unflatten
from equivcheck.model.request import FULL, Ask, Roll
from equivcheck.model.script import Episode, Script
from equivcheck.model.trace import Trace
from equivcheck.model.values import MISSING, Value, canonical, flatten

View = Callable[[Value], Value]


class ViewedBackend(PassingBackend):
    """A Backend whose Steps are what `view` makes of them; a view sees whole Steps, whatever was asked for.

    States are loaded as `view.raw_state` turns them back, as they are where the view has no such attribute.
    Every method Raises: AdapterError where the view fails.
    """

    def __init__(self, backend: Backend, view: View) -> None:
        super().__init__(backend)
        self.greeting = replace(backend.greeting, fields={})
        self.raw = backend
        self._view = view
        self._raw_state: View | None = getattr(view, "raw_state", None)

    def reset(self, lanes: Sequence[int], episodes: Sequence[Episode], ask: Ask) -> Trace:
        """See Backend."""
        return self.see(self._backend.reset(lanes, [self._entering(episode) for episode in episodes], FULL))

    def step(self, lanes: Sequence[int], actions: Sequence[Value], ask: Ask) -> Trace:
        """See Backend."""
        return self.see(self._backend.step(lanes, actions, FULL))

    def load(self, lanes: Sequence[int], states: Sequence[Value], ask: Ask) -> Trace:
        """See Backend."""
        return self.see(self._backend.load(lanes, [self._raw(state) for state in states], FULL))

    def play(self, lanes: Sequence[int], scripts: Sequence[Script], ask: Ask) -> Trace:
        """See Backend."""
        return replace(self.see(self._backend.play(lanes, self.entering(scripts), FULL)), scripts=tuple(scripts))

    def roll(self, lanes: Sequence[int], rolls: Sequence[Roll], ask: Ask) -> Trace:
        """See Backend."""
        entering = [replace(roll, episodes=tuple(self._entering(episode) for episode in roll.episodes)) for roll in rolls]
        trace = self.see(self._backend.roll(lanes, entering, FULL))
        pairs = zip(rolls, trace.scripts, strict=True)
        given = tuple(
            Script(tuple(replace(taken, start=asked.start) for asked, taken in zip(roll.episodes, script.episodes, strict=False)))
            for roll, script in pairs
        )
        return replace(trace, scripts=given)

    def see(self, trace: Trace) -> Trace:
        """Return a Trace of the raw side through the view."""
        try:
            rows = [self._view(trace.step(row)) for row in range(trace.step_count)]
            return replace(trace, columns=columnise(rows) if rows else {})
        except Exception as error:
            raise AdapterError(f"the view of {self.greeting.name} failed: {error_words(error)}") from error

    def entering(self, scripts: Sequence[Script]) -> list[Script]:
        """Return scripts as the raw side plays them."""
        return [Script(tuple(self._entering(episode) for episode in script.episodes)) for script in scripts]

    def _entering(self, episode: Episode) -> Episode:
        return episode if episode.start is MISSING else replace(episode, start=self._raw(episode.start))

    def _raw(self, state: Value) -> Value:
        if self._raw_state is None:
            return state
        try:
            return canonical(self._raw_state(state))
        except Exception as error:
            raise AdapterError(f"raw_state of the view of {self.greeting.name} failed: {error_words(error)}") from error


def rename(names: Mapping[str, str]) -> View:
    """Return the view that gives leaves other names, by path, and states back under their own; `names` is old name to new.

    Raises: ValueError where two leaves get one name.
    """
    old = {new: name for name, new in names.items()}
    if len(old) != len(names):
        raise ValueError("two leaves get the same name")

    def renamed(step: Value) -> Value:
        return unflatten({names.get(path, path): leaf for path, leaf in flatten(step).items()})

    def raw_state(state: Value) -> Value:
        return unflatten({old.get(path, path): leaf for path, leaf in flatten(state, "state").items()})["state"]

    renamed.raw_state = raw_state  # type: ignore[attr-defined]  # where ViewedBackend looks for it
    return renamed
