"""Counts what rolled-out battles of the reference exercised."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from equivcheck.model.columns import tree_rows
from equivcheck.model.implied import states_of
from equivcheck.model.trace import Trace
from equivcheck.model.values import Value

from . import facts
from .interactions import RULES, fired
from .moments import SIDES, Half, Moment

EXECUTED_MIN = 50
NEVER_MISS = facts.ON_SELF | {"Swift", "Transform"}
"""Showdown's tryMoveHit draws nothing for a move that targets its user, and lets these two find whoever is hidden."""
ENDLESS = frozenset(("rage",))
"""Nothing removes these but that their Pokemon leaves."""
_NAMES = """bide confusion disable fake_trapped flinch focus_energy invulnerable leech_seed light_screen locked_move mist rage recharge
reflect substitute toxic trapped trapping two_turn_move"""
LASTING = tuple(_NAMES.split())


class Tally:
    """Counts: of moves by name, of species by number, of statuses and volatiles begun, ended and left, of interactions.

    A status or volatile is `ended` where its Pokemon is still out, and `left` where it was switched or fainted.
    """

    def __init__(self) -> None:
        self.battles = self.steps = self.truncated = 0
        self.executed, self.hit, self.missed, self.knocked_out = (Counter[str]() for _ in range(4))
        self.species = Counter[int]()
        self.begun, self.ended, self.left = (Counter[str]() for _ in range(3))
        self.interactions = Counter[str]()

    def see(self, trace: Trace) -> None:
        """Count every step of a Trace that holds full states and events."""
        truncated = trace.flag("truncated")
        self.battles += len(trace.runs)
        self.truncated += sum(bool(truncated[run.first + run.count - 1]) for run in trace.runs)
        for moment in moments_of(trace):
            self.see_step(moment)

    def see_step(self, moment: Moment) -> None:
        """Count one step."""
        self.steps += 1
        self.interactions.update(fired(moment))
        for use in moment.uses:
            if use.called != "Bide":
                self.executed[use.name] += 1
                self.hit[use.name] += use.landed
                self.missed[use.name] += use.missed
            self.knocked_out[use.name] += use.knocks_out
        for side in SIDES:
            before, after = moment.before[side], moment.after[side]
            for half in (before, after):
                self.species[int(half.tree["species"][half.place])] += 1
            stays = before.place == after.place and after.hp > 0 and not moment.switches(side)
            self._see_statuses(before, after)
            for name in LASTING:
                self._see_change(name, before.volatile[name], after.volatile[name], stays)

    def _see_statuses(self, before: Half, after: Half) -> None:
        old_statuses, new_statuses = (list(map(int, half.tree["status"])) for half in (before, after))
        if old_statuses == new_statuses:
            return
        for place, (old, new) in enumerate(zip(old_statuses, new_statuses, strict=True)):
            if new and old != new:
                self.begun[facts.STATUSES[new]] += 1
            if old and old != new:
                (self.ended if after.tree["hp"][place] else self.left)[facts.STATUSES[old]] += 1

    def _see_change(self, name: str, old: int, new: int, stays: bool) -> None:
        if not old and not new:
            return
        if new and not (old and stays):
            self.begun[name] += 1
        if old and not (new and stays):
            (self.ended if stays else self.left)[name] += 1

    def lacks(self) -> list[str]:
        """Return in words what has not been exercised as it should."""
        words = [
            f"{move}: executed {self.executed[move]:,} times, of {EXECUTED_MIN}"
            for move in facts.NUMBERS
            if self.executed[move] < EXECUTED_MIN
        ]
        words += [f"{move}: never hit" for move in facts.NUMBERS if not self.hit[move]]
        words += [f"{move}: never missed" for move in facts.NUMBERS if move not in NEVER_MISS and not self.missed[move]]
        words += [f"{move}: never knocked out" for move in sorted(facts.DAMAGING) if not self.knocked_out[move]]
        words += [f"{facts.SPECIES[number]}: never out" for number in range(1, len(facts.SPECIES)) if not self.species[number]]
        lasting = (*facts.STATUSES[1:], *LASTING)
        words += [f"{name}: never begun" for name in lasting if not self.begun[name]]
        words += [f"{name}: never ended" for name in lasting if name not in ENDLESS and not self.ended[name]]
        return words + [f"{name}: never fired" for name in RULES if not self.interactions[name]]


def moments_of(trace: Trace) -> Iterator[Moment]:
    """Yield every step of a Trace. Raises: ValueError where it shows no states or no events."""
    states, events = states_of(trace), tree_rows(trace.columns, "events", trace.step_count)
    if states is None or events is None:
        raise ValueError("a Trace without states or events shows no coverage")
    for run in trace.runs:
        for row in range(run.first + 1, run.first + run.count):
            said = events[row]
            lines = [str(line) for line in said] if isinstance(said, list) else []
            yield Moment(_tree(states[row - 1]), _tree(states[row]), lines)


def _tree(state: Value) -> Mapping[str, Any]:
    assert isinstance(state, dict)
    return state
