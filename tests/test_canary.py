"""The canary: a pair that is known to diverge. A checker that calls it equivalent says so of everything."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

MINIATURES = Path(__file__).with_name("miniatures.py")


def equivcheck(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    shutil.copy(MINIATURES, folder)
    return subprocess.run(
        [sys.executable, "-m", "equivcheck", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(MINIATURES.parents[1])},
        capture_output=True,
        text=True,
        timeout=300,
    )


def check(folder: Path, target: str) -> subprocess.CompletedProcess[str]:
    return equivcheck(folder, "check", "python:miniatures:Walk", f"python:miniatures:{target}", "--episodes", "8")


@pytest.mark.parametrize("fault", ["RewardOneStepLate", "AliasesAMutatedArray", "WrongDtype"])
def test_a_pair_that_diverges_is_called_divergent(tmp_path: Path, fault: str) -> None:
    done = check(tmp_path, fault)
    assert done.returncode == 3, done.stdout + done.stderr
    assert done.stdout.startswith("DIVERGENT")
    (file,) = {*tmp_path.glob(".equivcheck/found/*/*.json")}
    assert json.loads(file.read_text())["target"].endswith(f"python:miniatures:{fault}")


def test_a_pair_that_does_not_is_not(tmp_path: Path) -> None:
    done = check(tmp_path, "Walk")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("EQUIVALENT")
    assert not list(tmp_path.glob(".equivcheck/found/*/*.json"))


def test_a_pair_of_which_nothing_can_be_said_is_neither(tmp_path: Path) -> None:
    done = equivcheck(tmp_path, "check", "python:miniatures:ShowsNothing", "python:miniatures:ShowsNothing")
    assert done.returncode == 4, done.stdout + done.stderr
    assert done.stdout.startswith("INCONCLUSIVE")


def test_what_was_found_fails_again_on_the_same_target_and_is_fixed_on_a_sound_one(tmp_path: Path) -> None:
    check(tmp_path, "RewardOneStepLate")
    (file,) = tmp_path.glob(".equivcheck/found/*/*.json")
    again = equivcheck(tmp_path, "replay", str(file))
    assert (again.returncode, again.stdout[:6]) == (3, "FAILED"), again.stderr
    sound = equivcheck(tmp_path, "replay", str(file), "--target", "python:miniatures:Walk")
    assert (sound.returncode, sound.stdout[:5]) == (0, "FIXED"), sound.stderr
