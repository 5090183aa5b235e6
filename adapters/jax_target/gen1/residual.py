"""The end of a turn that nobody's fainting has cut short: what lasts a number of turns has one less. All in int32."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from . import compiling, generator
from .before import end
from .choices import note_speeds
from .generator import Site
from .scene import hold
from .state import Battle, Side, journal_of
from .volatiles import LOCK_FIELDS

TRAPPED_FIELDS = ("trapped", "trapped_by", "trapped_maybe", "trapped_move")


@compiling.apart
def wear_off(battle: Battle, mask: jax.Array) -> Battle:
    """Return the battle after `fieldEvent Residual`, whose handlers are shuffled where they tie."""
    held = battle.sides.volatile
    counts = sum((each > 0).astype(jnp.int32) for each in (held.flinch, held.trapped, held.fake_trapped, held.trapping))
    speeds = note_speeds(battle.sides)
    tied = speeds[0] == speeds[1]
    faster_first = jnp.where(speeds[1] > speeds[0], counts[::-1], counts)
    sizes = jnp.where(tied, jnp.stack([counts.sum(), jnp.int32(0)]), faster_first)
    journal = journal_of(battle)
    journal = journal._replace(speeds=jnp.where(mask, speeds, journal.speeds))
    journal = generator.draw_shuffles(journal, mask, sizes, Site.RESIDUAL)
    return battle._replace(rng=journal, sides=jax.vmap(_wear_off_one, (0, None))(battle.sides, mask))


def _wear_off_one(side: Side, mask: jax.Array) -> Side:
    held = side.volatile
    left = {name: jnp.maximum(getattr(held, name) - 1, 0) for name in ("flinch", "trapped", "fake_trapped", "trapping")}
    side = hold(side, mask, **left)
    side = end(side, mask & (left["trapped"] == 0), *TRAPPED_FIELDS)
    side = end(side, mask & (left["fake_trapped"] == 0), "fake_trapped_by")
    return end(side, mask & (left["trapping"] == 0), *LOCK_FIELDS)
