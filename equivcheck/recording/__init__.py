"""Draws: recorded where a reference makes them, and given to a target in their place.

A draw is a record `{site, key, domain, value}`: where in the code it is made, whom it concerns ("" where that says nothing), what it could
have been, and what it was. A domain is a map whose `kind` is `integers` (from `low`, `high` left out), `choice` (of the numbers
from 0, with the probabilities `p`), `permutation` (of the numbers below `n`), or the name of a distribution, with its parameters by name;
`size` is the shape of what was drawn at once.
"""

from __future__ import annotations

from equivcheck.recording.domains import choice, distribution, holds, integers, permutation
from equivcheck.recording.functions import record_function
from equivcheck.recording.numpy_generators import TapedGenerator, TapedRandomState
from equivcheck.recording.python_random import TapedRandom
from equivcheck.recording.tape import Tape

__all__ = [
    "Tape",
    "TapedGenerator",
    "TapedRandom",
    "TapedRandomState",
    "choice",
    "distribution",
    "holds",
    "integers",
    "permutation",
    "record_function",
]
