"""Draws from JAX keys: what the samplers draw is what they draw unwatched, and records say from which key, by what, from where."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

jax = pytest.importorskip("jax")
jnp = jax.numpy

from jax.random import fold_in as folded_in  # noqa: E402
from jax.random import normal as bell  # noqa: E402

from equivcheck.backends.ecosystem.functional_tape import Recorded  # noqa: E402
from equivcheck.backends.opening import Opening  # noqa: E402
from equivcheck.conformance import examine  # noqa: E402
from equivcheck.errors import AdapterError  # noqa: E402
from equivcheck.model.request import FULL, Roll  # noqa: E402
from equivcheck.model.script import Episode, Script  # noqa: E402
from equivcheck.model.spec import PRESETS, PairSpec, Spec  # noqa: E402
from equivcheck.model.values import same_value  # noqa: E402
from equivcheck.model.verdict import Outcome  # noqa: E402
from equivcheck.pair import Budget, Pair, Side  # noqa: E402
from equivcheck.recording import Tape, choice, distribution, integers, permutation  # noqa: E402
from equivcheck.recording.dense import Site  # noqa: E402
from equivcheck.recording.jax_draws import Draws  # noqa: E402
from equivcheck.recording.jax_keys import JaxKeys  # noqa: E402
from equivcheck.recording.jax_samplers import is_sampler  # noqa: E402
from equivcheck.runner import Run, check_pair  # noqa: E402

pytestmark = pytest.mark.slow

KEY = jax.random.PRNGKey(5)
ODDS = np.array([0.5, 0.25, 0.25], np.float32)
COV = np.array([[1.0, 0.2], [0.2, 2.0]], np.float32)
TENS = jnp.array([10, 20, 30])

# Each sampler's arguments, and the domain and shape of what is recorded.
SAMPLERS: dict[str, tuple[tuple[Any, ...], Any]] = {
    "ball": ((3,), distribution("ball", d=3, p=2)),
    "bernoulli": ((0.25,), choice([0.75, 0.25])),
    "beta": ((2.0, 3.0), distribution("beta", a=2.0, b=3.0)),
    "binomial": ((5.0, 0.5), distribution("binomial", n=5.0, p=0.5)),
    "bits": (((2,),), integers(0, 2**32, (2,))),
    "categorical": ((np.zeros(4, np.float32),), choice([0.25] * 4)),
    "cauchy": ((), distribution("standard_cauchy")),
    "chisquare": ((2.0,), distribution("chisquare", df=2.0)),
    "choice": ((TENS, (2,), False, ODDS), choice(ODDS, (2,)) | {"replace": False}),
    "dirichlet": ((ODDS,), distribution("dirichlet", alpha=ODDS)),
    "double_sided_maxwell": ((0.0, 1.0), distribution("double_sided_maxwell", loc=0.0, scale=1.0)),
    "exponential": (((2, 2),), distribution("exponential", (2, 2), scale=1.0)),
    "f": ((2.0, 3.0), distribution("f", dfnum=2.0, dfden=3.0)),
    "gamma": ((2.0,), distribution("gamma", scale=1.0, shape=2.0)),
    "generalized_normal": ((2.0,), distribution("generalized_normal", p=2.0)),
    "geometric": ((0.5,), distribution("geometric", p=0.5)),
    "gumbel": ((), distribution("gumbel", loc=0.0, scale=1.0)),
    "laplace": ((), distribution("laplace", loc=0.0, scale=1.0)),
    "loggamma": ((2.0,), distribution("loggamma", a=2.0)),
    "logistic": ((), distribution("logistic", loc=0.0, scale=1.0)),
    "lognormal": ((0.5,), distribution("lognormal", mean=0.0, sigma=0.5)),
    "maxwell": ((), distribution("maxwell")),
    "multinomial": ((9.0, ODDS), distribution("multinomial", n=9.0, pvals=ODDS)),
    "multivariate_normal": ((ODDS[:2], COV), distribution("multivariate_normal", mean=ODDS[:2], cov=COV)),
    "normal": (((3,),), distribution("normal", (3,), loc=0.0, scale=1.0)),
    "orthogonal": ((2,), distribution("orthogonal", n=2)),
    "pareto": ((3.0,), distribution("paretovariate", a=3.0)),
    "permutation": ((TENS,), permutation(3)),
    "poisson": ((4.0,), distribution("poisson", lam=4.0)),
    "rademacher": ((), distribution("rademacher")),
    "randint": (((2,), -1, 5), integers(-1, 5, (2,))),
    "rayleigh": ((2.0,), distribution("rayleigh", scale=2.0)),
    "t": ((3.0,), distribution("standard_t", df=3.0)),
    "triangular": ((0.0, 0.5, 1.0), distribution("triangular", left=0.0, mode=0.5, right=1.0)),
    "truncated_normal": ((-1.0, 2.0), distribution("truncated_normal", lower=-1.0, upper=2.0)),
    "uniform": (((), jnp.float32, -1.0, 0.5), distribution("uniform", low=-1.0, high=0.5)),
    "wald": ((1.0,), distribution("wald", scale=1.0, mean=1.0)),
    "weibull_min": ((2.0, 3.0), distribution("weibullvariate", scale=2.0, a=3.0)),
}
PLACES = {"choice", "permutation"}  # what is recorded is not what is answered


def recorded(draw: Any, **roots: Any) -> tuple[Any, list[Any]]:
    """Return what a function draws, and the records."""
    keys = JaxKeys(Tape())
    with keys.recording({"": KEY, **roots}):
        drawn = draw()
    return drawn, keys.tape.take()


def test_every_sampler_is_known_here() -> None:
    there = {name for name, function in vars(jax.random).items() if is_sampler(name, function)}
    assert there <= SAMPLERS.keys()
    assert {"uniform", "normal", "randint", "bernoulli", "choice", "categorical", "permutation"} <= there


@pytest.mark.parametrize("name", [name for name in SAMPLERS if hasattr(jax.random, name)])
def test_a_sampler_draws_as_ever_and_says_from_what(name: str) -> None:
    arguments, domain = SAMPLERS[name]
    drawn, (record,) = recorded(lambda: getattr(jax.random, name)(KEY, *arguments))
    plain = getattr(jax.random, name)(KEY, *arguments)
    assert (drawn.dtype, drawn.shape) == (plain.dtype, plain.shape)
    assert np.array_equal(drawn, plain)
    assert same_value(record["domain"], domain), record
    assert (record["site"], record["key"]) == ("test_a_sampler_draws_as_ever_and_says_from_what", "")
    if name not in PLACES:
        assert np.array_equal(np.asarray(record["value"]), np.asarray(plain, np.float64))


def test_of_a_choice_and_a_permutation_the_places_are_recorded() -> None:
    drawn, records = recorded(lambda: (jax.random.choice(KEY, TENS), jax.random.permutation(KEY, TENS), jax.random.choice(KEY, 7)))
    assert TENS[records[0]["value"]] == drawn[0]
    assert np.array_equal(TENS[records[1]["value"]], drawn[1])
    assert records[2]["value"] == drawn[2]
    rows = jnp.arange(6).reshape(2, 3)
    columns, (record,) = recorded(lambda: jax.random.choice(KEY, rows, (2,), axis=1))
    assert np.array_equal(rows[:, record["value"]], columns)
    assert np.array_equal(columns, jax.random.choice(KEY, rows, (2,), axis=1))


def test_a_tape_is_drawn_as_the_sampler_answers() -> None:
    keys = JaxKeys(Tape())
    told = [("uniform", 0.25), ("bernoulli", 1), ("permutation", np.array([2, 0, 1])), ("choice", 2)]
    keys.tape.feed([{"site": "test_a_tape_is_drawn_as_the_sampler_answers", "key": name, "value": value} for name, value in told])
    roots = {name: jax.random.PRNGKey(at) for at, (name, _) in enumerate(told)}
    with keys.recording(roots):
        where, heads = jax.random.uniform(roots["uniform"]), jax.random.bernoulli(roots["bernoulli"])
        order, pick = jax.random.permutation(roots["permutation"], TENS), jax.random.choice(roots["choice"], TENS)
    assert (where, where.dtype, bool(heads), heads.dtype) == (0.25, np.float32, True, np.bool_)
    assert (order.tolist(), int(pick), order.dtype) == ([30, 10, 20], 30, TENS.dtype)


def keys_of(draw: Any, **roots: Any) -> list[str]:
    return [record["key"] for record in recorded(draw, **roots)[1]]


def test_the_key_says_where_it_comes_from() -> None:
    def draw() -> None:
        first, second = jax.random.split(KEY)
        bell(first)
        bell(jax.random.split(second, (2, 2))[1, 0])
        bell(jax.random.fold_in(first, 7))
        bell(folded_in(jax.random.clone(jax.random.key(3)), 1))
        bell(jax.random.PRNGKey(3) + jnp.uint32(1))
        bell(jax.random.split(mine)[0])

    mine = jax.random.key(9)
    assert keys_of(draw, **{"state.rng": mine}) == ["0", "1.1,0", "0+7", "key(3)+1", "0x100000004", "state.rng.0"]


def test_a_key_that_was_drawn_from_before_says_so() -> None:
    def draw() -> None:
        first, second = jax.random.split(KEY)
        jax.random.uniform(first)
        jax.random.normal(second)
        jax.random.normal(jax.random.split(KEY)[0])
        jax.random.normal(KEY)
        jax.random.normal(KEY)

    assert keys_of(draw) == ["0", "1", "0 reused", "", "reused"]


def wander(key: Any) -> Any:
    def round(carry: Any, _: Any) -> Any:
        key, own = jax.random.split(carry)
        return key, jax.random.randint(own, (), 0, 5)

    rest, drawn = jax.lax.scan(round, key, None, length=3)
    side = jax.lax.cond(drawn[0] >= 0, lambda: jax.random.uniform(rest), lambda: jax.random.normal(rest))
    each = jax.vmap(lambda key, high: jax.random.randint(key, (), 0, high))(jax.random.split(rest, 3), jnp.arange(1, 4))
    pairs = jax.vmap(lambda key: jax.vmap(jax.random.exponential)(jax.random.split(key)))(jax.random.split(jax.random.key(1)))
    return drawn, side, each, pairs


def test_what_is_drawn_in_compiled_loops_branches_and_maps_is_seen() -> None:
    compiled = jax.jit(wander)
    drawn, records = recorded(lambda: compiled(KEY))
    for watched, plain in zip(drawn, compiled(KEY), strict=True):
        assert np.array_equal(watched, plain)
    assert [record["key"] for record in records[:3]] == ["1", "0.1", "0.0.1"]
    assert (records[3]["site"], records[3]["domain"]["kind"]) == ("wander", "uniform")
    assert [(record["key"], record["domain"]["high"]) for record in records[4:7]] == [("0.0.0.0", 1), ("0.0.0.1", 2), ("0.0.0.2", 3)]
    assert {record["key"] for record in records[7:]} == {"key(1).0.0", "key(1).0.1", "key(1).1.0", "key(1).1.1"}


def test_outside_nothing_is_changed() -> None:
    before = (jax.random.normal, bell, jax.random.split)
    watched = []

    def fail() -> None:
        watched.append(jax.random.normal is bell is not before[0])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        recorded(fail)
    assert watched == [True]
    assert (jax.random.normal, bell, jax.random.split) == before


class Orchard:
    """A wind blows, three trees grow, and who picks gets what is ripe, in the order of a shuffled list."""

    actions = 2
    lanes = 4

    def reset(self, key: Any, params: Any) -> Any:
        state = {"ripe": jnp.zeros(3, jnp.int32), "basket": jnp.int32(0), "days": jnp.int32(0), "wind": jnp.float32(0)}
        return self.get_obs(state), state

    def step(self, key: Any, state: Any, action: Any, params: Any) -> Any:
        blowing, growing, picking = jax.random.split(key, 3)
        wind = self.blow(blowing)
        grown = jnp.stack([self.grow(own) for own in jax.random.split(growing, 3)])
        ripe, order = state["ripe"] + grown, self.order(picking)
        first = order[0]
        basket = state["basket"] + jnp.where(action == 1, ripe[first], 0)
        ripe = jnp.where(action == 1, ripe.at[first].set(0), ripe)
        state = {"ripe": ripe, "basket": basket, "days": state["days"] + 1, "wind": wind}
        return self.get_obs(state), state, wind, state["days"] >= 5, {}

    def blow(self, key: Any) -> Any:
        return jax.random.uniform(key, minval=-1.0, maxval=1.0)

    def grow(self, key: Any) -> Any:
        return jax.random.choice(key, 3, p=jnp.asarray(ODDS))

    def order(self, key: Any) -> Any:
        return jax.random.permutation(key, 3)

    def get_obs(self, state: Any) -> Any:
        return jnp.append(state["ripe"], state["basket"])

    def is_terminal(self, state: Any) -> Any:
        return state["days"] >= 5


class ReusedKey(Orchard):
    def step(self, key: Any, state: Any, action: Any, params: Any) -> Any:
        obs, state, reward, done, info = super().step(key, state, action, params)
        return obs, {**state, "wind": self.blow(jax.random.split(key, 3)[0])}, reward, done, info


class ConstantKey(Orchard):
    def blow(self, key: Any) -> Any:
        return super().blow(jax.random.PRNGKey(0))


class Port:
    """Draws by a table, in another order."""

    actions = 2
    lanes = 4
    sites: ClassVar = {
        "Orchard.blow": Site(("uniform", "normal"), keys=("0",)),
        "Orchard.grow": Site(("choice", "integers"), keys=("1.0", "1.1", "1.2"), size=3),
        "Orchard.order": Site("permutation", keys=("2",), size=3),
    }
    reset, get_obs, is_terminal = Orchard.reset, Orchard.get_obs, Orchard.is_terminal

    def step(self, key: Any, state: Any, action: Any, params: Any) -> Any:
        order, draws = Draws.of(key).permutation("Orchard.order", 3)
        grown = []
        for tree in range(3):
            more, draws = self.grow(draws, tree)
            grown.append(more)
        wind, draws = self.blow(draws)
        ripe = state["ripe"] + jnp.stack(grown)
        basket = state["basket"] + jnp.where(action == 1, ripe[order[0]], 0)
        ripe = jnp.where(action == 1, ripe.at[order[0]].set(0), ripe)
        state = {"ripe": ripe, "basket": basket, "days": state["days"] + 1, "wind": wind}
        return self.get_obs(state), state, wind, state["days"] >= 5, {"draws": draws.made}

    def grow(self, draws: Any, tree: int) -> Any:
        return draws.choice("Orchard.grow", ODDS, key=tree)

    def blow(self, draws: Any) -> Any:
        return draws.uniform("Orchard.blow", -1.0, 1.0)


class OtherRange(Port):
    def blow(self, draws: Any) -> Any:
        return draws.uniform("Orchard.blow", -1.0, 1.5)


class OtherSampler(Port):
    def grow(self, draws: Any, tree: int) -> Any:
        return draws.integers("Orchard.grow", 0, 3, key=tree)


class OneKey(Port):
    def grow(self, draws: Any, tree: int) -> Any:
        return super().grow(draws, min(tree, 1))


class Skipped(Port):
    def blow(self, draws: Any) -> Any:
        return jnp.float32(0), draws


def pair_of(tmp_path: Path, reference: type, target: type) -> Pair:
    opening = Opening(tmp_path, {"orchard": lambda: Recorded(reference()), "port": target})
    return Pair("orchard", Side("object:orchard", opening), Side("object:port", opening), Spec(), PRESETS["tape"])


def test_a_port_that_draws_by_a_table_is_equivalent_to_one_that_draws_by_keys(tmp_path: Path) -> None:
    opening = Opening(tmp_path, {"orchard": lambda: Recorded(Orchard()), "port": Port})
    run = Run(opening, Budget(episodes=6), levels=("rollout",), save=False)
    report = check_pair(PairSpec("orchard", "object:orchard", "object:port", Spec()), run)
    assert report.outcome is Outcome.EQUIVALENT, report
    assert report.mode.startswith("tape")
    drawn = {path: entry for path, entry in report.levels[0].coverage.fields.items() if path.startswith("draws")}
    assert {path.split('"')[1] for path in drawn} == set(Port.sites)
    assert {entry.forced for path, entry in drawn.items() if "domain" in path} == {0}


@pytest.mark.parametrize(
    ("reference", "target", "where"),
    [
        (Orchard, OtherRange, 'draws["Orchard.blow"].0[0].domain.high'),
        (Orchard, OtherSampler, 'draws["Orchard.grow"]["1.0"][0].domain'),
        (Orchard, OneKey, 'draws["Orchard.grow"]["1.1"]'),
        (Orchard, Skipped, 'draws["Orchard.blow"]'),
        (ReusedKey, Port, 'draws["Orchard.blow"]["0 reused"]'),
        (ConstantKey, Port, 'draws["Orchard.blow"].PRNGKey(0)'),
    ],
    ids=lambda side: getattr(side, "__name__", ""),
)
def test_a_wrong_draw_on_either_side_is_found(tmp_path: Path, reference: type, target: type, where: str) -> None:
    played = pair_of(tmp_path, reference, target).roll([Roll((Episode(seed),), (seed,), 3, (None,)) for seed in range(3)])
    assert len(played.comparison.divergences) == 3
    for divergence in played.comparison.divergences:
        assert divergence.leading.kind == "draw"
        assert any(difference.path.startswith(where) for difference in divergence.differences), divergence.differences


def test_it_plays_as_it_does_unrecorded_and_breaks_no_law() -> None:
    sides = [Opening(Path(__file__).parent).open(f"python:test_jax_keys:Orchard{option}") for option in ("", "?draws=true")]
    rolls = [Roll((Episode(3), Episode(4)), (1, 2), 5, (None, None))]
    plain, taped = (side.roll([0], rolls, FULL) for side in sides)
    assert len(plain.columns) < len(taped.columns)
    for path, column in plain.columns.items():
        assert np.array_equal(np.asarray(column.values), np.asarray(taped.columns[path].values)), path
    assert taped.step(1, ("draws",))["draws"][0]["site"] == "Orchard.blow"
    broken = [{one.sentence for one in examine(side) if one.complaint} for side in sides]
    assert broken[1] == broken[0]


class Looping(Orchard):
    """Draws in a compiled loop, from ranges of its own, and folds what it has drawn into a key."""

    def step(self, key: Any, state: Any, action: Any, params: Any) -> Any:
        def round(carry: Any, high: Any) -> Any:
            key, own = jax.random.split(carry)
            return key, jax.random.randint(own, (), 0, high)

        obs, state, reward, done, info = super().step(key, state, action, params)
        rest, drawn = jax.jit(lambda key: jax.lax.scan(round, key, jnp.arange(2, 5) + state["ripe"][0]))(key)
        return obs, {**state, "wind": bell(folded_in(rest, drawn[2]))}, reward, done, info


class Branching(Orchard):
    def blow(self, key: Any) -> Any:
        return jax.lax.cond(jax.random.bernoulli(key), lambda: jax.random.normal(key), lambda: jax.random.uniform(key))


class Mapped(Orchard):
    def order(self, key: Any) -> Any:
        return jax.vmap(jax.random.randint, (0, None, None, None))(jax.random.split(key, 3), (), 0, 3)


class Unbounded(Orchard):
    def blow(self, key: Any) -> Any:
        def again(carry: Any) -> Any:
            key, own = jax.random.split(carry[0])
            return key, jax.random.normal(own)

        return jax.lax.while_loop(lambda carry: carry[1] < 0, again, (key, jnp.float32(-1)))[1]


@pytest.mark.parametrize(
    ("environment", "is_gathered"),
    [(Orchard, True), (ReusedKey, True), (ConstantKey, True), (Looping, True), (Branching, False), (Mapped, False), (Unbounded, False)],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_draws_of_many_steps_at_once_are_those_of_each_step_by_itself(tmp_path: Path, environment: type, is_gathered: bool) -> None:
    made = Recorded(environment())
    rolls = [Roll((Episode(seed),), (seed,), 5, (None,)) for seed in range(6)]
    trace = Opening(tmp_path, {"orchard": lambda: made}).open("object:orchard").roll(range(6), rolls, FULL)
    assert made._gathers is is_gathered
    keys = JaxKeys(Tape())
    for run in trace.runs:
        for number, action in enumerate(trace.scripts[run.script].episodes[0].actions):
            seen, before = trace.step(run.first + number + 1), trace.step(run.first + number)["state"]
            key = jax.random.fold_in(jax.random.PRNGKey(run.script), number)
            with keys.recording({"": key}):
                environment().step(key, {name: jnp.asarray(leaf) for name, leaf in before.items()}, action, None)
            expected = keys.tape.take()
            assert len(seen["draws"]) == len(expected) >= 5
            for one, other in zip(seen["draws"], expected, strict=True):
                assert one.pop("value") == pytest.approx(other.pop("value"), rel=1e-6)
                assert same_value(one, other), (one, other)


class Still(Orchard):
    """Draws nothing."""

    def step(self, key: Any, state: Any, action: Any, params: Any) -> Any:
        state = {**state, "days": state["days"] + 1}
        return self.get_obs(state), state, state["wind"], state["days"] >= 5, {}


@pytest.mark.parametrize("environment", [Orchard, Still])
def test_a_step_that_draws_nothing_and_an_episode_without_steps_have_no_draws(tmp_path: Path, environment: type) -> None:
    side = Opening(tmp_path, {"orchard": lambda: Recorded(environment())}).open("object:orchard")
    begun = side.play([0], [Script((Episode(1),))], FULL)
    assert begun.step(0).get("draws", []) == []
    played = side.play([0], [Script((Episode(1, actions=(0, 1)),))], FULL)
    assert len(played.step(2)["draws"]) == (0 if environment is Still else 5)


def test_what_cannot_be_recorded_says_so(tmp_path: Path) -> None:
    class Plain:
        actions = 2

        def reset(self, seed: int) -> Any: ...

        def step(self, action: int) -> Any: ...

    for environment, words in ((Plain, "this is a Plain"), (Port, "has `sites`")):
        with pytest.raises(AdapterError, match=words):
            Recorded(environment())
    with pytest.raises(AdapterError, match="'draw=1' is no option"):
        Opening(Path(__file__).parent).open("python:test_jax_keys:Orchard?draw=1")
