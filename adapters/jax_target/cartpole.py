"""CartPole in JAX: pure functions in the gymnax manner, one environment each; vmap for more.

Equations and constants as in adapters/python_ref/cartpole.py, which names their sources; f32 throughout.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import exchange
import jax
import jax.numpy as jnp
import words


class Params(NamedTuple):
    """The constants of the task."""

    gravity: float = 9.8  # m/s^2
    cart_mass: float = 1.0  # kg
    pole_mass: float = 0.1  # kg
    half_length: float = 0.5  # m
    force: float = 10.0  # N
    step_s: float = 0.02
    x_max: float = 2.4  # m
    theta_max: float = 12 * 2 * math.pi / 360  # rad
    start_max: float = 0.05
    steps_max: int = 500


class State(NamedTuple):
    """f32 components, int32 steps taken, and the generator's uint32[2] after the reset."""

    x: jax.Array
    x_dot: jax.Array
    theta: jax.Array
    theta_dot: jax.Array
    elapsed: jax.Array
    rng: jax.Array


num_actions = 2
default_params = Params()


def reset(key: jax.Array, params: Params) -> tuple[jax.Array, State]:
    """Begin an episode; `key`, uint32[2], is the seed of SplitMix64, high word first."""
    rng, (x, x_dot, theta, theta_dot) = words.uniforms(key, -params.start_max, params.start_max, 4)
    state = State(x, x_dot, theta, theta_dot, jnp.int32(0), rng)
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
    """Take one explicit Euler step."""
    total_mass = params.pole_mass + params.cart_mass
    pole_mass_length = params.pole_mass * params.half_length
    force = jnp.where(action == 1, params.force, -params.force)
    cos_theta, sin_theta = jnp.cos(state.theta), jnp.sin(state.theta)
    push = (force + pole_mass_length * state.theta_dot**2 * sin_theta) / total_mass
    theta_acc = (params.gravity * sin_theta - cos_theta * push) / (
        params.half_length * (4.0 / 3.0 - params.pole_mass * cos_theta**2 / total_mass)
    )
    x_acc = push - pole_mass_length * theta_acc * cos_theta / total_mass
    return State(
        x=state.x + params.step_s * state.x_dot,
        x_dot=state.x_dot + params.step_s * x_acc,
        theta=state.theta + params.step_s * state.theta_dot,
        theta_dot=state.theta_dot + params.step_s * theta_acc,
        elapsed=state.elapsed + 1,
        rng=state.rng,
    )


def reward(terminated: jax.Array) -> jax.Array:
    """Return what a step is worth, f32."""
    return jnp.where(terminated, 1.0, 1.0)


def get_obs(state: State, params: Params) -> jax.Array:
    """Return f32[4]."""
    return jnp.stack([state.x, state.x_dot, state.theta, state.theta_dot])


def is_terminal(state: State, params: Params) -> jax.Array:
    """Return whether the cart left the track or the pole fell."""
    return (jnp.abs(state.x) > params.x_max) | (jnp.abs(state.theta) > params.theta_max)


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
