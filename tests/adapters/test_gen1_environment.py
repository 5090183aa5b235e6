"""Generation 1 in JAX as an environment: resets, refusals and records as the reference's, and itself however it is run."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("jax")
sys.path.append(str(Path(__file__).parents[2] / "adapters" / "jax_target"))

import jax
import jax.numpy as jnp
import numpy as np
from click.testing import CliRunner
from gen1 import adapter, environment, teams
from gen1.golden.cases import read_cases, stack_steps
from gen1.replay import read_battles
from gen1.rollout import rollout

from equivcheck.backends.ecosystem.functional import FunctionalBackend
from equivcheck.cli import main
from equivcheck.model.request import FULL, Greeting, Roll
from equivcheck.model.script import Episode, Script
from equivcheck.model.values import flatten, same_value

pytestmark = pytest.mark.jax
ADAPTERS = Path(__file__).parents[2] / "adapters"
needs_showdown = pytest.mark.skipif(shutil.which("npm") is None, reason="node and npm are not installed")


@pytest.fixture(scope="module", autouse=True)
def compilations(tmp_path_factory):
    """What one test compiles the others need not, nor the programs that they start."""
    folder = os.environ.get("JAX_COMPILATION_CACHE_DIR") or str(tmp_path_factory.mktemp("jax"))
    before = jax.config.jax_compilation_cache_dir
    os.environ["JAX_COMPILATION_CACHE_DIR"] = folder
    jax.config.update("jax_compilation_cache_dir", folder)
    yield
    jax.config.update("jax_compilation_cache_dir", before)
    if before is None:
        del os.environ["JAX_COMPILATION_CACHE_DIR"]


@pytest.fixture(scope="module")
def port():
    return FunctionalBackend(adapter, Greeting("gen1"))


@pytest.fixture(scope="module")
def rolled():
    """Return what 24 battles of the device's own rollout were in each of 80 steps."""
    played = jax.jit(rollout, static_argnames=("battles", "steps", "shown"))
    return played(jax.random.key(5), environment.default_params, battles=24, steps=80, shown=24)


def some_team(chooser):
    """Return a team of any species with any moves, one of which does damage."""
    names, moves = teams.SPECIES_NAMES, teams.MOVE_NAMES
    team = []
    for _ in range(chooser.randint(1, 6)):
        known = {"tackle", *(moves[chooser.randint(1, 164)] for _ in range(chooser.randint(0, 3)))}
        spread = {stat: chooser.randint(0, 31) for stat in ("hp", "atk", "def", "spe")}
        evs = {stat: chooser.randint(0, 255) for stat in ("hp", "atk", "def", "spe")}
        one = {"species": names[chooser.randint(1, 151)], "level": chooser.randint(1, 100), "ivs": spread, "evs": evs}
        team.append({**one, "moves": sorted({teams.make_id(move): move for move in known}.values())})
    return team


def spell(team):
    return tuple(np.concatenate([column.ravel() for column in team]).tolist())


# --- the beginning


@needs_showdown
def test_a_battle_of_given_teams_begins_as_in_showdown(showdown):
    chooser, tied = random.Random(3), 0
    for number in range(60):
        first, second = some_team(chooser), some_team(chooser)
        if number % 3 == 0:
            second[0] = first[0]  # of equal speed
        options = {"teams": {"p1": first, "p2": second}}
        seed = chooser.getrandbits(64)
        shown = showdown.reset([0], [Episode(seed, options=options)], FULL)
        assert not shown.ends, shown.ends
        state = shown.step(0)["state"]
        assert same_value(state, adapter.begin(options, seed))
        tied += state["rng"].tolist() != [seed >> 32, seed & 0xFFFFFFFF]
    assert tied >= 20


def test_a_reset_draws_both_teams_from_the_seed():
    keys = np.stack([np.full(300, 7, np.uint32), np.arange(300, dtype=np.uint32)], axis=1)
    reset = jax.jit(jax.vmap(environment.reset, (0, None)))
    _, states = reset(jnp.asarray(keys), environment.default_params)
    pool = environment.default_params.teams
    numbers = {spell(team): number for number, team in enumerate(zip(*pool, strict=True))}
    sides = [np.asarray(getattr(states.sides, name)) for name in pool._fields]
    drawn = [[numbers[spell([column[each, side] for column in sides])] for side in (0, 1)] for each in range(300)]
    assert len({team for pair in drawn for team in pair}) > 100
    assert sum(first == second for first, second in drawn) < 30
    assert (np.asarray(states.sides.hp) == np.asarray(states.sides.stats)[..., 0]).all()
    few = environment.Params(teams.Teams(*(column[:1] for column in pool)))
    _, same = reset(jnp.array([[1, 2]], jnp.uint32), few)
    assert (np.asarray(same.sides.species) == pool.species[0]).all()
    assert np.asarray(same.rng).tolist() != [[1, 2]], "two Pokemon of equal speed draw"


@needs_showdown
@pytest.mark.usefixtures("showdown")
def test_the_pool_is_drawn_by_the_reference():
    drawn = subprocess.run(["node", "pool.mjs"], cwd=ADAPTERS / "jax_target" / "gen1", capture_output=True, text=True, check=True)
    assert drawn.stdout == (ADAPTERS / "jax_target" / "gen1" / "pool.json").read_text()


def test_every_state_that_showdown_showed_can_be_loaded():
    states = stack_steps(read_cases()).states
    battles = adapter.import_state(states)
    assert all(same_value(leaf, flatten(states)[path].astype(leaf.dtype)) for path, leaf in flatten(adapter.export_state(battles)).items())
    listed = jax.tree.map(lambda leaf: list(np.moveaxis(leaf, 1, 0)) if leaf.ndim == 2 else leaf, states)
    assert all(np.array_equal(a, b) for a, b in zip(jax.tree.leaves(battles), jax.tree.leaves(adapter.import_state(listed)), strict=True))


# --- itself, however it is run


def test_what_is_rolled_without_records_is_served_with_them(port, rolled):
    """The same battles in other lanes, and beside others: batch position, records and auto-reset change nothing."""
    battles = read_battles(rolled.shown)
    random.Random(1).shuffle(battles)
    played = port.play(range(len(battles)), [Script((Episode(1, tuple(each.actions), start=each.start),)) for each in battles], FULL)
    assert not played.ends
    for run in played.runs:
        battle = battles[run.script]
        assert run.count == len(battle.actions) + 1
        for step, state in enumerate(battle.states):
            assert same_value(played.step(run.first + step + 1)["state"], state)
    assert played.flag("terminated").sum() == np.asarray(rolled.ended).sum() > 0
    assert sum(len(row["events"]) for row in map(played.step, range(played.step_count))) > played.step_count


@needs_showdown
def test_what_the_device_rolls_showdown_plays(showdown, rolled):
    battles = read_battles(rolled.shown)
    for battle in battles:
        (answer,) = [showdown.play([0], [Script((Episode(1, tuple(battle.actions), start=battle.start),))], FULL)]
        assert not answer.ends
        assert answer.step_count == len(battle.actions) + 1
        assert all(same_value(answer.step(row + 1)["state"], state) for row, state in enumerate(battle.states))


def test_eager_is_jitted(rolled):
    """Operation by operation, with loops in Python, a step is what it is compiled."""
    row = jax.tree.map(lambda leaf: jnp.asarray(leaf)[40, 3], rolled.shown)
    action = {agent: row.actions[index] for index, agent in enumerate(environment.AGENTS)}
    with jax.disable_jit():
        _, after, *_ = environment.step(jnp.zeros(2, jnp.uint32), row.before, action, environment.default_params)
    assert all(np.array_equal(a, b) for a, b in zip(jax.tree.leaves(after), jax.tree.leaves(row.after), strict=True))


# --- the adapter


def test_an_illegal_action_is_refused_and_the_lane_lives_on(port):
    port.reset([0], [Episode(3)], FULL)
    seen = port.step([0], [{"p1": 0, "p2": 0}], FULL)
    legal = seen.step(0)["legal"]
    wrong = int(np.flatnonzero(~legal["p1"])[0])
    for action, words in [
        ({"p1": wrong, "p2": 0}, f"p1: action {wrong} is not legal now"),
        ({"p1": 10, "p2": 0}, "p1: action 10 is not legal now"),
    ]:
        assert [end.words for end in port.step([0], [action], FULL).ends] == [words]
    right = {agent: int(np.flatnonzero(mask)[0]) for agent, mask in legal.items()}
    assert not port.step([0], [right], FULL).ends


def test_draws_are_shown_where_they_are_asked_for(port):
    rolls = [Roll((Episode(3, options=options),), (7,), 12) for options in ({}, {"draws": True})]
    seen = port.roll([0, 1], rolls, FULL)
    first, second = ([seen.step(run.first + step) for step in range(run.count)] for run in seen.runs)
    assert all("draws" not in row for row in first)
    assert second[0]["draws"] == []
    assert sum(len(row["draws"]) for row in second) > 12
    assert all(same_value({**row, "draws": []}, {**other, "draws": []}) for row, other in zip(first, second, strict=True))


def test_a_table_that_is_too_short_is_an_error():
    told = {"table": np.zeros((1, 4, 8), np.int32), "count": np.array([5])}
    with pytest.raises(OverflowError, match="EVENTS_MAX is 4"):
        adapter.records["events"](told)
    with pytest.raises(OverflowError, match="DRAWS_MAX is 4"):
        adapter.records["draws"](told)


def test_a_battle_takes_less_than_a_kibibyte(port):
    assert sum(leaf.nbytes for leaf in jax.tree.leaves(environment.reset(jnp.zeros(2, jnp.uint32), environment.default_params)[1])) <= 1024


def test_every_law_of_adapters_holds():
    conformed = CliRunner().invoke(main, ["conform", f"{ADAPTERS / 'jax_target'}:gen1"])
    assert conformed.exit_code == 0, conformed.output


def checked(*arguments):
    """Return what a check prints, which has to be EQUIVALENT."""
    result = CliRunner().invoke(main, ["check", *arguments])
    assert result.exit_code == 0, result.output
    return result.output


@needs_showdown
@pytest.mark.parametrize("reference", ["gen1randombattle", "gen1coverage"])
def test_it_is_equivalent_to_showdown(tmp_path, monkeypatch, reference):
    """The mode is found by itself; teams and the first state are the reference's."""
    monkeypatch.chdir(tmp_path)
    text = checked(f"{ADAPTERS / 'node_showdown'}:{reference}", f"{ADAPTERS / 'jax_target'}:gen1", "--level", "rollout", "--episodes", "10")
    assert "start reference" in text
    assert "setup" not in text


@needs_showdown
def test_the_contract_beside_the_port_is_one(monkeypatch):
    monkeypatch.chdir(ADAPTERS / "jax_target" / "gen1")
    assert "start reference, draws seeded, resync never" in checked("gen1-random", "--episodes", "10")


@pytest.mark.parametrize("recording", ["random", "coverage"])
def test_it_is_equivalent_to_what_showdown_played(tmp_path, monkeypatch, recording):
    """Without Node: the recordings hold the reference's answers."""
    monkeypatch.chdir(tmp_path)
    trace = ADAPTERS.parent / "traces" / "recorded" / "gen1" / f"{recording}.eqtrace"
    text = checked(f"trace:{trace}", f"{ADAPTERS / 'jax_target'}:gen1", "--level", "rollout", "--episodes", "20")
    assert "20 episodes diverged under each driver (recorded)" in text
