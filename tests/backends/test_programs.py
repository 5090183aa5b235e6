from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from equivcheck.backends.opening import Opening
from equivcheck.backends.process import MEMORY_BYTES_MAX, Deadlines, ProcessBackend
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


RAW = """
import os, sys, time
from equivcheck.model.request import Greeting
from equivcheck.protocol.framing import FrameDecoder, encode_frame
from equivcheck.protocol.messages import greeting_to_plain
decoder = FrameDecoder()
def hear():
    while (message := decoder.next()) is None:
        decoder.feed(os.read(0, 65536) or sys.exit())
    return message
def say(message):
    os.write(1, encode_frame(message))
def greet():
    hear()
    say(greeting_to_plain(Greeting("raw")))
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


def test_a_complaint_names_the_adapter_and_not_its_command(tmp_path: Path) -> None:
    folder = tmp_path / "lift_py"
    folder.mkdir()
    folder_with(folder, 'argv = ["{python}", "main.py"]\n')
    with pytest.raises(AdapterError, match=r"^lift_py refused `hello`: no environment 'elevator'; there are: walk, run$") as caught:
        Opening(tmp_path).open("lift_py:elevator")
    assert caught.value.argv == (sys.executable, "main.py")


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


@pytest.mark.parametrize(
    "error", ["error[E0277]: no `f32`", "src/lift.c:30:23: error: no `f32`", "src/lift.ts(30,23): error TS2322: no `f32`"]
)
def test_of_a_long_build_the_first_error_and_the_end_are_shown(tmp_path: Path, error: str) -> None:
    said = ["warning: unused variable: `error`"] * 30 + [error, "  --> src/lift.rs:30:23", ""] + ["  = help: Put"] * 40 + ["gave up"]
    (tmp_path / "build.py").write_text(f"import sys; print({chr(10).join(said)!r}, file=sys.stderr); sys.exit(101)")
    folder_with(tmp_path, 'argv = ["x"]\nbuild = [["{python}", "build.py"]]\n')
    with pytest.raises(AdapterError, match="exited with status 101") as caught:
        build_adapter(read_adapter(tmp_path))
    lines = caught.value.last_words.splitlines()
    assert lines[:2] == [error, "  --> src/lift.rs:30:23"]
    assert lines[-1] == "gave up"
    assert len(lines) == 12


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
        ("argv = ['x']\nbuilt = []", r"unknown key 'built' \(did you mean \"build\"\?\); the keys are name, argv"),
        ("argv = ['x']\nmessage_s = 60", r"unknown key 'message_s' \(it belongs under \[deadlines\]\)"),
        ("argv = ['x']\ndeadlines = 60", r"`deadlines` is a table: \[deadlines\]"),
        ("argv = ['x']\n[deadlines]\nmesage_s = 1", r"\[deadlines\]: unknown key 'mesage_s' \(did you mean \"message_s\"\?\)"),
        ("argv = ['x']\n[deadlines]\nmemory_gib = 1", r"\[deadlines\]: unknown key 'memory_gib'; the keys are hello_s, message_s, first_s"),
        *(
            (f"argv = ['x']\n[deadlines]\nfirst_s = {value}", r"`first_s` is a number of seconds above 0 and at most 1,000,000, not ")
            for value in ("0", "-1", "nan", "inf", "1_000_001", "true", "'60'", "[60]")
        ),
        *((f"argv = ['x']\nmemory_gib = {value}", "`memory_gib` is a number of GiB above 0") for value in ("0", "false", "8589934592")),
    ],
)
def test_a_malformed_table_is_refused_in_words(tmp_path: Path, table: str, words: str) -> None:
    with pytest.raises(AdapterError, match=words):
        read_adapter(folder_with(tmp_path, table))


def test_time_and_memory_are_as_they_were_unless_the_table_says_more(tmp_path: Path) -> None:
    plain = read_adapter(folder_with(tmp_path, "argv = ['x']"))
    assert (plain.deadlines, plain.memory_bytes_max) == (Deadlines(), MEMORY_BYTES_MAX)
    table = "argv = ['x']\nmemory_gib = 0.5\n[deadlines]\nfirst_s = 1200\nmessage_s = 1e6"
    some = read_adapter(folder_with(tmp_path, table))
    assert (some.deadlines, some.memory_bytes_max) == (Deadlines(first_s=1200.0, message_s=1_000_000.0), 2**29)


@pytest.mark.parametrize(
    ("key", "silent"),
    [
        ("hello_s", "time.sleep(60)"),
        ("first_s", "greet(); hear(); time.sleep(60)"),
        ("message_s", "greet(); hear(); say({'type': 'done'}); hear(); time.sleep(60)"),
    ],
)
def test_a_deadline_is_the_tables_and_the_complaint_names_its_key(tmp_path: Path, key: str, silent: str) -> None:
    deadlines = {"hello_s": 30.0, "first_s": 0.3, "message_s": 0.1, key: 0.2}
    lines = "".join(f"{name} = {seconds}\n" for name, seconds in deadlines.items())
    folder_with(tmp_path, f'argv = ["{{python}}", "silent.py"]\n[deadlines]\n{lines}')
    (tmp_path / "silent.py").write_text(RAW + silent)

    def talk() -> None:
        backend = open_adapter(tmp_path)
        if key == "message_s":
            backend.discard([0])
            backend.discard([0])
        backend.reset([0], [Episode()], FULL)

    with pytest.raises(AdapterError, match=r"within 0\.2 s") as caught:
        talk()
    assert caught.value.hint == f"if it needs longer, raise {key} under [deadlines] in {tmp_path / 'adapter.toml'}"


def test_the_limit_of_memory_is_the_tables_and_the_complaint_names_its_key(tmp_path: Path) -> None:
    folder_with(tmp_path, 'argv = ["{python}", "hungry.py"]\nmemory_gib = 0.125\n')
    (tmp_path / "hungry.py").write_text(RAW + "greet(); hear(); hoard = b'x' * 2**28; time.sleep(60)")
    with pytest.raises(AdapterError, match=r"GiB of memory; 0\.12 are allowed") as caught:
        open_adapter(tmp_path).reset([0], [Episode()], FULL)
    assert caught.value.hint.endswith(f"raise memory_gib in {tmp_path / 'adapter.toml'}")


def test_a_command_without_a_folder_is_told_how_to_get_one(tmp_path: Path) -> None:
    (tmp_path / "silent.py").write_text(RAW + "greet(); hear(); time.sleep(60)")
    backend = ProcessBackend([sys.executable, str(tmp_path / "silent.py")], deadlines=Deadlines(first_s=0.1, message_s=0.2))
    with pytest.raises(AdapterError, match=r"within 0\.2 s") as caught:
        backend.reset([0], [Episode()], FULL)
    assert caught.value.hint.startswith("if it needs longer, raise message_s under [deadlines] in an adapter.toml around this command")


def test_a_folder_without_one_is_named(tmp_path: Path) -> None:
    with pytest.raises(AdapterError, match=r"adapter\.toml cannot be read"):
        read_adapter(tmp_path)


def test_two_processes_build_one_folder_one_after_the_other(tmp_path: Path) -> None:
    alone = 'import os, time; os.mkdir("busy"); time.sleep(0.5); os.rmdir("busy")'
    folder_with(tmp_path, f"argv = ['{{python}}', 'main.py']\nbuild = [['{{python}}', '-c', '''{alone}''']]\n")
    code = f"from equivcheck.backends.programs import *; build_adapter(read_adapter(Path({str(tmp_path)!r})))"
    builders = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) for _ in range(3)]
    assert [builder.communicate()[1] for builder in builders] == [b"", b"", b""]
