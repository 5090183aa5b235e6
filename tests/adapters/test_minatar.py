"""MinAtar's games as references, and their JAX ports, which draw what these have drawn."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

jax = pytest.importorskip("jax")
minatar = pytest.importorskip("minatar")
jnp = jax.numpy

FOLDER = Path(__file__).parents[2] / "adapters"
PORTS = FOLDER / "jax_target"
sys.path.extend([str(FOLDER), str(FOLDER / "python_ref"), str(FOLDER / "tapes")])

import minatar_games  # noqa: E402
import scenes  # noqa: E402
from planting import Fault, plant  # noqa: E402

from equivcheck.backends.opening import Opening  # noqa: E402
from equivcheck.model.contract import read_contract  # noqa: E402
from equivcheck.model.values import flatten, same_value  # noqa: E402
from equivcheck.model.verdict import Outcome  # noqa: E402
from equivcheck.pair import Budget  # noqa: E402
from equivcheck.runner import Run, check_pair  # noqa: E402
from equivcheck.serving import Refused  # noqa: E402

pytestmark = pytest.mark.jax

GAMES = ("breakout", "space_invaders")
PAIRS = {pair.name: pair for pair in read_contract((FOLDER / "tapes" / "equivcheck.toml").read_text())}
FAULTS = {
    "breakout": Fault("sticks twice as often", "probability", "breakout.py", "_prob: float = 0.1", "_prob: float = 0.2"),
    "space_invaders": Fault(
        "no draw where the action is the last one", "skipped draw", "space_invaders.py",
        "params.sticky_action_prob])", "params.sticky_action_prob], when=action != state.last_action)",
    ),
}  # fmt: skip


def make_reference(name: str) -> Any:
    return getattr(minatar_games, f"make_{name}")()


def load_port(name: str, folder: Path = PORTS) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"minatar_{name}", folder / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    sys.modules[spec.name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def all_scenes(name: str) -> list[dict[str, Any]]:
    return list(getattr(scenes, name)())


@pytest.mark.parametrize("name", GAMES)
def test_the_reference_is_the_game_that_minatar_plays(name: str) -> None:
    ours, theirs = make_reference(name), minatar.Environment(name)
    stuck = 0
    for seed in (0, 3, 4, 2**32 - 1):
        theirs.seed(seed)
        theirs.reset()
        theirs.last_action = 0
        seen = ours.reset(seed)
        assert [each["site"] for each in ours.draws()] == ["Env.reset"] * (name == "breakout")
        assert not seen["terminated"]
        actions = np.random.default_rng(seed)
        while not seen["terminated"]:
            action = int(actions.integers(6))
            reward, over = theirs.act(action)
            seen = ours.step(action)
            assert (seen["reward"], seen["terminated"]) == (reward, over)
            assert np.array_equal(seen["obs"], theirs.state())
            assert ours.state()["last_action"] == theirs.last_action
            (draw,) = ours.draws()
            assert (draw["site"], draw["key"], draw["domain"]["p"].tolist()) == ("Environment.act", "", [0.9, 0.1])
            stuck += draw["value"]
    assert stuck


@pytest.mark.parametrize("name", GAMES)
def test_a_seed_says_all_of_an_episode_and_any_seed_will_do(name: str) -> None:
    used, fresh = make_reference(name), make_reference(name)
    used.reset(5)
    used.step(3)
    for seed in (7, 2**64 - 1):
        assert same_value(used.reset(seed), fresh.reset(seed))
        assert [same_value(used.step(1), fresh.step(1)) for _ in range(3)] == [True] * 3
        assert same_value(used.state(), fresh.state())


@pytest.mark.parametrize("name", GAMES)
def test_states_are_loaded_and_what_is_none_is_refused(name: str) -> None:
    reference = make_reference(name)
    reference.reset(0)
    for state in all_scenes(name):
        reference.load(state)
        assert same_value(reference.state(), state)
    wrong = [{}, {**state, "more": 0}, {**state, "pos": 10}, {**state, "pos": True}, {**state, "terminal": 0}]
    other = {"breakout": {"ball_y": 9}, "space_invaders": {"alien_map": np.zeros((10, 10), bool)}}[name]
    chart = "brick_map" if name == "breakout" else "f_bullet_map"
    for bad in [*wrong, {**state, chart: np.zeros((10, 10))}, {**state, **other}]:
        with pytest.raises(Refused, match="state"):
            reference.load(bad)
    assert same_value(reference.state(), state)


@pytest.mark.parametrize("name", GAMES)
def test_every_action_in_every_scene_does_the_same(name: str) -> None:
    reference, port = make_reference(name), load_port(name)
    reference.reset(0)
    rows = []
    for state in all_scenes(name):
        for action in range(reference.actions):
            reference.load(state)
            reference.feed([{"site": "Environment.act", "key": "", "value": 0}])
            seen = reference.step(action)
            rows.append((state, action, {**seen, "state": reference.state()}))
    before = port.State(**{field: jnp.asarray(np.stack([row[0][field] for row in rows])) for field in port.State._fields})
    params = port.default_params._replace(sticky_action_prob=0.0)
    actions = jnp.array([row[1] for row in rows])
    step = jax.jit(jax.vmap(lambda state, action: port.step(jax.random.PRNGKey(0), state, action, params)))
    obs, after, reward, done, info = step(before, actions)
    assert info["draws"] is None
    ours = {"obs": obs, "reward": reward, "terminated": done, "state": after._asdict()}
    theirs = [flatten(row[2]) for row in rows]
    assert ours["state"].keys() == rows[0][2]["state"].keys()
    for path, leaf in flatten({**ours, "state": dict(ours["state"])}).items():
        assert np.array_equal(np.stack([each[path] for each in theirs]), leaf), path
    assert len({float(value) for value in reward}) > 1
    assert done.any()


@pytest.mark.parametrize("name", GAMES)
def test_a_port_is_equivalent_on_the_references_draws(name: str) -> None:
    report = check_pair(PAIRS[name], Run(Opening(FOLDER / "tapes"), Budget(episodes=10), ("rollout",), save=False))
    assert report.outcome is Outcome.EQUIVALENT, report
    (verdict,) = report.levels
    assert list(verdict.coverage.loosenings) == ["draws.**.p: atol"]
    drawn = {path: entry for path, entry in verdict.coverage.fields.items() if path.startswith("draws")}
    assert all((entry.forced > 0) is path.endswith("value") for path, entry in drawn.items())
    assert sum(entry.compared for path, entry in drawn.items() if path.endswith("p")) > 0


@pytest.mark.parametrize("name", GAMES)
def test_a_wrong_draw_is_found(name: str, tmp_path: Path) -> None:
    plant(FAULTS[name], PORTS, tmp_path / "port")
    opening = Opening(FOLDER / "tapes", {"game": lambda: make_reference(name), "port": lambda: load_port(name, tmp_path / "port")})
    given = replace(PAIRS[name], reference="object:game", target="object:port")
    report = check_pair(given, Run(opening, Budget(episodes=10), ("rollout",), save=False))
    first = report.levels[-1].counterexamples[0]
    assert first.divergence.leading.kind == "draw"
    assert first.divergence.leading.path.startswith('draws["Environment.act"]')
    assert first.script.action_count == 1


@pytest.mark.parametrize("name", GAMES)
def test_a_port_plays_by_its_key_alone(name: str) -> None:
    port, lanes, steps = load_port(name), 256, 50

    def play(key: Any) -> Any:
        def act(state: Any, key: Any) -> Any:
            action = jax.random.randint(key, (), 0, 6)
            _, after, _, _, info = port.step(key, state, action, port.default_params)
            assert info["draws"] is None
            return after, (action != after.last_action, after.last_action == state.last_action)

        begin, run = jax.random.split(key)
        obs, state = port.reset(begin, port.default_params)
        return obs, jax.lax.scan(act, state, jax.random.split(run, steps))[1]

    obs, (other, same) = jax.jit(jax.vmap(play))(jax.random.split(jax.random.PRNGKey(1), lanes))
    assert abs(float(other.mean()) - 0.1 * 5 / 6) < 0.01  # one in ten sticks, one in six of which would have been the same anyway
    assert same[:, 1:][other[:, 1:]].all()
    reference = make_reference(name)
    starts = {reference.reset(seed)["obs"].tobytes() for seed in range(20)}
    assert {np.asarray(each).tobytes() for each in obs} == starts
