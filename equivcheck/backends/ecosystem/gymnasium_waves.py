"""A wave: one episode in each of several slots of a bank, played side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from equivcheck.backends.ecosystem.gymnasium_bank import FRESH, LIVE, WHY_NOT, Bank, Moment
from equivcheck.backends.ecosystem.gymnasium_choices import Chooser
from equivcheck.backends.local import Refused, check_action, error_words
from equivcheck.errors import AdapterError
from equivcheck.model.columns import Column, Columns, columnise
from equivcheck.model.request import Ask
from equivcheck.model.script import Episode
from equivcheck.model.trace import EndKind
from equivcheck.model.values import MISSING, Array, Value

_NO_FINAL = "its episode ended, but the vector environment gave no final observation"


class Wave:
    """Members, numbered from 0, each in a slot of its own.

    `counts`: how many Steps each member has. `ends`: (member, kind, words) of those that gave up. `broken`: the vector
    environment raised, and none of its slots can be used any more.
    """

    def __init__(self, bank: Bank, slots: Sequence[int], ask: Ask) -> None:
        self._bank, self._slots, self._stated = bank, np.array(slots), ask.detail != "bare"
        self.counts = np.zeros(len(slots), np.int64)
        self.ends: list[tuple[int, EndKind, str]] = []
        self.broken = False
        self._moments: list[Moment] = []
        self._chosen: list[tuple[Array, Array | list[Value]]] = []

    def play(self, episodes: Sequence[Episode], chooser: Chooser) -> None:
        """Play an episode in each slot; all begin with the same options."""
        members = np.arange(len(episodes))
        try:
            seeds = [episode.seed for episode in episodes]
            self._moments.append(self._bank.begin(self._slots, seeds, episodes[0].options, self._stated))
            starts = {m: episode.start for m, episode in enumerate(episodes) if episode.start is not MISSING}
            if starts:
                members = self._load(members, starts)
            self.counts[members] = 1
            while len(members):
                mask = self._bank.mask
                legal = None if mask is None else mask[self._slots[members]]
                members = self._step(members, chooser.choose(len(self._chosen), members, legal))
        except Exception as error:
            self._break(members, error)

    def step(self, actions: Sequence[Value]) -> None:
        """Take one action in each slot."""
        status = self._bank.status[self._slots]
        for member in np.flatnonzero(status != LIVE).tolist():
            self.ends.append((member, "refused", f"no step: {WHY_NOT[int(status[member])]}"))
        members = np.flatnonzero(status == LIVE)
        try:
            self._step(members, [actions[member] for member in members.tolist()])
        except Exception as error:
            self._break(members, error)

    def load(self, states: Sequence[Value]) -> None:
        """Load a state into each slot."""
        status = self._bank.status[self._slots]
        for member in np.flatnonzero(status == FRESH).tolist():
            self.ends.append((member, "refused", f"no load: {WHY_NOT[FRESH]}"))
        members = np.flatnonzero(status != FRESH)
        try:
            self.counts[self._load(members, {member: states[member] for member in members.tolist()})] = 1
        except Exception as error:
            self._break(members, error)

    def actions(self) -> list[tuple[Value, ...]]:
        """Return what each member was told to do."""
        if self._chosen and all(isinstance(actions, np.ndarray) for _, actions in self._chosen):
            members = np.concatenate([members for members, _ in self._chosen])
            ordered = np.concatenate([actions for _, actions in self._chosen])[np.argsort(members, kind="stable")].tolist()
            stops = np.cumsum(np.bincount(members, minlength=len(self._slots))).tolist()
            return [tuple(ordered[first:stop]) for first, stop in zip([0, *stops], stops, strict=False)]
        told: list[list[Value]] = [[] for _ in self._slots]
        for members, actions in self._chosen:
            plain = actions.tolist() if isinstance(actions, np.ndarray) else actions
            for member, action in zip(members.tolist(), plain, strict=True):
                told[member].append(action)
        return [tuple(actions) for actions in told]

    def rows(self) -> Columns:
        """Return the Steps of all members, one member after another."""
        total = int(self.counts.sum())
        slots = np.repeat(self._slots, self.counts)
        ticks = np.arange(total) - np.repeat(np.cumsum(self.counts) - self.counts, self.counts)
        going = [np.flatnonzero(self.counts > tick) for tick in range(len(self._moments))]  # most episodes end long before the last
        order = np.argsort(np.concatenate([*going, self.counts[:0]]), kind="stable")
        columns: Columns = {}
        for path in dict.fromkeys(path for moment in self._moments for path in moment.leaves) if total else ():
            shown = np.array([path in moment.leaves for moment in self._moments])
            blank = next(np.zeros_like(moment.leaves[path]) for moment in self._moments if path in moment.leaves)
            parts = [moment.leaves.get(path, blank)[self._slots[members]] for moment, members in zip(self._moments, going, strict=True)]
            if shown[ticks].any():
                columns[path] = Column(np.concatenate(parts)[order], blank.ndim == 1, None if shown.all() else shown[ticks])
        if total and self._moments[-1].states is not None:
            pairs = zip(ticks.tolist(), slots.tolist(), strict=True)
            columns |= columnise([(self._moments[tick].states or {})[slot] for tick, slot in pairs], "state")
        return columns

    def _load(self, members: Array, states: Mapping[int, Value]) -> Array:
        """Load states into some members; return those that go on."""
        try:
            self._put(list(states), list(states.values()))
        except Refused:
            for member, state in states.items():
                try:
                    self._put([member], [state])
                except Refused as error:
                    self.ends.append((member, "refused", error_words(error)))
                    members = members[members != member]
        return members

    def _put(self, members: list[int], states: list[Value]) -> None:
        """Load states, and show them in place of what these members showed before."""
        slots = self._slots[members]
        loaded = self._bank.load(slots, states, self._stated)
        for path, before in self._moments.pop().leaves.items() if self._moments else ():
            now = before.copy()
            now[slots] = loaded.leaves[path][slots]
            loaded.leaves[path] = now
        self._moments.append(loaded)

    def _step(self, members: Array, actions: Array | list[Value]) -> Array:
        """Take these actions, None standing for no more; return the members that go on."""
        members, actions = self._admit(members, actions)
        if not len(members):
            return members
        slots = self._slots[members]
        moment = self._bank.step(slots, actions, self._stated)
        self._moments.append(moment)
        for member in members[np.isin(slots, list(moment.unfinished))].tolist() if moment.unfinished else ():
            self.ends.append((member, "failed", _NO_FINAL))
            members = members[members != member]
        self.counts[members] += 1
        return np.asarray(members[self._bank.status[self._slots[members]] == LIVE])

    def _admit(self, members: Array, actions: Array | list[Value]) -> tuple[Array, Array | list[Value]]:
        """Return the members whose actions can be taken, with these; the others end here."""
        if isinstance(actions, np.ndarray):
            self._chosen.append((members, actions))
            return members, actions
        asked = [index for index, action in enumerate(actions) if action is not None]
        self._chosen.append((members[asked], [actions[index] for index in asked]))
        mask, admitted = self._bank.mask, []
        for index in asked:
            member = int(members[index])
            try:
                check_action(self._bank.space, actions[index], None if mask is None else mask[self._slots[member]])
                admitted.append(index)
            except Refused as error:
                self.ends.append((member, "refused", error_words(error)))
        return members[admitted], [actions[index] for index in admitted]

    def _break(self, members: Array, error: Exception) -> None:
        if isinstance(error, AdapterError):
            raise error
        self.broken = True
        self.ends += [(member, "failed", error_words(error)) for member in members.tolist()]
