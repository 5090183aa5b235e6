from __future__ import annotations

import pytest
from rich.text import Text

from equivcheck.model.verdict import Outcome, PairReport, Report, Verdict
from equivcheck.reports.terminal import print_words
from equivcheck.reports.text import render_text

GREEN = "\x1b[1;32m"


def printed(capsys: pytest.CaptureFixture[str], reason: str, name: str = "a pair") -> str:
    verdict = Verdict("rollout", Outcome.EQUIVALENT, reason, notes=(reason,))
    print_words(render_text(Report((PairReport(name, {"address": "a"}, {"address": "b"}, "", (verdict,)),))))
    return capsys.readouterr().out


@pytest.fixture
def coloured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")


@pytest.mark.usefixtures("coloured")
def test_the_words_of_a_side_are_never_coloured_like_a_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, "all agree").count(GREEN) == 2
    assert printed(capsys, "its last words: EQUIVALENT  or\nEQUIVALENT  rollout", "EQUIVALENT  or not").count(GREEN) == 2


@pytest.mark.usefixtures("coloured")
def test_no_colour_where_the_environment_says_so(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[3" not in printed(capsys, "all agree")


def test_no_escape_where_standard_output_is_no_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    assert "\x1b" not in printed(capsys, "all agree")


LONG = "one finding after another, and every one of them with words enough to fill a whole line and some more of the next one"


@pytest.mark.usefixtures("coloured")
def test_on_a_terminal_lines_are_wrapped_between_words_and_indented(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    lines = [Text.from_ansi(line).plain for line in printed(capsys, LONG).splitlines()]
    assert all(len(line) <= 60 for line in lines)
    note = next(number for number, line in enumerate(lines) if line.startswith("  note "))
    assert all(line[:13].isspace() for line in lines[note + 1 :])
    assert " ".join(line[13:] for line in lines[note:]) == LONG


@pytest.mark.usefixtures("coloured")
def test_what_is_to_be_pasted_stays_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    command = f"    rerun      equivcheck replay '.equivcheck/found/{LONG}.json'"
    print_words(f"FAILED\n{command}\n{LONG}")
    shown = capsys.readouterr().out
    assert shown.startswith("\x1b[1;31mFAILED")
    assert command in Text.from_ansi(shown).plain.splitlines()


def test_nothing_is_wrapped_where_standard_output_is_no_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.setenv("COLUMNS", "60")
    assert f"  note       {LONG}" in printed(capsys, LONG).splitlines()


@pytest.mark.usefixtures("coloured")
def test_a_broken_law_is_red_and_what_it_says_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    print_words("  holds   reset is deterministic\n  broken  play equals step by step: broken  again")
    shown = capsys.readouterr().out
    assert "\x1b[1;32m  holds" in shown
    assert shown.count("\x1b[1;31m") == 1
