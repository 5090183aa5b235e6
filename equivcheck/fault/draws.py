"""Whether what the reference recorded of its draws is what it drew."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from equivcheck.fault.case import Case, parting_words
from equivcheck.generation import episode_seed, make_rolls
from equivcheck.model.implied import states_of, with_tapes
from equivcheck.model.request import FULL
from equivcheck.model.script import Episode, Script
from equivcheck.model.trace import Trace
from equivcheck.model.values import Array, Value, to_json
from equivcheck.playback import play_fresh, roll_fresh
from equivcheck.recording.domains import holds
from equivcheck.stats import chance_bound

_EPISODES = 32  # that tell how often each value is drawn
_STEPS_MAX = 100
_BINS_MAX = 16
_CHANCE_MIN = 1e-6
_STATES_MAX = 8
_SEEDS = 8


def the_reference_plays_by_its_own_tape(case: Case) -> str | None:
    """Given what it recorded, the reference does the same again: nothing that it draws is left out."""
    answer = case.whole[0]
    if not case.taped or "tape" not in answer.backend.greeting.capabilities:
        return None
    taped = with_tapes(answer.raw_scripts, answer.raw)
    if taped is None:
        return None
    parting = parting_words(answer.raw, play_fresh(answer.backend, taped, FULL))
    return (
        "" if parting is None else f"by the tape that it recorded itself the reference plays otherwise at step {parting[0]}: {parting[1]}"
    )


def the_reference_does_the_same_by_the_same_draws(case: Case) -> str | None:
    """Where it takes no tape: from one state, by one action, what it recorded decides what it comes to."""
    answer = case.whole[0]
    capabilities = answer.backend.greeting.capabilities
    states = states_of(answer.raw) if case.taped and "load" in capabilities and "tape" not in capabilities else None
    if not states or not answer.raw.runs:
        return None
    run = answer.raw.runs[-1]
    episode = answer.raw_scripts[run.script].episodes[run.episode]
    for place in range(min(run.count - 1, _STATES_MAX)):
        start, actions = states[run.first + place], episode.actions[place : place + 1]
        tries = [replace(episode, seed=seed, start=start, actions=actions) for seed in range(_SEEDS)]
        answers = play_fresh(answer.backend, [Script((one,)) for one in tries], FULL)
        known: dict[str, Trace] = {}
        for after in (answers.select(script) for script in range(_SEEDS)):
            if after.step_count == 2:
                first = known.setdefault(_text(after.step(1, ("draws",)).get("draws", []), 10_000), after)
                if parting := parting_words(first, after):
                    return f"from one state, by one action and with the same draws recorded, the reference comes to {parting[1]}"
    return ""


def the_reference_draws_what_it_says(case: Case) -> str | None:
    """Every recorded value is in its own domain, and where draws part, comes about as often as that says."""
    if not case.taped:
        return None
    drawn = list(_records(case.whole[0].raw))
    outside = next((one for one in drawn if not holds(one["domain"], one["value"])), None)
    if outside is not None:
        return f"{outside['site']} recorded {_text(outside['value'])}, which its own domain does not hold: {_text(outside['domain'])}"
    if case.counterexample.divergence.leading.kind == "draw":
        drawn += _records(_more(case))
    return _unlikely(drawn)


def _records(trace: Trace) -> Iterator[Mapping[str, Any]]:
    for row in range(trace.step_count):
        yield from trace.step(row, ("draws",)).get("draws", [])


def _more(case: Case) -> Trace:
    """Play some more episodes on the reference alone, if it plays any."""
    backend = case.whole[0].backend
    space, lanes = backend.greeting.actions, min(backend.greeting.lanes, _EPISODES)
    if space is None or backend.greeting.scripts:
        return Trace((), (), {})
    episodes = [Episode(episode_seed(0, number)) for number in range(_EPISODES)]
    return roll_fresh(backend, make_rolls("uniform", space, [tuple(episodes[lane::lanes]) for lane in range(lanes)], _STEPS_MAX), FULL)


def _unlikely(drawn: Sequence[Mapping[str, Any]]) -> str:
    """Return which values come far too rarely or too often for the domain that was recorded with them; empty for none."""
    by_domain: dict[tuple[str, str], list[Any]] = {}
    for one in drawn:
        by_domain.setdefault((str(one["site"]), _text(one["domain"], 10_000)), []).append(one)
    for (site, domain), records in by_domain.items():
        rates = _rates(records[0]["domain"])
        if rates is None:
            continue
        low, per_bin, expected = rates
        values = np.concatenate([np.ravel(np.asarray(one["value"], np.float64)) for one in records])
        counts = np.bincount(np.clip((values - low) // per_bin, 0, len(expected) - 1).astype(np.int64), minlength=len(expected))
        for index, (count, rate) in enumerate(zip(counts.tolist(), expected.tolist(), strict=True)):
            if chance_bound(count, len(values), rate) * len(expected) < _CHANCE_MIN:
                which = f"{low + index * per_bin}" + (f" to {low + (index + 1) * per_bin - 1}" if per_bin > 1 else "")
                said = f"where its own domain gives it a chance of {rate:.3g}: {domain[:120]}"
                return f"the reference drew {which} in {count} of {len(values)} draws at {site}, {said}"
    return ""


def _rates(domain: Any) -> tuple[int, int, Array] | None:
    """Return (lowest value, values in a bin, probability of each bin) of a domain of whole numbers; None for any other."""
    match domain:
        case {"kind": "integers", "low": int(low), "high": int(high)} if 1 < high - low < 2**53:
            per_bin = -(-(high - low) // _BINS_MAX)
            edges = np.append(np.arange(low, high, per_bin), high)
            return low, per_bin, np.diff(edges) / (high - low)
        case {"kind": "choice", "p": p}:
            return 0, 1, np.asarray(p, np.float64)
    return None


def _text(value: Value, length_max: int = 120) -> str:
    return json.dumps(to_json(value), sort_keys=True)[:length_max]
