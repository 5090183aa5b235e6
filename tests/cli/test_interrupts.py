"""Ctrl-C at a terminal: what was found stays and is said, the exit code is 130, and no process is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.slow

SIDES = """
import os, pathlib, time

class Slow:
    actions = 3
    def reset(self, seed): self.n = seed % 3; return {"obs": self.n}
    def step(self, action):
        pathlib.Path("pids", str(os.getpid())).touch()
        time.sleep(0.02)
        self.n += 1
        return {"obs": self.n, "reward": float(action), "terminated": self.n >= 20}

class Wrong(Slow):
    def step(self, action): return super().step(action) | {"reward": -1.0}
"""


def address(name: str) -> str:
    return f"stdio:{sys.executable} -m equivcheck serve python:slow:{name}"


def press_control_c(folder: Path, *arguments: str, when: str = "pids/*") -> tuple[int, str]:
    """Run a command until a file is there, interrupt its whole group as a terminal does, and return its status and what it printed."""
    (folder / "pids").mkdir(exist_ok=True)
    (folder / "slow.py").write_text(SIDES)
    started = subprocess.Popen(
        [sys.executable, "-m", "equivcheck", *arguments],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not list(folder.glob(when)):
        assert started.poll() is None, started.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(0.3)
    os.killpg(started.pid, signal.SIGINT)
    printed, _ = started.communicate(timeout=30)
    psutil.wait_procs([psutil.Process(pid) for pid in pids_of(folder)], timeout=5)
    assert not pids_of(folder)
    return started.returncode, printed


def pids_of(folder: Path) -> list[int]:
    return [int(file.name) for file in (folder / "pids").iterdir() if psutil.pid_exists(int(file.name))]


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", address("Slow"), address("Slow")),
        ("check", "--self", address("Slow")),
        ("conform", address("Slow")),
        ("record", address("Slow"), "slow.eqtrace", "--episodes", "100"),
        ("init", "pair", address("Slow"), address("Slow"), "--name", "slow"),
    ],
    ids=lambda arguments: "-".join(word for word in arguments if ":" not in word),
)
def test_an_interrupted_command_says_so_and_leaves_nothing_running(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    status, printed = press_control_c(tmp_path, *arguments)
    assert status == 130, printed
    assert "interrupted" in printed
    assert "Traceback" not in printed
    assert not (tmp_path / "equivcheck.toml").exists()


def test_what_was_found_stays_and_can_be_replayed(tmp_path: Path) -> None:
    sides = (address("Slow"), address("Wrong"))
    status, printed = press_control_c(
        tmp_path, "check", *sides, "--mode", "seeded", "--level", "rollout", when=".equivcheck/found/*/*.json"
    )
    assert status == 130, printed
    (found,) = tmp_path.glob(".equivcheck/found/*/*.json")
    assert f"equivcheck replay {found.relative_to(tmp_path)}" in printed
    assert "interrupted: what was found until then is above and on disk" in printed
    for file in (tmp_path / "pids").iterdir():
        file.unlink()
    status, printed = press_control_c(tmp_path, "replay", str(found.relative_to(tmp_path)))
    assert status == 130, printed
    assert "interrupted" in printed
    assert found.exists()


def test_an_interrupted_recording_is_kept_to_its_last_whole_block(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(SIDES)
    status, printed = press_control_c(tmp_path, "record", "python:slow:Slow", "slow.eqtrace", "--episodes", "100", "--steps-max", "5")
    assert status == 130
    assert "slow.eqtrace holds the episodes that were finished" in printed
    shown = subprocess.run(
        [sys.executable, "-m", "equivcheck", "show", "slow.eqtrace"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert shown.returncode == 0, shown.stderr
    assert "episode" in shown.stdout.splitlines()[0]


def test_an_interrupt_while_the_command_is_still_being_loaded_is_one_as_well(tmp_path: Path) -> None:
    (tmp_path / "rich.py").write_text("raise KeyboardInterrupt")
    started = subprocess.run([sys.executable, "-m", "equivcheck", "check"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (started.returncode, started.stdout, started.stderr) == (130, "", "interrupted\n")
