from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import equivcheck
from equivcheck.cli import main
from equivcheck.cli.checking import short_name
from equivcheck.model.contract import read_contract

PORTS = """
class Counter:
    actions = 3
    def reset(self, seed): self.n = seed % 3; return {"obs": self.n}
    def step(self, action): self.n += action; return {"obs": self.n, "reward": float(action), "terminated": self.n >= 10}
    def state(self): return {"n": self.n}
    def load(self, state): self.n = state["n"]; return {"obs": self.n}

class Renamed(Counter):
    def state(self): return {"number": self.n, "scratch": 1}
    def load(self, state): self.n = state["number"]; return {"obs": self.n}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    name = f"ports_{tmp_path.name}"  # a module is imported once in a process: every test has its own
    (tmp_path / f"{name}.py").write_text(PORTS)
    return tmp_path


@pytest.fixture
def ports(folder: Path) -> str:
    return f"python:ports_{folder.name}"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def test_a_long_address_is_named_by_its_last_whole_words() -> None:
    assert short_name("gymnasium:phys2d/CartPole-v1?sutton_barto_reward=true") == "phys2d-CartPole-v1"
    assert short_name("stdio:old-venv/bin/python -m equivcheck serve python:slow:Slow") == "serve-python-slow-Slow"
    assert short_name(f"python:{'x' * 40}") == "x" * 32


def test_a_pair_is_written_and_checks(ports: str, folder: Path) -> None:
    made = run("init", "pair", f"{ports}:Counter", f"{ports}:Counter", "--name", "mine")
    assert made.exit_code == 0, made.output
    assert made.output.splitlines() == [
        "wrote the pair mine to equivcheck.toml",
        "  mode     seeded",
        "next: run",
        "  equivcheck check mine",
    ]
    assert run("check", "mine", "--episodes", "3").exit_code == 0


def test_renamed_leaves_get_a_view_that_works_in_a_fresh_process(ports: str, folder: Path) -> None:
    made = run("init", "pair", f"{ports}:Counter", f"{ports}:Renamed", "--name", "re-named")
    assert "  names    state.number of the target is taken for state.n: see equivcheck_views.py" in made.output.splitlines()
    assert "  guess    state.scratch: ignored (only the target has it)" in made.output.splitlines()
    again = run("init", "pair", f"{ports}:Counter", f"{ports}:Renamed", "--name", "2nd")
    assert again.exit_code == 0, again.output
    for mode in ("seeded", "injected"):
        command = [sys.executable, "-m", "equivcheck", "check", "--mode", mode, "--episodes", "3"]
        checked = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        assert checked.returncode == 0, checked.stdout + checked.stderr
        assert checked.stdout.count("unreviewed: the check is loosened in 1 rule by a guess") == 2


def test_a_second_pair_is_added_and_a_name_is_never_overwritten(ports: str, folder: Path) -> None:
    contract = folder / "equivcheck.toml"
    contract.write_text(f'# mine\n[pair.first]\nreference = "{ports}:Counter"\ntarget = "{ports}:Counter"')
    before = contract.read_text()
    assert run("init", "pair", f"{ports}:Counter", f"{ports}:Counter", "--name", "second").exit_code == 0
    assert contract.read_text().startswith(before + "\n\n[pair.second]\n")
    assert [pair.name for pair in read_contract(contract.read_text())] == ["first", "second"]
    refused = run("init", "pair", f"{ports}:Counter", f"{ports}:Counter", "--name", "second")
    assert (refused.exit_code, "has a pair 'second' already" in refused.output) == (2, True)
    assert [pair.name for pair in read_contract(contract.read_text())] == ["first", "second"]


def test_nothing_is_written_where_it_cannot_be_right(ports: str, folder: Path) -> None:
    for arguments in (
        (f"{ports}:Counter", f"{ports}:Nowhere"),
        (f"{ports}:Counter", f"{ports}:Counter", "--name", "no name"),
    ):
        assert run("init", "pair", *arguments).exit_code in (2, 4)
        assert not (folder / "equivcheck.toml").exists()
    (folder / "equivcheck.toml").write_text("[pair")
    assert run("init", "pair", f"{ports}:Counter", f"{ports}:Counter").exit_code == 2
    assert (folder / "equivcheck.toml").read_text() == "[pair"


def test_somebody_elses_module_is_not_written_to(ports: str, folder: Path) -> None:
    (folder / "equivcheck_views.py").write_text("mine = 1\n")
    refused = run("init", "pair", f"{ports}:Counter", f"{ports}:Renamed")
    assert (refused.exit_code, "was not written by init" in refused.output) == (2, True)
    assert (folder / "equivcheck_views.py").read_text() == "mine = 1\n"
    assert not (folder / "equivcheck.toml").exists()


def test_a_python_adapter_conforms_as_it_is_made(folder: Path) -> None:
    made = run("init", "adapter", "--language", "python", "adapters/mine")
    assert made.exit_code == 0, made.output
    conformed = run("conform", "adapters/mine:counter")
    assert conformed.exit_code == 0, conformed.output
    assert len((folder / "adapters/mine/README.md").read_text().splitlines()) <= 15


def needing(language: str, tool: str) -> object:
    marks = (getattr(pytest.mark, language), pytest.mark.slow, pytest.mark.skipif(shutil.which(tool) is None, reason=f"needs {tool}"))
    return pytest.param(language, marks=marks)


@pytest.mark.parametrize("language", [needing("rust", "cargo"), needing("node", "npm")])
def test_an_adapter_in_another_language_conforms_as_it_is_made_and_is_the_python_one(folder: Path, language: str) -> None:
    assert run("init", "adapter", "--language", language, "--name", "mine", "other").exit_code == 0
    assert run("init", "adapter", "--language", "python", "snaky").exit_code == 0
    conformed = run("conform", "other:counter")
    assert conformed.exit_code == 0, conformed.output
    checked = run("check", "snaky:counter", "other:counter", "--episodes", "5")
    assert checked.exit_code == 0, checked.output
    assert "breaks a law" not in checked.output


def test_every_template_has_a_file_and_no_placeholder_left(folder: Path) -> None:
    for language in ("python", "rust", "node"):
        assert run("init", "adapter", "--language", language, f"made/{language}").exit_code == 0
        templates = Path(equivcheck.__file__).parent / "templates" / language
        for template in templates.rglob("*.template"):
            file = folder / "made" / language / template.relative_to(templates).with_suffix("")
            assert not re.search(r"\$\{|\.template", file.read_text())
        assert not [*(folder / "made" / language).rglob("target"), *(folder / "made" / language).rglob("node_modules")]


def test_a_folder_in_use_and_a_name_that_is_none_are_refused(folder: Path) -> None:
    (folder / "full").mkdir()
    (folder / "full" / "notes.txt").write_text("mine")
    for arguments, words in ((["full"], "not empty"), (["fresh", "--name", "a b"], "is no name for a program"), (["1st"], "is no name")):
        refused = run("init", "adapter", "--language", "python", *arguments)
        assert (refused.exit_code, words in refused.output) == (2, True), refused.output
    assert [path.name for path in (folder / "full").iterdir()] == ["notes.txt"]
