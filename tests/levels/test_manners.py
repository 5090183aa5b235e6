"""A JAX environment against itself in the manners in which it must play the same: a planted fault for each, which it alone finds."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

jax = pytest.importorskip("jax")

import jax.numpy as jnp  # noqa: E402

from equivcheck.backends.opening import Opening  # noqa: E402
from equivcheck.model.spec import PairSpec, ShrinkPlan, Spec  # noqa: E402
from equivcheck.model.verdict import Outcome, PairReport, Verdict  # noqa: E402
from equivcheck.pair import Budget  # noqa: E402
from equivcheck.runner import Run, check_pair  # noqa: E402

pytestmark = [pytest.mark.jax, pytest.mark.slow]
PROGRAMS = Path(__file__).parent.parent / "hostile" / "programs"


class State(NamedTuple):
    place: Any
    elapsed: Any


class Roller:
    """Whole numbers only: a marble on 12 cells, moved by the seed's bits as well."""

    actions = 3
    x64 = True

    def reset(self, key: Any, params: Any) -> Any:
        state = State((key[1] % 12).astype(jnp.int32), jnp.int32(0))
        return self.get_obs(state), state

    def step(self, key: Any, state: State, action: Any, params: Any) -> Any:
        after = State(self.moved(state, action), state.elapsed + 1)
        return self.get_obs(after), after, self.reward(after), after.elapsed >= 20, {}

    def moved(self, state: State, action: Any) -> Any:
        return (state.place + action + 1) % 12

    def reward(self, state: State) -> Any:
        return state.place == 3

    def get_obs(self, state: State) -> Any:
        return {"place": state.place, "near": jnp.arange(3, dtype=jnp.int32) + state.place}


class Glider(Roller):
    """Floats: what is rounded otherwise when it is compiled otherwise."""

    def reset(self, key: Any, params: Any) -> Any:
        state = State(jax.random.uniform(key, (2,), jnp.float32), jnp.int32(0))
        return self.get_obs(state), state

    def moved(self, state: State, action: Any) -> Any:
        place = state.place
        for _ in range(4):
            place = place + 0.1 * jnp.sin(place * 3.0) * jnp.cos(place[::-1]) / (1.0 + place**2) + 0.01 * action
        return place

    def reward(self, state: State) -> Any:
        return jnp.exp(-(state.place**2).sum())

    def get_obs(self, state: State) -> Any:
        return jnp.tanh(state.place)


class Blind(Glider):
    """Shows no state that could be loaded."""

    get_obs = None  # type: ignore[assignment]

    def reset(self, key: Any, params: Any) -> Any:
        state = State(jax.random.uniform(key, (2,), jnp.float32), jnp.int32(0))
        return state.place, state

    def step(self, key: Any, state: State, action: Any, params: Any) -> Any:
        after = State(self.moved(state, action), state.elapsed + 1)
        return after.place, after, self.reward(after), after.elapsed >= 20, {}


class Large(Roller):
    def moved(self, state: State, action: Any) -> Any:
        numbers = jnp.arange(4_000, dtype=jnp.int32)
        return jax.lax.scan(lambda place, number: ((place + number) % 12, None), state.place + action, numbers)[0]


class RemembersInPython(Roller):
    """Keeps the time in the object, where a compiled step has it as it was when it was traced."""

    def reset(self, key: Any, params: Any) -> Any:
        self.clock = 0
        return super().reset(key, params)

    def moved(self, state: State, action: Any) -> Any:
        self.clock += 1
        return (state.place + action + 1 + (self.clock >= 8)) % 12


def differs_where(is_wrong: Any) -> type:
    """Return a Roller that is wrong on the lanes `is_wrong(numbers, width)` of a batch, and right unmapped."""

    @jax.custom_batching.custom_vmap
    def off(place: Any) -> Any:
        return place * 0

    @off.def_vmap
    def _(width: int, is_mapped: Any, place: Any) -> Any:
        return is_wrong(jnp.arange(width), width).astype(jnp.int32), True

    class Differs(Roller):
        def moved(self, state: State, action: Any) -> Any:
            return (state.place + action + 1 + off(state.place)) % 12

    return Differs


class Hashes(Roller):
    """Counts on whole numbers that wrap at 32 bits, and says it does not."""

    def moved(self, state: State, action: Any) -> Any:
        return ((jnp.asarray(state.place, int) + action) * 1103515245 // 65536 % 12).astype(jnp.int32)


class Folds(Glider):
    """Is given another constant where it is not compiled: off by far more than it is rounded."""

    def reward(self, state: State) -> Any:
        return super().reward(state) * (1.01 if jax.config.jax_disable_jit else 1.0)


FAULTS = {
    "first_of_lanes": differs_where(lambda lanes, width: (lanes == 0) & (width > 4)),
    "amid_lanes": differs_where(lambda lanes, width: lanes == 4),
    "among_lanes": differs_where(lambda lanes, width: lanes == 7),
    "alone": differs_where(lambda lanes, width: lanes >= 0),
    "eager": RemembersInPython,
    "x64": Hashes,
}


def check(folder: Path, target: Any, *, save: bool = False) -> PairReport:
    address = target if isinstance(target, str) else "object:target"
    opening = Opening(folder, {} if isinstance(target, str) else {"target": target})
    spec = Spec(mode="seeded", shrink=ShrinkPlan(replays_max=10, seconds_max=5.0))
    return check_pair(PairSpec("jax", address, address, spec), Run(opening, Budget(), ("self",), save=save))


def level(report: PairReport) -> Verdict:
    return next(verdict for verdict in report.levels if verdict.level == "self")


@pytest.mark.parametrize("correct", [Roller, Glider])
def test_a_correct_environment_plays_the_same_in_every_manner(tmp_path: Path, correct: type) -> None:
    verdict = level(check(tmp_path, correct))
    assert verdict.outcome is Outcome.EQUIVALENT, verdict
    assert verdict.notes == (
        "the target played again, after episode, after half episode, first of lanes, amid lanes, among lanes, read late, alone, eager, x64",
    )
    assert verdict.bound == "8 episodes in each of 7 manners agree exactly, and short ones played alone and eager and x64"
    loosened = [name for name in verdict.coverage.loosenings if "atol" in name]
    assert bool(loosened) == (correct is Glider)
    assert not verdict.counterexamples


@pytest.mark.parametrize(("variant", "fault"), FAULTS.items(), ids=FAULTS)
def test_a_planted_fault_is_found_in_the_manner_that_shows_it_and_in_no_other(tmp_path: Path, variant: str, fault: type) -> None:
    verdict = level(check(tmp_path, fault))
    assert verdict.outcome is Outcome.DIVERGENT
    assert {one.name for one in verdict.counterexamples} == {f"jax-self-{variant}"}


def test_floats_that_part_by_more_than_rounding_are_found(tmp_path: Path) -> None:
    verdict = level(check(tmp_path, Folds))
    assert verdict.outcome is Outcome.DIVERGENT
    assert {one.name for one in verdict.counterexamples} == {"jax-self-eager"}


def test_what_is_found_is_replayed_in_its_manner_and_dropped_once_it_is_mended(tmp_path: Path) -> None:
    for target, levels in ((Hashes, ["self"]), (Hashes, ["regressions", "self"]), (Roller, ["regressions", "self"])):
        report = check(tmp_path, target, save=True)
        assert [verdict.level for verdict in report.levels] == levels
    assert report.levels[0].reason == "1 earlier finding is fixed"


@pytest.mark.parametrize(
    ("target", "manner", "why"),
    [
        (Large, "eager", "operations, and 3,000 can be played eagerly in bounded time"),
        (Blind, "alone", "has floats, and cannot load a state to compare one step from"),
    ],
)
def test_what_cannot_be_played_is_left_out_and_named(tmp_path: Path, target: type, manner: str, why: str) -> None:
    verdict = level(check(tmp_path, target))
    assert verdict.outcome is Outcome.EQUIVALENT
    assert any(note.startswith(f"not played {manner}: ") and why in note for note in verdict.notes)


SERVED = """
import sys
sys.path[:0] = [{folder!r}, {tests!r}]
import test_manners
from equivcheck.serving import serve_program
serve_program({{"it": test_manners.Hashes}}, name="served")
"""


def test_a_program_plays_in_the_manners_that_it_says_it_can(tmp_path: Path) -> None:
    program = tmp_path / "served.py"
    program.write_text(SERVED.format(folder=str(Path(__file__).parents[2]), tests=str(Path(__file__).parent)))
    verdict = level(check(tmp_path, f"stdio:{sys.executable} -B {program}"))
    assert {one.name for one in verdict.counterexamples} == {"jax-self-x64"}
    assert verdict.notes[0].endswith("among lanes, alone, eager, x64")


HANGS = """
import os, sys, time
sys.path.insert(0, {programs!r})
from wire import Adapter

class Hangs(Adapter):
    def greeting(self):
        return {{**super().greeting(), "capabilities": ["eager"]}}

    def steps(self, *rest, **more):
        said = super().steps(*rest, **more)
        said["columns"].pop("reward", None)
        return said

    def play(self, message):
        if os.environ.get("EQUIVCHECK_MANNER") == "eager":
            time.sleep(600)
        super().play(message)

Hangs().serve()
"""


def test_a_manner_that_takes_too_long_is_left_out_and_so_are_those_that_nobody_offers(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(HANGS.format(programs=str(PROGRAMS)))
    (tmp_path / "adapter.toml").write_text(
        'name = "hangs"\nargv = ["{python}", "-B", "main.py"]\n[deadlines]\nmessage_s = 1\nfirst_s = 1\n'
    )
    verdict = level(check(tmp_path, ".:counter"))
    assert verdict.outcome is Outcome.EQUIVALENT
    assert verdict.notes[0].startswith("not played eager: hangs has not answered `play` within 1 s")
    assert verdict.notes[1:] == (
        "the target played again, after episode, after half episode, first of lanes, amid lanes, among lanes, alone",
        "not offered by the target: x64",
    )
