"""64-bit generators on pairs of 32-bit words, because JAX has no 64-bit integers by default.

A pair is uint32[2], (high, low). On the host a batch of pairs, uint32[N, 2], is one array uint64[N].
"""

from __future__ import annotations

from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np

Pair: TypeAlias = jax.Array
HALF = 0xFFFF  # a product of two halves fits in a word


def pair(number: int) -> Pair:
    """Return a 64-bit number as a pair."""
    return jnp.array([number >> 32, number & 0xFFFFFFFF], jnp.uint32)


def add(a: Pair, b: Pair) -> Pair:
    """Return a + b mod 2^64."""
    low = a[1] + b[1]
    carry = (low < a[1]).astype(jnp.uint32)
    return jnp.stack([a[0] + b[0] + carry, low])


def multiply_words(a: jax.Array, b: jax.Array) -> Pair:
    """Return the whole product of two words."""
    a_high, a_low, b_high, b_low = a >> 16, a & HALF, b >> 16, b & HALF
    cross_a, cross_b, bottom = a_high * b_low, a_low * b_high, a_low * b_low
    middle = (bottom >> 16) + (cross_a & HALF) + (cross_b & HALF)
    high = a_high * b_high + (cross_a >> 16) + (cross_b >> 16) + (middle >> 16)
    return jnp.stack([high, (middle << 16) | (bottom & HALF)])


def multiply(a: Pair, b: Pair) -> Pair:
    """Return a * b mod 2^64."""
    high, low = multiply_words(a[1], b[1])
    return jnp.stack([high + a[0] * b[1] + a[1] * b[0], low])


def xor_shifted(a: Pair, count: int) -> Pair:
    """Return a xor (a >> count), for a count of 1 to 31."""
    return jnp.stack([a[0] ^ (a[0] >> count), a[1] ^ ((a[1] >> count) | (a[0] << (32 - count)))])


def split_mix(state: Pair) -> tuple[Pair, Pair]:
    """Return the next state of SplitMix64 and its output.

    Source: Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195.
    """
    state = add(state, pair(0x9E3779B97F4A7C15))
    mixed = multiply(xor_shifted(state, 30), pair(0xBF58476D1CE4E5B9))
    mixed = multiply(xor_shifted(mixed, 27), pair(0x94D049BB133111EB))
    return state, xor_shifted(mixed, 31)


def uniform(state: Pair, low: float, high: float) -> tuple[Pair, jax.Array]:
    """Return the next state and f32 in [low, high], rounded from the upper 53 bits of one output."""
    state, (top, rest) = split_mix(state)
    unit = top.astype(jnp.float32) * 2.0**-32 + (rest >> 11).astype(jnp.float32) * 2.0**-53
    return state, low + unit * (high - low)


def join(pairs: Any) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """Return uint32[N, 2] as uint64[N], on the host."""
    words = np.asarray(pairs).astype(np.uint64)
    return np.asarray(words[..., 0] << np.uint64(32) | words[..., 1])


def split(numbers: Any) -> np.ndarray[Any, np.dtype[np.uint32]]:
    """Return int[N], 0 to 2^64 - 1, as uint32[N, 2], on the host. Raises: ValueError for negative ones."""
    array = np.asarray(numbers)
    if array.dtype.kind not in "iu" or (array < 0).any():
        raise ValueError("rng is an int from 0 to 2^64 - 1")
    whole = array.astype(np.uint64)
    return np.stack([whole >> np.uint64(32), whole & np.uint64(0xFFFFFFFF)], axis=-1).astype(np.uint32)
