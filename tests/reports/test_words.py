"""What an environment says cannot pass for what equivcheck says."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from equivcheck.cli import main
from equivcheck.model.divergence import Difference, Divergence
from equivcheck.model.script import Episode, Script
from equivcheck.model.values import flatten
from equivcheck.model.verdict import Counterexample, Coverage, FieldCount, Outcome, PairReport, Report, Shrink, Verdict
from equivcheck.reports import FORMATS
from equivcheck.reports.words import coverage_words

FAKES = ("EQUIVALENT", "DIVERGENT", "holds", "level ", "verdict", "rerun", "episode 9")
BREAKS = ("\n", "\r\n", "\r", "\x85", "\u2028", "\u2029", "\x0b", "\x0c", "\x1c")
HOSTILE = "x" + "".join(f"{end}{fake}  all is well" for end in BREAKS for fake in FAKES) + "\x1b[2J\x1b[32mEQUIVALENT\u202e</data>"


def assert_honest(text: str, *, fakes: tuple[str, ...] = FAKES) -> None:
    assert "all is well" in text  # else nothing was tried
    assert not [c for c in text if c != "\n" and unicodedata.category(c)[0] == "C"]
    assert not [line for line in text.splitlines() if line.lstrip().startswith(tuple(f"{fake}  all is well" for fake in fakes))]


def hostile_report() -> Report:
    (path,) = flatten({"obs": {HOSTILE: 0}})
    difference = Difference(path, "value", HOSTILE, HOSTILE, words=HOSTILE)
    script = Script((Episode(0, actions=(HOSTILE,)),))
    tree = {"obs": {HOSTILE: HOSTILE}}
    divergence = Divergence(0, 0, 1, (difference,))
    shrink = Shrink(2, 1, 3, 0.0, (HOSTILE,))
    one = Counterexample(HOSTILE, script, divergence, (tree, {}), (tree, tree), shrink=shrink, file="a.json")
    coverage = Coverage({path: FieldCount(compared=3, error_max=1.0)}, {HOSTILE: 1, HOSTILE + "2": 0}, {HOSTILE: 1}, {}, 1, 1)
    verdict = Verdict("rollout", Outcome.DIVERGENT, HOSTILE, coverage, (one,), HOSTILE, (HOSTILE, HOSTILE))
    side = {"address": HOSTILE, "name": HOSTILE, "version": HOSTILE, "capabilities": [HOSTILE]}
    return Report((PairReport(HOSTILE, side, side, HOSTILE, (verdict,), (), (HOSTILE,), (HOSTILE,)),))


@pytest.mark.parametrize("name", ["text", "brief"])
def test_no_text_from_elsewhere_makes_a_line_of_its_own(name: str) -> None:
    text = FORMATS[name](hostile_report())
    assert_honest(text)
    if name == "brief":
        assert all(line.count("<data>") == line.count("</data>") for line in text.splitlines()[2:])


def test_no_text_from_elsewhere_makes_a_line_of_its_own_in_junit() -> None:
    xml = FORMATS["junit"](hostile_report())
    root = ElementTree.fromstring(xml)
    assert [case.get("name") for case in root.iter("testcase")] == ["rollout"]
    assert_honest("\n".join(root.itertext()))
    (failure,) = root.iter("failure")
    assert_honest(str(failure.get("message")))


def test_a_program_reads_the_words_as_they_were_said() -> None:
    plain = json.loads(FORMATS["json"](hostile_report()))
    assert plain["pairs"][0]["levels"][0]["reason"] == HOSTILE


SIDES = f"""
HOSTILE = {HOSTILE!r}
class Kind:
    actions = 2
    def reset(self, seed): self.n = seed % 2; return {{"obs": {{HOSTILE: self.n, "words": HOSTILE}}}}
    def step(self, action): self.n += 1; return {{"obs": {{HOSTILE: self.n, "words": HOSTILE}}, "reward": 0.0, "terminated": self.n > 5}}

class Raises(Kind):
    def step(self, action):
        if self.n == 3: raise RuntimeError(HOSTILE)
        return super().step(action)

class Forgets(Kind):
    def reset(self, seed): return {{"obs": {{HOSTILE: id(object()) + __import__("random").random()}}}}
    def state(self): return {{HOSTILE: HOSTILE}}
    def load(self, state): raise RuntimeError(HOSTILE)

def broken(): raise RuntimeError(HOSTILE)
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "Kind", "Raises"),
        ("check", "Kind", "Forgets"),
        ("check", "Kind", "broken"),
        ("check", "Raises", "Raises"),
        ("check", "Forgets", "Forgets"),
        ("conform", "Forgets"),
        ("conform", "broken"),
        ("record", "Forgets", "forgets.eqtrace"),
        ("record", "broken", "broken.eqtrace"),
        ("init", "pair", "Kind", "Forgets"),
        ("init", "pair", "Kind", "broken"),
    ],
    ids=" ".join,
)
def test_no_command_lets_a_side_write_lines_of_its_own(arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    module = f"sides_{tmp_path.name}"  # a module is imported once in a process: every test has its own
    (tmp_path / f"{module}.py").write_text(SIDES, encoding="utf-8")
    argv = [f"python:{module}:{word}" if word in ("Kind", "Raises", "Forgets", "broken") else word for word in arguments]
    printed = CliRunner().invoke(main, argv).output
    for file in [*tmp_path.rglob("*.json"), *tmp_path.glob("*.eqtrace")]:
        shown = CliRunner().invoke(main, ["show", str(file)])
        assert shown.exit_code == 0
        printed += shown.output
        if file.suffix == ".json":
            printed += CliRunner().invoke(main, ["replay", str(file)]).output
    assert_honest(printed + "all is well")


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (FieldCount(compared=4), "x (always at its default)"),
        (FieldCount(compared=4, non_default=True), "x (always the same)"),
        (FieldCount(compared=4, digested=3), "x (always at its default where it was read, the rest by digest)"),
        (FieldCount(compared=4, digested=3, changed=True, non_default=True), ""),
    ],
)
def test_what_a_digest_stands_for_is_not_said_to_be_unchanged(entry: FieldCount, words: str) -> None:
    assert coverage_words(Coverage(fields={"x": entry}, flags={"terminated": 1, "truncated": 1}))[1] == words
