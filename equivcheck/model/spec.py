"""The Spec: which fields are compared and how, tolerances, randomness, budgets, known differences."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from equivcheck.model.paths import Pattern

Start: TypeAlias = Literal["own", "reference"]
Draws: TypeAlias = Literal["none", "seeded", "tape", "free"]
Resync: TypeAlias = Literal["never", "each_step"]


@dataclass(frozen=True, slots=True)
class Mode:
    """How the two sides are kept together: the three axes."""

    start: Start
    draws: Draws
    resync: Resync

    def __str__(self) -> str:
        preset = next((name for name, mode in PRESETS.items() if mode == self), "custom")
        return f"{preset} (start {self.start}, draws {self.draws}, resync {self.resync})"


PRESETS: dict[str, Mode] = {
    "seeded": Mode("own", "seeded", "never"),
    "tape": Mode("reference", "tape", "never"),
    "injected": Mode("reference", "none", "never"),
    "teacher": Mode("reference", "none", "each_step"),
    "free": Mode("reference", "free", "never"),
}


@dataclass(frozen=True, slots=True)
class FieldRule:
    """How leaves under `pattern` are compared: every attribute but `ordered` loosens, and says why in `because`.

    `atol`, `rtol`, `ulps`: |a - b| <= atol + rtol * |reference|, or at most so many representable steps apart in the
    narrower of the two dtypes. `dtype = "any"`: numbers by value, whatever their kind and width. `nan = "equal"`: two NaN agree.
    `set`, `bag`: lists without order (and number of copies). `ordered`: its rule, being the more literal, stands in the place of a
    wider `set` or `bag`; beyond that it does nothing. `keyed`: a list of dicts is matched by that key. `alias`: equal up to a
    consistent one-to-one renaming within an episode. `ignore`: not compared.
    `reviewed` is False where `because` still begins with "unreviewed".
    """

    pattern: Pattern
    atol: float = 0.0
    rtol: float = 0.0
    ulps: int = 0
    dtype: Literal["same", "any"] = "same"
    nan: Literal["differs", "equal"] = "differs"
    set: bool = False
    bag: bool = False
    ordered: bool = False
    keyed: str = ""
    alias: bool = False
    ignore: bool = False
    because: str = ""

    @property
    def reviewed(self) -> bool:
        """Whether a person has put a reason in place of the mark that `init` leaves."""
        return not self.because.startswith("unreviewed")


@dataclass(frozen=True, slots=True)
class Known:
    """A difference people know of: not counted as a divergence until the day `until`."""

    pattern: Pattern
    because: str
    kind: str = ""  # a Difference kind; empty: any
    until: datetime.date | None = None


@dataclass(frozen=True, slots=True)
class RolloutPlan:
    """How the rollout level plays: episodes per driver, and where they start.

    `starts` names a function (`package.module:function`) that yields canonical states to load into both sides.
    """

    episodes: int = 100
    drivers: tuple[str, ...] = ("uniform", "swarm")
    steps_max: int = 1_000
    starts: str = ""


@dataclass(frozen=True, slots=True)
class ComponentPlan:
    """A component that both sides export under `name`, compared call by call.

    `arguments` names a function (`package.module:function`) that returns what each argument may be. `examples`: lists of
    arguments that are tried where there are too many for all. `of` names a function of a Step of the reference and the action
    after it (None: none was taken), which returns the lists of arguments that the component is called with there.
    """

    name: str = ""
    arguments: str = ""
    of: str = ""
    examples: int = 2_000


@dataclass(frozen=True, slots=True)
class InteractionPlan:
    """What the level interaction brings together; each name is a function of the user's (`package.module:function`).

    `factors` returns a map of factor to its values; `script`, called with one value for each factor by its name, a map with the
    `actions` of an episode and, where they matter, its `start`, `seed` and `options`. Each of the `constraints` says of the
    factors that its parameters are named after whether those values may occur together. `triples`: factors all of whose
    combinations of three are covered; all of two are in any case.
    """

    factors: str = ""
    script: str = ""
    constraints: tuple[str, ...] = ()
    triples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShrinkPlan:
    """The budget of one shrink."""

    replays_max: int = 1_000
    seconds_max: float = 30.0


@dataclass(frozen=True, slots=True)
class Views:
    """Functions that turn a side's raw Step into the canonical one (`package.module:function`); "" is none."""

    reference: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True)
class Spec:
    """The contract between two sides. None for an axis of the mode means: probe."""

    mode: str = ""
    start: Start | None = None
    draws: Draws | None = None
    resync: Resync | None = None
    fields: tuple[FieldRule, ...] = ()
    known: tuple[Known, ...] = ()
    views: Views = field(default_factory=Views)
    components: tuple[ComponentPlan, ...] = ()
    laws: tuple[str, ...] = ()
    interaction: InteractionPlan = field(default_factory=InteractionPlan)
    rollout: RolloutPlan = field(default_factory=RolloutPlan)
    shrink: ShrinkPlan = field(default_factory=ShrinkPlan)
    levels: tuple[str, ...] = ("self", "rollout")
    seed: int = 0

    def rule_for(self, path: str) -> FieldRule | None:
        """Return the one rule that governs a leaf: the most literal pattern that matches, the last of equals."""
        best: FieldRule | None = None
        for rule in self.fields:
            better = best is None or rule.pattern.literal_count >= best.pattern.literal_count
            if better and rule.pattern.matches(path):
                best = rule
        return best


@dataclass(frozen=True, slots=True)
class PairSpec:
    """One `[pair.NAME]` table: the addresses of both sides, and their contract."""

    name: str
    reference: str
    target: str
    spec: Spec = field(default_factory=Spec)
