"""`equivcheck check`."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from pathlib import Path

import click

from equivcheck.backends.opening import Opening
from equivcheck.cli.contract import contract_pairs, pair_named
from equivcheck.cli.group import check_words, conclude, reporting, verdict_options
from equivcheck.levels import LEVELS
from equivcheck.model.spec import PRESETS, PairSpec, Spec
from equivcheck.model.verdict import Counterexample, Report
from equivcheck.pair import Budget
from equivcheck.reports.terminal import Progress
from equivcheck.reports.text import counterexample_lines
from equivcheck.runner import Run, check_pair

_NAME_MAX = 32
NOTHING_TO_CHECK = """\
There is no equivcheck.toml here. Name two sides, for example:
  equivcheck check gymnasium:CartPole-v1 python:my_package.my_port:make
or let equivcheck write a contract for them, and then check it:
  equivcheck init pair gymnasium:CartPole-v1 python:my_package.my_port:make
  equivcheck check"""


@click.command(short_help="Check that a target is the reference it was ported from.")
@click.argument("names", nargs=-1, metavar="[PAIR | REFERENCE TARGET]")
@click.option("--level", "levels", multiple=True, metavar="LEVEL", help=f"Run only this level, may be given again: {', '.join(LEVELS)}.")
@click.option("--mode", default="", metavar="MODE", help=f"Play in this mode: {', '.join(PRESETS)}. Without one, equivcheck probes.")
@click.option("--episodes", type=click.IntRange(1), metavar="N", help="Episodes per driver of a rollout.")
@click.option("--seed", type=click.IntRange(0), metavar="N", help="The seed of the run; equal seeds play equal scripts.")
@click.option("--self", "alone", metavar="ADDRESS", help="Check one side against itself; no reference is needed.")
@verdict_options
@click.pass_context
def check(ctx: click.Context, /, names: tuple[str, ...], levels: tuple[str, ...], mode: str, episodes: int | None, seed: int | None,
          alone: str | None, **files: str | None) -> None:  # fmt: skip
    """Check that a target is the reference it was ported from: exit 0 EQUIVALENT, 3 DIVERGENT, 4 INCONCLUSIVE.

    \b
    PAIR is a name in equivcheck.toml; REFERENCE and TARGET are addresses:
      gymnasium:ID                       an environment that gymnasium knows
      python:package.module:function     what a function or class of yours makes
      FOLDER:ENVIRONMENT                 an adapter program, described by FOLDER/adapter.toml
      stdio:COMMAND                      an adapter program, started by a command
      trace:FILE                         a recording, as a reference

    \b
    Examples:
      equivcheck check gymnasium:CartPole-v1 gymnasium:phys2d/CartPole-v1
      equivcheck check                  (every pair in equivcheck.toml)
      equivcheck check cartpole --level rollout --episodes 1000
    """
    check_words(levels, LEVELS, "--level")
    check_words((mode,) if mode else (), PRESETS, "--mode")
    pairs = _pairs(names, alone)
    if alone:
        levels = ("self",)
    with reporting() as progress:
        reports = []
        for pair in pairs:
            budget = Budget(pair.spec.seed if seed is None else seed, episodes, _today(), progress.show)
            run = Run(Opening(Path.cwd()), budget, levels, mode, found=_announcer(progress))
            reports.append(check_pair(pair, run))
            if Report(tuple(reports)).interrupted:
                break
    conclude(ctx, Report(tuple(reports)), files)


class _NothingToCheck(click.ClickException):
    """A usage error that is all a newcomer needs to read."""

    exit_code = click.UsageError.exit_code


def _announcer(progress: Progress) -> Callable[[str, Counterexample], None]:
    """Return what tells of a finding at once, the first time it is heard of."""
    announced: set[tuple[str, ...]] = set()

    def announce(level: str, counterexample: Counterexample) -> None:
        if counterexample.key not in announced:
            announced.add(counterexample.key)
            progress.say("found, and now shrinking:\n" + "\n".join(counterexample_lines(counterexample, level)))

    return announce


def _pairs(names: tuple[str, ...], alone: str | None) -> tuple[PairSpec, ...]:
    if alone:
        return (PairSpec(short_name(alone), alone, alone, Spec(mode="seeded")),)
    if len(names) == 2:
        return (PairSpec(f"{short_name(names[0])}-{short_name(names[1])}", *names),)
    if len(names) == 1:
        return (pair_named(names[0]),)
    if names:
        raise click.UsageError("name one pair, or a reference and a target")
    pairs = contract_pairs()
    if pairs is None:
        raise _NothingToCheck(NOTHING_TO_CHECK)
    return pairs


def short_name(address: str) -> str:
    """Return what tells an address from others, as part of a pair's name."""
    plain = address.partition("?")[0].partition(":")[2] or address
    whole = re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-") or "here"
    return whole if len(whole) <= _NAME_MAX else whole[-_NAME_MAX - 1 :].partition("-")[2] or whole[-_NAME_MAX:]


def _today() -> datetime.date:
    return datetime.date.today()
