"""The tables of the port are what the reference's own data say."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("jax")
ADAPTERS = Path(__file__).parents[2] / "adapters"
FOLDER = ADAPTERS / "jax_target" / "gen1"
sys.path.append(str(FOLDER.parent))

import numpy as np  # noqa: E402
from gen1 import tables  # noqa: E402


@pytest.mark.skipif(shutil.which("npm") is None, reason="node and npm are not installed")
@pytest.mark.usefixtures("showdown")
def test_they_are_what_the_script_makes():
    run = subprocess.run(["node", FOLDER / "tables.mjs", "--print"], capture_output=True, text=True, timeout=60, check=True)
    assert run.stdout == (FOLDER / "tables.json").read_text()


def test_all_species_moves_and_types_are_there():
    assert tables.SPECIES.shape == (152, 7)
    assert tables.MOVES.shape[0] == 166
    assert len(set(tables.MOVE_NAMES[1:])) == 165
    assert (tables.SPECIES[1:, :6] > 0).all()


@pytest.mark.parametrize(
    ("attacking", "defending", "matchup"),
    [
        ("Ghost", "Psychic", tables.IMMUNE),
        ("Psychic", "Ghost", 0),
        ("Bug", "Poison", tables.STRONG),
        ("Poison", "Bug", tables.STRONG),
        ("Ice", "Fire", 0),
        ("Ground", "Flying", tables.IMMUNE),
        ("Water", "Dragon", tables.WEAK),
    ],
)
def test_the_chart_is_that_of_generation_1(attacking, defending, matchup):
    kinds = [tables.TYPES.index(name) for name in (attacking, defending)]
    assert tables.match_types(np.int32(kinds[0]), np.int32([kinds[1]])).tolist() == [matchup]


def test_the_move_without_a_name_has_the_numbers_it_has_in_showdown():
    move = tables.take_move(np.int32(0))
    assert (int(move.power), int(move.accuracy), int(move.type), int(move.category)) == (102, 80, 0, tables.SPECIAL)


def test_a_row_is_cut_into_its_columns():
    psychic = tables.take_move(np.int32(tables.move_number("Psychic")))
    assert (int(psychic.power), int(psychic.secondary_chance)) == (90, 85)
    assert psychic.secondary_boosts.tolist() == [0, 0, 0, -1, 0, 0]
    assert tables.take_species(np.int32(150))[0].tolist() == [106, 110, 90, 130, 154]
