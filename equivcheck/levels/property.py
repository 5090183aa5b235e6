"""Property (L1): what holds of each side alone, and what both export, compared call by call, before anything is rolled out."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from equivcheck.backends.called import CALLS_MAX, CalledInVain
from equivcheck.backends.given import call_given, load_object
from equivcheck.backends.lawful import LawfulBackend, judge
from equivcheck.backends.laws import COUNT_LAW, LAWS, Law, no_count_wraps
from equivcheck.backends.opening import law_named
from equivcheck.backends.plain import read_space
from equivcheck.errors import AdapterError
from equivcheck.generation import episode_seed, make_rolls, shuffled
from equivcheck.levels.calls import calling
from equivcheck.levels.counts import brinks, counts_of, goes_on
from equivcheck.levels.extremes import STATES_MAX, extreme_states
from equivcheck.levels.gathering import Gathering
from equivcheck.localisation import Found
from equivcheck.model.paths import Pattern
from equivcheck.model.phrases import counted
from equivcheck.model.request import FULL
from equivcheck.model.script import Episode, Script
from equivcheck.model.space import Space, TupleSpace
from equivcheck.model.spec import PRESETS, ComponentPlan, FieldRule, Spec, Views
from equivcheck.model.trace import Trace, join_traces
from equivcheck.model.values import MISSING, Missing, Value, canonical
from equivcheck.model.verdict import FieldCount, Verdict
from equivcheck.pair import Budget, Pair, Played, Side
from equivcheck.playback import roll_fresh
from equivcheck.stats import rate_bound

FIRST_CALLS = 64  # of each component, before all the others
_EPISODES = 8
_STEPS_MAX = 200
_STEPS_FROM_EXTREMES = 8


def check_property(pair: Pair, budget: Budget, found: Found) -> Verdict:
    """Call every component that the Spec names on both sides, and hold each side to the laws. Raises: AdapterError where one is missing."""
    began = budget.clock()
    gathering = Gathering("property", found)
    bounds = [*_call_components(pair, budget, gathering), *_hold_to_laws(pair, budget, gathering)]
    return gathering.conclude(budget, "; ".join(bounds), budget.clock() - began)


def _hold_to_laws(pair: Pair, budget: Budget, gathering: Gathering) -> Iterator[str]:
    """Judge episodes of each side, and of what breaks a law the first script, in the pair that shows it as a difference."""
    given = {**LAWS} | {name: law_named(name, pair.reference.opening.folder) for name in pair.spec.laws}
    for role, side in (("reference", pair.reference), ("target", pair.target)):
        if side.backend.greeting.scripts:
            continue  # a recording is what it is
        held: set[str] = set()
        for number, (trace, laws) in enumerate(_rolled(side, budget, given)):
            budget.progress(f"property, laws of the {role}", number, _EPISODES + STATES_MAX)
            broken: dict[str, int] = {}
            for row, name, holds in judge(trace, laws):
                entry = gathering.coverage.fields.setdefault(f"laws.{name}", FieldCount(changed=True, non_default=True))
                entry.compared += 1
                held.add(name)
                if not holds:
                    broken.setdefault(name, row)
            for name, row in broken.items():
                lawful = judging(pair, role, name, laws[name])
                gathering.take(lawful, lawful.play([_script_to(trace, row)]), None)
        yield f"the {role} keeps {counted(len(held), 'law')} in {_EPISODES} episodes, and from the extremes of their states"


def _rolled(side: Side, budget: Budget, laws: Mapping[str, Law]) -> Iterator[tuple[Trace, Mapping[str, Law]]]:
    """Yield episodes of a side from its resets, then some steps from the extremes of the states that they show, with what they are held to.

    At last come those in which a count is next to the end of a narrow integer; where the environment ends before it, it is not reached.
    """
    backend = side.backend
    space = backend.greeting.actions
    if space is None:
        raise AdapterError(f"{side.address} does not say what its actions are", hint="give it an attribute `actions`")

    width = min(backend.greeting.lanes, _EPISODES)

    def roll(starts: Sequence[Value | Missing], steps_max: int) -> Iterator[Trace]:
        for first in range(0, len(starts), width):
            numbers = range(first, min(first + width, len(starts)))
            lanes = [(Episode(episode_seed(budget.seed, number), start=starts[number]),) for number in numbers]
            yield roll_fresh(backend, make_rolls("uniform", space, lanes, steps_max), FULL)

    traces = list(roll([MISSING] * _EPISODES, _STEPS_MAX))
    yield from ((trace, laws) for trace in traces)
    if "load" not in backend.greeting.capabilities:
        return
    joined = join_traces(traces)
    yield from ((trace, laws) for trace in roll(list(extreme_states(joined)), _STEPS_FROM_EXTREMES))
    for path, pace in counts_of(joined).items():
        law = {COUNT_LAW + path: no_count_wraps(path)}
        for far, near in brinks(joined, path, pace):
            if any(goes_on(trace, _STEPS_FROM_EXTREMES) for trace in roll([far] * 2, _STEPS_FROM_EXTREMES)):
                yield from ((trace, law) for trace in roll([near] * 4, _STEPS_FROM_EXTREMES))


def _script_to(trace: Trace, row: int) -> Script:
    """Return the one episode that leads to a row."""
    run = next(run for run in trace.runs if run.first <= row < run.first + run.count)
    episode = trace.scripts[run.script].episodes[run.episode]
    return Script((replace(episode, actions=episode.actions[: row - run.first]),))


def judging(pair: Pair, role: str, name: str, law: Law) -> Pair:
    """Return the pair of one side that is granted a law, and the same side held to it. `role`: reference or target."""
    side: Side = getattr(pair, role)
    sides = [
        side.sharing(f"law:{name}:{how}:{side.address}", LawfulBackend(side.backend, name, law, how == "granted"))
        for how in ("granted", "checked")
    ]
    same = FieldRule(Pattern("**"), nan="equal", because="one program against itself")
    spec = Spec(fields=(same,), shrink=pair.spec.shrink, views=Views(*[getattr(pair.spec.views, role)] * 2))
    return Pair(f"{pair.name}-law-{role}", sides[0], sides[1], spec, PRESETS["seeded"], pair.today)


@dataclass(slots=True)
class _Calls:
    """The calls of one component: `asked`, all of them, shuffled; `made`, how many were made."""

    plan: ComponentPlan
    pair: Pair
    asked: Sequence[list[Value]]
    kind: str
    made: int = 0
    is_stopped: bool = False

    @classmethod
    def of(cls, plan: ComponentPlan, pair: Pair, seed: int) -> _Calls:
        """Return the calls that a contract wants."""
        space, asked, is_all = _arguments_of(plan, pair, seed)
        kind = "" if not is_all else "all there are" if space else "all that are listed"
        return cls(plan, calling(pair, plan.name, space), shuffled(asked, seed), kind)

    @property
    def is_over(self) -> bool:
        """Whether there is nothing left to call."""
        return self.is_stopped or self.made >= len(self.asked)

    def make(self, count: int, gathering: Gathering) -> None:
        """Make so many calls, in one message."""
        scripts = [Script((Episode(0, (arguments,)),)) for arguments in self.asked[self.made : self.made + count]]
        played = _play_calls(self.pair, scripts)
        gathering.take(self.pair, played, None)
        self.made += len(played.reference.scripts)
        if len(played.reference.scripts) < len(scripts):
            self.is_stopped = True
            told = f"stopped after {self.made:,} of {counted(len(self.asked), 'call')}, its process having died again and again"
            gathering.notes.append(f"{self.plan.name}: {told}")

    @property
    def bound(self) -> str:
        """What the calls that were made support."""
        share = self.kind or f"at most {rate_bound(self.made):.2%} of such calls differ at 95 %"
        return f"{self.plan.name}: {counted(self.made, 'call')}, {share if self.made == len(self.asked) else f'of {len(self.asked):,}'}"


def _call_components(pair: Pair, budget: Budget, gathering: Gathering) -> Iterator[str]:
    """Call every component a few times, and then as often as is wanted, those with the fewest calls first.

    What is wrong in the last one is so seen nearly as soon as what is wrong in the first.
    """
    plans = [_Calls.of(plan, pair, budget.seed) for plan in pair.spec.components]
    total = sum(len(calls.asked) for calls in plans)

    def make(calls: _Calls, count: int) -> None:
        budget.progress(f"property, {calls.plan.name}", sum(each.made for each in plans), total)
        calls.make(count, gathering)

    for calls in plans:
        if not calls.is_over:
            make(calls, FIRST_CALLS)
    for calls in sorted(plans, key=lambda calls: len(calls.asked)):
        while not calls.is_over:
            make(calls, CALLS_MAX)
    if plans:
        gathering.notes.append("an episode here is one call: its action is the list of arguments, and the Step after it what was returned")
    for calls in plans:
        yield calls.bound


def _play_calls(called: Pair, scripts: Sequence[Script]) -> Played:
    """Play scripts of one call each, only as many as can be made where a side dies again and again."""
    try:
        return called.play(scripts)
    except CalledInVain as error:
        return _play_calls(called, scripts[: error.made])


def _arguments_of(plan: ComponentPlan, pair: Pair, seed: int) -> tuple[TupleSpace | None, list[list[Value]], bool]:
    """Return what the arguments may be, None where lists of them are given; those that are asked; and whether there are no others.

    Raises: AdapterError where the user's function says nothing that can be read.
    """
    function = load_object(plan.arguments, pair.reference.opening.folder)
    declared = call_given(plan.arguments, function)
    try:
        if isinstance(declared, list):
            return None, [list(map(canonical, listed)) for listed in declared], True
        space: Space = read_space(tuple(declared))
    except TypeError as error:
        raise AdapterError(f"{plan.arguments!r} does not say what the arguments of {plan.name!r} are: {error}") from None
    assert isinstance(space, TupleSpace)
    arguments = importlib.import_module("equivcheck.levels.arguments")  # which brings Hypothesis in, a third of a second
    every = arguments.every(space)
    asked = arguments.examples(space, plan.examples, seed) if every is None else list(every)
    return space, asked, every is not None
