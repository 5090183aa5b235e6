"""Findings on disk: what is written is read back whole, and what is no finding is refused in words."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from equivcheck.backends.opening import Opening
from equivcheck.errors import InputError
from equivcheck.findings import (
    FILE_BYTES_MAX,
    found_files,
    is_regression,
    keep_finding,
    read_finding,
    regression_files,
    save_finding,
    spec_to_plain,
)
from equivcheck.generation import make_roll
from equivcheck.localisation import first_evidence
from equivcheck.model.contract import spec_from_mapping
from equivcheck.model.paths import Pattern
from equivcheck.model.script import Episode, Script, same_script
from equivcheck.model.spec import PRESETS, Known, Spec, Views
from equivcheck.model.verdict import Counterexample
from equivcheck.pair import Pair, Side
from equivcheck.replaying import pair_of, replay_on
from tests import miniatures as m
from tests.comparison.tables import rule, spec

OBJECTS = {"reference": m.Walk, "target": m.RewardOneStepLate, "sound": m.Walk}


def a_pair(folder: Path, contract: Spec | None = None, mode: str = "seeded", name: str = "pair") -> Pair:
    opening = Opening(folder, OBJECTS)
    return Pair(name, Side("object:reference", opening), Side("object:target", opening), contract or Spec(), PRESETS[mode])


def found_by(pair: Pair) -> Counterexample:
    space = pair.reference.backend.greeting.actions
    assert space is not None
    played = pair.roll([make_roll("uniform", space, (Episode(3),), 20)])
    return first_evidence(pair.name, played, played.comparison.divergences[0])


@pytest.mark.parametrize("mode", ["seeded", "injected", "teacher"])
def test_a_finding_is_read_back_whole_and_fails_again(tmp_path: Path, mode: str) -> None:
    pair = a_pair(tmp_path, spec(rule("obs.energy", atol=0.5)), mode)
    counterexample = found_by(pair)
    finding = read_finding(tmp_path / save_finding(tmp_path, pair, "rollout", counterexample))
    assert (finding.pair, finding.level, finding.reference, finding.target) == ("pair", "rollout", "object:reference", "object:target")
    assert finding.mode == PRESETS[mode]
    assert finding.spec.fields == pair.spec.fields
    assert same_script(finding.script, counterexample.script)
    assert (finding.wanted.path, finding.wanted.kind) == ("reward", "value")
    assert finding.wanted.distance == counterexample.divergence.leading.distance
    seen = replay_on(finding, pair_of(finding, Opening(tmp_path, OBJECTS)))
    assert seen is not None
    assert seen.divergence.leading.path == "reward"
    assert replay_on(finding, pair_of(finding, Opening(tmp_path, OBJECTS), target="object:sound")) is None


def test_scripts_are_kept_bit_for_bit(tmp_path: Path) -> None:
    start = {"x": np.array([-0.0, float("nan"), 5e-324], np.float32), "rng": 2**64 - 1, "$name": b"\x00\xff", "empty": [{}, []]}
    script = Script((Episode(2**64 - 1, (0, 3), {"level": 2}), Episode(1, ({"ann": 1, "bob": np.array([0.1])},), start=start)))
    pair = a_pair(tmp_path)
    whole = Counterexample("pair", script, found_by(pair).divergence, None, ({}, {}))
    finding = read_finding(tmp_path / save_finding(tmp_path, pair, "rollout", whole))
    x = finding.script.episodes[1].start["x"]
    assert x.tobytes() == start["x"].tobytes()
    for one in (script.episodes[1].start, finding.script.episodes[1].start):
        del one["x"]
    assert same_script(finding.script, script)


RULES = (
    rule("state.x", atol=1e-4, rtol=1e-6, ulps=3, nan="equal"),
    rule('state["Mr. Mime"].hp', dtype="any"),
    rule("state.bag", bag=True),
    rule("state.set", set=True),
    rule("state.bag[*]", ordered=True),
    rule("state.team", keyed="name"),
    rule("state.id", alias=True),
    rule("**.debug", ignore=True),
)


def test_what_decides_a_replay_is_written_as_the_reader_of_contracts_reads_it() -> None:
    known = (Known(Pattern("reward"), "a test"), Known(Pattern("obs"), "a test", "dtype", datetime.date(2030, 1, 31)))
    contract = Spec(fields=RULES, known=known, views=Views("maps:one", "maps:other"))
    again = spec_from_mapping(json.loads(json.dumps(spec_to_plain(contract))))
    assert (again.fields, again.known, again.views) == (contract.fields, contract.known, contract.views)
    assert spec_to_plain(Spec()) == {}


def test_a_rule_that_only_tightens_a_wider_one_survives() -> None:
    contract = spec(rule("state", atol=1.0), rule("state.rng"))
    assert spec_from_mapping(spec_to_plain(contract)).fields == contract.fields


def test_one_finding_has_one_file_which_a_smaller_one_replaces(tmp_path: Path) -> None:
    pair = a_pair(tmp_path)
    large = found_by(pair)
    file = save_finding(tmp_path, pair, "rollout", large)
    assert save_finding(tmp_path, pair, "rollout", large) == file
    assert save_finding(tmp_path, pair, "rollout", large, old=file) == file
    assert found_files(tmp_path, "pair") == [tmp_path / file]
    small = Counterexample("pair", Script((Episode(3, (1,)),)), large.divergence, large.before, large.after)
    smaller = save_finding(tmp_path, pair, "rollout", small, old=file)
    assert found_files(tmp_path, "pair") == [tmp_path / smaller]
    assert (tmp_path / ".equivcheck" / ".gitignore").read_text() == "*\n"
    assert [path.name for path in (tmp_path / ".equivcheck" / "found" / "pair").iterdir()] == [Path(smaller).name]


@pytest.mark.parametrize("name", ["../../elsewhere", "a/b", "..", "", "gen 1"])
def test_no_name_of_a_pair_leads_out_of_its_folder(tmp_path: Path, name: str) -> None:
    pair = a_pair(tmp_path / "root", name=name)
    (tmp_path / "root").mkdir()
    file = tmp_path / "root" / save_finding(tmp_path / "root", pair, "rollout", found_by(pair))
    assert (tmp_path / "root" / ".equivcheck" / "found") in file.resolve().parents
    assert found_files(tmp_path / "root", name) == [file]
    assert keep_finding(tmp_path / "root", file).resolve().parents[1] == tmp_path / "root" / "traces" / "regressions"


def test_what_is_kept_is_a_regression(tmp_path: Path) -> None:
    pair = a_pair(tmp_path)
    file = tmp_path / save_finding(tmp_path, pair, "rollout", found_by(pair))
    assert not is_regression(tmp_path, file)
    kept = keep_finding(tmp_path, file)
    assert not file.exists()
    assert is_regression(tmp_path, kept)
    assert kept.parent == tmp_path / "traces" / "regressions" / "pair"
    assert found_files(tmp_path, "pair") == regression_files(tmp_path, "pair") == [kept]
    assert found_files(tmp_path, "other") == []


def test_a_project_may_live_in_a_folder_of_any_name(tmp_path: Path) -> None:
    root = tmp_path / "traces" / "regressions" / "project"
    root.mkdir(parents=True)
    pair = a_pair(root)
    assert not is_regression(root, root / save_finding(root, pair, "rollout", found_by(pair)))


def test_what_was_found_of_a_side_against_itself_belongs_to_its_pair(tmp_path: Path) -> None:
    twin = a_pair(tmp_path, name="pair-self-again")
    file = tmp_path / save_finding(tmp_path, twin, "self", found_by(twin))
    assert found_files(tmp_path, "pair") == [file]
    kept = keep_finding(tmp_path, file)
    assert found_files(tmp_path, "pair") == regression_files(tmp_path, "pair") == [kept]


def whole(tmp_path: Path) -> dict[str, Any]:
    pair = a_pair(tmp_path)
    path = tmp_path / save_finding(tmp_path, pair, "rollout", found_by(pair))
    plain: dict[str, Any] = json.loads(path.read_text())
    return plain


BROKEN = {
    "format": "equivcheck counterexample 99",
    "spec": {"fields": {"state": {"atoll": 1}}},
    "divergence": {"path": "x"},
    "script": {"episodes": []},
}


@pytest.mark.parametrize("key", ["format", "pair", "level", "reference", "target", "spec", "divergence", "script"])
def test_a_finding_with_a_part_missing_or_broken_is_refused_by_its_name(tmp_path: Path, key: str) -> None:
    plain = whole(tmp_path)
    file = tmp_path / "one.json"
    for broken in ({name: part for name, part in plain.items() if name != key}, {**plain, key: BROKEN.get(key)}):
        if key in broken and broken[key] is None:
            continue
        file.write_text(json.dumps(broken))
        with pytest.raises(InputError, match=r"one\.json: .*counterexample"):
            read_finding(file)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"text"', "[" * 100_000, "\ufeff{}", '{"format": NaN}'])
def test_what_is_no_finding_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "one.json"
    file.write_text(text)
    with pytest.raises(InputError, match=r"one\.json"):
        read_finding(file)
    with pytest.raises(InputError):
        keep_finding(tmp_path, file)
    assert file.exists()


def test_files_that_are_not_there_not_text_or_too_large_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_finding(tmp_path / "none.json")
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe{}")
    with pytest.raises(InputError, match="cannot be read"):
        read_finding(tmp_path / "bytes.json")
    with (tmp_path / "large.json").open("wb") as file:
        file.truncate(FILE_BYTES_MAX + 1)
    with pytest.raises(InputError, match="larger than"):
        read_finding(tmp_path / "large.json")
