"""What a side says of itself, and what it can be asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from equivcheck.model.script import Episode, Script
from equivcheck.model.space import Space

Detail: TypeAlias = Literal["full", "digest", "bare"]

CAPABILITIES = ("load", "snapshot", "call", "tape", "eager", "x64")
MANNER = "EQUIVCHECK_MANNER"  # the variable that tells a program in which manner it is to play
BARE_FIELDS = ("obs", "reward", "terminated", "truncated", "legal")


@dataclass(frozen=True, slots=True)
class FieldDeclaration:
    """What a leaf is, by its path (or a pattern over paths, for leaves that come and go).

    `kind` is that of `values.kind_of`; `dtype` and `shape` are those of an array, empty for a scalar.
    `optional`: not every Step has it (a reward, which Step 0 lacks, is never called optional for that).
    """

    kind: str
    dtype: str = ""
    shape: tuple[int, ...] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Greeting:
    """How a side introduces itself.

    `actions` is None where the side did not say. With `agents`, `actions` is a DictSpace with one space an agent.
    `fields` is empty where the side declares none (its Steps then speak for themselves). `lanes` is how many
    instances it plays best side by side (1: no gain from more), `components` what `call` accepts. `scripts` are all that a
    recording plays, beside what begins them and what goes on from a state in them; empty where a side plays any.
    """

    name: str
    version: str = ""
    environment: str = ""
    environments: tuple[str, ...] = ()
    actions: Space | None = None
    agents: tuple[str, ...] = ()
    fields: Mapping[str, FieldDeclaration] = field(default_factory=dict)
    capabilities: frozenset[str] = frozenset()
    components: tuple[str, ...] = ()
    lanes: int = 1
    scripts: tuple[Script, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ask:
    """How much of each Step is wanted.

    `full`: everything. `bare`: BARE_FIELDS only. `digest`: everything, but the leaves at the paths in `digested` are replaced
    by one 64-bit digest a Step, in the column `digest`.
    """

    detail: Detail = "full"
    digested: tuple[str, ...] = ()


FULL = Ask()


@dataclass(frozen=True, slots=True)
class Roll:
    """Episodes to be played with uniformly chosen actions, one after another on one lane.

    `episodes` have no actions; `choosers` are the SplitMix64 seeds of the choices, one an episode; `spaces`, one an
    episode, are drawn from in place of the declared space (None: the declared one); an episode is cut after `steps_max` actions.
    """

    episodes: tuple[Episode, ...]
    choosers: tuple[int, ...]
    steps_max: int
    spaces: tuple[Space | None, ...] = ()
