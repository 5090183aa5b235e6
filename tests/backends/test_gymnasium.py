from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

gymnasium = pytest.importorskip("gymnasium")

from equivcheck.backends.ecosystem.gymnasium import (  # noqa: E402
    GymnasiumInstance,
    action_converter,
    fold_seed,
    open_gymnasium,
    parse_address,
)
from equivcheck.backends.local import Refused, own_value  # noqa: E402
from equivcheck.errors import AdapterError  # noqa: E402
from equivcheck.model.request import FULL, Roll  # noqa: E402
from equivcheck.model.script import Episode, Script  # noqa: E402
from equivcheck.model.space import Discrete  # noqa: E402
from equivcheck.model.values import canonical, flatten, same_value  # noqa: E402
from equivcheck.protocol.sampling import SplitMix64, draw  # noqa: E402

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


def instance(address: str) -> GymnasiumInstance:
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
@pytest.mark.parametrize("steps", [0, 1, 5])
def test_a_loaded_state_continues_bit_for_bit(address: str, steps: int) -> None:
    original, loaded = instance(address), instance(address)
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
