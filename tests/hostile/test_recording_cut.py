"""A recording whose writer was killed: what was whole is read, what is missing is said, and it can be gone on with."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from equivcheck.backends.opening import wrap
from equivcheck.model.request import FULL
from equivcheck.model.trace import Trace
from equivcheck.playback import play_fresh
from equivcheck.protocol.tracefile import append_to_trace, read_trace

COUNTER = """
class Counter:
    actions = 5
    def reset(self, seed):
        self.n = seed
        return {"obs": self.n}
    def step(self, action):
        self.n += action
        return {"obs": self.n, "reward": float(action), "terminated": False}
"""
EPISODES, STEPS_MAX = 100_000, 50  # far more than is written before the kill


def equivcheck(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "equivcheck", *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )


def recorded(folder: Path, file: str, episodes: int) -> list[str]:
    (folder / "toys.py").write_text(COUNTER)
    return ["record", "python:toys:Counter", file, "--episodes", str(episodes), "--steps-max", str(STEPS_MAX)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `cut.eqtrace`, whose writer was killed, and `whole.eqtrace`, a recording of the same scripts' beginning."""
    folder = tmp_path_factory.mktemp("cut")
    writer = subprocess.Popen(
        [sys.executable, "-m", "equivcheck", *recorded(folder, "cut.eqtrace", EPISODES)], cwd=folder, stderr=subprocess.DEVNULL
    )
    cut = folder / "cut.eqtrace"
    until = time.monotonic() + 60
    while not cut.exists() or cut.stat().st_size < 100_000:
        assert time.monotonic() < until
        assert writer.poll() is None
        time.sleep(0.002)
    writer.send_signal(signal.SIGKILL)
    assert writer.wait(10) == -signal.SIGKILL
    with cut.open("ab") as file:
        file.write(b"\x40\x00\x00\x00\x00b12345678 half a record")  # wherever the kill fell, this is how a half-written record looks
    return folder


def read(file: Path) -> tuple[Trace, str]:
    with file.open("rb") as stream:
        return read_trace(stream, file.name)


def test_what_was_whole_is_read_and_right(folder: Path) -> None:
    trace, cut = read(folder / "cut.eqtrace")
    assert cut.startswith("cut.eqtrace was cut, or is still being written")
    assert 10 < len(trace.runs) < EPISODES
    names: dict[str, type] = {}
    exec(COUNTER, names)
    played = [script for script, run in zip(trace.scripts, trace.runs, strict=False) if run.count == STEPS_MAX + 1]
    again = play_fresh(wrap(names["Counter"], "again"), played, FULL)
    for row in range(again.step_count):
        assert trace.step(row) == again.step(row)


def test_show_and_diff_say_that_it_was_cut(folder: Path) -> None:
    shown = equivcheck(folder, "show", "cut.eqtrace")
    assert shown.returncode == 0
    assert "was cut, or is still being written" in " ".join(shown.stdout.split())
    count = len(read(folder / "cut.eqtrace")[0].runs)
    assert equivcheck(folder, *recorded(folder, "whole.eqtrace", count + 5)).returncode == 0
    for names in (("cut.eqtrace", "whole.eqtrace"), ("whole.eqtrace", "cut.eqtrace"), ("cut.eqtrace", "cut.eqtrace")):
        diffed = equivcheck(folder, "diff", *names)
        assert diffed.returncode == 4, diffed.stdout + diffed.stderr
        assert "no difference up to where a file was cut" in diffed.stdout
        assert re.search(
            r"cut\.eqtrace was cut, or is still being written: it has no index; what was whole was read: \d+ blocks", diffed.stdout
        )


def test_a_difference_before_the_cut_is_still_found(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "toys.py").write_text(COUNTER.replace("self.n += action", "self.n += action + (self.n == 20)"))
    (tmp_path / "cut.eqtrace").write_bytes((folder / "cut.eqtrace").read_bytes())
    argv = ["record", "python:toys:Counter", "other.eqtrace", "--scripts", "cut.eqtrace"]
    assert equivcheck(tmp_path, *argv).returncode == 0
    diffed = equivcheck(tmp_path, "diff", "cut.eqtrace", "other.eqtrace")
    assert diffed.returncode == 3
    assert "DIVERGENT" in diffed.stdout


def test_appending_goes_on_after_the_last_whole_record(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "cut.eqtrace"
    file.write_bytes((folder / "cut.eqtrace").read_bytes())
    before, _ = read(file)
    more, _ = read(file)
    with file.open("r+b") as stream:
        writer = append_to_trace(stream, file.name)
        writer.write(more)
        writer.close()
    after, cut = read(file)
    assert cut == ""
    assert after.step_count == 2 * before.step_count
    assert len(after.scripts) == 2 * len(before.scripts)
    assert [after.step(row) for row in range(before.step_count)] == [before.step(row) for row in range(before.step_count)]
