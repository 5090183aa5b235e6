"""Showdown's 64-bit generator, `Gen5RNG`, in two uint32, and the draws it is asked for.

Every draw has a mask: where it is false the generator stays as it is, and the value means nothing.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import words

MULTIPLIER = 0x5D588B656C078965
INCREMENT = 0x269EC3


def advance(rng: jax.Array, mask: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return the generator uint32[2], high word first, and its next 32 bits."""
    high, low = words.add(words.multiply((rng[0], rng[1]), words.pair(MULTIPLIER)), words.pair(INCREMENT))
    return jnp.where(mask, jnp.stack([high, low]), rng), high


def random(rng: jax.Array, mask: jax.Array, low: jax.Array | int, high: jax.Array | int) -> tuple[jax.Array, jax.Array]:
    """Return the generator and an int32 from `low` to `high` - 1: `random(low, high)`."""
    rng, word = advance(rng, mask)
    scaled, _ = words.multiply_words(word, (jnp.asarray(high) - jnp.asarray(low)).astype(jnp.uint32))
    return rng, scaled.astype(jnp.int32) + low


def chance(rng: jax.Array, mask: jax.Array, numerator: jax.Array | int) -> tuple[jax.Array, jax.Array]:
    """Return the generator and a bool: `randomChance(numerator, 256)`, the only denominator of Generation 1."""
    rng, word = advance(rng, mask)
    return rng, (word >> 24).astype(jnp.int32) < numerator


def sample(rng: jax.Array, mask: jax.Array, open_slots: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return the generator and the int32 index of one of those that are open: `sample` of a list filtered by bool[n]."""
    count = open_slots.astype(jnp.int32)
    rng, pick = random(rng, mask, 0, count.sum())
    return rng, jnp.argmax((jnp.cumsum(count) == pick + 1) & open_slots).astype(jnp.int32)


def shuffle_pair(rng: jax.Array, mask: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return the generator and whether two that tie change places: `shuffle` of two."""
    rng, word = advance(rng, mask)
    return rng, (word >> 31).astype(bool)


def shuffle(rng: jax.Array, mask: jax.Array, count: int) -> tuple[jax.Array, jax.Array]:
    """Return the generator and the order int32[count] that `shuffle` of so many gives: who comes first, second, ..."""
    order = jnp.arange(count, dtype=jnp.int32)
    places = jnp.arange(count, dtype=jnp.int32)
    for start in range(count - 1):
        rng, pick = random(rng, mask, start, count)
        order = jnp.where(places == start, order[pick], jnp.where(places == pick, order[start], order))
    return rng, order
