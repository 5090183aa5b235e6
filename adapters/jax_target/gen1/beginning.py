"""The first moment of a battle: both teams whole, whoever stands first sent out. All in int32."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from . import generator
from .closing import MOVING
from .state import FIELDS, Battle, Side, build, join_sides, narrow, widen
from .switching import send_out
from .tables import SOURCE
from .teams import Teams

PP = np.asarray(SOURCE["moves"]["pp"], np.uint8)
TIES = 4
"""How often `start` and what follows sort two Pokemon by their speed: insertChoice, Update, runSwitch, Update."""
BLANK: Battle = build(lambda path, *other: np.zeros((*[2] * len(other), *FIELDS[path].shape), FIELDS[path].dtype))


def begin(rng: jax.Array, teams: tuple[Teams, Teams]) -> Battle:
    """Return a battle at its first turn; `rng` uint32[2], high word first, is its generator before anything is drawn."""
    blank = widen(BLANK)
    first, second = (_enter(jax.tree.map(lambda leaf, index=index: leaf[index], blank.sides), teams[index]) for index in (0, 1))
    tied = first.active_pokemon.modified[2] == second.active_pokemon.modified[2]
    for _ in range(TIES):
        rng, _ = generator.advance(rng, tied)
    journal = blank.rng._replace(rng=rng)
    return narrow(blank._replace(turn=jnp.int32(1), rng=journal, sides=join_sides(first, second)))


def _enter(side: Side, team: Teams) -> Side:
    species, level, stats, moves = (jnp.asarray(column).astype(jnp.int32) for column in team)
    pp = jnp.where(moves > 0, jnp.asarray(PP)[moves], 0).astype(jnp.int32)
    whole = side._replace(species=species, level=level, stats=stats, hp=stats[:, 0], moves=moves, pp=pp, request=jnp.int32(MOVING))
    return send_out(whole, jnp.int32(0), jnp.bool_(True))
