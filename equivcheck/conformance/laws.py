"""The laws of an adapter, as sentences: a function and a row of LAWS each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from equivcheck.backends.interface import Backend
from equivcheck.comparison import compare
from equivcheck.conformance.declarations import complain_of_fields
from equivcheck.generation import make_roll
from equivcheck.model.implied import start_from, states_of, with_tapes
from equivcheck.model.paths import Pattern
from equivcheck.model.phrases import counted
from equivcheck.model.request import FULL
from equivcheck.model.script import Episode, Script
from equivcheck.model.space import Box, DictSpace, Discrete, Space
from equivcheck.model.spec import FieldRule, Spec
from equivcheck.model.trace import Trace
from equivcheck.model.values import Value, flatten, same_value
from equivcheck.playback import play_fresh, play_stepwise
from equivcheck.protocol.sampling import SplitMix64, draw, draw_for_agents
from equivcheck.reports.words import leaf_text

STEPS_MAX = 40
_SAME = Spec(fields=(FieldRule(Pattern("**"), nan="equal", because="one program against itself"),))


@dataclass(frozen=True, slots=True)
class Subject:
    """A side under examination, and what it answered when it was rolled: a few short episodes."""

    backend: Backend
    rolled: Trace
    space: Space

    @property
    def scripts(self) -> tuple[Script, ...]:
        """The scripts that the side chose for itself."""
        return self.rolled.scripts


class NotApplicable(Exception):
    """Raised by a law that a side gives no ground for."""


Law = Callable[[Subject], str]


def _differ(expected: Trace, actual: Trace, *, taped: bool = False) -> str:
    """Return how two Traces that should be equal, or are but for the draws of Step 0, first part; empty where they are."""
    found = compare(expected, actual, _SAME, taped=taped).divergences
    if not found:
        return ""
    first = found[0]
    leading = first.leading
    where = f"episode {first.episode}, step {first.step_index}, {leading.path or 'the answer'}"
    words = f" ({leading.words})" if leading.words else ""
    return f"{where}: {leaf_text(leading.reference)} and then {leaf_text(leading.target)}{words}"


def reset_is_deterministic(subject: Subject) -> str:
    """The same script on a fresh instance gives the same Steps."""
    first = play_fresh(subject.backend, subject.scripts, FULL)
    return _differ(first, play_fresh(subject.backend, subject.scripts, FULL))


def steps_have_what_hello_promised(subject: Subject) -> str:
    """Every declared field is there, with the declared kind, dtype and shape, and nothing undeclared is."""
    declared = subject.backend.greeting.fields
    if not declared:
        raise NotApplicable("it declares no fields")
    return complain_of_fields(subject.rolled, declared)


def play_equals_step_by_step(subject: Subject) -> str:
    """Playing a whole script answers as its single steps do."""
    script = subject.scripts[0]
    return _differ(play_fresh(subject.backend, [script], FULL), play_stepwise(subject.backend, script, FULL))


def roll_equals_play_of_its_own_script(subject: Subject) -> str:
    """What `roll` answered is what `play` answers to the script it took."""
    return _differ(subject.rolled, play_fresh(subject.backend, subject.scripts, FULL))


def roll_draws_as_the_protocol_says(subject: Subject) -> str:
    """The actions are those that SplitMix64 chooses from the legal ones."""
    roll = make_roll("uniform", subject.space, tuple(replace(e, actions=()) for e in subject.scripts[0].episodes), STEPS_MAX)
    for run in subject.rolled.runs:
        rng = SplitMix64(roll.choosers[run.episode])
        for index, action in enumerate(subject.scripts[0].episodes[run.episode].actions):
            legal = subject.rolled.step(run.first + index, ("legal",)).get("legal")
            wanted = _draw(rng, subject, legal)
            if not same_value(wanted, action):
                return f"episode {run.episode}, action {index}: took {action!r} where {wanted!r} is drawn"
    return ""


def _draw(rng: SplitMix64, subject: Subject, legal: Value) -> Value:
    if subject.backend.greeting.agents and isinstance(subject.space, DictSpace):
        return draw_for_agents(rng, subject.space, legal)
    return draw(rng, subject.space, legal)


def lanes_do_not_touch_each_other(subject: Subject) -> str:
    """A script on one lane answers the same beside others."""
    alone = play_fresh(subject.backend, [subject.scripts[0]], FULL)
    other = Script(tuple(replace(episode, seed=episode.seed ^ 3) for episode in subject.scripts[0].episodes))
    subject.backend.discard([0, 1])
    beside = subject.backend.play([0, 1], [other, subject.scripts[0]], FULL).select(1)
    return _differ(alone, beside)


def a_refused_action_changes_nothing(subject: Subject) -> str:
    """An action outside the space is refused, and the episode goes on as if it had not been asked for."""
    wrong = _impossible_action(subject.space)
    episode = max(subject.scripts[0].episodes, key=lambda one: len(one.actions))
    if not episode.actions:
        raise NotApplicable("no episode took an action")
    half = len(episode.actions) // 2
    backend = subject.backend
    backend.discard([0])
    backend.reset([0], [replace(episode, actions=())], FULL)
    answers = [backend.step([0], [action], FULL) for action in episode.actions[:half]]
    refused = backend.step([0], [wrong], FULL)
    if not refused.ends or refused.ends[0].kind != "refused":
        how = f"it {refused.ends[0].kind}: {refused.ends[0].words}" if refused.ends else "it was taken"
        return f"the action {wrong!r} is outside the space, and {how}"
    answers += [backend.step([0], [action], FULL) for action in episode.actions[half:]]
    plain = play_fresh(backend, [Script((episode,))], FULL)
    for index, answer in enumerate(answers):
        if answer.ends:
            return f"step {index + 1} after the refusal: {answer.ends[0].words}"
        if compare(_row(plain, index + 1), _row(answer, 0), _SAME).divergences:
            return f"step {index + 1} differs from the same step without the refusal"
    return ""


def _impossible_action(space: Space) -> Value:
    if isinstance(space, Discrete):
        return space.start + space.n
    if isinstance(space, Box):
        return np.zeros((*space.shape, 2), space.dtype)
    return "no such action"


def _row(trace: Trace, row: int) -> Trace:
    columns = {path: column.take(slice(row, row + 1)) for path, column in trace.columns.items()}
    return replace(
        trace, scripts=trace.scripts[:1], runs=(replace(trace.runs[0], script=0, episode=0, first=0, count=1),), columns=columns, ends=()
    )


def a_step_after_the_end_is_refused(subject: Subject) -> str:
    """No Step follows the end of an episode."""
    ended = subject.rolled.ended()
    run = next((run for run in subject.rolled.runs if ended[run.first + run.count - 1] and run.count > 1), None)
    if run is None:
        raise NotApplicable(f"no episode ended within {STEPS_MAX} steps")
    episode = subject.scripts[run.script].episodes[run.episode]
    play_fresh(subject.backend, [Script((episode,))], FULL)
    again = subject.backend.step([0], [episode.actions[-1]], FULL)
    return "" if again.ends and again.ends[0].kind == "refused" else "a Step was given after the episode had ended"


def a_loaded_state_is_shown_again(subject: Subject) -> str:
    """load(state), and then the state shown, is the identity."""
    states = _states_to_load(subject)
    first = [run.first + run.count // 2 for run in subject.rolled.runs]
    scripts = [Script((replace(subject.scripts[run.script].episodes[run.episode], actions=()),)) for run in subject.rolled.runs]
    loaded = play_fresh(subject.backend, [script.with_last(start=states[row]) for script, row in zip(scripts, first, strict=True)], FULL)
    if loaded.ends:
        return f"a state that it showed is {loaded.ends[0].kind}: {loaded.ends[0].words}"
    for index, row in enumerate(first):
        shown, wanted = loaded.select(index), _row(subject.rolled, row)
        complaint = _differ(_only_state(wanted), _only_state(shown))
        if complaint:
            return complaint
    return ""


def _only_state(trace: Trace) -> Trace:
    columns = {path: column for path, column in trace.columns.items() if path.split(".")[0].split("[")[0] == "state"}
    return replace(trace, scripts=(Script((Episode(),)),), columns=columns)


def _states_to_load(subject: Subject) -> list[Value]:
    if "load" not in subject.backend.greeting.capabilities:
        raise NotApplicable("it has no load")
    states = states_of(subject.rolled)
    if states is None:
        raise NotApplicable("it shows no state on every Step")
    return states


def a_loaded_state_continues_the_same(subject: Subject) -> str:
    """The state, and a tape of what is drawn, hold all that later Steps depend on: an episode started from its Step 0 is the same."""
    states = _states_to_load(subject)
    if any(run.count != len(subject.scripts[run.script].episodes[run.episode].actions) + 1 for run in subject.rolled.runs):
        raise NotApplicable("an episode was not played whole")
    rolled, scripts = subject.rolled, list(subject.scripts)
    taped = "tape" in subject.backend.greeting.capabilities
    if taped:  # an empty tape: it draws by itself, and shows what
        empty = [Script(tuple(replace(episode, draws=()) for episode in script.episodes)) for script in scripts]
        rolled = play_fresh(subject.backend, empty, FULL)
        scripts = with_tapes(empty, rolled) or empty
    started = start_from(scripts, rolled, [states[run.first] for run in rolled.runs])
    other_seed = [Script(tuple(map(_otherwise_reset, script.episodes))) for script in started]
    return _differ(rolled, play_fresh(subject.backend, other_seed, FULL), taped=taped)


def _otherwise_reset(episode: Episode) -> Episode:
    """Return the episode from another seed, with nothing on the tape for its reset."""
    return replace(episode, seed=episode.seed ^ 1, draws=None if episode.draws is None else ([], *episode.draws[1:]))


def a_restored_snapshot_continues_the_same(subject: Subject) -> str:
    """What follows a restore is what followed the snapshot."""
    backend = subject.backend
    if "snapshot" not in backend.greeting.capabilities:
        raise NotApplicable("it has no snapshot")
    episode = max(subject.scripts[0].episodes, key=lambda one: len(one.actions))
    half = len(episode.actions) // 2
    backend.discard([0])
    backend.reset([0], [replace(episode, actions=())], FULL)
    for action in episode.actions[:half]:
        backend.step([0], [action], FULL)
    tokens = backend.snapshot([0])
    before = [backend.step([0], [action], FULL) for action in episode.actions[half:]]
    backend.restore([0], tokens)
    after = [backend.step([0], [action], FULL) for action in episode.actions[half:]]
    for index, (first, second) in enumerate(zip(before, after, strict=True)):
        if complaint := _differ(first, second):
            return f"{counted(index + 1, 'step')} after the restore: {complaint}"
    return ""


def legal_is_never_empty_before_the_end(subject: Subject) -> str:
    """While an episode goes on there is an action to take."""
    if not any(path.split(".")[0].split("[")[0] == "legal" for path in subject.rolled.columns):
        raise NotApplicable("it states no legal actions")
    ended = subject.rolled.ended()
    for run in subject.rolled.runs:
        for row in range(run.first, run.first + run.count):
            legal = subject.rolled.step(row, ("legal",)).get("legal")
            if not ended[row] and not any(np.any(mask) for mask in flatten(legal).values()):
                return f"episode {run.episode}, step {row - run.first}: nothing is legal and the episode goes on"
    return ""


def every_seed_and_legal_action_is_answered(subject: Subject) -> str:
    """Small seeds, seeds of 64 bits, and whatever is legal give a Step, not a failure."""
    failed = next((end for end in subject.rolled.ends if end.kind != "refused"), None) or next(iter(subject.rolled.ends), None)
    if failed is None:
        return ""
    seed = subject.scripts[failed.script].episodes[failed.episode].seed
    return f"seed {seed}, step {failed.step_index}: it {failed.kind}: {failed.words}"


# (the law, whether `check` tries it first)
LAWS: Mapping[str, tuple[Law, bool]] = {
    law.__name__: (law, quick)
    for law, quick in (
        (every_seed_and_legal_action_is_answered, True),
        (reset_is_deterministic, True),
        (steps_have_what_hello_promised, True),
        (play_equals_step_by_step, True),
        (roll_equals_play_of_its_own_script, True),
        (roll_draws_as_the_protocol_says, False),
        (lanes_do_not_touch_each_other, False),
        (a_refused_action_changes_nothing, False),
        (a_step_after_the_end_is_refused, False),
        (a_loaded_state_is_shown_again, True),
        (a_loaded_state_continues_the_same, False),
        (a_restored_snapshot_continues_the_same, False),
        (legal_is_never_empty_before_the_end, False),
    )
}
