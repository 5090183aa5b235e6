"""Playing a finding again: on which pair, and how it shows there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from equivcheck.backends.given import load_object
from equivcheck.backends.opening import Opening, law_named
from equivcheck.backends.variants import VARIANTS
from equivcheck.findings import Finding
from equivcheck.levels.calls import calling
from equivcheck.levels.property import judging
from equivcheck.levels.selfcheck import against_itself
from equivcheck.localisation import first_evidence, same_divergence
from equivcheck.model.verdict import Counterexample
from equivcheck.pair import Pair, Side
from equivcheck.probing import find_setup


@contextmanager
def played_as(finding: Finding, pair: Pair) -> Iterator[Pair | None]:
    """Hold the pair on which a finding shows what it showed: this one, its target against itself, a component, or a law; None for none."""
    start, _, rest = finding.target.partition(":")
    variant, _, address = rest.partition(":")
    called = (f"call:{variant}:{pair.reference.address}", f"call:{variant}:{pair.target.address}")
    if start == "self" and variant in VARIANTS and finding.reference == address == pair.target.address:
        twin = against_itself(pair, variant)
        try:
            yield twin
        finally:
            twin.close()
    elif start == "call" and (finding.reference, finding.target) == called:
        yield calling(pair, variant)
    elif start == "law":
        role = next((role for role in ("reference", "target") if finding.target.endswith(f":checked:{getattr(pair, role).address}")), None)
        name = rest.partition(":checked:")[0]
        yield judging(pair, role, name, law_named(name, pair.reference.opening.folder)) if role else None
    elif (finding.reference, finding.target, finding.mode) == (pair.reference.address, pair.target.address, pair.mode):
        yield replace(pair, starts=())
    else:
        yield None


def replay_on(finding: Finding, pair: Pair) -> Counterexample | None:
    """Play a finding's script on a pair; return how it still shows, None where it does not.

    Raises: AdapterError where a side cannot be played.
    """
    if finding.wanted.kind == "setup":
        return find_setup(pair)
    played = pair.play([finding.script])
    divergence = same_divergence(played.comparison, 0, finding.wanted) or next(iter(played.comparison.divergences), None)
    if divergence is None:
        return None
    return replace(first_evidence(pair.name, played, divergence), recurrence=(1, 1), cluster=finding.cluster)


def pair_of(finding: Finding, opening: Opening, reference: str = "", target: str = "") -> Pair:
    """Return the pair that a finding is about, with other sides where they are given."""
    views = finding.spec.views
    sides = [
        open_side(given or own, view, opening)
        for given, own, view in ((reference, finding.reference, views.reference), (target, finding.target, views.target))
    ]
    return Pair(finding.pair, sides[0], sides[1], finding.spec, finding.mode)


def open_side(address: str, view: str, opening: Opening) -> Side:
    """Return a side, not yet opened, with the view that a Spec names, "" for none. Raises: AdapterError where there is no such view."""
    return Side(address, opening, load_object(view, opening.folder) if view else None)
