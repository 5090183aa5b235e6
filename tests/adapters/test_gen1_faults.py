"""The list of faults that are planted in the port; finding them all takes find.py an hour."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest.importorskip("jax")
sys.path.append(str(Path(__file__).parents[2] / "adapters" / "jax_target" / "gen1" / "faults"))

from find import PORT, Fault, plant, read_faults

KINDS = {
    "constant", "range", "probability", "draw order", "extra draw", "missing draw", "phase order", "rounding", "sentinel", "stale value",
    "mask", "counter off by one", "missing rule",
}  # fmt: skip


def test_the_list_is_of_every_kind() -> None:
    faults = read_faults()
    assert len({fault.name for fault in faults}) == len(faults) >= 40
    assert {fault.kind for fault in faults} == KINDS


@pytest.mark.parametrize("fault", read_faults(), ids=lambda fault: fault.name.replace(" ", "-"))
def test_each_line_stands_in_the_port_once(fault: Fault) -> None:
    text = (PORT / "gen1" / fault.file).read_text(encoding="utf-8")
    assert text.count(fault.old) == 1
    compile(text.replace(fault.old, fault.new), fault.file, "exec")


def test_a_fault_is_planted_in_a_copy(tmp_path: Path) -> None:
    fault = read_faults()[0]
    plant(fault, tmp_path / "port")
    changed = [
        path.relative_to(PORT).as_posix()
        for path in PORT.rglob("*.py")
        if (tmp_path / "port" / path.relative_to(PORT)).is_file()
        and path.read_text(encoding="utf-8") != (tmp_path / "port" / path.relative_to(PORT)).read_text(encoding="utf-8")
    ]
    assert changed == [f"gen1/{fault.file}"]


def test_a_line_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"gone: damage.py holds 'nowhere' 0 times, and should once"):
        plant(Fault("gone", "constant", "damage.py", "nowhere", ""), tmp_path / "port")
