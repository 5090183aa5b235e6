"""Steps in which everybody who is asked switches, as Showdown played them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest.importorskip("jax")
sys.path.append(str(Path(__file__).parents[2] / "adapters" / "jax_target"))

import jax
import jax.numpy as jnp
import numpy as np
from gen1 import generator, state, turn
from gen1.golden.cases import read_cases, stack_switches


@pytest.fixture(scope="module")
def switches():
    return stack_switches(read_cases())


@jax.jit
@jax.vmap
def play(battle, places):
    return state.narrow(turn.play_switches(state.widen(battle), places))


def differences(wanted, found):
    """Return the leaves that differ, and in which rows."""
    pairs = zip(jax.tree_util.tree_flatten_with_path(wanted)[0], jax.tree.leaves(found), strict=True)
    unlike = {
        jax.tree_util.keystr(path): np.flatnonzero((leaf != np.asarray(other)).reshape(len(leaf), -1).any(axis=1)).tolist()
        for (path, leaf), other in pairs
    }
    return {path: rows for path, rows in unlike.items() if rows}


def count_draws(before, after):
    """Return how often the generator was asked between two states."""
    rng, draws = jnp.asarray(before), np.zeros(len(before), int)
    for _ in range(8):
        behind = (np.asarray(rng) != after).any(axis=1)
        draws += behind
        rng = jax.vmap(lambda each, mask: generator.advance(each, mask)[0])(rng, jnp.asarray(behind))
    assert np.array_equal(rng, after)
    return draws


def test_every_step_of_switches_ends_as_in_showdown(switches):
    before, places, after = switches
    assert not differences(after, play(jax.tree.map(jnp.asarray, before), jnp.asarray(places)))


def test_the_recorded_steps_show_what_is_rare(switches):
    """Replacements by one and by both, ties of many lengths, a Pokemon that faints as it comes, and an endless battle."""
    before, _, after = switches
    assert {tuple(row) for row in before.sides.request.tolist()} == {(1, 1), (0, 2), (2, 0), (2, 2)}
    assert {tuple(row) for row in after.sides.request.tolist()} >= {(1, 1), (0, 2), (2, 0)}
    assert 3 in after.winner
    draws = count_draws(before.rng, after.rng)
    assert set(draws) >= {0, 1, 2, 3, 6}
    assert draws[(before.sides.request == 2).all(axis=1)].max() >= 4
    held = after.sides.volatile
    assert ((held.bide > 0) & (held.disable > 0) & (after.sides.request == 1)).any()


def test_a_turn_beyond_the_last_is_a_tie(switches):
    before, places, _ = switches
    late = jax.tree.map(jnp.asarray, before._replace(turn=np.full_like(before.turn, 1000)))
    after = play(late, jnp.asarray(places))
    ended = np.asarray(after.turn) == 1001
    assert ended.any()
    assert (np.asarray(after.winner)[ended] == 3).all()
    assert not np.asarray(after.sides.request)[ended].any()
