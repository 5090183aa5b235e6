"""What a newcomer reads first."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from equivcheck.cli import main
from equivcheck.cli.drafts import init


def read_help(*words: str) -> str:
    return CliRunner().invoke(main, [*words, "--help"]).output


@pytest.mark.parametrize("words", [(), ("init",)])
def test_no_list_of_commands_breaks_off(words: tuple[str, ...]) -> None:
    text = read_help(*words)
    assert "Commands:" in text
    assert "Example" in text
    assert "..." not in text.partition("Commands:")[2]


@pytest.mark.parametrize("words", [*((name,) for name in main.commands), *(("init", name) for name in init.commands)], ids=" ".join)
def test_every_option_says_what_it_takes(words: tuple[str, ...]) -> None:
    text = read_help(*words)
    assert not [kind for kind in ("INTEGER RANGE", " TEXT", " PATH") if kind in text]


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (("chekc",), "check"),
        (("init", "pear"), "pair"),
        (("check", "a", "b", "--level", "roloout"), "rollout"),
        (("check", "a", "b", "--mode", "sedeed"), "seeded"),
        (("check", "cartpol"), "cartpole"),
        (("diff", "a", "b", "--pair", "cartpol"), "cartpole"),
        (("record", "python:a:b", "a.eqtrace", "--driver", "unifrom"), "uniform"),
    ],
    ids=" ".join,
)
def test_a_mistyped_word_gets_the_word_that_was_meant(
    arguments: tuple[str, ...], meant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("equivcheck.toml").write_text('[pair.cartpole]\nreference = "python:a:b"\ntarget = "python:a:b"\n')
    refused = CliRunner().invoke(main, list(arguments))
    assert refused.exit_code == 2
    assert "did you mean" in refused.output.lower()
    assert meant in refused.output
