"""What a step carries in the place of the bare generator: the generator, and where it is asked for, what was drawn and what happened."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from .compiling import apart

DRAWS_MAX, EVENTS_MAX = 64, 64
"""Rows of a step's tables."""


class Rows(NamedTuple):
    """A table that a step fills from above; a `count` beyond its length is an error on the host."""

    table: jax.Array
    count: jax.Array


class Journal(NamedTuple):
    """The generator uint32[2], high word first; then, or None where nothing is recorded, the tables and whose move is under way.

    `mover` is side * 6 + place + 1, 0 where no move is; `move` its number, or one that `generator` names. `speeds` int32[2] are those that
    Showdown last noted of who is out, which ties go by.
    """

    rng: jax.Array
    draws: Rows | None = None
    events: Rows | None = None
    mover: jax.Array | None = None
    move: jax.Array | None = None
    speeds: jax.Array | None = None


DRAW_WIDTH, EVENT_WIDTH = 7, 8


def open_journal(rng: jax.Array, recording: bool) -> Journal:
    """Return the journal of a step that begins."""
    if not recording:
        return Journal(rng)
    zero = jnp.int32(0)
    draws, events = (
        Rows(jnp.zeros((length, width), jnp.int32), zero) for length, width in ((DRAWS_MAX, DRAW_WIDTH), (EVENTS_MAX, EVENT_WIDTH))
    )
    return Journal(rng, draws, events, zero, zero)


def append(rows: Rows, mask: jax.Array, numbers: list[jax.Array | int]) -> Rows:
    """Return the table with a row more where `mask` holds; numbers that are not given are 0."""
    width = rows.table.shape[1]
    row = jnp.stack([jnp.asarray(number).astype(jnp.int32) for number in [*numbers, *[0] * (width - len(numbers))]])
    return _put_row(rows, mask, row)


@apart
def _put_row(rows: Rows, mask: jax.Array, row: jax.Array) -> Rows:
    here = (jnp.arange(len(rows.table)) == rows.count) & mask
    return Rows(jnp.where(here[:, None], row, rows.table), rows.count + mask.astype(jnp.int32))


def append_all(rows: Rows, masks: jax.Array, numbers: jax.Array) -> Rows:
    """Return the table with those of the rows int32[n, width] more where `masks` holds."""
    counts = masks.astype(jnp.int32)
    places = rows.count + jnp.cumsum(counts) - counts
    table = rows.table.at[jnp.where(masks, places, len(rows.table))].set(numbers, mode="drop")
    return Rows(table, rows.count + counts.sum())


def set_mover(journal: Journal, mask: jax.Array, mover: jax.Array | int, move: jax.Array | int) -> Journal:
    """Return the journal with another move under way where `mask` holds: `setActiveMove`, or `clearActiveMove` for mover 0."""
    if journal.mover is None or journal.move is None:
        return journal
    return journal._replace(mover=jnp.where(mask, mover, journal.mover), move=jnp.where(mask, move, journal.move))
