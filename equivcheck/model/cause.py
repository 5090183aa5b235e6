"""What is behind a finding: rounding or a wrong rule, and whose fault it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Suspect: TypeAlias = Literal["reference adapter", "target adapter", "draw recorder", "view", "port"]


@dataclass(frozen=True, slots=True)
class Nature:
    """Whether an error drifted, as rounding does, or came of a defect; `word` is empty where neither can be said.

    `path` is the leaf whose one-step error from equal states, `error` or `ulps` of the narrower dtype, is largest beside `noise`: what
    rounding explains there. All three are None where no state can be loaded, `steps` being how many were judged else. `growth`: the
    factor by which the error grew each step, None where it did not grow exponentially.
    """

    word: Literal["drift", "defect", ""]
    sentence: str
    path: str = ""
    error: float | None = None
    ulps: float | None = None
    noise: float | None = None
    growth: float | None = None
    steps: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """Whose fault a finding is: what says so, and which checks of the other suspects held."""

    suspect: Suspect
    evidence: tuple[str, ...]
    held: tuple[str, ...] = ()
