"""The SDKs' tapes: one game in JavaScript, Rust and Python, each with its own generator, held together by what is drawn alone."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from equivcheck.backends.opening import Opening
from equivcheck.backends.process import ProcessBackend
from equivcheck.conformance import examine
from equivcheck.model.spec import PairSpec, Spec
from equivcheck.model.verdict import Outcome, PairReport
from equivcheck.pair import Budget
from equivcheck.recording import Tape, choice, distribution, integers, permutation
from equivcheck.runner import Run, check_pair

SDK = Path(__file__).parents[2] / "sdk"
pytestmark = [
    pytest.mark.node,
    pytest.mark.rust,
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("npm") is None or shutil.which("cargo") is None, reason="needs npm and cargo"),
]

# One wrong draw each, by its name: what stands once in the example in JavaScript, and in Rust, and what it becomes.
FAULTS = {
    "wrong_range": (("integers(1, 7)", "integers(1, 9)"), ("integers(1, 7)", "integers(1, 9)")),
    "wrong_odds": (("choice([0.75, 0.25])", "choice([0.7, 0.3])"), ("[0.75, 0.25]", "[0.7, 0.3]")),
    "skipped_draw": (
        ('this.tape.draw("Pig.keep", "deck", DECK, () => this.shuffled())', "this.shuffled()"),
        ('self.tape.draw("Pig.keep", "deck", Domain::permutation(4), || shuffled(&mut self.rng))', "shuffled(&mut self.rng)"),
    ),
    "extra_draw": (("[0, 1].map", "[0, 1, 2].map"), ("[0, 1].map", "[0, 1, 2].map")),
    "stale_key": (('"Pig.keep", card', '"Pig.keep", this.left'), ('"Pig.keep", card', '"Pig.keep", self.left')),
    "stale_range": (("high: this.bank + 1", "high: this.total + 1"), ("(self.bank + 1) as f64", "(self.total + 1) as f64")),
    "other_sampler": (
        ('distribution("uniform", {', 'distribution("triangular", {'),
        ('distribution("uniform"', 'distribution("triangular"'),
    ),
}


class Pig:
    """What the examples are."""

    actions = 2

    def __init__(self) -> None:
        self.tape = Tape()
        self.total = self.left = 0

    def reset(self, seed: int) -> dict[str, Any]:
        self.rng = np.random.default_rng(seed)
        return self.load({"bank": 0, "total": 0, "turn": 0, "left": 0, "deck": np.arange(4)})

    def step(self, action: int) -> dict[str, Any]:
        self.turn += 1
        self.keep() if action else self.roll()
        high = float(self.bank + 1)
        reward = self.tape.draw("Pig.step", distribution("uniform", low=0.0, high=high), lambda: self.rng.uniform(0.0, high))
        return self.seen() | {"reward": float(reward)}

    def roll(self) -> None:
        dice = [self.draw("Pig.roll", die, integers(1, 7), lambda: self.rng.integers(1, 7)) for die in range(2)]
        self.total = 0 if 1 in dice else self.total + sum(dice)

    def keep(self) -> None:
        if self.left == 0:
            self.deck, self.left = self.draw("Pig.keep", "deck", permutation(4), lambda: self.rng.permutation(4)), 4
        self.left -= 1
        card = int(self.deck[self.left])
        self.bank += self.total + card * self.draw("Pig.keep", card, choice([0.75, 0.25]), lambda: self.rng.choice(2, p=[0.75, 0.25]))
        self.total = 0

    def draw(self, site: str, key: object, domain: Any, make: Any) -> Any:
        with self.tape.about(key):
            drawn = self.tape.draw(site, domain, make)
        return drawn if np.ndim(drawn) else int(drawn)

    def load(self, state: dict[str, Any]) -> dict[str, Any]:
        self.bank, self.total, self.turn = state["bank"], state["total"], state["turn"]
        self.left, self.deck = state["left"], state["deck"]
        return self.seen()

    def seen(self) -> dict[str, Any]:
        obs = np.array([self.bank, self.total], np.int32)
        return {"obs": obs, "terminated": self.bank >= 40, "truncated": self.turn >= 40}

    def state(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("bank", "total", "turn", "left", "deck")}

    def draws(self) -> Any:
        return self.tape.take()

    def feed(self, records: Any) -> None:
        self.tape.feed(records)


def planted(text: str, faults: int) -> dict[str, str]:
    """Return the text of an example, and by fault what it becomes; `faults` is which of the two languages."""
    for old, _ in (each[faults] for each in FAULTS.values()):
        assert text.count(old) == 1, old
    return {"pig": text} | {name: text.replace(*each[faults]) for name, each in FAULTS.items()}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The addresses of the example in JavaScript, and of each of its faults."""
    folder = tmp_path_factory.mktemp("sdk") / "node"
    shutil.copytree(SDK / "node", folder, ignore=shutil.ignore_patterns("node_modules"))
    subprocess.run(["npm", "ci", "--ignore-scripts", "--silent"], cwd=folder, check=True)
    programs = planted((folder / "examples/pig.js").read_text(), 0)
    for name, text in programs.items():
        (folder / f"examples/{name}.js").write_text(text)
    return {name: f"stdio:node {folder}/examples/{name}.js" for name in programs}


@pytest.fixture(scope="module")
def rust(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The addresses of the example in Rust, and of each of its faults; what it depends on is built once, and not in every run."""
    folder = tmp_path_factory.mktemp("sdk") / "rust"
    shutil.copytree(SDK / "rust", folder, ignore=shutil.ignore_patterns("target"))
    programs = planted((folder / "examples/pig.rs").read_text(), 1)
    for name, text in programs.items():
        (folder / f"examples/{name}.rs").write_text(text)
    target = SDK / "rust/target/planted"
    built = os.environ | {"CARGO_TARGET_DIR": str(target)}
    subprocess.run(["cargo", "build", "--quiet", "--examples", "--locked"], cwd=folder, env=built, check=True)
    return {name: f"stdio:{target}/debug/examples/{name}" for name in programs}


def check(tmp_path: Path, reference: str, target: str, mode: str = "tape", episodes: int = 120) -> PairReport:
    opening = Opening(tmp_path, {"pig": Pig})
    run = Run(opening, Budget(episodes=episodes), levels=("rollout",), mode=mode, save=False)
    return check_pair(PairSpec("pig", reference, target, Spec()), run)


@pytest.mark.parametrize("sides", ["node rust", "rust python", "python node", "python rust"])
def test_one_game_in_three_languages_is_held_together_by_what_is_drawn(
    tmp_path: Path, node: dict[str, str], rust: dict[str, str], sides: str
) -> None:
    addresses = {"node": node["pig"], "rust": rust["pig"], "python": "object:pig"}
    reference, target = (addresses[side] for side in sides.split())
    report = check(tmp_path, reference, target, "")
    assert report.outcome is Outcome.EQUIVALENT, report
    assert report.mode.startswith("tape")
    (level,) = report.levels
    drawn = {path: entry for path, entry in level.coverage.fields.items() if path.startswith("draws")}
    assert {path.split('"')[1] for path in drawn} == {"Pig.roll", "Pig.keep", "Pig.step"}
    assert all(entry.compared > 100 for path, entry in drawn.items() if "domain.kind" in path)
    assert {entry.forced for path, entry in drawn.items() if "domain" in path} == {0}


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("language", ["node", "rust"])
def test_a_wrong_draw_is_found_though_its_value_is_forced(tmp_path: Path, request: pytest.FixtureRequest, language: str, name: str) -> None:
    report = check(tmp_path, "object:pig", request.getfixturevalue(language)[name], episodes=10)
    assert report.outcome is Outcome.DIVERGENT
    assert report.levels[-1].counterexamples[0].divergence.leading.kind == "draw"


@pytest.mark.parametrize("language", ["node", "rust"])
def test_a_game_on_a_tape_breaks_no_law_of_adapters(request: pytest.FixtureRequest, language: str) -> None:
    side = ProcessBackend(request.getfixturevalue(language)["pig"].removeprefix("stdio:").split())
    assert [(one.sentence, one.complaint) for one in examine(side) if one.complaint] == []
    side.close()
