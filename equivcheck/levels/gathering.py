"""What a level gathers while it plays: coverage, and one counterexample for each cluster of divergences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from equivcheck.comparison import merge_coverage
from equivcheck.comparison.accounting import count_actions, count_ends
from equivcheck.drift import drift_words
from equivcheck.localisation import Found, distil, first_evidence
from equivcheck.model.divergence import cluster_of
from equivcheck.model.phrases import counted
from equivcheck.model.script import same_script
from equivcheck.model.step import FLAGS
from equivcheck.model.values import same_value
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
        if len(order) > CLUSTERS_SHRUNK_MAX:
            self.notes.append(f"only the {CLUSTERS_SHRUNK_MAX} most frequent of {len(order)} findings were shrunk")
        shrunk = self._merge(shrunk)
        outcome, reason = self.outcome(shrunk)
        return Verdict(
            self.level, outcome, reason, self.coverage, tuple(shrunk), bound if outcome is Outcome.EQUIVALENT else "",
            tuple(self.notes), seconds,
        )  # fmt: skip

    def _merge(self, counterexamples: Sequence[Counterexample]) -> list[Counterexample]:
        """Join what shrank to the same, one cause seen through several leaves; the one that shows the most leaves stands for all."""
        causes: list[list[Counterexample]] = []
        for one in counterexamples:
            cause = next((cause for cause in causes if any(_alike(one, other) for other in cause)), None)
            if cause is None:
                causes.append([one])
            else:
                cause.append(one)
        return [cause[0] if len(cause) == 1 else self._joined(cause, alone=len(causes) == 1) for cause in causes]

    def _joined(self, cause: Sequence[Counterexample], alone: bool) -> Counterexample:
        """Return the one that shows the most leaves, the leaf that most episodes part in leading."""
        first, widest = cause[0], max(cause, key=lambda one: len(_shown(one)))
        differences = sorted(widest.divergence.differences, key=lambda one: cluster_of(one) != first.divergence.cluster)
        counts = [one.cluster_count for one in cause]
        together = sum(counts)
        if any(pair.mode.resync == "each_step" for _, pair in self.raw.values()):  # an episode counts for every leaf that parts in it
            together = self.coverage.episodes_diverged if alone else max(counts)
        clusters = tuple((one.divergence.cluster[0], one.cluster_count) for one in cause)
        divergence = replace(widest.divergence, differences=tuple(differences))
        joined = replace(widest, divergence=divergence, cluster_count=together, clusters=clusters)
        self.found(self.raw[first.name, *first.divergence.cluster][1], joined)
        return joined

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


def _alike(one: Counterexample, other: Counterexample) -> bool:
    """Return whether two show one cause: the same script, the same leaves, or all leaves of the one after the same last action."""
    if one.shrink is None or other.shrink is None or one.name != other.name:
        return False
    leaves = [{(d.path, d.kind) for d in each.divergence.differences} for each in (one, other)]
    if leaves[0] == leaves[1] or same_script(one.script, other.script):
        return True
    sizes = [(len(each.script.episodes), each.script.action_count) for each in (one, other)]
    last = [list(each.script.episodes[-1].actions[-1:]) for each in (one, other)]
    nested = _shown(one) <= _shown(other) or _shown(one) >= _shown(other)
    return nested and sizes[0] == sizes[1] and same_value(last[0], last[1])


def _shown(one: Counterexample) -> set[tuple[str, str]]:
    return {cluster_of(difference) for difference in one.divergence.differences}
