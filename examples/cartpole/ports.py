"""gymnasium's JAX CartPole with other parameters; `gymnasium.make` does not pass them on to it."""

from functools import cache, partial

import gymnasium
import jax
from gymnasium.envs.phys2d.cartpole import CartPoleFunctional, CartPoleParams


@cache
def compiled(**params):
    """Return the pure functions of phys2d/CartPole-v1 with these parameters, compiled once for all environments."""
    functional = CartPoleFunctional()
    for name in ("initial", "transition", "observation", "reward", "terminal"):
        setattr(functional, name, jax.jit(partial(getattr(functional, name), params=CartPoleParams(**params))))
    return functional


def make(**params):
    """Return phys2d/CartPole-v1 with these parameters."""
    env = gymnasium.make("phys2d/CartPole-v1", disable_env_checker=True)
    env.unwrapped.func_env = compiled(**params)
    return env


def sutton_barto():
    """Return the port with the rewards of Sutton and Barto: 0 a step, and -1 at the end."""
    return make(sutton_barto_reward=True)


def fixed():
    """Return the port with the product of pole mass and half length that the reference has: 0.1 kg * 0.5 m."""
    return make(polemass_length=0.05)
