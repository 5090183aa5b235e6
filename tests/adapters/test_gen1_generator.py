"""The generator of the port draws what Showdown's draws."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest.importorskip("jax")
sys.path.append(str(Path(__file__).parents[2] / "adapters" / "jax_target"))

import jax
import jax.numpy as jnp
import numpy as np
from gen1 import generator
from gen1 import journal as journals
from gen1.generator import Site
from gen1.golden.cases import read_cases
from gen1.journal import Journal


@pytest.fixture(scope="module")
def draws():
    return read_cases()["draws"]


def column(draws, name):
    return jnp.asarray(np.asarray([each[name] for each in draws], np.int32))


def seeds_of(draws):
    words = np.asarray([each["seed"] for each in draws], np.uint32)
    return jnp.asarray(np.stack([words[:, 0] << 16 | words[:, 1], words[:, 2] << 16 | words[:, 3]], axis=1))


def draw_all(rng, low, width, numerator, open_slots, mask):
    journal = Journal(rng)
    journal, between = generator.random(journal, mask, low, low + width, Site.DAMAGE)
    journal, below = generator.random(journal, mask, 0, width, Site.DAMAGE)
    journal, hit = generator.chance(journal, mask, numerator, Site.HIT)
    journal, slot = generator.sample(journal, mask, open_slots, Site.MIMIC)
    journal, swapped = generator.shuffle_pair(journal, mask, Site.UPDATE)
    journal = generator.draw_shuffles(journal, mask, jnp.asarray([1, 5, 0]), Site.RESIDUAL)
    return journal.rng, jnp.stack([between, below, hit.astype(jnp.int32), slot]), swapped


def draw_for(draws, mask):
    arguments = [seeds_of(draws), *(column(draws, name) for name in ("low", "width", "numerator")), column(draws, "open") > 0]
    return jax.jit(jax.vmap(draw_all))(*arguments, jnp.full(len(draws), mask))


def test_every_kind_of_draw_gives_what_showdown_draws(draws):
    assert len(draws) >= 500
    after, values, swapped = draw_for(draws, True)
    assert np.array_equal(values, column(draws, "values"))
    assert np.array_equal(swapped, column(draws, "pair"))
    assert np.array_equal(after, np.asarray([each["after"] for each in draws], np.uint32))


def test_the_generator_stays_where_the_mask_is_false(draws):
    after, *_ = draw_for(draws, False)
    assert np.array_equal(after, seeds_of(draws))


def test_the_largest_words_are_scaled_without_loss():
    assert int(generator.random(Journal(jnp.asarray([0, 0], jnp.uint32)), jnp.bool_(True), 217, 256, Site.DAMAGE)[1]) == 217
    words = jnp.asarray([0xFFFFFFFF, 0xFFFFFFFF], jnp.uint32)
    state = (0xFFFFFFFFFFFFFFFF * generator.MULTIPLIER + generator.INCREMENT) % 2**64
    journal, value = generator.random(Journal(words), jnp.bool_(True), 0, 2**20, Site.DAMAGE)
    assert journal.rng.tolist() == [state >> 32, state & 0xFFFFFFFF]
    assert int(value) == ((state >> 32) * 2**20) >> 32


def test_draws_are_told_as_the_reference_tells_them():
    @jax.jit
    def record(rng):
        journal = journals.open_journal(rng, recording=True)
        journal = journals.set_mover(journal, jnp.bool_(True), 9, 94)
        journal, _ = generator.random(journal, jnp.bool_(True), 217, 256, Site.DAMAGE)
        journal, _ = generator.chance(journal, jnp.bool_(False), 25, Site.HIT)
        journal, _ = generator.chance(journal, jnp.bool_(True), 0, Site.HIT)
        journal = journals.set_mover(journal, jnp.bool_(True), 0, 0)
        return generator.draw_shuffles(journal, jnp.bool_(True), jnp.asarray([3]), Site.UPDATE).draws

    told = generator.name_draws(*record(jnp.zeros(2, jnp.uint32)))
    assert [draw["domain"] for draw in told] == ["random 217 256", "chance 0 256", "shuffle 3", "shuffle 2"]
    assert told[0] == {"site": "getDamage", "key": "p2:3 psychic", "domain": "random 217 256", "value": "217"}
    assert told[1]["value"] == "0"
    assert told[2]["key"] == ""


def test_more_draws_than_there_are_rows_are_an_error():
    def fill(count):
        journal = journals.open_journal(jnp.zeros(2, jnp.uint32), recording=True)
        return generator.draw_shuffles(journal, jnp.bool_(True), jnp.asarray([count + 1]), Site.UPDATE).draws

    assert len(generator.name_draws(*fill(journals.DRAWS_MAX))) == journals.DRAWS_MAX
    with pytest.raises(OverflowError, match="DRAWS_MAX is 64"):
        generator.name_draws(*fill(journals.DRAWS_MAX + 1))
