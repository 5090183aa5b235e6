"""`equivcheck schema`."""

from __future__ import annotations

import json

import click

from equivcheck.model.schema import contract_schema
from equivcheck.reports.schema import report_schema

SCHEMAS = {"contract": contract_schema, "report": report_schema}


@click.command(short_help="Print the JSON Schema of the contract or the report.")
@click.argument("what", type=click.Choice(list(SCHEMAS)), default="contract")
def schema(what: str) -> None:
    """Print the JSON Schema of the contract (equivcheck.toml) or of the JSON report.

    \b
    Example, for an editor that completes TOML by the first line `#:schema equivcheck.schema.json`:
      equivcheck schema contract > equivcheck.schema.json
    """
    click.echo(json.dumps(SCHEMAS[what](), indent=2))
