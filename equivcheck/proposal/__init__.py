"""A contract proposed from two sides that were played a little: names, mode, and tolerances that nobody has reviewed yet."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from equivcheck.backends.viewed import rename
from equivcheck.generation import DRIVERS, make_roll
from equivcheck.model.columns import Column
from equivcheck.model.paths import Pattern, field_of, generalise, parse_path, path_text
from equivcheck.model.request import FULL
from equivcheck.model.script import Episode, Script
from equivcheck.model.space import Space, space_to_plain
from equivcheck.model.spec import PRESETS, FieldRule, Mode, PairSpec, Spec, Views
from equivcheck.model.trace import Trace
from equivcheck.model.values import MISSING, Leaf, Missing, same_leaf
from equivcheck.model.verdict import FieldCount
from equivcheck.pair import Pair, Played, Side
from equivcheck.playback import play_fresh, roll_fresh, scripts_taken
from equivcheck.probing import probe_mode

_SEEDS = range(8)
_STEPS_MAX = 200
_NOISE_MAX = 1e-3  # of a leaf's size: what is further apart is left for the check to find
_ALIKE_MIN = 0.6  # of difflib's ratio between two names, where values cannot tell
_RULES_PER_FIELD_MAX = 4
_MARK = "unreviewed:"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A contract to begin with. `names` are the target's leaves that go by another name (theirs: the reference's)."""

    pair: PairSpec
    names: Mapping[str, str]
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What both sides answered to the same scripts."""

    reference: Trace
    target: Trace


@dataclass(slots=True)
class _Draft:
    """The rules so far, by pattern, and what is to be said."""

    rules: dict[str, FieldRule] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def propose(name: str, reference: Side, target: Side, view_module: str) -> Proposal:
    """Play both sides and propose a contract for them; a view of renamed leaves is named as one of `view_module`.

    Raises: AdapterError where a side cannot be opened or played.
    """
    draft = _Draft()
    space = _common_space(reference, target, draft)
    seen = _look(reference, target, space)
    names = _match_names(seen)
    views = Views()
    if names:
        target = Side(target.address, target.opening, rename(names))
        views = Views(target=f"{view_module}:{_identifier(name)}_target")
        seen = _look(reference, target, space)
    try:
        _ignore_one_sided(seen, draft)
        spec = _settle(name, reference, target, seen, space, draft)
    finally:
        if names:
            target.close()
    pair = PairSpec(name, reference.address, target.address, replace(spec, views=views))
    return Proposal(pair, names, tuple(draft.remarks))


def _identifier(name: str) -> str:
    plain = "".join(letter if letter.isalnum() else "_" for letter in name)
    return plain if plain.isidentifier() else f"pair_{plain}"


def _common_space(reference: Side, target: Side, draft: _Draft) -> Space | None:
    """Return the action space of both sides, None where they do not have one."""
    spaces = [side.backend.greeting.actions for side in (reference, target)]
    if None in spaces:
        silent = [side.address for side, space in zip((reference, target), spaces, strict=True) if space is None]
        draft.remarks.append(f"{' and '.join(silent)} does not say what its actions are: give it an attribute `actions`")
        return next((space for space in spaces if space is not None), None)
    if spaces[0] == spaces[1]:
        return spaces[0]
    words = [json.dumps(space_to_plain(space)) for space in spaces if space is not None]
    draft.remarks.append(
        f"the action spaces differ: {words[0]} against {words[1]}. Actions travel as they are, so that one side needs a wrapper: "
        "an object with `actions` of the other side, whose `step` translates the action before it passes it on. Name the wrapper as "
        "that side; until then nothing beyond Step 0 can be played"
    )
    return None


def _look(reference: Side, target: Side, space: Space | None) -> _Seen:
    """Play both sides from their own resets: the same seeds and actions, as far as there are common ones."""
    if space is None:
        scripts: Sequence[Script] = [Script((Episode(seed),)) for seed in _SEEDS]
        opened = play_fresh(reference.backend, scripts, FULL)
    else:
        opened = roll_fresh(reference.backend, [make_roll("uniform", space, tuple(Episode(seed) for seed in _SEEDS), _STEPS_MAX)], FULL)
        scripts = scripts_taken(opened)
    return _Seen(opened, play_fresh(target.backend, scripts, FULL))


def _settle(name: str, reference: Side, target: Side, seen: _Seen, space: Space | None, draft: _Draft) -> Spec:
    """Probe for the mode under loose rules, measure in it, and return the Spec with the rules that were needed."""
    common = [path for path in seen.reference.columns if path in seen.target.columns]
    loose = Spec(fields=(*draft.rules.values(), *(_loose_rule(path, seen) for path in common)))
    mode, notes = probe_mode(reference, target, loose)
    draft.remarks += notes
    if mode is None or space is None:
        _add_rules(seen, {}, draft)
        return replace(_in_mode(mode), fields=tuple(draft.rules.values()))
    played = _measure(name, reference, target, loose, mode, space)
    apart = _apart(played)
    loadable = all("load" in side.backend.greeting.capabilities for side in (reference, target))
    if apart and loadable and mode.resync == "never":
        one_step = _measure(name, reference, target, loose, PRESETS["teacher"], space)
        if not _apart(one_step):
            draft.remarks.append(f"{', '.join(apart)}: close after each single step, far apart in the end: mode teacher checks step by step")
            mode, played, apart = PRESETS["teacher"], one_step, []
    draft.remarks += [f"{path}: too far apart for rounding, so no tolerance is proposed: see what the check says" for path in apart]
    _add_rules(seen, {path: entry for path, entry in played.comparison.coverage.fields.items() if path not in apart}, draft)
    return replace(_in_mode(mode), fields=tuple(draft.rules.values()))


def _in_mode(mode: Mode | None) -> Spec:
    if mode is None:
        return Spec()
    preset = next((name for name, one in PRESETS.items() if one == mode), "")
    return Spec(mode=preset) if preset else Spec(start=mode.start, draws=mode.draws, resync=mode.resync)


def _measure(name: str, reference: Side, target: Side, loose: Spec, mode: Mode, space: Space) -> Played:
    pair = Pair(name, reference, target, loose, mode)
    episodes = tuple(Episode(seed) for seed in _SEEDS)
    rolls = [make_roll(driver, space, episodes, _STEPS_MAX) for driver in DRIVERS]
    scripts = [script for roll in rolls for script in scripts_taken(roll_fresh(reference.backend, [roll], FULL))]
    return pair.play(scripts)


def _apart(played: Played) -> list[str]:
    """Return the numeric leaves that even a loose rule does not let pass."""
    return [path for path, entry in played.comparison.coverage.fields.items() if entry.differing and entry.error_max]


