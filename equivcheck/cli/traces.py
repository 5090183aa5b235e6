"""`equivcheck diff`, `record`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import click

from equivcheck.backends.given import load_object
from equivcheck.backends.interface import Backend
from equivcheck.backends.opening import Opening
from equivcheck.backends.recorded import read_recording
from equivcheck.cli.contract import pair_named
from equivcheck.cli.group import INPUT_FILE, OutputFile, check_words, conclude, open_input, reporting, verdict_options
from equivcheck.diffing import diff_files
from equivcheck.errors import AdapterError, InputError
from equivcheck.generation import DRIVERS, episode_seed, make_roll
from equivcheck.model.phrases import counted
from equivcheck.model.request import FULL
from equivcheck.model.script import Episode
from equivcheck.model.spec import Spec
from equivcheck.model.trace import Trace
from equivcheck.model.verdict import PairReport, Report
from equivcheck.playback import play_fresh, roll_fresh
from equivcheck.protocol.jsonlines import write_jsonlines
from equivcheck.protocol.tracefile import create_trace


@click.command(short_help="Compare two recordings with each other.")
@click.argument("reference", metavar="A")
@click.argument("target", metavar="B")
@click.option(
    "--pair", default="", metavar="PAIR", help="Compare as this pair of equivcheck.toml says; without it everything is compared exactly."
)
@verdict_options
@click.pass_context
def diff(ctx: click.Context, /, reference: str, target: str, pair: str, **files: str | None) -> None:
    """Compare two recordings: .eqtrace files, or JSON lines with one object a step (- is standard input).

    \b
    Examples:
      equivcheck diff reference.eqtrace target.eqtrace
      ./my_simulator --print-json | equivcheck diff reference.jsonl -
    """
    spec = pair_named(pair).spec if pair else Spec()
    if reference == target == "-":
        raise click.UsageError("only one of the two can be standard input")
    verdict = diff_files(reference, target, spec, sys.stdin.buffer)
    sides = ({"address": reference}, {"address": target})
    conclude(ctx, Report((PairReport(pair or "diff", *sides, "", (verdict,)),)), files)


@click.command(short_help="Play one side and write what it answers to a file.")
@click.argument("address")
@click.argument("file", type=OutputFile())
@click.option(
    "--form", type=click.Choice(("eqtrace", "jsonl")), help="What FILE is; without it, JSON lines where its name ends so, else an .eqtrace."
)
@click.option("--episodes", type=click.IntRange(1), metavar="N", default=10, show_default=True, help="How many episodes.")
@click.option("--seed", type=click.IntRange(0), metavar="N", default=0, show_default=True, help="Equal seeds record equal scripts.")
@click.option("--driver", default="uniform", metavar="DRIVER", show_default=True, help=f"How actions are chosen: {', '.join(DRIVERS)}.")
@click.option(
    "--steps-max", type=click.IntRange(1), metavar="N", default=1_000, show_default=True, help="An episode is cut after so many actions."
)
@click.option(
    "--scripts",
    "scripts_file",
    metavar="FILE",
    type=INPUT_FILE,
    help="Play the scripts of this recording instead.",
)
@click.option("--compress/--no-compress", default=True, show_default=True, help="Compress with zstandard.")
def record(
    address: str, file: str, form: str, episodes: int, seed: int, driver: str, steps_max: int, scripts_file: str | None, compress: bool
) -> None:
    """Play one side and write what it answers to a trace file (.eqtrace, or .jsonl for one episode as JSON lines).

    - is standard output, or as the file of --scripts standard input.

    \b
    Examples:
      equivcheck record gymnasium:CartPole-v1 reference.eqtrace --episodes 100
      equivcheck record adapters/rust_target:cartpole target.eqtrace --scripts reference.eqtrace
      equivcheck record gymnasium:CartPole-v1 - --form jsonl --episodes 1 | head -3
    """
    check_words((driver,), DRIVERS, "--driver")
    if ":" in driver:
        load_object(driver, Path.cwd())
    as_lines = form == "jsonl" or (not form and file.endswith(".jsonl"))
    backend = Opening(Path.cwd()).open(address)
    try:
        traces = _replayed(backend, scripts_file) if scripts_file else _rolled(backend, driver, episodes, seed, steps_max)
        with click.open_file(file, "wb") as opened:
            stream = cast(BinaryIO, opened)
            count, steps = _write_lines(traces, stream) if as_lines else _write(traces, stream, backend, address, compress)
    except KeyboardInterrupt:
        if not as_lines and file != "-":
            click.echo(f"{file} holds the episodes that were finished", err=True)
        raise
    finally:
        backend.close()
    where = "standard output" if file == "-" else file
    click.echo(f"{where}: {counted(count, 'episode')}, {counted(steps, 'step')} of {address}", err=True)


def _replayed(backend: Backend, file: str) -> Iterator[Trace]:
    with open_input(file) as stream:
        trace, _ = read_recording(stream, "standard input" if file == "-" else file)
    yield play_fresh(backend, trace.scripts, FULL)


def _rolled(backend: Backend, driver: str, episodes: int, seed: int, steps_max: int) -> Iterator[Trace]:
    """Yield the episodes a few at a time, so that each batch is on disk before the next is played."""
    space = backend.greeting.actions
    if space is None:
        raise AdapterError(f"{backend.greeting.name} does not say what its actions are", hint="declare an action space")
    with reporting() as progress:
        size = max(backend.greeting.lanes, 1)
        for first in range(0, episodes, size):
            progress.show(f"record, {driver}", first, episodes)
            numbers = range(first, min(first + size, episodes))
            rolls = [make_roll(driver, space, (Episode(episode_seed(seed, number)),), steps_max) for number in numbers]
            yield roll_fresh(backend, rolls, FULL)


def _write(traces: Iterator[Trace], stream: BinaryIO, backend: Backend, address: str, compress: bool) -> tuple[int, int]:
    greeting = backend.greeting
    provenance = {"address": address, "name": greeting.name, "version": greeting.version, "environment": greeting.environment}
    writer = create_trace(stream, provenance, compress=compress)
    count = steps = 0
    for trace in traces:
        writer.write(trace)
        count, steps = count + len(trace.runs), steps + trace.step_count
    writer.close()
    return count, steps


def _write_lines(traces: Iterator[Trace], stream: BinaryIO) -> tuple[int, int]:
    trace = next(traces)
    if len(trace.runs) != 1:
        raise InputError("JSON lines hold one episode: use --episodes 1, or record to an .eqtrace file")
    write_jsonlines(trace, stream)
    return 1, trace.step_count
