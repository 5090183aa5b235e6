"""MountainCar in JAX: pure functions in the gymnax manner, one environment each; vmap for more.

Equations and constants as in adapters/python_ref/mountaincar.py, which names their sources; f32 throughout.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import exchange
import jax
import jax.numpy as jnp
import words


class Params(NamedTuple):
    """The constants of the task."""

    position_min: float = -1.2
    position_max: float = 0.6
    speed_max: float = 0.07
    goal_position: float = 0.5
    goal_velocity: float = 0.0
    force: float = 0.001
    gravity: float = 0.0025
    start_min: float = -0.6
    start_max: float = -0.4
    steps_max: int = 200


class State(NamedTuple):
    """f32 components, int32 steps taken, and the generator's uint32[2] after the reset."""

    position: jax.Array
    velocity: jax.Array
    elapsed: jax.Array
    rng: jax.Array


num_actions = 3
default_params = Params()


def reset(key: jax.Array, params: Params) -> tuple[jax.Array, State]:
    """Begin an episode; `key`, uint32[2], is the seed of SplitMix64, high word first."""
    rng, (position,) = words.uniforms(key, params.start_min, params.start_max, 1)
    state = State(position, jnp.float32(0.0), elapsed=jnp.int32(0), rng=rng)
    return get_obs(state, params), state


def step(
    key: jax.Array, state: State, action: jax.Array, params: Params
) -> tuple[jax.Array, State, jax.Array, jax.Array, dict[str, jax.Array]]:
    """Take one step; nothing is drawn from `key`."""
    state = advance(state, action, params)
    truncated = is_truncated(state, params)
    terminated = is_terminal(state, params)
    return get_obs(state, params), state, reward(terminated), terminated | truncated, {"truncated": truncated}


def advance(state: State, action: jax.Array, params: Params) -> State:
    """Move the car; the left wall stops it."""
    velocity = state.velocity + ((action - 1) * params.force - jnp.cos(3 * state.position) * params.gravity)
    velocity = jnp.clip(velocity, -params.speed_max, params.speed_max)
    position = jnp.clip(state.position + velocity, params.position_min, params.position_max)
    at_wall = (position == params.position_min) & (velocity < 0)
    return State(position, jnp.where(at_wall, 0.0, velocity), elapsed=state.elapsed + 1, rng=state.rng)


def reward(terminated: jax.Array) -> jax.Array:
    """Return what a step is worth, f32."""
    return jnp.where(terminated, -1.0, -1.0)


def get_obs(state: State, params: Params) -> jax.Array:
    """Return f32[2]."""
    return jnp.stack([state.position, state.velocity])


def is_terminal(state: State, params: Params) -> jax.Array:
    """Return whether the car is at the goal and does not roll back."""
    return (state.position >= params.goal_position) & (state.velocity >= params.goal_velocity)


def is_truncated(state: State, params: Params) -> jax.Array:
    """Return whether the steps are used up."""
    return state.elapsed >= params.steps_max


def export_state(state: State) -> dict[str, Any]:
    """Return N states as the canonical one."""
    return exchange.export_fields(state)


def import_state(tree: Mapping[str, Any]) -> State:
    """Return N canonical states as ours."""
    return State(**exchange.import_fields(tree, State._fields[:-2], default_params.steps_max))


components = exchange.components_of(globals())
