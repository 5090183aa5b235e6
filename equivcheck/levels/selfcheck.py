"""Self: a side against itself, played in manners that must make no difference. No reference is needed."""

from __future__ import annotations

from dataclasses import replace

from equivcheck.backends.variants import VARIANTS, Variant
from equivcheck.errors import AdapterError
from equivcheck.generation import episode_seed, make_roll
from equivcheck.levels.gathering import Gathering
from equivcheck.localisation import Found
from equivcheck.model.paths import Pattern
from equivcheck.model.script import Episode
from equivcheck.model.spec import PRESETS, FieldRule, Spec
from equivcheck.model.verdict import Verdict
from equivcheck.pair import Budget, Pair

_EPISODES = 8
_STEPS_MAX = 200
_OPENED_ANEW = ("again", "read_late")  # the others may share the target's process, which may have cost a compilation


def check_self(pair: Pair, budget: Budget, found: Found) -> Verdict:
    """Play the target against itself in every variant. Raises: AdapterError where it is gone."""
    began = budget.clock()
    gathering = Gathering("self", found)
    variants = [name for name in VARIANTS if name != "read_late" or _is_local(pair.target.address)]
    for number, name in enumerate(variants):
        budget.progress(f"self, {name}", number, len(variants))
        twin = against_itself(pair, name)
        try:
            _play_variant(twin, budget, gathering)
        finally:
            twin.close()
    budget.progress("self", len(variants), len(variants))
    gathering.notes.append(f"the target played {', '.join(name.replace('_', ' ') for name in variants)}")
    return gathering.conclude(budget, f"{_EPISODES} episodes in each of {len(variants)} manners agree exactly", budget.clock() - began)


def _is_local(address: str) -> bool:
    """Return whether a side's values are objects of this process, which it could still change."""
    return address.startswith(("object:", "python:", "gymnasium:"))


def against_itself(pair: Pair, variant: str) -> Pair:
    """Return the pair of the target and its variant, compared exactly; NaN agrees with NaN, for it is the same program."""
    address = f"self:{variant}:{pair.target.address}"
    target = pair.target.backend
    plain = pair.target.sharing(pair.target.address, target)
    other = pair.target.fresh(address) if variant in _OPENED_ANEW else pair.target.sharing(address, Variant(target, VARIANTS[variant]))
    same = FieldRule(Pattern("**"), nan="equal", because="one program against itself")
    spec = replace(Spec(), fields=(same,), shrink=pair.spec.shrink)
    return Pair(f"{pair.name}-self-{variant}", plain, other, spec, PRESETS["seeded"], pair.today)


def _play_variant(twin: Pair, budget: Budget, gathering: Gathering) -> None:
    space = twin.reference.backend.greeting.actions
    if space is None:
        raise AdapterError("the target does not say what its actions are", hint="give it an attribute `actions`")
    episodes = tuple(Episode(episode_seed(budget.seed, number)) for number in range(_EPISODES))
    whole = [episodes[: _EPISODES // 2], *((episode,) for episode in episodes[_EPISODES // 2 :])]
    for script in whole:  # one of many episodes, and some of one: a new instance may cost seconds
        gathering.take(twin, twin.roll([make_roll("uniform", space, script, _STEPS_MAX)]), _STEPS_MAX)
