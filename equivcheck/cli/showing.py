"""`equivcheck show`."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import click
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from equivcheck.backends.recorded import read_recording
from equivcheck.cli.group import INPUT_FILE, open_input
from equivcheck.errors import InputError
from equivcheck.findings import FORMAT, finding_from_plain
from equivcheck.model.paths import field_of, lies_in
from equivcheck.model.phrases import counted
from equivcheck.model.trace import Trace
from equivcheck.model.values import from_json
from equivcheck.model.verdict import Report
from equivcheck.reports.json import FORMAT as REPORT_FORMAT
from equivcheck.reports.reading import report_from_plain
from equivcheck.reports.terminal import ReadConsole, print_words
from equivcheck.reports.text import render_text
from equivcheck.reports.words import leaf_text, marked, one_line, tree_lines, value_text

_COLUMNS_MAX = 8
_CELL_MAX = 24
_GAP = 2


@click.command(short_help="Print a trace, a counterexample or a report in words.")
@click.argument("file", type=INPUT_FILE)
@click.option("--rows", type=click.IntRange(1), metavar="N", default=20, show_default=True, help="Steps of a trace to show.")
@click.option("--first", type=click.IntRange(0), metavar="N", default=0, show_default=True, help="The row of a trace to begin with.")
def show(file: str, rows: int, first: int) -> None:
    """Print a trace, a counterexample (both sides, side by side) or a JSON report in words; - is standard input.

    \b
    Examples:
      equivcheck show .equivcheck/found/cartpole/3fa9c2d1.json
      equivcheck show reference.eqtrace --first 100
      equivcheck check --json - | equivcheck show -
    """
    console = ReadConsole(highlight=False, soft_wrap=False)
    with open_input(file) as stream:
        plain = _as_object(stream.read(), file) if file.endswith((".json", "-")) else None
        if plain is None:
            stream.seek(0)
            trace, cut = read_recording(stream, "standard input" if file == "-" else file)
            _show_trace(console, trace, first, rows)
            if cut:
                console.print(Text(one_line(cut)))
        elif plain.get("format") == FORMAT:
            _show_counterexample(console, file, plain)
        else:
            print_words(render_text(_report(plain, file)))


def _as_object(text: bytes, file: str) -> Mapping[str, Any] | None:
    """Return JSON that is one of ours; None for what may be a recording. Raises: InputError where a .json file is neither."""
    try:
        plain = json.loads(text)
    except (ValueError, RecursionError) as error:
        if not file.endswith(".json"):
            return None
        raise InputError(f"{file}: cannot be read as JSON: {error}") from error
    if isinstance(plain, dict) and plain.get("format") in (FORMAT, REPORT_FORMAT):
        return plain
    if not file.endswith(".json"):
        return None
    raise InputError(f"{file} is no counterexample and no report of equivcheck; a recording is an .eqtrace or .jsonl file")


def _report(plain: Mapping[str, Any], file: str) -> Report:
    try:
        return report_from_plain(plain)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{file}: a broken report: {type(error).__name__}: {error}") from error


def _show_trace(console: Console, trace: Trace, first: int, rows: int) -> None:
    provenance = value_text({key: value for key, value in trace.provenance.items() if value})
    console.print(Text(f"{counted(len(trace.runs), 'episode')}, {counted(trace.step_count, 'step')}; {provenance}"), soft_wrap=True)
    columns: dict[str, list[str]] = {name: [] for name in ("row", "episode", "step", "action")}
    paths = sorted(trace.columns, key=lambda path: (field_of(path) == "state", path.count(".")))
    shown = range(first, min(first + rows, trace.step_count))
    for run in trace.runs:
        for row in range(max(run.first, first), min(run.first + run.count, first + rows)):
            step = row - run.first
            actions = trace.scripts[run.script].episodes[run.episode].actions
            cells = (str(row), f"{run.script}.{run.episode}", str(step), value_text(actions[step - 1]) if step and actions else "")
            for cell, column in zip(cells, columns.values(), strict=True):
                column.append(cell)
    for path in paths[:_COLUMNS_MAX]:
        columns[one_line(path)] = [leaf_text(trace.columns[path].leaf(row), 44).replace("nothing", "") for row in shown]
    table, count = _fitting_table(columns, console.width)
    console.print(table)
    hidden = len(paths) - (count - 4)
    if hidden > 0:
        console.print(Text(f"and {counted(hidden, 'more leaf', 'more leaves')}"))
    for end in trace.ends:
        console.print(Text(f"episode {end.script}.{end.episode} {end.kind} at step {end.step_index}: {one_line(end.words)}"))


def _fitting_table(columns: Mapping[str, Sequence[str]], width: int) -> tuple[Table, int]:
    """Return a table of as many columns as a terminal is wide enough for, five at least, and how many they are."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    taken, fitting = 0, dict[str, Sequence[str]]()
    for name, cells in columns.items():
        wide = min(max(map(cell_len, (name, *cells))), _CELL_MAX)
        taken += wide + _GAP * bool(fitting)
        if taken > width and len(fitting) > 4:
            break
        justify: Literal["left", "right"] = "left" if name == "action" else "right"
        table.add_column(name, justify=justify, overflow="ellipsis", no_wrap=True, max_width=wide, min_width=min(wide, 7))
        fitting[name] = cells
    for row in zip(*fitting.values(), strict=True):
        table.add_row(*map(Text, row))
    return table, len(fitting)


def _show_counterexample(console: Console, file: str, plain: Mapping[str, Any]) -> None:
    finding = finding_from_plain(plain, Path(file))
    episodes = finding.script.episodes
    head = [
        f"{finding.pair}, found by the level {finding.level}, mode {finding.mode}",
        f"parts at {finding.wanted.path or 'the answer'} (kind: {finding.wanted.kind}) {finding.wanted.words}".rstrip(),
    ]
    for number, episode in enumerate(episodes):
        head.append(
            f"episode {number}: seed {episode.seed}, {counted(len(episode.actions), 'action')}: {value_text(list(episode.actions))}"
        )
    for line in head:
        console.print(Text(marked(line, 2)), soft_wrap=True)
    seen = plain.get("seen")
    if isinstance(seen, dict):
        try:
            for when in ("before", "after"):
                _show_side_by_side(console, finding.reference, finding.target, when, seen)
        except (TypeError, ValueError) as error:
            raise InputError(f"{file}: a broken counterexample: {error}") from error
    console.print(Text(f"rerun  equivcheck replay {shlex.quote(file)}"), soft_wrap=True)


def _show_side_by_side(console: Console, reference: str, target: str, when: str, seen: Mapping[str, Any]) -> None:
    trees = seen.get(when)
    if not isinstance(trees, dict) or trees.get("reference") is None:
        return
    left, right = (tree_lines(from_json(trees.get(side)), 60) for side in ("reference", "target"))
    parting = [str(path) for path in seen.get("differing", ())] if when == "after" else []
    table = Table(box=None, header_style="bold", pad_edge=False, title=f"{when} the last action", title_justify="left", title_style="bold")
    table.add_column("", min_width=1)
    for name in ("leaf", f"reference  {one_line(reference)}", f"target  {one_line(target)}"):
        table.add_column(name, overflow="fold")
    for path in dict.fromkeys((*left, *right)):
        parted = any(lies_in(other, path) or lies_in(path, other) for other in parting)
        style = "red" if parted else ""
        table.add_row(*(Text(cell, style) for cell in (">" if parted else "", path, left.get(path, "nothing"), right.get(path, "nothing"))))
    console.print(table)
