"""After an episode's first divergence: both sides go on from the reference's state there, so that one run finds every cause."""

from __future__ import annotations

from dataclasses import dataclass

from equivcheck.levels.gathering import Gathering
from equivcheck.model.divergence import Divergence
from equivcheck.model.script import Episode, Script
from equivcheck.model.values import Value
from equivcheck.pair import Pair, Played

_SCRIPTS_MAX = 32  # that go on at once
_ROUNDS_MAX = 6
_ALL_MAX = 128  # in one level
_ACTIONS_MAX = 50  # of each
_CONTROLS_MAX = 8


@dataclass(slots=True)
class Resuming:
    """What is behind the first divergences of a level. `left`: how many scripts may still go on."""

    gathering: Gathering
    left: int = _ALL_MAX

    def go_on(self, pair: Pair, played: Played) -> None:
        """Let the episodes that parted go on, again and again while that shows new findings.

        Only where both sides go on from a state that the reference showed as they came to it: what has parted by then, and nothing
        else, is tried from one first.
        """
        if not self.left or pair.mode.resync == "each_step" or not played.comparison.divergences or not pair.can_jump:
            return
        scripts = self._rests(played)
        if not scripts:
            return
        faithful = _is_faithful(pair, played)
        if faithful is None:
            return
        if not faithful:
            self.left = 0
            self.gathering.notes.append("what lies behind the first divergence of an episode was not looked at: a side forgets by a load")
            return
        steps, found = 0, 0
        for _ in range(_ROUNDS_MAX):
            if not scripts:
                break
            self.left -= len(scripts)
            played = pair.play(scripts)
            steps += played.reference.step_count - len(played.reference.runs)
            new = self.gathering.note(pair, played, beyond=True)
            found += new
            if not new:
                break
            scripts = self._rests(played)
        words = f"after first divergences the target took the reference's state and went on for {steps:,} steps"
        self.gathering.notes.append(f"{words}: {found} more clusters" if found else f"{words}: nothing new")

    def _rests(self, played: Played) -> list[Script]:
        """Return, for the episodes that parted, what follows the reference's state there."""
        rests = (_rest(played, divergence, divergence.step_index, _ACTIONS_MAX) for divergence in played.comparison.divergences)
        return [rest for rest in rests if rest is not None][: min(_SCRIPTS_MAX, self.left)]


def _rest(played: Played, divergence: Divergence, at: int, count: int) -> Script | None:
    """Return the episode of a divergence from Step `at` on, for so many actions; None where nothing follows, or no state is shown."""
    run = played.reference.run_of(divergence.script, divergence.episode)
    if run is None or at >= run.count:
        return None
    episode = played.reference.scripts[divergence.script].episodes[divergence.episode]
    actions = episode.actions[at : min(at + count, run.count - 1)]
    state: Value = played.reference.step(run.first + at, ("state",)).get("state")
    if not actions or state is None:
        return None
    return Script((Episode(episode.seed, actions, episode.options, state),))


def _is_faithful(pair: Pair, played: Played) -> bool | None:
    """Return whether what led to first divergences shows the same, and nothing before, begun halfway; None where nothing led to them."""
    controls = []
    for divergence in played.comparison.divergences[:_CONTROLS_MAX]:
        at = divergence.step_index // 2
        script = _rest(played, divergence, at, divergence.step_index - at)
        if script is not None:
            controls.append((script, divergence.step_index - at, divergence))
    if not controls:
        return None
    seen = {each.script: each for each in pair.play([script for script, _, _ in controls]).comparison.divergences}
    return all(
        number in seen and (seen[number].step_index, seen[number].cluster) == (steps, divergence.cluster)
        for number, (_, steps, divergence) in enumerate(controls)
    )
