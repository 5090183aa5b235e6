"""The quickstart, followed to the letter: its files written, its commands run, their output compared with what it prints."""

from __future__ import annotations

import doctest
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TEXT = (Path(__file__).parents[1] / "docs/quickstart.md").read_text()
CASES = {
    title.split("\n")[0]: re.findall(r"^```(\w+)\n(.*?)^```", title, re.M | re.S) for title in TEXT.split("\n## ")[1:] if "```" in title
}
CHANGING = (  # with the version of what, or from run to run
    (r"\b[0-9a-f]{8}\b", "HASH"),
    (r"in \d+ replays, [\d.]+ s", "in N replays"),
    (r"\d(\.\d+)?e-\d\d", "TINY"),  # rounding, as the compiler has it
)
OPTIONS = doctest.ELLIPSIS | doctest.REPORT_NDIFF


def test_there_are_two_cases() -> None:
    assert len(CASES) == 2


@pytest.mark.jax
@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="needs jax")
@pytest.mark.parametrize("title", CASES)
def test_its_commands_print_what_it_says(title: str, tmp_path: Path) -> None:
    ran = 0
    for kind, block in CASES[title]:
        if kind == "console":
            for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
                command, _, expected = part.partition("\n")
                check(command, expected, tmp_path)
                ran += 1
        else:
            write(block, tmp_path)
    assert ran > 3


def write(block: str, folder: Path) -> None:
    """Write a block to the file that its first line names; one for `FILE: function` has lines that change places in it."""
    first, _, body = block.partition("\n")
    name, _, function = first.removeprefix("# ").partition(": ")
    if not function:
        (folder / name).write_text(body)
        return
    lines = (folder / name).read_text().splitlines()
    wanted = body.splitlines()
    at = next(number for number, line in enumerate(lines) if line == wanted[0])
    lines[at - 1 : at + 1] = wanted
    (folder / name).write_text("\n".join(lines) + "\n")


def check(command: str, expected: str, folder: Path) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "COLUMNS": "200", "NO_COLOR": "1", "JAX_PLATFORMS": "cpu", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True, env=environment)
    got = done.stdout
    for pattern, word in CHANGING:
        expected, got = (re.sub(pattern, word, text) for text in (expected, got))
    expected, got = (re.sub(r"[ \t]+$", "", text, flags=re.M) for text in (expected, got))
    example = doctest.Example(command, expected)
    checker = doctest.OutputChecker()
    assert checker.check_output(expected, got, OPTIONS), checker.output_difference(example, got, OPTIONS) + done.stderr
