"""Gymnasium's games against their JAX ports on a tape, and the wrong draws that a tape finds."""

from __future__ import annotations

import itertools
import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

jax = pytest.importorskip("jax")
gymnasium = pytest.importorskip("gymnasium")
jnp = jax.numpy

FOLDER = Path(__file__).parents[2] / "adapters"
sys.path.extend([str(FOLDER / "jax_target"), str(FOLDER / "tapes")])

from faults_table import FAULTS, PAIRS, search  # noqa: E402

from equivcheck.backends.opening import Opening  # noqa: E402
from equivcheck.model.spec import RolloutPlan  # noqa: E402
from equivcheck.model.verdict import Outcome  # noqa: E402
from equivcheck.pair import Budget  # noqa: E402
from equivcheck.recording.dense import Table  # noqa: E402
from equivcheck.recording.jax_draws import Draws  # noqa: E402
from equivcheck.runner import Run, check_pair  # noqa: E402

pytestmark = [pytest.mark.jax, pytest.mark.newest]

GAMES = ("frozenlake", "taxi", "cliffwalking", "blackjack")
TABLES = {"frozenlake": "FrozenLake-v1", "taxi": "Taxi-v4", "cliffwalking": "CliffWalking-v1"}
STOCHASTIC: dict[str, dict[str, Any]] = {"frozenlake": {}, "taxi": {"is_rainy": True}, "cliffwalking": {"is_slippery": True}}
KINDS = {
    "probability", "range", "filtered domain", "stale domain", "reused key", "constant key", "skipped draw", "extra draw", "wrong site",
    "wrong key",
}  # fmt: skip
HIDDEN = ("the ice mostly holds", "a card too many in the deck", "a card is burnt before the dealer plays")


@pytest.mark.parametrize("name", GAMES)
def test_a_port_draws_as_its_reference(name: str) -> None:
    plan = RolloutPlan(drivers=("uniform",), steps_max=50)
    given = replace(PAIRS[name], target="object:port", spec=replace(PAIRS[name].spec, rollout=plan))
    opening = Opening(FOLDER / "tapes", {"port": lambda: import_module(name)})
    report = check_pair(given, Run(opening, Budget(episodes=20), ("rollout",), save=False))
    assert report.outcome is Outcome.EQUIVALENT, report
    (verdict,) = report.levels
    assert verdict.coverage.episodes == 20
    drawn = {path: entry for path, entry in verdict.coverage.fields.items() if path.startswith("draws")}
    assert all((entry.forced > 0) is path.endswith("value") for path, entry in drawn.items())
    assert sum(entry.compared for path, entry in drawn.items() if path.endswith("kind")) > 0


@pytest.mark.parametrize(("name", "given"), [*STOCHASTIC.items(), ("taxi", {}), ("cliffwalking", {})])
def test_every_outcome_of_every_action_is_that_of_the_reference(name: str, given: dict[str, Any]) -> None:
    port, chances = import_module(name), gymnasium.make(TABLES[name], **given).unwrapped.P
    rows = [
        (s, action, way, *outcome)
        for s, by_action in chances.items()
        for action, outcomes in by_action.items()
        for way, outcome in enumerate(outcomes)
        if not port.is_terminal(port.State(s, *[0] * (len(port.State._fields) - 1)), port.default_params)
    ]
    (site,) = port.sites
    flags = {"rainy", "slippery", "fickle"} & set(port.default_params._fields)
    params = port.default_params._replace(**{flag: bool(given) and flag != "fickle" for flag in flags})

    def step(s: Any, action: Any, way: Any) -> Any:
        state = port.State(s, *[jnp.int32(0) if field == "elapsed" else jnp.bool_(False) for field in port.State._fields[1:]])
        capacity = port.sites[site].times + 1
        table = {site: Table(jnp.ones(1, jnp.int32), jnp.zeros((1, capacity), jnp.int32).at[0, 0].set(way))}
        draws = Draws.taped(jax.random.PRNGKey(0), port.sites, table)
        _, after, reward, _, info = port.step(draws, state, action, params)
        made = info["draws"][site]
        told = (made.parameters["p"][0, 0], made.parameters["among"][0, 0], made.count[0])
        return after.s, reward, port.is_terminal(after, params), *told

    starts, actions, ways, p, after, reward, terminated = (np.array(column) for column in zip(*rows, strict=True))
    got = [np.asarray(part) for part in jax.jit(jax.vmap(step))(starts.astype(np.int32), actions.astype(np.int32), ways.astype(np.int32))]
    assert np.array_equal(got[0], after)
    assert np.array_equal(got[1], reward)
    assert np.array_equal(got[2], terminated)
    assert np.abs(got[3][np.arange(len(rows)), ways] - p).max() < 1e-7
    assert np.array_equal(got[4], [len(chances[s][action]) for s, action in zip(starts, actions, strict=True)])
    assert (got[5] == 1).all()


def test_the_dealer_never_needs_more_cards() -> None:
    port = import_module("blackjack")

    def most(total: int, ace: bool) -> int:
        counts = total + 10 if ace and total <= 11 else total
        return 0 if counts >= 17 else 1 + max(most(total + card, ace or card == 1) for card in range(1, 11))

    assert max(most(one + other, 1 in (one, other)) for one, other in itertools.product(range(1, 11), repeat=2)) == port.DRAWS_MAX


@pytest.mark.parametrize(
    ("player", "dealer", "rewards"),
    [
        ([1, 10], [10, 8], (1.0, 1.0, 1.5)),
        ([1, 10], [5, 6, 10], (1.0, 0.0, 0.0)),
        ([1, 10], [10, 1], (0.0, 0.0, 0.0)),
        ([5, 6, 10], [10, 8], (1.0, 1.0, 1.0)),
        ([10, 8], [10, 6, 6], (1.0, 1.0, 1.0)),
        ([10, 6], [10, 7], (-1.0, -1.0, -1.0)),
    ],
)
def test_hands_are_settled_as_the_options_say(player: list[int], dealer: list[int], rewards: tuple[float, ...]) -> None:
    """In the order: sab, neither, natural; what the reference gives for the same hands."""
    port = import_module("blackjack")
    options = [{"sab": True}, {"sab": False}, {"sab": False, "natural": True}]
    for wanted, option in zip(rewards, options, strict=True):
        theirs = gymnasium.make("Blackjack-v1", **{"natural": False, **option}).unwrapped
        theirs.player, theirs.dealer = list(player), list(dealer)
        state = port.import_state({"player": [np.array([card]) for card in player], "dealer": [np.array([card]) for card in dealer]})
        one = jax.tree_util.tree_map(lambda leaf: jnp.asarray(leaf[0]), state)
        _, _, reward, done, _ = jax.jit(port.step)(jax.random.PRNGKey(0), one, 0, port.Params(**option))
        assert (float(reward), bool(done)) == (theirs.step(0)[1], True) == (wanted, True)


@pytest.mark.parametrize("hand", [[], [3], [0, 4], [11, 1], [1] * 23, 3])
def test_a_hand_that_is_none_is_refused(hand: Any) -> None:
    port = import_module("blackjack")
    cards = [np.array([card]) for card in hand] if isinstance(hand, list) else np.array([hand])
    with pytest.raises(ValueError, match=r"state\.player is a list of 2 to 22 cards, ints from 1 to 10"):
        port.import_state({"player": cards, "dealer": [np.array([2]), np.array([2])]})


@pytest.mark.parametrize("name", GAMES)
def test_a_port_without_a_tape_draws_from_its_key_alone(name: str) -> None:
    port = import_module(name)
    keys = jax.random.split(jax.random.PRNGKey(3), 400)
    _, state = jax.jit(port.reset)(keys[0], port.default_params)
    _, one, _, _, info = jax.jit(port.step)(keys[0], state, 1, port.default_params)
    assert info["draws"] is None
    step = jax.jit(jax.vmap(lambda key: port.step(key, state, 1, port.default_params)[1]))
    after, again = (np.asarray(step(keys)[0]) for _ in range(2))
    assert np.array_equal(after[0], one[0])
    assert np.array_equal(after, again)
    assert len(np.unique(after, axis=0)) > 1


def test_a_taxi_begins_anywhere_with_a_passenger_who_wants_to_go() -> None:
    port = import_module("taxi")
    _, state = jax.jit(jax.vmap(lambda key: port.reset(key, port.default_params)))(jax.random.split(jax.random.PRNGKey(0), 6_000))
    scene = port.decode(np.asarray(state.s))
    assert len(np.unique(np.asarray(state.s))) == 300
    assert not (scene.passenger == scene.destination).any()
    assert abs(float(state.fickle.mean()) - 0.3) < 0.03


def test_the_list_is_of_every_kind() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 20
    assert {fault.kind for fault in FAULTS} == KINDS


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.replace(" ", "-"))
def test_each_line_stands_in_its_port_once(fault: Any) -> None:
    text = (FOLDER / "jax_target" / fault.file).read_text(encoding="utf-8")
    assert text.count(fault.old) == 1
    compile(text.replace(fault.old, fault.new), fault.file, "exec")


@pytest.mark.parametrize("name", HIDDEN)
def test_a_wrong_draw_is_found_that_forced_values_hide(name: str) -> None:
    (fault,) = (fault for fault in FAULTS if fault.name == name)
    *_, parts_in, episodes, size, alone = search(fault, 16, 0)
    assert parts_in.startswith("`draws")
    assert int(episodes) <= 16
    assert int(size) <= 3
    assert alone == "missed"
