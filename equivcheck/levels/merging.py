"""Findings that prove to be one cause once they are shrunk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from equivcheck.model.divergence import cluster_of
from equivcheck.model.script import same_script
from equivcheck.model.values import same_value
from equivcheck.model.verdict import Counterexample


def by_cause(counterexamples: Sequence[Counterexample]) -> list[list[Counterexample]]:
    """Return the counterexamples in groups of one cause each, in order."""
    causes: list[list[Counterexample]] = []
    for one in counterexamples:
        cause = next((cause for cause in causes if any(_alike(one, other) for other in cause)), None)
        if cause is None:
            causes.append([one])
        else:
            cause.append(one)
    return causes


def joined(cause: Sequence[Counterexample], together: int) -> Counterexample:
    """Return the one of a cause that shows the most leaves, the leaf that most episodes part in leading; `together`: in how many."""
    first, widest = cause[0], max(cause, key=lambda one: len(_shown(one)))
    differences = sorted(widest.divergence.differences, key=lambda one: cluster_of(one) != first.divergence.cluster[:2])
    divergence = replace(widest.divergence, differences=tuple(differences))
    parts: dict[str, int] = {}
    for one in cause:
        parts[one.divergence.cluster[0]] = parts.get(one.divergence.cluster[0], 0) + one.cluster_count
    clusters = tuple(parts.items()) if len(parts) > 1 else ()
    return replace(widest, divergence=divergence, cluster_count=together, clusters=clusters, cluster=first.cluster)


def covers(one: Counterexample, cluster: tuple[str, ...]) -> bool:
    """Return whether a shrunk finding shows itself after the last action of another cluster too, which is the same in all else."""
    return one.cluster[:-1] == cluster[:-1] and cluster[-1] in one.alike


def _alike(one: Counterexample, other: Counterexample) -> bool:
    """Return whether two show one cause: the same script, the same leaves, or all leaves of the one after the same last action."""
    if one.shrink is None or other.shrink is None or one.name != other.name:
        return False
    if same_script(one.script, other.script):
        return True
    if one.cluster[-1:] != other.cluster[-1:] and not covers(one, other.cluster) and not covers(other, one.cluster):
        return False
    leaves = [{(d.path, d.kind) for d in each.divergence.differences} for each in (one, other)]
    if leaves[0] == leaves[1]:
        return True
    sizes = [(len(each.script.episodes), each.script.action_count) for each in (one, other)]
    last = [list(each.script.episodes[-1].actions[-1:]) for each in (one, other)]
    nested = _shown(one) <= _shown(other) or _shown(one) >= _shown(other)
    return nested and sizes[0] == sizes[1] and same_value(last[0], last[1])


def _shown(one: Counterexample) -> set[tuple[str, str]]:
    return {cluster_of(difference) for difference in one.divergence.differences}
