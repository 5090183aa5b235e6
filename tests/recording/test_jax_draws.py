"""Draws of a JAX port: by key alone, or by a table, under jit, vmap, scan and cond."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

jax = pytest.importorskip("jax")
jnp = jax.numpy

from equivcheck.errors import AdapterError  # noqa: E402
from equivcheck.recording.dense import Site, Table, records, tables  # noqa: E402
from equivcheck.recording.jax_draws import Draws  # noqa: E402

SITES = {
    "roll": Site("integers", keys=("a", "b"), times=3),
    "pick": Site("choice", size=4),
    "order": Site("permutation", size=5),
    "where": Site("uniform"),
    "noise": Site("normal"),
}
KEY = jax.random.PRNGKey(0)


def record(site: str, value: Any, key: str = "", **domain: Any) -> dict[str, Any]:
    return {"site": site, "key": key, "domain": domain, "value": value}


def turn(draws: Draws, odds: Any, often: Any) -> tuple[dict[str, Any], Draws]:
    """Draw at every site; the second key only as often as it is told, in a loop."""
    first, draws = draws.integers("roll", 1, 7)
    second, draws = draws.integers("roll", 1, 7)

    def more(carry: Any, at: Any) -> Any:
        total, draws = carry
        value, draws = draws.integers("roll", 0, at + 2, key=1, when=at < often)
        return (total + jnp.where(at < often, value, 0), draws), None

    (total, draws), _ = jax.lax.scan(more, (jnp.int32(0), draws), jnp.arange(3))
    pick, draws = draws.choice("pick", odds, among=3)
    order, draws = draws.permutation("order", 5)
    where, draws = draws.uniform("where", -1.0, 1.0)
    noise, draws = draws.normal("noise", 0.0, 2.0)
    drawn = {"first": first, "second": second, "total": total, "pick": pick, "order": order, "where": where, "noise": noise}
    return drawn, draws


ODDS = np.array([0.5, 0.25, 0.25, 0.0], np.float32)
TAPE = [
    record("roll", 6, "a"), record("roll", 2, "a"), record("roll", 1, "b"), record("roll", 2, "b"), record("pick", 2),
    record("order", np.array([4, 2, 0, 1, 3])), record("where", 0.25), record("noise", -3.5),
]  # fmt: skip


def one_lane(tape: list[Any]) -> dict[str, Table]:
    return {name: Table(part.count[0, 0], part.value[0, 0]) for name, part in tables(SITES, [[tape]], 1).items()}


def played(tape: list[Any], often: int = 2, odds: Any = ODDS) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    drawn, draws = jax.jit(lambda table, often: turn(Draws.taped(KEY, SITES, table), odds, often))(one_lane(tape), often)
    made = {
        name: {"count": part.count[None], "value": part.value[None], "parameters": {key: p[None] for key, p in part.parameters.items()}}
        for name, part in draws.made.items()
    }
    (told,) = records(SITES, jax.device_get(made))
    return jax.tree_util.tree_map(np.asarray, drawn), told


def values(told: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(each["site"], each["key"], np.asarray(each["value"]).tolist()) for each in told]


def test_what_the_tape_has_is_drawn_and_told_with_the_ports_own_domains() -> None:
    drawn, told = played(TAPE)
    assert {name: value.tolist() for name, value in drawn.items()} == {
        "first": 6, "second": 2, "total": 3, "pick": 2, "order": [4, 2, 0, 1, 3], "where": 0.25, "noise": -3.5}  # fmt: skip
    assert values(told) == values(TAPE)
    domains = [each["domain"] for each in told]
    assert domains[0] == domains[1] == {"kind": "integers", "low": 1, "high": 7}
    assert [domain["high"] for domain in domains[2:4]] == [2, 3]
    assert domains[4]["kind"] == "choice"
    assert domains[4]["p"].tolist() == [0.5, 0.25, 0.25]
    assert domains[5:] == [
        {"kind": "permutation", "n": 5},
        {"kind": "uniform", "low": -1.0, "high": 1.0},
        {"kind": "normal", "loc": 0.0, "scale": 2.0},
    ]


def test_without_a_table_the_key_draws_and_nothing_else_is_there() -> None:
    draws = Draws.of(KEY)
    drawn, after = jax.jit(lambda key: turn(Draws.of(key), ODDS, 3))(KEY)
    assert after.made is None
    assert after.given is None
    assert Draws.of(draws) is draws
    many = jax.jit(jax.vmap(lambda key: turn(Draws.of(key), ODDS, 3)[0]))(jax.random.split(KEY, 2_000))
    assert set(np.unique(many["first"]).tolist()) == set(range(1, 7))
    assert abs(float((many["pick"] == 0).mean()) - 0.5) < 0.05
    assert drawn["order"].shape == (5,)


def test_a_tape_that_has_too_little_leaves_the_rest_to_the_key() -> None:
    alone, own = played([])
    drawn, told = played(TAPE[:1])
    assert (int(drawn["first"]), int(drawn["second"])) == (6, int(alone["second"]))
    assert [entry[:2] for entry in values(told)] == [entry[:2] for entry in values(own)]


def test_what_is_not_in_the_ports_own_domain_is_not_drawn() -> None:
    wrong = [record("roll", 7, "a"), record("pick", 3), record("where", 2.0), record("order", np.array([0, 0, 1, 2, 3]))]
    _, told = played(wrong)
    assert not {str(entry) for entry in values(told)} & {str(entry) for entry in values(wrong)}


def test_what_is_masked_is_not_counted() -> None:
    _, told = played(TAPE, often=0)
    assert [each["key"] for each in told if each["site"] == "roll"] == ["a", "a"]


def test_sites_and_forms_that_are_not_the_ports_are_left_out() -> None:
    strange = [record("rolls", 1, "a"), record("roll", 1, "c"), record("roll", np.array([1, 2]), "a"), record("roll", "1", "b"), "nothing"]
    table = tables(SITES, [[strange]], 1)
    assert not any(part.count.any() for part in table.values())


def test_a_site_that_draws_too_often_is_an_error() -> None:
    made = {
        "roll": {
            "count": np.array([[5, 0]]),
            "value": np.zeros((1, 2, 4)),
            "parameters": {"low": np.zeros((1, 2, 4)), "high": np.zeros((1, 2, 4))},
        }
    }
    with pytest.raises(AdapterError, match="'roll' drew 5 times in a step for one key, and its Site says 3"):
        records({"roll": SITES["roll"]}, made)


def test_one_draw_too_many_is_told() -> None:
    _, draws = Draws.taped(KEY, SITES, one_lane([record("where", 0.5)])).uniform("where")
    _, draws = draws.uniform("where", 0.0, 3.0)
    made = jax.tree_util.tree_map(lambda leaf: np.asarray(leaf)[None], {name: part._asdict() for name, part in draws.made.items()})
    (told,) = records(SITES, made)
    assert [each["domain"]["high"] for each in told] == [1.0, 3.0]


def test_a_sampler_of_another_kind_is_an_error() -> None:
    draws = Draws.taped(KEY, SITES, one_lane([]))
    with pytest.raises(TypeError, match="'pick' draws integers, and its Site says choice"):
        draws.integers("pick", 0, 3)


def test_a_site_of_several_kinds_draws_them_in_order() -> None:
    sites = {"act": Site(("choice", "integers", "uniform"), times=3, size=2)}
    tape = [record("act", 1), record("act", 4), record("act", 0.5)]
    table = {name: Table(part.count[0, 0], part.value[0, 0]) for name, part in tables(sites, [[tape]], 1).items()}

    def told(kinds: str) -> list[tuple[Any, Any]]:
        draws = Draws.taped(KEY, sites, table)
        for kind in kinds:
            if kind == "c":
                _, draws = draws.choice("act", np.array([0.5, 0.5]))
            else:
                _, draws = draws.integers("act", 0, 5) if kind == "i" else draws.uniform("act", 0.0, 1.0)
        made = jax.tree_util.tree_map(lambda leaf: np.asarray(leaf)[None], {name: part._asdict() for name, part in draws.made.items()})
        (rows,) = records(sites, made)
        return [({key: np.asarray(part).tolist() for key, part in row["domain"].items()}, row["value"]) for row in rows]

    choice = {"kind": "choice", "p": [0.5, 0.5]}
    integers, uniform = {"kind": "integers", "low": 0, "high": 5}, {"kind": "uniform", "low": 0.0, "high": 1.0}
    assert told("ciu") == [(choice, 1), (integers, 4), (uniform, 0.5)]
    assert [type(value) for _, value in told("ciu")] == [int, int, float]
    assert [domain for domain, _ in told("uci")] == [uniform, choice, integers]


def test_each_lane_of_a_batch_has_its_own_tape() -> None:
    table = tables(SITES, [[[record("roll", 3, "a")]], [[record("roll", 5, "a")]]], 2)
    rows = {name: Table(part.count[0], part.value[0]) for name, part in table.items()}
    drawn = jax.vmap(lambda table: Draws.taped(KEY, SITES, table).integers("roll", 1, 7)[0])(rows)
    assert drawn.tolist() == [3, 5]
