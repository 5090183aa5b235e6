"""The search for a smaller script: what is best so far, what was tried, and two ways to try frugally."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from math import isqrt
from typing import TypeAlias, TypeVar

from equivcheck.model.script import Script
from equivcheck.model.values import MISSING, Missing, Value
from equivcheck.shrinking.sizes import digest_of, is_smaller


@dataclass(frozen=True, slots=True)
class Witness:
    """A script that shows the divergence, as the predicate played it.

    `script` is legal and ends at the divergence. `starts[k]` is the reference's state before action k of the last
    episode, and one more is the state at the divergence, where the reference showed one; None where a side cannot load.
    """

    script: Script
    starts: tuple[Value, ...] | None = None


Predicate: TypeAlias = Callable[[Sequence[Script]], Sequence[Witness | None]]
"""Plays a batch of candidates; answers each with a Witness of the same divergence, or None."""


class Spent(Exception):
    """Raised inside a pass whose replays or time are used up; never leaves this package."""


class Search:
    """What the passes share: the best witness so far, the budget, and a memory that plays no script twice."""

    def __init__(
        self,
        witness: Witness,
        predicate: Predicate,
        *,
        replays_max: int,
        expired: Callable[[], bool],
        found: Callable[[Witness, int], None],
        batch: int = 1,
        default_start: Value | Missing = MISSING,
    ) -> None:
        self.best = witness
        self.default_start = default_start
        self.replays = 0
        self._predicate = predicate
        self._replays_max = self._allowed = replays_max
        self._expired = expired
        self._found = found
        self._batch = batch
        self._played: dict[bytes, Witness | None] = {digest_of(witness.script): witness}

    @property
    def script(self) -> Script:
        """The script of the best witness so far."""
        return self.best.script

    @property
    def is_spent(self) -> bool:
        """Whether the whole budget is used up."""
        return self.replays >= self._replays_max or self._expired()

    def run(self, shrink_pass: Pass) -> bool:
        """Run one pass on at most half of the replays left, so that others get their turn; False where that cut it."""
        self._allowed = self.replays + (self._replays_max - self.replays + 1) // 2
        try:
            shrink_pass(self)
        except Spent:
            return False
        return True

    def accepts(self, candidate: Script, ahead: Iterable[Script] = ()) -> bool:
        """Return whether `candidate` is smaller and shows the divergence still; it is the best then.

        `ahead` are the candidates that come next if it does not: a batch is filled with them. Raises: Spent.
        """
        if not is_smaller(candidate, self.script, self.default_start):
            return False
        witness = self.play(candidate, (script for script in ahead if is_smaller(script, self.script, self.default_start)))
        if witness is None or not is_smaller(witness.script, self.script, self.default_start):
            return False
        self.best = witness
        self._played[digest_of(witness.script)] = witness
        self._found(witness, self.replays)
        return True

    def play(self, candidate: Script, ahead: Iterable[Script] = ()) -> Witness | None:
        """Return the predicate's answer, remembered or new. Raises: Spent."""
        key = digest_of(candidate)
        if key not in self._played:
            fresh = {key: candidate}
            for script in islice(ahead, self._batch - 1):
                fresh.setdefault(digest_of(script), script)
            self._submit({key: script for key, script in fresh.items() if key not in self._played})
        return self._played[key]

    def _submit(self, fresh: dict[bytes, Script]) -> None:
        left = self._allowed - self.replays
        if left <= 0 or self._expired():
            raise Spent
        batch = dict(islice(fresh.items(), left))
        self.replays += len(batch)
        self._played.update(zip(batch, self._predicate(list(batch.values())), strict=True))


Pass: TypeAlias = Callable[[Search], None]
Place = TypeVar("Place")


def gallop(left: Callable[[], int], drop: Callable[[int], bool], guess: int) -> int:
    """Drop units until not one more will go, and return how many went.

    `left()` units can go at most, `drop(n)` tries n more. Steps double from `guess` until one fails, then bisect:
    a run of n units costs about 2 |log2(n / guess)| + log2(guess) tries, one where nothing goes and `guess` is 1.
    """
    fails, step, dropped, bisecting = left() + 1, guess, 0, False
    while fails > 1:
        step = max(1, min(step, fails - 1))
        if drop(step):
            dropped += step
            fails = min(fails - step, left() + 1)
            step = fails // 2 if bisecting else 2 * step
        else:
            bisecting, fails, step = True, step, step // 2
    return dropped


def clear(search: Search, places: Callable[[Script], Sequence[Place]], change: Callable[[Script, Sequence[Place]], Script]) -> None:
    """Change a script at as many places as the divergence allows; a changed place is a place no more.

    The longest run that can change is sought from each place in turn. The guess at its length is the geometric mean
    of the guess before and what came of it, so that k stuck places among n cost about k log2(n / k) replays where
    they lie scattered, and one each where they lie together.
    """
    listed, listed_for, stuck = places(search.script), search.best, 0
    guess = len(listed)

    def todo() -> Sequence[Place]:
        nonlocal listed, listed_for
        if search.best is not listed_for:
            listed, listed_for = places(search.script), search.best
        return listed

    def drop(count: int) -> bool:
        script, at = search.script, todo()
        singly = range(stuck + 1, len(at)) if guess <= 1 else ()
        ahead = (change(script, at[place : place + 1]) for place in singly)
        return search.accepts(change(script, at[stuck : stuck + count]), ahead)

    def left() -> int:
        return len(todo()) - stuck

    while left() > 0:
        guess = isqrt(guess * (gallop(left, drop, guess) + 1))
        stuck += 1
