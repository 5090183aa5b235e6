"""What a terminal gets beyond plain text: colour for verdicts, and progress with the time left, on standard error."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress
from rich.text import Text

from equivcheck.model.verdict import Outcome, Report
from equivcheck.reports.text import LABELS, render_text, verdict_colour


def print_report(report: Report) -> None:
    """Print the report to standard output, verdicts in colour where that is a terminal."""
    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    text = Text(render_text(report).rstrip("\n"))
    for outcome in Outcome:
        text.highlight_regex(rf"(?m)^(?:  )?{outcome.value}(?=  )", f"bold {verdict_colour(outcome)}")
    text.highlight_regex(r"(?m)  FLAKY(?=: recurred \d+ of \d+ times$)", "yellow")
    text.highlight_regex(rf"(?m)^ +(?:{'|'.join(LABELS)}) ", "dim")
    console.print(text)


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
            self._console.print(Text(text), soft_wrap=True)

    def close(self) -> None:
        """Take the line away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
