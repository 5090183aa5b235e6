"""Manners in which a JAX environment must play the same: mapped and compiled as ever, one lane unmapped, uncompiled, with 64-bit types."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple, TypeAlias

import jax
import jax.numpy as jnp

from equivcheck.errors import AdapterError

OPERATIONS_MAX = 3_000  # of a step that is played eagerly: each costs tens of microseconds

Function: TypeAlias = Callable[..., Any]


def unmapped(function: Function) -> Function:
    """Return a function of one lane, arrays `[1, ...]`, that calls `function` without any mapping."""

    def call(*arguments: Any) -> Any:
        lane = jax.tree_util.tree_map(lambda part: jnp.asarray(part)[0], arguments)
        return jax.tree_util.tree_map(lambda part: jnp.asarray(part)[None], function(*lane))

    return call


def _wide() -> AbstractContextManager[Any]:
    """Let 64-bit types be what they say within."""
    place = jax if hasattr(jax, "enable_x64") else jax.experimental  # where it was before
    context: AbstractContextManager[Any] = place.enable_x64(True)
    return context


class Manner(NamedTuple):
    """How functions are mapped and compiled, in what context they run, and on how many lanes (None: as many as there are).

    `operations_max`: how many a step may have (None: any number)."""

    map: Function = jax.vmap
    compile: Function = jax.jit
    within: Callable[[], AbstractContextManager[Any]] = nullcontext
    lanes: int | None = None
    operations_max: int | None = None

    def check_size(self, step: Function, *arguments: Any) -> None:
        """Raise AdapterError where a step has so many operations that it cannot be played in bounded time."""
        if self.operations_max is None:
            return
        count = _operations(jax.make_jaxpr(step)(*arguments).jaxpr)
        if count > self.operations_max:
            raise AdapterError(f"a step takes {count:,} operations, and {self.operations_max:,} can be played eagerly in bounded time")

    def tracing(self) -> AbstractContextManager[Any]:
        """Return the context to trace functions in, which are not run then: only the width of types matters to it."""
        return nullcontext() if self.within is jax.disable_jit else self.within()

    def prepare(self, function: Function) -> Function:
        """Return a function that runs compiled, if it is to be, and in its context."""
        compiled: Function = self.compile(function)
        if self.within is nullcontext:
            return compiled

        @functools.wraps(function)
        def run(*arguments: Any) -> Any:
            with self.within():
                return compiled(*arguments)

        return run


MANNERS: Mapping[str, Manner] = {
    "": Manner(),
    "alone": Manner(unmapped, lanes=1),
    "eager": Manner(jax.vmap, lambda function: function, jax.disable_jit, 1, OPERATIONS_MAX),
    "x64": Manner(within=_wide, lanes=4),
}


def _operations(jaxpr: Any) -> int:
    """Return how many operations are run, of branches the most, of a loop of unknown length one round."""
    total = 0
    for equation in jaxpr.eqns:
        inner = [_operations(part) for part in _parts(equation.params)]
        if not inner:
            total += 1
        elif equation.primitive.name == "cond":
            total += max(inner)
        else:
            total += sum(inner) * int(equation.params.get("length", 1))
    return total


def _parts(params: Mapping[str, Any]) -> list[Any]:
    """Return the programs inside an operation."""
    values = [value for held in params.values() for value in (held if isinstance(held, tuple | list) else [held])]
    return [getattr(value, "jaxpr", value) for value in values if hasattr(getattr(value, "jaxpr", value), "eqns")]
