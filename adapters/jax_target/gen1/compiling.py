"""Functions that XLA compiles each by itself, since what it fuses across a whole turn grows faster than the turn."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import jax
import jax.numpy as jnp
from jax.experimental.xla_metadata import set_xla_metadata

P = ParamSpec("P")
T = TypeVar("T")


def apart(function: Callable[P, T]) -> Callable[P, T]:
    """Keep a function a call in the compiled program, once however often it is called with arguments of the same form.

    On the CPU alone: elsewhere calls are always inlined.
    """
    compiled = jax.jit(function)

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        if jax.default_backend() != "cpu":
            return function(*args, **kwargs)
        with set_xla_metadata(inlineable="false"):
            answer: T = compiled(*args, **kwargs)
        return answer

    return call


def divide(dividend: jax.Array, divisor: jax.Array | int) -> jax.Array:
    """Return the quotient of two int32 that are not negative: `//`, without the operations that see to signs."""
    return jax.lax.div(dividend, jnp.broadcast_to(jnp.asarray(divisor, dividend.dtype), dividend.shape))
