"""The autoresets of vector environments, unrolled into episodes, against single environments that load each start."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

gymnasium = pytest.importorskip("gymnasium")
if not hasattr(gymnasium.vector, "AutoresetMode"):
    pytest.skip("autoreset modes came with gymnasium 1.1", allow_module_level=True)

from gymnasium.envs.classic_control.cartpole import CartPoleVectorEnv  # noqa: E402
from gymnasium.vector import AutoresetMode, SyncVectorEnv  # noqa: E402

from equivcheck.backends.ecosystem.gymnasium import open_gymnasium  # noqa: E402
from equivcheck.backends.ecosystem.gymnasium_bank import autoreset_of  # noqa: E402
from equivcheck.backends.ecosystem.gymnasium_vector_state import find_vector_access  # noqa: E402
from equivcheck.errors import AdapterError  # noqa: E402
from equivcheck.model.request import Ask  # noqa: E402
from equivcheck.model.script import Episode, Script  # noqa: E402
from equivcheck.model.values import same_value  # noqa: E402
from equivcheck.protocol.sampling import SplitMix64  # noqa: E402

SEED, SLOTS, TICKS, LIMIT = 3, 4, 150, 25  # the limit is low, so that episodes are truncated as well


def unroll(env: Any, ticks: int = TICKS) -> list[list[dict[str, Any]]]:
    """Step a vector environment with random actions through its own autoresets.

    Returns the episodes of each slot: `start`, the state after the reset with a clock that begins anew, `actions`, and `steps`,
    obs, reward and both flags as a single environment would have shown them.
    """
    access, mode = find_vector_access(env.unwrapped), autoreset_of(env)
    assert access is not None
    obs, _ = env.reset(seed=SEED)
    rngs = [SplitMix64(slot) for slot in range(SLOTS)]
    slots: list[list[dict[str, Any]]] = [[] for _ in range(SLOTS)]

    def begin(slot: int, seen: Any, **flags: Any) -> None:
        start = {**access.state(slot), "elapsed": 0}
        slots[slot].append({"start": start, "actions": [], "steps": [{"obs": np.array(seen), **flags}]})

    for slot in range(SLOTS):
        begin(slot, obs[slot], terminated=False, truncated=False)
    ended = np.zeros(SLOTS, bool)
    for _ in range(ticks):
        actions = [rng.below(2) for rng in rngs]
        obs, rewards, terminated, truncated, info = env.step(np.array(actions))
        before, ended = ended, terminated | truncated
        for slot in range(SLOTS):
            flags = {"terminated": bool(terminated[slot]), "truncated": bool(truncated[slot])}
            if mode == "next_step" and before[slot]:
                begin(slot, obs[slot], **flags)
                continue
            shown = info["final_obs"][slot] if mode == "same_step" and ended[slot] else obs[slot]
            slots[slot][-1]["actions"].append(actions[slot])
            slots[slot][-1]["steps"].append({"obs": np.array(shown), "reward": float(rewards[slot]), **flags})
            if mode == "same_step" and ended[slot]:
                begin(slot, obs[slot], terminated=False, truncated=False)
        if mode == "disabled" and ended.any():
            obs, _ = env.reset(options={"reset_mask": ended.copy()})
            for slot in np.flatnonzero(ended).tolist():
                begin(slot, obs[slot], terminated=False, truncated=False)
            ended = np.zeros(SLOTS, bool)
    return slots


def parting(env: Any, single: str, ticks: int = TICKS) -> str:
    """Return where the unrolled episodes part from those of a single environment, or an empty text."""
    slots = unroll(env, ticks)
    env.close()
    episodes = [(slot, number, episode) for slot, played in enumerate(slots) for number, episode in enumerate(played)]
    backend = open_gymnasium(single, Path())
    scripts = [Script((Episode(start=one["start"], actions=tuple(one["actions"])),)) for _, _, one in episodes]
    trace = backend.play(range(len(scripts)), scripts, Ask("bare"))
    assert not trace.ends
    counts = {run.script: run for run in trace.runs}
    ends = 0
    for index, (slot, number, episode) in enumerate(episodes):
        run, steps = counts[index], episode["steps"]
        for step in range(max(run.count, len(steps))):
            mine = trace.step(run.first + step) if step < run.count else None
            other = steps[step] if step < len(steps) else None
            if not same_value(mine, other):
                return f"slot {slot}, episode {number}, step {step}: {mine} against {other}"
        ends += steps[-1]["terminated"] or steps[-1]["truncated"]
    assert ends > 2 * SLOTS, "too few episodes ended to say anything about autoreset"
    return ""


def sync(mode: AutoresetMode, kind: Any = SyncVectorEnv) -> Any:
    return kind([lambda: gymnasium.make("CartPole-v1", max_episode_steps=LIMIT)] * SLOTS, autoreset_mode=mode)


class NextStepCartPole(CartPoleVectorEnv):  # type: ignore[misc]
    """CartPole's own vector environment, as gymnasium has it."""

    def __init__(self) -> None:
        super().__init__(num_envs=SLOTS, max_episode_steps=LIMIT)


class SameStepCartPole(NextStepCartPole):
    """The same, reset in the step that ends an episode."""

    metadata: ClassVar = {**CartPoleVectorEnv.metadata, "autoreset_mode": AutoresetMode.SAME_STEP}

    def step(self, action: Any) -> Any:
        obs, reward, terminated, truncated, info = super().step(action)
        if self.prev_done.any():
            finals = np.full(SLOTS, None, object)
            for slot in np.flatnonzero(self.prev_done).tolist():
                finals[slot] = obs[slot].copy()
            info["final_obs"] = finals
            self.restart(self.prev_done)
            obs = self.state.T.astype(np.float32)
        return obs, reward, terminated, truncated, info

    def restart(self, slots: Any) -> None:
        self.state[:, slots] = self.np_random.uniform(self.low, self.high, (4, slots.sum()))
        self.steps[slots] = 0
        self.prev_done = np.zeros(SLOTS, bool)


class DisabledCartPole(SameStepCartPole):
    """The same, reset only where it is told to."""

    metadata: ClassVar = {**CartPoleVectorEnv.metadata, "autoreset_mode": AutoresetMode.DISABLED}

    def step(self, action: Any) -> Any:
        seen = NextStepCartPole.step(self, action)
        self.prev_done = np.zeros(SLOTS, bool)
        return seen

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        if options and "reset_mask" in options:
            self.restart(options["reset_mask"])
            return self.state.T.astype(np.float32), {}
        return super().reset(seed=seed, options=options)


RIGHT = {
    "sync next_step": lambda: sync(AutoresetMode.NEXT_STEP),
    "sync same_step": lambda: sync(AutoresetMode.SAME_STEP),
    "sync disabled": lambda: sync(AutoresetMode.DISABLED),
    "own next_step": NextStepCartPole,
    "own same_step": SameStepCartPole,
    "own disabled": DisabledCartPole,
}


@pytest.mark.parametrize("name", RIGHT)
def test_the_three_autoresets_are_single_episodes_one_after_another(name: str) -> None:
    assert not parting(RIGHT[name](), f"CartPole-v1?max_episode_steps={LIMIT}")


class LosesFinalObservation(SyncVectorEnv):  # type: ignore[misc]
    def step(self, actions: Any) -> Any:
        obs, *seen, info = super().step(actions)
        return obs, *seen, info | ({"final_obs": obs} if "final_obs" in info else {})


class ResetsAStepLate(NextStepCartPole):
    late = np.zeros(SLOTS, bool)

    def step(self, action: Any) -> Any:
        self.prev_done, ended = self.late, self.prev_done
        obs, reward, terminated, truncated, info = super().step(action)
        terminated[ended], truncated[ended] = False, False
        self.late, self.prev_done = ended, terminated | truncated
        return obs, reward, terminated, truncated, info


class KeepsTheClock(SameStepCartPole):
    def restart(self, slots: Any) -> None:
        steps = self.steps.copy()
        super().restart(slots)
        self.steps[slots] = steps[slots] % 7


class RevertsTheOthers(NextStepCartPole):
    """When one slot is reset, the others stay where they were."""

    def step(self, action: Any) -> Any:
        before, resetting = self.state.copy(), self.prev_done.copy()
        obs, reward, terminated, truncated, info = super().step(action)
        if resetting.any():
            self.state[:, ~resetting] = before[:, ~resetting]
            obs = self.state.T.astype(np.float32)
        return obs, reward, terminated, truncated, info


class EndsAgainAfterReset(NextStepCartPole):
    def step(self, action: Any) -> Any:
        resetting = self.prev_done.copy()
        obs, reward, terminated, truncated, info = super().step(action)
        return obs, reward, terminated | resetting, truncated, info


FAULTS = {
    "loses the final observation": lambda: sync(AutoresetMode.SAME_STEP, LosesFinalObservation),
    "resets a step late": ResetsAStepLate,
    "keeps the clock": KeepsTheClock,
    "reverts the others": RevertsTheOthers,
    "ends again after the reset": EndsAgainAfterReset,
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_planted_fault_of_an_autoreset_is_seen(name: str) -> None:
    assert "against" in parting(FAULTS[name](), f"CartPole-v1?max_episode_steps={LIMIT}")


@pytest.mark.parametrize("mode", list(AutoresetMode))
def test_each_reset_goes_on_with_the_generator_of_its_own_environment(mode: AutoresetMode) -> None:
    single = gymnasium.make("CartPole-v1")
    for slot, episodes in enumerate(unroll(sync(mode))):
        single.reset(seed=SEED + slot)
        for episode in episodes:
            assert np.array_equal(episode["start"]["physics"], single.unwrapped.state)
            single.reset()


@pytest.mark.skipif(gymnasium.__version__ != "1.4.0", reason="a fault of gymnasium, seen in 1.4.0")
def test_the_jax_vector_environments_lose_a_step_when_one_slot_is_reset() -> None:
    """Source: FunctionalJaxVectorEnv.step, which puts the new starts into the state before the step."""
    try:
        backend = open_gymnasium(f"phys2d/CartPole-v1?num_envs={SLOTS}&max_episode_steps={LIMIT}", Path())
    except AdapterError as error:
        pytest.skip(str(error))
    backend.close()
    env = gymnasium.make_vec("phys2d/CartPole-v1", num_envs=SLOTS, max_episode_steps=LIMIT)
    assert "against" in parting(env, f"phys2d/CartPole-v1?max_episode_steps={LIMIT}", ticks=30)
