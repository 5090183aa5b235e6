"""What `show` prints of a trace, a counterexample and a report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from equivcheck.cli import main

SIDES = """
class Wide:
    actions = 3
    def seen(self): return {"obs": self.n, "state": {f"team[{k}].hit_points": self.n * k / 3 for k in range(12)}}
    def reset(self, seed): self.n = seed % 3; return self.seen()
    def step(self, action): self.n += action; return {**self.seen(), "reward": float(action), "terminated": self.n >= 10}

class Wounded(Wide):
    def seen(self):
        seen = super().seen()
        seen["state"]["team[3].hit_points"] += self.n > 5
        return seen
"""


@pytest.fixture
def side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    name = f"showing_{tmp_path.name}"  # a module is imported once in a process: every test has its own
    (tmp_path / f"{name}.py").write_text(SIDES)
    return f"python:{name}"


def run(*arguments: str, given: bytes | None = None) -> Result:
    return CliRunner().invoke(main, list(arguments), input=given)


@pytest.mark.parametrize("columns", ["60", "80", "140"])
def test_a_trace_keeps_its_first_columns_and_fits(side: str, monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    run("record", f"{side}:Wide", "wide.eqtrace", "--episodes", "2")
    lines = run("show", "wide.eqtrace", "--rows", "4").output.splitlines()
    assert lines[1].split()[:4] == ["row", "episode", "step", "action"]
    assert [line.split()[:3] for line in lines[2:6]] == [[str(row), "0.0", str(row)] for row in range(4)]
    assert all(len(line) <= int(columns) for line in lines[1:])
    shown = len(lines[1].split()) - 4
    assert shown >= 1
    assert lines[6] == f"and {15 - shown} more leaves"


def found(side: str) -> Path:
    checked = run("check", f"{side}:Wide", f"{side}:Wounded", "--level", "rollout", "--mode", "seeded", "--json", "report.json")
    assert checked.exit_code == 3
    (file,) = Path(".equivcheck/found").glob("*/*.json")
    return file


def test_only_the_leaves_that_part_are_marked(side: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "140")
    lines = run("show", str(found(side))).output.splitlines()
    assert [line.split()[1] for line in lines if line.startswith(">")] == ['state["team[3].hit_points"]']


def test_a_report_is_shown_as_it_was_printed(side: str) -> None:
    file = found(side)
    shown = run("show", "report.json").output
    assert shown.splitlines()[0].startswith("DIVERGENT  ")
    verdict = ("DIVERGENT  rollout: ", 'reference  state["team[3].hit_points"]', f"equivcheck replay {file}", "compared", "not run: self")
    assert [words for words in verdict if words not in shown] == []


@pytest.mark.parametrize("what", ["report", "counterexample", "trace", "lines"])
def test_everything_is_shown_from_standard_input_too(side: str, what: str) -> None:
    run("record", f"{side}:Wide", "wide.eqtrace", "--episodes", "1")
    run("record", f"{side}:Wide", "wide.jsonl", "--episodes", "1")
    files = {"counterexample": str(found(side)), "report": "report.json", "trace": "wide.eqtrace", "lines": "wide.jsonl"}
    file = Path(files[what])
    piped, read = run("show", "-", given=file.read_bytes()), run("show", str(file))
    assert (piped.exit_code, read.exit_code) == (0, 0)
    assert piped.output.replace("replay -\n", f"replay {file}\n").replace("standard input", str(file)) == read.output


@pytest.mark.parametrize("plain", [{}, {"format": "equivcheck report 1"}, {"format": "equivcheck report 1", "pairs": [{}]}, [1]])
def test_what_is_none_of_ours_is_refused_in_words(side: str, plain: object) -> None:
    Path("other.json").write_text(json.dumps(plain))
    shown = run("show", "other.json")
    assert shown.exit_code == 4
    assert "other.json" in shown.output
    assert "Traceback" not in shown.output
