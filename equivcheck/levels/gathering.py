"""What a level gathers while it plays: coverage, and one counterexample for each cluster of divergences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from equivcheck.comparison import merge_coverage
from equivcheck.comparison.accounting import count_actions, count_ends
from equivcheck.drift import drift_words
from equivcheck.localisation import Found, distil, first_evidence
from equivcheck.model.phrases import counted
from equivcheck.model.step import FLAGS
from equivcheck.model.verdict import Counterexample, Coverage, Outcome, Verdict
from equivcheck.pair import Budget, Pair, Played

CLUSTERS_SHRUNK_MAX = 5


@dataclass(slots=True)
class Gathering:
    """The findings and counts of one level."""

    level: str
    found: Found
    coverage: Coverage = field(default_factory=Coverage)
    raw: dict[tuple[str, ...], tuple[Counterexample, Pair]] = field(default_factory=dict)
    counts: dict[tuple[str, ...], int] = field(default_factory=dict)
    unstable: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    last_words: str = ""

    def take(self, pair: Pair, played: Played, steps_max: int | None) -> None:
        """Add what was played; report the first of each new cluster at once, as it is."""
        merge_coverage(self.coverage, played.comparison.coverage)
        count_actions(self.coverage, played.reference.scripts)
        count_ends(self.coverage, played.reference, steps_max)
        self.unstable.extend(played.unstable)
        self.last_words = next((end.words for end in played.reference.ends if end.kind != "refused"), self.last_words)
        for divergence in played.comparison.divergences:
            key = (pair.name, *divergence.cluster)
            self.counts[key] = self.counts.get(key, 0) + divergence.episode_count
            if key not in self.raw:
                self.raw[key] = (first_evidence(pair.name, played, divergence), pair)
                self.notes.extend(drift_words(played, divergence))
                self.found(pair, self.raw[key][0])

    def conclude(self, budget: Budget, bound: str, seconds: float) -> Verdict:
        """Shrink the largest clusters, and return the verdict."""
        order = sorted(self.raw, key=lambda key: -self.counts[key])
        shrunk: list[Counterexample] = []
        for number, key in enumerate(order):
            raw, pair = self.raw[key]
            raw = replace(raw, cluster_count=self.counts[key])
            budget.progress("shrinking", number, min(len(order), CLUSTERS_SHRUNK_MAX))
            if number < CLUSTERS_SHRUNK_MAX:
                raw = distil(pair, raw, budget, self.found)
                self.found(pair, raw)
            shrunk.append(raw)
        shrunk = _distinct(shrunk)
        outcome, reason = self.outcome(shrunk)
        return Verdict(
            self.level, outcome, reason, self.coverage, tuple(shrunk), bound if outcome is Outcome.EQUIVALENT else "",
            tuple(self.notes), seconds,
        )  # fmt: skip

    def outcome(self, counterexamples: Sequence[Counterexample]) -> tuple[Outcome, str]:
        """Return the verdict that these counterexamples and the counts support, and why."""
        tried = [one for one in counterexamples if one.recurrence[1]]
        if any(not one.flaky for one in tried):
            diverged, episodes = self.coverage.episodes_diverged, self.coverage.episodes
            return (
                Outcome.DIVERGENT,
                f"{diverged:,} of {counted(episodes, 'episode')} diverged, {_causes(sum(not one.flaky for one in counterexamples))}",
            )
        if tried:
            times = ", ".join(f"{one.recurrence[0]} of {one.recurrence[1]}" for one in tried)
            return Outcome.INCONCLUSIVE, f"FLAKY: what diverged recurred in {times} tries on fresh backends"
        if self.unstable:
            return Outcome.INCONCLUSIVE, self.unstable[0]
        if self.coverage.episodes_skipped and self.coverage.episodes_skipped >= self.coverage.episodes:
            return Outcome.INCONCLUSIVE, f"both sides failed in every episode; the last words: {self.last_words}"
        if self.coverage.expired:
            return Outcome.INCONCLUSIVE, f"a known difference still occurs after its day: {', '.join(sorted(self.coverage.expired))}"
        if not compared_anything(self.coverage):
            return Outcome.INCONCLUSIVE, "nothing was compared: no leaf was on both sides"
        return Outcome.EQUIVALENT, "no difference in anything that was compared"


def _causes(count: int) -> str:
    return "one cause shown" if count == 1 else f"{count} causes shown"


def compared_anything(coverage: Coverage) -> bool:
    """Return whether any leaf beyond the two flags of an episode's end was compared without having been forced."""
    return any(entry.compared > entry.forced for path, entry in coverage.fields.items() if path not in FLAGS)


def _distinct(counterexamples: Sequence[Counterexample]) -> list[Counterexample]:
    """Drop what shrank to the same script at the same step as a larger cluster's: one cause seen through two leaves."""
    kept: list[Counterexample] = []
    for one in counterexamples:
        twin = next((other for other in kept if _alike(one, other)), None)
        if twin is None:
            kept.append(one)
        else:
            kept[kept.index(twin)] = replace(twin, cluster_count=max(twin.cluster_count, one.cluster_count))
    return kept


def _alike(one: Counterexample, other: Counterexample) -> bool:
    paths = {(d.path, d.kind) for d in other.divergence.differences}
    mine = {(d.path, d.kind) for d in one.divergence.differences}
    return one.shrink is not None and other.shrink is not None and one.name == other.name and mine == paths
