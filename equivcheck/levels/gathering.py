"""What a level gathers while it plays: coverage, and one counterexample for each cluster of divergences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from equivcheck.comparison import merge_coverage
from equivcheck.comparison.accounting import count_actions, count_ends
from equivcheck.errors import AdapterError, failure_words
from equivcheck.fault import explain
from equivcheck.levels.calls import find_call
from equivcheck.levels.merging import by_cause, covers, joined
from equivcheck.localisation import Found, distil, first_evidence, last_action
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
    steps_resumed: int = 0  # behind first divergences
    beyond: int = 0  # findings that only those steps showed

    def take(self, pair: Pair, played: Played, steps_max: int | None) -> None:
        """Add what was played; report the first of each new cluster at once, as it is."""
        merge_coverage(self.coverage, played.comparison.coverage)
        count_actions(self.coverage, played.reference.scripts)
        count_ends(self.coverage, played.reference, steps_max)
        self.unstable.extend(played.unstable)
        self.last_words = next((end.words for end in played.reference.ends if end.kind != "refused"), self.last_words)
        self.note(pair, played)

    def note(self, pair: Pair, played: Played, beyond: bool = False) -> int:
        """Add the divergences of what was played, and report the first of each cause at once; return how many clusters were new.

        `beyond`: its episodes have parted before, and went on from a state of the reference: then only what is new counts.
        """
        known = len(self.raw)
        for divergence in played.comparison.divergences:
            cluster = (*divergence.cluster, last_action(pair, played, divergence))
            key = (pair.name, *cluster)
            if beyond and key in self.raw:
                continue
            self.beyond += beyond
            self.counts[key] = self.counts.get(key, 0) + divergence.episode_count
            if key not in self.raw:
                is_first = not any(other[:-1] == key[:-1] for other in self.raw)
                self.raw[key] = (replace(first_evidence(pair.name, played, divergence), cluster=cluster), pair)
                if is_first:  # what differs in its action alone may prove to be the same
                    self.found(pair, self.raw[key][0])
        return len(self.raw) - known

    def conclude(self, budget: Budget, bound: str, seconds: float) -> Verdict:
        """Shrink the largest clusters, and return the verdict."""
        whole: dict[tuple[str, ...], int] = {}
        for key, count in self.counts.items():
            whole[key[:-1]] = whole.get(key[:-1], 0) + count
        known = list(whole)
        order = sorted(self.raw, key=lambda key: (-whole[key[:-1]], known.index(key[:-1]), -self.counts[key]))
        told: list[Counterexample] = []
        shrunk_count = 0
        for key in order:
            raw, pair = self.raw[key]
            same = next((at for at, one in enumerate(told) if one.name == pair.name and covers(one, key[1:])), None)
            if same is not None:
                told[same] = replace(told[same], cluster_count=told[same].cluster_count + self.counts[key])
                continue
            raw = replace(raw, cluster_count=self.counts[key])
            if shrunk_count < CLUSTERS_SHRUNK_MAX:
                budget.progress("shrinking", shrunk_count, min(len(order), CLUSTERS_SHRUNK_MAX))
                raw = distil(pair, raw, budget, self.found)
                shrunk_count += 1
            self.found(pair, raw)
            told.append(raw)
        if len(told) > shrunk_count:
            self.notes.append(f"only {shrunk_count} of {len(told)} findings were shrunk, those of the most frequent first")
        if self.steps_resumed:
            words = f"behind first divergences the target took the reference's state before each of {counted(self.steps_resumed, 'step')}"
            self.notes.append(f"{words}: {counted(self.beyond, 'finding')} more" if self.beyond else words)
        told = [cause[0] if len(cause) == 1 else self._join(cause, len(told) == len(cause)) for cause in by_cause(told)]
        told = [self._explain(self._name_component(one, budget)) for one in told]
        outcome, reason = self.outcome(told)
        bound = bound if outcome is Outcome.EQUIVALENT else ""
        return Verdict(self.level, outcome, reason, self.coverage, tuple(told), bound, tuple(self.notes), seconds)

    def _join(self, cause: Sequence[Counterexample], alone: bool) -> Counterexample:
        together = sum(one.cluster_count for one in cause)
        if any(pair.mode.resync == "each_step" for _, pair in self.raw.values()):  # an episode counts for every leaf that parts in it
            together = self.coverage.episodes_diverged if alone else max(one.cluster_count for one in cause)
        one = joined(cause, together)
        self.found(self.raw[one.key][1], one)
        return one

    def _explain(self, one: Counterexample) -> Counterexample:
        """Return a counterexample of both sides in play, that was shrunk, with whose fault it is."""
        pair = self.raw[one.key][1]
        if self.level not in ("rollout", "interaction") or not one.recurrence[1]:
            return one
        try:
            return explain(pair, one)
        except AdapterError as error:
            self.notes.append(f"nobody could be blamed for {one.divergence.leading.path}: {failure_words(error)}")
            return one

    def _name_component(self, one: Counterexample, budget: Budget) -> Counterexample:
        """Return a counterexample with the component that gives other results for equal arguments in its last step, if there is one."""
        pair = self.raw[one.key][1]
        try:
            named, called = find_call(pair, one, budget)
        except AdapterError as error:
            self.notes.append(f"no component could be named for {one.divergence.leading.path}: {failure_words(error)}")
            return one
        if called is not None and named.call is not None:
            self.found(called, named.call)
        return named

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
