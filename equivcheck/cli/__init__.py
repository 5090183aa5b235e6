"""The command line."""

from __future__ import annotations

import click

from equivcheck.cli.adapters import conform, serve
from equivcheck.cli.checking import check
from equivcheck.cli.drafts import init
from equivcheck.cli.findings import keep, replay
from equivcheck.cli.group import Group
from equivcheck.cli.schemas import schema
from equivcheck.cli.showing import show
from equivcheck.cli.traces import diff, record


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="equivcheck")
def main() -> None:
    """Prove that a fast port of an environment is the environment it was ported from, or show the smallest script where it is not.

    \b
    Example:
      equivcheck check gymnasium:CartPole-v1 gymnasium:phys2d/CartPole-v1
    """


for command in (check, diff, record, replay, keep, show, conform, serve, init, schema):
    main.add_command(command)
