"""Showdown's 64-bit generator, `Gen5RNG`, in two uint32, the draws it is asked for, and the records of them.

Every draw has a mask: where it is false the generator stays as it is, and the value means nothing.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import words

from .compiling import apart
from .journal import Journal, append
from .tables import MOVE_NAMES

MULTIPLIER = 0x5D588B656C078965
INCREMENT = 0x269EC3


class Site(Enum):
    """Who asks, as the reference names it."""

    BEFORE_TURN = "eachEvent BeforeTurn"
    BIDE = "bide onStart"
    STATUS_TIE = "runEvent SetStatus"
    CONFUSED = "confusion onBeforeMove"
    CONFUSION = "confusion onStart"
    DAMAGE = "getDamage"
    DISABLE = "disable onStart"
    DISABLE_TIE = "runEvent DisableMove"
    DURATION = "durationCallback"
    HIT = "moveHit"
    INSERT = "insertChoice"
    METRONOME = "metronome onHit"
    MIMIC = "mimic onHit"
    PARALYSIS = "par onBeforeMove"
    PSYWAVE = "damageCallback"
    RESIDUAL = "fieldEvent Residual"
    SLEEP = "slp onStart"
    SORT = "sort"
    SUBSTITUTE = "substitute onTryHit"
    THRASH = "lockedmove onStart"
    TRY_HIT = "tryMoveHit"
    UPDATE = "eachEvent Update"


SITES = list(Site)
FORMS = ("random {} {}", "chance {} 256", "sample {1}", "shuffle {1}")
RANDOM, CHANCE, SAMPLE, SHUFFLE = range(4)

NO_MOVE = len(MOVE_NAMES)
"""What a thawed Pokemon that has selected nothing tries; when it is used it is move 0, and Fissure in the records."""
MOVE_IDS = ["".join(filter(str.isalnum, name.lower())) for name in MOVE_NAMES] + ["nomove"]


def advance(rng: jax.Array, mask: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return the generator uint32[2], high word first, and its next 32 bits."""
    high, low = words.add(words.multiply((rng[0], rng[1]), words.pair(MULTIPLIER)), words.pair(INCREMENT))
    return jnp.where(mask, jnp.stack([high, low]), rng), high


def random(
    journal: Journal,
    mask: jax.Array,
    low: jax.Array | int,
    high: jax.Array | int,
    site: Site | jax.Array,
    form: jax.Array | int = RANDOM,
) -> tuple[Journal, jax.Array]:
    """Return the journal and an int32 from `low` to `high` - 1: `random(low, high)`. A site by its index may depend on the battle."""
    rng, value = _roll(journal.rng, mask, jnp.asarray(high, jnp.int32) - low)
    value += low
    return _record(journal._replace(rng=rng), mask, site, form, low, high, value), value


@apart
def _roll(rng: jax.Array, mask: jax.Array, width: jax.Array) -> tuple[jax.Array, jax.Array]:
    rng, word = advance(rng, mask)
    scaled, _ = words.multiply_words(word, width.astype(jnp.uint32))
    return rng, scaled.astype(jnp.int32)


def chance(journal: Journal, mask: jax.Array, numerator: jax.Array | int, site: Site | jax.Array) -> tuple[Journal, jax.Array]:
    """Return the journal and a bool: `randomChance(numerator, 256)`, the only denominator of Generation 1."""
    rng, value = _roll(journal.rng, mask, jnp.int32(256))
    answer = value < numerator
    return _record(journal._replace(rng=rng), mask, site, CHANCE, numerator, 0, answer), answer


def sample(journal: Journal, mask: jax.Array, open_slots: jax.Array, site: Site) -> tuple[Journal, jax.Array]:
    """Return the journal and the int32 index of one of those that are open: `sample` of a list filtered by bool[n]."""
    count = open_slots.astype(jnp.int32)
    journal, pick = random(journal, mask, 0, count.sum(), site, SAMPLE)
    return journal, jnp.argmax((jnp.cumsum(count) == pick + 1) & open_slots).astype(jnp.int32)


def shuffle_pair(journal: Journal, mask: jax.Array, site: Site) -> tuple[Journal, jax.Array]:
    """Return the journal and whether two that tie change places: `shuffle` of two."""
    journal, pick = random(journal, mask, 0, 2, site, SHUFFLE)
    return journal, pick == 1


def draw_shuffles(journal: Journal, mask: jax.Array, sizes: jax.Array, site: Site) -> Journal:
    """Return the journal after the draws of shuffles of so many, int32[n], one after the other, whose outcomes matter to nobody."""

    def is_left(state: tuple[jax.Array, Journal]) -> jax.Array:
        return (state[0] > 1).any()

    def draw(state: tuple[jax.Array, Journal]) -> tuple[jax.Array, Journal]:
        sizes, journal = state
        here = jnp.arange(len(sizes)) == jnp.argmax(sizes > 1)
        journal, _ = random(journal, is_left(state), 0, jnp.where(here, sizes, 0).sum(), site, SHUFFLE)
        return sizes - here, journal

    return jax.lax.while_loop(is_left, draw, (jnp.where(mask, sizes, 0), journal))[1]


def _record(journal: Journal, mask: jax.Array, site: Site | jax.Array, form: jax.Array | int, *numbers: jax.Array | int) -> Journal:
    if journal.draws is None or journal.mover is None or journal.move is None:
        return journal
    row = [SITES.index(site) if isinstance(site, Site) else site, journal.mover, journal.move, form, *numbers]
    return journal._replace(draws=append(journal.draws, mask, row))


def name_draws(table: np.ndarray[Any, Any], count: int) -> list[dict[str, str]]:
    """Return the records of one step's draws as the reference writes them, on the host. Raises: OverflowError."""
    if count > len(table):
        raise OverflowError(f"a step drew {count} times: journal.DRAWS_MAX is {len(table)}")
    return [_name_draw(*row) for row in table[:count].tolist()]


def _name_draw(site: int, mover: int, move: int, form: int, low: int, high: int, value: int) -> dict[str, str]:
    side, place = divmod(mover - 1, 6)
    key = f"p{side + 1}:{place + 1} {MOVE_IDS[move]}" if mover else ""
    return {"site": SITES[site].value, "key": key, "domain": FORMS[form].format(low, high), "value": str(value)}
