"""Interaction (L2): short scripts, each built from one value of every factor, that bring all pairs and some triples of them together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from equivcheck.errors import AdapterError
from equivcheck.generation import shuffled
from equivcheck.levels.batches import play_batches, scripted_batches
from equivcheck.levels.covering import Combination, Covering, cover, held_by
from equivcheck.levels.factors import Declared
from equivcheck.levels.gathering import Gathering
from equivcheck.localisation import Found
from equivcheck.model.phrases import counted
from equivcheck.model.script import Script
from equivcheck.model.verdict import Counterexample, Outcome, Verdict
from equivcheck.pair import Budget, Pair, Played

_SHOWN_MAX = 5


def check_interaction(pair: Pair, budget: Budget, found: Found) -> Verdict:
    """Play the scripts that cover what the Spec's factors make possible. Raises: AdapterError where it declares none, or one fails."""
    began = budget.clock()
    plan = pair.spec.interaction
    if not plan.factors:
        hint = "declare them in [pair.NAME.interaction]: docs/levels.md"
        raise AdapterError("the contract says nothing of what interacts", hint=hint)
    declared = Declared.read(plan, pair.reference.opening.folder)
    covering = cover(declared.factors, lambda done, total: budget.progress("interaction, covering", done, total))
    covering = replace(covering, assignments=shuffled(covering.assignments, budget.seed))  # so that whatever is wrong comes up soon
    scripts = [declared.script(assignment) for assignment in covering.assignments]
    gathering, seen = Gathering("interaction", found), _Seen()
    built = [(index, script) for index, script in enumerate(scripts) if script is not None]
    seen.order = [index for index, _ in built]
    batches = scripted_batches((script for _, script in built), lambda played: seen.take(pair, played))
    play_batches(pair, "scripts", batches, len(built), budget, gathering, None)
    covered = {each for index in seen.whole for each in held_by(covering.assignments[index], plan.triples)}
    left = [declared.words(each) for each in sorted(covering.possible - covered)]
    gathering.notes += _notes(declared, covering, seen, len(scripts) - len(built))
    gathering.coverage.impossible = tuple(declared.words(each) for each in covering.impossible)
    kinds = "pairs and triples" if plan.triples else "pairs"
    bound = f"all {len(covering.possible):,} {kinds} of values that may occur together, in {counted(len(scripts), 'script')}"
    verdict = gathering.conclude(budget, bound, budget.clock() - began)
    told = tuple(replace(one, depends=(*one.depends, *_explain(pair, one, declared, covering, seen))) for one in verdict.counterexamples)
    if verdict.outcome is Outcome.EQUIVALENT and left:
        reason = f"{counted(len(left), 'combination')} of values came into no script that was played to its end: {_some(left)}"
        return replace(verdict, outcome=Outcome.INCONCLUSIVE, reason=reason, bound="")
    return replace(verdict, counterexamples=told)


@dataclass(slots=True)
class _Seen:
    """What became of the scripts: `whole`, those that both sides played; `short`, those of them that ended before their last
    action; `parted`, by cluster. All by the numbers of their assignments, which `order` has in the order of play.
    """

    order: Sequence[int] = ()
    whole: list[int] = field(default_factory=list)
    short: int = 0
    parted: dict[tuple[str, ...], set[int]] = field(default_factory=dict)
    _done: int = 0

    def take(self, pair: Pair, played: Played) -> None:
        """Add the scripts of a batch, which come in the order of play."""
        numbers = self.order[self._done : self._done + len(played.reference.scripts)]
        self._done += len(numbers)
        given_up = {end.script for trace in (played.reference, played.target) for end in trace.ends}
        steps = {run.script: run.count - 1 for run in played.reference.runs}
        wanted = [script.action_count for script in played.reference.scripts]
        for script, number in enumerate(numbers):
            if script not in given_up and steps.get(script, 0):
                self.whole.append(number)
                self.short += steps[script] < wanted[script]
        for divergence in played.comparison.divergences:
            self.parted.setdefault((pair.name, *divergence.cluster), set()).add(numbers[divergence.script])


def _explain(pair: Pair, one: Counterexample, declared: Declared, covering: Covering, seen: _Seen) -> list[str]:
    """Return on which factors a finding depends: each is given all of its other values, the rest staying as first found."""
    parted = seen.parted.get((one.name, *one.divergence.cluster))
    if not parted:
        return []
    base = covering.assignments[min(parted)]
    variants: list[tuple[str, int, Script]] = []
    for name, size in declared.factors.sizes.items():
        others = ({**base, name: index} for index in range(size) if index != base[name])
        possible = [each for each in others if all(constraint.permits(each) for constraint in declared.constraints)]
        built = ((each[name], declared.script(each)) for each in possible)
        variants += [(name, index, script) for index, script in built if script is not None]
    played = pair.play([script for _, _, script in variants])
    same = {each.script for each in played.comparison.divergences if each.cluster == one.divergence.cluster}
    needed, spared = [], []
    for name in base:
        tried = [number for number, variant in enumerate(variants) if variant[0] == name]
        showing = [declared.words(((name, variants[number][1]),)) for number in tried if number in same]
        if tried and len(showing) == len(tried):
            spared.append(f"{name} ({counted(len(tried), 'other value')} tried)")
        else:
            needed.append(declared.words(((name, base[name]),)) + (f" (or {_some(showing, 3)})" if showing else ""))
    told = [f"on {' & '.join(needed)}"] if needed else []
    return [*told, f"not on {', '.join(spared)}"] if spared else told


def _notes(declared: Declared, covering: Covering, seen: _Seen, unbuilt: int) -> list[str]:
    """Return what the report says beside the verdict."""
    notes = ["an episode here is one script; factors: " + ", ".join(f"{name} ({size})" for name, size in declared.factors.sizes.items())]
    if covering.impossible:
        groups: dict[tuple[str, ...], list[Combination]] = {}
        for each in covering.impossible:
            groups.setdefault(tuple(name for name, _ in each), []).append(each)
        told = [
            f"{len(each):,} of {' & '.join(names)} ({declared.words(each[0])}{', ...' * (len(each) > 1)})" for names, each in groups.items()
        ]
        notes.append(f"may not occur together, by the constraints: {_some(told)}")
    if unbuilt:
        notes.append(f"{declared.plan.script!r} made no script of {counted(unbuilt, 'assignment')}: say in a constraint which cannot be")
    if seen.short:
        notes.append(f"{counted(seen.short, 'script')} ended before the last action")
    return notes


def _some(words: Sequence[str], most: int = _SHOWN_MAX) -> str:
    return "; ".join(words[:most]) + (f"; and {len(words) - most:,} more" if len(words) > most else "")
