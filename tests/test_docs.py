"""What README.md and docs/ tell a reader to do is done here, and gives what they show.

A page is played from top to bottom in a folder of its own. A block whose first line is a comment with the name of a file is written
there. In a `console` block every line that begins with `$ ` is run, and the lines after it are what must come, `...` standing for
anything. Times, versions and the names of found files may differ, and so may rounding.
"""

import doctest
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from equivcheck.cli import main
from equivcheck.model.contract import read_contract

ROOT = Path(__file__).parent.parent
PAGES = {page.name: page.read_text(encoding="utf-8") for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))}
BLOCK = re.compile(r"^```(?P<language>\w*)\n(?P<body>(?:(?:#|//) (?P<file>[\w./]+\.\w+)\n)?.*?)^```$", re.MULTILINE | re.DOTALL)
VARYING = (
    (r"\d+\.\d s\b", "TIME"),
    (r"\b[0-9a-f]{8}\.json", "FOUND"),
    (r"\b\d+\.\d+\.\d+\b", "VERSION"),
    (r"\d(\.\d+)?e-\d\d\b", "TINY"),
)
PORT = "import gymnasium\n\n\ndef make():\n    return gymnasium.make('CartPole-v1')\n"


def shows(expected, output):
    """Return whether the output is as expected."""
    for pattern, word in VARYING:
        expected, output = (re.sub(pattern, word, text) for text in (expected, output))
    return doctest.OutputChecker().check_output(expected.strip(), output.strip(), doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)


def run(command, folder, status=0):
    """Run a command as the shell would after one that ended with `status`; return its output and its own status."""
    programs = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    settings = {"PATH": programs, "JAX_PLATFORMS": "cpu", "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "140"}
    line = ["bash", "-c", f"(exit {status}); {command}"]
    done = subprocess.run(line, cwd=folder, env=os.environ | settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.stdout.decode(), done.returncode


def play(page, folder):
    """Do what a page says, from top to bottom."""
    status = 0
    for block in BLOCK.finditer(page):
        if block["file"]:
            file = folder / block["file"]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block["body"])
        elif block["language"] == "console":
            for part in re.split(r"^\$ ", block["body"], flags=re.MULTILINE)[1:]:
                command, _, expected = part.partition("\n")
                output, status = run(command, folder, status)
                assert shows(expected, output), f"$ {command}\n{output}"
                assert status in (0, 3, 4), f"$ {command}\n{output}"
            keep_builds(folder)


def keep_builds(folder):
    """Let the crates that a page makes build what they depend on in one place, so that it is built once and not in every run."""
    for manifest in folder.glob("*/Cargo.toml"):
        target = manifest.parent / "target"
        if not target.exists():
            kept = ROOT / "sdk" / "rust" / "target" / "docs" / manifest.parent.name
            kept.mkdir(parents=True, exist_ok=True)
            target.symlink_to(kept)


needs_cargo = pytest.mark.skipif(shutil.which("cargo") is None, reason="cargo is not installed")
needs_npm = pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [pytest.param("adapters.md", marks=[pytest.mark.rust, needs_cargo, pytest.mark.node, needs_npm]), "draws.md", "levels.md", "triage.md"],
)
def test_a_page_shows_what_happens(name, tmp_path):
    play(PAGES[name], tmp_path)


def test_every_page_with_commands_is_played():
    assert {name for name, page in PAGES.items() if "```console" in page} == {
        "README.md",
        "adapters.md",
        "draws.md",
        "levels.md",
        "triage.md",
        "quickstart.md",
    }


@pytest.fixture
def beginning(tmp_path):
    """The folder of somebody who reads the README: the examples, adapters, a port, and a second virtual environment."""
    for file in (ROOT / "examples" / "cartpole").glob("*.[pt]*"):
        (tmp_path / file.name).write_text(file.read_text().replace("../../adapters", "adapters"))
    (tmp_path / "adapters").symlink_to(ROOT / "adapters")
    (tmp_path / "old-venv").symlink_to(Path(sys.executable).parent.parent)
    (tmp_path / "my_package").mkdir()
    (tmp_path / "my_package" / "my_port.py").write_text(PORT)
    return tmp_path


@pytest.mark.slow
@pytest.mark.jax
@pytest.mark.newest
def test_the_readme_shows_what_happens(beginning):
    play(PAGES["README.md"], beginning)


@pytest.mark.slow
@pytest.mark.rust
@needs_cargo
def test_the_checks_of_the_readme_are_equivalent(beginning):
    lines = [line for block in BLOCK.finditer(PAGES["README.md"]) for line in block["body"].splitlines()]
    commands = [line for line in lines if line.startswith("equivcheck check ")]
    assert len(commands) >= 4
    for command in commands:
        output, status = run(f"{command} --level rollout --episodes 3", beginning)
        assert status == 0, f"$ {command}\n{output}"


def test_what_is_shown_of_contracts_and_python_can_be_read():
    for name, page in PAGES.items():
        for block in BLOCK.finditer(page):
            if block["language"] == "toml" and "[pair." in block["body"]:
                assert read_contract(block["body"], name)
            if block["language"] == "python" and not re.match(r"# \S+: ", block["body"]):
                compile(block["body"], name, "exec")


def commands_of(group, words=("equivcheck",)):
    """Yield every command below a group, with the words that call it."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands_of(command, (*words, name))
        else:
            yield " ".join((*words, name)), command


COMMANDS = dict(commands_of(main))


def options_of(command):
    """Return the long names of each option, those that switch it off included."""
    names = ({*parameter.opts, *parameter.secondary_opts} for parameter in command.params)
    return [long for each in names if (long := {name for name in each if name.startswith("--")})]


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_and_option_is_written_about(words):
    text = "\n".join(PAGES.values())
    assert words in text
    written = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text))
    assert not [names for names in options_of(COMMANDS[words]) if not names & written]


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_has_an_example_in_its_help(words):
    assert words in COMMANDS[words].help


@pytest.mark.parametrize("words", COMMANDS)
def test_no_page_writes_about_an_option_that_is_not_there(words):
    known = {name for names in options_of(COMMANDS[words]) for name in names}
    lines = [line for page in PAGES.values() for line in re.findall(rf"{words}\b([^`\n]*)", page.replace('"stdio:equivcheck ', '"'))]
    assert {option for line in lines for option in re.findall(r"(?<!\S)--[a-z][a-z-]*", line)} <= known


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name):
    page, folder = PAGES[name], ROOT if name == "README.md" else ROOT / "docs"
    links = re.findall(r"\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)", page)
    assert not [file for file, _ in links if not (folder / file).exists()]
    broken = [(file, heading) for file, heading in links if heading and heading not in anchors(PAGES[Path(file).name] if file else page)]
    assert not broken


def anchors(page):
    """Return what a link can name on a page: its headings, as they are turned into anchors."""
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in re.findall(r"^#+ (.*)$", page, re.MULTILINE)}


def test_the_comparison_of_outputs_can_fail():
    shown = "DIVERGENT  a-b\n...\n    shrunk     5 actions -> 1 in 12 replays, 0.0 s\n"
    same = "DIVERGENT  a-b\n  mode  seeded\n    shrunk     5 actions -> 1 in 12 replays, 1.5 s\n"
    assert shows(shown, same)
    assert not shows(shown, same.replace("5 actions", "6 actions"))
    assert not shows(shown, same + "more")
    assert not shows("", same)
