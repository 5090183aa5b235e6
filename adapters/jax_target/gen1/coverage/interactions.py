"""All interactions, by group."""

from __future__ import annotations

from collections.abc import Mapping

from . import ailments, blows, copying, locking, substitutes, trapping, turns
from .moments import SIDES, Moment
from .rules import SideRule, UseRule

GROUPS: Mapping[str, tuple[UseRule | SideRule, ...]] = {
    "Substitute": (*substitutes.USES, *substitutes.STEPS),
    "Transform, Mimic, Metronome, Mirror Move": (*copying.USES, *copying.STEPS),
    "traps": (*trapping.USES, *trapping.STEPS),
    "moves that last": (*locking.USES, *locking.STEPS),
    "ailments": (*ailments.USES, *ailments.STEPS),
    "hits": (*blows.USES, *blows.STEPS),
    "turns": (*turns.USES, *turns.STEPS),
}
RULES: Mapping[str, UseRule | SideRule] = {rule.name: rule for rules in GROUPS.values() for rule in rules}

_SIDE_RULES = [rule for rule in RULES.values() if isinstance(rule, SideRule)]
_ANY_USE = [rule for rule in RULES.values() if isinstance(rule, UseRule) and rule.moves is None]
_BY_MOVE: dict[str, list[UseRule]] = {}
for _rule in RULES.values():
    if isinstance(_rule, UseRule):
        for _move in _rule.moves or ():
            _BY_MOVE.setdefault(_move, []).append(_rule)


def fired(moment: Moment) -> list[str]:
    """Return the names of the interactions that a step shows, each as often as it shows it."""
    names = [rule.name for use in moment.uses for rule in (*_BY_MOVE.get(use.name, ()), *_ANY_USE) if rule.holds(use)]
    return names + [rule.name for rule in _SIDE_RULES for side in SIDES if rule.holds(moment, side)]
