"""`equivcheck replay`, `keep`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from equivcheck.backends.opening import Opening
from equivcheck.cli.group import complain
from equivcheck.errors import AdapterError, ProtocolError
from equivcheck.findings import keep_finding, read_finding
from equivcheck.reports.terminal import print_words
from equivcheck.reports.text import counterexample_lines
from equivcheck.runner import pair_of, replay_on


@click.command(short_help="Play a counterexample again: FIXED, FAILED or ERROR.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--reference", default="", metavar="ADDRESS", help="Play this side instead of the one in the file.")
@click.option("--target", default="", metavar="ADDRESS", help="Play this side instead of the one in the file.")
@click.pass_context
def replay(ctx: click.Context, file: Path, reference: str, target: str) -> None:
    """Play a counterexample again: FIXED (exit 0), FAILED (3) or ERROR (4).

    \b
    Example:
      equivcheck replay .equivcheck/found/cartpole/3fa9c2d1.json --target python:my_port:make
    """
    finding = read_finding(file)
    pair = pair_of(finding, Opening(Path.cwd()), reference, target)
    try:
        seen = replay_on(finding, pair)
    except (AdapterError, ProtocolError) as error:
        print_words("ERROR")
        complain(error)
        ctx.exit(4)
    finally:
        pair.close()
    if seen is None:
        print_words(f"FIXED  {pair.name}: {pair.target.address} answers as {pair.reference.address} does")
        ctx.exit(0)
    print_words("FAILED\n" + "\n".join(counterexample_lines(replace(seen, file=str(file)), finding.level)))
    ctx.exit(3)


@click.command(short_help="Keep a counterexample as a regression test.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def keep(file: Path) -> None:
    """Move a counterexample to traces/regressions/, where it is committed and replayed for ever.

    \b
    Example:
      equivcheck keep .equivcheck/found/cartpole/3fa9c2d1.json
    """
    kept = keep_finding(Path.cwd(), file)
    click.echo(f"kept as {kept.relative_to(Path.cwd())}; commit it, and every check will replay it")
