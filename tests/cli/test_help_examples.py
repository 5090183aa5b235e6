"""Every example that `--help` shows works as it stands, where the files that it names are there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from equivcheck.cli import main

pytest.importorskip("gymnasium")
pytestmark = pytest.mark.slow

ADAPTERS = Path(__file__).resolve().parents[2] / "adapters"
PORT = """
import gymnasium

class Twice(gymnasium.RewardWrapper):
    def reward(self, reward): return 2 * reward

def make(): return gymnasium.make("CartPole-v1")
def broken(): return Twice(make())
"""
CONTRACT = """
[pair.cartpole]
reference = "gymnasium:CartPole-v1"
target = "python:my_package.my_port:make"
mode = "seeded"
rollout.episodes = 2
"""
SIMULATOR = """#!/bin/sh
cat target.jsonl
"""


def commands_of(command: click.Command, words: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], click.Command]]:
    below = command.commands.items() if isinstance(command, click.Group) else ()
    return [(words, command)] + [found for name, one in below for found in commands_of(one, (*words, name))]


def examples_of(command: click.Command) -> list[str]:
    lines = [line.strip() for line in (command.help or "").partition("\b")[2].splitlines()]
    return [re.sub(r"  +\(.*\)$", "", line) for line in lines if re.match(r"(equivcheck|\./\S+) ", line)]


COMMANDS = commands_of(main)
EXAMPLES = dict.fromkeys(line for _, command in COMMANDS for line in examples_of(command))


@pytest.mark.parametrize(("words", "command"), COMMANDS, ids=lambda one: " ".join(one) if isinstance(one, tuple) else "")
def test_every_command_has_an_example_of_itself(words: tuple[str, ...], command: click.Command) -> None:
    said = " ".join(("equivcheck", *words))
    assert [line for line in examples_of(command) if said in line]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with every file that an example names."""
    folder = tmp_path_factory.mktemp("project")
    for place in ("bin", "old-venv/bin"):
        (folder / place).mkdir(parents=True)
        (folder / place / "equivcheck").write_text(f'#!/bin/sh\nexec {sys.executable} -m equivcheck "$@"\n')
        (folder / place / "equivcheck").chmod(0o755)
    (folder / "my_package").mkdir()
    for name in ("my_port.py", "my_package/my_port.py", "my_package/my_env.py", "my_package/__init__.py"):
        (folder / name).write_text(PORT)
    (folder / "my_simulator").write_text(SIMULATOR)
    (folder / "my_simulator").chmod(0o755)
    for address, name, episodes in (
        ("gymnasium:CartPole-v1", "reference.eqtrace", 10),
        ("python:my_port:make", "target.eqtrace", 10),
        ("gymnasium:CartPole-v1", "reference.jsonl", 1),
        ("python:my_port:make", "target.jsonl", 1),
    ):
        assert run(folder, f"equivcheck record {address} {name} --episodes {episodes}").returncode == 0
    (folder / "equivcheck.toml").write_text(CONTRACT.replace(":make", ":broken"))
    assert run(folder, "equivcheck check").returncode == 3
    (found, *_) = (folder / ".equivcheck/found/cartpole").iterdir()
    found.rename(found.with_name("3fa9c2d1.json"))
    (folder / "equivcheck.toml").write_text(CONTRACT)
    return folder


def run(folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
    command = ["bash", "-o", "pipefail", "-c", line]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.parametrize("line", EXAMPLES)
def test_an_example_works_as_it_stands(project: Path, tmp_path: Path, line: str) -> None:
    if "rust" in line and shutil.which("cargo") is None:
        pytest.skip("needs cargo")
    if "phys2d" in line:
        pytest.importorskip("jax")
        pytest.importorskip("flax")
    folder = tmp_path / "project"
    shutil.copytree(project, folder)
    (folder / "adapters").mkdir()
    for name in ("python_ref", "rust_target"):
        (folder / "adapters" / name).symlink_to(ADAPTERS / name)
    if " init " in line:
        (folder / "equivcheck.toml").unlink()  # else the pair is there already
    done = run(folder, line)
    assert done.returncode in (0, 3), done.stdout + done.stderr
    assert "INCONCLUSIVE" not in done.stdout
    assert "Traceback" not in done.stderr
