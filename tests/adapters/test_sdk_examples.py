"""The examples of the Rust SDK are what an author copies: they build without a warning, and break no law."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from equivcheck.backends.process import ProcessBackend
from equivcheck.conformance import examine

SDK = Path(__file__).parents[2] / "sdk" / "rust"
EXAMPLES = sorted(file.stem for file in (SDK / "examples").glob("*.rs"))
pytestmark = [pytest.mark.rust, pytest.mark.skipif(shutil.which("cargo") is None, reason="cargo is not installed")]


@pytest.fixture(scope="module")
def folder():
    built = subprocess.run(["cargo", "build", "--examples", "--locked"], cwd=SDK, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    assert "warning" not in built.stderr
    return SDK / "target" / "debug" / "examples"


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_breaks_no_law(folder, name):
    backend = ProcessBackend([str(folder / name)])
    try:
        judgements = examine(backend)
    finally:
        backend.close()
    assert [one.sentence for one in judgements if one.complaint] == []
    untried = [one.sentence for one in judgements if one.complaint is None]
    assert untried == ([] if name == "noughts" else ["legal is never empty before the end"])


def test_a_component_is_called(folder):
    backend = ProcessBackend([str(folder / "noughts")])
    board = np.array([[1, 2, 0], [1, 2, 0], [1, 0, 0]], np.int8)
    try:
        assert backend.call("winner", [[board], [np.zeros((3, 3), np.int8)]]) == ["crosses", None]
    finally:
        backend.close()
