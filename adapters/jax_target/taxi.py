"""Gymnasium's Taxi-v4 in JAX: pure functions in the gymnax manner, one taxi each; vmap for more.

The rules are those of gymnasium.envs.toy_text.taxi (MIT licence), with rain and a fickle passenger unless Params says otherwise;
an episode is truncated after 200 steps. Only actions that may change something are legal.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from equivcheck.recording.dense import Site
from equivcheck.recording.jax_draws import Draws

SIZE = 5
STOPS = np.array([(0, 0), (0, 4), (4, 0), (4, 3)])
ABOARD = len(STOPS)  # where the passenger is in the taxi
WALLS = [(0, 1), (1, 1), (3, 0), (3, 2), (4, 0), (4, 2)]  # row and column of the places with a wall on the right
MOVES = np.array([(1, 0), (-1, 0), (0, 1), (0, -1)])  # south, north, east, west
SIDES = np.array([(2, 3), (3, 2), (1, 0), (0, 1)])  # the moves to the left and to the right of each
PICKUP, DROPOFF = 4, 5
SITE = "TaxiEnv.step"


class Params(NamedTuple):
    """The numbers of the rules."""

    rainy: bool = True
    fickle: bool = True
    rainy_probability: float = 0.8
    fickle_probability: float = 0.3
    steps_max: int = 200


class State(NamedTuple):
    """Place, passenger and destination as one number, int32; whether the passenger may change his mind yet; the steps taken, int32."""

    s: jax.Array
    fickle: jax.Array
    elapsed: jax.Array


class Scene(NamedTuple):
    """What the number of a state stands for, int32: where the taxi is, where the passenger, and where he wants to go."""

    row: jax.Array
    column: jax.Array
    passenger: jax.Array
    destination: jax.Array


actions = 6
default_params = Params()
sites = {SITE: Site(("choice", "integers"), times=2, size=3)}


def reset(key: jax.Array, params: Params) -> tuple[jax.Array, State]:
    """Put the taxi anywhere, the passenger at one stop and his destination at another."""
    place, passenger, other, mind = jax.random.split(key, 4)
    begin = jax.random.randint(passenger, (), 0, len(STOPS))
    destination = jax.random.randint(other, (), 0, len(STOPS) - 1)
    place = jax.random.randint(place, (), 0, SIZE * SIZE)
    scene = Scene(place // SIZE, place % SIZE, begin, destination + (destination >= begin))
    fickle = (jax.random.uniform(mind) < params.fickle_probability) & params.fickle
    state = State(encode(scene), fickle, jnp.int32(0))
    return get_obs(state, params), state


def step(key: Any, state: State, action: jax.Array, params: Params) -> tuple[jax.Array, State, jax.Array, jax.Array, dict[str, Any]]:
    """Drive one place, or handle the passenger: -1 for a step, 20 for a passenger brought home, -10 for what cannot be done."""
    before = decode(state.s)
    scene, draws = drive(Draws.of(key), before, action, params)
    scene, reward = handle(scene, action)
    moved = (scene.row != before.row) | (scene.column != before.column)
    doubts = state.fickle & (before.passenger == ABOARD) & moved
    mind, draws = draws.integers(SITE, 0, len(STOPS) - 1, when=doubts)
    other = mind + (mind >= before.destination)
    scene = scene._replace(destination=jnp.where(doubts, other, scene.destination))
    state = State(encode(scene), state.fickle & ~doubts, state.elapsed + 1)
    done = is_terminal(state, params) | is_truncated(state, params)
    return get_obs(state, params), state, reward, done, {"draws": draws.made}


def drive(draws: Draws, scene: Scene, action: jax.Array, params: Params) -> tuple[Scene, Draws]:
    """Return where the taxi comes to: rain may push it aside, unless it stands still before a wall."""
    moves = action < PICKUP
    heading = jnp.minimum(action, PICKUP - 1)
    slips = moves & params.rainy
    odds = rain(slips, params)
    way, draws = draws.choice(SITE, odds, among=jnp.where(slips, 3, 1))
    turned = jnp.concatenate([heading[None], jnp.asarray(SIDES)[heading]])[way]
    ways = free(scene)
    goes = moves & ways[heading] & ways[turned]
    change = jnp.where(goes, jnp.asarray(MOVES)[turned], 0)
    return scene._replace(row=scene.row + change[0], column=scene.column + change[1]), draws


def rain(slips: Any, params: Params) -> jax.Array:
    """Return the odds of going ahead, left and right, f32[3]."""
    lateral = (1 - params.rainy_probability) / 2
    return jnp.where(slips, jnp.array([params.rainy_probability, lateral, lateral]), jnp.array([1.0, 0.0, 0.0]))


def handle(scene: Scene, action: jax.Array) -> tuple[Scene, jax.Array]:
    """Take the passenger in or let him out where that is asked for; return the reward, f32."""
    here = stops(scene)
    enters, leaves = (action == PICKUP) & can_enter(scene), (action == DROPOFF) & can_leave(scene)
    passenger = jnp.where(enters, ABOARD, jnp.where(leaves, here.argmax(), scene.passenger))
    home = leaves & here[scene.destination]
    reward = jnp.where(home, 20.0, jnp.where((action < PICKUP) | enters | leaves, -1.0, -10.0))
    return scene._replace(passenger=passenger), reward


def stops(scene: Scene) -> jax.Array:
    """Return bool[4]: at which stop the taxi is."""
    return (jnp.asarray(STOPS) == jnp.stack([scene.row, scene.column])).all(axis=1)


def can_enter(scene: Scene) -> jax.Array:
    """Return whether the passenger waits where the taxi is."""
    return jnp.append(stops(scene), False)[scene.passenger]


def can_leave(scene: Scene) -> jax.Array:
    """Return whether the passenger is in the taxi, and the taxi at any stop."""
    return (scene.passenger == ABOARD) & stops(scene).any()


def free(scene: Scene) -> jax.Array:
    """Return bool[4]: which moves neither a wall nor the border stops."""
    walls = np.zeros((SIZE, SIZE + 1), bool)  # on the left of each place, and of the border
    walls[:, [0, SIZE]] = True
    for row, column in WALLS:
        walls[row, column + 1] = True
    beside = jnp.asarray(walls)[scene.row]
    return jnp.stack([scene.row < SIZE - 1, scene.row > 0, ~beside[scene.column + 1], ~beside[scene.column]])


def encode(scene: Scene) -> jax.Array:
    """Return the number of a scene, int32."""
    place = scene.row * SIZE + scene.column
    return ((place * (ABOARD + 1) + scene.passenger) * len(STOPS) + scene.destination).astype(jnp.int32)


def decode(s: jax.Array) -> Scene:
    """Return the scene of a number."""
    rest, destination = s // len(STOPS), s % len(STOPS)
    place, passenger = rest // (ABOARD + 1), rest % (ABOARD + 1)
    return Scene(place // SIZE, place % SIZE, passenger, destination)


def get_obs(state: State, params: Params) -> jax.Array:
    """Return the number of the scene."""
    return state.s


def legal(state: State, params: Params) -> jax.Array:
    """Return bool[6]: the moves that nothing stops, and what the passenger can do."""
    scene = decode(state.s)
    return jnp.append(free(scene), jnp.stack([can_enter(scene), can_leave(scene)]))


def is_terminal(state: State, params: Params) -> jax.Array:
    """Return whether the passenger is where he wanted to go."""
    scene = decode(state.s)
    return scene.passenger == scene.destination


def is_truncated(state: State, params: Params) -> jax.Array:
    """Return whether the time is up."""
    return state.elapsed >= params.steps_max
