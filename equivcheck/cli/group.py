"""What the commands share: the group, errors in words, reports to files, exit codes."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import click

from equivcheck.errors import AdapterError, EquivcheckError, InputError, ProtocolError, SpecError
from equivcheck.model.suggestion import closest
from equivcheck.model.verdict import Outcome, Report
from equivcheck.reports import FORMATS
from equivcheck.reports.terminal import Progress, print_words
from equivcheck.reports.text import render_text
from equivcheck.reports.words import marked, one_line, printable

CONTRACT = "equivcheck.toml"
EXIT_CODES = {Outcome.EQUIVALENT: 0, Outcome.DIVERGENT: 3, Outcome.INCONCLUSIVE: 4}
EXIT_INTERRUPTED = 130


class Group(click.Group):
    """Suggests the nearest command, and turns our errors into words and exit codes."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            raise click.UsageError(error.message + closest(args[0], self.commands), ctx) from None

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SpecError as error:
            raise click.UsageError(printable(str(error))) from None
        except (AdapterError, ProtocolError, InputError) as error:
            complain(error)
            ctx.exit(4)
        except BrokenPipeError:
            _hush()
        except OSError as error:
            if error.filename is None:
                raise
            complain(InputError(f"{error.filename}: {error.strerror}"))
            ctx.exit(4)
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            ctx.exit(EXIT_INTERRUPTED)


class OutputFile(click.Path):
    """A file to write, or `-`; refused at once where it cannot be written, and not when all the work is done."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, writable=True, allow_dash=True)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        file = str(super().convert(value, param, ctx))
        folder = Path(file).parent
        if file != "-" and not folder.is_dir():
            self.fail(f"there is no folder {str(folder)!r} to write it to", param, ctx)
        if file != "-" and not Path(file).exists() and not os.access(folder, os.W_OK):
            self.fail(f"nothing can be written to the folder {str(folder)!r}", param, ctx)
        return file


INPUT_FILE = click.Path(exists=True, dir_okay=False, allow_dash=True)


def open_input(file: str) -> io.BufferedReader:
    """Open a file, or all of standard input, so that it can be read more than once."""
    if file == "-":
        return io.BufferedReader(cast(io.RawIOBase, io.BytesIO(sys.stdin.buffer.read())))
    return Path(file).open("rb")


def tell(text: str) -> None:
    """Print words; that whoever reads them has left is no reason for another exit code."""
    try:
        print_words(text)
    except BrokenPipeError:
        _hush()


def _hush() -> None:
    """Let what is still to be printed go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def complain(error: EquivcheckError) -> None:
    """Print an error as a person wants it: what is wrong, the last words of the side, what to do."""
    click.echo(f"INCONCLUSIVE  {marked(str(error), 2)}", err=True)
    if isinstance(error, AdapterError):
        if error.argv:
            click.echo(f"  command     {one_line(' '.join(error.argv))}", err=True)
        for line in printable(error.last_words).strip().splitlines()[-12:]:
            click.echo(f"  last words  {line}", err=True)
        if error.hint:
            click.echo(f"  hint        {marked(error.hint, 14)}", err=True)


def verdict_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that write a report to a file."""
    kinds = {"brief": "in short, for a coding agent,", "junit": "as JUnit XML", "json": "as JSON"}  # the last is listed first
    for name, how in kinds.items():
        words = f"Write the report {how} to FILE (- is standard output)."
        command = click.option(f"--{name}", f"{name}_file", type=OutputFile(), metavar="FILE", help=words)(command)
    return command


def check_words(words: tuple[str, ...], known: Any, option: str) -> None:
    """Raise a usage error for a word that is neither known nor a `package.module:function`."""
    for word in words:
        if word not in known and ":" not in word:
            raise click.UsageError(f"{option}: unknown {word!r}{closest(word, known)}; one of {', '.join(known)}")


@contextmanager
def reporting() -> Iterator[Progress]:
    """Show progress while the body runs, and take it away after."""
    progress = Progress()
    try:
        yield progress
    finally:
        progress.close()


def conclude(ctx: click.Context, report: Report, files: Mapping[str, str | None]) -> None:
    """Print or write the report, and exit with its code."""
    if "-" not in files.values():
        tell(render_text(report))
    for name, file in files.items():
        if file is not None:
            _write(file, FORMATS[name.removesuffix("_file")](report))
    ctx.exit(EXIT_INTERRUPTED if report.interrupted else EXIT_CODES[report.outcome])


def _write(file: str, text: str) -> None:
    try:
        with click.open_file(file, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
    except BrokenPipeError:
        _hush()
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror}") from None
