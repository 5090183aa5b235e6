"""Battles by the thousand on the device: random legal actions, and a new battle wherever one has ended.

```python
rolled = jax.jit(rollout, static_argnames=("battles", "steps"))(key, default_params, battles=4096, steps=1000)
```
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
import words

from .environment import AGENTS, Params, reset, step
from .legality import legal
from .state import Battle, choose


class Shown(NamedTuple):
    """What the first S battles were, [T, S]: the states before and after each step, what was chosen int32[T, S, 2], whether they ended."""

    before: Battle
    actions: jax.Array
    after: Battle
    done: jax.Array


class Rolled(NamedTuple):
    """What became of N battles in T steps: their states now, how many ended int32[N], and who won them int32[N, 2]."""

    states: Battle
    ended: jax.Array
    won: jax.Array
    shown: Shown


Carry: TypeAlias = tuple[Battle, jax.Array, jax.Array]


def rollout(key: jax.Array, params: Params, battles: int, steps: int, shown: int = 0) -> Rolled:
    """Play `steps` steps of so many battles, and show the first `shown` of them; `key` is one of jax.random."""
    first, key = jax.random.split(key)
    _, states = jax.vmap(reset, (0, None))(jax.random.bits(first, (battles, 2)), params)
    none = jnp.zeros(battles, jnp.int32)

    def play(carry: Carry, key: jax.Array) -> tuple[Carry, Shown]:
        states, ended, won = carry
        choosing, seeding = jax.random.bits(key, (2, battles, 2))
        actions = jax.vmap(choose_actions)(choosing, states)
        after, rewards, done = jax.vmap(_step, (0, 0, None))(states, actions, params)
        _, fresh = jax.vmap(reset, (0, None))(seeding, params)
        seen = jax.tree.map(lambda leaf: leaf[:shown], Shown(states, actions, after, done))
        return (jax.vmap(choose)(done, fresh, after), ended + done, won + (rewards > 0)), seen

    carry, seen = jax.lax.scan(play, (states, none, jnp.stack([none, none], axis=1)), jax.random.split(key, steps))
    return Rolled(*carry, seen)


def choose_actions(bits: jax.Array, state: Battle) -> jax.Array:
    """Return for each player one of its legal actions, by the words uint32[2]; 0 where it has none."""
    masks = legal(state)
    picks = words.multiply_words(bits, masks.sum(axis=1).astype(jnp.uint32))[0].astype(jnp.int32)
    return jnp.argmax(jnp.cumsum(masks, axis=1) == picks[:, None] + 1, axis=1).astype(jnp.int32)


def _step(state: Battle, actions: jax.Array, params: Params) -> tuple[Battle, jax.Array, jax.Array]:
    chosen = {agent: actions[index] for index, agent in enumerate(AGENTS)}
    _, after, rewards, done, _ = step(jnp.zeros(2, jnp.uint32), state, chosen, params)
    return after, jnp.stack([rewards[agent] for agent in AGENTS]), done
