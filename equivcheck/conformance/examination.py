"""One side, judged by the laws."""

from __future__ import annotations

from dataclasses import dataclass

from equivcheck.backends.interface import Backend
from equivcheck.conformance.laws import LAWS, STEPS_MAX, NotApplicable, Subject
from equivcheck.errors import AdapterError, ProtocolError
from equivcheck.generation import make_roll
from equivcheck.model.request import FULL
from equivcheck.model.script import Episode
from equivcheck.playback import roll_fresh


@dataclass(frozen=True, slots=True)
class Judgement:
    """One law on one side. `complaint` is empty where it holds, None where it does not apply for `reason`."""

    law: str
    complaint: str | None
    reason: str = ""

    @property
    def sentence(self) -> str:
        """The law in words."""
        return self.law.replace("_", " ")


def examine(backend: Backend, *, quickly: bool = False) -> list[Judgement]:
    """Judge a side by every law, or by those that take a moment. Raises: AdapterError where it cannot be played at all."""
    subject = _subject(backend)
    judgements = []
    for name, (law, is_quick) in LAWS.items():
        if is_quick or not quickly:
            try:
                judgements.append(Judgement(name, law(subject)))
            except NotApplicable as error:
                judgements.append(Judgement(name, None, str(error)))
    return judgements


def check_quickly(backend: Backend) -> list[str]:
    """Return, in words, the quick laws that a side breaks; a recording answers to none of them."""
    if backend.greeting.scripts:
        return []
    try:
        return [f"{one.sentence}: {one.complaint}" for one in examine(backend, quickly=True) if one.complaint]
    except (AdapterError, ProtocolError) as error:
        return [f"the laws could not be tried: {error}"]


def _subject(backend: Backend) -> Subject:
    space = backend.greeting.actions
    if space is None:
        raise AdapterError(f"{backend.greeting.name} does not say what its actions are", hint="declare an action space")
    episodes = tuple(Episode(seed) for seed in (0, 1, 2**63 + 5))
    rolled = roll_fresh(backend, [make_roll("uniform", space, episodes, STEPS_MAX)], FULL)
    if not rolled.step_count:
        words = rolled.ends[0].words if rolled.ends else "no words"
        raise AdapterError(f"{backend.greeting.name} gave no Step at all: {words}")
    return Subject(backend, rolled, space)
