"""Case: a finding, played again on each side without the other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from equivcheck.backends.interface import Backend
from equivcheck.backends.viewed import ViewedBackend
from equivcheck.comparison import compare
from equivcheck.generation import episode_seed, make_roll
from equivcheck.model.implied import scripts_taken, start_from, states_of, with_tapes
from equivcheck.model.paths import Pattern
from equivcheck.model.request import FULL
from equivcheck.model.script import Episode, Script
from equivcheck.model.spec import FieldRule, Spec
from equivcheck.model.trace import Trace
from equivcheck.model.values import MISSING
from equivcheck.model.verdict import Counterexample
from equivcheck.pair import Pair, Side
from equivcheck.playback import play_fresh, roll_fresh

_SHARE = 0.01  # of the distance found: what differs by less does not explain it
_NOISE_MAX = 1e-6
_EPISODES = 4
_STEPS_MAX = 100


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What one side answers to scripts: `raw` without its view, to `raw_scripts`, and `seen` through it; `view` None: none."""

    backend: Backend
    view: ViewedBackend | None
    scripts: Sequence[Script]
    raw_scripts: Sequence[Script]
    raw: Trace
    seen: Trace

    def again(self) -> Trace:
        """Play the same once more, on fresh lanes, without the view."""
        return play_fresh(self.backend, self.raw_scripts, FULL)


class Case:
    """A counterexample and its pair; what is played for one check is there for the others.

    `shrunk` and `whole` are the answers of (reference, target) to its script, and to the whole episode it was found in.
    """

    def __init__(self, pair: Pair, counterexample: Counterexample) -> None:
        self.pair = pair
        self.counterexample = counterexample
        distance = counterexample.divergence.leading.distance
        share = _SHARE * distance if distance and math.isfinite(distance) else _NOISE_MAX
        self.noise = min(_NOISE_MAX, share)

    @cached_property
    def shrunk(self) -> tuple[Answer, Answer]:
        """The answers to its script."""
        return self._answers(self.counterexample.script)

    @cached_property
    def whole(self) -> tuple[Answer, Answer]:
        """The answers to the episode that it was found in."""
        found_in = self.counterexample.found_in
        return self.shrunk if found_in is None else self._answers(Script((found_in.episodes[self.counterexample.distilled_from[0]],)))

    @cached_property
    def rolled(self) -> tuple[Answer, Answer]:
        """The answers to a few more episodes, from resets."""
        backend = self.pair.reference.backend
        space = backend.greeting.actions
        if space is None or backend.greeting.scripts:
            return self.whole
        episodes = tuple(Episode(episode_seed(0, number)) for number in range(_EPISODES))
        return self._answers(roll_fresh(backend, [make_roll("uniform", space, episodes, _STEPS_MAX)], FULL).scripts[0])

    @property
    def loads(self) -> bool:
        """Whether states are loaded where it was found."""
        mode = self.pair.mode
        given = any(episode.start is not MISSING for episode in self.counterexample.script.episodes)
        return given or mode.start == "reference" or mode.resync == "each_step"

    @property
    def taped(self) -> bool:
        """Whether the target draws what the reference drew."""
        return self.pair.mode.draws == "tape"

    def _answers(self, script: Script) -> tuple[Answer, Answer]:
        reference = _answer(self.pair.reference, [script])
        scripts = scripts_taken(reference.seen)
        given = (with_tapes(scripts, reference.seen) or scripts) if self.taped else scripts
        if self.pair.mode.start == "reference" or self.pair.mode.resync == "each_step":
            states = states_of(reference.seen, starts=True)
            given = given if states is None else start_from(given, reference.seen, states)
        return reference, _answer(self.pair.target, given)


def _answer(side: Side, scripts: Sequence[Script]) -> Answer:
    view = side.backend if isinstance(side.backend, ViewedBackend) else None
    backend = side.backend if view is None else view.raw
    entering = scripts if view is None else view.entering(scripts)
    raw = play_fresh(backend, entering, FULL)
    return Answer(backend, view, scripts, entering, raw, raw if view is None else view.see(raw))


def parting_words(expected: Trace, actual: Trace, noise: float = 0.0) -> tuple[int, str] | None:
    """Return where two Traces of one program first part, and how in words; None where they do not, or by less than noise."""
    rule = FieldRule(Pattern("**"), atol=noise, dtype="any", nan="equal", because="one program against itself")
    found = compare(expected, actual, Spec(fields=(rule,))).divergences
    if not found:
        return None
    first = min(found, key=lambda one: one.step_index)
    leading = first.leading
    if not leading.path:
        return first.step_index, leading.words or leading.kind
    wanted, got = ("nothing" if leaf is MISSING else repr(leaf)[:40] for leaf in (leading.reference, leading.target))
    return first.step_index, f"{leading.path} = {got}, not {wanted}"
