"""Whatever a command is given, it ends in words and with an exit code of its own, never in a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from equivcheck.cli import main

PAIR = '[pair.p]\nreference = "python:{0}:Counter"\ntarget = "{1}"\nmode = "seeded"\n'


def run(*arguments: str, given: bytes | None = None) -> Result:
    return CliRunner().invoke(main, list(arguments), input=given)


def ends_in_words(result: Result, code: int, words: str) -> bool:
    assert result.exit_code == code, result.output
    assert isinstance(result.exception, SystemExit | None), result.exception
    assert words in result.output
    return "Traceback" not in result.output


COMMANDS = (["check"], ["check", "p"], ["diff", "a", "b", "--pair", "p"], ["init", "pair", "python:a:b", "python:a:b"])


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize(
    ("contract", "words"),
    [
        (b"\xe0\xff", "is not UTF-8"),
        (b"[pair", "this is no TOML"),
        (b"\0", "this is no TOML"),
        (b"a = " + b"[" * 5_000, "nested too deep"),
        (b"pair = 3", "pair"),
        (None, "cannot be read: Is a directory"),
    ],
    ids=["binary", "syntax", "nul", "deep", "type", "folder"],
)
def test_a_contract_that_cannot_be_read(module: str, command: list[str], contract: bytes | None, words: str) -> None:
    file = Path("equivcheck.toml")
    file.mkdir() if contract is None else file.write_bytes(contract)
    assert ends_in_words(run(*command), 2, words)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "nothing is known by the address"),
        ("x" * 100_000, "more than 4,096 characters"),
        ("x" * 300, "nothing is known by the address"),
        ("trace:a\0b", "it has a NUL in it"),
        ("trace:.", "cannot be read: Is a directory"),
        ("stdio:", "no command follows `stdio:`"),
        ("stdio:'abc", "is no command: No closing quotation"),
        ("stdio:/no/such", "cannot be started"),
        ("python:", "cannot be loaded"),
        ("self:sideways:python:a:b", "no variant 'sideways'"),
    ],
    ids=lambda text: text[:12],
)
def test_an_address_that_leads_nowhere(module: str, address: str, words: str) -> None:
    assert ends_in_words(run("check", f"python:{module}:Counter", address), 4, words)
    assert ends_in_words(run("conform", address), 4, words)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ('rollout.starts = "{}:raises"', "failed: RuntimeError: out of paper"),
        ('rollout.starts = "{}:wrong"', "failed: TypeError: 'int' object is not iterable"),
        ('rollout.drivers = ["{}:raises"]', "failed: RuntimeError: out of paper"),
        ('rollout.drivers = ["{}:wrong"]', "returned a int; a driver returns a space"),
        ('rollout.drivers = ["{}:gone"]', "cannot be loaded"),
        ('levels = ["{}:raises"]', "failed: RuntimeError: out of paper"),
        ('levels = ["{}:wrong"]', "returned a int; a level returns a Verdict"),
        ('levels = ["{}:gone"]', "cannot be loaded"),
    ],
)
def test_a_function_in_the_contract_that_fails(module: str, key: str, words: str) -> None:
    contract = PAIR.format(module, f"python:{module}:Counter") + key.format(module) + "\n"
    Path("equivcheck.toml").write_text(contract)
    assert ends_in_words(run("check"), 4, words)


def test_a_driver_of_ones_own_is_played(module: str) -> None:
    contract = PAIR.format(module, f"python:{module}:Counter") + f'rollout.drivers = ["{module}:narrow"]\nrollout.episodes = 3\n'
    Path("equivcheck.toml").write_text(contract)
    assert ends_in_words(run("check", "--level", "rollout"), 0, "EQUIVALENT")
    assert ends_in_words(run("record", f"python:{module}:Counter", "a.eqtrace", "--driver", f"{module}:narrow"), 0, "10 episodes")
    assert ends_in_words(run("record", f"python:{module}:Counter", "a.eqtrace", "--driver", f"{module}:gone"), 4, "cannot be loaded")


def found(module: str) -> Path:
    run("check", f"python:{module}:Counter", f"python:{module}:Wrong", "--mode", "seeded", "--level", "rollout", "--episodes", "3")
    (file,) = Path(".equivcheck/found").glob("*/*.json")
    return file


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("seen", {"before": {"reference": {"$float": "x"}}}),
        ("seen", {"after": {"reference": {"$bytes": "x"}, "target": {}}}),
        ("seen", {"after": {"reference": {"a": 1}, "target": None}, "differing": 5}),
        ("script", []),
        ("script", {"episodes": [{"seed": -1}]}),
        ("divergence", {"path": "x", "kind": "value", "words": "", "distance": "far", "allowed": 0}),
        ("spec", 3),
    ],
    ids=str,
)
def test_a_counterexample_with_a_broken_part(module: str, part: str, value: Any) -> None:
    whole = found(module)
    file = Path("broken.json")
    file.write_text(json.dumps({**json.loads(whole.read_text()), part: value}))
    assert ends_in_words(run("show", str(file)), 4, "broken.json: a broken counterexample")
    if part != "seen":
        for command in ("replay", "keep"):
            assert ends_in_words(run(command, str(file)), 4, "broken.json: a broken counterexample")
        file.replace(whole)
        checked = run("check", f"python:{module}:Counter", f"python:{module}:Wrong", "--mode", "seeded", "--level", "rollout")
        assert ends_in_words(checked, 4, "a broken counterexample")


@pytest.mark.parametrize("text", [b"", b"\x83\xff", b'{"a": ' + b"9" * 5_000 + b"}", b"[" * 100_000, b'{"format": "equivcheck'])
def test_a_file_that_is_no_counterexample_and_no_recording(module: str, text: bytes) -> None:
    Path("bad.json").write_bytes(text)
    for command in ("replay", "keep", "show"):
        assert ends_in_words(run(command, "bad.json"), 4, "bad.json")
        assert ends_in_words(run(command, "-", given=text), 4, "standard input" if command == "show" else "-: ")
    for name in ("bad.eqtrace", "bad.jsonl"):
        Path(name).write_bytes(text)
        assert ends_in_words(run("diff", name, name), 4, name)
        assert ends_in_words(run("record", f"python:{module}:Counter", "out.eqtrace", "--scripts", name), 4, name)


@pytest.mark.parametrize("command", ["show", "replay", "keep"])
def test_a_folder_or_nothing_where_a_file_should_be(module: str, command: str) -> None:
    Path("folder.json").mkdir()
    assert ends_in_words(run(command, "folder.json"), 2, "is a directory")
    assert ends_in_words(run(command, "none.json"), 2, "does not exist")


def test_a_file_that_cannot_be_written_is_refused_before_the_work(module: str) -> None:
    Path("folder").mkdir()
    sides = (f"python:{module}:raises", f"python:{module}:raises")
    for option in ("--json", "--junit", "--brief"):
        assert ends_in_words(run("check", *sides, option, "none/report"), 2, "there is no folder 'none'")
        assert ends_in_words(run("check", *sides, option, "folder"), 2, "is a directory")
    assert ends_in_words(run("record", sides[0], "none/a.eqtrace"), 2, "there is no folder 'none'")


def test_a_full_disk_loses_the_file_and_not_the_verdict(module: str) -> None:
    sides = (f"python:{module}:Counter", f"python:{module}:Counter")
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    checked = run("check", *sides, "--mode", "seeded", "--episodes", "2", "--json", "/dev/full")
    assert ends_in_words(checked, 4, "/dev/full cannot be written: No space left on device")
    assert checked.output.startswith("EQUIVALENT")


def test_a_finding_that_cannot_be_saved_is_said(module: str) -> None:
    Path(".equivcheck").write_text("in the way")
    checked = run("check", f"python:{module}:Counter", f"python:{module}:Wrong", "--mode", "seeded", "--level", "rollout")
    assert ends_in_words(checked, 4, ".equivcheck")


def test_letters_that_the_terminal_has_not_are_escaped(module: str) -> None:
    for name, text in (("a.jsonl", "h\u00e9llo"), ("b.jsonl", "w\u00f6rld")):
        Path(name).write_text(json.dumps({"obs": text}) + "\n")
    command = [sys.executable, "-m", "equivcheck", "diff", "a.jsonl", "b.jsonl"]
    done = subprocess.run(command, env={**os.environ, "PYTHONIOENCODING": "ascii"}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (3, "")
    assert "h\\xe9llo" in done.stdout


def piped(command: str) -> tuple[int, str]:
    """Run a line of bash with equivcheck in it; return the status of equivcheck, and what it complained about."""
    line = command.replace("equivcheck", f"{sys.executable} -m equivcheck") + '; exit "${PIPESTATUS[0]}"'
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stderr


def test_a_reader_who_leaves_early_changes_no_exit_code(module: str) -> None:
    side = f"python:{module}:Counter"
    run("record", side, "some.eqtrace")
    options = "--mode seeded --level rollout --episodes 3"
    for command, code in (
        (f"equivcheck check {side} python:{module}:Wrong {options} | true", 3),
        (f"equivcheck check {side} {side} {options} --json - | true", 0),
        (f"equivcheck conform {side} | true", 0),
        ("equivcheck show some.eqtrace | true", 0),
        (f"equivcheck record {side} - | true", 0),
        ("equivcheck schema | true", 0),
    ):
        status, complaint = piped(command)
        assert status == code, complaint
        assert "Error" not in complaint
        assert "Traceback" not in complaint
