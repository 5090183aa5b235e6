"""Rollout (L3): whole episodes on both sides, with the same seeds and the same actions."""

from __future__ import annotations

from collections.abc import Iterator

from equivcheck.comparison.accounting import expect_actions
from equivcheck.errors import AdapterError
from equivcheck.levels.batches import Batch, RolledBatches, first_scripts, play_batches, scripted_batches
from equivcheck.levels.gathering import Gathering
from equivcheck.localisation import Found
from equivcheck.model.phrases import counted
from equivcheck.model.verdict import Verdict
from equivcheck.pair import Budget, Pair
from equivcheck.stats import rate_bound


def check_rollout(pair: Pair, budget: Budget, found: Found) -> Verdict:
    """Play the Spec's number of episodes under each of its drivers. Raises: AdapterError where a side is gone."""
    began = budget.clock()
    reference, target = (side.backend.greeting for side in (pair.reference, pair.target))
    space = reference.actions or target.actions
    if target.scripts and not reference.scripts:
        raise AdapterError("the target is a recording, which plays nothing else", hint="name it as the reference")
    if space is None and not reference.scripts:
        raise AdapterError("neither side says what its actions are", hint="give the reference an attribute `actions`")
    gathering = Gathering("rollout", found)
    if space is not None:
        expect_actions(gathering.coverage, space)
    held = sum(len(script.episodes) for script in reference.scripts)
    episodes = min(held, budget.episodes or held) or budget.episodes or pair.spec.rollout.episodes
    drivers = ("recorded",) if held else pair.spec.rollout.drivers
    for driver in drivers:
        batches: Iterator[Batch]
        if held or space is None:
            batches = scripted_batches(first_scripts(reference.scripts, episodes))
        else:
            batches = RolledBatches(pair, driver, space, episodes, budget)
        play_batches(pair, driver, batches, episodes, budget, gathering, pair.spec.rollout.steps_max)
    whole, skipped, bound = gathering.coverage.episodes, gathering.coverage.episodes_skipped, ""
    if whole > skipped:
        count = whole - skipped if skipped else episodes
        under = f"under {'the' if skipped else 'each'} driver{'s' if skipped else ''} ({', '.join(drivers)})"
        bound = f"0 of {counted(count, 'episode')} diverged {under}: at most {rate_bound(count):.2%} per episode at 95 %"
    return gathering.conclude(budget, bound, budget.clock() - began)
