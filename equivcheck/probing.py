"""Which mode a pair allows, where its Spec names none; and what two sides disagree on before anything is played."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from equivcheck.comparison import compare
from equivcheck.errors import EquivcheckError
from equivcheck.generation import make_roll
from equivcheck.localisation import first_evidence
from equivcheck.model.divergence import Difference, Divergence
from equivcheck.model.paths import field_of
from equivcheck.model.positions import quoted_text
from equivcheck.model.request import FULL
from equivcheck.model.script import Episode, Script
from equivcheck.model.spec import PRESETS, Mode, Spec
from equivcheck.model.trace import Trace
from equivcheck.model.verdict import Counterexample
from equivcheck.pair import Pair, Side
from equivcheck.playback import play_fresh, roll_fresh, scripts_taken, start_from, states_of

_SEEDS = (0, 1, 2)
_STEPS = 20
_NUMBERS = (bool, int, float, np.ndarray)
_FORMS = ("missing", "kind", "dtype", "shape")
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

    seeded: both sides begin alike from the same seed. From the reference's start: the target can load it, and then shows the
    same; `seeded` where chance still plays after the start and yet both agree, `injected` where no chance does; `teacher` where
    chance plays, but is in the state that is loaded.
    """
    first = [Script((Episode(seed),)) for seed in _SEEDS]
    opened = play_fresh(reference.backend, first, FULL)
    if not _parts(opened, play_fresh(target.backend, first, FULL), spec):
        return PRESETS["seeded"], ()
    states = states_of(opened)
    if states is None:
        return None, (
            "the two sides begin differently from the same seed: give the reference a `state` and the target a `load`, or seed both alike",
        )
    if "load" not in target.backend.greeting.capabilities:
        return None, ("the two sides begin differently from the same seed, and the target has no `load`: give it one, or seed both alike",)
    left = ("how each side resets itself is not checked: the target starts from the reference's state",)
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


def _agree_in(mode: Mode, reference: Side, target: Side, spec: Spec) -> bool:
    space = reference.backend.greeting.actions
    if space is None:
        return False
    pair = Pair("probe", reference, target, spec, mode)
    rolls = [make_roll("uniform", space, tuple(Episode(seed) for seed in _SEEDS), _STEPS)]
    divergences = pair.roll(rolls).comparison.divergences
    return all(divergence.leading.kind in ("crash", "refusal") for divergence in divergences)


def find_setup(pair: Pair) -> Counterexample | None:
    """Return one finding for all names, kinds, dtypes and shapes on which the sides disagree at Step 0; None for none.

    It is about the contract, not about behaviour, so values do not matter and nothing is shrunk.
    """
    try:
        played = pair.play([Script((Episode(_SEEDS[0]),))])
    except EquivcheckError:
        return None
    divergence = next(iter(played.comparison.divergences), None)
    if divergence is None or divergence.step_index:
        return None
    forms = tuple(difference for difference in divergence.differences if difference.kind in _FORMS)
    if not forms:
        return None
    shown = [{field_of(path) for path in trace.columns if path} for trace in (played.reference, played.target)]
    setup: dict[str, Difference] = {}
    for difference in forms:
        name = field_of(difference.path)
        path = difference.path if all(name in fields for fields in shown) else name  # a field that one side lacks, leaves and all
        setup.setdefault(path, replace(difference, path=path, kind="setup"))
    raw = first_evidence(pair.name, played, divergence)
    return replace(raw, divergence=Divergence(0, 0, 0, tuple(setup.values())), recurrence=(1, 1))


def lines_to_paste(differences: tuple[Difference, ...]) -> list[str]:
    """Return rows for `[pair.NAME.fields]` that would settle a setup finding, marked unreviewed."""
    lines = []
    for difference in differences:
        a, b = difference.reference, difference.target
        numbers = isinstance(a, _NUMBERS) and isinstance(b, _NUMBERS) and np.shape(a) == np.shape(b)
        how = 'dtype = "any"' if numbers else "ignore = true"
        reason = quoted_text(f"unreviewed: {difference.words}")
        lines.append(f"{quoted_text(difference.path)} = {{ {how}, because = {reason} }}")
    return lines
