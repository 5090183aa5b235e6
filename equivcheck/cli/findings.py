"""`equivcheck replay`, `keep`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from equivcheck.backends.opening import Opening
from equivcheck.cli.group import INPUT_FILE, complain, open_input, tell
from equivcheck.errors import AdapterError, ProtocolError
from equivcheck.findings import finding_from_text, keep_finding, keep_text, read_finding
from equivcheck.replaying import pair_of, replay_on
from equivcheck.reports.text import counterexample_lines


@click.command(short_help="Play a counterexample again: FIXED, FAILED or ERROR.")
@click.argument("file", type=INPUT_FILE)
@click.option("--reference", default="", metavar="ADDRESS", help="Play this side instead of the one in the file.")
@click.option("--target", default="", metavar="ADDRESS", help="Play this side instead of the one in the file.")
@click.pass_context
def replay(ctx: click.Context, file: str, reference: str, target: str) -> None:
    """Play a counterexample again: FIXED (exit 0), FAILED (3) or ERROR (4); - is standard input.

    \b
    Example:
      equivcheck replay .equivcheck/found/cartpole/3fa9c2d1.json --target python:my_port:make
    """
    finding = finding_from_text(_standard_input(), Path("-")) if file == "-" else read_finding(Path(file))
    pair = pair_of(finding, Opening(Path.cwd()), reference, target)
    try:
        seen = replay_on(finding, pair)
    except (AdapterError, ProtocolError) as error:
        tell("ERROR")
        complain(error)
        ctx.exit(4)
    finally:
        pair.close()
    if seen is None:
        tell(f"FIXED  {pair.name}: {pair.target.address} answers as {pair.reference.address} does")
        ctx.exit(0)
    tell("FAILED\n" + "\n".join(counterexample_lines(replace(seen, file="" if file == "-" else file), finding.level)))
    ctx.exit(3)


def _standard_input() -> bytes:
    with open_input("-") as stream:
        return stream.read()


@click.command(short_help="Keep a counterexample as a regression test.")
@click.argument("file", type=INPUT_FILE)
def keep(file: str) -> None:
    """Move a counterexample to traces/regressions/, where it is committed and replayed for ever; - is standard input.

    \b
    Example:
      equivcheck keep .equivcheck/found/cartpole/3fa9c2d1.json
    """
    kept = keep_text(Path.cwd(), _standard_input()) if file == "-" else keep_finding(Path.cwd(), Path(file))
    click.echo(f"kept as {kept.relative_to(Path.cwd())}; commit it, and every check will replay it")
