from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

gymnasium = pytest.importorskip("gymnasium")

from equivcheck.backends.ecosystem.gymnasium import GymnasiumInstance, open_gymnasium, parse_address  # noqa: E402
from equivcheck.backends.ecosystem.gymnasium_spaces import fold_seed  # noqa: E402
from equivcheck.backends.local import LocalBackend, Refused, own_value  # noqa: E402
from equivcheck.errors import AdapterError  # noqa: E402
from equivcheck.model.request import FULL, Greeting, Roll  # noqa: E402
from equivcheck.model.script import Episode  # noqa: E402
from equivcheck.model.values import same_value  # noqa: E402
from equivcheck.protocol.sampling import SplitMix64, draw  # noqa: E402

pytestmark = pytest.mark.filterwarnings("default::DeprecationWarning")  # of environments with a newer version

CLASSIC = ["CartPole-v1", "MountainCar-v0", "MountainCarContinuous-v0", "Acrobot-v1", "Pendulum-v1"]
TOY = ["Blackjack-v1", "FrozenLake-v1", "FrozenLake-v1?is_slippery=false", "CliffWalking-v0", "CliffWalking-v1"]
TOY += ["CliffWalkingSlippery-v1"]
TAXI = ["Taxi-v3", "Taxi-v4", "Taxi-v4?is_rainy=true", "Taxi-v4?fickle_passenger=true"]
FUNCTIONAL = ["phys2d/CartPole-v1", "phys2d/Pendulum-v0", "tabular/Blackjack-v0", "tabular/CliffWalking-v0"]
ROBOTS = ["Ant", "HalfCheetah", "Hopper", "Humanoid", "HumanoidStandup", "InvertedDoublePendulum", "InvertedPendulum"]
MUJOCO = [f"{name}-v5" for name in [*ROBOTS, "Pusher", "Reacher", "Swimmer", "Walker2d"]] + ["Ant-v4", "Humanoid-v4"]


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # mujoco leaves its log where it runs


@cache
def instance(address: str, which: int = 0) -> GymnasiumInstance:
    """Return an instance that tests share, since JAX environments are compiled anew for every instance."""
    name, options = parse_address(address)
    try:
        return GymnasiumInstance(gymnasium.make(name, disable_env_checker=True, **options))
    except (gymnasium.error.Error, ImportError) as error:
        pytest.skip(f"this gymnasium has no {address}: {error}")


def continue_at_random(lane: GymnasiumInstance, mask: Any, steps: int, seed: int) -> list[dict[str, Any]]:
    rng, answers = SplitMix64(seed), []
    for _ in range(steps):
        answers.append(own_value(lane.step(draw(rng, lane.actions, mask))))
        mask = answers[-1].get("legal")
        if answers[-1]["terminated"] or answers[-1]["truncated"]:
            break
    return answers


def played_to(lane: GymnasiumInstance, steps: int) -> dict[str, Any]:
    """Return the last Step of the first seeded episode that is still going on after so many steps."""
    for seed in range(100):
        first = own_value(lane.reset(seed, {}))
        answers = continue_at_random(lane, first.get("legal"), steps, seed)
        last = (answers or [first])[-1]
        if not last["terminated"] and not last.get("truncated"):
            return last
    raise AssertionError("every episode ends at once")


@pytest.mark.parametrize("address", [*CLASSIC, *TOY, *TAXI, *FUNCTIONAL, *MUJOCO])
@pytest.mark.parametrize("steps", [0, 5])
def test_a_loaded_state_continues_bit_for_bit(address: str, steps: int) -> None:
    original, loaded = instance(address), instance(address, 1)
    assert {"load", "snapshot"} <= original.capabilities
    last = played_to(original, min(steps, 1) if "Blackjack" in address else steps)
    other = own_value(loaded.reset(2**40 + 1, {}))
    continue_at_random(loaded, other.get("legal"), 7, 5)
    seen = own_value(loaded.load(last["state"]))
    assert same_value(seen["state"], last["state"])
    assert same_value(seen["obs"], last["obs"])
    assert same_value(seen.get("legal"), last.get("legal"))
    expected = continue_at_random(original, last.get("legal"), 50, 77)
    assert same_value(continue_at_random(loaded, seen.get("legal"), 50, 77), expected)


def without(key: str) -> Any:
    return lambda state: {**state, key: np.zeros_like(state[key]) if isinstance(state[key], np.ndarray) else 0}


def reseeded(state: dict[str, Any]) -> dict[str, Any]:
    return {**state, "rng": {**state["rng"], "state": state["rng"]["state"] + np.uint64(1)}}


@pytest.mark.parametrize(
    ("address", "spoil"),
    [
        ("CartPole-v1?max_episode_steps=9", without("elapsed")),
        ("FrozenLake-v1", reseeded),
        ("Blackjack-v1", reseeded),
        ("Ant-v5", without("xpos")),
        ("Humanoid-v5", without("xipos")),
        ("Ant-v5", without("qacc_warmstart")),
        ("Pusher-v5", without("xpos")),
    ],
)
def test_every_part_of_a_state_is_needed(address: str, spoil: Any) -> None:
    differing = 0
    for seed in range(4):
        original, loaded = instance(address), instance(address, 1)
        last = played_to(original, 1 if "Blackjack" in address else 5)
        loaded.reset(0, {})
        seen = own_value(loaded.load(spoil(last["state"])))
        expected = continue_at_random(original, None, 50, seed)
        differing += not same_value([last["obs"], *continue_at_random(loaded, None, 50, seed)], [seen["obs"], *expected])
    assert differing


@pytest.mark.parametrize("address", ["CartPole-v1", "Taxi-v4", "HalfCheetah-v5", "phys2d/CartPole-v1"])
def test_a_snapshot_continues_as_often_as_it_is_restored(address: str) -> None:
    lane = instance(address)
    last = played_to(lane, 3)
    token = lane.snapshot()
    expected = continue_at_random(lane, last.get("legal"), 20, 9)
    for _ in range(2):
        lane.restore(token)
        assert same_value(continue_at_random(lane, last.get("legal"), 20, 9), expected)
    with pytest.raises(Refused, match="no snapshot"):
        lane.restore(b"77")


def test_gymnasium_and_its_jax_port_name_their_physics_alike() -> None:
    original, port = instance("CartPole-v1"), instance("phys2d/CartPole-v1")
    start = own_value(original.reset(3, {}))["state"]
    port.reset(4, {})
    seen = own_value(port.load(start))["state"]
    assert seen.keys() == start.keys() == {"physics", "elapsed"}
    assert seen["physics"].dtype == np.float32
    assert np.array_equal(seen["physics"], start["physics"].astype(np.float32))


@pytest.mark.parametrize(
    "state",
    [{}, 5, {"physics": np.zeros(4)}, {"physics": np.zeros(3), "elapsed": 0}, {"physics": np.zeros(4), "elapsed": 1.0}],
)
def test_what_is_no_state_is_refused_and_changes_nothing(state: Any) -> None:
    lane = instance("CartPole-v1")
    played_to(lane, 4)
    before = lane.snapshot()
    with pytest.raises(Refused):
        lane.load(state)
    after = continue_at_random(lane, None, 9, 1)
    lane.restore(before)
    assert same_value(after, continue_at_random(lane, None, 9, 1))


@pytest.mark.parametrize("action", [2, -1, 1.0, True, np.array([0]), [0], None])
def test_an_action_outside_the_space_is_refused(action: Any) -> None:
    lane = instance("CartPole-v1")
    first = own_value(lane.reset(1, {}))
    with pytest.raises(Refused, match="not in the action space"):
        lane.step(action)
    assert same_value(lane.load(first["state"])["obs"], first["obs"])


def test_the_action_mask_is_what_is_legal() -> None:
    lane = instance("Taxi-v4" if "Taxi-v4" in gymnasium.registry else "Taxi-v3")
    for seed in range(20):
        legal = own_value(lane.reset(seed, {}))["legal"]
        assert legal.dtype == np.bool_
        assert legal.tolist() == [bool(bit) for bit in lane._env.unwrapped.action_mask(lane._env.unwrapped.s)]
        with pytest.raises(Refused, match="not legal now"):
            lane.step(legal.tolist().index(False))


@pytest.mark.parametrize(
    ("space", "mask", "legal"),
    [
        (gymnasium.spaces.Discrete(2), np.array([0, 1], np.int8), np.array([False, True])),
        (gymnasium.spaces.Discrete(2), [0, 1], np.array([False, True])),
        (gymnasium.spaces.MultiDiscrete([2, 3]), ([1, 0], [0, 1, 1]), [np.array([True, False]), np.array([False, True, True])]),
        (gymnasium.spaces.Discrete(3), [1, 1], "`action_mask` has 2 entries for 3 actions"),
        (gymnasium.spaces.Discrete(3), None, "`action_mask` is None"),
        (gymnasium.spaces.Tuple([gymnasium.spaces.Discrete(2)] * 2), (np.ones(2),) * 3, "for each of 2 parts of an action; it has 3"),
        (gymnasium.spaces.MultiDiscrete([2, 3]), (np.ones(2), np.ones(2)), "`action_mask[1]` has 2 entries for 3 actions"),
    ],
)
def test_an_action_mask_is_read_as_its_space_says_or_refused(space: Any, mask: Any, legal: Any) -> None:
    echo = Echo(space)
    echo.reset = lambda **_: (0, {"action_mask": mask})  # type: ignore[method-assign]
    trace = LocalBackend(lambda: GymnasiumInstance(echo), Greeting("echo")).reset([0], [Episode()], FULL)
    if isinstance(legal, str):
        assert legal in trace.ends[0].words
    else:
        assert same_value(trace.step(0)["legal"], legal)


class Unmasked(gymnasium.Wrapper):  # type: ignore[misc]
    """Takes the mask out of `info`."""

    def reset(self, **arguments: Any) -> Any:
        return self.env.reset(**arguments)[0], {}

    def step(self, action: Any) -> Any:
        return *self.env.step(action)[:4], {}


def test_masked_actions_are_played_only_where_a_wrapper_takes_the_mask_away() -> None:
    taxi = "Taxi-v4" if "Taxi-v4" in gymnasium.registry else "Taxi-v3"
    wrapped = LocalBackend(lambda: GymnasiumInstance(Unmasked(gymnasium.make(taxi))), Greeting("taxi"))
    for backend, least in ((open_gymnasium(taxi), -1.0), (wrapped, -10.0)):
        trace = backend.roll([0], [Roll((Episode(),), (7,), 200)], FULL)
        assert min(trace.columns["reward"].values[1:]) == least


def test_rewards_are_floats_and_flags_are_bools() -> None:
    lane = instance("Taxi-v4" if "Taxi-v4" in gymnasium.registry else "Taxi-v3")
    last = played_to(lane, 1)
    assert type(last["reward"]) is float
    assert type(last["terminated"]) is type(last["truncated"]) is bool


@pytest.mark.parametrize("seed", [0, 2**32 - 1, 2**63, 2**64 - 1])
@pytest.mark.parametrize("address", ["CartPole-v1", "phys2d/CartPole-v1", "HalfCheetah-v5"])
def test_every_seed_begins_the_same_episode_again(address: str, seed: int) -> None:
    lane = instance(address)
    first, other, again = (own_value(lane.reset(one, {})) for one in (seed, 5, seed))
    assert same_value(first, again)
    assert not same_value(first["obs"], other["obs"])


def test_seeds_are_folded_only_above_32_bits() -> None:
    assert fold_seed(2**32 - 1) == 2**32 - 1
    assert fold_seed(2**64 - 1) == 0
    assert len({fold_seed(seed << 32 | 7) for seed in range(100)}) == 100


class Echo(gymnasium.Env):  # type: ignore[misc]
    """Answers the action it got, after spoiling it."""

    def __init__(self, action_space: Any, observation_space: Any = None) -> None:
        self.action_space, self.observation_space = action_space, observation_space or action_space
        self.told: list[Any] = []

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        return self.action_space.sample(), {}

    def step(self, action: Any) -> Any:
        assert self.action_space.contains(action), action
        self.told.append(action)
        if isinstance(action, np.ndarray):
            action[...] = 1
        return action, 0, False, False, {}


SPACES = [
    gymnasium.spaces.Discrete(3, start=-1),
    gymnasium.spaces.MultiDiscrete([2, 3, 4]),
    gymnasium.spaces.MultiBinary([2, 2]),
    gymnasium.spaces.Box(-1.0, 1.0, (2, 3), np.float32),
    gymnasium.spaces.Box(0, 255, (4,), np.uint8),
    gymnasium.spaces.Tuple([gymnasium.spaces.Discrete(2), gymnasium.spaces.Box(-1.0, 1.0, (2,), np.float64)]),
    gymnasium.spaces.Dict({"b": gymnasium.spaces.Discrete(2), "a": gymnasium.spaces.Tuple([gymnasium.spaces.Discrete(5)])}),
]


@pytest.mark.parametrize("space", SPACES, ids=str)
def test_actions_of_every_space_arrive_and_observations_come_back(space: Any) -> None:
    backend = LocalBackend(lambda: GymnasiumInstance(Echo(space)), Greeting("echo"))
    trace = backend.roll([0], [Roll((Episode(),), (7,), 5)], FULL)
    assert not trace.ends
    assert trace.step_count == 6
    (taken,) = (episode.actions for script in trace.scripts for episode in script.episodes)
    again = backend.play([1], trace.scripts, FULL)
    assert not again.ends
    assert same_value(again.step(3)["obs"], trace.step(3)["obs"])
    # What the environment does to an action must not reach the script.
    rng = SplitMix64(7)
    assert same_value(list(taken), [draw(rng, backend.greeting.actions, None) for _ in taken])


@pytest.mark.parametrize(
    ("space", "obs", "expected"),
    [
        (gymnasium.spaces.Text(9), "abc", "abc"),
        (gymnasium.spaces.Sequence(gymnasium.spaces.Discrete(9)), (1, 2), [1, 2]),
    ],
)
def test_observations_without_a_fixed_shape_are_values_as_well(space: Any, obs: Any, expected: Any) -> None:
    echo = Echo(gymnasium.spaces.Discrete(2), space)
    echo.reset = lambda **_: (obs, {})  # type: ignore[method-assign]
    backend = LocalBackend(lambda: GymnasiumInstance(echo), Greeting("echo"))
    assert backend.reset([0], [Episode()], FULL).step(0)["obs"] == expected


def test_an_environment_of_unknown_class_has_no_state_but_can_be_copied() -> None:
    lane = GymnasiumInstance(Echo(gymnasium.spaces.Discrete(3)))
    assert lane.capabilities == {"snapshot"}
    assert "state" not in lane.reset(0, {})
    lane.step(1)
    token = lane.snapshot()
    lane.step(2)
    lane.restore(token)
    assert lane._env.told == [1]


def test_an_environment_that_copies_itself_by_its_arguments_is_not_copied() -> None:
    class Pickled(Echo, gymnasium.utils.EzPickle):  # type: ignore[misc]
        def __init__(self) -> None:
            gymnasium.utils.EzPickle.__init__(self)
            Echo.__init__(self, gymnasium.spaces.Discrete(3))

    assert not GymnasiumInstance(Pickled()).capabilities


def test_a_wrapper_with_a_memory_of_its_own_hides_the_state() -> None:
    wrapped = gymnasium.wrappers.NormalizeObservation(gymnasium.make("CartPole-v1", disable_env_checker=True))
    assert "load" not in GymnasiumInstance(wrapped).capabilities


def test_the_users_functions_read_and_write_what_is_not_known_here(tmp_path: Path) -> None:
    (tmp_path / "my_states.py").write_text(
        "def read(env): return [int(n) for n in env.unwrapped.told] if hasattr(env.unwrapped, 'told') else env.unwrapped.state\n"
        "def write(env, state): env.unwrapped.state = state; return state.astype('float32')\n"
    )
    both = "CartPole-v1?state=my_states:read&load=my_states:write&max_episode_steps=9"
    backend = open_gymnasium(both, tmp_path)
    assert "load" in backend.greeting.capabilities
    backend.reset([0], [Episode(seed=1)], FULL)
    state = {"physics": np.array([0.5, 0.0, 0.0, 0.0]), "elapsed": 8}
    assert same_value(backend.load([0], [state], FULL).step(0)["state"], state)
    assert backend.step([0], [1], FULL).step(0)["truncated"] is True
    assert not open_gymnasium("CartPole-v1?state=my_states:read", tmp_path).greeting.capabilities & {"load"}


@pytest.mark.parametrize(
    ("address", "words", "hint"),
    [
        ("CartPol-v1", "knows no environment 'CartPol-v1'", "did you mean .*CartPole-v1"),
        ("ALE/Pong-v5", "knows no environment", "gymnasium:package:ID"),
        ("CartPole-v1?colour=3", "cannot make 'CartPole-v1': TypeError.*colour", ""),
        ("CartPole-v1?colour", "'colour' is no option", "name=value"),
        ("CartPole-v1?state=no_such_module:f", "cannot be loaded", "package.module:attribute"),
    ],
)
def test_what_cannot_be_opened_is_said_with_what_to_do(address: str, words: str, hint: str, tmp_path: Path) -> None:
    with pytest.raises(AdapterError, match=words) as caught:
        open_gymnasium(address, tmp_path)
    assert re.search(hint, caught.value.hint)


def test_options_are_json_or_bare_words() -> None:
    name, options = parse_address('ns/Env-v1?a=1&b=0.5&c=true&d=null&e="1"&f=word&g=%26&h=[1,2]')
    assert name == "ns/Env-v1"
    assert options == {"a": 1, "b": 0.5, "c": True, "d": None, "e": "1", "f": "word", "g": "&", "h": [1, 2]}
