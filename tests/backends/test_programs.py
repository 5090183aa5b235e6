from __future__ import annotations

from pathlib import Path

import pytest

from equivcheck.backends.opening import Opening
from equivcheck.backends.programs import build_adapter, open_adapter, read_adapter
from equivcheck.errors import AdapterError
from equivcheck.model.request import FULL
from equivcheck.model.script import Episode

PROGRAM = """
from equivcheck.serving import serve_program

def make(step):
    class Walk:
        actions = 3
        def reset(self, seed): self.n = 0; return {"obs": 0}
        def step(self, action): self.n += action * step; return {"obs": self.n}
    return Walk

serve_program({"walk": make(1), "run": make(2)}, name="walker")
"""


def folder_with(tmp_path: Path, table: str) -> Path:
    (tmp_path / "main.py").write_text(PROGRAM)
    (tmp_path / "adapter.toml").write_text(table)
    return tmp_path


def test_a_folder_is_a_side_for_each_of_its_environments(tmp_path: Path) -> None:
    folder_with(tmp_path, 'name = "walker"\nargv = ["{python}", "main.py"]\nenvironments = ["walk", "run"]\n')
    for environment, obs in (("walk", 1), ("run", 2)):
        backend = Opening(tmp_path.parent).open(f"{tmp_path.name}:{environment}")
        backend.reset([0], [Episode()], FULL)
        assert backend.step([0], [1], FULL).step(0)["obs"] == obs
        backend.close()


def test_it_is_built_before_its_first_use_and_once_only(tmp_path: Path) -> None:
    build = "open('built', 'a').write('x'); import shutil; shutil.copy('main.py', 'made.py')"
    folder_with(tmp_path, f'argv = ["{{python}}", "made.py"]\nbuild = [["{{python}}", "-c", "{build}"]]\n')
    for _ in range(2):
        open_adapter(tmp_path, "walk").close()
    assert (tmp_path / "built").read_text() == "x"


def test_a_build_that_fails_shows_what_it_said(tmp_path: Path) -> None:
    build = "import sys; print('compiling'); sys.exit('missing semicolon')"
    folder_with(tmp_path, f'argv = ["x"]\nbuild = [["{{python}}", "-c", "{build}"]]\n')
    with pytest.raises(AdapterError, match="exited with status 1") as caught:
        build_adapter(read_adapter(tmp_path))
    assert "compiling" in caught.value.last_words
    assert "missing semicolon" in caught.value.last_words


def test_a_tool_that_is_missing_is_named_with_where_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    folder_with(tmp_path, 'argv = ["x"]\nneeds = ["cargo"]\n')
    with pytest.raises(AdapterError, match="needs cargo: install Rust from"):
        build_adapter(read_adapter(tmp_path))


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("argv = [", "cannot be read"),
        ("name = 'x'", "`argv` is a list of words"),
        ("argv = []", "`argv` is empty"),
        ("argv = ['x', 1]", "list of words"),
        ("argv = ['x']\nbuild = ['make']", "list of words"),
        ("argv = ['x']\nbuild = 'make'", "list of commands"),
        ("argv = ['x']\nbuilt = []", "unknown key 'built'"),
    ],
)
def test_a_malformed_table_is_refused_in_words(tmp_path: Path, table: str, words: str) -> None:
    with pytest.raises(AdapterError, match=words):
        read_adapter(folder_with(tmp_path, table))


def test_a_folder_without_one_is_named(tmp_path: Path) -> None:
    with pytest.raises(AdapterError, match=r"adapter\.toml cannot be read"):
        read_adapter(tmp_path)
