"""Pokemon Showdown as a reference: its own tests, the laws of an adapter, and itself against itself."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from equivcheck.cli import main

FOLDER = Path(__file__).parents[2] / "adapters" / "node_showdown"
ADDRESS = str(FOLDER)

pytestmark = pytest.mark.skipif(shutil.which("npm") is None, reason="node and npm are not installed")


@pytest.mark.parametrize("environment", ["gen1randombattle", "gen4randombattle", "gen9randombattle"])
def test_every_law_of_adapters_holds(environment):
    conformed = CliRunner().invoke(main, ["conform", f"{ADDRESS}:{environment}"])
    assert conformed.exit_code == 0, conformed.output


@pytest.mark.usefixtures("showdown")
def test_its_own_tests_pass():
    run = subprocess.run(["npm", "test"], cwd=FOLDER, capture_output=True, text=True, timeout=600, check=False)
    assert run.returncode == 0, run.stdout


def test_it_is_equivalent_to_itself(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sides = [f"{ADDRESS}:gen1randombattle"] * 2
    checked = CliRunner().invoke(main, ["check", *sides, "--level", "rollout", "--episodes", "3"])
    assert checked.exit_code == 0, checked.output
    assert "EQUIVALENT" in checked.output
