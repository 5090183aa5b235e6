"""One gymnasium VectorEnv whose autoreset is hidden: slots that begin, step, stand still and end only when told to.

A VectorEnv steps all its slots at once. Those not asked to act get a dummy action; where their state can be written they
are put back afterwards, else they are *lost*: they refuse until they begin again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import gymnasium
import numpy as np
from gymnasium.vector.utils import concatenate, create_empty_array

from equivcheck.backends.ecosystem.gymnasium_spaces import OPEN_SINGLE, action_batcher, batch_leaves, fold_seed, read_mask
from equivcheck.backends.ecosystem.gymnasium_vector_state import VectorAccess
from equivcheck.backends.local import Refused
from equivcheck.backends.plain import read_space
from equivcheck.errors import AdapterError
from equivcheck.model.paths import extend_path
from equivcheck.model.space import Discrete
from equivcheck.model.values import Array, Value

Seeder: TypeAlias = tuple[Any, VectorAccess]

FRESH, LIVE, ENDED, LOST = range(4)
WHY_NOT: Final = {
    FRESH: "the lane was not reset",
    ENDED: "the episode has ended",
    LOST: "others moved while this lane stood still, and this vector environment cannot hold a lane: reset it",
}
AUTORESETS: Final = ("next_step", "same_step", "disabled")


@dataclass(frozen=True, slots=True)
class Moment:
    """What all slots show at one moment: arrays [slots, ...] by path; those of one dimension hold scalars.

    `states`: a state tree a slot, where the state is not among the arrays. `unfinished`: slots whose episode ended without
    a final observation.
    """

    leaves: dict[str, Array]
    states: list[Value] | None = None
    unfinished: frozenset[int] = field(default_factory=frozenset)


def autoreset_of(env: Any) -> str:
    """Return `next_step`, `same_step` or `disabled`; without metadata, what this gymnasium's own environments do."""
    mode = env.metadata.get("autoreset_mode") if env.metadata else None
    if mode is not None:
        return str(mode.name).lower()
    return "same_step" if gymnasium.__version__.startswith("0.") else "next_step"


class Bank:
    """One VectorEnv.

    `seeder`: another of its kind, which is asked for starts, where `reset` takes no seed for each slot. `owned` False:
    observations are not copied when they are answered (see local.Instance).
    """

    def __init__(self, env: Any, access: VectorAccess | None, seeder: Seeder | None, owned: bool) -> None:
        self._env, self._access, self._seeder = env, access, seeder
        self._own: Callable[..., Array] = np.array if owned else np.asarray
        self._batch = action_batcher(env.single_action_space, int(env.num_envs))
        self.space = read_space(env.single_action_space)
        self.mode = autoreset_of(env)
        self.count = int(env.num_envs)
        self.status = np.full(self.count, FRESH)
        self.mask: Array | None = None
        self._over = np.zeros(self.count, bool)  # slots that a `disabled` environment wants reset before it steps
        bare = [env.unwrapped, *(one.unwrapped for one in getattr(env, "envs", ()))]
        self._seed = fold_seed if any(hasattr(one, "func_env") for one in bare) else int
        if seeder is not None:
            env.reset(seed=0)

    @property
    def shows_state(self) -> bool:
        """Whether Steps have a state: with `same_step` that of an episode's last Step is gone when it could be read."""
        return self._access is not None and self.mode != "same_step"

    def begin(self, slots: Array, seeds: Sequence[int], options: Mapping[str, Value], stated: bool) -> Moment:
        """Begin an episode in some slots; `stated`: the Moment is to have the states."""
        seeds = [self._seed(seed) for seed in seeds]
        self._over[slots] = False
        if self._seeder is not None:
            leaves = self._begin_from_seeder(self._seeder, slots, seeds, options)
        else:
            each: list[int | None] = [None] * self.count
            for slot, seed in zip(slots.tolist(), seeds, strict=True):
                each[slot] = seed
            leaves = self._begin_by_reset(slots, each, dict(options))
        self.status[slots] = LIVE
        return self._moment(leaves | self._no_flags(), stated)

    def step(self, slots: Array, actions: Array | Sequence[Value], stated: bool) -> Moment:
        """Step some slots, each with its action."""
        acting = np.zeros(self.count, bool)
        acting[slots] = True
        with self._holding((self.status == LIVE) & ~acting):
            if self._over.any() and self._seeder is None:
                self._env.reset(options={"reset_mask": self._over.copy()})
                self._over[:] = False
            obs, reward, terminated, truncated, info = self._env.step(self._batch(slots, actions))
        flags = {"terminated": np.array(terminated, bool), "truncated": np.array(truncated, bool)}
        ended = flags["terminated"] | flags["truncated"]
        leaves = self._leaves(obs) | {"reward": np.array(reward, np.float64)} | flags
        self._read_mask(info)
        over = np.flatnonzero(ended & acting).tolist()
        self.status[over] = ENDED
        unfinished = self._put_finals(leaves, info, over) if self.mode == "same_step" else frozenset()
        self._over |= ended & (self.status != LIVE) & (self.mode == "disabled")
        return self._moment(leaves, stated, unfinished)

    def load(self, slots: Array, states: Sequence[Value], stated: bool) -> Moment:
        """Put slots into states; Refused, with nothing changed, where one is no state or none can be written."""
        if self._access is None or not self.shows_state:
            raise Refused("this vector environment cannot load a state")
        leaves = self._spread(slots, self._access.write(slots, states))
        if self.mask is not None and self._access.legal is not None:
            self.mask[slots] = [read_mask(self.space, self._access.legal(slot)) for slot in slots.tolist()]
        self.status[slots] = LIVE
        self._over[slots] = False
        return self._moment(leaves | self._no_flags(), stated)

    def close(self) -> None:
        """Close the environment."""
        self._env.close()

    def _begin_from_seeder(self, seeder: Seeder, slots: Array, seeds: Sequence[int], options: Mapping[str, Value]) -> dict[str, Array]:
        assert self._access is not None
        env, access = seeder
        states = []
        for seed in seeds:
            env.reset(seed=seed, options=dict(options) or None)
            states.append(access.state(0))
        return self._spread(slots, self._access.write(slots, states))

    def _begin_by_reset(self, slots: Array, seeds: list[int | None], options: dict[str, Value]) -> dict[str, Array]:
        if self.mode == "disabled" and (self.status != FRESH).any():
            chosen = np.zeros(self.count, bool)
            chosen[slots] = True
            obs, info = self._env.reset(seed=seeds, options=options | {"reset_mask": chosen})
        else:
            others = self.status == LIVE
            others[slots] = False
            with self._holding(others):
                obs, info = self._env.reset(seed=seeds, options=options or None)
            self._over[:] = False
        self._read_mask(info)
        return self._leaves(obs)

    @contextmanager
    def _holding(self, slots: Array) -> Iterator[None]:
        """Keep these slots where they are, or declare them lost."""
        held = np.flatnonzero(slots)
        states = [self._access.state(slot) for slot in held.tolist()] if self._access is not None else []
        mask = None if self.mask is None else self.mask[held]
        yield
        if self._access is None:
            self.status[held] = LOST
        elif len(held):
            self._access.write(held, states)
            if self.mask is not None and mask is not None:
                self.mask[held] = mask

    def _no_flags(self) -> dict[str, Array]:
        return {flag: np.zeros(self.count, bool) for flag in ("terminated", "truncated")}

    def _moment(self, leaves: dict[str, Array], stated: bool, unfinished: frozenset[int] = frozenset()) -> Moment:
        if self.mask is not None:
            leaves["legal"] = self.mask.copy()
        if self._access is None or not self.shows_state or not stated:
            return Moment(leaves, None, unfinished)
        if self._access.arrays is None:
            return Moment(leaves, [self._access.state(slot) for slot in range(self.count)], unfinished)
        leaves |= {extend_path("state", key): array for key, array in self._access.arrays().items()}
        return Moment(leaves, None, unfinished)

    def _leaves(self, obs: Any) -> dict[str, Array]:
        found = batch_leaves(self._env.single_observation_space, obs)
        return {path: self._own(array) for path, array in found.items()}

    def _spread(self, slots: Array, observations: Sequence[Any]) -> dict[str, Array]:
        """Return single observations as arrays over all slots, zeros where there is none."""
        spread: dict[str, Array] = {}
        for path, values in self._stack(observations).items():
            spread[path] = np.zeros((self.count, *values.shape[1:]), values.dtype)
            spread[path][slots] = values
        return spread

    def _stack(self, observations: Sequence[Any]) -> dict[str, Array]:
        """Return single observations as arrays [observations, ...] by path."""
        space = self._env.single_observation_space
        blank: Any = create_empty_array(space, len(observations))
        return batch_leaves(space, concatenate(space, list(observations), blank))

    def _put_finals(self, leaves: dict[str, Array], info: Mapping[str, Any], slots: Sequence[int]) -> frozenset[int]:
        """Put the final observations, which `same_step` hands out beside the next starts, where they belong."""
        finals = info.get("final_obs", info.get("final_observation"))
        unfinished = [slot for slot in slots if finals is None or finals[slot] is None]
        given = [slot for slot in slots if slot not in unfinished]
        for path, values in self._stack([finals[slot] for slot in given]).items() if given else ():
            leaves[path][given] = values
        if self.mask is not None and "final_info" in info:
            last = info["final_info"]
            for slot in slots:
                mask = last["action_mask"][slot] if isinstance(last, Mapping) else last[slot]["action_mask"]
                self.mask[slot] = read_mask(self.space, mask)
        return frozenset(unfinished)

    def _read_mask(self, info: Mapping[str, Any]) -> None:
        if "action_mask" not in info:
            return
        if not isinstance(self.space, Discrete):
            raise AdapterError(f"an action_mask over {self.space} cannot be read from a vector environment", hint=OPEN_SINGLE)
        if self.mask is None:
            self.mask = np.zeros((self.count, self.space.n), bool)
        for slot in np.flatnonzero(info["_action_mask"]).tolist():
            self.mask[slot] = read_mask(self.space, info["action_mask"][slot])
