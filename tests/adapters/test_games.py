"""The reference environments against gymnasium, and their JAX ports against them."""

from __future__ import annotations

import importlib.util
import random
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from equivcheck.model.values import flatten, same_value
from equivcheck.serving import Refused

ADAPTERS = Path(__file__).parents[2] / "adapters"
CONTROLS = ("cartpole", "mountaincar", "acrobot")
GYMNASIUM_IDS = {"cartpole": "CartPole-v1", "mountaincar": "MountainCar-v0", "acrobot": "Acrobot-v1"}
STEPS_MAX = {"cartpole": 500, "mountaincar": 200, "acrobot": 500}

# One f32 step from equal states, against f64: the largest error of any component, doubled. Measured on x86-64, jax 0.10.2,
# over the steps of this test and 300 episodes of uniform actions: 2.8e-7 of 7,364, 6.0e-8 of 65,001, 8.5e-7 of 124,601.
STEP_ERRORS = {"cartpole": 5.6e-7, "mountaincar": 1.2e-7, "acrobot": 1.7e-6}
# Half a unit in the last place of the largest f32 in the range of a start, and of its interval: 5.2e-9, 5.3e-8, 1.0e-8.
START_ERRORS = {"cartpole": 7.5e-9, "mountaincar": 6.0e-8, "acrobot": 1.5e-8}


def load_module(adapter: str, name: str) -> ModuleType:
    """Import one environment of an adapter; those of both adapters have the same names."""
    folder = str(ADAPTERS / adapter)
    if folder not in sys.path:
        sys.path.append(folder)
    spec = importlib.util.spec_from_file_location(f"{adapter}_{name}", f"{folder}/{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make_reference(name: str) -> Any:
    return load_module("python_ref", name).make()


def components(state: dict[str, Any]) -> list[float]:
    return [value for key, value in state.items() if key not in ("elapsed", "rng")]


def play_reference(environment: Any, seed: int, steps_max: int) -> list[tuple[dict[str, Any], Any, dict[str, Any], dict[str, Any]]]:
    """Return (state before, action, what was seen, state after) of one episode of random legal actions."""
    chooser = random.Random(seed)
    seen = environment.reset(seed)
    rows = []
    while not (seen["terminated"] or seen["truncated"]) and len(rows) < steps_max:
        before = environment.state()
        if isinstance(environment.actions, dict):
            action: Any = {a: chooser.choice(np.flatnonzero(m).tolist()) for a, m in environment.legal().items()}
        else:
            action = chooser.randrange(environment.actions)
        seen = environment.step(action)
        rows.append((before, action, seen, environment.state()))
    return rows


def stack(trees: list[Any]) -> Any:
    """Return N canonical states as one tree of arrays `[N, ...]`."""
    if isinstance(trees[0], dict):
        return {key: stack([tree[key] for tree in trees]) for key in trees[0]}
    big = isinstance(trees[0], int) and max(trees) >= 2**63
    return np.array(trees, np.uint64 if big else None)


def unstack(tree: Any, row: int) -> Any:
    """Return one of N states as a canonical tree."""
    if isinstance(tree, dict):
        return {key: unstack(item, row) for key, item in tree.items()}
    item = np.asarray(tree)[row]
    return item if item.ndim else item.item()


# --- the reference against gymnasium


@pytest.mark.parametrize("name", CONTROLS)
def test_reference_steps_as_gymnasium_bit_for_bit(name: str) -> None:
    gymnasium = pytest.importorskip("gymnasium")
    theirs, ours = gymnasium.make(GYMNASIUM_IDS[name], disable_env_checker=True), make_reference(name)
    ends = set()
    for seed in range(12):
        theirs.reset(seed=seed)
        ours.reset(seed)
        if name != "cartpole" and seed < 6:  # random actions do not reach the goal: start near it
            goal = {"mountaincar": [0.45, 0.04], "acrobot": [2.0, 0.0, 3.0, 1.0]}[name]
            ours.load({**ours.state(), **dict(zip(ours.state(), goal, strict=False))})
        theirs.unwrapped.state = np.array(components(ours.state()))
        chooser = random.Random(seed)
        while True:
            action = chooser.randrange(ours.actions)
            if name == "cartpole" and seed < 2:  # lean against the fall, so that the time runs out
                state = ours.state()
                action = int(state["theta"] + 0.5 * state["theta_dot"] + 0.05 * state["x_dot"] + 0.02 * state["x"] > 0)
            obs, reward, terminated, truncated, _ = theirs.step(action)
            seen = ours.step(action)
            assert np.array(components(ours.state())).tobytes() == np.array(theirs.unwrapped.state, np.float64).tobytes()
            assert seen["obs"].dtype == np.float32
            assert seen["obs"].tobytes() == obs.tobytes()
            assert (seen["reward"], seen["terminated"], seen["truncated"]) == (reward, terminated, truncated)
            assert type(seen["reward"]) is float
            if terminated or truncated:
                ends.add((terminated, truncated))
                break
    assert {(True, False), (False, True)} <= ends


@pytest.mark.parametrize("name", CONTROLS)
def test_start_is_drawn_by_split_mix(name: str) -> None:
    environment = make_reference(name)
    environment.reset(1234567)
    state = environment.state()
    # SplitMix64 from 1234567 puts out 6457827717110365317, 3203168211198807973, ... Source: the published test vector.
    low, high = {"cartpole": (-0.05, 0.05), "mountaincar": (-0.6, -0.4), "acrobot": (-0.1, 0.1)}[name]
    assert components(state)[0] == low + (6457827717110365317 >> 11) * 2.0**-53 * (high - low)
    draws = 1 if name == "mountaincar" else 4
    assert state["rng"] == (1234567 + draws * 0x9E3779B97F4A7C15) % 2**64
    assert state["elapsed"] == 0


@pytest.mark.parametrize("name", [*CONTROLS, "highcard"])
def test_snapshots_and_states_continue_the_same(name: str) -> None:
    one, other = make_reference(name), make_reference(name)
    rows = play_reference(one, 5, 30)
    for before, action, seen, after in rows:
        other.load(before)
        again = other.step(action)
        assert same_value(again, seen)
        assert same_value(other.state(), after)
        token = other.snapshot()
        other.reset(77)
        other.restore(token)
        assert same_value(other.state(), after)


@pytest.mark.parametrize("name", CONTROLS)
def test_refusals_change_nothing(name: str) -> None:
    environment = make_reference(name)
    with pytest.raises(Refused, match="reset first"):
        environment.step(0)
    environment.reset(3)
    before = environment.state()
    for action in (-1, environment.actions, True, 0.0, None):
        with pytest.raises(Refused, match="is no action"):
            environment.step(action)
    first = next(iter(before))
    bad_states = [{}, {**before, "extra": 0.0}, {**before, first: float("nan")}, {**before, first: 2e6}, {**before, "rng": -1}]
    for state in [*bad_states, {**before, "elapsed": STEPS_MAX[name] + 1}, {**before, "elapsed": 1.0}]:
        with pytest.raises(Refused, match="state"):
            environment.load(state)
    with pytest.raises(Refused, match="options"):
        environment.reset(4, {"low": 0.0})
    assert same_value(environment.state(), before)
    assert environment.load({**before, "elapsed": STEPS_MAX[name]})["truncated"]
    with pytest.raises(Refused, match="ended"):
        environment.step(0)


# --- the card game


def test_highcard_deals_from_the_generator() -> None:
    game = make_reference("highcard")
    game.reset(42)
    rng, deck = 42, [rank for rank in range(8) for _ in range(2)]

    def advance() -> int:
        nonlocal rng
        rng = (rng * 6364136223846793005 + 1442695040888963407) % 2**64
        return rng >> 32

    advance()
    cards = [deck.pop((advance() * len(deck)) >> 32) for _ in range(8)]
    state = game.state()
    assert (state["hands"]["p1"].tolist(), state["hands"]["p2"].tolist()) == (cards[0::2], cards[1::2])
    assert state["deck"].tolist() == deck + [-1] * 8
    assert state["rng"] == rng


@pytest.mark.parametrize(
    ("hands", "action", "points"),
    [
        (([5, 3, -1, -1], [4, 1, -1, -1]), {"p1": 0, "p2": 0}, (1, 0)),  # odd against even: no bonus
        (([5, 3, -1, -1], [4, 1, -1, -1]), {"p1": 1, "p2": 1}, (2, 0)),  # both odd: 1 and the loser's rank
        (([2, 3, -1, -1], [6, 1, -1, -1]), {"p1": 0, "p2": 0}, (0, 3)),
        (([0, 3, -1, -1], [6, 1, -1, -1]), {"p1": 0, "p2": 4}, (1, 0)),  # any card beats a pass
        (([0, 3, -1, -1], [6, 1, -1, -1]), {"p1": 4, "p2": 4}, (0, 0)),
    ],
)
def test_highcard_scores_turns(hands: Any, action: dict[str, int], points: tuple[int, int]) -> None:
    game = make_reference("highcard")
    game.reset(1)
    dealt = {agent: np.array(hand, np.int8) for agent, hand in zip(("p1", "p2"), hands, strict=True)}
    game.load({**game.state(), "hands": dealt})
    rng, size = game.state()["rng"], (game.state()["deck"] >= 0).sum()
    seen = game.step(action)
    after = game.state()
    assert after["scores"] == {"p1": points[0], "p2": points[1]}
    assert seen["reward"] == {"p1": float(points[0] - points[1]), "p2": float(points[1] - points[0])}
    played = sum(slot != 4 for slot in action.values())
    assert (after["deck"] >= 0).sum() == size - played  # every card played is replaced while the deck lasts
    assert (after["rng"] == rng) == (played == 0)
    assert after["passes"] == {agent: 2 - (slot == 4) for agent, slot in action.items()}


def test_highcard_ties_draw_once() -> None:
    game = make_reference("highcard")
    winners = set()
    for seed in range(8):
        game.reset(seed)
        hand = np.array([3, -1, -1, -1], np.int8)
        game.load({**game.state(), "hands": {"p1": hand, "p2": hand}, "deck": np.full(16, -1, np.int8)})
        rng = (game.state()["rng"] * 6364136223846793005 + 1442695040888963407) % 2**64
        seen = game.step({"p1": 0, "p2": 0})
        assert game.state()["rng"] == rng
        assert game.state()["scores"] == ({"p1": 0, "p2": 1} if rng >> 63 else {"p1": 1, "p2": 0})
        assert seen["terminated"]  # deck and hands are empty
        winners.add(rng >> 63)
    assert winners == {0, 1}


def test_highcard_asks_only_those_who_can_act() -> None:
    game = make_reference("highcard")
    game.reset(9)
    none = np.full(4, -1, np.int8)
    hands = {"p1": none, "p2": np.array([2, -1, 7, -1], np.int8)}
    game.load({**game.state(), "hands": hands, "deck": np.full(16, -1, np.int8), "passes": {"p1": 0, "p2": 1}})
    assert {agent: mask.tolist() for agent, mask in game.legal().items()} == {"p2": [True, False, True, False, True]}
    for action in ({"p1": 4, "p2": 0}, {}, {"p2": 1}, {"p2": 5}, {"p2": True}):
        with pytest.raises(Refused):
            game.step(action)
    game.step({"p2": 2})
    assert game.state()["scores"] == {"p1": 0, "p2": 1}
    assert game.state()["passes"] == {"p1": 0, "p2": 1}  # who was not asked has not passed


@pytest.mark.parametrize(("change", "flag"), [({"turn": 39}, "truncated"), ({"scores": {"p1": 11, "p2": 0}}, "terminated")])
def test_highcard_ends(change: dict[str, Any], flag: str) -> None:
    game = make_reference("highcard")
    game.reset(2)
    hands = {"p1": np.array([7, 7, 7, 7], np.int8), "p2": np.array([0, 0, 0, 0], np.int8)}
    seen = game.load({**game.state(), **change, "hands": hands})
    assert not seen["terminated"]
    assert not seen["truncated"]
    seen = game.step({"p1": 0, "p2": 0})
    assert {name for name in ("terminated", "truncated") if seen[name]} == {flag}
    assert game.legal() == {}


# --- the ports


def export(module: Any, state: Any) -> Any:
    return module.export_state(type(state)(*map(np.asarray, state)))


def keys_of(seeds: list[int]) -> Any:
    return np.array([[seed >> 32, seed % 2**32] for seed in seeds], np.uint32)


def step_ports(name: str, rows: list[Any], params: Any = None) -> tuple[Any, Any, Any, Any]:
    """Return what the port makes of each (state, action): obs, canonical state, reward, (terminated, truncated)."""
    jax = pytest.importorskip("jax")
    port = load_module("jax_target", name)
    params = params or port.default_params
    actions = [{"p1": 0, "p2": 0} | row[1] if isinstance(row[1], dict) else row[1] for row in rows]

    def step(state: Any, action: Any) -> Any:
        obs, after, reward, _, info = port.step(None, state, action, params)
        return obs, after, reward, (port.is_terminal(after, params), info["truncated"])

    stacked = jax.tree_util.tree_map(lambda array: np.asarray(array, np.int32), stack(actions))
    obs, after, reward, flags = jax.jit(jax.vmap(step))(port.import_state(stack([row[0] for row in rows])), stacked)
    return obs, export(port, after), reward, flags


@pytest.mark.parametrize("name", [*CONTROLS, "highcard"])
def test_ports_start_alike(name: str) -> None:
    jax = pytest.importorskip("jax")
    port, reference = load_module("jax_target", name), make_reference(name)
    seeds = [0, 1, 2**32 - 1, 2**32, 2**63, 2**64 - 1, *(random.Random(1).getrandbits(64) for _ in range(200))]
    _, state = jax.jit(jax.vmap(lambda key: port.reset(key, port.default_params)))(keys_of(seeds))
    exported = export(port, state)
    for row, seed in enumerate(seeds):
        reference.reset(seed)
        ours, theirs = flatten(reference.state()), flatten(unstack(exported, row))
        assert ours.keys() == theirs.keys()
        for path, leaf in ours.items():
            if isinstance(leaf, float):
                assert abs(leaf - theirs[path]) <= START_ERRORS[name]
            else:
                assert same_value(leaf, theirs[path]), path


@pytest.mark.parametrize("name", CONTROLS)
def test_ports_take_one_step_alike(name: str) -> None:
    reference = make_reference(name)
    rows = [row for seed in range(25) for row in play_reference(reference, seed, 200)]
    for state in near_ends(name, reference):
        reference.load(state)
        rows.append((state, reference.actions - 1, reference.step(reference.actions - 1), reference.state()))
    obs, after, reward, (terminated, truncated) = step_ports(name, rows)
    wanted = stack([row[3] for row in rows])
    errors = {path: np.abs(wanted[path] - after[path]).max() for path in wanted if path != "rng"}
    print(name, len(rows), errors)
    assert max(errors.values()) <= STEP_ERRORS[name]
    assert errors["elapsed"] == 0
    assert np.array_equal(wanted["rng"].astype(np.uint64), after["rng"])
    assert np.abs(np.array([row[2]["obs"] for row in rows]) - obs).max() <= STEP_ERRORS[name]
    assert [row[2]["reward"] for row in rows] == reward.tolist()
    assert [row[2]["terminated"] for row in rows] == terminated.tolist()
    assert [row[2]["truncated"] for row in rows] == truncated.tolist()
    assert terminated.any()
    assert truncated.any()


def near_ends(name: str, reference: Any) -> list[dict[str, Any]]:
    """Return states one step before the end: of the time, and of the task."""
    reference.reset(8)
    late = {**reference.state(), "elapsed": STEPS_MAX[name] - 1}
    goal = {
        "cartpole": {"x": 2.39, "x_dot": 2.0},
        "mountaincar": {"position": 0.49, "velocity": 0.06},
        "acrobot": {"theta1": 2.0, "dtheta1": 2.0},
    }[name]
    return [late, {**reference.state(), **goal}]


def test_a_wrong_constant_is_seen() -> None:
    rows = play_reference(make_reference("cartpole"), 3, 10)
    params = load_module("jax_target", "cartpole").default_params._replace(pole_mass=0.1001)
    _, after, *_ = step_ports("cartpole", rows, params)
    wanted = stack([row[3] for row in rows])
    assert max(np.abs(wanted[path] - after[path]).max() for path in ("x_dot", "theta_dot")) > STEP_ERRORS["cartpole"]


def test_highcard_port_plays_alike_bit_for_bit() -> None:
    game = make_reference("highcard")
    rows = [row for seed in range(200) for row in play_reference(game, seed * 0x9E3779B97F4A7C15 % 2**64, 100)]
    game.reset(4)
    late = {**game.state(), "turn": 39}
    game.load(late)
    rows.append((late, {"p1": 4, "p2": 4}, game.step({"p1": 4, "p2": 4}), game.state()))
    obs, after, reward, (terminated, truncated) = step_ports("highcard", rows)
    for index, (_, _, seen, state) in enumerate(rows):
        assert same_value(unstack(after, index), state)
        theirs = {"obs": obs, "reward": reward, "terminated": terminated, "truncated": truncated}
        assert same_value(unstack(theirs, index), seen)
    assert terminated.any()
    assert truncated.any()
    assert any(len(row[1]) == 1 for row in rows)
