"""What finds a planted fault: the lowest level that does, after how many steps, how small it becomes, and what is blamed for it."""

from __future__ import annotations

import hashlib
import importlib
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import Any

from planting import Fault, plant, play_batches

from equivcheck.backends.interface import Backend
from equivcheck.backends.opening import Opening
from equivcheck.backends.passing import PassingBackend
from equivcheck.errors import AdapterError, failure_words
from equivcheck.levels import LEVELS
from equivcheck.levels.calls import find_call
from equivcheck.levels.covering import Covering, Factors, cover
from equivcheck.localisation import distil
from equivcheck.model.contract import read_contract
from equivcheck.model.divergence import Inside
from equivcheck.model.request import Ask, Roll
from equivcheck.model.script import Script
from equivcheck.model.spec import PairSpec, ShrinkPlan
from equivcheck.model.trace import Trace
from equivcheck.model.values import Value
from equivcheck.model.verdict import Counterexample, Outcome
from equivcheck.pair import Budget, Pair, Played, Side
from equivcheck.probing import named_mode

ADAPTERS = Path(__file__).parents[1]
CONTRACTS = (ADAPTERS, ADAPTERS / "tapes", ADAPTERS / "jax_target/gen1")
ORDER = ("self", "property", "interaction", "rollout")
LARGE = 32
SHRINK = ShrinkPlan(replays_max=300, seconds_max=10.0)
DIVERGENT = Outcome.DIVERGENT.value
INSTEAD = {"gen1": "gen1-coverage"}
"""Whose contract plays the rollouts of a pair that has none of its own."""
UNTRIED = {"gen1": "self"}
"""The level that is left out: its manners take minutes to compile for each fault, and no fault of Generation 1 is in how it is played."""

PAIRS: dict[str, tuple[Path, PairSpec]] = {
    pair.name: (folder, pair) for folder in CONTRACTS for pair in read_contract((folder / "equivcheck.toml").read_text(encoding="utf-8"))
}


@dataclass(slots=True)
class Tally:
    """Steps and calls of components that a target was asked for; `last`: the calls of the last message."""

    steps: int = 0
    calls: int = 0
    last: int = 0


class CountingBackend(PassingBackend):
    """A target whose steps are counted. It is not played in the manners of JAX, which take longer than all the rest."""

    def __init__(self, backend: Backend, tally: Tally) -> None:
        super().__init__(backend)
        self.greeting = replace(self.greeting, capabilities=self.greeting.capabilities - {"eager", "x64"})
        self._tally = tally

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)

    def play(self, lanes: Sequence[int], scripts: Sequence[Script], ask: Ask) -> Trace:
        """See Backend."""
        trace = super().play(lanes, scripts, ask)
        self._tally.steps += steps_of(trace)
        return trace

    def roll(self, lanes: Sequence[int], rolls: Sequence[Roll], ask: Ask) -> Trace:
        """See Backend."""
        trace = super().roll(lanes, rolls, ask)
        self._tally.steps += steps_of(trace)
        return trace

    def call(self, component: str, arguments: Sequence[Sequence[Value]]) -> list[Value]:
        """See Backend."""
        self._tally.calls += len(arguments)
        self._tally.last = len(arguments)
        return super().call(component, arguments)


class KeptBackend(PassingBackend):
    """A side that stays open, since it is asked the same again: what was asked in large messages is answered from memory."""

    def __init__(self, backend: Backend) -> None:
        super().__init__(backend)
        self._played: dict[str, Trace] = {}
        self._called: dict[str, list[Value]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)

    def play(self, lanes: Sequence[int], scripts: Sequence[Script], ask: Ask) -> Trace:
        """See Backend."""
        if len(scripts) < LARGE:
            return super().play(lanes, scripts, ask)
        key = digest((scripts, ask))
        if key not in self._played:
            self._played[key] = super().play(lanes, scripts, ask)
        return self._played[key]

    def call(self, component: str, arguments: Sequence[Sequence[Value]]) -> list[Value]:
        """See Backend."""
        if len(arguments) < LARGE:
            return super().call(component, arguments)
        key = digest((component, arguments))
        if key not in self._called:
            self._called[key] = super().call(component, arguments)
        return self._called[key]

    def close(self) -> None:
        """See Backend. It is closed with the program."""

    def kill(self) -> None:
        """Go on: what ends a level early waits for the answer."""

    @staticmethod
    def among(kept: dict[str, Backend], address: str, opening: Opening) -> Backend:
        """Return the one that is kept under an address, opened where there is none."""
        if address not in kept:
            kept[address] = KeptBackend(Opening.open(opening, address))
        return kept[address]


PLANTED = "object:planted"
COVERINGS: dict[str, Covering] = {}
REFERENCES: dict[str, Backend] = {}
KEPT: dict[Path, dict[str, Backend]] = {}


@dataclass(frozen=True, slots=True)
class CountingOpening(Opening):
    """Where the target is counted, and references stay open. `kept`: one target for all who open it, where it takes long to compile."""

    reference: str = ""
    tally: Tally = field(default_factory=Tally)
    kept: dict[str, Backend] | None = None

    def open(self, address: str) -> Backend:
        """See Opening."""
        if address == PLANTED:
            backend = Opening.open(self, address) if self.kept is None else KeptBackend.among(self.kept, address, self)
            return CountingBackend(backend, self.tally)
        if address != self.reference:
            return Opening.open(self, address)
        return KeptBackend.among(REFERENCES, address, self)


@dataclass(slots=True)
class CountingPair(Pair):
    """A pair that knows what it has played."""

    before: int = 0
    last: Played | None = None

    def answer(self, asked: Any, deaths: int = 2) -> Played:
        """See Pair."""
        if self.last is not None:
            self.before += steps_of(self.last.reference)
        self.last = Pair.answer(self, asked, deaths)
        return self.last

    def steps_to(self, script: int, step: int) -> int:
        """Return how many steps come before the end of one in what was played last, which included."""
        assert self.last is not None
        return self.before + steps_of(self.last.reference, script) + step


def digest(asked: object) -> str:
    """Return what stands for something that was asked."""
    return hashlib.sha256(repr(asked).encode()).hexdigest()


def cover_once(factors: Factors, progress: Callable[[int, int], None]) -> Covering:
    """Cover equal factors once for all faults: those of Generation 1 take half a minute."""
    key = digest((factors.sizes, factors.triples, [(rule.names, rule.allowed.tobytes()) for rule in factors.constraints]))
    if key not in COVERINGS:
        COVERINGS[key] = cover(factors, progress)
    return COVERINGS[key]


def steps_of(trace: Trace, scripts: int | None = None) -> int:
    """Return the steps of all scripts, or of the first so many."""
    return sum(run.count - 1 for run in trace.runs if scripts is None or run.script < scripts)


class Enough(Exception):
    """Ends a level as soon as it tells of a difference."""


@dataclass(slots=True)
class Search:
    """One level over one pair: the first difference it tells of, on which pair, and after how many steps, calls and seconds."""

    pair: CountingPair
    tally: Tally
    began: float = field(default_factory=time.monotonic)
    told: tuple[Pair, Counterexample] | None = None
    steps: int = 0
    calls: int = 0
    seconds: float = 0.0

    def found(self, pair: Pair, counterexample: Counterexample) -> None:
        """Hear of a difference. Raises: Enough."""
        self.seconds = time.monotonic() - self.began
        self.told = (pair, counterexample)
        at = counterexample.divergence
        self.steps = self.pair.steps_to(at.script, at.step_index) if pair is self.pair else self.tally.steps
        self.calls = self.tally.calls
        if "-call-" in pair.name:
            self.calls += at.script + 1 - self.tally.last
        raise Enough


def open_pair(name: str, port: Path) -> tuple[CountingPair, Tally]:
    """Return the pair of a contract, its target from the folder of a port, in this process."""
    folder, given = PAIRS[name]
    forget({path.stem for each in CONTRACTS for path in each.glob("*.py")} - {"planting"})
    environment, tally = given.target.rpartition(":")[2], Tally()
    kept = KEPT.setdefault(port, {}) if environment == "gen1" else None
    opening = CountingOpening(folder, {"planted": partial(load_port, port, environment)}, reference=given.reference, tally=tally, kept=kept)
    spec = replace(given.spec, shrink=SHRINK)
    mode = named_mode(spec)
    assert mode is not None, f"{name} names no mode"
    return CountingPair(name, Side(given.reference, opening), Side(PLANTED, opening), spec, mode), tally


def port_of(pair: str) -> Path:
    """Return the folder of a pair's target."""
    folder, given = PAIRS[pair]
    return (folder / given.target.rpartition(":")[0]).resolve()


def load_port(port: Path, environment: str) -> Any:
    """Return an environment of a port, its modules imported anew: as a fresh process has them, where copies of it have the same names."""
    own = {path.stem for path in port.glob("*.py")} | {"gen1"}
    forget(own)
    sys.path.insert(0, str(port))
    importlib.invalidate_caches()
    try:
        main = importlib.import_module("main")
        return main.MAKERS[environment]() if hasattr(main, "MAKERS") else importlib.import_module(main.MODULES[environment])
    finally:
        sys.path.remove(str(port))
        forget(own)


def forget(names: Iterable[str]) -> None:
    """Have modules imported anew where they are wanted next: those of several folders have the same names."""
    for name in [name for name in sys.modules if name.partition(".")[0] in names]:
        del sys.modules[name]


def answers_of(counterexample: Counterexample) -> list[str]:
    """Return what the smallest test of a finding blames, as `kind:name`.

    The component that is called, where one is; the first draw, phase or event that parts, the latter by all that is written of it; and
    the leaf, of what a component returned without the component's name.
    """
    smallest = counterexample.call or counterexample
    component, divergence = smallest.name.partition("-call-")[2], smallest.divergence
    first = [f"{one.kind}:{_told(one)}" for one in divergence.inside[:1]]
    path = divergence.leading.path.removeprefix(f"{component}.")
    return [*([f"component:{component}"] if component else []), *first, *([f"field:{path}"] if path else [])]


def _told(inside: Inside) -> str:
    written = [each for each in (inside.reference, inside.target) if inside.kind == "event" and isinstance(each, str)]
    return next((each for each in written if each.startswith(inside.name)), inside.name)


def is_named(answers: Sequence[str], named: Sequence[str]) -> bool:
    """Return whether something that is blamed is among what may rightly be."""
    return any(fnmatchcase(answer, pattern) for answer in answers for pattern in named)


def run_level(level: str, name: str, port: Path, episodes: int | None = None) -> dict[str, Any]:
    """Return what one level says of a pair: the first difference that it tells of, shrunk and localised."""
    pair, tally = open_pair(name, port)
    check, search = LEVELS[level], Search(pair, tally)
    assert check is not None
    try:
        verdict = check(pair, Budget(episodes=episodes), search.found)
        told: dict[str, Any] = {"outcome": verdict.outcome.value, "words": verdict.reason, "steps": tally.steps, "calls": tally.calls}
    except Enough:
        assert search.told is not None
        counts = {"steps": search.steps, "calls": search.calls, "seconds": round(search.seconds, 1)}
        told = {"outcome": DIVERGENT, **counts, **localise(*search.told)}
    except AdapterError as error:
        told = {"outcome": "error", "words": failure_words(error), "steps": tally.steps, "calls": tally.calls}
    finally:
        pair.close()
    return {**told, "all_seconds": round(time.monotonic() - search.began, 1)}


def localise(pair: Pair, raw: Counterexample) -> dict[str, Any]:
    """Return what a difference comes down to."""
    budget = Budget()
    try:
        named, _ = find_call(pair, distil(pair, raw, budget, lambda pair, found: None), budget)
    finally:
        pair.close()
    is_call = named.call is not None or "-call-" in named.name
    return {
        "size": "not shrunk" if named.flaky else "call" if is_call else str(named.script.action_count),
        "form": "call" if is_call else named.distilled,
        "answers": answers_of(named),
    }


def levels_of(pair: str) -> list[str]:
    """Return the levels that say something of a pair, lowest first."""
    silent = {UNTRIED.get(pair), None if PAIRS[pair][1].spec.interaction.factors else "interaction"}
    return [level for level in ORDER if level not in silent]


def run_on(level: str, pair: str, port: Path, rollouts: int) -> dict[str, Any]:
    """Return what one level says of a pair, or of the one that plays its rollouts."""
    return run_level(level, INSTEAD.get(pair, pair), port, rollouts) if level == "rollout" else run_level(level, pair, port)


def find_lowest(fault: Fault, pair: str, rollouts: int) -> dict[str, Any]:
    """Return what the lowest level that finds a fault says of it, and what those below cost."""
    with planted(fault, pair) as port:
        below: dict[str, Any] = {}
        for level in levels_of(pair):
            told = run_on(level, pair, port, rollouts)
            if told["outcome"] == DIVERGENT:
                return {"level": level, **told, "named": is_named(told["answers"], fault.named), "below": below}
            below[level] = told
        return {"level": "", "below": below, "named": False}


@contextmanager
def planted(fault: Fault, pair: str) -> Iterator[Path]:
    """Plant a fault in a copy of the port of a pair's target; yield its folder."""
    port, environment = port_of(pair), PAIRS[pair][1].target.rpartition(":")[2]
    with tempfile.TemporaryDirectory() as copies:
        plant(fault, port, Path(copies) / port.name, environment if environment == "gen1" else "")
        yield Path(copies) / port.name
    KEPT.clear()


def roll_uniformly(fault: Fault, pair: str, episodes: int, seconds: float) -> dict[str, Any]:
    """Return after how many episodes and steps of uniform rollouts alone a fault is found, or how many did not find it."""
    with planted(fault, pair) as port:
        opened, _ = open_pair(pair, port)
        began, done, steps, found = time.monotonic(), 0, 0, False
        for before, played in play_batches(opened, episodes, opened.spec.rollout.steps_max, 0, ("uniform",)):
            done, steps = before + len(played.reference.scripts), opened.before + steps_of(played.reference)
            found = bool(played.comparison.divergences)
            if found:
                first = min(played.comparison.divergences, key=lambda one: one.script)
                done, steps = before + first.script + 1, opened.steps_to(first.script, first.step_index)
            if found or time.monotonic() - began > seconds:
                break
        opened.close()
        return {"found": found, "episodes": done, "steps": steps, "seconds": round(time.monotonic() - began, 1)}


def check_sound(pair: str, rollouts: int) -> Mapping[str, dict[str, Any]]:
    """Return what every level says of a pair without a fault."""
    return {level: run_on(level, pair, port_of(pair), rollouts) for level in levels_of(pair)}
