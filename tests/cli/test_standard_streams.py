"""`-` is standard input or output, wherever a command takes a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from equivcheck.cli import main


@pytest.fixture
def side(module: str) -> str:
    return f"python:{module}"


def run(*arguments: str, given: bytes | None = None) -> Result:
    return CliRunner().invoke(main, list(arguments), input=given)


@pytest.mark.parametrize(("form", "name"), [("", "a.eqtrace"), ("eqtrace", "a.eqtrace"), ("jsonl", "a.jsonl")])
def test_what_is_recorded_to_standard_output_is_what_a_file_holds(side: str, form: str, name: str) -> None:
    options = ("--episodes", "1", "--seed", "3")
    piped = run("record", f"{side}:Counter", "-", *options, *(("--form", form) if form else ()))
    run("record", f"{side}:Counter", name, *options)
    assert piped.exit_code == 0
    assert piped.stdout_bytes == Path(name).read_bytes()
    assert piped.stderr.startswith("standard output: 1 episode, ")
    for recordings in (("-", name), (name, "-")):
        assert run("diff", *recordings, given=piped.stdout_bytes).exit_code == 0


def test_a_form_overrules_the_name(side: str) -> None:
    run("record", f"{side}:Counter", "a.log", "--form", "jsonl", "--episodes", "1")
    assert [*json.loads(Path("a.log").read_text().splitlines()[1])] == ["obs", "reward", "terminated"]


def test_scripts_are_read_from_standard_input(side: str) -> None:
    run("record", f"{side}:Counter", "a.eqtrace", "--episodes", "3")
    again = run("record", f"{side}:Counter", "b.eqtrace", "--scripts", "-", given=Path("a.eqtrace").read_bytes())
    assert again.exit_code == 0, again.output
    assert run("diff", "a.eqtrace", "b.eqtrace").exit_code == 0


def test_two_recordings_cannot_both_be_standard_input(side: str) -> None:
    assert (refused := run("diff", "-", "-", given=b"")).exit_code == 2
    assert "only one of the two" in refused.output


def test_a_counterexample_is_replayed_and_kept_from_standard_input(side: str) -> None:
    run("check", f"{side}:Counter", f"{side}:Wrong", "--mode", "seeded", "--level", "rollout", "--episodes", "3")
    (found,) = Path(".equivcheck/found").glob("*/*.json")
    text = found.read_bytes()
    failed, fixed = (run("replay", "-", "--target", f"{side}:{name}", given=text) for name in ("Wrong", "Counter"))
    assert (failed.exit_code, fixed.exit_code) == (3, 0)
    assert "rerun" not in failed.output  # there is no file to name
    kept = run("keep", "-", given=text)
    assert kept.exit_code == 0, kept.output
    (file,) = Path("traces/regressions").glob("*/*.json")
    assert str(file) in kept.output
    assert (file.read_bytes(), found.read_bytes()) == (text, text)


@pytest.mark.parametrize(("option", "begins"), [("--json", "{"), ("--junit", "<"), ("--brief", "verdict: EQUIVALENT")])
def test_a_report_on_standard_output_stands_alone(side: str, option: str, begins: str) -> None:
    checked = run("check", f"{side}:Counter", f"{side}:Counter", "--mode", "seeded", "--episodes", "3", option, "-")
    assert checked.exit_code == 0
    assert checked.stdout.startswith(begins)
    assert checked.stdout.count("EQUIVALENT  ") <= 1
    if option == "--json":
        assert json.loads(checked.stdout)["verdict"] == "EQUIVALENT"
        assert run("show", "-", given=checked.stdout_bytes).output.startswith("EQUIVALENT")
