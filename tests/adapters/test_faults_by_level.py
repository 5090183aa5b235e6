"""The table of planted faults by level: a fault is found by its component and named, and nothing is found where none is planted."""

import sys
from pathlib import Path

import pytest

pytest.importorskip("jax")
sys.path.append(str(Path(__file__).parents[2] / "adapters"))
sys.path.append(str(Path(__file__).parents[2] / "adapters" / "faults"))

import table

pytestmark = pytest.mark.jax


def test_a_fault_is_found_by_the_component_that_has_it():
    fault, pair = next((fault, pair) for fault, pair in table.listed() if fault.name == "a pole a tenth heavier")
    row = table.find_lowest(fault, pair, 4)
    assert (row["level"], row["size"], row["named"]) == ("property", "call", True)
    assert row["answers"][0] == "component:advance"
    assert row["steps"] == 0
    assert 0 < row["calls"] < 2_000
    assert list(row["below"]) == ["self"]
    assert table.whole(row, "steps") == row["below"]["self"]["steps"] > 0


def test_nothing_is_found_where_nothing_is_planted():
    sound = table.check_sound("cartpole-jax-teacher", 4)
    assert list(sound) == ["self", "property", "interaction", "rollout"]
    assert {told["outcome"] for told in sound.values()} == {"EQUIVALENT"}


def test_every_fault_says_what_may_be_blamed_and_a_quarter_is_held_out():
    faults = [fault for fault, _ in table.listed()]
    assert len(faults) >= 60
    assert len({fault.name for fault in faults}) == len(faults)
    assert all(fault.named and all(":" in each for each in fault.named) for fault in faults)
    assert len(table.hold_out(iter(faults))) == len(faults) // 4
