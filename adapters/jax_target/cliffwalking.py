"""Gymnasium's CliffWalking-v1 in JAX: pure functions in the gymnax manner, one walk each; vmap for more.

The rules are those of gymnasium.envs.toy_text.cliffwalking (MIT licence), slippery unless Params says otherwise. Nothing
truncates an episode.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from equivcheck.recording.dense import Site
from equivcheck.recording.jax_draws import Draws

HEIGHT, WIDTH = 4, 12
START, GOAL = (HEIGHT - 1) * WIDTH, HEIGHT * WIDTH - 1
MOVES = np.array([(-1, 0), (0, 1), (1, 0), (0, -1)])  # up, right, down, left
SLIP = "CliffWalkingEnv.step"


class Params(NamedTuple):
    """The numbers of the rules."""

    slippery: bool = True
    fall: float = -100.0


class State(NamedTuple):
    """The place, row by row from 0, int32."""

    s: jax.Array


actions = 4
default_params = Params()
sites = {SLIP: Site("choice", size=3)}


def reset(key: jax.Array, params: Params) -> tuple[jax.Array, State]:
    """Begin at the one start."""
    state = State(jnp.int32(START))
    return get_obs(state, params), state


def step(key: Any, state: State, action: jax.Array, params: Params) -> tuple[jax.Array, State, jax.Array, jax.Array, dict[str, Any]]:
    """Walk, or slip to a side: -1 for each step; -100, and back to the start, for one into the cliff."""
    turn, draws = slip(Draws.of(key), params)
    move = jnp.asarray(MOVES)[(action + turn) % 4]
    row = jnp.clip(state.s // WIDTH + move[0], 0, HEIGHT - 1)
    column = jnp.clip(state.s % WIDTH + move[1], 0, WIDTH - 1)
    fallen = (row == HEIGHT - 1) & (column > 0) & (column < WIDTH - 1)
    state = State(jnp.where(fallen, START, row * WIDTH + column).astype(jnp.int32))
    reward = jnp.where(fallen, params.fall, -1.0)
    return get_obs(state, params), state, reward, is_terminal(state, params), {"draws": draws.made}


def slip(draws: Draws, params: Params) -> tuple[Any, Draws]:
    """Draw by how many quarters the step is turned: -1, 0 or 1."""
    odds, ways = jnp.where(params.slippery, jnp.full(3, 1 / 3), jnp.array([1.0, 0.0, 0.0])), jnp.where(params.slippery, 3, 1)
    way, draws = draws.choice(SLIP, odds, among=ways)
    return way - ways // 2, draws


def get_obs(state: State, params: Params) -> jax.Array:
    """Return the place."""
    return state.s


def is_terminal(state: State, params: Params) -> jax.Array:
    """Return whether this is the goal."""
    return state.s == GOAL
