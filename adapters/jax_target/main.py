"""The JAX ports as an adapter program; the modules are the environments."""

from importlib import import_module

import acrobot
import cartpole
import highcard
import mountaincar

from equivcheck.serving import serve_program

MAKERS = {
    "cartpole": lambda: cartpole,
    "mountaincar": lambda: mountaincar,
    "acrobot": lambda: acrobot,
    "highcard": lambda: highcard,
    "gen1": lambda: import_module("gen1.adapter"),  # it reads tables and teams, which the others need not wait for
}

if __name__ == "__main__":
    serve_program(MAKERS, name="jax_target", version="1")
