"""What a terminal gets beyond plain text: colour for verdicts, and progress with the time left, on standard error."""

from __future__ import annotations

import re
import sys
import textwrap

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress
from rich.text import Text

from equivcheck.reports.text import LABELS

_COLOURS = {"EQUIVALENT": "green", "DIVERGENT": "red", "INCONCLUSIVE": "yellow", "FIXED": "green", "FAILED": "red", "ERROR": "yellow"}
_COLOURS |= {"holds": "green", "broken": "red"}  # what conform says of a law
_LABELLED = re.compile(rf"^(?P<indent> *)(?:{'|'.join(LABELS)}) +(?:(?:both|reference|target) +)?(?=\S)")
_PASTED = re.compile(r"^ *(?:rerun|view|script) ")  # what is copied from a terminal must stay one line
_HANG = 13  # where the words of a report begin
_WIDTH_MIN = 40


def print_words(text: str) -> None:
    """Print lines of a report to standard output: where that is a terminal, verdicts in colour and long lines wrapped between words.

    Raises: BrokenPipeError where nobody reads on.
    """
    console = ReadConsole(file=sys.stdout, highlight=False, soft_wrap=True)
    console.print(_shown(console, text))


class ReadConsole(Console):
    """A console that leaves it to its caller what to do where nobody reads on."""

    def on_broken_pipe(self) -> None:
        """See Console, which would exit."""
        raise  # what is being handled


def _shown(console: Console, text: str) -> Text:
    lines = text.rstrip("\n").split("\n")
    if console.is_terminal:
        lines = [part for line in lines for part in _wrapped(line, max(console.width, _WIDTH_MIN))]
    styled = Text("\n".join(lines))
    for word, colour in _COLOURS.items():
        styled.highlight_regex(rf"(?m)^(?:  )?{word}(?=  |$)", f"bold {colour}")
    styled.highlight_regex(r"(?m)  FLAKY(?=: recurred \d+ of \d+ times$)", "yellow")
    styled.highlight_regex(rf"(?m)^ +(?:{'|'.join(LABELS)}) ", "dim")
    return styled


def _wrapped(line: str, width: int) -> list[str]:
    """Return a line in parts of at most so many columns, the further ones indented to where its words begin."""
    if len(line) <= width or _PASTED.match(line):
        return [line]
    labelled = _LABELLED.match(line)
    hang = labelled.end() if labelled else max(len(line) - len(line.lstrip()), _HANG)
    words = textwrap.TextWrapper(width, subsequent_indent=" " * hang, break_long_words=False, break_on_hyphens=False)
    words.replace_whitespace = False
    return words.wrap(line)


class Progress:
    """Shows long work as one line that is overwritten; silent where standard error is no terminal."""

    def __init__(self) -> None:
        self._console = Console(file=sys.stderr, highlight=False)
        self._bar: RichProgress | None = None
        self._what = ""

    def show(self, what: str, done: int, total: int) -> None:
        """Say how far `what` is."""
        if not self._console.is_terminal:
            return
        if self._bar is None:
            columns = (
                TextColumn("{task.description}", markup=False),
                BarColumn(24),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TextColumn("left"),
                TimeRemainingColumn(),
            )
            self._bar = RichProgress(*columns, console=self._console, transient=True)
            self._bar.start()
        if what != self._what:
            for task in self._bar.task_ids:
                self._bar.remove_task(task)
            self._bar.add_task(what, total=total)
            self._what = what
        self._bar.update(self._bar.task_ids[0], completed=done, total=total)

    def say(self, text: str) -> None:
        """Print a line or more above the progress."""
        if self._console.is_terminal:
            self._console.print(_shown(self._console, text), "", sep="\n", soft_wrap=True)

    def close(self) -> None:
        """Take the line away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
