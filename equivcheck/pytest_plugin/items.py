"""What the pytest plugin collects and runs: contracts, pairs, levels, regressions."""

from __future__ import annotations

import datetime
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from equivcheck.assertion import failing_text
from equivcheck.backends.opening import Opening
from equivcheck.errors import AdapterError, EquivcheckError, ProtocolError, SpecError, failure_words
from equivcheck.findings import Finding, read_finding, regression_files
from equivcheck.model.contract import read_contract
from equivcheck.model.spec import PairSpec
from equivcheck.model.verdict import Outcome
from equivcheck.pair import Budget, Pair
from equivcheck.pytest_plugin import INCONCLUSIVE
from equivcheck.replaying import pair_of, replay_on
from equivcheck.reports.text import counterexample_lines, parting_text
from equivcheck.reports.words import marked, one_line
from equivcheck.runner import Run, check_pair

_HEADLINE_CHARACTERS_MAX = 300


class NotEquivalent(Exception):
    """A verdict that fails a test: a headline for summaries, and the text that is all that a person needs to see."""

    def __init__(self, headline: str, text: str) -> None:
        super().__init__(text)
        self.headline = headline


class BrokenLawWarning(pytest.PytestWarning):
    """A side breaks a law of adapters; the verdicts stand, and may mean less."""


class ContractFile(pytest.File):
    """One `equivcheck.toml`."""

    def collect(self) -> Iterator[PairCollector]:
        """Yield its pairs; a broken contract is a collection error in its own words."""
        try:
            text = self.path.read_text(encoding="utf-8")
            pairs = read_contract(text, self.path.name)
        except (SpecError, OSError, UnicodeDecodeError) as error:
            raise self.CollectError(f"{self.path}: cannot be read as a contract\n{error}") from None
        for pair in pairs:
            heads = (number for number, line in enumerate(text.splitlines(), 1) if line.startswith(f"[pair.{pair.name}]"))
            yield PairCollector.from_parent(self, name=pair.name, pair=pair, line=next(heads, 1))


class PairCollector(pytest.Collector):
    """One pair of a contract."""

    def __init__(self, *, pair: PairSpec, line: int, **given: Any) -> None:
        super().__init__(**given)
        self.pair = pair
        self.line = line
        self.warned: set[str] = set()

    def collect(self) -> Iterator[pytest.Item]:
        """Yield the pair's levels and its regressions."""
        for level in self.pair.spec.levels:
            yield LevelItem.from_parent(self, name=level, pair=self.pair)
        for path in regression_files(self.path.parent, self.pair.name):
            yield RegressionItem.from_parent(self, name=f"regression-{path.stem}", pair=self.pair, file=path)


class _CheckedItem(pytest.Item):
    """An item that is judged by a verdict; relative paths are looked up in the folder of its contract."""

    def __init__(self, *, pair: PairSpec, **given: Any) -> None:
        super().__init__(**given)
        self.pair = pair
        self.folder = self.path.parent

    def conclude(self, outcome: Outcome, headline: str, text: str) -> None:
        """Fail with the text, or skip where the verdict is INCONCLUSIVE and the ini says so."""
        if outcome is Outcome.INCONCLUSIVE and self.config.getini(INCONCLUSIVE) == "skip":
            pytest.skip(_one_line(headline))
        if outcome is not Outcome.EQUIVALENT:
            raise NotEquivalent(headline, text.rstrip() + self._where())

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return the words of a verdict, or of what is wrong with the contract or a side; a traceback for anything else."""
        error = excinfo.value
        if isinstance(error, EquivcheckError):
            words = marked(failure_words(error), 2)
            error = NotEquivalent(words, words).with_traceback(error.__traceback__)
        if not isinstance(error, NotEquivalent):
            return super().repr_failure(excinfo, style)
        shown = pytest.ExceptionInfo.from_exception(error).getrepr(style="value", chain=False)
        if shown.reprcrash is not None:  # what summaries print, beside the text above them
            shown.reprcrash.path, shown.reprcrash.lineno = str(self.path), 1
            shown.reprcrash.message = _one_line(error.headline)
        return shown

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return what a report calls the item."""
        return self.path, None, f"{self.pair.name}::{self.name}"

    def _where(self) -> str:
        """Say where the printed commands work, if that is not where pytest was started."""
        started = self.config.invocation_params.dir
        return "" if started == self.folder else f"\n  the commands above are for the folder {self.folder}"


def _one_line(words: str) -> str:
    return one_line(words, _HEADLINE_CHARACTERS_MAX)


class LevelItem(_CheckedItem):
    """One level of one pair."""

    def runtest(self) -> None:
        """Check the pair at this level alone, on backends of its own."""
        budget = Budget(self.pair.spec.seed, today=datetime.date.today())
        report = check_pair(self.pair, Run(Opening(self.folder), budget, (self.name,), replay=False))
        if any(verdict.interrupted for verdict in report.levels):
            raise KeyboardInterrupt
        fatal = self._warn_of(report.conformance)
        worst = next((verdict for verdict in report.levels if verdict.outcome is report.outcome), None)
        where = f"{parting_text(worst.counterexamples[0])}; " if worst and worst.counterexamples else ""
        words = f"{worst.level}: {where}{worst.reason}" if worst else "nothing was played"
        self.conclude(report.outcome, f"{report.outcome.value} {words}", failing_text(report))
        if fatal:
            raise NotEquivalent(fatal[0], "\n".join(fatal))

    def _warn_of(self, broken: tuple[str, ...]) -> list[str]:
        """Warn of each law that a side breaks, once a pair; return the warnings that are errors here, as under `-W error`."""
        assert isinstance(self.parent, PairCollector)
        fatal = []
        for words in broken:
            if words not in self.parent.warned:
                self.parent.warned.add(words)
                message = f"{self.pair.name}: the adapter breaks a law: {one_line(words)}"
                try:
                    warnings.warn_explicit(BrokenLawWarning(message), category=None, filename=str(self.path), lineno=self.parent.line)
                except BrokenLawWarning:
                    fatal.append(message)
        return fatal


class RegressionItem(_CheckedItem):
    """One script that failed once."""

    def __init__(self, *, file: Path, **given: Any) -> None:
        super().__init__(**given)
        self.file = file

    def runtest(self) -> None:
        """Play the script under the contract as it is now."""
        finding = read_finding(self.file)
        pair = self._pair_for(finding)
        try:
            seen = replay_on(finding, pair)
        except (AdapterError, ProtocolError) as error:
            words = marked(f"INCONCLUSIVE  {pair.name}: {failure_words(error)}", 2)
            self.conclude(Outcome.INCONCLUSIVE, words, words)
            return
        finally:
            pair.close()
        if seen is not None:
            shown = replace(seen, file=str(self.file.relative_to(self.folder)))
            text = "\n".join(counterexample_lines(shown, finding.level))
            headline = f"FAILED  {pair.name}: a regression shows again"
            self.conclude(Outcome.DIVERGENT, headline, f"{headline}\n{text}")

    def _pair_for(self, finding: Finding) -> Pair:
        """Return the contract's sides and Spec; a side that was compared with itself stays what the file says."""
        if finding.target.startswith("self:"):
            return pair_of(finding, Opening(self.folder))
        current = replace(finding, spec=self.pair.spec)
        return pair_of(current, Opening(self.folder), self.pair.reference, self.pair.target)
