"""What a gymnasium environment draws after its reset, on a tape."""

from __future__ import annotations

import sys
from typing import Any, Final

from equivcheck.recording import Tape, TapedGenerator, choice, record_function

_TOY_TEXT: Final = "gymnasium.envs.toy_text."


def make_tape() -> Tape:
    """Return a tape to be given to `put_tape`; what toy text draws by its own function is recorded with its probabilities."""
    for name, module in list(sys.modules.items()):
        if name.startswith(_TOY_TEXT) and hasattr(module, "categorical_sample"):
            record_function(module, "categorical_sample", lambda prob_n, np_random: choice(prob_n))
    return Tape()


def put_tape(env: Any, tape: Tape) -> None:
    """Have the environment's generator, which a reset makes anew, draw through the tape from now on."""
    generator = env.unwrapped.np_random
    if not isinstance(generator, TapedGenerator):
        env.unwrapped.np_random = TapedGenerator(generator.bit_generator, tape)
