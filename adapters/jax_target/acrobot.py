"""Acrobot in JAX: pure functions in the gymnax manner, one environment each; vmap for more.

Equations and constants as in adapters/python_ref/acrobot.py, which names their sources; f32 throughout.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import pi
from typing import Any, NamedTuple

import exchange
import jax
import jax.numpy as jnp
import words


class Params(NamedTuple):
    """The constants of the task."""

    gravity: float = 9.8  # m/s^2
    mass_1: float = 1.0  # kg
    mass_2: float = 1.0  # kg
    length_1: float = 1.0  # m
    centre_1: float = 0.5  # m
    centre_2: float = 0.5  # m
    inertia_1: float = 1.0  # kg m^2
    inertia_2: float = 1.0  # kg m^2
    speed_1_max: float = 4 * pi  # rad/s
    speed_2_max: float = 9 * pi  # rad/s
    torque_max: float = 1.0  # N m
    step_s: float = 0.2
    start_max: float = 0.1
    steps_max: int = 500


class State(NamedTuple):
    """f32 components, int32 steps taken, and the generator's uint32[2] after the reset."""

    theta1: jax.Array
    theta2: jax.Array
    dtheta1: jax.Array
    dtheta2: jax.Array
    elapsed: jax.Array
    rng: jax.Array


num_actions = 3
default_params = Params()


def reset(key: jax.Array, params: Params) -> tuple[jax.Array, State]:
    """Begin an episode; `key`, uint32[2], is the seed of SplitMix64, high word first."""
    rng, (theta1, theta2, dtheta1, dtheta2) = words.uniforms(key, -params.start_max, params.start_max, 4)
    state = State(theta1, theta2, dtheta1, dtheta2, jnp.int32(0), rng)
    return get_obs(state, params), state


def step(
    key: jax.Array, state: State, action: jax.Array, params: Params
) -> tuple[jax.Array, State, jax.Array, jax.Array, dict[str, jax.Array]]:
    """Take one step; nothing is drawn from `key`."""
    state = advance(state, action, params)
    terminated, truncated = is_terminal(state, params), is_truncated(state, params)
    return get_obs(state, params), state, reward(terminated), terminated | truncated, {"truncated": truncated}


def advance(state: State, action: jax.Array, params: Params) -> State:
    """Take one classical Runge-Kutta step, angles wrapped and speeds bounded."""
    torque = (action - 1) * params.torque_max
    vector = jnp.stack(state[:4])
    half_s = params.step_s / 2
    k1 = derivative(vector, torque, params)
    k2 = derivative(vector + half_s * k1, torque, params)
    k3 = derivative(vector + half_s * k2, torque, params)
    k4 = derivative(vector + params.step_s * k3, torque, params)
    theta1, theta2, dtheta1, dtheta2 = vector + params.step_s / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return State(
        theta1=wrap(theta1),
        theta2=wrap(theta2),
        dtheta1=jnp.clip(dtheta1, -params.speed_1_max, params.speed_1_max),
        dtheta2=jnp.clip(dtheta2, -params.speed_2_max, params.speed_2_max),
        elapsed=state.elapsed + 1,
        rng=state.rng,
    )


def reward(terminated: jax.Array) -> jax.Array:
    """Return what a step is worth, f32."""
    return jnp.where(terminated, 0.0, -1.0)


def derivative(vector: jax.Array, torque: jax.Array, params: Params) -> jax.Array:
    """Return the time derivative of theta1, theta2, dtheta1, dtheta2."""
    theta1, theta2, dtheta1, dtheta2 = vector
    m1, m2, l1, c1, c2 = params.mass_1, params.mass_2, params.length_1, params.centre_1, params.centre_2
    cos2, sin2 = jnp.cos(theta2), jnp.sin(theta2)
    d1 = m1 * c1**2 + m2 * (l1**2 + c2**2 + 2 * l1 * c2 * cos2) + params.inertia_1 + params.inertia_2
    d2 = m2 * (c2**2 + l1 * c2 * cos2) + params.inertia_2
    phi2 = m2 * c2 * params.gravity * jnp.sin(theta1 + theta2)  # cos(angle - pi / 2), without the rounding of pi
    phi1 = (
        -m2 * l1 * c2 * dtheta2**2 * sin2
        - 2 * m2 * l1 * c2 * dtheta2 * dtheta1 * sin2
        + (m1 * c1 + m2 * l1) * params.gravity * jnp.sin(theta1)
        + phi2
    )
    ddtheta2 = (torque + d2 / d1 * phi1 - m2 * l1 * c2 * dtheta1**2 * sin2 - phi2) / (m2 * c2**2 + params.inertia_2 - d2**2 / d1)
    ddtheta1 = -(d2 * ddtheta2 + phi1) / d1
    return jnp.stack([dtheta1, dtheta2, ddtheta1, ddtheta2])


def wrap(angle: jax.Array) -> jax.Array:
    """Return the angle turned by whole circles into [-pi, pi]."""
    turns = jnp.ceil((jnp.abs(angle) - pi) / (2 * pi))
    return angle - jnp.sign(angle) * jnp.maximum(turns, 0.0) * (2 * pi)


def get_obs(state: State, params: Params) -> jax.Array:
    """Return f32[6]: cosine and sine of both angles, then both speeds."""
    theta1, theta2, dtheta1, dtheta2 = state[:4]
    return jnp.stack([jnp.cos(theta1), jnp.sin(theta1), jnp.cos(theta2), jnp.sin(theta2), dtheta1, dtheta2])


def is_terminal(state: State, params: Params) -> jax.Array:
    """Return whether the tip is above the line, one link's length over the upper joint."""
    return -jnp.cos(state.theta1) - jnp.cos(state.theta2 + state.theta1) > 1.0


def is_truncated(state: State, params: Params) -> jax.Array:
    """Return whether the steps are used up."""
    return state.elapsed >= params.steps_max


def export_state(state: State) -> dict[str, Any]:
    """Return N states as the canonical one."""
    return exchange.export_fields(state)


def import_state(tree: Mapping[str, Any]) -> State:
    """Return N canonical states as ours."""
    return State(**exchange.import_fields(tree, State._fields[:-2], default_params.steps_max))


components = {
    **exchange.components_of(globals()),
    "derivative": lambda *given: tuple(derivative(jnp.stack(given[:-1]), given[-1], default_params)),
    "wrap": wrap,
}
