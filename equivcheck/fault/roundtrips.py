"""What each side must do alone: the same twice, and go on from the states that it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from equivcheck.fault.case import Answer, Case, parting_words
from equivcheck.model.columns import columnise
from equivcheck.model.implied import states_of, with_tapes
from equivcheck.model.request import FULL
from equivcheck.model.script import Episode, Script
from equivcheck.model.trace import End, Run, Trace
from equivcheck.model.values import Value
from equivcheck.playback import play_fresh

_TIMES = 2
_TIMES_FLAKY = 8  # what does not follow from the script may not show in two
_STATES_MAX = 16  # of the episode, that are loaded again
_GOING_ON = 3  # Steps after each of them
_LAWS = ("reset is deterministic", "play equals step by step", "roll equals play of its own script")


def the_reference_answers_alike_twice(case: Case) -> str | None:
    """The same script on a fresh instance gives the same Steps."""
    return None if case.pair.reference.backend.greeting.scripts else _twice(case, "reference", case.shrunk[0])


def the_target_answers_alike_twice(case: Case) -> str | None:
    """The same script on a fresh instance gives the same Steps."""
    return _twice(case, "target", case.shrunk[1])


def _twice(case: Case, name: str, answer: Answer) -> str:
    for _ in range(_TIMES_FLAKY if case.counterexample.flaky else _TIMES - 1):
        parting = parting_words(answer.raw, answer.again())
        if parting is not None:
            return f"the {name} plays the same script otherwise a second time, at step {parting[0]}: {parting[1]}"
    return ""


def the_reference_shows_what_it_loads(case: Case) -> str | None:
    """A state that it showed, loaded again, is what it shows."""
    return _survives(case, "reference", whole=False)


def the_target_shows_what_it_loads(case: Case) -> str | None:
    """A state that it showed, loaded again, is what it shows."""
    return _survives(case, "target", whole=False)


def the_reference_goes_on_from_what_it_loads(case: Case) -> str | None:
    """From a state that it showed, it goes on as it did."""
    return _survives(case, "reference", whole=True)


def the_target_goes_on_from_what_it_loads(case: Case) -> str | None:
    """From a state that it showed, it goes on as it did."""
    return _survives(case, "target", whole=True)


def the_reference_keeps_the_laws_of_adapters(case: Case) -> str | None:
    """It breaks no law on which a comparison relies."""
    return _broken(case, "reference", case.pair.reference.address)


def the_target_keeps_the_laws_of_adapters(case: Case) -> str | None:
    """It breaks no law on which a comparison relies."""
    return _broken(case, "target", case.pair.target.address)


def _broken(case: Case, name: str, address: str) -> str:
    own = [words.removeprefix(f"{address}: ") for words in case.pair.broken if words.startswith(f"{address}: ")]
    return next((f"the {name} breaks a law: {words}" for words in own if words.startswith(_LAWS)), "")


def _survives(case: Case, name: str, *, whole: bool) -> str | None:
    words = [reloaded(case, answers[name == "target"], whole=whole) for answers in dict.fromkeys((case.shrunk, case.whole))]
    if words[0] is None:
        return None
    return next((f"the {name} {found}" for found in words if found), "")


def reloaded(case: Case, answer: Answer, *, whole: bool) -> str | None:
    """Return how states of the last episode, loaded into their own side, are shown otherwise; with `whole`, how it goes on otherwise.

    None where nothing is loaded, or nothing can be; or, with `whole`, where what follows depends on draws that cannot be given.
    """
    states = states_of(answer.raw) if case.loads and "load" in answer.backend.greeting.capabilities else None
    if not states or answer.backend.greeting.scripts or not answer.raw.runs:
        return None
    tape = "tape" in answer.backend.greeting.capabilities
    if whole and case.taped and not tape:
        return None
    scripts = (with_tapes(answer.raw_scripts, answer.raw) or answer.raw_scripts) if case.taped and tape else answer.raw_scripts
    *before, last = scripts[0].episodes[: answer.raw.runs[-1].episode + 1]
    run, ended = answer.raw.runs[-1], answer.raw.ended()
    places = _some([place for place in range(run.count) if not ended[run.first + place]])
    if whole and case.pair.mode.draws == "seeded":
        places = places[:1]  # later on the generator is elsewhere, which a state need not show
    count = _GOING_ON if whole else 0
    begun = [Script((*before, _from(last, place, states[run.first + place], count))) for place in places]
    answers = play_fresh(answer.backend, begun, FULL)
    for index, place in enumerate(places):
        rows = min(run.count - place, count + 1)
        ends = [replace(end, script=0, episode=0, step_index=rows) for end in answer.raw.ends if end.step_index < place + count + 1]
        expected = _part(answer.raw, run.first + place, rows, tuple(ends))
        parting = parting_words(expected, _last(answers, index, len(before)), case.noise)
        if parting is not None and whole == bool(parting[0]):
            how = "goes on otherwise from" if whole else "shows another state than the one it was given, loading"
            return f"{how} the state that it showed at step {place}: {parting[1]}"
    return ""


def _some(places: Sequence[int]) -> list[int]:
    """Return some of many places, the first and the last ones among them."""
    half = _STATES_MAX // 2
    if len(places) <= _STATES_MAX:
        return list(places)
    return [*places[: -half : len(places) // half + 1], *places[-half:]]


def _from(episode: Episode, place: int, state: Value, count: int) -> Episode:
    """Return the episode from a state that it showed, with `count` of the actions after it."""
    draws = None if episode.draws is None else ([], *episode.draws[place + 1 : place + 1 + count])
    return replace(episode, start=state, actions=episode.actions[place : place + count], draws=draws)


def _part(trace: Trace, first: int, count: int, ends: tuple[End, ...] = ()) -> Trace:
    """Return rows of a Trace as an episode of their own; of the first, which may have been loaded, the state alone."""
    rows = [trace.step(row) for row in range(first, first + count)]
    rows = [{"state": rows[0].get("state")}, *rows[1:]] if rows else []
    script = Script((Episode(0, (0,) * max(count - 1, 0)),))
    return Trace((script,), (Run(0, 0, 0, count),) if rows else (), columnise(rows) if rows else {}, ends)


def _last(answers: Trace, script: int, episode: int) -> Trace:
    run = answers.run_of(script, episode)
    ends = tuple(replace(end, script=0, episode=0) for end in answers.ends if end.script == script)
    return _part(answers, run.first, run.count, ends) if run is not None else _part(answers, 0, 0, ends)
