"""Names of fields that were probably meant to be others: what breaks no law, and yet is not what its author thinks."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from equivcheck.backends.interface import Backend
from equivcheck.generation import make_roll
from equivcheck.model.request import FULL
from equivcheck.model.script import Episode
from equivcheck.model.step import INSIDE
from equivcheck.model.suggestion import closest
from equivcheck.playback import roll_fresh

# the fields that mean something, and what else people call them
_CALLED: Final = {
    "obs": ("observation", "observations"),
    "reward": ("rewards",),
    "terminated": ("done", "dones", "terminal"),
    "truncated": (),
    "legal": ("mask", "action_mask"),
    "state": (),
}


def hint_at_names(backend: Backend) -> list[str]:
    """Return, in words, the fields of a first Step or two whose names are nearly those of fields that are not there."""
    space = backend.greeting.actions
    return hint_at(roll_fresh(backend, [make_roll("uniform", space, (Episode(0),), 1)], FULL).fields) if space is not None else []


def hint_at(fields: Collection[str]) -> list[str]:
    """Return a hint for each field that is nearly one of those that mean something and are not there."""
    absent = {name: others for name, others in _CALLED.items() if name not in fields}
    names = {other: name for name, others in absent.items() for other in others}
    hints = []
    for field in fields:
        if field in _CALLED or field in INSIDE:
            continue
        meant = f' (did you mean "{names[field]}"?)' if field in names else closest(field, absent)
        if meant:
            hints.append(f"`{field}` is a field of its own, which has no meaning beyond its value{meant}")
    return hints
