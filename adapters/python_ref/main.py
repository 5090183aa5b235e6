"""The reference environments as an adapter program."""

import acrobot
import cartpole
import highcard
import minatar_games
import mountaincar

from equivcheck.serving import serve_program

MAKERS = {
    "cartpole": cartpole.make,
    "mountaincar": mountaincar.make,
    "acrobot": acrobot.make,
    "highcard": highcard.make,
    "breakout": minatar_games.make_breakout,
    "space_invaders": minatar_games.make_space_invaders,
}

if __name__ == "__main__":
    serve_program(MAKERS, name="python_ref", version="1")
