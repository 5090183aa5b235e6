"""Gymnasium's FrozenLake-v1, 4x4 and slippery, in JAX: pure functions in the gymnax manner, one lake each; vmap for more.

The rules are those of gymnasium.envs.toy_text.frozen_lake (MIT licence), whose tables of chances are `P`; an episode is
truncated after 100 steps.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from equivcheck.recording.dense import Site
from equivcheck.recording.jax_draws import Draws

MAP = ("SFFF", "FHFH", "FFFH", "HFFG")
WIDTH = len(MAP)
LETTERS = np.array([list(row) for row in MAP]).ravel()
MOVES = np.array([(0, -1), (1, 0), (0, 1), (-1, 0)])  # left, down, right, up
TURNS = np.array([-1, 0, 1])  # where the ice may carry
ODDS = np.full(3, 1 / 3)


class Params(NamedTuple):
    """The numbers of the rules."""

    steps_max: int = 100


class State(NamedTuple):
    """The place, row by row from 0, and the steps taken, int32."""

    s: jax.Array
    elapsed: jax.Array


actions = 4
default_params = Params()
sites = {"FrozenLakeEnv.step": Site("choice", size=3)}


def reset(key: jax.Array, params: Params) -> tuple[jax.Array, State]:
    """Begin at the one start."""
    state = State(jnp.int32(0), jnp.int32(0))
    return get_obs(state, params), state


def step(key: Any, state: State, action: jax.Array, params: Params) -> tuple[jax.Array, State, jax.Array, jax.Array, dict[str, Any]]:
    """Slide one way of three: reward 1.0 at the goal; a hole or the goal ends the episode."""
    turn, draws = Draws.of(key).choice("FrozenLakeEnv.step", ODDS)
    row, column = state.s // WIDTH, state.s % WIDTH
    move = jnp.asarray(MOVES)[(action + jnp.asarray(TURNS)[turn]) % 4]
    s = jnp.clip(row + move[0], 0, WIDTH - 1) * WIDTH + jnp.clip(column + move[1], 0, WIDTH - 1)
    state = State(s.astype(jnp.int32), state.elapsed + 1)
    reward = jnp.asarray(LETTERS == "G")[s].astype(jnp.float32)
    done = is_terminal(state, params) | is_truncated(state, params)
    return get_obs(state, params), state, reward, done, {"draws": draws.made}


def get_obs(state: State, params: Params) -> jax.Array:
    """Return the place."""
    return state.s


def is_terminal(state: State, params: Params) -> jax.Array:
    """Return whether this is a hole or the goal."""
    return jnp.asarray((LETTERS == "G") | (LETTERS == "H"))[state.s]


def is_truncated(state: State, params: Params) -> jax.Array:
    """Return whether the time is up."""
    return state.elapsed >= params.steps_max
