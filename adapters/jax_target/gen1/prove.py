"""The full run: the reference against the port, over drawn battles of both kinds, and what the battles exercised.

    python adapters/jax_target/gen1/prove.py --battles 10000 --seed 1

Half of the battles of each kind have uniform actions, half swarm. Exit codes: those of `equivcheck check`, 0, 3 and 4; 5 where nothing
differs, but something that the coverage lists was not reached: a run of a few hundred battles reaches most of it, one of 10,000 all.
"""

from __future__ import annotations

import argparse
import datetime
import sys
import time
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).parents[1]))

from equivcheck.model.contract import spec_from_mapping
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

ADAPTERS = Path(__file__).parents[2]
KINDS = ("gen1randombattle", "gen1coverage")
EXIT_CODES = {Outcome.EQUIVALENT: 0, Outcome.DIVERGENT: 3, Outcome.INCONCLUSIVE: 4}
UNREACHED = 5
STEPS_MAX = 1_200  # 1,000 turns, and what is replaced in them


class _Check:
    """One kind of battles, checked; `tally` holds what those of the rollout exercised."""

    def __init__(self, kind: str, target: str, battles: int, seed: int, progress: Progress) -> None:
        self.tally = Tally()
        self._progress = progress
        self._counting = False
        reference = str(ADAPTERS / f"node_showdown:{kind}")
        opening = ListeningOpening(Path.cwd(), heard=reference, hear=self._hear)
        rollout = {"episodes": -(-battles // 2), "drivers": ["uniform", "swarm"], "steps_max": STEPS_MAX}
        spec = spec_from_mapping({"start": "reference", "draws": "seeded", "levels": ["rollout"], "rollout": rollout})
        run = Run(opening, Budget(seed, today=datetime.date.today(), progress=self._show))
        self.report: PairReport = check_pair(PairSpec(kind, reference, target, spec), run)

    def _show(self, what: str, done: int, total: int) -> None:
        self._counting = what.startswith("rollout")
        self._progress.show(what, done, total)

    def _hear(self, trace: Trace) -> None:
        if self._counting:
            self.tally.see(trace)


def prove(battles: int, seed: int, target: str) -> int:
    """Check both kinds of battles, print verdicts and coverage, and return the exit code."""
    began = time.monotonic()
    progress = Progress()
    try:
        checks = [_Check(kind, target, battles, seed, progress) for kind in KINDS]
    finally:
        progress.close()
    report = Report(tuple(check.report for check in checks))
    tally = checks[-1].tally
    print(f"{render_text(report)}\n{render_coverage(tally)}\n  {time.monotonic() - began:,.0f} s")
    code = EXIT_CODES[report.outcome]
    return UNREACHED if not code and tally.lacks() else code


def main() -> int:
    """Read the command line, and prove."""
    parser = argparse.ArgumentParser(description="Check the port of Generation 1 over drawn battles, and print what they exercised.")
    parser.add_argument("--battles", type=int, default=10_000, metavar="N", help="battles of each of the two kinds (10000)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="the seed of the run (1)")
    parser.add_argument("--target", default=str(ADAPTERS / "jax_target:gen1"), metavar="ADDRESS", help="what is checked (jax_target:gen1)")
    given = parser.parse_args()
    return prove(given.battles, given.seed, given.target)


if __name__ == "__main__":
    sys.exit(main())
