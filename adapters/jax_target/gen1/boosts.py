"""Stages of stats: what raising and lowering them does to the numbers a hit is computed with.

Orders are those of the canonical state: attack, defense, speed, special, accuracy, evasion. All in int32.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from .compiling import divide
from .state import Active

STAGE_MAX = 6
STAT_MAX = 999
HUNDREDTHS = np.asarray([25, 28, 33, 40, 50, 66, 100, 150, 200, 250, 300, 350, 400], np.int32)
"""By stage + 6, as the cartridge has them; of accuracy and evasion as well."""

UNCHANGED, CHANGED, AT_LIMIT = range(3)


def scale(value: jax.Array, stage: jax.Array) -> jax.Array:
    """Return a number by the hundredths of a stage, rounded down."""
    return divide(value * jnp.asarray(HUNDREDTHS)[stage + STAGE_MAX], 100)


def boost(active: Active, stat: jax.Array | int, stages: jax.Array | int, mask: jax.Array) -> tuple[Active, jax.Array]:
    """Raise or lower one stat, `boostBy` of the mod; return also CHANGED, UNCHANGED, or AT_LIMIT: 999 or 1 stays, a stage comes back."""
    here, up = jnp.arange(6) == stat, jnp.asarray(stages) > 0
    old = jnp.where(here, active.boosts, 0).sum()
    value, stored = (jnp.where(here[:4], numbers, 0).sum() for numbers in (active.modified, active.stored))
    full = jnp.where(up, old >= STAGE_MAX, old <= -STAGE_MAX) | (jnp.asarray(stages) == 0) | ~mask
    new = jnp.clip(old + stages, -STAGE_MAX, STAGE_MAX)
    limited = jnp.where(up, value == STAT_MAX, value == 1)
    new = jnp.where(limited, new - jnp.sign(jnp.asarray(stages)), new)
    scaled = jnp.maximum(scale(stored, new), 1)
    scaled = jnp.where(up, jnp.minimum(scaled, STAT_MAX), scaled)
    outcome = jnp.where(full, UNCHANGED, jnp.where(limited, AT_LIMIT, CHANGED))
    boosts = jnp.where(here & ~full, new, active.boosts)
    modified = jnp.where(here[:4] & (outcome == CHANGED), scaled, active.modified)
    return active._replace(boosts=boosts, modified=modified), outcome


def weaken(active: Active, stat: int, divisor: int, mask: jax.Array) -> Active:
    """Divide a modified stat, rounded down and at least 1: a burn halves attack, paralysis quarters speed."""
    here = (jnp.arange(4) == stat) & mask
    return active._replace(modified=jnp.where(here, jnp.maximum(divide(active.modified, divisor), 1), active.modified))


def clear(active: Active, mask: jax.Array) -> Active:
    """Take all stages away, and with them what weakened a stat."""
    boosts, modified = jnp.where(mask, 0, active.boosts), jnp.where(mask, active.stored, active.modified)
    return active._replace(boosts=boosts, modified=modified)
