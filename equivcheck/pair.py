"""Pair: two sides and their contract, played against each other."""

from __future__ import annotations

import datetime
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from equivcheck.backends.interface import Backend
from equivcheck.backends.opening import Opening
from equivcheck.backends.viewed import View, ViewedBackend
from equivcheck.comparison import Comparison, compare
from equivcheck.errors import AdapterError
from equivcheck.model.implied import cut_to, scripts_taken, start_from, states_of, with_tapes
from equivcheck.model.paths import field_of
from equivcheck.model.request import BARE_FIELDS, FULL, Ask, Roll
from equivcheck.model.script import Script
from equivcheck.model.spec import Mode, Spec
from equivcheck.model.trace import Trace, join_traces
from equivcheck.model.values import Value
from equivcheck.playback import DEATHS_WANTED, play_fresh, play_from_each_state, play_stepwise, repair, roll_fresh, roll_stepwise
from equivcheck.protocol.digest import narrow_trace

DIGEST_BYTES_MIN = 512  # a Step: below that, sending the leaves costs less than hashing them


@dataclass(slots=True)
class Budget:
    """What a level may spend. `episodes` None: as the Spec says. `progress(what, done, total)` is told how far it is."""

    seed: int = 0
    episodes: int | None = None
    today: datetime.date | None = None
    progress: Callable[[str, int, int], None] = lambda what, done, total: None
    clock: Callable[[], float] = time.monotonic


@dataclass(slots=True)
class Side:
    """One side: its address, where that is looked up, and the view that makes its Steps canonical (None: they are).

    Who speaks to it where several threads may holds its `turn` meanwhile.
    """

    address: str
    opening: Opening
    view: View | None = None
    _backend: Backend | None = None
    _is_borrowed: bool = False
    turn: threading.RLock = field(default_factory=threading.RLock, compare=False, repr=False)

    @property
    def is_program(self) -> bool:
        """Whether the side lives in another process."""
        return bool(getattr(self.backend, "starts", 0))

    @property
    def backend(self) -> Backend:
        """The open Backend. Raises: AdapterError where it cannot be opened."""
        if self._backend is None:
            opened = self.opening.open(self.address)
            self._backend = opened if self.view is None else ViewedBackend(opened, self.view)
        return self._backend

    def fresh(self, address: str = "") -> Side:
        """Return the same side, not yet opened: another process, other objects; under another address where one is given."""
        return Side(address or self.address, self.opening, self.view)

    def sharing(self, address: str, backend: Backend) -> Side:
        """Return a side that plays through `backend`, which stays whose it is; its fresh ones open `address`."""
        return Side(address, self.opening, self.view, backend, True)

    def kill(self) -> None:
        """End a program at once, from any thread: who waits for its answer hears that it died. Other sides go on."""
        kill = getattr(self._backend, "kill", None)
        if kill is not None:
            kill()

    def close(self) -> None:
        """End the Backend, if it was opened here."""
        if self._backend is not None and not self._is_borrowed:
            self._backend.close()
        self._backend = None


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What the reference answered, before the target is asked the same: to `rolls`, or to scripts where there are none."""

    trace: Trace
    ask: Ask = FULL
    rolls: Sequence[Roll] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Played:
    """What both sides answered to the same scripts, and how it compares; `unstable` says what died without recurring."""

    reference: Trace
    target: Trace
    comparison: Comparison
    unstable: tuple[str, ...] = ()


@dataclass(slots=True)
class Pair:
    """A reference and a target, in a mode, under a Spec; `starts` are states that rollouts begin from in turn (none: resets).

    `digested`: the elements of each leaf that digests stand for. `mortal`: the addresses of sides whose process was seen to die
    DEATHS_WANTED times at one step. `broken`: the laws of adapters that a side breaks, in words that begin with its address.
    """

    name: str
    reference: Side
    target: Side
    spec: Spec
    mode: Mode
    today: datetime.date | None = None
    starts: Sequence[Value] = ()
    digested: Mapping[str, int] = field(default_factory=dict)
    mortal: set[str] = field(default_factory=set)
    broken: Sequence[str] = ()

    @property
    def can_jump(self) -> bool:
        """Whether an episode can be started on both sides from a state that the reference showed."""
        reference, target = (side.backend.greeting for side in (self.reference, self.target))
        return "load" in target.capabilities and ("load" in reference.capabilities or bool(reference.scripts))

    def play(self, scripts: Sequence[Script], *, legally: bool = False, deaths: int = DEATHS_WANTED) -> Played:
        """Play scripts on both sides, each on fresh lanes, and compare.

        `legally`: actions that the reference no longer allows are first replaced (see `playback.repair`). `deaths`: in how many
        fresh processes in a row a process must die at the same step for its death to count as an answer.
        """
        with self.reference.turn:
            if legally:
                scripts = [repair(self.reference.backend, script, FULL) for script in scripts]
            return self.answer(self.ask_to_play(scripts), deaths)

    def roll(self, rolls: Sequence[Roll]) -> Played:
        """Let the reference choose the actions, at most as many rolls as it has lanes; play the same on the target."""
        return self.answer(self.ask_to_roll(rolls))

    def ask_to_play(self, scripts: Sequence[Script]) -> Asked:
        """Play scripts on the reference alone."""
        with self.reference.turn:
            return Asked(play_fresh(self.reference.backend, scripts, FULL))

    def ask_to_roll(self, rolls: Sequence[Roll]) -> Asked:
        """Roll on the reference alone. Once `settle_by_digest` has named leaves, digests stand for them."""
        ask = Ask("digest", tuple(self.digested)) if self.digested else FULL
        forced = self.mode.start == "reference" or self.mode.resync == "each_step"
        with self.reference.turn:
            return Asked(roll_fresh(self.reference.backend, rolls, FULL if forced else ask), ask, rolls)

    def answer(self, asked: Asked, deaths: int = DEATHS_WANTED) -> Played:
        """Play on the target what the reference has played, and compare; where two digests do not agree, both play again in full."""
        unstable: list[str] = []
        ask = asked.ask
        with self.reference.turn:
            reference = self._settle_deaths(self.reference, asked.trace, deaths, unstable, asked.rolls)
        scripts = scripts_taken(reference)
        target = self._settle_deaths(self.target, self._target_answer(reference, scripts, ask), deaths, unstable)
        reference = cut_to(replace(reference, scripts=scripts), target)
        reference, target = (narrow_trace(replace(trace, scripts=reference.scripts), ask) for trace in (reference, target))
        comparison = compare(
            reference,
            target,
            self.spec,
            forced=("state",) if self.mode.start == "reference" else (),
            taped=self.mode.draws == "tape",
            independent="leaves" if self.mode.resync == "each_step" else "",
            digested=self.digested if ask.digested else {},
            today=self.today,
        )
        if ask.digested and comparison.divergences:
            return self.play(reference.scripts)
        return Played(reference, target, comparison, tuple(unstable))

    def step_singly(self, trace: Trace) -> Comparison | None:
        """Play each action of a Trace of the reference on the target from the reference's state before it, and compare every Step.

        None where it shows no states. What the target gives up on is left out.
        """
        scripts = scripts_taken(trace)
        states = states_of(trace)
        if states is None:
            return None
        taped = self._taped(trace, scripts) if self.mode.draws == "tape" else scripts
        answer = play_from_each_state(self.target.backend, taped, trace, states, FULL)
        reference, target = (narrow_trace(replace(each, scripts=scripts, ends=()), FULL) for each in (trace, answer))
        return compare(reference, target, self.spec, taped=self.mode.draws == "tape", independent="steps", today=self.today)

    def settle_by_digest(self, played: Played) -> None:
        """Let digests settle, from now on, the leaves that are compared exactly, if they are many bytes and one side is a process.

        Only leaves of one form on both sides, fully present, without a view, in Steps that did not diverge.
        """
        views = self.spec.views.reference or self.spec.views.target
        if views or played.comparison.divergences or not any(side.is_program for side in (self.reference, self.target)):
            return
        exact: dict[str, int] = {}
        for path, column in played.reference.columns.items():
            other = played.target.columns.get(path)
            same = other is not None and column.form == other.form and column.form[0] != "ragged"
            if same and self.spec.rule_for(path) is None and field_of(path) not in (*BARE_FIELDS[1:], "draws"):
                exact[path] = int(np.prod(column.form[2], dtype=np.int64))
        total = sum(np.asarray(played.reference.columns[path].values[:1]).nbytes for path in exact)
        self.digested = exact if total >= DIGEST_BYTES_MIN else {}

    def fresh(self) -> Pair:
        """Return the same pair with sides of its own, not yet opened."""
        return Pair(self.name, self.reference.fresh(), self.target.fresh(), self.spec, self.mode, self.today, self.starts)

    def close(self) -> None:
        """End both sides."""
        self.reference.close()
        self.target.close()

    def _target_answer(self, reference: Trace, scripts: Sequence[Script], ask: Ask) -> Trace:
        taped = self._taped(reference, scripts) if self.mode.draws == "tape" else scripts
        if self.mode.start == "own" and self.mode.resync == "never":
            return play_fresh(self.target.backend, taped, ask)
        each = self.mode.resync == "each_step"
        states = states_of(reference, starts=not each)
        if states is None:
            raise AdapterError(
                f"{self.reference.address} shows no `state` on every Step, so the mode {self.mode} cannot start the target from it",
                hint="give the reference a `state`, or choose the mode `seeded`",
            )
        if each:
            return play_from_each_state(self.target.backend, taped, reference, states, ask)
        return play_fresh(self.target.backend, start_from(taped, reference, states), ask)

    def _taped(self, reference: Trace, scripts: Sequence[Script]) -> Sequence[Script]:
        """Return the scripts with what the reference drew. Raises: AdapterError where it shows no draws, or the target takes none."""
        if "tape" not in self.target.backend.greeting.capabilities:
            hint = "give it the methods feed(records) and draws(): docs/draws.md"
            raise AdapterError(f"{self.target.address} takes no tape, so the mode {self.mode} cannot be played", hint=hint)
        taped = with_tapes(scripts, reference) if reference.runs else scripts
        if taped is None:
            hint = "record them: docs/draws.md"
            raise AdapterError(f"{self.reference.address} shows no `draws`, so the mode {self.mode} has no tape", hint=hint)
        return taped

    def _settle_deaths(self, side: Side, trace: Trace, wanted: int, unstable: list[str], rolls: Sequence[Roll] = ()) -> Trace:
        """Find the Step at which each script that ended in a death really ends, by single steps in fresh processes.

        What a roll would have chosen after the last Step that arrived is chosen again. A death that does not recur at one step in all
        of `wanted` tries is reported as `unstable`, and what was answered instead stands; but one that recurs took all lanes with it.
        Once one has recurred, a single try tells where the next ones are.
        """
        dead = {end.script: end.words for end in trace.ends if end.kind == "died"}
        if not dead:
            return trace
        parts, recurred, passed, changed = [], False, [], []
        for index, script in enumerate(trace.scripts):
            if index not in dead:
                parts.append(trace.select(index))
                continue
            count = 1 if side.address in self.mortal else wanted
            tries = [roll_stepwise(side.backend, rolls[index], FULL) if rolls else play_stepwise(side.backend, script, FULL)]
            while len(tries) < count and _death(tries[0]) and _death(tries[-1]) == _death(tries[0]):
                tries.append(play_stepwise(side.backend, tries[0].scripts[0], FULL))
            parts.append(tries[-1])
            if not _death(tries[0]):
                passed.append(dead[index])
            elif _death(tries[-1]) == _death(tries[0]):
                recurred = True
                if wanted == DEATHS_WANTED:
                    self.mortal.add(side.address)
            else:
                changed.append(dead[index])
        unstable += [f"{side.address} died, but not again at the same step: {words}" for words in changed + passed * (not recurred)]
        return join_traces(parts)


def _death(trace: Trace) -> tuple[int, int] | None:
    return next(((end.episode, end.step_index) for end in trace.ends if end.kind == "died"), None)
