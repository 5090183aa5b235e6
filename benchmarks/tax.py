"""The tax of checking: how much longer a rollout check takes than merely rolling both sides.

Local Python environments: over a plain loop that resets and steps both environments by the same seeds and actions, and
looks at nothing but the two flags. The actions lie ready. That is merely rolling, and the bound stands on it. Beside it, for
information: over the same loop which also reads what is compared, the state and, where the environment has one, the mask of legal
actions, after every step. In the API of the seeded game both are methods, so that the first loop leaves out work which is the
game's own and which no check can do without; the second counts it on both sides. Neither ratio stands for the other.

Adapter programs and lanes: over the same backends answering the same rolls and scripts, with all that a Step holds,
without anything being compared or counted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import gymnasium
from figures import Figure, alternate, each_us, slowdowns
from sides import check, import_adapter, open_pair, play_only, record

from equivcheck.model.script import Script
from equivcheck.pair import Pair

GROUP = "time of a rollout check over the time to merely roll both sides"
LOCAL_MAX, BATCHED_MAX = 1.25, 1.10
EPISODES, ROUNDS = 1_000, 7


def figures() -> Iterator[Figure]:
    yield from local_figures("gymnasium CartPole-v1", "gymnasium:CartPole-v1", {}, roll_gymnasium, make_gymnasium)
    highcard = import_adapter("python_ref", "highcard")
    yield from local_figures("seeded game", "object:highcard", {"highcard": highcard.make}, roll_plain, highcard.make)
    cartpole = import_adapter("jax_target", "cartpole")
    for title, reference, target, episodes in BATCHED:
        yield batched_figure(title, open_pair(reference, target, episodes, objects={"jax": lambda: cartpole}))


VECTOR = "gymnasium:CartPole-v1?num_envs=256&vectorization_mode=vector_entry_point"
BATCHED = (
    ("programs: python_ref and rust_target, CartPole", "python_ref:cartpole", "rust_target:cartpole", 1_000),
    ("programs: python_ref and rust_target, seeded game", "python_ref:highcard", "rust_target:highcard", 1_000),
    ("programs: rust_target twice, CartPole", "rust_target:cartpole", "rust_target:cartpole", 4_000),
    ("lanes: gymnasium's vectorised CartPole, 256", VECTOR, VECTOR, 4_096),
    ("lanes: vmapped JAX CartPole, 1,024", "object:jax", "object:jax", 4_096),
)


def local_figures(
    title: str, address: str, objects: dict[str, Callable[[], Any]], roll: Callable[[Sequence[Any], Sequence[Script], bool], None],
    make: Callable[[], Any],
) -> Iterator[Figure]:  # fmt: skip
    """Yield the tax over the plain loop, which is bound, and over the loop that reads what is compared."""
    pair = open_pair(address, address, EPISODES, objects=objects)
    recording = record(pair)
    steps = check(pair).steps
    environments = [make(), make()]
    for reads, words in ((False, "looks at the flags only"), (True, "also reads what is compared")):
        times = alternate(
            lambda: check(pair), lambda reads=reads: roll(environments, recording.scripts, reads), ROUNDS, time.process_time
        )  # fmt: skip
        note = f"{each_us(times, (steps, steps))} a pair of steps"
        yield Figure(GROUP, f"{title}; the loop {words}", slowdowns(times), None if reads else LOCAL_MAX, True, note=note)
    pair.close()


def make_gymnasium() -> Any:
    return gymnasium.make("CartPole-v1", disable_env_checker=True)


def roll_gymnasium(environments: Sequence[Any], scripts: Sequence[Script], reads: bool) -> None:
    """Reset and step each environment by the scripts."""
    seen = None
    for env in environments:
        bare, limit = env.unwrapped, env.env if hasattr(env.env, "_elapsed_steps") else env
        for script in scripts:
            for episode in script.episodes:
                env.reset(seed=episode.seed)
                for action in episode.actions:
                    _, _, terminated, truncated, _ = env.step(action)
                    if reads:
                        seen = (bare.state.copy(), limit._elapsed_steps)
                    if terminated or truncated:
                        break
    del seen


def roll_plain(environments: Sequence[Any], scripts: Sequence[Script], reads: bool) -> None:
    """Reset and step each plain object by the scripts."""
    seen = None
    for env in environments:
        for script in scripts:
            for episode in script.episodes:
                env.reset(episode.seed)
                for action in episode.actions:
                    fields = env.step(action)
                    if reads:
                        seen = (env.state(), env.legal())
                    if fields["terminated"] or fields["truncated"]:
                        break
    del seen


def batched_figure(title: str, pair: Pair) -> Figure:
    """Return the tax over the same backends' answers."""
    recording = record(pair)
    steps = check(pair).steps
    clock = time.perf_counter if pair.reference.is_program else time.process_time
    times = alternate(lambda: check(pair), lambda: play_only(recording), ROUNDS, clock)
    pair.close()
    return Figure(GROUP, title, slowdowns(times), BATCHED_MAX, True, note=f"{each_us(times, (steps, steps))} a pair of steps")
