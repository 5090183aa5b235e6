"""What lies behind first divergences, and findings apart by action, by state, and by component."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from equivcheck.backends.opening import Opening
from equivcheck.findings import found_files
from equivcheck.model.contract import spec_from_mapping
from equivcheck.model.spec import PairSpec
from equivcheck.model.verdict import Outcome, Verdict
from equivcheck.pair import Budget
from equivcheck.runner import Run, check_pair

HERE = Path(__file__).parent


def price(hits: int, tired: int) -> int:
    return hits * 10 - tired


def price_arguments() -> tuple[int, int]:
    return 50, 50


def price_at(before: Any, action: Any) -> list[list[int]]:
    """Return what the component is called with at a Step."""
    return [[before["state"]["hits"], before["state"]["tired"]]] if action == 2 else []


def price_at_nothing(before: Any, action: Any) -> list[int]:
    return [3]


class Fight:
    """Hit (0), rest (1), or sell (2)."""

    actions = 3
    components = {"price": price}  # noqa: RUF012

    def reset(self, seed: int) -> dict[str, Any]:
        return self.load({"hits": 0, "tired": 0, "gold": 0, "moves": 0, "spare": [seed % 5, seed % 7]})

    def step(self, action: int) -> dict[str, Any]:
        self.now = {**self.now, "moves": self.now["moves"] + 1}
        (self.hit, self.rest, self.sell)[action]()
        return {"obs": self.now["gold"], "truncated": self.now["moves"] >= 40, "state": dict(self.now)}

    def hit(self) -> None:
        self.now["hits"] += 1
        self.now["tired"] += 1

    def rest(self) -> None:
        self.now["tired"] = 0

    def sell(self) -> None:
        self.now["gold"] += self.components["price"](self.now["hits"], self.now["tired"])

    def state(self) -> dict[str, Any]:
        return dict(self.now)

    def load(self, state: dict[str, Any]) -> dict[str, Any]:
        self.now = dict(state)
        return {"obs": self.now["gold"], "state": dict(self.now)}


class TiresTwice(Fight):
    """Every hit tires twice; and who has hit six times and is not tired rests badly, which only shows behind the first."""

    def hit(self) -> None:
        super().hit()
        self.now["tired"] += 1

    def rest(self) -> None:
        was_fresh = self.now["tired"] == 0
        super().rest()
        if was_fresh and self.now["hits"] >= 6:
            self.now["gold"] -= 1


class TiresHidden(TiresTwice):
    """Tires by something that no state shows, so that what is loaded is not all there is."""

    hidden = 0

    def load(self, state: dict[str, Any]) -> dict[str, Any]:
        self.hidden = 5
        return super().load(state)

    def step(self, action: int) -> dict[str, Any]:
        self.hidden -= 1
        answer = super().step(action)
        if self.hidden == 4 and self.now["moves"] > 1:
            self.now["gold"] += 100
            answer = {**answer, "obs": self.now["gold"], "state": dict(self.now)}
        return answer


class Pays(Fight):
    """A price that is wrong by one where something was hit."""

    components = {"price": lambda hits, tired: hits * 10 - tired + (hits > 2)}  # noqa: RUF012


def check(tmp_path: Path, target: str, **spec: Any) -> Verdict:
    given = spec_from_mapping({"mode": "seeded", "levels": ["rollout"], "rollout": {"episodes": 20}, **spec})
    opening = Opening(HERE, {"reference": Fight, "target": globals()[target]})
    report = check_pair(PairSpec("fight", "object:reference", "object:target", given), Run(opening, Budget(), save=False))
    return report.levels[-1]


def test_what_lies_behind_the_first_divergence_is_found_in_the_same_run(tmp_path: Path) -> None:
    verdict = check(tmp_path, "TiresTwice")
    assert verdict.outcome is Outcome.DIVERGENT
    shown = {one.divergence.leading.path: one for one in verdict.counterexamples}
    assert set(shown) == {"state.tired", "state.gold"}
    assert shown["state.gold"].script.action_count == 1
    assert shown["state.gold"].script.episodes[-1].actions == (1,)
    assert shown["state.gold"].recurrence == (1, 1)
    assert any("behind first divergences" in note and note.endswith("1 finding more") for note in verdict.notes)


def test_nothing_is_said_of_what_lies_behind_where_a_state_does_not_hold_all(tmp_path: Path) -> None:
    verdict = check(tmp_path, "TiresHidden")
    assert "what lies behind first divergences was not looked at: the state does not hold all that matters" in verdict.notes


def test_the_control_has_no_such_note(tmp_path: Path) -> None:
    assert not [note for note in check(tmp_path, "Fight").notes if "behind" in note]


def test_what_of_a_state_does_not_matter_is_told(tmp_path: Path) -> None:
    (one, *_) = check(tmp_path, "Pays").counterexamples
    (words,) = [words for words in one.depends if words.startswith("not on ")]
    assert "state.spare" in words or "state.moves" in words
    assert "state.hits" not in words


COMPONENT = {"price": {"arguments": "test_resuming:price_arguments", "of": "test_resuming:price_at"}}


def test_a_divergence_in_play_comes_down_to_a_call(tmp_path: Path) -> None:
    (one,) = check(tmp_path, "Pays", components=COMPONENT).counterexamples
    first = one.divergence.inside[0]
    assert (first.kind, first.name) == ("component", "price")
    assert one.call is not None
    assert one.distilled == "call"
    assert list(one.call.script.episodes[-1].actions[-1]) == [3, 0]  # the least arguments that show it


def test_a_divergence_that_no_component_shows_is_not_laid_on_one(tmp_path: Path) -> None:
    (one, *_) = check(tmp_path, "TiresTwice", components=COMPONENT).counterexamples
    assert one.call is None
    assert one.distilled == "directed"


def test_a_call_is_brought_down_no_further(tmp_path: Path) -> None:
    verdict = check(tmp_path, "Pays", components=COMPONENT, levels=["property"])
    assert verdict.counterexamples[0].call is None
    assert not [note for note in verdict.notes if "could be named" in note]


def test_arguments_that_cannot_be_read_lose_no_finding(tmp_path: Path) -> None:
    broken = {"price": {**COMPONENT["price"], "of": "test_resuming:price_at_nothing"}}
    verdict = check(tmp_path, "Pays", components=broken)
    assert verdict.counterexamples
    assert any("'test_resuming:price_at_nothing' returns a list of lists of arguments for 'price'" in note for note in verdict.notes)


@pytest.mark.parametrize("times", [1, 2])
def test_findings_keep_their_files_from_run_to_run(tmp_path: Path, times: int) -> None:
    spec = spec_from_mapping({"mode": "seeded", "levels": ["rollout"], "rollout": {"episodes": 20}, "components": COMPONENT})
    for _ in range(times):
        opening = Opening(tmp_path, {"reference": Fight, "target": Pays})
        report = check_pair(PairSpec("fight", "object:reference", "object:target", spec), Run(opening, Budget()))
    (one,) = report.levels[-1].counterexamples
    assert one.call is not None
    assert sorted(str(path.relative_to(tmp_path)) for path in found_files(tmp_path, "fight")) == sorted([one.file, one.call.file])
