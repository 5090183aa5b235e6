"""MinAtar's Space Invaders in JAX: pure functions in the gymnax manner, one game each; vmap for more.

The rules are those of minatar.environments.space_invaders (GPL), written anew; rows are counted from the top. There is no step limit.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from equivcheck.recording.dense import Site
from equivcheck.recording.jax_draws import Draws

WIDTH = 10
WAVE = np.zeros((WIDTH, WIDTH), bool)
WAVE[0:4, 2:8] = True
LEFT, RIGHT, FIRE = 1, 3, 5  # actions; of the others, 0 to 5, none does anything
STICKY = "Environment.act"


class Params(NamedTuple):
    """The numbers of the rules; with `ramping` each wave moves faster than the one before, until `move_interval_min`."""

    sticky_action_prob: float = 0.1
    ramping: bool = True
    shot_interval: int = 5
    enemy_shot_interval: int = 10
    move_interval: int = 12
    move_interval_min: int = 6


class State(NamedTuple):
    """The cannon; maps bool[10, 10] of what flies and of the aliens; where these go, and how often; how long until what; the last action.

    int32 but for the maps and the flag.
    """

    pos: jax.Array
    f_bullet_map: jax.Array
    e_bullet_map: jax.Array
    alien_map: jax.Array
    alien_dir: jax.Array
    enemy_move_interval: jax.Array
    alien_move_timer: jax.Array
    alien_shot_timer: jax.Array
    ramp_index: jax.Array
    shot_timer: jax.Array
    terminal: jax.Array
    last_action: jax.Array


actions = 6
default_params = Params()
sites = {STICKY: Site("choice", size=2)}


def reset(key: Any, params: Params) -> tuple[jax.Array, State]:
    """Begin with the first wave; nothing is drawn."""
    none, zero, interval = jnp.zeros((WIDTH, WIDTH), bool), jnp.int32(0), jnp.int32(params.move_interval)
    state = State(
        pos=jnp.int32(5),
        f_bullet_map=none,
        e_bullet_map=none,
        alien_map=jnp.asarray(WAVE),
        alien_dir=jnp.int32(-1),
        enemy_move_interval=interval,
        alien_move_timer=interval,
        alien_shot_timer=jnp.int32(params.enemy_shot_interval),
        ramp_index=zero,
        shot_timer=zero,
        terminal=jnp.bool_(False),
        last_action=zero,
    )
    return get_obs(state, params), state


def step(key: Any, state: State, action: jax.Array, params: Params) -> tuple[jax.Array, State, jax.Array, jax.Array, dict[str, Any]]:
    """Act, let everything fly and march: reward 1.0 for each alien shot; a bullet or an alien that meets the cannon ends the episode."""
    sticks, draws = Draws.of(key).choice(STICKY, [1 - params.sticky_action_prob, params.sticky_action_prob])
    state, reward = act(state, jnp.where(sticks, state.last_action, action).astype(jnp.int32), params)
    return get_obs(state, params), state, reward, state.terminal, {"draws": draws.made}


def act(state: State, action: jax.Array, params: Params) -> tuple[State, jax.Array]:
    """Return the game after an action, and the reward."""
    state = fly(handle(state, action, params))
    state = shoot_back(march(state), params)
    shot = state.alien_map & state.f_bullet_map
    state = state._replace(
        alien_map=state.alien_map & ~shot,
        f_bullet_map=state.f_bullet_map & ~shot,
        shot_timer=jnp.maximum(state.shot_timer - 1, 0),
        alien_move_timer=state.alien_move_timer - 1,
        alien_shot_timer=state.alien_shot_timer - 1,
    )
    return send_wave(state, params), shot.sum().astype(jnp.float32)


def handle(state: State, action: jax.Array, params: Params) -> State:
    """Move the cannon, or fire where it is ready."""
    fires = (action == FIRE) & (state.shot_timer == 0)
    return state._replace(
        pos=jnp.clip(state.pos + (action == RIGHT) - (action == LEFT), 0, WIDTH - 1),
        f_bullet_map=state.f_bullet_map.at[-1, state.pos].max(fires),
        shot_timer=jnp.where(fires, params.shot_interval, state.shot_timer),
        last_action=action,
    )


def fly(state: State) -> State:
    """Move our bullets up and theirs down, out of the picture at its ends."""
    ours = jnp.roll(state.f_bullet_map, -1, axis=0).at[-1].set(False)
    theirs = jnp.roll(state.e_bullet_map, 1, axis=0).at[0].set(False)
    met = theirs[-1, state.pos] | state.alien_map[-1, state.pos]
    return state._replace(f_bullet_map=ours, e_bullet_map=theirs, terminal=state.terminal | met)


def march(state: State) -> State:
    """Move the aliens when it is time: to the side, or down and about where one is at the border. Fewer move more often."""
    moves = state.alien_move_timer == 0
    ahead = jnp.where(state.alien_dir < 0, state.alien_map[:, 0], state.alien_map[:, -1])
    turns = moves & ahead.any()
    landed = turns & state.alien_map[-1].any()
    aside = jnp.roll(state.alien_map, state.alien_dir, axis=1)
    aliens = jnp.where(moves, jnp.where(turns, jnp.roll(state.alien_map, 1, axis=0), aside), state.alien_map)
    interval = jnp.minimum(state.alien_map.sum().astype(jnp.int32), state.enemy_move_interval)
    return state._replace(
        alien_map=aliens,
        alien_dir=jnp.where(turns, -state.alien_dir, state.alien_dir),
        alien_move_timer=jnp.where(moves, interval, state.alien_move_timer),
        terminal=state.terminal | landed | (moves & aliens[-1, state.pos]),
    )


def shoot_back(state: State, params: Params) -> State:
    """Let the lowest alien of the column nearest to the cannon shoot when it is time; of two columns as near, the left one."""
    fires = state.alien_shot_timer == 0
    columns = jnp.arange(WIDTH)
    distance = jnp.where(state.alien_map.any(axis=0), jnp.abs(columns - state.pos), WIDTH)
    column = distance.argmin()
    row = jnp.where(state.alien_map[:, column], columns, 0).max()
    return state._replace(
        e_bullet_map=state.e_bullet_map.at[row, column].max(fires),
        alien_shot_timer=jnp.where(fires, params.enemy_shot_interval, state.alien_shot_timer),
    )


def send_wave(state: State, params: Params) -> State:
    """Send the next wave where no alien is left."""
    cleared = ~state.alien_map.any()
    faster = cleared & params.ramping & (state.enemy_move_interval > params.move_interval_min)
    return state._replace(
        alien_map=jnp.where(cleared, WAVE, state.alien_map),
        enemy_move_interval=state.enemy_move_interval - faster,
        ramp_index=state.ramp_index + faster,
    )


def act_from(**held: Any) -> dict[str, Any]:
    """Return the game, and the reward, after an action that does nothing, from the first state but for what is held."""
    _, begun = reset(None, default_params)
    state, reward = act(begun._replace(**held), jnp.int32(0), default_params)
    fields = state._asdict()
    del fields["last_action"]
    return {**fields, "reward": reward}


# Each shows one rule in a step of the game in which nothing else is due.
components = {
    "march": lambda aliens, row, column, alien_dir, interval, pos: act_from(
        alien_map=(aliens != 0).at[row, column].set(True),
        alien_dir=alien_dir,
        enemy_move_interval=interval,
        pos=pos,
        alien_move_timer=jnp.int32(0),
    ),
    "shoot_back": lambda aliens, row, column, pos: act_from(
        alien_map=(aliens != 0).at[row, column].set(True), pos=pos, alien_shot_timer=jnp.int32(0)
    ),
    "send_wave": lambda interval, ramp_index: act_from(
        alien_map=jnp.zeros((WIDTH, WIDTH), bool), enemy_move_interval=interval, ramp_index=ramp_index
    ),
}


def get_obs(state: State, params: Params) -> jax.Array:
    """Return bool[10, 10, 6]: the cannon, the aliens, these again if they go left and if they go right, our bullets and theirs."""
    cannon = jnp.zeros((WIDTH, WIDTH), bool).at[-1, state.pos].set(True)
    aliens, left = state.alien_map, state.alien_dir < 0
    return jnp.stack([cannon, aliens, aliens & left, aliens & ~left, state.f_bullet_map, state.e_bullet_map], axis=-1)


def is_terminal(state: State, params: Params) -> jax.Array:
    """Return whether the cannon is lost."""
    return state.terminal
