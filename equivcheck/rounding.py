"""How far a single step is off when both sides begin it from equal states, and how much of that rounding explains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from equivcheck.model.columns import Column, unflatten
from equivcheck.model.implied import states_of, with_runs, with_tapes
from equivcheck.model.paths import field_of
from equivcheck.model.request import FULL
from equivcheck.model.script import Episode, Script
from equivcheck.model.spec import Spec
from equivcheck.model.trace import Trace
from equivcheck.model.values import Array, Value, flatten
from equivcheck.pair import Pair, Played
from equivcheck.playback import play_fresh, play_from_each_state

_ULPS = 8  # by which a state is moved, to see what rounding may come to in a step
_MOVES = 4  # for each Step, in random directions
_STEPS_MOVED_MAX = 64
_FIELDS = ("state", "obs", "reward", "terminated", "truncated")


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """A numeric leaf after each single step, f64[rows, width] of either side; row 0 is how the episode begins.

    `epsilon` is the distance from 1 to the next number in the precision computed in, 0 for whole numbers; `noise` what rounding explains.
    """

    path: str
    reference: Array
    target: Array
    epsilon: float
    noise: Array

    @property
    def error(self) -> Array:
        """f64[rows, width]: |reference - target|, 0 where either is no number."""
        return np.asarray(np.nan_to_num(np.abs(self.reference - self.target), nan=0.0, posinf=0.0))

    @property
    def excess(self) -> Array:
        """f64[rows, width]: how many times what rounding explains, inf where that is nothing."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(self.error > 0, self.error / self.noise, 0.0))

    @property
    def ulps(self) -> Array:
        """f64[rows, width]: the error in ulps of a number of the usual size of this leaf; nan for whole numbers."""
        size = np.maximum(np.abs(self.reference), np.median(np.abs(self.reference), axis=0))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(self.error / (self.epsilon * np.exp2(np.floor(np.log2(size)))))


@dataclass(frozen=True, slots=True, eq=False)
class _Singles:
    """One episode of the reference, and what the target makes of each of its actions from the reference's state before it."""

    episode: Episode
    states: Sequence[Value]
    reference: Trace
    target: Trace
    began: Trace  # the target's own


def measure_single_steps(pair: Pair, played: Played, count: int) -> list[Leaf] | None:
    """Return the leaves that the Spec compares in the first `count` Steps of the last episode played.

    Rounding is what the target makes of the same state moved by a few ulps, so that cancellation and stiffness count as what they
    are, and at least a few ulps of the leaf itself. None where the target cannot load, or the reference does not show its states.
    """
    singles = _play_single_steps(pair, played, count)
    leaves = [] if singles is None else _leaves(singles, pair.spec)
    return None if singles is None else _with_moved_states(pair, singles, leaves) if leaves else []


def _play_single_steps(pair: Pair, played: Played, count: int) -> _Singles | None:
    taped = with_tapes(played.reference.scripts, played.reference) if pair.mode.draws == "tape" else played.reference.scripts
    if taped is None or "load" not in pair.target.backend.greeting.capabilities:
        return None
    episode = taped[0].episodes[-1]
    reference, began = (_last_episode(trace, episode, count) for trace in (played.reference, played.target))
    states = states_of(reference)
    if states is None:
        return None
    target = play_from_each_state(pair.target.backend, reference.scripts, reference, states, FULL)
    return _Singles(episode, states, reference, target, began)


def _last_episode(trace: Trace, episode: Episode, count: int) -> Trace:
    own = with_runs(trace, [replace(trace.runs[-1], count=min(count, trace.runs[-1].count))])
    return replace(own, scripts=(Script((episode,)),), runs=(replace(own.runs[0], script=0, episode=0),), ends=())


def _leaves(singles: _Singles, spec: Spec) -> list[Leaf]:
    """Return every numeric leaf that is compared, with the rounding of its own value as noise."""
    pairs: dict[str, tuple[Array, Array]] = {}
    count = min(singles.reference.step_count, singles.target.step_count)
    for path in singles.reference.columns:
        columns = [trace.columns.get(path) for trace in (singles.reference, singles.target, singles.began)]
        a, b, began = (_numbers(column, count) for column in columns)
        if a is None or b is None or a.shape != b.shape or not _is_judged(path, spec):
            continue
        pairs[path] = a, b if began is None or began.shape[1:] != b.shape[1:] else np.concatenate([began[:1], b[1:]])
    narrowest = max((_epsilon(side) for path, both in pairs.items() if field_of(path) == "state" for side in both), default=0.0)
    leaves = []
    for path, (a, b) in pairs.items():
        epsilon = max(narrowest, _epsilon(a), _epsilon(b)) if "f" in a.dtype.kind + b.dtype.kind else 0.0
        size = np.abs(b.astype(np.float64))
        noise = _ULPS * epsilon * np.maximum(size, np.median(size, axis=0))
        leaves.append(Leaf(path, a.astype(np.float64), b.astype(np.float64), epsilon, noise))
    return leaves


def _is_judged(path: str, spec: Spec) -> bool:
    rule = spec.rule_for(path)
    known = any(entry.pattern.matches(path) for entry in spec.known)
    return field_of(path) in _FIELDS and not known and (rule is None or not (rule.ignore or rule.alias))


def _numbers(column: Column | None, count: int) -> Array | None:
    """Return the first rows of a typed numeric column as [rows, width]."""
    if column is None or isinstance(column.values, list) or column.values.dtype.kind not in "biuf":
        return None
    return column.values[:count].reshape(min(count, len(column)), -1)


def _epsilon(values: Array) -> float:
    """Return the precision that floats were computed in, as far as they show it: wide numbers may all be such as a narrower dtype holds."""
    if values.dtype.kind != "f":
        return 0.0
    with np.errstate(over="ignore"):
        single = values.dtype == np.float64 and np.array_equal(values.astype(np.float32), values)
        simple = np.array_equal(values.astype(np.float16), values)  # halves and the like, which every dtype holds
    return float(np.finfo(np.float32 if single and not simple else values.dtype).eps)


def _with_moved_states(pair: Pair, singles: _Singles, leaves: Sequence[Leaf]) -> list[Leaf]:
    """Return the leaves with what comes of moved states as noise too, in Step 0 and those Steps that look worst."""
    looks = np.max([leaf.excess.max(axis=1, initial=0.0) for leaf in leaves], axis=0)
    rows = np.sort(1 + np.argsort(-looks[1:], kind="stable")[:_STEPS_MOVED_MAX])
    sizes = {leaf.path: (leaf.epsilon, np.median(np.abs(leaf.target), axis=0)) for leaf in leaves}
    rng = np.random.default_rng(0)
    scripts = [Script(tuple(_moved(singles, int(row), sizes, rng) for _ in range(_MOVES))) for row in rows]
    answers = play_fresh(pair.target.backend, scripts, FULL)
    ends = [(int(rows[run.script]), run.first + 1) for run in answers.runs if run.count == 2]
    after, moved = np.array(ends, np.int64).reshape(-1, 2).T
    kept = np.concatenate([[0], rows])
    noisy = []
    for leaf in leaves:
        values, noise = _numbers(answers.columns.get(leaf.path), answers.step_count), leaf.noise.copy()
        if values is not None and values.shape[1:] == noise.shape[1:]:
            apart = np.abs(values[moved].astype(np.float64) - leaf.target[after])
            np.maximum.at(noise, after, np.nan_to_num(apart, nan=0.0, posinf=0.0))
        noisy.append(Leaf(leaf.path, leaf.reference[kept], leaf.target[kept], leaf.epsilon, noise[kept]))
    return noisy


def _moved(singles: _Singles, row: int, sizes: Mapping[str, tuple[float, Array]], rng: np.random.Generator) -> Episode:
    """Return the episode of the action before a row, from a state whose floats are moved up or down by some ulps."""
    leaves = flatten(singles.states[row - 1], "state")
    for path, leaf in leaves.items():
        array = np.asarray(leaf)
        if array.dtype.kind != "f" or not (isinstance(leaf, (float, np.ndarray))):
            continue
        epsilon, usual = sizes.get(path, (_epsilon(array), np.zeros(array.size)))
        size = np.maximum(np.abs(array), usual.reshape(array.shape) if usual.size == array.size else 0.0)
        moved = (array + rng.choice([-1.0, 1.0], array.shape) * _ULPS * epsilon * size).astype(array.dtype)
        leaves[path] = moved if isinstance(leaf, np.ndarray) else float(moved)
    draws = None if singles.episode.draws is None else ([], *singles.episode.draws[row : row + 1])
    actions = singles.episode.actions[row - 1 : row]
    return replace(singles.episode, start=unflatten(leaves)["state"], actions=actions, draws=draws)
