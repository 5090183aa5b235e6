"""The schema says what the reader says."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equivcheck.errors import SpecError
from equivcheck.model.contract import read_contract, spec_from_mapping
from equivcheck.model.schema import contract_schema

SCHEMA = contract_schema()
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)


def sections(name: str) -> list[tuple[str, str]]:
    """Return (heading, TOML) for each example in a file of this folder."""
    parts = (Path(__file__).parent / name).read_text(encoding="utf-8").split("#### ")[1:]
    return [(part.partition("\n")[0], part.partition("\n")[2]) for part in parts]


def as_json(plain: Any) -> Any:
    """Return TOML data as editors hand it to a schema: dates as text."""
    return json.loads(json.dumps(plain, default=lambda day: day.isoformat()))


@pytest.mark.parametrize("text", [text for _, text in sections("good_contracts.txt")])
def test_the_schema_accepts_what_the_reader_accepts(text: str) -> None:
    assert read_contract(text)
    VALIDATOR.validate(as_json(tomllib.loads(text)))


@pytest.mark.parametrize(("heading", "text"), sections("bad_contracts.txt"))
def test_the_schema_refuses_what_the_reader_refuses(heading: str, text: str) -> None:
    refused = not VALIDATOR.is_valid(as_json(tomllib.loads(text)))
    assert refused == (heading.split(" ")[0] == "both")


def test_it_is_a_schema_and_describes_every_property() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    assert json.loads(json.dumps(SCHEMA, allow_nan=False)) == SCHEMA
    described = list(properties(SCHEMA))
    assert {"pair", "reference", "atol", "episodes", "replays_max", "until"} <= {name for name, _ in described}
    assert [name for name, schema in described if not schema.get("description", "").endswith((".", '"'))] == []


def test_it_names_the_defaults_of_the_model() -> None:
    pair = SCHEMA["properties"]["pair"]["additionalProperties"]["properties"]
    assert pair["rollout"]["properties"]["drivers"]["default"] == ["uniform", "swarm"]
    assert pair["rollout"]["properties"]["episodes"]["default"] == 100
    assert pair["shrink"]["properties"]["seconds_max"]["default"] == 30.0
    assert pair["fields"]["additionalProperties"]["properties"]["dtype"]["default"] == "same"
    assert "default" not in pair["mode"]
    assert pair["reference"]["examples"] == ["gymnasium:CartPole-v1"]


def properties(schema: Any) -> Any:
    """Yield (name, schema) of every property at any depth."""
    for name, inner in schema.get("properties", {}).items():
        yield name, inner
        yield from properties(inner)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from properties(schema[key])


WORDS = st.sampled_from(
    ["seeded", "own", "tape", "any", "same", "equal", "self", "uniform", "a.b:c", "value", "obs", "", " ", "2027-01-01"]
)
LEAVES = st.sampled_from([True, False, 0, 1, -1, 0.0, 1.0, 1.5, 2**64 - 1, 2**64, 2**32 + 1, None]) | WORDS
RULE_KEYS = st.sampled_from(
    ["atol", "rtol", "ulps", "dtype", "nan", "set", "bag", "ordered", "keyed", "alias", "ignore", "because", "field", "kind"]
)
RULES = st.dictionaries(RULE_KEYS, LEAVES, max_size=4)
PLAN_KEYS = st.sampled_from(["episodes", "drivers", "steps_max", "starts", "replays_max", "seconds_max", "reference", "target"])
PLANS = st.dictionaries(PLAN_KEYS, LEAVES | st.lists(LEAVES, max_size=2), max_size=2)
SPECS = st.fixed_dictionaries(
    {},
    optional={
        "mode": LEAVES,
        "start": LEAVES,
        "draws": LEAVES,
        "resync": LEAVES,
        "seed": LEAVES,
        "levels": st.lists(LEAVES, max_size=3),
        "fields": st.dictionaries(st.sampled_from(["obs", "state.x", "**", ""]), RULES, max_size=2),
        "known": st.lists(RULES, max_size=2),
        "rollout": PLANS,
        "shrink": PLANS,
        "view": PLANS,
    },
)


@given(SPECS)
def test_schema_and_reader_agree_on_anything_written_in_the_right_letters(spec: dict[str, Any]) -> None:
    try:
        spec_from_mapping(spec)
        accepted = True
    except SpecError:
        accepted = False
    plain = {"pair": {"a": {"reference": "r", "target": "t", **spec}}}
    assert VALIDATOR.is_valid(plain) == accepted
