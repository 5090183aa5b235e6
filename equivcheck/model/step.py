"""Steps: what one moment of an environment reveals, as a tree of named fields.

`obs`, `reward` and `legal` are maps of agent to value where there are agents. `legal` is a bool mask over a
Discrete space (`bool[n]`), or a list of masks over a tuple of them; an agent without an entry is not asked to act.
"""

from __future__ import annotations

from typing import Final

INSIDE: Final = ("draws", "phases", "events")
"""What tells of the inside of a step, the nearest to a cause first."""

FIELDS: Final = ("obs", "reward", "terminated", "truncated", "legal", "state", "events", "draws", "phases")

# What a loop must know of every Step; a side that does not state them is taken to say False.
FLAGS: Final = ("terminated", "truncated")
