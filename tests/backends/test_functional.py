from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest

jax = pytest.importorskip("jax")

import jax.numpy as jnp  # noqa: E402

from equivcheck.backends.ecosystem.feeds import Rolled  # noqa: E402
from equivcheck.backends.ecosystem.functional import FunctionalBackend  # noqa: E402
from equivcheck.backends.local import LocalBackend, Refused  # noqa: E402
from equivcheck.backends.plain import PlainInstance  # noqa: E402
from equivcheck.conformance.declarations import complain_of_fields  # noqa: E402
from equivcheck.errors import AdapterError  # noqa: E402
from equivcheck.model.request import FULL, Ask, Greeting, Roll  # noqa: E402
from equivcheck.model.script import Episode, Script  # noqa: E402
from equivcheck.model.space import Box, Choice, DictSpace, Discrete, MultiBinary, MultiDiscrete, Space, TupleSpace  # noqa: E402
from equivcheck.model.trace import Trace  # noqa: E402
from equivcheck.model.values import same_value  # noqa: E402
from equivcheck.protocol.sampling import SplitMix64, draw  # noqa: E402

pytestmark = pytest.mark.jax


class State(NamedTuple):
    place: Any
    elapsed: Any
    key: Any


class Walk:
    """A walk on 0 to 9 from a place that the seed chooses; the steps to either end are allowed while there is room."""

    actions = 3
    default_params = SimpleNamespace(size=10, steps_max=12)

    def reset(self, key: Any, params: Any) -> Any:
        place = (key[1] % params.size).astype(jnp.int32)
        state = State(place, jnp.int32(0), key)
        return self.get_obs(state), state

    def step(self, key: Any, state: State, action: Any, params: Any) -> Any:
        after = State(state.place + action - 1, state.elapsed + 1, state.key)
        reward = action * 0.5
        truncated = self.is_truncated(after, params)
        return self.get_obs(after), after, reward, self.is_terminal(after, params) | truncated, {"truncated": truncated}

    def get_obs(self, state: State) -> Any:
        return {"place": jnp.stack([state.place, 9 - state.place]).astype(jnp.float32), "elapsed": state.elapsed}

    def is_terminal(self, state: State, params: Any) -> Any:
        return (state.place == 0) & (state.elapsed > 0)

    def is_truncated(self, state: State, params: Any) -> Any:
        return state.elapsed >= params.steps_max

    def legal(self, state: State, params: Any) -> Any:
        return jnp.array([True, True, False]) | (state.place < params.size - 1)

    def export_state(self, state: State) -> dict[str, Any]:
        seeds = state.key.astype(np.uint64)
        return {"where": {"place": state.place}, "elapsed": state.elapsed, "seed": seeds[:, 0] << np.uint64(32) | seeds[:, 1]}

    def import_state(self, tree: dict[str, Any]) -> State:
        if (tree["where"]["place"] > 9).any():
            raise ValueError("a place is 0 to 9")
        seeds = tree["seed"].astype(np.uint64)
        return State(tree["where"]["place"], tree["elapsed"], np.stack([seeds >> np.uint64(32), seeds % np.uint64(2**32)], axis=1))


class PlainWalk:
    """The same in plain Python."""

    actions = 3

    def reset(self, seed: int) -> dict[str, Any]:
        self._place, self._elapsed, self._seed = seed % 2**32 % 10, 0, seed
        return self._seen()

    def step(self, action: int) -> dict[str, Any]:
        self._place, self._elapsed = self._place + action - 1, self._elapsed + 1
        return {**self._seen(), "reward": action * 0.5}

    def legal(self) -> Any:
        return np.array([True, True, self._place < 9])

    def state(self) -> dict[str, Any]:
        return {"where": {"place": self._place}, "elapsed": self._elapsed, "seed": self._seed}

    def load(self, state: dict[str, Any]) -> dict[str, Any]:
        self._place, self._elapsed, self._seed = state["where"]["place"], state["elapsed"], state["seed"]
        return self._seen()

    def _seen(self) -> dict[str, Any]:
        obs = {"place": np.array([self._place, 9 - self._place], np.float32), "elapsed": self._elapsed}
        return {"obs": obs, "terminated": self._place == 0 and self._elapsed > 0, "truncated": self._elapsed >= 12}


class Told(Walk):
    """The walk on lanes of a fixed number, which tells what it did: `events` always, `draws` where they are asked for."""

    lanes = 8
    optional = ("draws",)
    traced = 0

    def step(self, key: Any, state: State, action: Any, params: Any) -> Any:
        Told.traced += 1
        obs, after, reward, done, info = super().step(key, state, action, params)
        told = {"place": after.place, "times": jnp.abs(action - 1)}
        return obs, after, reward, done, {**info, "events": told, "draws": {"value": action}}

    def read_events(self, told: dict[str, Any]) -> list[Any]:
        return [["moved", str(place)] * times for place, times in zip(told["place"].tolist(), told["times"].tolist(), strict=True)]

    def read_draws(self, told: dict[str, Any]) -> list[Any]:
        return [[{"site": "step", "value": str(value)}] for value in told["value"].tolist()]

    def begin(self, options: dict[str, Any], seed: int) -> Any:
        if options.keys() - {"place", "draws"}:
            raise ValueError("the options are place and draws")
        return {"where": {"place": options["place"]}, "elapsed": 0, "seed": seed} if "place" in options else None

    @property
    def records(self) -> dict[str, Any]:
        return {"events": self.read_events, "draws": self.read_draws}


class Bare:
    """The least there is: reset and step, in the manner of people who never heard of a checker."""

    num_actions = 2

    def reset(self, key: Any, params: Any) -> Any:
        state = {"total": jax.random.uniform(key), "count": jnp.int32(0)}
        return state["total"], state

    def step(self, key: Any, state: Any, action: Any, params: Any) -> Any:
        total = state["total"] + action * jax.random.uniform(key)
        state = {"total": total, "count": state["count"] + 1}
        return total, state, total, total > 4, {}


WALK = FunctionalBackend(Walk(), Greeting("walk"))
PLAIN = LocalBackend(lambda: PlainInstance(PlainWalk()), Greeting("walk"))


def assert_same(a: Trace, b: Trace) -> None:
    assert a.scripts == b.scripts
    assert [(run.script, run.episode, run.count) for run in a.runs] == [(run.script, run.episode, run.count) for run in b.runs]
    assert [(end.script, end.episode, end.step_index, end.kind) for end in a.ends] == [
        (end.script, end.episode, end.step_index, end.kind) for end in b.ends
    ]
    for row in range(a.step_count):
        assert same_value(a.step(row), b.step(row)), (a.step(row), b.step(row))
    for path, column in a.columns.items():
        assert column.form == b.columns[path].form, path


def rolls(count: int, steps_max: int = 30, spaces: Sequence[Space | None] = ()) -> list[Roll]:
    return [Roll((Episode(i), Episode(2**40 + 7 * i)), (i, i + 2**63), steps_max, tuple(spaces)) for i in range(count)]


def test_it_rolls_as_a_plain_object_does() -> None:
    ours, theirs = WALK.roll(range(40), rolls(40), FULL), PLAIN.roll(range(40), rolls(40), FULL)
    assert_same(ours, theirs)
    assert ours.flag("terminated").any()
    assert ours.flag("truncated").any()


def test_a_narrowed_roll_draws_as_the_sampler_says() -> None:
    for choice in (Choice((2, 1)), Choice((2,)), Choice((0, 2, 2))):  # [2] is illegal at the right end: then all legal ones
        narrowed = rolls(20, spaces=[choice, None])
        assert_same(WALK.roll(range(20), narrowed, FULL), PLAIN.roll(range(20), narrowed, FULL))


def test_play_equals_roll_equals_step_by_step() -> None:
    rolled = WALK.roll(range(20), rolls(20), FULL)
    assert_same(WALK.play(range(20), rolled.scripts, FULL), rolled)
    run = rolled.runs[6]
    episode = rolled.scripts[run.script].episodes[run.episode]
    seen = [WALK.reset([3], [episode], FULL).step(0)]
    seen += [WALK.step([3], [action], FULL).step(0) for action in episode.actions]
    assert len(seen) == run.count
    assert all(same_value(seen[index], rolled.step(run.first + index)) for index in range(run.count))
    assert WALK.step([3], [1], FULL).ends[0].kind == "refused"  # it has ended


def test_long_rolls_go_on_from_block_to_block() -> None:
    class Endless(Walk):
        default_params = SimpleNamespace(size=10, steps_max=10**6)

        def is_terminal(self, state: State, params: Any) -> Any:
            return state.place > 99

        def legal(self, state: State, params: Any) -> Any:
            return jnp.array([state.place > 0, True, state.place < 9])

    class PlainEndless(PlainWalk):
        def legal(self) -> Any:
            return np.array([self._place > 0, True, self._place < 9])

        def _seen(self) -> dict[str, Any]:
            return {**super()._seen(), "terminated": False, "truncated": False}

    ours = FunctionalBackend(Endless(), Greeting("walk")).roll([0, 1], rolls(2, 300), FULL)
    plain = LocalBackend(lambda: PlainInstance(PlainEndless()), Greeting("walk"))
    assert_same(ours, plain.roll([0, 1], rolls(2, 300), FULL))
    assert [run.count for run in ours.runs] == [301] * 4


def test_more_lanes_than_fit_are_played_in_waves() -> None:
    many = [Script((Episode(seed, (2,)), Episode(seed + 1, (1, 1)))) for seed in range(WALK.greeting.lanes)]
    lanes = range(len(many))
    assert_same(WALK.play(lanes, many, FULL), PLAIN.play(lanes, many, FULL))


def test_refusals_are_those_of_a_plain_object() -> None:
    fine = Episode(7, (1,))
    start = {"where": {"place": 3}, "elapsed": 2, "seed": 5}
    scripts = [
        Script((fine, Episode(9, (1, 2, 1)), fine)),  # 2 is illegal at the right end
        Script((Episode(4, (1, 3, 1)), fine)),  # 3 is no action
        Script((Episode(4, (1, True)),)),
        Script((Episode(4, (1, 1), start=start), fine)),
        Script((Episode(4, (2,) * 20),)),
    ]
    ours, theirs = WALK.play(range(5), scripts, FULL), PLAIN.play(range(5), scripts, FULL)
    assert_same(ours, theirs)
    assert [(end.script, end.episode, end.step_index) for end in ours.ends][:3] == [(0, 1, 2), (1, 0, 2), (2, 0, 2)]
    refused = WALK.play([0, 1, 2], [Script((replace(fine, start=bad),)) for bad in ({}, {**start, "where": {"place": 10}}, start)], FULL)
    assert [(end.script, end.step_index, end.kind) for end in refused.ends] == [(0, 0, "refused"), (1, 0, "refused")]
    assert refused.ends[1].words == "no state to load: a place is 0 to 9"
    assert [run.script for run in refused.runs] == [2]
    assert WALK.reset([0], [Episode(options={"size": 3})], FULL).ends[0].words == "there are no options"
    assert WALK.step([10_077], [1], FULL).ends[0].words == "no step: the lane was not reset"
    assert WALK.load([10_078], [start], FULL).ends[0].words == "no load: the lane was not reset"


def test_a_state_loaded_or_restored_goes_on_the_same() -> None:
    WALK.reset([0, 1, 2], [Episode(5), Episode(6), Episode(7)], FULL)
    WALK.step([0, 1, 2], [2, 2, 0], FULL)
    tokens, before = WALK.snapshot([0, 1, 2]), WALK.step([0, 1, 2], [1, 0, 1], FULL)
    WALK.restore([2, 0, 1], [tokens[2], tokens[0], tokens[1]])
    assert_same(WALK.step([0, 1, 2], [1, 0, 1], FULL), before)
    states = [before.step(row)["state"] for row in range(3)]
    loaded = WALK.load([2, 1, 0], states, FULL)
    for row in range(3):
        seen = before.step(row)
        del seen["reward"]
        assert same_value(loaded.step(row), seen)
    assert WALK.load([0], [{**states[0], "elapsed": 12}], FULL).flag("truncated").all()
    assert WALK.step([0], [1], FULL).ends[0].words == "no step: the episode has ended"
    with pytest.raises(Refused, match="bytes"):
        WALK.restore([0], [b"short"])
    WALK.discard([0])
    with pytest.raises(Refused, match="was not reset"):
        WALK.snapshot([0])


def test_detail_narrows_what_is_seen() -> None:
    script = [Script((Episode(5, (1, 1)),))]
    full = WALK.play([0], script, FULL)
    bare = WALK.play([0], script, Ask("bare"))
    assert {path for path in full.columns if not path.startswith("state")} == set(bare.columns)
    digest = WALK.play([0], script, Ask("digest", ("state.elapsed", "obs.elapsed")))
    assert set(digest.columns) == set(full.columns) - {"state.elapsed", "obs.elapsed"} | {"digest"}


def test_it_says_what_it_is() -> None:
    greeting = WALK.greeting
    assert greeting.actions == Discrete(3)
    assert greeting.capabilities == {"load", "snapshot", "eager"}
    forms = {path: (field.kind, field.dtype, field.shape) for path, field in greeting.fields.items()}
    played = WALK.roll(range(3), rolls(3), FULL)
    for path, column in played.columns.items():
        kind, dtype, shape = column.form
        assert forms[path] == ((kind, dtype, shape) if kind == "array" else (kind, "", ()))
    assert forms.keys() == played.columns.keys()
    duel = FunctionalBackend(Duel(), Greeting("duel")).greeting.fields
    assert [path for path, field in duel.items() if field.optional] == ["legal.a", "legal.b", "legal"]


def test_reset_and_step_alone_are_enough() -> None:
    backend = FunctionalBackend(Bare(), Greeting("bare"))
    assert backend.greeting.capabilities == {"snapshot", "eager"}
    rolled = backend.roll(range(9), rolls(9), FULL)
    again = backend.roll(range(9), rolls(9), FULL)
    assert_same(rolled, again)
    assert rolled.flag("terminated").any()
    assert not rolled.flag("truncated").any()
    first, other = (rolled.step(rolled.runs[index].first)["obs"] for index in (0, 2))
    assert first != other  # the seed is used
    assert first == float(jax.random.uniform(jax.random.PRNGKey(0)))
    totals = rolled.columns["state.total"].values
    count = rolled.runs[0].count
    assert len(set(np.diff(np.asarray(totals[:count])).tolist()) - {0.0}) > 1  # and each step has a key of its own
    assert backend.play([0], [Script((Episode(1, start={"total": 1.0, "count": 0}),))], FULL).ends[0].words.startswith("no load")


def test_a_state_is_loaded_as_it_is_where_there_are_no_hooks() -> None:
    class Observed(Bare):
        def get_obs(self, state: Any) -> Any:
            return state["total"]

    backend = FunctionalBackend(Observed(), Greeting("observed"))
    seen = backend.play([0], [Script((Episode(1, (0,), start={"count": 5, "total": 1.5}),))], FULL)
    assert [seen.step(row)["state"] for row in range(2)] == [{"count": 5, "total": 1.5}, {"count": 6, "total": 1.5}]
    bad: list[Any] = [{"count": 5}, {"count": 5.5, "total": 1.5}, {"count": 2**40, "total": 1.5}, {"count": 5, "total": "x"}, 3]
    assert len(backend.load([0] * 5, bad, FULL).ends) == 5


class Pile:
    """A card more at each step, up to three: a list in the canonical state."""

    actions = 2

    def reset(self, key: Any, params: Any) -> Any:
        cards = jnp.array([7, 0, 0])
        return cards, cards

    def step(self, key: Any, state: Any, action: Any, params: Any) -> Any:
        cards = state.at[(state > 0).sum()].set(action + 1, mode="drop")
        return cards, cards, 0.0, False, {}

    def get_obs(self, state: Any) -> Any:
        return state

    def export_state(self, state: Any) -> dict[str, Any]:
        return {"cards": [np.ma.masked_equal(cards, 0) for cards in state.T]}

    def import_state(self, tree: Any) -> Any:
        cards = np.stack(tree["cards"], axis=1)
        return np.pad(cards, ((0, 0), (0, 3 - cards.shape[1])))


def test_a_leaf_that_some_states_lack_is_a_masked_array() -> None:
    pile = FunctionalBackend(Pile(), Greeting("pile"))
    seen = pile.play([0, 1], [Script((Episode(1, (0, 1, 1)),)), Script((Episode(1, (1,)),))], FULL)
    assert [seen.step(row)["state"] for row in range(4)] == [{"cards": cards} for cards in ([7], [7, 1], [7, 1, 2], [7, 1, 2])]
    assert seen.step(5)["state"] == {"cards": [7, 2]}
    assert (pile.greeting.fields["state.cards[*]"].kind, pile.greeting.fields["state.cards[*]"].optional) == ("int", True)
    assert not complain_of_fields(seen, pile.greeting.fields)
    states: list[Any] = [{"cards": [3]}, {"cards": [3, 4, 5]}]
    loaded = pile.load([0, 1], states, FULL)
    assert [loaded.step(row)["state"] for row in range(2)] == states


def test_fixed_lanes_play_the_same_with_one_trace_of_the_step() -> None:
    backend = FunctionalBackend(Told(), Greeting("told"))
    assert backend.greeting.lanes == 8
    traced, compiled_s = Told.traced, backend.compiled_s
    for count in (1, 8, 20):
        ours, theirs = backend.roll(range(count), rolls(count), FULL), PLAIN.roll(range(count), rolls(count), FULL)
        events = [path for path in ours.columns if path.startswith("events")]
        assert_same(replace(ours, columns={path: column for path, column in ours.columns.items() if path not in events}), theirs)
        assert_same(backend.play(range(count), ours.scripts, FULL), ours)
    backend.reset([0], [Episode(5)], FULL)
    backend.step([0], [1], FULL)
    assert Told.traced == traced + 1
    assert backend.compiled_s > compiled_s


def test_what_a_step_records_is_read_on_the_host() -> None:
    backend = FunctionalBackend(Told(), Greeting("told"))
    fields = backend.greeting.fields
    assert all(fields[name].kind == "text" and fields[name].optional for name in ("events", "draws"))
    assert not [path for path in fields if path.startswith(("events.", "draws."))]
    episodes = [Episode(5, (1, 2)), Episode(5, (0,), {"draws": True}), Episode(5, (1,), {"draws": False})]
    seen = backend.play([0, 1, 2], [Script((episode,)) for episode in episodes], FULL)
    rows = [seen.step(row) for row in range(seen.step_count)]
    assert [row["events"] for row in rows] == [[], [], ["moved", "6"], [], ["moved", "4"], [], []]
    assert [row.get("draws") for row in rows] == [None, None, None, [], [{"site": "step", "value": "0"}], None, None]
    assert backend.step([0, 1], [2, 1], FULL).step(1)["draws"] == [{"site": "step", "value": "1"}]
    tokens = backend.snapshot([1])
    backend.restore([5], tokens)
    assert "draws" in backend.step([5], [1], FULL).step(0)
    assert not [path for path in backend.play([0], [Script((episodes[1],))], Ask("bare")).columns if path.startswith(("events", "draws"))]


def test_options_say_where_an_episode_begins() -> None:
    backend = FunctionalBackend(Told(), Greeting("told"))
    start = {"where": {"place": 7}, "elapsed": 3, "seed": 1}
    episodes = [Episode(5, (), {"place": 2}), Episode(5, (), {"place": 2}, start), Episode(5, (), {"size": 3}), Episode(5)]
    seen = backend.play(range(4), [Script((episode,)) for episode in episodes], FULL)
    assert [seen.step(row)["state"]["where"]["place"] for row in range(3)] == [2, 7, 5]
    assert [(end.script, end.kind, end.words) for end in seen.ends] == [(2, "refused", "the options are place and draws")]


SPACES: list[Space] = [
    Discrete(5, -2),
    Choice((3, 1, 2)),
    MultiDiscrete((2, 5, 3), (0, -1, 7)),
    MultiBinary((2, 3)),
    Box((2, 2), "float32", (0.0, -1.0, float("-inf"), float("-inf")), (1.0, 0.1, float("inf"), 3.0)),
    Box((2,), "int8", (-3.0, 0.0), (4.0, 0.0)),
    Box((1,), "float64", (5.0,), (float("inf"),)),
    TupleSpace((Discrete(3), Box((1,), "float32", (0.0,), (0.3,)), MultiDiscrete((4, 4)))),
    DictSpace((("a", Discrete(2)), ("b", TupleSpace((Discrete(7),))))),
]


@pytest.mark.parametrize("space", SPACES, ids=lambda space: type(space).__name__)
def test_unmasked_actions_are_drawn_as_the_sampler_says(space: Space) -> None:
    declared = Discrete(5) if isinstance(space, Choice) else space
    feed = Rolled([space] * 3, declared, (), [1, 2**64 - 1, 3], [7, 7, 7], 4, masked=False)
    for _ in range(3):
        feed.block(3)
    for lane, chooser in enumerate((1, 2**64 - 1, 3)):
        rng = SplitMix64(chooser)
        drawn = feed.actions(lane, 7)
        assert len(drawn) == 7
        assert all(same_value(action, draw(rng, space)) for action in drawn)


def test_boxes_reach_the_environment_in_their_dtype() -> None:
    class Pushed:
        actions = Box((2,), "float32", (-1.0, -1.0), (1.0, 1.0))

        def reset(self, key: Any, params: Any) -> Any:
            return jnp.zeros(2), jnp.zeros(2)

        def step(self, key: Any, state: Any, action: Any, params: Any) -> Any:
            assert action.dtype == jnp.float32
            return action, state + action, action.sum(), jnp.bool_(False), {}

    backend = FunctionalBackend(Pushed(), Greeting("pushed"))
    rolled = backend.roll([0], [Roll((Episode(1),), (4,), 5)], FULL)
    actions = rolled.scripts[0].episodes[0].actions
    assert all(same_value(rolled.step(row + 1)["obs"], action) for row, action in enumerate(actions))
    assert_same(backend.play([0], rolled.scripts, FULL), rolled)
    wide = np.array([0.0, 2.0], np.float32)
    assert backend.play([0], [Script((Episode(1, (wide,)),))], FULL).ends[0].step_index == 1


class Duel:
    """Two agents; b is asked on odd turns only, nobody after the end."""

    actions = {"b": 2, "a": 3}  # noqa: RUF012

    def reset(self, key: Any, params: Any) -> Any:
        return {"a": jnp.int8(0), "b": jnp.zeros(2)}, jnp.int32(0)

    def step(self, key: Any, state: Any, action: Any, params: Any) -> Any:
        a = action["a"].astype(jnp.float32)
        return {"a": action["a"].astype(jnp.int8), "b": jnp.ones(2) * state}, state + 1, {"a": a, "b": 0 - a}, state + 1 >= 4, {}

    def legal(self, state: Any) -> Any:
        live = state < 4
        return {"a": jnp.array([True, False, True]) & live, "b": jnp.array([True, True]) & live & (state % 2 == 1)}


def test_only_the_agents_asked_act() -> None:
    backend = FunctionalBackend(Duel(), Greeting("duel"))
    assert backend.greeting.agents == ("a", "b")
    rolled = backend.roll([0, 1], [Roll((Episode(1),), (4,), 9), Roll((Episode(2),), (5,), 9)], FULL)
    for script in (0, 1):
        actions = rolled.scripts[script].episodes[0].actions
        assert [sorted(action) for action in actions] == [["a"], ["a", "b"], ["a"], ["a", "b"]]
        rng = SplitMix64(4 + script)  # agents in order, each from its own mask
        assert all(action == {k: (0, 2)[rng.below(2)] if k == "a" else rng.below(2) for k in sorted(action)} for action in actions)
    assert [sorted(rolled.step(row)["legal"]) for row in range(5)] == [["a"], ["a", "b"], ["a"], ["a", "b"], []]
    assert_same(backend.play([0, 1], rolled.scripts, FULL), rolled)
    bad: list[Any] = [{"a": 0, "b": 0}, {}, {"a": 1}, {"a": 0, "c": 0}, 0]
    played = backend.play(range(5), [Script((Episode(1, (action,)),)) for action in bad], FULL)
    assert [end.step_index for end in played.ends] == [1] * 5
    assert [end.words for end in played.ends] == [
        "only a may act now",
        "a: action None is not legal now",
        "a: action 1 is not legal now",
        "only a may act now",
        "0 is not in the action space, or not legal now",
    ]
    backend.reset([0], [Episode(1)], FULL)
    assert backend.step([0], [{"a": 1}], FULL).ends[0].words == "a: action 1 is not legal now"


def test_masks_allow_what_they_allow() -> None:
    """The fault: a mask that the port applies in `step` alone is not seen, so a masked action must be refused here."""
    backend = FunctionalBackend(Duel(), Greeting("duel"))
    assert backend.play([0], [Script((Episode(1, ({"a": 1},)),))], FULL).ends
    assert not backend.play([0], [Script((Episode(1, ({"a": 2},)),))], FULL).ends


def test_components_are_called() -> None:
    environment = Walk()
    environment.components = {"add": lambda a, b: jnp.add(a, b)}  # type: ignore[attr-defined]
    backend = FunctionalBackend(environment, Greeting("walk"))
    assert backend.greeting.components == ("add",)
    assert backend.call("add", [[1, 2], [3, 4]]) == [3, 7]
    with pytest.raises(Refused, match="no component 'sub'"):
        backend.call("sub", [])


def test_what_cannot_be_played_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    class Wordless(Bare):
        num_actions = None

    class Broken(Bare):
        def step(self, key: Any, state: Any, action: Any, params: Any) -> Any:
            return super().step(key, state, action, params)[:4]

    class MaskedBox(Bare):
        actions = Box((1,), "float32", (0.0,), (1.0,))

        def legal(self, state: Any) -> Any:
            return jnp.array([True])

    with pytest.raises(AdapterError, match="does not say what its actions are"):
        FunctionalBackend(Wordless(), Greeting("wordless"))
    with pytest.raises(AdapterError, match="cannot be traced: ValueError"):
        FunctionalBackend(Broken(), Greeting("broken"))
    with pytest.raises(AdapterError, match="discrete actions"):
        FunctionalBackend(MaskedBox(), Greeting("masked"))
    for actions, mask, words in (
        (2, [True] * 3, r"`legal` of masked is legal bool\[3\], where its actions want legal bool\[2\]"),
        (2, [1, 0], r"is legal int32\[2\], where"),
        (2, {"a": [True] * 2}, r"is legal.a bool\[2\], where its actions want legal bool\[2\]"),
    ):
        shown = jax.tree_util.tree_map(jnp.array, mask, is_leaf=lambda part: isinstance(part, list))
        bad = type("Masked", (Bare,), {"actions": actions, "legal": lambda self, state, *, shown=shown: shown})
        with pytest.raises(AdapterError, match=words):
            FunctionalBackend(bad(), Greeting("masked"))

    class OneMask(Duel):
        def legal(self, state: Any) -> Any:
            return {"a": super().legal(state)["a"]}

    with pytest.raises(AdapterError, match=r"is legal.a bool\[3\], where its actions want legal.a bool\[3\], legal.b bool\[2\]"):
        FunctionalBackend(OneMask(), Greeting("masked"))
    monkeypatch.setitem(sys.modules, "equivcheck.backends.ecosystem.vmapped", None)
    with pytest.raises(AdapterError) as caught:
        FunctionalBackend(Bare(), Greeting("bare"))
    assert "equivcheck[jax]" in caught.value.hint
