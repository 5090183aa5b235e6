"""Lanes of vector environments against single environments; their own autoresets are in test_gymnasium_autoreset."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

gymnasium = pytest.importorskip("gymnasium")

from equivcheck.backends.ecosystem.gymnasium import is_gymnasium_env, is_vector_env, open_gymnasium  # noqa: E402
from equivcheck.backends.ecosystem.gymnasium_vector import VectorBackend  # noqa: E402
from equivcheck.backends.local import Refused  # noqa: E402
from equivcheck.errors import AdapterError  # noqa: E402
from equivcheck.model.request import BARE_FIELDS, FULL, Ask, Greeting, Roll  # noqa: E402
from equivcheck.model.script import Episode, Script  # noqa: E402
from equivcheck.model.space import Choice  # noqa: E402
from equivcheck.model.trace import Trace  # noqa: E402
from equivcheck.model.values import same_value  # noqa: E402

MODES = hasattr(gymnasium.vector, "AutoresetMode")
needs_modes = pytest.mark.skipif(not MODES, reason="autoreset modes came with gymnasium 1.1")
SYNC = [""] + ["&autoreset=next_step", "&autoreset=same_step", "&autoreset=disabled"] * MODES
KINDS = [f"&vectorization_mode=sync{mode}" for mode in SYNC] + ["&vectorization_mode=vector_entry_point"] * MODES
TAXI = "Taxi-v4" if "Taxi-v4" in gymnasium.registry else "Taxi-v3"

opened: list[Any] = []


@pytest.fixture(autouse=True)
def _closed_afterwards() -> Iterator[None]:
    yield
    while opened:
        opened.pop().close()


def backend(address: str) -> Any:
    opened.append(open_gymnasium(address, Path()))
    return opened[-1]


def vector_backend(make: Callable[[int], Any], count: int = 3) -> VectorBackend:
    opened.append(VectorBackend(make, Greeting("vector"), count))
    return opened[-1]


def rolls(lanes: int, episodes: int = 2, steps_max: int = 70, **more: Any) -> list[Roll]:
    return [
        Roll(
            tuple(Episode(2**41 * lane + number, options=more.get("options", {})) for number in range(episodes)),
            tuple(100 * lane + number for number in range(episodes)),
            steps_max - lane,
            more.get("spaces", ()),
        )
        for lane in range(lanes)
    ]


def difference(expected: Trace, trace: Trace, fields: tuple[str, ...] = ()) -> str:
    """Return the first place where two Traces part; with `fields`, in these fields only."""
    if (expected.runs, expected.ends) != (trace.runs, trace.ends):
        return f"{expected.runs} {expected.ends} against {trace.runs} {trace.ends}"
    for mine, other in zip(expected.scripts, trace.scripts, strict=True):
        if not same_value([list(e.actions) for e in mine.episodes], [list(e.actions) for e in other.episodes]):
            return "actions"
    for row in range(expected.step_count):
        left, right = expected.step(row, fields), trace.step(row, fields)
        if not same_value(left, right):
            return f"row {row}: {left} against {right}"
    return ""


@pytest.mark.parametrize("kind", KINDS)
def test_lanes_of_cartpole_are_single_cartpoles(kind: str) -> None:
    single, lanes = backend("CartPole-v1"), backend(f"CartPole-v1?num_envs=3{kind}")
    fields = () if "load" in lanes.greeting.capabilities else BARE_FIELDS
    expected = single.roll(range(5), rolls(5), FULL)
    assert expected.flag("terminated").sum() > 5
    assert not difference(expected, lanes.roll(range(5), rolls(5), FULL), fields)
    assert not difference(expected, lanes.play(range(5), expected.scripts, FULL), fields)
    assert not difference(single.play([9], expected.scripts[:1], Ask("bare")), lanes.play([9], expected.scripts[:1], Ask("bare")))


@pytest.mark.parametrize("mode", SYNC)
@pytest.mark.parametrize("name", [TAXI, "Blackjack-v1", "MountainCarContinuous-v0", "CartPole-v1?max_episode_steps=11"])
def test_lanes_of_every_kind_of_space_are_single_environments(name: str, mode: str) -> None:
    single = backend(name)
    lanes = backend(f"{name}{'&' if '?' in name else '?'}num_envs=3&vectorization_mode=sync{mode}")
    fields = () if "load" in lanes.greeting.capabilities else BARE_FIELDS
    expected = single.roll(range(4), rolls(4), FULL)
    assert not difference(expected, lanes.roll(range(4), rolls(4), FULL), fields)
    assert not difference(expected, lanes.play(range(4), expected.scripts, FULL), fields)


def test_lanes_whose_rolls_are_cut_at_different_steps_go_on_with_their_own_draws() -> None:
    single, lanes = backend("CartPole-v1"), backend("CartPole-v1?num_envs=4")
    cut = [replace(roll, steps_max=most) for roll, most in zip(rolls(4), (3, 6, 9, 40), strict=True)]
    fields = () if "load" in lanes.greeting.capabilities else BARE_FIELDS
    expected = single.roll(range(4), cut, FULL)
    assert not difference(expected, lanes.roll(range(4), cut, FULL), fields)


def test_lanes_in_other_processes_are_single_environments() -> None:
    single, lanes = backend("CartPole-v1"), backend("CartPole-v1?num_envs=2&vectorization_mode=async")
    assert not lanes.greeting.capabilities
    expected = single.roll(range(2), rolls(2), FULL)
    assert not difference(expected, lanes.roll(range(2), rolls(2), FULL), BARE_FIELDS)


@pytest.mark.parametrize("kind", KINDS)
def test_narrowed_spaces_options_and_masks_are_drawn_alike(kind: str) -> None:
    cartpole = backend("CartPole-v1"), backend(f"CartPole-v1?num_envs=2{kind}")
    told = rolls(3, options={"low": -0.2, "high": 0.0}, spaces=(Choice((1, 0, 1)), None))
    told[1] = rolls(3)[1]
    assert not difference(*(side.roll(range(3), told, Ask("bare")) for side in cartpole))
    if "entry_point" not in kind:
        taxi = backend(TAXI), backend(f"{TAXI}?num_envs=2{kind}")
        told = rolls(3, spaces=(Choice((4, 0, 2)), Choice((5,))), steps_max=40)
        assert not difference(*(side.roll(range(3), told, Ask("bare")) for side in taxi))


def test_where_an_episode_starts_does_not_depend_on_the_lane() -> None:
    lanes = backend("CartPole-v1?num_envs=4")
    starts = lanes.reset(range(6), [Episode(seed=77)] * 6, FULL)
    assert all(same_value(starts.step(0), starts.step(row)) for row in range(6))


@pytest.mark.parametrize("kind", KINDS)
def test_lanes_stand_still_while_others_move_and_begin(kind: str) -> None:
    lanes = backend(f"CartPole-v1?num_envs=3{kind}")
    single = backend("CartPole-v1")
    for side in (lanes, single):
        side.reset([0, 1], [Episode(seed=1), Episode(seed=2)], FULL)
        side.step([0, 1], [0, 1], FULL)
        side.play([1, 2], [Script((Episode(seed=3, actions=(0,) * 30),)), Script((Episode(seed=4, actions=(1,) * 9),))], FULL)
    assert not difference(single.step([0], [1], Ask("bare")), lanes.step([0], [1], Ask("bare")))
    assert not difference(single.step([2, 0], [1, 0], Ask("bare")), lanes.step([2, 0], [1, 0], Ask("bare")))


def test_a_lane_that_cannot_be_held_refuses_and_says_why() -> None:
    lanes = backend("CartPole-v1?num_envs=2&vectorization_mode=async")
    lanes.reset([0, 1], [Episode(seed=1), Episode(seed=2)], FULL)
    lanes.step([1], [0], FULL)
    (end,) = lanes.step([0], [0], FULL).ends
    assert (end.kind, end.step_index) == ("refused", 0)
    assert "cannot hold a lane: reset it" in end.words
    assert not lanes.reset([0], [Episode(seed=1)], FULL).ends
    assert not lanes.step([0], [0], FULL).ends


@pytest.mark.parametrize("kind", KINDS)
def test_refusals_are_those_of_single_environments(kind: str) -> None:
    sides = backend("CartPole-v1"), backend(f"CartPole-v1?num_envs=3{kind}")
    scripts = [
        Script((Episode(seed=1, actions=(0, 1, 2, 1)), Episode(seed=2))),
        Script((Episode(seed=1, actions=(0, True)),)),
        Script((Episode(seed=1, actions=(0, 1, 0, 1)), Episode(seed=2, actions=(-1,)))),
        Script((Episode(seed=1, actions=(1,) * 40),)),
    ]
    played = [side.play(range(4), scripts, Ask("bare")) for side in sides]
    assert not difference(*played)
    assert [end.step_index for end in played[0].ends] == [3, 2, 1]
    for ended, fresh in ((3, 7), (3, 8)):
        again = [side.step([ended, fresh], [0, 0], Ask("bare")) for side in sides]
        assert not difference(*again)
        assert [end.kind for end in again[0].ends] == ["refused", "refused"]


def test_an_action_that_is_masked_out_is_refused() -> None:
    sides = backend(TAXI), backend(f"{TAXI}?num_envs=2")
    started = [side.reset([0, 1], [Episode(seed=5), Episode(seed=6)], Ask("bare")) for side in sides]
    assert not difference(*started)
    illegal = [started[0].step(row)["legal"].tolist().index(False) for row in (0, 1)]
    assert [end.words for end in sides[1].step([0, 1], illegal, FULL).ends] == [f"{action} is not legal now" for action in illegal]


@needs_modes
def test_a_loaded_state_has_its_own_mask() -> None:
    sides = backend(TAXI), backend(f"{TAXI}?num_envs=2")
    states = [sides[0].reset([0], [Episode(seed=seed)], FULL).step(0)["state"] for seed in (40, 41)]
    for side in sides:
        side.reset([0, 1], [Episode(seed=1), Episode(seed=2)], FULL)
    assert not difference(*(side.load([0, 1], states, FULL) for side in sides))


class Masked(gymnasium.Env):  # type: ignore[misc]
    """Shows the mask that it is made with."""

    observation_space = gymnasium.spaces.Discrete(2)

    def __init__(self, space: Any, mask: Any) -> None:
        self.action_space, self._info = space, {"action_mask": mask}

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        return 0, self._info

    def step(self, action: Any) -> Any:
        return 0, 0.0, False, False, self._info


def test_a_mask_that_does_not_fit_the_actions_is_said_in_words() -> None:
    def lanes(space: Any, mask: Any) -> VectorBackend:
        return vector_backend(lambda count: gymnasium.vector.SyncVectorEnv([lambda: Masked(space, mask)] * count), 2)

    ends = lanes(gymnasium.spaces.Discrete(3), np.ones(2, np.int8)).reset([0, 1], [Episode(), Episode()], FULL).ends
    assert [(end.kind, "`action_mask` has 2 entries for 3 actions" in end.words) for end in ends] == [("failed", True)] * 2
    nested = lanes(gymnasium.spaces.MultiDiscrete([3, 3]), (np.ones(3), np.ones(3)))
    with pytest.raises(AdapterError, match="cannot be read from a vector environment"):
        nested.reset([0, 1], [Episode(), Episode()], FULL)


@pytest.mark.parametrize(
    "address", ["CartPole-v1?num_envs=3&vectorization_mode=sync", "CartPole-v1?num_envs=3", "phys2d/CartPole-v1?num_envs=3"]
)
@needs_modes
def test_states_are_loaded_lane_by_lane(address: str) -> None:
    try:
        lanes, single = backend(address), backend(address.partition("?")[0])
    except AdapterError as error:
        pytest.skip(str(error))
    state = {"physics": np.array([0.1, 0.2, 0.05, -0.3]).astype("f4" if "phys2d" in address else "f8"), "elapsed": 497}
    bad = {"physics": np.zeros(3), "elapsed": 0}
    loads = [Script((Episode(seed=n, start=start, actions=(0, 1, 1, 0)),)) for n, start in enumerate([state, bad, state])]
    played = [side.play(range(3), loads, Ask("bare")) for side in (single, lanes)]
    if "phys2d" not in address:
        assert not difference(*played)
    for trace in played:
        assert [(end.script, end.kind, end.step_index) for end in trace.ends] == [(1, "refused", 0)]
        assert trace.runs[-1].count == 4
        assert trace.flag("truncated").sum() == 2
    lanes.reset([0, 1], [Episode(seed=8), Episode(seed=9)], FULL)
    loaded = lanes.load([1], [state], FULL)
    assert same_value(loaded.step(0)["state"], state)
    assert not lanes.step([0, 1], [1, 1], FULL).ends
    assert lanes.load([5], [state], FULL).ends[0].words == "no load: the lane was not reset"


@needs_modes
def test_what_cannot_be_done_is_not_among_the_capabilities() -> None:
    same_step = backend("CartPole-v1?num_envs=2&autoreset=same_step")
    assert "load" not in same_step.greeting.capabilities
    same_step.reset([0], [Episode()], FULL)
    assert same_step.load([0], [{"physics": np.zeros(4), "elapsed": 0}], FULL).ends[0].kind == "refused"
    with pytest.raises(Refused):
        same_step.snapshot([0])


def test_the_jax_vector_environment_begins_each_lane_by_its_own_seed() -> None:
    try:
        lanes = backend("phys2d/CartPole-v1?num_envs=3")
    except AdapterError as error:
        pytest.skip(str(error))
    told = [Script((Episode(seed=seed, actions=(0, 1, 0, 1, 1)),)) for seed in (4, 2**63, 4, 4)]
    trace = lanes.play(range(4), told, FULL)
    assert not difference(trace.select(0), trace.select(3))
    assert not difference(trace.select(0), trace.select(2))
    assert not same_value(trace.select(0).step(0)["obs"], trace.select(1).step(0)["obs"])


def test_other_vector_environments_are_made_when_the_slots_are_taken_and_closed_when_they_are_free() -> None:
    made: list[Any] = []

    def make(count: int) -> Any:
        made.append(gymnasium.vector.SyncVectorEnv([lambda: gymnasium.make("CartPole-v1")] * count))
        return made[-1]

    lanes = vector_backend(make, 2)
    lanes.reset(range(5), [Episode()] * 5, FULL)
    assert [env.closed for env in made] == [False, False, False]
    lanes.discard([0, 1])
    assert [env.closed for env in made] == [True, False, False]
    lanes.reset([0], [Episode()], FULL)
    assert len(made) == 3
    lanes.close()
    lanes.close()
    assert all(env.closed for env in made)


class Breaks(gymnasium.Env):  # type: ignore[misc]
    """Raises on action 1."""

    observation_space, action_space = gymnasium.spaces.Discrete(9), gymnasium.spaces.Discrete(2)

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        return 3, {}

    def step(self, action: Any) -> Any:
        if action == 1:
            raise ZeroDivisionError("by the environment")
        return 4, 0.0, False, False, {}


def test_an_environment_that_raises_fails_the_lanes_beside_it_and_is_made_afresh() -> None:
    lanes = vector_backend(lambda count: gymnasium.vector.SyncVectorEnv([Breaks] * count), 2)
    scripts = [Script((Episode(actions=actions), Episode())) for actions in ((0, 0, 1), (0,), (0, 0, 0, 0))]
    trace = lanes.play(range(3), scripts, FULL)
    assert [(end.script, end.episode, end.step_index, end.kind) for end in trace.ends] == [(0, 0, 3, "failed"), (1, 1, 0, "failed")]
    assert "ZeroDivisionError: by the environment" in trace.ends[0].words
    assert [(run.script, run.episode, run.count) for run in trace.runs] == [(0, 0, 3), (1, 0, 2), (2, 0, 5), (2, 1, 1)]
    assert not lanes.play(range(3), [Script((Episode(actions=(0,)),))] * 3, FULL).ends


@needs_modes
def test_a_final_observation_that_is_lost_is_a_failure_and_a_wrong_one_is_seen() -> None:
    class LosesFinalObservation(gymnasium.vector.SyncVectorEnv):  # type: ignore[misc]
        def step(self, actions: Any) -> Any:
            *seen, info = super().step(actions)
            return *seen, {key: item for key, item in info.items() if "final" not in key}

    class ShowsTheNextStart(gymnasium.vector.SyncVectorEnv):  # type: ignore[misc]
        def step(self, actions: Any) -> Any:
            obs, *seen, info = super().step(actions)
            return obs, *seen, info | ({"final_obs": obs} if "final_obs" in info else {})

    def same_step(kind: Any, count: int) -> Any:
        ones = [lambda: gymnasium.make("CartPole-v1")] * count
        return kind(ones, autoreset_mode=gymnasium.vector.AutoresetMode.SAME_STEP)

    expected = backend("CartPole-v1").roll(range(3), rolls(3), Ask("bare"))
    traces = {}
    for kind in (gymnasium.vector.SyncVectorEnv, LosesFinalObservation, ShowsTheNextStart):
        lanes = vector_backend(partial(same_step, kind))
        traces[kind] = lanes.roll(range(3), rolls(3), Ask("bare"))
    assert not difference(expected, traces[gymnasium.vector.SyncVectorEnv])
    ends = traces[LosesFinalObservation].ends
    assert {end.kind for end in ends} == {"failed"}
    assert "no final observation" in ends[0].words
    assert len(ends) == 3
    assert f"row {expected.runs[0].count - 1}:" in difference(expected, traces[ShowsTheNextStart])


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("CartPol-v1?num_envs=2", "knows no environment"),
        ("CartPole-v1?num_envs=0", "num_envs is a number from 1"),
        ("CartPole-v1?vectorization_mode=threads", "sync, async or vector_entry_point"),
        ("Pendulum-v1?vectorization_mode=vector_entry_point", "no vector environment of its own"),
        ("CartPole-v1?autoreset=never", "autoreset is one of"),
        ("CartPole-v1?num_envs=2&colour=3", "cannot make 'CartPole-v1'"),
    ],
)
def test_what_cannot_be_opened_is_said(address: str, words: str) -> None:
    with pytest.raises(AdapterError, match=words):
        open_gymnasium(address, Path())


@needs_modes
def test_a_vector_environment_whose_lanes_cannot_be_seeded_is_not_played() -> None:
    class OneSeed(gymnasium.vector.SyncVectorEnv):  # type: ignore[misc]
        def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
            return super().reset(seed=[seed + n for n in range(self.num_envs)], options=options)

    with pytest.raises(AdapterError, match="takes no list of seeds") as caught:
        VectorBackend(lambda count: OneSeed([Breaks] * count), Greeting("vector"))
    assert "sync" in caught.value.hint


def test_single_and_vector_environments_are_told_apart() -> None:
    single = gymnasium.make("CartPole-v1", disable_env_checker=True)
    vector = gymnasium.vector.SyncVectorEnv([lambda: gymnasium.make("CartPole-v1", disable_env_checker=True)])
    assert (is_gymnasium_env(single), is_vector_env(single)) == (True, False)
    assert (is_gymnasium_env(vector), is_vector_env(vector)) == (False, True)
