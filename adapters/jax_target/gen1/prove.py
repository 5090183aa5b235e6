"""The full run: the reference against the port over drawn battles of both kinds, and what those that seek coverage exercised.

    python adapters/jax_target/gen1/prove.py --battles 10000 --seed 1

The pairs are those of equivcheck.toml beside this file that are rolled out; half of the battles of each have uniform actions, half
swarm. Exit codes: those of `equivcheck check`, 0, 3 and 4; 5 where nothing differs, but something that the coverage lists was not reached.
"""

from __future__ import annotations

import argparse
import datetime
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).parents[1]))

from equivcheck.generation import DRIVERS
from equivcheck.model.contract import read_contract
from equivcheck.model.spec import PairSpec
from equivcheck.model.trace import Trace
from equivcheck.model.verdict import Outcome, PairReport, Report
from equivcheck.pair import Budget
from equivcheck.reports.terminal import Progress
from equivcheck.reports.text import render_text
from equivcheck.runner import Run, check_pair
from gen1.coverage.counting import Tally
from gen1.coverage.listening import ListeningOpening
from gen1.coverage.report import render_coverage

FOLDER = Path(__file__).parent
SEEKING = "gen1coverage"
EXIT_CODES = {Outcome.EQUIVALENT: 0, Outcome.DIVERGENT: 3, Outcome.INCONCLUSIVE: 4}
UNREACHED = 5
STEPS_MAX = 1_200  # 1,000 turns, and what is replaced in them


class _Ear:
    """Counts what is rolled while a level rolls; what is played to shrink, or to probe, is not counted."""

    def __init__(self, tally: Tally, show: Callable[[str, int, int], None]) -> None:
        self._tally, self._show, self._rolling = tally, show, False

    def progress(self, what: str, done: int, total: int) -> None:
        """See Budget."""
        self._rolling = what.startswith("rollout")
        self._show(what, done, total)

    def hear(self, trace: Trace) -> None:
        """Count a Trace of the reference."""
        if self._rolling:
            self._tally.see(trace)


def check(pair: PairSpec, battles: int, seed: int, tally: Tally, progress: Progress) -> PairReport:
    """Check a pair over so many battles, and count what they exercised where its reference seeks coverage."""
    plan = replace(pair.spec.rollout, drivers=tuple(DRIVERS), steps_max=STEPS_MAX)
    ear = _Ear(tally, progress.show)
    opening = ListeningOpening(FOLDER, heard=pair.reference if pair.reference.endswith(SEEKING) else "", hear=ear.hear)
    budget = Budget(seed, -(-battles // len(DRIVERS)), datetime.date.today(), ear.progress)
    return check_pair(replace(pair, spec=replace(pair.spec, rollout=plan)), Run(opening, budget, ("rollout",)))


def prove(battles: int, seed: int, target: str = "") -> int:
    """Check every pair of the folder's contract, print verdicts and coverage, and return the exit code."""
    began = time.monotonic()
    tally, progress = Tally(), Progress()
    listed = read_contract((FOLDER / "equivcheck.toml").read_text(encoding="utf-8"))
    pairs = [pair for pair in listed if "rollout" in pair.spec.levels]
    try:
        report = Report(tuple(check(replace(pair, target=target or pair.target), battles, seed, tally, progress) for pair in pairs))
    finally:
        progress.close()
    print(f"{render_text(report)}\n{render_coverage(tally)}\n  {time.monotonic() - began:,.0f} s")
    code = EXIT_CODES[report.outcome]
    return UNREACHED if not code and tally.lacks() else code


def main() -> int:
    """Read the command line, and prove."""
    parser = argparse.ArgumentParser(description="Check the port of Generation 1 over drawn battles, and print what they exercised.")
    parser.add_argument("--battles", type=int, default=10_000, metavar="N", help="battles of each pair (10000)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="the seed of the run (1)")
    parser.add_argument("--target", default="", metavar="ADDRESS", help="what is checked in the place of the port")
    given = parser.parse_args()
    return prove(given.battles, given.seed, given.target)


if __name__ == "__main__":
    sys.exit(main())
