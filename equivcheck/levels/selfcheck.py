"""Self: a side against itself, played in manners that must make no difference. No reference is needed."""

from __future__ import annotations

from dataclasses import replace

from equivcheck.backends.variants import MANNERS, VARIANTS, Variant
from equivcheck.errors import AdapterError
from equivcheck.generation import episode_seed, make_roll
from equivcheck.levels.gathering import Gathering
from equivcheck.levels.manners import play_manner, rules_for
from equivcheck.localisation import Found
from equivcheck.model.paths import Pattern
from equivcheck.model.script import Episode
from equivcheck.model.space import Space
from equivcheck.model.spec import PRESETS, FieldRule, Spec, Views
from equivcheck.model.verdict import Verdict
from equivcheck.pair import Budget, Pair

_EPISODES = 8
_STEPS_MAX = 200
_OPENED_ANEW = ("again", "read_late", *MANNERS)  # the others may share the target's process, which may have cost a compilation


def check_self(pair: Pair, budget: Budget, found: Found) -> Verdict:
    """Play the target against itself in every variant. Raises: AdapterError where it is gone."""
    began = budget.clock()
    gathering = Gathering("self", found)
    able = pair.target.backend.greeting.capabilities
    fit = {"read_late": _is_local(pair.target.address), **{name: needed in able for name, needed in MANNERS.items()}}
    variants = [name for name in VARIANTS if fit.get(name, True)]
    played: list[str] = []
    for name in variants:
        budget.progress(f"self, {name}", len(played), len(variants))
        twin = against_itself(pair, name)
        why, lives = "", True
        try:
            if name in MANNERS:
                why = play_manner(twin, _space_of(pair), budget, gathering)
            else:
                lives = _play_variant(twin, budget, gathering)
        finally:
            twin.close()
        if why:
            gathering.notes.append(f"not played {name}: {why}")
        else:
            played.append(name)
        if not lives:
            break  # each death costs a fresh process, and another manner shows nothing but that
    budget.progress("self", len(variants), len(variants))
    gathering.notes.append(f"the target played {', '.join(name.replace('_', ' ') for name in played)}")
    missing = [name for name in MANNERS if name not in variants]
    if missing and (pair.target.is_program or len(missing) < len(MANNERS)):
        gathering.notes.append(f"not offered by the target: {', '.join(missing)}")
    exactly = [name for name in played if name not in MANNERS]
    bound = f"{_EPISODES} episodes in each of {len(exactly)} manners agree exactly"
    if len(exactly) < len(played):
        bound += f", and short ones played {' and '.join(name for name in played if name in MANNERS)}"
    verdict = gathering.conclude(budget, bound, budget.clock() - began)
    if verdict.counterexamples or gathering.unstable or gathering.coverage.episodes_skipped < max(gathering.coverage.episodes, 1):
        return verdict
    words = f"the target gave up in every episode, before it could be held against anything: {gathering.last_words}"
    return replace(verdict, reason=f"{words}; whether the reference does the same is for the level rollout to say")


def _space_of(pair: Pair) -> Space:
    space = pair.target.backend.greeting.actions
    if space is None:
        raise AdapterError("the target does not say what its actions are", hint="give it an attribute `actions`")
    return space


def _is_local(address: str) -> bool:
    """Return whether a side's values are objects of this process, which it could still change."""
    return address.startswith(("object:", "python:", "gymnasium:"))


def against_itself(pair: Pair, variant: str) -> Pair:
    """Return the pair of the target and its variant, compared exactly; NaN agrees with NaN, for it is the same program.

    In another manner floats are compared to half their digits (see `manners.rules_for`).
    """
    address = f"self:{variant}:{pair.target.address}"
    target = pair.target.backend
    plain = pair.target.sharing(pair.target.address, target)
    other = pair.target.fresh(address) if variant in _OPENED_ANEW else pair.target.sharing(address, Variant(target, VARIANTS[variant]))
    rules: tuple[FieldRule, ...] = (FieldRule(Pattern("**"), nan="equal", because="one program against itself"),)
    if variant in MANNERS:
        rules = rules_for(plain, variant, _space_of(pair))
    views = Views(pair.spec.views.target, pair.spec.views.target)
    spec = replace(Spec(), fields=rules, shrink=pair.spec.shrink, views=views)
    return Pair(f"{pair.name}-self-{variant}", plain, other, spec, PRESETS["seeded"], pair.today)


def _play_variant(twin: Pair, budget: Budget, gathering: Gathering) -> bool:
    """Play the episodes of one variant; return whether any script was played without the death of a process."""
    space = _space_of(twin)
    episodes = tuple(Episode(episode_seed(budget.seed, number)) for number in range(_EPISODES))
    whole = [episodes[: _EPISODES // 2], *((episode,) for episode in episodes[_EPISODES // 2 :])]
    lives = False
    for script in whole:  # one of many episodes, and some of one: a new instance may cost seconds
        played = twin.roll([make_roll("uniform", space, script, _STEPS_MAX)])
        gathering.take(twin, played, _STEPS_MAX)
        lives = lives or not any(end.kind == "died" for end in played.reference.ends)
    return lives
