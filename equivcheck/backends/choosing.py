"""Uniform choices of one episode, as docs/protocol.md says; drawn ahead where no mask can change them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from equivcheck.errors import AdapterError
from equivcheck.model.request import Greeting
from equivcheck.model.space import DictSpace, Discrete, Space
from equivcheck.model.values import Value
from equivcheck.protocol.sampling import SplitMix64, draw, draw_for_agents, outputs

_AHEAD = 64  # actions drawn at once where no mask has to be looked at


class Chooser:
    """The choices of one episode under one SplitMix64 seed. Raises: AdapterError where there is no space to choose from."""

    def __init__(self, seed: int, space: Space | None, greeting: Greeting) -> None:
        if space is None:
            raise AdapterError(f"{greeting.name} does not say what its actions are", hint="give the object an attribute `actions`")
        self._rng = SplitMix64(seed)
        self._space, self._declared, self._agents = space, greeting.actions, greeting.agents
        self._seed = seed
        self._maskless = isinstance(space, Discrete) and not greeting.agents
        self._ahead: list[int] = []
        self._drawn = 0

    def choose(self, fields: Mapping[str, Any]) -> Value:
        """Return the next action after a Step; None where nothing is legal."""
        legal = fields.get("legal")
        if self._maskless and legal is None:
            return self._ahead.pop() if self._ahead else self._draw_ahead()
        if self._maskless:
            self._rng = SplitMix64(self._seed).jump(self._drawn - len(self._ahead))
            self._maskless = False
        if self._agents:
            assert isinstance(self._space, DictSpace) and isinstance(self._declared, DictSpace)
            return draw_for_agents(self._rng, self._space, legal, self._declared)
        return draw(self._rng, self._space, legal, self._declared)

    def _draw_ahead(self) -> int:
        assert isinstance(self._space, Discrete)
        drawn = outputs(np.array([self._seed], np.uint64), self._drawn, _AHEAD)[0] % np.uint64(self._space.n)
        self._ahead = (drawn.astype(np.int64) + self._space.start).tolist()[::-1]
        self._drawn += _AHEAD
        return self._ahead.pop()
