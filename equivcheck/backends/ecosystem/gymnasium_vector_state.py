"""States of gymnasium's vector environments, slot by slot: of SyncVectorEnv through its environments, of others directly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from equivcheck.backends.ecosystem.gymnasium_state import (
    Reader,
    Writer,
    draws_after_reset,
    find_access,
    given_access,
    need_array,
    need_int,
)
from equivcheck.model.values import Array, Value


@dataclass(frozen=True, slots=True)
class VectorAccess:
    """How a vector environment's state is read and written.

    `state` returns that of one slot. `write` puts slots into states, of episodes that go on, and returns the observations
    then seen; it raises Refused where one is no state. `arrays` returns all states at once, by name, as arrays
    [slots, ...]; None where they do not come so. `legal` returns the action mask of one slot; None where there is none.
    """

    state: Callable[[int], dict[str, Value]]
    write: Callable[[Array, Sequence[Value]], list[Any]]
    arrays: Callable[[], dict[str, Array]] | None = None
    legal: Callable[[int], Value] | None = None


def find_vector_access(env: Any, state: Reader | None = None, load: Writer | None = None) -> VectorAccess | None:
    """Return the access to a vector environment's state, by the user's functions if any; None where it is not known."""
    kinds = {kind.__name__ for kind in type(env).__mro__ if kind.__module__.startswith("gymnasium.")}
    if "SyncVectorEnv" in kinds:
        return _sync(env, state, load)
    if "CartPoleVectorEnv" in kinds:
        return _cartpole(env)
    if "FunctionalJaxVectorEnv" in kinds and not draws_after_reset(env):
        return _functional(env)
    return None


def _sync(env: Any, state: Reader | None, load: Writer | None) -> VectorAccess | None:
    found = [find_access(one) if state is None else given_access(one, state, load) for one in env.envs]
    accesses = [access for access in found if access is not None]
    if len(accesses) < len(found):
        return None

    def write(slots: Array, states: Sequence[Value]) -> list[Any]:
        seen = [accesses[slot].write(state) for slot, state in zip(slots.tolist(), states, strict=True)]
        if hasattr(env, "_autoreset_envs"):
            env._autoreset_envs[slots] = False
        return seen

    masks = [access.legal for access in accesses if access.legal is not None]
    return VectorAccess(lambda slot: accesses[slot].read(), write, legal=(lambda slot: masks[slot]()) if masks else None)


def _cartpole(env: Any) -> VectorAccess:
    def state(slot: int) -> dict[str, Value]:
        return {"physics": env.state[:, slot].copy(), "elapsed": int(env.steps[slot])}

    def write(slots: Array, states: Sequence[Value]) -> list[Any]:
        physics, elapsed = _rows(states, np.zeros(4), np.float64)
        env.state[:, slots], env.steps[slots], env.prev_done[slots] = physics.T, elapsed, False
        return list(physics.astype(np.float32))

    return VectorAccess(state, write, lambda: {"physics": env.state.T.copy(), "elapsed": env.steps.astype(np.int64)})


def _functional(env: Any) -> VectorAccess:
    def state(slot: int) -> dict[str, Value]:
        return {"physics": np.asarray(env.state[slot]), "elapsed": int(env.steps[slot])}

    def write(slots: Array, states: Sequence[Value]) -> list[Any]:
        physics, elapsed = _rows(states, env.state[0], env.state.dtype)
        env.state = env.state.at[slots].set(physics)
        env.steps = env.steps.at[slots].set(elapsed)
        env.prev_done = env.prev_done.at[slots].set(False)
        keys = np.repeat(np.asarray(env.rng)[None], env.num_envs, axis=0)
        return list(np.asarray(env.func_env.observation(env.state, keys))[slots])

    return VectorAccess(state, write, lambda: {"physics": np.asarray(env.state), "elapsed": np.asarray(env.steps, np.int64)})


def _rows(states: Sequence[Value], like: Any, dtype: Any) -> tuple[Array, Array]:
    """Return `physics` and `elapsed` of several states as arrays. Raises: Refused where one has not got them."""
    physics = np.stack([need_array(state, "physics", like) for state in states]).astype(dtype)
    return physics, np.array([need_int(state, "elapsed") for state in states])
