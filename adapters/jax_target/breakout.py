"""MinAtar's Breakout in JAX: pure functions in the gymnax manner, one game each; vmap for more.

The rules are those of minatar.environments.breakout (GPL), written anew; rows are counted from the top. There is no step limit.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from equivcheck.recording.dense import Site
from equivcheck.recording.jax_draws import Draws

WIDTH = 10
WALL = np.zeros((WIDTH, WIDTH), bool)
WALL[1:4] = True
LEFT, RIGHT = 1, 3  # actions; of the others, 0 to 5, none does anything
# The four headings, clockwise from up and left. Mirrored at a side wall, a heading is `heading ^ 1`; at a floor or ceiling, `3 - heading`.
ACROSS = np.array([-1, 1, 1, -1])
DOWN = np.array([-1, -1, 1, 1])
START, STICKY = "Env.reset", "Environment.act"


class Params(NamedTuple):
    """The numbers of the rules."""

    sticky_action_prob: float = 0.1


class State(NamedTuple):
    """The ball with its heading and where it was before, the paddle, whether a brick was just hit, and the last action taken.

    int32 but for brick_map, bool[10, 10], and the two flags.
    """

    ball_x: jax.Array
    ball_y: jax.Array
    ball_dir: jax.Array
    pos: jax.Array
    brick_map: jax.Array
    strike: jax.Array
    last_x: jax.Array
    last_y: jax.Array
    terminal: jax.Array
    last_action: jax.Array


actions = 6
default_params = Params()
sites = {START: Site("integers"), STICKY: Site("choice", size=2)}


def reset(key: Any, params: Params) -> tuple[jax.Array, State]:
    """Begin with the ball at the left or the right wall, on its way down."""
    side, _ = Draws.of(key).integers(START, 0, 2)
    x, y, heading = side * (WIDTH - 1), jnp.int32(3), side + 2
    state = State(x, y, heading, jnp.int32(4), jnp.asarray(WALL), jnp.bool_(False), x, y, jnp.bool_(False), jnp.int32(0))
    return get_obs(state, params), state


def step(key: Any, state: State, action: jax.Array, params: Params) -> tuple[jax.Array, State, jax.Array, jax.Array, dict[str, Any]]:
    """Move the paddle, then the ball: reward 1.0 for a brick; a ball that passes the paddle ends the episode."""
    sticks, draws = Draws.of(key).choice(STICKY, [1 - params.sticky_action_prob, params.sticky_action_prob])
    action = jnp.where(sticks, state.last_action, action).astype(jnp.int32)
    pos = jnp.clip(state.pos + (action == RIGHT) - (action == LEFT), 0, WIDTH - 1)
    state, reward = move_ball(state._replace(pos=pos, last_action=action))
    return get_obs(state, params), state, reward, state.terminal, {"draws": draws.made}


def move_ball(state: State) -> tuple[State, jax.Array]:
    """Move the ball by one, off whatever is there, and return the reward.

    Of a brick that lies behind a broken one the ball is not thrown back: it flies into it. New bricks come only when it is down.
    """
    x, y = state.ball_x + jnp.asarray(ACROSS)[state.ball_dir], state.ball_y + jnp.asarray(DOWN)[state.ball_dir]
    heading = jnp.where((x < 0) | (x >= WIDTH), state.ball_dir ^ 1, state.ball_dir)
    x, ceiling, y = jnp.clip(x, 0, WIDTH - 1), y < 0, jnp.maximum(y, 0)
    brick = ~ceiling & state.brick_map[y, x]
    breaks = brick & ~state.strike
    down = ~ceiling & ~brick & (y == WIDTH - 1)
    above = down & (state.ball_x == state.pos)
    beside = down & ~above & (x == state.pos)
    bricks = state.brick_map.at[y, x].min(~breaks)
    bricks = jnp.where(down & ~bricks.any(), WALL, bricks)
    heading = jnp.where(ceiling | breaks | above, 3 - heading, jnp.where(beside, (heading + 2) % 4, heading))
    state = state._replace(
        ball_x=x,
        ball_y=jnp.where(breaks | above | beside, state.ball_y, y),
        ball_dir=heading,
        brick_map=bricks,
        strike=brick,
        last_x=state.ball_x,
        last_y=state.ball_y,
        terminal=down & ~above & ~beside,
    )
    return state, breaks.astype(jnp.float32)


def move_alone(ball_x: Any, ball_y: Any, ball_dir: Any, pos: Any, strike: Any, wall: Any) -> dict[str, Any]:
    """Return the game, and the reward, after the ball has moved; `wall`: the three rows that may have bricks."""
    _, begun = reset(jax.random.PRNGKey(0), default_params)
    bricks = jnp.zeros((WIDTH, WIDTH), bool).at[1:4].set(wall != 0)
    held = begun._replace(ball_x=ball_x, ball_y=ball_y, ball_dir=ball_dir, pos=pos, strike=strike != 0, brick_map=bricks)
    state, reward = move_ball(held)
    fields = state._asdict()
    del fields["last_action"]
    return {**fields, "reward": reward}


components = {"move_ball": move_alone}


def get_obs(state: State, params: Params) -> jax.Array:
    """Return bool[10, 10, 4]: the paddle, the ball, where it was before, and the bricks."""
    blank = jnp.zeros((WIDTH, WIDTH), bool)
    paddle, ball = blank.at[-1, state.pos].set(True), blank.at[state.ball_y, state.ball_x].set(True)
    return jnp.stack([paddle, ball, blank.at[state.last_y, state.last_x].set(True), state.brick_map], axis=-1)


def is_terminal(state: State, params: Params) -> jax.Array:
    """Return whether the ball is lost."""
    return state.terminal
