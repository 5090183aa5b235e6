"""After an episode's first divergence: the target takes the reference's state before each step, so that one run finds every cause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from equivcheck.levels.gathering import Gathering
from equivcheck.localisation import last_action
from equivcheck.model.divergence import Divergence
from equivcheck.model.implied import with_runs
from equivcheck.model.script import Episode, Script
from equivcheck.model.trace import Trace
from equivcheck.pair import Pair, Played

_EPISODES_MAX = 16  # of one batch
_STEPS_MAX = 100  # behind the first divergence of each
_BATCHES_MAX = 4  # of one level
_SCRIPTS_MAX = 32


@dataclass(slots=True)
class Resuming:
    """What is behind the first divergences of a level. `left`: in how many batches it is still looked for."""

    gathering: Gathering
    left: int = _BATCHES_MAX

    def go_on(self, pair: Pair, played: Played) -> None:
        """Let the target go on in the episodes that parted, and note what else parts there.

        Every step is played from the reference's state before it. Nothing is noted where the steps up to the first divergence show
        something else in that way than they did: then a state that is loaded is not all there is.
        """
        if not self.left or pair.mode.resync == "each_step" or not pair.can_jump or not played.comparison.divergences:
            return
        firsts = {(one.script, one.episode): one for one in played.comparison.divergences[:_EPISODES_MAX]}
        trace = _cut(played.reference, firsts)
        singly = pair.step_singly(trace) if trace.runs else None
        if singly is None:
            return
        self.left -= 1
        expected = _earliest([one for one in firsts.values() if one.step_index])
        seen = _earliest(singly.divergences)
        if any(episode in seen and seen[episode][0] <= first[0] and seen[episode] != first for episode, first in expected.items()):
            self.left = 0
            self.gathering.notes.append("what lies behind first divergences was not looked at: the state does not hold all that matters")
            return
        same = {episode for episode, first in expected.items() if seen.get(episode) == first}  # in the others errors have added up
        self.gathering.steps_resumed += sum(run.count - 1 for run in trace.runs if (run.script, run.episode) in same)
        told = replace(played, reference=trace, comparison=singly)
        scripts: dict[tuple[str, ...], Script] = {}
        for one in singly.divergences:
            key = (pair.name, *one.cluster, last_action(pair, told, one))
            is_behind = (one.script, one.episode) in same and one.step_index > firsts[one.script, one.episode].step_index
            if is_behind and key not in self.gathering.raw and len(scripts) < _SCRIPTS_MAX:
                scripts.setdefault(key, _one_step(trace, one))
        if scripts:
            self.gathering.note(pair, pair.play(list(scripts.values())), beyond=True)


def _cut(trace: Trace, firsts: dict[tuple[int, int], Divergence]) -> Trace:
    """Return the episodes that parted, each up to some steps behind its first divergence."""
    runs = [run for run in trace.runs if (run.script, run.episode) in firsts]
    cut = [replace(run, count=min(run.count, firsts[run.script, run.episode].step_index + 1 + _STEPS_MAX)) for run in runs]
    return replace(with_runs(trace, cut), ends=())


def _earliest(divergences: Sequence[Divergence]) -> dict[tuple[int, int], tuple[int, tuple[str, ...]]]:
    """Return the step and the cluster of the earliest divergence of each episode."""
    latest_first = sorted(divergences, key=lambda one: -one.step_index)
    return {(one.script, one.episode): (one.step_index, one.cluster) for one in latest_first}


def _one_step(trace: Trace, divergence: Divergence) -> Script:
    """Return the step of a divergence as a script of its own, from the reference's state before it."""
    run = trace.run_of(divergence.script, divergence.episode)
    assert run is not None
    episode = trace.scripts[divergence.script].episodes[divergence.episode]
    state = trace.step(run.first + divergence.step_index - 1, ("state",))["state"]
    return Script((Episode(episode.seed, episode.actions[divergence.step_index - 1 : divergence.step_index], episode.options, state),))
