"""Verdicts: what a level, a pair and a run conclude, with what they really compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal

from equivcheck.model.cause import Fault, Nature
from equivcheck.model.divergence import Divergence
from equivcheck.model.script import Script
from equivcheck.model.values import MISSING, Value


class Outcome(Enum):
    """The three verdicts. Missing evidence is never a pass and never a divergence."""

    EQUIVALENT = "EQUIVALENT"
    DIVERGENT = "DIVERGENT"
    INCONCLUSIVE = "INCONCLUSIVE"


@dataclass(slots=True)
class FieldCount:
    """How one leaf (its path with indices as `[*]`) was exercised, in leaves of both sides together compared.

    `forced` counts those that were copied from the reference into the target just before, so that they verify the
    loading alone. `changed`: it ever took two values; `non_default`: it was ever other than 0, False, empty or None.
    `error_max`, `error_sum`: of |reference - target| over numeric leaves, up to each episode's first divergence; `errors_within`: by
    number of steps, the largest of floats in so many first steps of any episode, whatever diverged.
    """

    compared: int = 0
    forced: int = 0
    digested: int = 0
    changed: bool = False
    non_default: bool = False
    differing: int = 0
    error_max: float = 0.0
    error_sum: float = 0.0
    errors_within: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Coverage:
    """What a level really exercised."""

    fields: dict[str, FieldCount] = field(default_factory=dict)
    actions: dict[str, int] = field(default_factory=dict)
    loosenings: dict[str, int] = field(default_factory=dict)
    flags: dict[str, int] = field(default_factory=dict)  # terminated, truncated, cut: episodes that ended so
    episodes: int = 0
    steps: int = 0
    episodes_skipped: int = 0  # both sides failed in them
    episodes_diverged: int = 0
    filled: set[str] = field(default_factory=set)  # fields nobody stated, filled in by the checker
    expired: set[str] = field(default_factory=set)  # patterns of known differences that occurred after their day
    impossible: tuple[str, ...] = ()  # values of factors that may not occur together, by the contract's constraints


@dataclass(frozen=True, slots=True)
class Shrink:
    """What shrinking did: actions and episodes before and after, replays (one candidate on both sides each), seconds."""

    actions_before: int
    actions_after: int
    replays: int
    seconds: float
    notes: tuple[str, ...] = ()
    episodes_before: int = 1
    episodes_after: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Counterexample:
    """A Script that shows a divergence, its evidence, and what it was distilled from.

    `before` and `after` are Steps of (reference, target) around the last action; `before` is None at Step 0.
    `recurrence` is (times it showed, times tried) on fresh backends. `clusters`: where several that shrank to the same are one
    here, the leading path of each and the number of its episodes. `cluster` tells the finding from others of its pair, and stays as
    it was first seen; its last item is the action, where there are few. `alike`: the last actions that show it once it is shrunk.
    `depends`: sentences on what shows it, and what does not matter. `call`: the same cause as a call of a component.
    """

    name: str
    script: Script
    divergence: Divergence
    before: tuple[Value, Value] | None
    after: tuple[Value, Value]
    distilled_from: tuple[int, int] = (0, 0)  # episode, step of the divergence as first found
    found_in: Script | None = None
    shrink: Shrink | None = None
    cluster_count: int = 1
    clusters: tuple[tuple[str, int], ...] = ()
    recurrence: tuple[int, int] = (0, 0)
    cluster: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()
    depends: tuple[str, ...] = ()
    call: Counterexample | None = None
    file: str = ""
    nature: Nature | None = None
    fault: Fault | None = None

    @property
    def key(self) -> tuple[str, ...]:
        """What tells the finding from all others of a run."""
        return (self.name, *(self.cluster or self.divergence.cluster))

    @property
    def distilled(self) -> Literal["call", "directed", "rollout"]:
        """The lowest-level test that shows it: a component's call, a script from a loaded state, or one from a reset."""
        if self.call is not None:
            return "call"
        return "rollout" if self.script.episodes[-1].start is MISSING else "directed"

    @property
    def flaky(self) -> bool:
        """Whether it was tried again and did not always recur."""
        return self.recurrence[0] < self.recurrence[1]


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """What one level concludes; `reason` says why in one sentence, `bound` what zero findings support."""

    level: str
    outcome: Outcome
    reason: str
    coverage: Coverage = field(default_factory=Coverage)
    counterexamples: tuple[Counterexample, ...] = ()
    bound: str = ""
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    interrupted: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class PairReport:
    """All levels of one pair. `mode` is (start, draws, resync) and how it was chosen.

    `conformance`: the laws of adapters that a side breaks; `caveat`: the one of them on which this mode relies, "" for none.
    """

    name: str
    reference: Mapping[str, Any]
    target: Mapping[str, Any]
    mode: str
    levels: tuple[Verdict, ...]
    not_run: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    conformance: tuple[str, ...] = ()
    caveat: str = ""

    @property
    def outcome(self) -> Outcome:
        """DIVERGENT if any level is; else INCONCLUSIVE if any is, or none was run."""
        return worst([verdict.outcome for verdict in self.levels])


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """The whole run."""

    pairs: tuple[PairReport, ...]

    @property
    def interrupted(self) -> bool:
        """Whether the user stopped it."""
        return any(verdict.interrupted for pair in self.pairs for verdict in pair.levels)

    @property
    def outcome(self) -> Outcome:
        """The worst of the pairs."""
        return worst([pair.outcome for pair in self.pairs])


def worst(outcomes: list[Outcome]) -> Outcome:
    """Return DIVERGENT before INCONCLUSIVE before EQUIVALENT; INCONCLUSIVE for none at all."""
    for outcome in (Outcome.DIVERGENT, Outcome.INCONCLUSIVE):
        if outcome in outcomes:
            return outcome
    return Outcome.EQUIVALENT if outcomes else Outcome.INCONCLUSIVE
