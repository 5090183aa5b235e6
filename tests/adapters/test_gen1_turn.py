"""Whole steps of battles, as Showdown played them: state, generator, log, draws, and what is legal next."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

pytest.importorskip("jax")
sys.path.append(str(Path(__file__).parents[2] / "adapters" / "jax_target"))

import jax
import jax.numpy as jnp
import numpy as np
from gen1 import events, generator, legality, turn
from gen1.golden.cases import read_cases, stack_switches
from gen1.golden.steps import read_steps

BATCH = 2304
"""Of every call, so that one compilation serves all."""


@pytest.fixture(scope="module")
def steps():
    return read_steps()


@pytest.fixture(scope="module")
def switches():
    return stack_switches(read_cases())


@jax.jit
@jax.vmap
def play_recorded(battle, actions):
    after, journal = turn.play(battle, actions, recording=True)
    return after, legality.legal(after), journal.draws, journal.events


@jax.jit
@jax.vmap
def play_bare(battle, actions):
    return turn.play(battle, actions)[0]


def play_all(play, battles, actions):
    """Play N steps in one batch, filled up with the first."""
    rows = np.arange(BATCH)
    rows[len(actions) :] = 0
    whole = jax.tree.map(lambda leaf: jnp.asarray(leaf[rows]), battles)
    return jax.tree.map(lambda leaf: np.asarray(leaf)[: len(actions)], play(whole, jnp.asarray(actions[rows])))


@pytest.fixture(scope="module")
def played(steps):
    return play_all(play_recorded, steps.before, steps.actions)


def differences(wanted, found):
    """Return the leaves that differ, and in which rows."""
    pairs = zip(jax.tree_util.tree_flatten_with_path(wanted)[0], jax.tree.leaves(found), strict=True)
    unlike = {
        jax.tree_util.keystr(path): np.flatnonzero((leaf != np.asarray(other)).reshape(len(leaf), -1).any(axis=1)).tolist()
        for (path, leaf), other in pairs
    }
    return {path: rows for path, rows in unlike.items() if rows}


def test_every_step_ends_as_in_showdown(steps, played):
    after, legal, _, _ = played
    assert len(steps.actions) >= 2000
    assert not differences(steps.after, after)
    assert np.array_equal(steps.legal, legal)


def test_every_step_logs_and_draws_what_showdown_does(steps, played):
    _, _, draws, log = played
    lines = [events.name_events(table, count) for table, count in zip(log.table, log.count, strict=True)]
    assert [(at, line) for at, line in enumerate(lines) if line != steps.events[at]] == []
    records = [generator.name_draws(table, count) for table, count in zip(draws.table, draws.count, strict=True)]
    assert [(at, each) for at, each in enumerate(records) if each != steps.draws[at]] == []


def test_what_is_recorded_changes_nothing(steps, played):
    assert not differences(played[0], play_all(play_bare, steps.before, steps.actions))


def test_a_difference_is_named_by_leaf_and_step(steps):
    wrong = steps.after._replace(turn=steps.after.turn + (np.arange(len(steps.actions)) == 3))
    assert differences(steps.after, wrong) == {".turn": [3]}


def test_the_recorded_steps_show_what_is_rare(steps):
    lines = [line for log in steps.events for line in log]
    kinds = Counter(line.split("|")[0] for line in lines)
    assert kinds.keys() >= {"cant", "faint", "move", "switch", "win", "-mustrecharge", "-prepare", "-transform", "-clearallboost"}
    reasons = Counter(line.split("|")[2] for line in lines if line.startswith("cant|"))
    assert reasons.keys() == {*events.REASONS, "Disable"}
    for mark in ("[from] Metronome", "[from] Mirror Move", "[from] Leech Seed", "[from] confusion", "[still]", "[miss]", "-end|p1:1|Bide"):
        assert any(mark in line for line in lines), mark
    assert {tuple(row) for row in steps.before.sides.request.tolist()} == {(1, 1), (0, 2), (2, 0), (2, 2)}
    sites = {draw["site"] for draws in steps.draws for draw in draws}
    assert sites >= {site.value for site in generator.Site} - {"insertChoice"}
    held = steps.after.sides.volatile
    assert all(getattr(held, name).any() for name in held._fields)
    assert steps.after.sides.active_pokemon.maybe_locked.any()


def test_every_step_of_switches_ends_as_in_showdown(switches):
    """Among them replacements by both at once, ties of many lengths, and endless battles."""
    before, places, after = switches
    assert not differences(after, play_all(play_bare, before, places + 4))
    assert (before.sides.request == 2).all(axis=1).any()
    assert 3 in after.winner


def test_a_turn_beyond_the_last_is_a_tie(switches):
    before, places, _ = switches
    late = before._replace(turn=np.full_like(before.turn, 1000))
    after = play_all(play_bare, late, places + 4)
    ended = after.turn == 1001
    assert ended.any()
    assert (after.winner[ended] == 3).all()
    assert not after.sides.request[ended].any()
