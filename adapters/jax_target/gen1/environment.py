"""Generation 1 as an environment: pure functions in the gymnax manner, one battle each; vmap for more.

```python
obs, state = reset(key, default_params)                            # key uint32[2]: the seed, high word first
masks = legal(state, default_params)                               # {"p1": bool[10], "p2": bool[10]}
obs, state, reward, done, info = step(key, state, {"p1": 0, "p2": 4}, default_params)
```

Obs are f32[191] and rewards f32 for each player. A player whose mask is all false is not asked, and its action not looked at.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
import words

from . import generator, legality, observation, turn
from .beginning import begin
from .journal import Journal
from .state import Battle
from .teams import Teams, read_pool

AGENTS = ("p1", "p2")
ACTIONS = 10


class Params(NamedTuple):
    """The teams that a reset draws each player's from; both may get the same."""

    teams: Teams


Players: TypeAlias = dict[str, jax.Array]

actions = dict.fromkeys(AGENTS, ACTIONS)
default_params = Params(read_pool())


def reset(key: jax.Array, params: Params) -> tuple[Players, Battle]:
    """Begin a battle; `key`, uint32[2], is the seed of its generator, high word first. With every bit turned over it draws the teams."""
    count = len(params.teams.species)
    rng, drawn = ~key, []
    for _ in AGENTS:
        rng, word = generator.advance(rng, jnp.bool_(True))
        number = words.multiply_words(word, jnp.uint32(count))[0]
        drawn.append(jax.tree.map(lambda column, number=number: jnp.asarray(column)[number], params.teams))
    state = begin(key, (drawn[0], drawn[1]))
    return get_obs(state), state


def step(
    key: jax.Array, state: Battle, action: Players, params: Params
) -> tuple[Players, Battle, Players, jax.Array, dict[str, jax.Array]]:
    """Play one step; nothing is drawn from `key`."""
    after, _ = play(state, action, recording=False)
    truncated = is_truncated(after)
    return get_obs(after), after, get_rewards(after), is_terminal(after) | truncated, {"truncated": truncated}


def play(state: Battle, action: Players, *, recording: bool) -> tuple[Battle, Journal]:
    """Return the battle after one step, and its journal, which with `recording` holds the events and draws."""
    return turn.play(state, jnp.stack([action[agent] for agent in AGENTS]).astype(jnp.int32), recording)


def legal(state: Battle, params: Params) -> Players:
    """Return bool[10] for each player."""
    return dict(zip(AGENTS, legality.legal(state), strict=True))


def get_obs(state: Battle) -> Players:
    """Return f32[191] for each player."""
    return dict(zip(AGENTS, observation.observe(state), strict=True))


def get_rewards(state: Battle) -> Players:
    """Return 1 for the winner and -1 for the loser, 0 while there is none."""
    first = (state.winner == 1).astype(jnp.float32) - (state.winner == 2).astype(jnp.float32)
    return {"p1": first, "p2": 0 - first}


def is_terminal(state: Battle) -> jax.Array:
    """Return whether somebody has won, or it is a tie."""
    return state.winner > 0


def is_truncated(state: Battle) -> jax.Array:
    """Return whether the battle cannot go on: somebody is asked, and may do nothing."""
    return ~is_terminal(state) & ~legality.legal(state).any()
