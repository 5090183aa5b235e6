"""64-bit generators on pairs of 32-bit words, because JAX has no 64-bit integers by default.

A pair is (high, low), two uint32; in a state an array uint32[2]. On the host N pairs are an array uint64[N].
"""

from __future__ import annotations

from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np

Pair: TypeAlias = tuple[jax.Array, jax.Array]
HALF = 0xFFFF  # a product of two halves fits in a word


def pair(number: int) -> Pair:
    """Return a 64-bit number as a pair."""
    return jnp.uint32(number >> 32), jnp.uint32(number & 0xFFFFFFFF)


def add(a: Pair, b: Pair) -> Pair:
    """Return a + b mod 2^64."""
    low = a[1] + b[1]
    return a[0] + b[0] + (low < a[1]).astype(jnp.uint32), low


def multiply_words(a: jax.Array, b: jax.Array) -> Pair:
    """Return the whole product of two words."""
    a_high, a_low, b_high, b_low = a >> 16, a & HALF, b >> 16, b & HALF
    cross_a, cross_b, bottom = a_high * b_low, a_low * b_high, a_low * b_low
    middle = (bottom >> 16) + (cross_a & HALF) + (cross_b & HALF)
    return a_high * b_high + (cross_a >> 16) + (cross_b >> 16) + (middle >> 16), (middle << 16) | (bottom & HALF)


def multiply(a: Pair, b: Pair) -> Pair:
    """Return a * b mod 2^64."""
    high, low = multiply_words(a[1], b[1])
    return high + a[0] * b[1] + a[1] * b[0], low


def xor_shifted(a: Pair, count: int) -> Pair:
    """Return a xor (a >> count), for a count of 1 to 31."""
    return a[0] ^ (a[0] >> count), a[1] ^ ((a[1] >> count) | (a[0] << (32 - count)))


def split_mix(state: Pair) -> tuple[Pair, Pair]:
    """Return the next state of SplitMix64 and its output.

    Source: Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195.
    """
    state = add(state, pair(0x9E3779B97F4A7C15))
    mixed = multiply(xor_shifted(state, 30), pair(0xBF58476D1CE4E5B9))
    mixed = multiply(xor_shifted(mixed, 27), pair(0x94D049BB133111EB))
    return state, xor_shifted(mixed, 31)


def uniforms(key: jax.Array, low: float, high: float, count: int) -> tuple[jax.Array, list[jax.Array]]:
    """Return the next state uint32[2] and `count` f32 in [low, high], each from the upper 53 bits of an output."""
    state, numbers = (key[0], key[1]), []
    for _ in range(count):
        state, (top, rest) = split_mix(state)
        unit = top.astype(jnp.float32) * 2.0**-32 + (rest >> 11).astype(jnp.float32) * 2.0**-53
        numbers.append(low + unit * (high - low))
    return jnp.stack(state), numbers


def join(pairs: Any) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """Return uint32[N, 2] as uint64[N], on the host."""
    words = np.asarray(pairs).astype(np.uint64)
    return np.asarray(words[..., 0] << np.uint64(32) | words[..., 1])


def split(numbers: Any) -> np.ndarray[Any, np.dtype[np.uint32]]:
    """Return int[N], 0 to 2^64 - 1, as uint32[N, 2], on the host. Raises: ValueError for what is no such int."""
    array = np.asarray(numbers)
    if array.dtype.kind not in "iu" or array.ndim != 1 or (array < 0).any():
        raise ValueError("state.rng is an int from 0 to 2^64 - 1")
    whole = array.astype(np.uint64)
    return np.stack([whole >> np.uint64(32), whole & np.uint64(0xFFFFFFFF)], axis=-1).astype(np.uint32)
