"""The reference environments as an adapter program."""

import acrobot
import cartpole
import highcard
import mountaincar

from equivcheck.serving import serve_program

MAKERS = {
    "cartpole": cartpole.make,
    "mountaincar": mountaincar.make,
    "acrobot": acrobot.make,
    "highcard": highcard.make,
}

if __name__ == "__main__":
    serve_program(MAKERS, name="python_ref", version="1")
