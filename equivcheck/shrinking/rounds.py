"""The rounds of shrinking: all passes in order, until none of them changes anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from equivcheck.model.values import MISSING, Missing, Value
from equivcheck.shrinking.passes import PASSES
from equivcheck.shrinking.search import Pass, Predicate, Search, Witness
from equivcheck.shrinking.trees import text_of


@dataclass(frozen=True, slots=True)
class Shrunk:
    """The smallest witness found.

    `replays` is the number of candidates played. `exhausted` says that the budget ended first, so that the witness may
    not be minimal. `notes` are sentences about what the divergence does not depend on; `alike` are the other last actions
    that show it as well.
    """

    witness: Witness
    replays: int
    exhausted: bool
    notes: tuple[str, ...] = ()
    alike: tuple[Value, ...] = ()


def shrink(
    witness: Witness,
    predicate: Predicate,
    *,
    replays_max: int,
    expired: Callable[[], bool],
    found: Callable[[Witness, int], None],
    batch: int = 1,
    passes: Sequence[Pass] = PASSES,
    default_start: Value | Missing = MISSING,
    alternatives: Callable[[Value], Sequence[Value]] | None = None,
) -> Shrunk:
    """Return the smallest witness of the divergence that the passes reach.

    Every witness it returns came from `predicate`, each smaller than the one before; `found` is told of each at once,
    with the replays so far. `expired` says when the time is over; `batch` is how many candidates are played at once
    at little cost; `default_start` is the state of a plain reset; `alternatives` gives the other legal values of the
    last action, if they are few enough to try them all.
    """
    search = Search(
        witness,
        predicate,
        replays_max=replays_max,
        expired=expired,
        found=found,
        batch=batch,
        default_start=default_start,
    )
    exhausted = not _reach_rest(search, passes)
    notes: list[str] = []
    alike: list[Value] = []
    if alternatives is not None:
        search.run(lambda search: notes.extend(_notes_on_last_action(search, alternatives, alike)))
    return Shrunk(search.best, search.replays, exhausted, tuple(notes), tuple(alike))


def _reach_rest(search: Search, passes: Sequence[Pass]) -> bool:
    """Repeat the passes until a whole round changes nothing; False where the budget ended first."""
    while True:
        before = search.best
        completed = [search.run(shrink_pass) for shrink_pass in passes]
        if search.best is before and all(completed):
            return True
        if search.is_spent:
            return False


def _notes_on_last_action(search: Search, alternatives: Callable[[Value], Sequence[Value]], alike: list[Value]) -> list[str]:
    """Return what the other last actions show; `alike` takes those that show the same."""
    actions = search.script.episodes[-1].actions
    others = [other for other in alternatives(actions[-1]) if text_of(other) != text_of(actions[-1])] if actions else []
    if not others:
        return []
    tries = [search.script.with_last(actions=(*actions[:-1], other)) for other in others]
    alike += [
        other
        for index, other in enumerate(others)
        if (witness := search.play(tries[index], tries[index + 1 :])) is not None
        and text_of(list(witness.script.episodes[-1].actions)) == text_of([*actions[:-1], other])
    ]
    same = [text_of(other) for other in alike]
    if not same:
        return [f"no other last action than {text_of(actions[-1])} shows it"]
    if len(same) == len(others) > 1:
        return ["the same for every other last action"]
    return [f"the same for {'action' if len(same) == 1 else 'actions'} {', '.join(same)}"]
