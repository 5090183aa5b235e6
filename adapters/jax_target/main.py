"""The JAX ports as an adapter program; the modules are the environments, each imported when it is asked for."""

from functools import partial
from importlib import import_module

from equivcheck.serving import serve_program

MODULES = {
    "cartpole": "cartpole",
    "mountaincar": "mountaincar",
    "acrobot": "acrobot",
    "highcard": "highcard",
    "frozenlake": "frozenlake",
    "taxi": "taxi",
    "cliffwalking": "cliffwalking",
    "blackjack": "blackjack",
    "breakout": "breakout",
    "space_invaders": "space_invaders",
    "gen1": "gen1.adapter",
}

if __name__ == "__main__":
    serve_program({name: partial(import_module, module) for name, module in MODULES.items()}, name="jax_target", version="1")
