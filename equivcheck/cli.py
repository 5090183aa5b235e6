"""The command line."""

from __future__ import annotations

import datetime
import re
import sys
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from equivcheck.backends.opening import Opening
from equivcheck.errors import AdapterError, EquivcheckError, InputError, ProtocolError, SpecError
from equivcheck.findings import keep_finding, read_finding
from equivcheck.levels import LEVELS
from equivcheck.model.contract import read_contract
from equivcheck.model.spec import PRESETS, PairSpec, Spec
from equivcheck.model.suggestion import closest
from equivcheck.model.verdict import Counterexample, Outcome, Report
from equivcheck.pair import Budget
from equivcheck.reports import FORMATS
from equivcheck.reports.terminal import Progress, print_report
from equivcheck.reports.text import counterexample_lines
from equivcheck.reports.words import printable
from equivcheck.runner import Run, check_pair, pair_of
from equivcheck.runner import replay as replay_finding

CONTRACT = "equivcheck.toml"
EXIT_CODES = {Outcome.EQUIVALENT: 0, Outcome.DIVERGENT: 3, Outcome.INCONCLUSIVE: 4}
NOTHING_TO_CHECK = """\
There is no equivcheck.toml here. Name two sides, for example:
  equivcheck check gymnasium:CartPole-v1 python:my_package.my_port:make
or let equivcheck write a contract for them, and then check it:
  equivcheck init pair gymnasium:CartPole-v1 python:my_package.my_port:make
  equivcheck check"""


class _Group(click.Group):
    """Suggests the nearest command, and turns our errors into words and exit codes."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            error.message += closest(args[0], self.commands)
            raise

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SpecError as error:
            raise click.UsageError(str(error)) from None
        except (AdapterError, ProtocolError, InputError) as error:
            complain(error)
            ctx.exit(4)
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            ctx.exit(130)


def complain(error: EquivcheckError) -> None:
    """Print an error as a person wants it: what is wrong, the last words of the side, what to do."""
    click.echo(f"INCONCLUSIVE  {printable(str(error))}", err=True)
    if isinstance(error, AdapterError):
        if error.argv:
            click.echo(f"  command     {printable(' '.join(error.argv))}", err=True)
        for line in printable(error.last_words).strip().splitlines()[-12:]:
            click.echo(f"  last words  {line}", err=True)
        if error.hint:
            click.echo(f"  hint        {printable(error.hint)}", err=True)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="equivcheck")
def main() -> None:
    """Prove that a fast port of an environment is the environment it was ported from, or show the smallest script where it is not."""


def _verdict_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--json", "json_file", type=click.Path(allow_dash=True), help="Write the report as JSON to FILE (- is standard output)."),
        click.option("--junit", "junit_file", type=click.Path(allow_dash=True), help="Write the report as JUnit XML to FILE."),
        click.option("--brief", "brief_file", type=click.Path(allow_dash=True), help="Write the report for a coding agent to FILE."),
    ):
        command = option(command)
    return command


@main.command()
@click.argument("names", nargs=-1, metavar="[PAIR | REFERENCE TARGET]")
@click.option("--level", "levels", multiple=True, help=f"Run only this level, may be given again: {', '.join(LEVELS)}.")
@click.option("--mode", default="", help=f"Play in this mode: {', '.join(PRESETS)}. Without one, equivcheck probes.")
@click.option("--episodes", type=click.IntRange(1), help="Episodes per driver of a rollout.")
@click.option("--seed", type=click.IntRange(0), help="The seed of the run; equal seeds play equal scripts.")
@click.option("--self", "alone", metavar="TARGET", help="Check one side against itself; no reference is needed.")
@_verdict_options
@click.pass_context
def check(ctx: click.Context, names: tuple[str, ...], levels: tuple[str, ...], mode: str, episodes: int | None, seed: int | None,
          alone: str | None, **files: str | None) -> None:  # fmt: skip
    """Check that a target is the reference it was ported from.

    \b
    Examples:
      equivcheck check gymnasium:CartPole-v1 gymnasium:phys2d/CartPole-v1
      equivcheck check                  (every pair in equivcheck.toml)
      equivcheck check cartpole --level rollout --episodes 1000
    """
    _check_words(levels, LEVELS, "--level")
    _check_words((mode,) if mode else (), PRESETS, "--mode")
    pairs = _pairs(names, alone)
    if alone:
        levels = ("self",)
    with _reporting() as progress:
        reports = []
        interrupted = False
        for pair in pairs:
            budget = Budget(pair.spec.seed if seed is None else seed, episodes, _today(), progress.show)
            run = Run(Opening(Path.cwd()), budget, levels, mode, found=_announcer(progress))
            try:
                reports.append(check_pair(pair, run))
            except KeyboardInterrupt:
                interrupted = True
                break
    _conclude(ctx, Report(tuple(reports), interrupted), files)


def _announcer(progress: Progress) -> Callable[[str, Counterexample], None]:
    """Return what tells of a finding at once, the first time it is heard of."""
    announced: set[tuple[str, ...]] = set()

    def announce(level: str, counterexample: Counterexample) -> None:
        key = (counterexample.name, *counterexample.divergence.cluster)
        if key not in announced:
            announced.add(key)
            progress.say("found, and now shrinking:\n" + "\n".join(counterexample_lines(counterexample, level)))

    return announce


def _check_words(words: tuple[str, ...], known: Any, option: str) -> None:
    for word in words:
        if word not in known and ":" not in word:
            raise click.UsageError(f"{option}: unknown {word!r}{closest(word, known)}; one of {', '.join(known)}")


def _pairs(names: tuple[str, ...], alone: str | None) -> tuple[PairSpec, ...]:
    if alone:
        return (PairSpec(_short(alone), alone, alone, Spec(mode="seeded")),)
    if len(names) == 2:
        return (PairSpec(f"{_short(names[0])}-{_short(names[1])}", *names),)
    contract = Path(CONTRACT)
    if not contract.exists():
        raise click.UsageError(NOTHING_TO_CHECK if not names else f"no pair {names[0]!r}: there is no {CONTRACT} here; name two sides")
    pairs = read_contract(contract.read_text(), CONTRACT)
    if not names:
        return pairs
    known = {pair.name: pair for pair in pairs}
    if len(names) > 2 or names[0] not in known:
        raise click.UsageError(f"no pair {names[0]!r} in {CONTRACT}{closest(names[0], known)}; it has {', '.join(known)}")
    return (known[names[0]],)


def _short(address: str) -> str:
    """Return what tells an address from others, as part of a pair's name."""
    plain = address.partition("?")[0].partition(":")[2] or address
    return re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-")[-32:]


def _today() -> datetime.date:
    return datetime.date.today()


@contextmanager
def _reporting() -> Any:
    progress = Progress()
    try:
        yield progress
    finally:
        progress.close()


def _conclude(ctx: click.Context, report: Report, files: dict[str, str | None]) -> None:
    """Print or write the report, and exit with its code."""
    silent = "-" in files.values()
    for name, file in files.items():
        if file is not None:
            with click.open_file(file, "w") as stream:
                stream.write(FORMATS[name.removesuffix("_file")](report))
    if not silent:
        print_report(report)
    ctx.exit(130 if report.interrupted else EXIT_CODES[report.outcome])


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--reference", default="", help="Play this side instead of the one in the file.")
@click.option("--target", default="", help="Play this side instead of the one in the file.")
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
        seen = replay_finding(finding, pair)
    except (AdapterError, ProtocolError) as error:
        click.echo("ERROR")
        complain(error)
        ctx.exit(4)
    finally:
        pair.close()
    if seen is None:
        click.echo(f"FIXED  {pair.name}: {pair.target.address} answers as {pair.reference.address} does")
        ctx.exit(0)
    click.echo("FAILED\n" + "\n".join(counterexample_lines(replace(seen, file=str(file)), finding.level)))
    ctx.exit(3)


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def keep(file: Path) -> None:
    """Move a counterexample to traces/regressions/, where it is committed and replayed for ever.

    \b
    Example:
      equivcheck keep .equivcheck/found/cartpole/3fa9c2d1.json
    """
    kept = keep_finding(Path.cwd(), file)
    click.echo(f"kept as {kept.relative_to(Path.cwd())}; commit it, and every check will replay it")


if __name__ == "__main__":
    sys.exit(main())
