"""Which mode a pair allows, where its Spec names none; and what two sides disagree on before anything is played."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from equivcheck.comparison import compare
from equivcheck.comparison.leaves import differ
from equivcheck.errors import EquivcheckError
from equivcheck.generation import make_roll
from equivcheck.localisation import first_evidence
from equivcheck.model.divergence import Difference, Divergence
from equivcheck.model.implied import scripts_taken, start_from, states_of
from equivcheck.model.paths import field_of, generalise
from equivcheck.model.positions import quoted_text
from equivcheck.model.request import FULL
from equivcheck.model.script import Episode, Script
from equivcheck.model.space import Box, DictSpace, Space, TupleSpace, space_to_plain
from equivcheck.model.spec import PRESETS, Mode, Spec
from equivcheck.model.trace import Trace
from equivcheck.model.values import MISSING
from equivcheck.model.verdict import Counterexample
from equivcheck.pair import Pair, Played, Side
from equivcheck.playback import play_fresh, roll_fresh

_SEEDS = (0, 1, 2)
_STEPS = 20
_FIRST_STEPS = 4  # there is no reward before the first
_NUMBERS = (bool, int, float, np.ndarray)
_FORMS = ("missing", "kind", "dtype", "shape")
WRAPPER = """\
actions travel as they are: give one side the other's, in a module of your own, and name that in the side's place:
    class Translated(Port):
        actions = ...  # as the reference has them
        def step(self, action):
            return super().step(...)  # what the port calls that action"""
_START_UNCHECKED = "how each side resets itself is not checked: the target starts from the reference's state"
_FORCED = "what a draw comes to is forced, not checked: the target draws what the reference drew; sites, keys and domains are compared"
_SEEDED_FROM_REFERENCE = Mode("reference", "seeded", "never")


def named_mode(spec: Spec) -> Mode | None:
    """Return the mode that a Spec names, by preset or by axes; None where it names none."""
    if spec.mode:
        return PRESETS[spec.mode]
    if spec.start is None and spec.draws is None and spec.resync is None:
        return None
    return Mode(spec.start or "own", spec.draws or "none", spec.resync or "never")


def probe_mode(reference: Side, target: Side, spec: Spec) -> tuple[Mode | None, tuple[str, ...]]:
    """Return the first mode that fits three seeds, and what it leaves unchecked; None, and what to provide, where none does.

    tape: the reference shows draws, the target takes them, and they do not draw alike anyway. Else, seeded: both sides begin alike from
    the same seed. From the reference's start: the target can load it, and then shows the same; `seeded` where chance still plays
    after the start and yet both agree, `injected` where no chance does; `teacher` where chance plays, but is in the state that is loaded.
    """
    if {"tape", "load"} <= target.backend.greeting.capabilities and _shows_draws(reference):
        alike = next((mode for mode in (PRESETS["seeded"], _SEEDED_FROM_REFERENCE) if _agree_in(mode, reference, target, spec)), None)
        return alike or PRESETS["tape"], () if alike == PRESETS["seeded"] else (_START_UNCHECKED, *([] if alike else [_FORCED]))
    first = [Script((episode,)) for episode in _openings(reference, 0)]
    opened = play_fresh(reference.backend, first, FULL)
    if not _parts(opened, play_fresh(target.backend, first, FULL), spec):
        return PRESETS["seeded"], ()
    states = states_of(opened, starts=True)
    if states is None:
        return None, (
            "the two sides begin differently from the same seed: give the reference a `state` and the target a `load`, or seed both alike",
        )
    if "load" not in target.backend.greeting.capabilities:
        return None, ("the two sides begin differently from the same seed, and the target has no `load`: give it one, or seed both alike",)
    left = (_START_UNCHECKED,)
    loaded = play_fresh(target.backend, start_from(first, opened, states), FULL)
    if _parts(opened, loaded, spec):
        return PRESETS["injected"], (*left, "the target does not show the state that it was given: see the divergence at Step 0")
    if not _draws_after_start(reference, states):
        return PRESETS["injected"], left
    if _agree_in(_SEEDED_FROM_REFERENCE, reference, target, spec):
        return _SEEDED_FROM_REFERENCE, left
    if "load" in reference.backend.greeting.capabilities and _agree_in(PRESETS["teacher"], reference, target, spec):
        return PRESETS["teacher"], (*left, "drift over several steps is not checked: the target gets the reference's state before each")
    return None, (
        "the reference draws after its start, and the target does not draw alike: put the generator's state into `state` on both sides",
    )


def _openings(reference: Side, steps: int) -> list[Episode]:
    """Return three episodes to begin with: of a recording its own, with so many of their actions, else of any seeds."""
    held = [script.episodes[0] for script in reference.backend.greeting.scripts[: len(_SEEDS)]]
    return [replace(episode, actions=episode.actions[:steps]) for episode in held] or [Episode(seed) for seed in _SEEDS]


def _parts(reference: Trace, target: Trace, spec: Spec) -> bool:
    """Return whether two sides differ where neither gave up: what fails is for the levels to find."""
    gave_up = {end.script for end in (*reference.ends, *target.ends)}
    return any(divergence.script not in gave_up for divergence in compare(reference, target, spec).divergences)


def _draws_after_start(reference: Side, states: list[object]) -> bool:
    """Return whether the reference goes on differently from one state and one script, under two seeds."""
    if "load" not in reference.backend.greeting.capabilities:
        return False
    space = reference.backend.greeting.actions
    if space is None:
        return False
    rolled = roll_fresh(reference.backend, [make_roll("uniform", space, (Episode(0, start=states[0]),), _STEPS)], FULL)
    script = scripts_taken(rolled)[0]
    other = Script((replace(script.episodes[0], seed=97),))
    again = play_fresh(reference.backend, [other], FULL)
    return _parts(rolled, again, Spec())


def _shows_draws(reference: Side) -> bool:
    """Return whether there is a draw in a few Steps of the reference."""
    space = reference.backend.greeting.actions
    if space is None:
        return False
    rolled = roll_fresh(reference.backend, [make_roll("uniform", space, tuple(map(Episode, _SEEDS)), _STEPS)], FULL)
    return any(field_of(path) == "draws" and path != "draws" for path in rolled.columns)


def _agree_in(mode: Mode, reference: Side, target: Side, spec: Spec) -> bool:
    space = reference.backend.greeting.actions
    if space is None:
        return False
    pair = Pair("probe", reference, target, spec, mode)
    rolls = [make_roll("uniform", space, tuple(Episode(seed) for seed in _SEEDS), _STEPS)]
    divergences = pair.roll(rolls).comparison.divergences
    return all(divergence.leading.kind in ("crash", "refusal") for divergence in divergences)


def find_setup(pair: Pair) -> Counterexample | None:
    """Return one finding for all that the sides disagree on in form: actions, names, kinds, dtypes, shapes; None for nothing.

    It is about the contract, not about behaviour, so values do not matter and nothing is shrunk; and what has another form on some
    of the first Steps alone is for the levels to find. Where the target cannot be started as the mode says, each side's own reset is
    looked at, in which nothing is said by how long a list is.
    """
    spaces = _differing_spaces(pair)
    for mode in dict.fromkeys((pair.mode, PRESETS["seeded"])):
        try:
            played = _first_steps(replace(pair, mode=mode), not spaces)
        except EquivcheckError:
            continue
        forms = _differing_forms(played, pair.spec)
        if mode != pair.mode:
            forms = {path: form for path, form in forms.items() if generalise(path) == path}
        if forms or spaces:
            first = min((step for step, _ in forms.values()), default=0)
            shown = _whole_fields(played, [difference for _, difference in forms.values()])
            evidence = first_evidence(pair.name, played, Divergence(0, 0, first, (*spaces, *shown)))
            return replace(evidence, recurrence=(1, 1))
        if not any(end.step_index == 0 for end in played.target.ends):
            break
    return None


def _first_steps(pair: Pair, may_act: bool) -> Played:
    space = pair.reference.backend.greeting.actions
    if space is None or not may_act:
        return pair.play([Script((_openings(pair.reference, _FIRST_STEPS if may_act else 0)[0],))])
    return pair.roll([make_roll("uniform", space, (Episode(_SEEDS[0]),), _FIRST_STEPS)])


def _differing_forms(played: Played, spec: Spec) -> dict[str, tuple[int, Difference]]:
    """Return, by path, the leaves of another form at Step 0, and those that never have the same one after it, with the first Step.

    After Step 0 a leaf may come and go, so that only what is missing with its whole field is never there.
    """
    sides = (played.reference, played.target)
    rows = range(1, min(trace.step_count for trace in sides))

    fields = [{field_of(path) for path in trace.columns if path} for trace in sides]

    def is_always(path: str) -> bool:
        columns = [trace.columns.get(path) for trace in sides]
        leaves = [[MISSING if column is None else column.leaf(row) for column in columns] for row in rows]
        found = [differ("", a, b, spec.rule_for(path)) for a, b in leaves if a is not b]
        allowed = _FORMS[1:] if all(field_of(path) in names for names in fields) else _FORMS
        return generalise(path) == path and all(one is not None and one.kind in allowed for one in found)

    parted = compare(*sides, spec, independent="leaves").divergences
    forms = [(one.step_index, difference) for one in parted for difference in one.differences if difference.kind in _FORMS]
    return {difference.path: (step, difference) for step, difference in forms if step == 0 or is_always(difference.path)}


def _whole_fields(played: Played, differences: Sequence[Difference]) -> list[Difference]:
    """Return the differences of a setup finding: one for a field that one side lacks, leaves and all."""
    shown = [{field_of(path) for path in trace.columns if path} for trace in (played.reference, played.target)]
    setup: dict[str, Difference] = {}
    for difference in differences:
        name = field_of(difference.path)
        path = difference.path if all(name in fields for fields in shown) else name
        setup.setdefault(path, replace(difference, path=path, kind="setup"))
    return list(setup.values())


def _differing_spaces(pair: Pair) -> list[Difference]:
    """Return the difference between two action spaces, where one side would refuse or lack what the other takes."""
    spaces = [side.backend.greeting.actions for side in (pair.reference, pair.target)]
    if spaces[0] is None or spaces[1] is None or _same_actions(spaces[0], spaces[1]):
        return []
    texts = [json.dumps(space_to_plain(space)) for space in (spaces[0], spaces[1])]
    return [Difference("", "setup", texts[0], texts[1], words="the action spaces differ")]


def _same_actions(a: Space, b: Space) -> bool:
    match a, b:
        case Box(), Box():
            bounds = np.allclose(a.low, b.low) and np.allclose(a.high, b.high) if a.shape == b.shape else False
            return a.dtype == b.dtype and bool(bounds)
        case TupleSpace(), TupleSpace():
            return len(a.items) == len(b.items) and all(map(_same_actions, a.items, b.items))
        case DictSpace(), DictSpace():
            here, there = dict(a.items), dict(b.items)
            return here.keys() == there.keys() and all(_same_actions(here[key], there[key]) for key in here)
    return a == b


def lines_to_paste(differences: tuple[Difference, ...]) -> list[str]:
    """Return rows for `[pair.NAME.fields]` that would settle a setup finding, marked unreviewed; nothing there settles actions."""
    lines = []
    for difference in differences:
        if not difference.path:
            continue
        a, b = difference.reference, difference.target
        numbers = isinstance(a, _NUMBERS) and isinstance(b, _NUMBERS) and np.shape(a) == np.shape(b)
        how = 'dtype = "any"' if numbers else "ignore = true"
        reason = quoted_text(f"unreviewed: {difference.words}")
        lines.append(f"{quoted_text(difference.path)} = {{ {how}, because = {reason} }}")
    return lines
