"""The SDKs against each other: what a roll draws must not depend on the language of the adapter."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from equivcheck.backends.interface import Backend
from equivcheck.backends.opening import wrap
from equivcheck.backends.process import ProcessBackend
from equivcheck.conformance import examine
from equivcheck.model.request import FULL, Roll
from equivcheck.model.script import Episode
from equivcheck.model.space import Choice, Discrete, Space
from equivcheck.protocol.framing import FrameDecoder, encode_frame

SDK = Path(__file__).parents[2] / "sdk"
NOT_COPIED = shutil.ignore_patterns("node_modules", "target")


class Counter:
    """What the examples of the other SDKs are."""

    actions = 3

    def reset(self, seed: int) -> dict[str, Any]:
        self.count = seed % 7
        return {"obs": self.count, "terminated": False}

    def step(self, action: int) -> dict[str, Any]:
        self.count += action
        if self.count > 10:
            raise ValueError(f"a count of {self.count}")
        return {"obs": self.count, "reward": float(action), "terminated": self.count == 10}


@pytest.fixture(scope="module")
def node_counter(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The command of the Node SDK's example, installed where no other test installs it."""
    folder = tmp_path_factory.mktemp("sdk") / "node"
    shutil.copytree(SDK / "node", folder, ignore=NOT_COPIED)
    subprocess.run(["npm", "ci", "--ignore-scripts", "--silent"], cwd=folder, check=True)
    return ["node", str(folder / "examples/counter.js")]


def rolled(side: Backend) -> tuple[list[Any], list[Any]]:
    """Return the actions, episode by episode, and what they led to, and end the side."""
    spaces: list[Space | None] = [None, Discrete(2, 0), Choice((2, 0)), Choice((1,))]
    # five actions cannot lead beyond ten, where the counter fails
    rolls = [Roll(tuple(Episode() for _ in range(40)), tuple(range(first, first + 40)), 5, tuple(spaces * 10)) for first in (0, 2**64 - 40)]
    trace = side.roll([3, 5], rolls, FULL)
    side.close()
    assert len(trace.runs) == 80
    actions = [list(episode.actions) for script in trace.scripts for episode in script.episodes]
    return actions, [trace.step(row, ("obs",))["obs"] for row in range(trace.step_count)]


@pytest.mark.node
@pytest.mark.slow
@pytest.mark.skipif(shutil.which("npm") is None, reason="needs npm")
def test_a_roll_by_node_chooses_as_pythons_does(node_counter: list[str]) -> None:
    assert rolled(ProcessBackend(node_counter)) == rolled(wrap(Counter, "counter"))


@pytest.mark.node
@pytest.mark.rust
@pytest.mark.slow
@pytest.mark.skipif(shutil.which("npm") is None or shutil.which("cargo") is None, reason="needs npm and cargo")
def test_a_roll_by_node_chooses_as_rusts_does(node_counter: list[str]) -> None:
    subprocess.run(["cargo", "build", "--quiet", "--locked", "--example", "counter"], cwd=SDK / "rust", check=True)
    assert rolled(ProcessBackend(node_counter)) == rolled(ProcessBackend([str(SDK / "rust/target/debug/examples/counter")]))


@pytest.mark.node
@pytest.mark.slow
@pytest.mark.skipif(shutil.which("npm") is None, reason="needs npm")
def test_the_example_of_the_node_sdk_breaks_no_law_but_by_its_own_error(node_counter: list[str]) -> None:
    side = ProcessBackend(node_counter)
    broken = [judgement.complaint for judgement in examine(side) if judgement.complaint]
    side.close()
    assert len(broken) == 1
    assert "Error: a count of 11 (at Counter.step" in broken[0]


SEEDS = ("abc", -1, 1.5, None)


def refused(argv: list[str], folder: Path | None = None) -> list[str]:
    """Return what a program says of each of SEEDS, and see that it then begins an episode."""
    words = []
    resets = [
        {"type": "reset", "lanes": [0], "episodes": [{"seed": seed, "options": {}}], "detail": "full", "digested": []}
        for seed in (*SEEDS, 5)
    ]
    decoder = FrameDecoder()
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        for request in ({"type": "hello", "protocol": 1, "environment": ""}, *resets, {"type": "close"}):
            program.stdin.write(encode_frame(request))
        program.stdin.close()
        decoder.feed(program.stdout.read())
    while (answer := decoder.next()) is not None:
        words.append(answer.get("words", answer["type"]))
    return words


@pytest.mark.node
@pytest.mark.skipif(shutil.which("npm") is None, reason="needs npm")
def test_a_seed_that_is_none_is_refused_in_the_same_words(node_counter: list[str]) -> None:
    python = refused([sys.executable, "-m", "equivcheck", "serve", "python:test_sdks:Counter"], Path(__file__).parent)
    assert python == refused(node_counter)
    shown = ('"abc"', "-1", "1.5", "null")
    assert python[1:-1] == [*(f"`seed` is an int from 0 to 2^64 - 1, not {text}" for text in shown), "steps"]
