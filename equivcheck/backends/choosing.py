"""Uniform choices of a roll, as docs/protocol.md says; drawn ahead where no mask can change them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from equivcheck.errors import AdapterError
from equivcheck.model.request import Greeting, Roll
from equivcheck.model.space import Choice, DictSpace, Discrete, Space
from equivcheck.model.values import Array, Value
from equivcheck.protocol.sampling import SplitMix64, draw, draw_for_agents, outputs

_AHEAD = 64  # actions drawn at once where no mask has to be looked at


class Chooser:
    """The choices of a roll, one episode after another."""

    def __init__(self, roll: Roll, greeting: Greeting) -> None:
        self._roll, self._greeting = roll, greeting
        self._first_words = outputs(np.array(roll.choosers, np.uint64), 0, _AHEAD)

    def begin(self, number: int) -> None:
        """Go to an episode. Raises: AdapterError where there is no space to choose from."""
        roll, greeting = self._roll, self._greeting
        space = (roll.spaces[number] if roll.spaces else None) or greeting.actions
        if space is None:
            raise AdapterError(f"{greeting.name} does not say what its actions are", hint="give the object an attribute `actions`")
        self._space, seed = space, roll.choosers[number]
        self._rng = SplitMix64(seed)
        options = None if greeting.agents else _options(space)
        self._unmasked = None if options is None else _choices(options, seed, self._first_words[number])
        self._taken = 0  # of them

    def choose(self, legal: Value) -> Value:
        """Return the next action under a mask, None being none; None where nothing is legal."""
        if legal is None and self._unmasked is not None:
            self._taken += 1
            return next(self._unmasked)
        if self._unmasked is not None:
            self._rng.jump(self._taken)
            self._unmasked = None
        declared = self._greeting.actions
        if self._greeting.agents:
            assert isinstance(self._space, DictSpace) and isinstance(declared, DictSpace)
            return draw_for_agents(self._rng, self._space, legal, declared)
        return draw(self._rng, self._space, legal, declared)


def _choices(options: Sequence[Value], seed: int, words: Array) -> Iterator[Value]:
    """Yield what is chosen without a mask, one word a choice; `words` are the first."""
    first = 0
    while True:
        yield from map(options.__getitem__, (words % np.uint64(len(options))).tolist())
        first += _AHEAD
        words = outputs(np.array([seed], np.uint64), first, _AHEAD)[0]


def _options(space: Space) -> Sequence[Value] | None:
    """Return what one draw without a mask chooses from, None where that is not all there is to it."""
    if isinstance(space, Discrete):
        return range(space.start, space.start + space.n)
    return space.values if isinstance(space, Choice) else None
