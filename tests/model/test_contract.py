"""Contracts are read as they were meant, or refused with the place and the words."""

from __future__ import annotations

import datetime
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equivcheck.errors import SpecError
from equivcheck.model.contract import read_contract, spec_from_mapping
from equivcheck.model.paths import Pattern
from equivcheck.model.positions import dotted_text, position_of, quoted_text
from equivcheck.model.spec import FieldRule, Known, PairSpec, RolloutPlan, ShrinkPlan, Spec, Views
from equivcheck.model.suggestion import closest


def sections(name: str) -> list[tuple[str, str]]:
    """Return (heading, TOML) for each example in a file of this folder."""
    parts = (Path(__file__).parent / name).read_text(encoding="utf-8").split("#### ")[1:]
    return [(part.partition("\n")[0], part.partition("\n")[2]) for part in parts]


GOOD = dict(sections("good_contracts.txt"))
BAD = sections("bad_contracts.txt")
BASE = GOOD["the least there is"]


@pytest.mark.parametrize(("heading", "text"), BAD, ids=[heading for heading, _ in BAD])
def test_a_bad_contract_is_refused_with_its_place(heading: str, text: str) -> None:
    words = heading.partition(" ")[2]
    with pytest.raises(SpecError) as refusal:
        read_contract(text, "contract.toml")
    assert words in str(refusal.value)
    with pytest.raises(SpecError) as refusal:
        read_contract(text.replace("\n", "\r\n"), "contract.toml")
    assert words in str(refusal.value)


def test_everything_is_read() -> None:
    assert read_contract(GOOD["everything"]) == (
        PairSpec(
            "cartpole",
            "gymnasium:CartPole-v1",
            "python:my_env:make",
            Spec(
                mode="injected",
                seed=2**64 - 1,
                levels=("self", "property", "interaction", "rollout", "transfer", "my_env.levels:extra"),
                fields=(
                    FieldRule(Pattern("state"), 1e-4, 0.5, 4, "any", "equal", alias=True, because="float32 port"),
                    FieldRule(Pattern("obs"), 1.0, because="as state"),
                    FieldRule(Pattern("obs.n")),
                    FieldRule(Pattern("events[*].**.name"), bag=True, because="no order is promised"),
                    FieldRule(Pattern("events[0].name"), ordered=True),
                    FieldRule(Pattern('sides[0]["Mr. Mime"]'), keyed="name", because="slots differ"),
                    FieldRule(Pattern("info"), ignore=True, because="never trained on"),
                ),
                known=(
                    Known(Pattern("state.x"), "issue 12", "value", datetime.date(2027, 1, 1)),
                    Known(Pattern("state.y"), "issue 13"),
                ),
                views=Views("my_env.maps:canonical", "my_env.maps:Maps.canonical"),
                rollout=RolloutPlan(1, ("swarm", "my_env:drive"), 1_000, "my_env.starts:grid"),
                shrink=ShrinkPlan(0, 30.0),
            ),
        ),
    )


def test_what_is_left_out_has_the_defaults_of_the_model() -> None:
    assert read_contract(BASE) == (PairSpec("cartpole", "gymnasium:CartPole-v1", "python:my_env:make", Spec()),)


def test_pairs_keep_their_order_and_axes_stand_in_for_a_mode() -> None:
    first, second = read_contract(GOOD["two pairs, with axes in place of a mode"])
    assert (first.name, first.spec) == ("a.b", Spec(start="own", draws="seeded"))
    assert (second.name, second.spec) == ("c-d_2", Spec(draws="tape", resync="each_step"))


def test_a_quoted_day_and_a_whole_float_are_read_as_what_they_are() -> None:
    (pair,) = read_contract(GOOD["a day in quotes, whole floats, known in one line"])
    assert pair.spec.known[0].until == datetime.date(2027, 2, 28)
    assert type(pair.spec.rollout.episodes) is int
    assert pair.spec.rollout.episodes == 100


def test_spelled_out_defaults_need_no_reason_and_guesses_are_marked() -> None:
    (pair,) = read_contract(GOOD["defaults spelled out"])
    assert pair.spec.fields == (FieldRule(Pattern("obs")),)
    (pair,) = read_contract(GOOD["an unreviewed guess"])
    assert not pair.spec.fields[0].reviewed


def test_a_mapping_is_read_as_the_same_table_would_be() -> None:
    table = tomllib.loads(GOOD["everything"])["pair"]["cartpole"]
    del table["reference"], table["target"]
    assert spec_from_mapping(table) == read_contract(GOOD["everything"])[0].spec
    assert spec_from_mapping({}) == Spec()
    assert spec_from_mapping({"levels": ("self",)}).levels == ("self",)


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ({"feilds": {}}, 'mine: feilds: unknown key "feilds" (did you mean "fields"?)'),
        ({"episodes": 3}, 'mine: episodes: unknown key "episodes": it belongs in [rollout]'),
        ({"reference": "a"}, 'mine: reference: unknown key "reference"'),
        ({3: 4}, 'mine: 3: unknown key "3"'),
        ({"fields": {"state.x": {"atol": None}}}, 'mine: fields."state.x".atol: atol cannot be a NoneType'),
        ({"fields": {3: {"ignore": True, "because": "x"}}}, "mine: fields.3: 3 cannot stand here"),
        ({"levels": ["self", "self"]}, 'mine: levels[1]: "self" is there twice'),
        ([], "mine: write a dict with the keys of a [pair.NAME] table, not an empty list"),
    ],
)
def test_a_bad_mapping_is_refused_with_its_dotted_place(mapping: object, words: str) -> None:
    with pytest.raises(SpecError) as refusal:
        spec_from_mapping(mapping, "mine")  # type: ignore[arg-type]
    assert str(refusal.value).startswith(words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[pair.a]\nreference = \n", "equivcheck.toml:2:13: this is no TOML"),
        ("[pair.a]\nseed = 1\nseed = 2\n", "equivcheck.toml:3:9: this is no TOML"),
        ("[pair.a]\nlevels = [\n", "equivcheck.toml:3: this is no TOML"),
        ("a = " + "1" * 5000, "equivcheck.toml: this is no TOML"),
        ("a = " + "[" * 100_000, "equivcheck.toml: brackets are nested too deep"),
    ],
)
def test_what_is_no_toml_is_refused_with_its_place(text: str, words: str) -> None:
    with pytest.raises(SpecError) as refusal:
        read_contract(text)
    assert str(refusal.value).startswith(words)


def test_a_byte_order_mark_is_passed_over() -> None:
    assert read_contract("\ufeff" + BASE) == read_contract(BASE)


NAMES = st.text(st.sampled_from("ab.#=[]{}\"'\\ \n\té"), max_size=4)
TREES = st.recursive(
    st.sampled_from(["1", "1.5", "2027-01-01 08:00:00", '"a#\\"=]"', "'''x\n]'y'''", '"""b\n"\\""""', "true", '""', "''"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


def toml_of(tree: object) -> str:
    if isinstance(tree, list):
        return "[ # list ]\n" + ",\n".join(map(toml_of, tree)) + "]"
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{quoted_text(key)} = {toml_of(item)}" for key, item in tree.items()) + "}"
    return str(tree)


def paths_below(tree: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [found for key, item in items for found in [(*path, key), *paths_below(item, (*path, key))]]


@given(st.dictionaries(NAMES, st.dictionaries(NAMES, TREES, max_size=3), max_size=3), st.booleans())
def test_every_key_of_any_toml_is_found_where_it_stands(tables: dict[str, dict[str, object]], repeated: bool) -> None:
    opening, closing = ("[[", "]]") if repeated else ("[", "]")
    text = ""
    for name, table in tables.items():
        lines = [f"  {quoted_text(key)} = {toml_of(item)} # {key!r}" for key, item in table.items()]
        text += "\n".join([f"{opening} {quoted_text(name)} {closing}", *lines, ""])
    lines = text.split("\n")
    for path in paths_below(tomllib.loads(text)):
        at = position_of(text, path)
        assert at is not None, path
        rest = lines[at[0] - 1][at[1] - 1 :]
        if isinstance(path[-1], str):
            assert rest.startswith(quoted_text(path[-1]))
    assert position_of(text, ("no such table", 0)) is None


def test_dotted_keys_and_arrays_of_tables_are_found() -> None:
    text = "[[a.b]]\nc . 'd' = 1\n[[a.b]]\n[a.b.e]\nf = {g.h = [[0], [{i = 1}]]}\n"
    assert position_of(text, ("a", "b", 0, "c", "d")) == (2, 5)
    assert position_of(text, ("a", "b", 1)) == (3, 5)
    assert position_of(text, ("a", "b", 1, "e", "f")) == (5, 1)
    assert position_of(text, ("a", "b", 1, "e", "f", "g", "h", 1, 0, "i")) == (5, 20)
    assert position_of(text, ("a", "b", 0, "e")) is None


def test_paths_are_spelled_as_toml_spells_them() -> None:
    assert dotted_text(("pair", "a-b", "fields", "state.x", "levels", 1)) == 'pair.a-b.fields."state.x".levels[1]'
    assert dotted_text(("\x1b[31m", "\x9b")) == '"\\u001b[31m"."\\u009b"'


@given(st.text())
def test_quoted_text_is_toml_for_the_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    assert tomllib.loads(f"key = {quoted_text(text)}")["key"] == text


def test_the_closest_word_is_offered_and_no_far_one() -> None:
    assert closest("atoll", ["rtol", "atol", "ulps"]) == ' (did you mean "atol"?)'
    assert closest("ATOL", ["rtol", "atol"]) == ' (did you mean "atol"?)'
    assert closest("cartpole", ["CartPole", "Acrobot"]) == ' (did you mean "CartPole"?)'
    assert closest("zebra", ["atol"]) == ""
    assert closest("atol", []) == ""
