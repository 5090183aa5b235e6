"""From a divergence to its smallest script: what is reported at once, and what is left after shrinking."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from equivcheck.comparison import Comparison
from equivcheck.model.divergence import Difference, Divergence, cluster_of
from equivcheck.model.implied import states_of
from equivcheck.model.paths import extend_path
from equivcheck.model.request import FULL
from equivcheck.model.script import Episode, Script
from equivcheck.model.space import Discrete
from equivcheck.model.trace import Trace
from equivcheck.model.values import MISSING, Missing, Value, same_value
from equivcheck.model.verdict import Counterexample, Shrink
from equivcheck.pair import Budget, Pair, Played
from equivcheck.playback import play_fresh
from equivcheck.shrinking import Predicate, Shrunk, Witness, shrink
from equivcheck.shrinking.trees import text_of

RECHECKS = 5  # fresh backends that a divergence which did not recur is tried on
_REPLAYS = 3  # times that what was shrunk must show on the backends at hand, so that chance does not pass for a cause
_PARTS_MAX = 6  # of a state, in one sentence
_NOISE_FACTOR = 0.01  # a candidate keeps at least this share of the distance first found

Found = Callable[[Pair, Counterexample], None]


def first_evidence(name: str, played: Played, divergence: Divergence) -> Counterexample:
    """Return the divergence as found: its script cut at the divergence, and the Steps around it."""
    script = played.reference.scripts[divergence.script]
    cut = Script(script.episodes[: divergence.episode + 1])
    last = cut.episodes[-1]
    cut = cut.with_last(actions=last.actions[: divergence.step_index])
    sides = (played.reference, played.target)
    after = tuple(_step_at(trace, divergence, 0) for trace in sides)
    before = tuple(_step_at(trace, divergence, -1) for trace in sides) if divergence.step_index else None
    return Counterexample(
        name=name,
        script=cut,
        divergence=divergence,
        before=before,
        after=after,
        distilled_from=(divergence.episode, divergence.step_index),
        found_in=script,
    )


def _step_at(trace: Trace, divergence: Divergence, offset: int) -> Value:
    run = trace.run_of(divergence.script, divergence.episode)
    index = divergence.step_index + offset
    return trace.step(run.first + index) if run is not None and 0 <= index < run.count else None


def distil(pair: Pair, raw: Counterexample, budget: Budget, found: Found) -> Counterexample:
    """Shrink a counterexample and try it again on fresh backends; `found` is told of every smaller one.

    A divergence that does not recur comes back as it was found, with its recurrence rate.
    """
    began = budget.clock()
    wanted = raw.divergence
    whole = False  # an answer that is changed after it was given shows before the action that changes it: then nothing is cut

    def predicate(scripts: Sequence[Script]) -> list[Witness | None]:
        played = pair.play(scripts, legally=True, deaths=1)
        return [_witness(pair, played, index, wanted, whole) for index in range(len(scripts))]

    start = predicate([raw.script])[0]
    if start is None and raw.found_in is not None:
        whole = True
        start = predicate([raw.found_in])[0]
        raw = raw if start is None else replace(raw, script=raw.found_in)
    if start is None or predicate([raw.script])[0] is None:
        return _retry(pair, raw, wanted.leading)

    def better(witness: Witness, replays: int) -> None:
        found(pair, _resized(raw, witness.script, replays, budget.clock() - began, ()))

    plan, alternatives, plain = pair.spec.shrink, _alternatives(pair), _plain_start(pair) if start.starts else MISSING
    shrunk = shrink(
        start,
        predicate,
        replays_max=plan.replays_max,
        expired=lambda: budget.clock() - began > plan.seconds_max,
        found=better,
        batch=_batch(pair, wanted.leading),
        default_start=plain,
        alternatives=alternatives,
    )
    start = shrunk.witness
    last = start.script.episodes[-1].actions[-1:]
    alike = tuple(map(text_of, (*last, *shrunk.alike))) if alternatives is not None else ()
    start = _pinned(start, predicate)
    small = _resized(raw, start.script, shrunk.replays, budget.clock() - began, _shrink_notes(pair, shrunk))
    if all(predicate([small.script])[0] is not None for _ in range(_REPLAYS)):
        again, shown = try_again(pair, small, wanted.leading)
        if shown:
            return replace(again, recurrence=(1, 1), alike=alike, depends=_not_on(raw, start.script, plain))
    return _retry(pair, raw, wanted.leading)


def _pinned(witness: Witness, predicate: Predicate) -> Witness:
    """Return the witness with its last episode begun from a state: a seed alone does not outlive the generator."""
    if not witness.starts or witness.script.episodes[-1].start is not MISSING:
        return witness
    pinned = predicate([witness.script.with_last(start=witness.starts[0])])[0]
    return witness if pinned is None or pinned.script.action_count > witness.script.action_count else pinned


def _shrink_notes(pair: Pair, shrunk: Shrunk) -> tuple[str, ...]:
    notes = list(shrunk.notes)
    if not pair.can_jump:
        notes.append("no jump: a side cannot load a state, so every replay began at a reset")
    if shrunk.exhausted:
        notes.append("the shrinking budget was used up: a smaller one may exist")
    return tuple(notes)


def _not_on(raw: Counterexample, script: Script, plain: Value | Missing) -> tuple[str, ...]:
    """Return, as a sentence, which parts of the start state may be as a plain reset leaves them, and were not when it was found."""
    now = script.episodes[-1].start
    before = None if raw.before is None else raw.before[0]
    if now is MISSING or plain is MISSING or not isinstance(before, dict) or "state" not in before:
        return ()
    parts = list(_settled(plain, before["state"], now, "state"))
    return (f"not on {', '.join(parts[:_PARTS_MAX])}{f' and {len(parts) - _PARTS_MAX} more' * (len(parts) > _PARTS_MAX)}",) if parts else ()


def _settled(plain: Value | Missing, before: Value | Missing, now: Value | Missing, path: str) -> Iterator[str]:
    """Yield the largest parts of a state that are plain now and were not before."""
    if same_value(plain, now):
        if not same_value(plain, before):
            yield path
    elif isinstance(plain, dict) and isinstance(now, dict) and isinstance(before, dict):
        for key in now:
            yield from _settled(plain.get(key, MISSING), before.get(key, MISSING), now[key], extend_path(path, key))
    elif isinstance(plain, list) and isinstance(now, list) and isinstance(before, list) and len(plain) == len(now) == len(before):
        for index, parts in enumerate(zip(plain, before, now, strict=True)):
            yield from _settled(*parts, extend_path(path, index))


def _batch(pair: Pair, wanted: Difference) -> int:
    """Return how many candidates are played at once: of those that kill a process one, so that the time allowed is kept."""
    lanes = min(side.backend.greeting.lanes for side in (pair.reference, pair.target))
    return 1 if wanted.kind == "crash" else max(1, lanes)


def _resized(raw: Counterexample, script: Script, replays: int, seconds: float, notes: tuple[str, ...]) -> Counterexample:
    counts = Shrink(raw.script.action_count, script.action_count, replays, seconds, notes, len(raw.script.episodes), len(script.episodes))
    return replace(raw, script=script, shrink=counts)


def _plain_start(pair: Pair) -> Value | Missing:
    """Return the reference's state after a plain reset, which start states are shrunk toward."""
    states = states_of(play_fresh(pair.reference.backend, [Script((Episode(),))], FULL))
    return states[0] if states else MISSING


def last_action(pair: Pair, played: Played, divergence: Divergence) -> str:
    """Return the action that a divergence follows, "" where there are many: after different ones there may be different causes."""
    actions = played.reference.scripts[divergence.script].episodes[divergence.episode].actions
    if not divergence.step_index or pair.mode.resync == "each_step" or _alternatives(pair) is None:
        return ""
    return text_of(actions[divergence.step_index - 1]) if divergence.step_index <= len(actions) else ""


def _alternatives(pair: Pair) -> Callable[[Value], Sequence[Value]] | None:
    space = pair.reference.backend.greeting.actions
    if not isinstance(space, Discrete) or space.n > 32:
        return None
    return lambda action: [value for value in range(space.start, space.start + space.n) if value != action]


def _witness(pair: Pair, played: Played, index: int, wanted: Divergence, whole: bool) -> Witness | None:
    """Return how script `index` shows the wanted divergence, cut there unless `whole`; None where it does not."""
    divergence = same_divergence(played.comparison, index, wanted.leading)
    if divergence is None or divergence.cluster != wanted.cluster:
        return None
    if whole:
        return Witness(played.reference.scripts[index])
    raw = first_evidence("", played, divergence)
    if not pair.can_jump:
        return Witness(raw.script)
    run = played.reference.run_of(index, divergence.episode)
    if run is None:
        return Witness(raw.script)
    own = played.reference.select(index)
    states = states_of(own)
    if states is None:
        return Witness(raw.script)
    first = next(r.first for r in own.runs if r.episode == divergence.episode)
    return Witness(raw.script, tuple(states[first : first + min(divergence.step_index + 1, run.count)]))


def same_divergence(comparison: Comparison, script: int, wanted: Difference) -> Divergence | None:
    """Return the first divergence of a script that is the wanted one: same path pattern and kind, well above noise."""
    for divergence in comparison.divergences:
        if divergence.script != script:
            continue
        same = [difference for difference in divergence.differences if _is_same(difference, wanted)]
        if same:
            rest = tuple(difference for difference in divergence.differences if difference is not same[0])
            return replace(divergence, differences=(same[0], *rest))
    return None


def _is_same(difference: Difference, wanted: Difference) -> bool:
    if cluster_of(difference) != cluster_of(wanted):
        return False
    if wanted.distance is None or difference.distance is None:
        return True
    loud = wanted.distance > 2 * wanted.allowed
    return difference.distance >= _NOISE_FACTOR * wanted.distance and (not loud or difference.distance > 2 * difference.allowed)


def _retry(pair: Pair, raw: Counterexample, wanted: Difference) -> Counterexample:
    """Play what did not recur, or only its smaller form, as it was found on fresh backends, for its rate."""
    tries = [try_again(pair, raw, wanted) for _ in range(RECHECKS)]
    times = sum(shown for _, shown in tries)
    if times == RECHECKS:  # it leaned on the past of its process, or only its smaller form did
        return replace(tries[-1][0], recurrence=(times, times))
    return replace(raw, recurrence=(times, RECHECKS))


def try_again(pair: Pair, counterexample: Counterexample, wanted: Difference) -> tuple[Counterexample, bool]:
    """Play a counterexample on a fresh pair of backends; return it with the evidence seen there, and whether it recurred.

    Raises: AdapterError where a side cannot be opened.
    """
    fresh = pair.fresh()
    try:
        played = fresh.play([counterexample.script])
    finally:
        fresh.close()
    divergence = same_divergence(played.comparison, 0, wanted)
    if divergence is None:
        return counterexample, False
    seen = first_evidence(counterexample.name, played, divergence)
    return replace(counterexample, divergence=divergence, before=seen.before, after=seen.after), True
