"""`equivcheck show`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from equivcheck.backends.recorded import read_recording
from equivcheck.errors import InputError
from equivcheck.findings import FORMAT, read_finding
from equivcheck.model.paths import field_of
from equivcheck.model.phrases import counted
from equivcheck.model.trace import Trace
from equivcheck.model.values import from_json
from equivcheck.reports.words import leaf_text, marked, one_line, tree_lines, value_text

_COLUMNS_MAX = 8


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--rows", type=click.IntRange(1), default=20, show_default=True, help="Steps of a trace to show.")
@click.option("--first", type=click.IntRange(0), default=0, show_default=True, help="The row of a trace to begin with.")
def show(file: Path, rows: int, first: int) -> None:
    """Print a trace, a counterexample (both sides, side by side) or a JSON report in words.

    \b
    Examples:
      equivcheck show .equivcheck/found/cartpole/3fa9c2d1.json
      equivcheck show reference.eqtrace --first 100
    """
    console = Console(highlight=False, soft_wrap=False)
    plain = _as_object(file)
    if plain is None:
        with file.open("rb") as stream:
            trace, cut = read_recording(stream, str(file))
        _show_trace(console, trace, first, rows)
        if cut:
            console.print(Text(one_line(cut)))
    elif plain.get("format") == FORMAT:
        _show_counterexample(console, file, plain)
    elif plain.get("format") == "equivcheck report 1":
        _show_report(console, plain)
    else:
        raise InputError(f"{file} is no trace, counterexample or report of equivcheck")


def _as_object(file: Path) -> Mapping[str, Any] | None:
    """Return a JSON file that is one of ours, None for any other file."""
    if file.suffix != ".json":
        return None
    try:
        plain = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{file}: cannot be read as JSON: {error}") from error
    return plain if isinstance(plain, dict) else None


def _show_trace(console: Console, trace: Trace, first: int, rows: int) -> None:
    provenance = value_text({key: value for key, value in trace.provenance.items() if value})
    console.print(Text(f"{counted(len(trace.runs), 'episode')}, {counted(trace.step_count, 'step')}; {provenance}"), soft_wrap=True)
    paths = sorted(trace.columns, key=lambda path: (field_of(path) == "state", path.count(".")))[:_COLUMNS_MAX]
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("row", "episode", "step", "action", *map(one_line, paths)):
        table.add_column(name, justify="left" if name == "action" else "right", overflow="ellipsis", no_wrap=True)
    for run in trace.runs:
        for row in range(max(run.first, first), min(run.first + run.count, first + rows)):
            step = row - run.first
            action = (
                value_text(trace.scripts[run.script].episodes[run.episode].actions[step - 1])
                if step and trace.scripts[run.script].episodes[run.episode].actions
                else ""
            )
            leaves = [leaf_text(trace.columns[path].leaf(row), 44).replace("nothing", "") for path in paths]
            table.add_row(str(row), f"{run.script}.{run.episode}", str(step), Text(action), *map(Text, leaves))
    console.print(table)
    hidden = len(trace.columns) - len(paths)
    if hidden > 0:
        console.print(Text(f"and {counted(hidden, 'more leaf', 'more leaves')}"))
    for end in trace.ends:
        console.print(Text(f"episode {end.script}.{end.episode} {end.kind} at step {end.step_index}: {one_line(end.words)}"))


def _show_counterexample(console: Console, file: Path, plain: Mapping[str, Any]) -> None:
    finding = read_finding(file)
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
        for when in ("before", "after"):
            _show_side_by_side(console, finding.reference, finding.target, when, seen)
    console.print(Text(f"rerun  equivcheck replay {file}"), soft_wrap=True)


def _show_side_by_side(console: Console, reference: str, target: str, when: str, seen: Mapping[str, Any]) -> None:
    trees = seen.get(when)
    if not isinstance(trees, dict) or trees.get("reference") is None:
        return
    left, right = (tree_lines(from_json(trees.get(side)), 60) for side in ("reference", "target"))
    marked = {str(path).split("[")[0] for path in seen.get("differing", ())} if when == "after" else set()
    table = Table(box=None, header_style="bold", pad_edge=False, title=f"{when} the last action", title_justify="left", title_style="bold")
    for name in ("", "leaf", f"reference  {one_line(reference)}", f"target  {one_line(target)}"):
        table.add_column(name, overflow="fold")
    for path in dict.fromkeys((*left, *right)):
        parted = path.split("[")[0] in marked
        style = "red" if parted else ""
        table.add_row(*(Text(cell, style) for cell in (">" if parted else "", path, left.get(path, "nothing"), right.get(path, "nothing"))))
    console.print(table)


def _show_report(console: Console, plain: Mapping[str, Any]) -> None:
    console.print(Text(one_line(str(plain.get("verdict")))))
    for pair in plain.get("pairs", ()):
        console.print(Text(one_line(f"{pair['verdict']}  {pair['name']}, mode {pair['mode']}")), soft_wrap=True)
        for level in pair["levels"]:
            console.print(Text(marked(f"  {level['verdict']}  {level['level']}: {level['reason']}", 4)), soft_wrap=True)
            for one in level["counterexamples"]:
                actions = sum(len(episode["actions"]) for episode in one["script"]["episodes"])
                where = f"{one['path'] or 'the answer'} (kind: {one['kind']}), {counted(actions, 'action')}"
                console.print(Text(one_line(f"    {where}; {one['rerun']}")), soft_wrap=True)
