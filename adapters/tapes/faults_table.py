"""Plants each fault of faults.toml in a copy of a port and checks it in tape mode; a table says what finds it.

    python adapters/tapes/faults_table.py [NAME ...] [--episodes 256] [--seed 0]

"values alone" is the baseline: the same tape, and the draws themselves not compared. Exit code 0 where every fault was found.
"""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import replace
from functools import partial
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import click

from equivcheck.backends.opening import Opening
from equivcheck.model.contract import read_contract
from equivcheck.model.paths import Pattern
from equivcheck.model.spec import PRESETS, FieldRule, PairSpec, Spec
from equivcheck.pair import Pair, Side

HERE = Path(__file__).parent
PORT = HERE.parent / "jax_target"
sys.path.append(str(HERE.parent))

from planting import Fault, find_fault, find_first, plant, read_faults, size_shrunk  # noqa: E402

PAIRS = {pair.name: pair for pair in read_contract((HERE / "equivcheck.toml").read_text(encoding="utf-8"))}
FAULTS = read_faults(HERE / "faults.toml")
STEPS_MAX = 200


def without_draws(spec: Spec) -> Spec:
    """Return the baseline's contract."""
    rule = FieldRule(Pattern("draws.**"), ignore=True, because="the baseline: only what follows from the values is looked at")
    return replace(spec, fields=(rule,))


def pair_of(fault: Fault) -> PairSpec:
    """Return the pair whose target has the fault's file."""
    return PAIRS[fault.file.removesuffix(".py")]


def load_planted(fault: Fault, folder: Path) -> ModuleType:
    """Return the port with the fault in it, from its copy in `folder`, which is made where it is not there yet."""
    if not folder.exists():
        plant(fault, PORT, folder)
    spec = spec_from_file_location(f"planted_{pair_of(fault).name}", folder / fault.file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def search(fault: Fault, episodes: int, seed: int) -> tuple[str, ...]:
    """Return the row of one fault."""
    given = pair_of(fault)
    with tempfile.TemporaryDirectory() as folder:
        opening = Opening(HERE, {"planted": partial(load_planted, fault, Path(folder) / "jax_target")})
        sides = Side(given.reference, opening), Side("object:planted", opening)
        pair = Pair(given.name, *sides, given.spec, PRESETS["tape"])
        try:
            baseline = find_first(Pair(given.name, *sides, without_draws(given.spec), PRESETS["tape"]), episodes, STEPS_MAX, seed)
            found = find_fault(pair, episodes, STEPS_MAX, seed)
        finally:
            pair.close()
    alone = f"episode {baseline[0]}" if baseline else "missed"
    if found is None:
        return given.name, fault.name, fault.kind, "not found", "", "", alone
    count, counterexample = found
    leading = counterexample.divergence.leading
    parts_in = f"`{leading.path}`" if leading.path else leading.kind
    return given.name, fault.name, fault.kind, parts_in, str(count), size_shrunk(counterexample), alone


@click.command(help=__doc__)
@click.argument("names", nargs=-1)
@click.option("--episodes", default=256, show_default=True, help="Play at most so many for each fault.")
@click.option("--seed", default=0, show_default=True)
def main(names: tuple[str, ...], episodes: int, seed: int) -> None:
    """Print a row for each fault as it is found."""
    faults = [fault for fault in FAULTS if not names or fault.name in names]
    click.echo("| pair | fault | kind | parts in | episodes | actions | values alone |\n|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as cache:
        os.environ["JAX_COMPILATION_CACHE_DIR"] = cache  # a fault is compiled once, though fresh processes play it again
        rows = []
        for fault in faults:
            rows.append(search(fault, episodes, seed))
            click.echo(f"| {' | '.join(rows[-1])} |")
    found, missed = (sum(row[column] != word for row in rows) for column, word in ((3, "not found"), (6, "missed")))
    click.echo(f"{found} of {len(rows)} faults found; {missed} of them by the values alone", err=True)
    sys.exit(0 if found == len(rows) else 1)


if __name__ == "__main__":
    main()
