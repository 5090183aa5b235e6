"""Tape mode: what the reference drew is given to the target, and every draw's site, key and domain is compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from equivcheck.backends.opening import Opening
from equivcheck.model.paths import Pattern
from equivcheck.model.spec import PRESETS, FieldRule, PairSpec, Spec
from equivcheck.model.verdict import Outcome, PairReport
from equivcheck.pair import Budget, Side
from equivcheck.probing import probe_mode
from equivcheck.recording import Tape, TapedGenerator, choice, integers
from equivcheck.runner import Run, check_pair


class Cave:
    """Two bats flutter, and whoever digs may find gold, unless the cave is exhausted."""

    actions = 2
    ways = 3
    luck = (0.7, 0.2, 0.1)

    def __init__(self) -> None:
        self.tape = Tape()
        self.rng = TapedGenerator(np.random.default_rng(0).bit_generator, self.tape)

    def reset(self, seed: int) -> dict[str, Any]:
        self.bats, self.gold, self.left = [seed % 5, seed % 3], 0, 4
        self.rng = TapedGenerator(np.random.default_rng(seed).bit_generator, self.tape)
        return self.seen()

    def step(self, action: int) -> dict[str, Any]:
        self.flutter()
        if action and self.may_dig():
            self.left -= 1
            self.gold += self.dig()
        return self.seen() | {"reward": float(self.gold)}

    def flutter(self) -> None:
        for bat in range(2):
            with self.tape.about(bat):
                self.bats[bat] += int(self.rng.integers(self.ways)) % 3

    def may_dig(self) -> bool:
        return self.left > 0

    def dig(self) -> int:
        return int(self.rng.choice(3, p=self.luck))

    def seen(self) -> dict[str, Any]:
        return {"obs": np.array([*self.bats, self.gold]), "terminated": max(self.bats) >= 20}

    def state(self) -> dict[str, Any]:
        return {"bats": list(self.bats), "gold": self.gold, "left": self.left}

    def load(self, state: dict[str, Any]) -> dict[str, Any]:
        self.bats, self.gold, self.left = list(state["bats"]), state["gold"], state["left"]
        return self.seen()

    def draws(self) -> list[dict[str, Any]]:
        return self.tape.take()

    def feed(self, records: Any) -> None:
        self.tape.feed(records)


class Port(Cave):
    """Draws by the tape's own method, in another order: sites and keys tell which is which."""

    def reset(self, seed: int) -> dict[str, Any]:
        self.own = np.random.default_rng(seed + 1)
        return super().reset(seed)

    def step(self, action: int) -> dict[str, Any]:
        if action and self.may_dig():
            self.left -= 1
            self.gold += self.draw("Cave.dig", "", choice(self.luck), 3)
        self.flutter()
        return self.seen() | {"reward": float(self.gold)}

    def flutter(self) -> None:
        for bat in (1, 0):
            self.bats[bat] += self.draw("Cave.flutter", str(bat), integers(0, self.ways), self.ways) % 3

    def draw(self, site: str, key: str, domain: Any, count: int) -> int:
        with self.tape.about(key):
            return int(self.tape.draw(site, domain, lambda: self.own.integers(count)))


class WiderRange(Port):
    ways = 6


class OtherOdds(Port):
    luck = (0.6, 0.3, 0.1)


class NeverLucky(Port):
    luck = (0.8, 0.2, 0.0)


class SwappedKeys(Port):
    def draw(self, site: str, key: str, domain: Any, count: int) -> int:
        return super().draw(site, {"0": "1", "1": "0"}.get(key, key), domain, count)


class OneKey(Port):
    def draw(self, site: str, key: str, domain: Any, count: int) -> int:
        return super().draw(site, "0" if key else key, domain, count)


class DigsWithoutNeed(Port):
    def step(self, action: int) -> dict[str, Any]:
        if not action:
            self.draw("Cave.dig", "", choice(self.luck), 3)
        return super().step(action)


class SkipsTheSecond(Port):
    def flutter(self) -> None:
        self.bats[0] += self.draw("Cave.flutter", "0", integers(0, 3), 3)
        self.bats[1] += self.bats[1] % 3


class StaleOdds(Port):
    def step(self, action: int) -> dict[str, Any]:
        self.luck = (0.7, 0.2, 0.1) if self.left > 1 else (0.6, 0.2, 0.2)
        return super().step(action)


class Renamed(Port):
    def draw(self, site: str, key: str, domain: Any, count: int) -> int:
        return super().draw(site.lower(), key, domain, count)


FAULTS = [WiderRange, OtherOdds, NeverLucky, OneKey, DigsWithoutNeed, SkipsTheSecond, StaleOdds, Renamed]
HIDDEN = {WiderRange, OtherOdds, DigsWithoutNeed, StaleOdds}  # what forced values alone do not show


def check(tmp_path: Path, target: type, spec: Spec | None = None, reference: type = Cave) -> PairReport:
    opening = Opening(tmp_path, {"cave": reference, "port": target})
    run = Run(opening, Budget(episodes=30), levels=("rollout",), mode="tape", save=False)
    return check_pair(PairSpec("cave", "object:cave", "object:port", spec or Spec()), run)


def test_a_port_that_draws_in_another_order_is_equivalent(tmp_path: Path) -> None:
    report = check(tmp_path, Port)
    assert report.outcome is Outcome.EQUIVALENT, report
    (level,) = report.levels
    drawn = {path: entry for path, entry in level.coverage.fields.items() if path.startswith("draws")}
    assert {entry.forced for path, entry in drawn.items() if "domain" in path} == {0}
    assert all(entry.forced == entry.compared > 0 for path, entry in drawn.items() if path.endswith("value"))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_wrong_draw_is_found_though_its_value_is_forced(tmp_path: Path, fault: type) -> None:
    first = check(tmp_path, fault).levels[-1].counterexamples[0]
    assert first.divergence.leading.kind == "draw"
    assert first.script.action_count <= 3


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_forced_values_alone_miss_what_draws_show(tmp_path: Path, fault: type) -> None:
    """The baseline: the same tape, and the draws themselves not compared."""
    rule = FieldRule(Pattern("draws.**"), ignore=True, because="only what follows from the values is looked at")
    found = check(tmp_path, fault, Spec(fields=(rule,))).outcome is Outcome.DIVERGENT
    assert found is (fault not in HIDDEN)


def test_a_draw_given_to_the_wrong_bat_shows_in_what_follows(tmp_path: Path) -> None:
    report = check(tmp_path, SwappedKeys)
    assert report.outcome is Outcome.DIVERGENT
    assert report.levels[-1].counterexamples[0].divergence.leading.path.startswith("state.bats")


def test_a_side_without_draws_or_tape_is_told_what_to_provide(tmp_path: Path) -> None:
    class Blind(Cave):
        draws = None  # type: ignore[assignment]

    class Deaf(Cave):
        feed = None  # type: ignore[assignment]

    for words, reference, target in (("shows no `draws`", Blind, Port), ("takes no tape", Cave, Deaf)):
        report = check(tmp_path, target, reference=reference)
        assert report.outcome is Outcome.INCONCLUSIVE
        assert words in report.levels[-1].reason


class Twin(Cave):
    """Draws as the reference does, in the same order, from the same seed."""


@pytest.mark.parametrize(("target", "mode"), [(Port, "tape"), (Twin, "seeded"), (WiderRange, "tape")])
def test_the_mode_is_found(tmp_path: Path, target: type, mode: str) -> None:
    opening = Opening(tmp_path, {"cave": Cave, "port": target})
    found, notes = probe_mode(Side("object:cave", opening), Side("object:port", opening), Spec())
    assert found == PRESETS[mode]
    assert ("forced" in " ".join(notes)) is (mode == "tape")


def test_a_record_that_is_none_is_refused(tmp_path: Path) -> None:
    class Lying(Cave):
        def draws(self) -> Any:
            return [{"site": "Cave.dig", "value": 1}]

    report = check(tmp_path, Lying)
    assert report.outcome is Outcome.INCONCLUSIVE
    assert "records of site, key, domain and value" in report.levels[-1].reason
