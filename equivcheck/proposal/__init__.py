"""A contract proposed from two sides that were played a little: names, mode, and tolerances that nobody has reviewed yet."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from equivcheck.backends.viewed import rename
from equivcheck.generation import DRIVERS, make_roll
from equivcheck.model.implied import scripts_taken
from equivcheck.model.request import FULL
from equivcheck.model.script import Episode, Script
from equivcheck.model.space import Space, space_to_plain
from equivcheck.model.spec import PRESETS, FieldRule, Mode, PairSpec, Spec, Views
from equivcheck.model.trace import Trace
from equivcheck.pair import Pair, Played, Side
from equivcheck.playback import play_fresh, roll_fresh
from equivcheck.probing import probe_mode
from equivcheck.proposal.names import match_names
from equivcheck.proposal.rules import ignore_one_sided, loose_rules, needed_rules, unlike_shapes

_SEEDS = range(8)
_STEPS_MAX = 200


@dataclass(frozen=True, slots=True)
class Proposal:
    """A contract to begin with. `names` are the target's leaves that go by another name (theirs: the reference's)."""

    pair: PairSpec
    names: Mapping[str, str]
    remarks: tuple[str, ...]


def propose(name: str, reference: Side, target: Side, view: str) -> Proposal:
    """Play both sides and propose a contract for them; `view` is what the function that renames leaves will be called.

    Raises: AdapterError where a side cannot be opened or played.
    """
    space, remarks = _shared_space(reference, target)
    names = match_names(*_look(reference, target, space))
    if not names:
        spec, notes = _settle(reference, target, space)
    else:
        renamed = Side(target.address, target.opening, rename(names))
        try:
            spec, notes = _settle(reference, renamed, space)
        finally:
            renamed.close()
        spec = replace(spec, views=Views(target=view))
    return Proposal(PairSpec(name, reference.address, target.address, spec), names, (*remarks, *notes))


def _shared_space(reference: Side, target: Side) -> tuple[Space | None, list[str]]:
    """Return the action space of both sides and nothing to remark, or None and why."""
    first, second = (side.backend.greeting.actions for side in (reference, target))
    if first is not None and first == second:
        return first, []
    if first is None or second is None:
        silent = [side.address for side, space in ((reference, first), (target, second)) if space is None]
        return first, [f"{' and '.join(silent)}: does not say what its actions are; give it an attribute `actions`"]
    words = " against ".join(json.dumps(space_to_plain(space)) for space in (first, second))
    return None, [
        f"the action spaces differ: {words}. Actions travel as they are, so one side needs a wrapper: an object with the other "
        "side's `actions`, whose `step` translates an action and passes it on. Until it is named as that side, nothing beyond "
        "Step 0 can be played"
    ]


def _look(reference: Side, target: Side, space: Space | None) -> tuple[Trace, Trace]:
    """Play both sides from their own resets: the same seeds and actions, as far as there are common ones."""
    episodes = tuple(Episode(seed) for seed in _SEEDS)
    if space is None:
        scripts: Sequence[Script] = [Script(episodes)]
        opened = play_fresh(reference.backend, scripts, FULL)
    else:
        opened = roll_fresh(reference.backend, [make_roll("uniform", space, episodes, _STEPS_MAX)], FULL)
        scripts = scripts_taken(opened)
    return opened, play_fresh(target.backend, scripts, FULL)


def _settle(reference: Side, target: Side, space: Space | None) -> tuple[Spec, list[str]]:
    """Probe for the mode under loose rules, and measure in it; return the Spec with the rules that were needed, and remarks."""
    seen = _look(reference, target, space)
    ignored = ignore_one_sided(*seen)
    loose = Spec(fields=(*ignored, *loose_rules(*seen)))
    mode, notes = probe_mode(reference, target, loose)
    remarks = [*notes, *unlike_shapes(*seen)]
    if mode is None or space is None:
        return _in_mode(mode, (*ignored, *needed_rules(*seen, {}, (), "")), remarks)
    played = _measure(reference, target, loose, mode, space)
    apart = _apart(played)
    if apart and mode.resync == "never" and _can_teach(reference, target):
        step_by_step = _measure(reference, target, loose, PRESETS["teacher"], space)
        if not _apart(step_by_step):
            remarks.append(f"{', '.join(apart)}: close after every single step, far apart in the end; mode teacher checks step by step")
            mode, played, apart = PRESETS["teacher"], step_by_step, []
    remarks += [f"{path}: the sides differ by more than rounding explains; the check will show it" for path in apart]
    errors = {path: entry.error_max for path, entry in played.comparison.coverage.fields.items()}
    rules = needed_rules(*seen, errors, apart, f"in {len(_SEEDS) * len(DRIVERS)} short episodes")
    return _in_mode(mode, (*ignored, *rules), remarks)


def _can_teach(reference: Side, target: Side) -> bool:
    return all("load" in side.backend.greeting.capabilities for side in (reference, target))


def _in_mode(mode: Mode | None, fields: tuple[FieldRule, ...], remarks: list[str]) -> tuple[Spec, list[str]]:
    if mode is None:
        return Spec(fields=fields), remarks
    preset = next((name for name, one in PRESETS.items() if one == mode), "")
    if preset:
        return Spec(mode=preset, fields=fields), remarks
    return Spec(start=mode.start, draws=mode.draws, resync=mode.resync, fields=fields), remarks


def _measure(reference: Side, target: Side, loose: Spec, mode: Mode, space: Space) -> Played:
    """Play a few episodes of each driver, as a check would."""
    episodes = tuple(Episode(seed) for seed in _SEEDS)
    rolls = [make_roll(driver, space, episodes, _STEPS_MAX) for driver in DRIVERS]
    scripts = [script for roll in rolls for script in scripts_taken(roll_fresh(reference.backend, [roll], FULL))]
    return Pair("proposal", reference, target, loose, mode).play(scripts)


def _apart(played: Played) -> list[str]:
    """Return the leaves that even a loose rule does not let pass."""
    return [path for path, entry in played.comparison.coverage.fields.items() if entry.differing]
