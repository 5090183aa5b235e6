from __future__ import annotations

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from equivcheck.cli import main


def test_the_contract_schema_is_the_default_and_fits_the_examples() -> None:
    printed = CliRunner().invoke(main, ["schema"])
    schema = json.loads(printed.output)
    assert CliRunner().invoke(main, ["schema", "contract"]).output == printed.output
    contract = tomllib.loads((Path(__file__).parents[2] / "examples/cartpole/equivcheck.toml").read_text())
    jsonschema.validate(contract, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"pair": {"x": {"reference": "a"}}}, schema)


def test_the_report_schema_fits_what_check_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    schema = json.loads(CliRunner().invoke(main, ["schema", "report"]).output)
    checked = CliRunner().invoke(main, ["check", "python:nowhere:a", "python:nowhere:b", "--json", "report.json"])
    assert checked.exit_code == 4
    jsonschema.validate(json.loads((tmp_path / "report.json").read_text()), schema)


def test_an_unknown_schema_is_a_usage_error() -> None:
    assert CliRunner().invoke(main, ["schema", "contrat"]).exit_code == 2
