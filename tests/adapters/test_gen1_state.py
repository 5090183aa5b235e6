"""States recorded from the reference: kept without loss, shown and judged as the reference does."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest.importorskip("jax")
sys.path.append(str(Path(__file__).parents[2] / "adapters" / "jax_target"))

import jax
import jax.numpy as jnp
import numpy as np
from gen1 import legality, observation, state
from gen1.exchange import export_state, import_state
from gen1.golden.cases import read_cases, stack_steps

BYTES_MAX = 1024


@pytest.fixture(scope="module")
def steps():
    return stack_steps(read_cases())


@pytest.fixture(scope="module")
def battles(steps):
    return jax.tree.map(jnp.asarray, import_state(steps.states))


def leaf(tree, path):
    for name in path.split("."):
        tree = tree[name]
    return tree


def test_every_field_comes_back_as_it_was(steps, battles):
    back = export_state(battles)
    for path, field in state.FIELDS.items():
        assert np.array_equal(leaf(back, path), leaf(steps.states, path)), path
        assert leaf(back, path).dtype == field.dtype, path


def test_widening_and_narrowing_lose_nothing(battles):
    back = jax.jit(lambda battle: state.narrow(state.widen(battle)))(battles)
    for before, after in zip(jax.tree.leaves(battles), jax.tree.leaves(back), strict=True):
        assert np.array_equal(before, after)
        assert before.dtype == after.dtype


def test_no_field_can_overflow_its_type():
    for path, field in state.FIELDS.items():
        assert np.iinfo(field.dtype).min <= field.low <= field.high <= np.iinfo(field.dtype).max, path


def test_a_battle_is_small(battles):
    assert sum(each.nbytes for each in jax.tree.leaves(battles)) // len(battles.turn) <= BYTES_MAX


def test_the_recorded_states_show_what_is_rare(steps):
    """Nothing would be proved of a field that is 0 in all of them."""
    rare = "bide confusion disable leech_seed locked_move rage recharge substitute trapped trapping two_turn_move"
    for name in rare.split():
        assert any(leaf(steps.states, f"{side}.volatile.{name}").any() for side in ("p1", "p2")), name
    assert set(np.unique(steps.states["winner"])) >= {0, 1, 2}
    for side in ("p1", "p2"):
        assert set(np.unique(steps.states[side]["request"])) == {0, 1, 2}


def test_the_observation_is_the_references(steps, battles):
    seen = np.asarray(jax.jit(jax.vmap(observation.observe))(battles))
    assert seen.dtype == np.float32
    assert seen.shape[-1] == observation.LENGTH
    assert np.array_equal(seen, steps.obs)


def test_the_legal_actions_are_the_references(steps, battles):
    assert np.array_equal(jax.jit(jax.vmap(legality.legal))(battles), steps.legal)


def test_a_state_that_is_none_is_refused(steps):
    broken = {**steps.states, "turn": steps.states["turn"] * 0}
    with pytest.raises(ValueError, match="turn: 0 is not from 1 to 1001"):
        import_state(broken)
    with pytest.raises(ValueError, match=r"the state has no p2\.species"):
        import_state({**steps.states, "p2": {}})
    with pytest.raises(ValueError, match=r"p1\.hp has 5 numbers, not 6"):
        import_state({**steps.states, "p1": {**steps.states["p1"], "hp": steps.states["p1"]["hp"][:, :5]}})
    with pytest.raises(ValueError, match=r"p1\.hp: 0.5 is not from 0 to 999"):
        import_state({**steps.states, "p1": {**steps.states["p1"], "hp": steps.states["p1"]["hp"] * 0 + 0.5}})
    with pytest.raises(ValueError, match="not equally many"):
        import_state({**steps.states, "turn": steps.states["turn"][1:]})


def test_nothing_is_legal_where_a_sleeper_has_lost_its_slot_and_has_nobody_to_switch_to(battles):
    """The reference's stuck.test.mjs plays to such a state, and to one with somebody on the bench."""
    asked = int(np.flatnonzero((np.asarray(battles.sides.request) == 1).all(axis=1))[0])
    battle = jax.tree.map(lambda leaf: leaf[asked], battles)
    sides, active = battle.sides, battle.sides.active_pokemon
    place = sides.active[0]
    one_slot = active.moves.at[0].set(jnp.array([33, 0, 0, 0], active.moves.dtype))
    alone = jnp.zeros_like(sides.hp[0]).at[place].set(9)
    sides = sides._replace(
        status=sides.status.at[0, place].set(1),
        selected_slot=sides.selected_slot.at[0].set(3),
        hp=sides.hp.at[0].set(alone),
        active_pokemon=active._replace(moves=one_slot),
        volatile=jax.tree.map(jnp.zeros_like, sides.volatile),
    )
    assert not legality.legal(battle._replace(sides=sides)).any()
    kept = sides._replace(selected_slot=sides.selected_slot.at[0].set(0))
    assert np.flatnonzero(legality.legal(battle._replace(sides=kept))[0]).tolist() == [0]
    bench = sides._replace(hp=sides.hp.at[0, (place + 1) % 6].set(9))
    masks = legality.legal(battle._replace(sides=bench))
    assert np.flatnonzero(masks[0]).tolist() == [4 + (int(place) + 1) % 6]
    assert masks[1].any()
