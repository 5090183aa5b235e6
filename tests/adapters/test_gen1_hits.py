"""Damage, accuracy and stages, as Showdown's own functions answered from recorded states."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest.importorskip("jax")
sys.path.append(str(Path(__file__).parents[2] / "adapters" / "jax_target"))

import jax
import jax.numpy as jnp
import numpy as np
from gen1 import accuracy, boosts, damage, tables
from gen1.golden.cases import read_cases, stack_steps, take_battles
from gen1.journal import Journal
from gen1.state import take_side


@pytest.fixture(scope="module")
def cases():
    return read_cases()


def battles_of(cases, rows):
    return take_battles(stack_steps(cases), rows[:, 0])


def hit(battle, side, number, rng):
    source, target = take_side(battle.sides, side), take_side(battle.sides, 1 - side)
    after, found = damage.find_hit(Journal(rng), jnp.bool_(True), source, target, tables.take_move(number), battle.last_damage)
    return jnp.stack([*found]), after.rng


def aim(battle, side, number):
    source, target = take_side(battle.sides, side), take_side(battle.sides, 1 - side)
    move = tables.take_move(number)
    found = accuracy.take_aim(source, target, move)
    return jnp.stack([found.outcome, jnp.where(found.sure, 0, found.odds - move.on_self), found.rage, found.locked])


def boost(battle, side, stat, stages):
    pokemon = take_side(battle.sides, side).active_pokemon
    answers = []
    for index in range(6):
        after, outcome = boosts.boost(pokemon, index, stages, jnp.bool_(True))
        answers.append(jnp.stack([outcome, after.boosts[index], after.modified[index] if index < 4 else jnp.int32(0)]))
    return jnp.stack(answers)[stat]


def confuse(battle, side):
    return damage.confused_damage(take_side(battle.sides, side))


def name_wrong(rows, wanted, found, wrong):
    return [(tables.MOVE_NAMES[rows[i, 2]], wanted[i].tolist(), found[i].tolist()) for i in np.flatnonzero(wrong)]


def test_every_hit_takes_what_showdown_says_and_draws_as_often(cases):
    rows = np.asarray(cases["damage"], np.int64)
    assert len(rows) >= 1500
    rng = jnp.asarray(rows[:, 3:5].astype(np.uint32))
    found, after = jax.jit(jax.vmap(hit))(battles_of(cases, rows), rows[:, 1], rows[:, 2], rng)
    wrong = (np.asarray(found) != rows[:, 5:8]).any(axis=1) | (np.asarray(after) != rows[:, 8:10]).any(axis=1)
    assert not name_wrong(rows, rows[:, 5:8], np.asarray(found), wrong)


def test_every_aim_is_showdowns(cases):
    rows = np.asarray(cases["checks"], np.int64)
    found = np.array(jax.jit(jax.vmap(aim))(battles_of(cases, rows), rows[:, 1], rows[:, 2]))
    found[found[:, 0] != accuracy.REACHES, 1] = 0
    wrong = (found != rows[:, 3:7]).any(axis=1)
    assert not name_wrong(rows, rows[:, 3:7], found, wrong)
    assert set(np.unique(found[:, 0])) == {accuracy.REACHES, accuracy.AWAY, accuracy.UNAFFECTED, accuracy.TOO_FAST}


def test_every_stage_changes_as_in_showdown(cases):
    rows = np.asarray(cases["boosts"], np.int64)
    found = np.asarray(jax.jit(jax.vmap(boost))(battles_of(cases, rows), rows[:, 1], rows[:, 2], rows[:, 3]))
    assert np.array_equal(found, rows[:, 4:7])
    assert set(np.unique(found[:, 0])) == {boosts.UNCHANGED, boosts.CHANGED, boosts.AT_LIMIT}


def test_a_confused_pokemon_hurts_itself_as_in_showdown(cases):
    rows = np.asarray(cases["confusion"], np.int64)
    found = jax.jit(jax.vmap(confuse))(battles_of(cases, rows), rows[:, 1])
    assert np.array_equal(found, rows[:, 2])
