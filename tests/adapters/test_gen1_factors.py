"""What the level interaction brings together in Generation 1: scripts that both sides play alike, under few constraints."""

from __future__ import annotations

import os
import random
import shutil
from itertools import product
from pathlib import Path

import pytest

pytest.importorskip("jax")

from equivcheck.backends.opening import Opening
from equivcheck.levels.factors import Declared
from equivcheck.model.contract import read_contract
from equivcheck.model.script import same_script
from equivcheck.model.spec import Mode
from equivcheck.pair import Pair, Side

GEN1 = Path(__file__).parents[2] / "adapters" / "jax_target" / "gen1"
pytestmark = pytest.mark.jax
GIVEN = next(pair for pair in read_contract((GEN1 / "equivcheck.toml").read_text(encoding="utf-8")) if pair.name == "gen1")
SAMPLE = 384
needs_showdown = pytest.mark.skipif(shutil.which("npm") is None, reason="node and npm are not installed")


@pytest.fixture(scope="module")
def declared():
    return Declared.read(GIVEN.spec.interaction, GEN1)


def draw_assignments(declared, count):
    """Return assignments that the constraints allow: move, volatile and status in turn, the others drawn."""
    rng, drawn = random.Random(4), []
    sizes = declared.factors.sizes
    while len(drawn) < count:
        one = {name: rng.randrange(size) for name, size in sizes.items()}
        one |= {"move": len(drawn) % sizes["move"], "volatile": len(drawn) % sizes["volatile"]}
        for _ in range(200):
            if all(constraint.permits(one) for constraint in declared.constraints):
                drawn.append(one)
                break
            one |= {name: rng.randrange(sizes[name]) for name in ("relation", "reply", "user_volatile", "move")}
    return drawn


def test_there_are_all_moves_statuses_and_relations(declared):
    assert len(declared.values["move"]) == 165
    assert len(declared.values["status"]) == 7
    assert declared.values["relation"] == (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)


def test_only_the_trapped_are_bound_to_moves(declared):
    """Of move, volatile and status all triples may occur, but for the trapped, whom only the four traps hold."""
    volatiles, moves = declared.values["volatile"], declared.values["move"]
    traps = {"Bind", "Wrap", "Fire Spin", "Clamp"}
    some = [number for number, name in enumerate(moves) if number % 8 == 0 or name in traps]
    triples = product(some, range(len(volatiles)), range(7))
    impossible = {
        each for each in triples if declared.factors.complete(tuple(zip(("move", "volatile", "status"), each, strict=True))) is None
    }
    trapped = volatiles.index("trapped")
    assert impossible == {(move, trapped, status) for move in some if moves[move] not in traps for status in range(7)}


def test_equal_assignments_make_equal_scripts_and_others_draw_otherwise(declared):
    first, second = draw_assignments(declared, 2)
    assert same_script(declared.script(first), declared.script(first))
    rngs = [script.episodes[0].start["rng"].tolist() for script in (declared.script(first), declared.script(second))]
    assert rngs[0] != rngs[1]


@needs_showdown
def test_both_sides_play_a_sample_of_the_scripts_alike(declared, tmp_path, monkeypatch):
    if not os.environ.get("JAX_COMPILATION_CACHE_DIR"):
        monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", str(tmp_path))
    opening = Opening(GEN1)
    pair = Pair("gen1", Side(GIVEN.reference, opening), Side(GIVEN.target, opening), GIVEN.spec, Mode("reference", "seeded", "never"))
    try:
        played = pair.play([declared.script(each) for each in draw_assignments(declared, SAMPLE)])
    finally:
        pair.close()
    assert not played.reference.ends
    assert not played.comparison.divergences
    lines = "\n".join(line for row in range(played.reference.step_count) for line in played.reference.step(row)["events"])
    for word in ("move|", "-damage", "cant|", "-activate", "switch|", "-status"):
        assert word in lines
