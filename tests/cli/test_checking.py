from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from equivcheck.cli import main
from equivcheck.cli.checking import short_name


@pytest.mark.parametrize(
    ("address", "name"),
    [
        (".", "here"),
        ("..:walk", "walk"),
        ("gymnasium:CartPole-v1?render=1", "CartPole-v1"),
        ("adapters/rust_target", "adapters-rust-target"),
    ],
)
def test_a_side_has_a_short_name_whatever_its_address(address: str, name: str) -> None:
    assert short_name(address) == name


def test_without_a_contract_five_lines_say_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    checked = CliRunner().invoke(main, ["check"])
    assert checked.exit_code == 2
    assert len(checked.output.splitlines()) == 5
    assert "equivcheck init pair" in checked.output
