"""`equivcheck conform`, `serve`."""

from __future__ import annotations

from pathlib import Path

import click

from equivcheck.backends.opening import Opening
from equivcheck.cli.group import tell
from equivcheck.conformance import examine, hint_at_names
from equivcheck.reports.words import marked
from equivcheck.serving import serve_program


@click.command(short_help="Try the laws of an adapter on one side.")
@click.argument("address")
@click.pass_context
def conform(ctx: click.Context, address: str) -> None:
    """Try the laws of an adapter on one side: exit 0 if it breaks none, 4 if it does.

    \b
    Examples:
      equivcheck conform adapters/python_ref:cartpole
      equivcheck conform python:my_package.my_env:make
    """
    backend = Opening(Path.cwd()).open(address)
    try:
        judgements = examine(backend)
        hints = hint_at_names(backend)
    finally:
        backend.close()
    broken, lines = 0, list[str]()
    for one in judgements:
        mark, words = ("-", one.reason) if one.complaint is None else ("broken", one.complaint) if one.complaint else ("holds", "")
        broken += mark == "broken"
        lines.append(f"  {mark:<7} {one.sentence}" + (f": {marked(words, 10)}" if words else ""))
    for hint in hints:
        click.echo(f"  note    {marked(hint, 10)}")
    tried = sum(one.complaint is not None for one in judgements)
    idle = len(judgements) - tried
    lines.append(f"{address}: {tried - broken} of {tried} laws hold, {idle} {'does' if idle == 1 else 'do'} not apply")
    tell("\n".join(lines))
    ctx.exit(4 if broken else 0)


@click.command(short_help="Make an adapter program of one side.")
@click.argument("address")
def serve(address: str) -> None:
    """Make an adapter program of one side: it speaks the protocol on standard input and output.

    \b
    So two sides can live in two virtual environments:
      equivcheck check "stdio:old-venv/bin/equivcheck serve gymnasium:CartPole-v1" gymnasium:CartPole-v1
    """
    opening = Opening(Path.cwd())
    serve_program({address: lambda: opening.open(address)}, name=address)
