from __future__ import annotations

import pytest

from equivcheck.model.verdict import Outcome, PairReport, Report, Verdict
from equivcheck.reports.terminal import print_report

GREEN = "\x1b[1;32m"


def printed(capsys: pytest.CaptureFixture[str], reason: str, name: str = "a pair") -> str:
    verdict = Verdict("rollout", Outcome.EQUIVALENT, reason, notes=(reason,))
    print_report(Report((PairReport(name, {"address": "a"}, {"address": "b"}, "", (verdict,)),)))
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
