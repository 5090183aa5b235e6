from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from equivcheck.backends.laws import LAWS
from equivcheck.backends.opening import Opening
from equivcheck.errors import AdapterError
from equivcheck.levels.arguments import every, examples
from equivcheck.model.paths import Pattern
from equivcheck.model.space import Box, Choice, Discrete, MultiBinary, MultiDiscrete, TupleSpace, contains
from equivcheck.model.spec import ComponentPlan, FieldRule, PairSpec, Spec
from equivcheck.model.values import same_value
from equivcheck.model.verdict import Outcome, PairReport
from equivcheck.pair import Budget
from equivcheck.runner import Run, check_pair

HERE = Path(__file__).parent


def chart_arguments() -> tuple[int, int]:
    return (15, 15)


def damage_arguments() -> tuple[Any, ...]:
    """Return level 1 to 100, power, whether it is critical, and a factor."""
    return (Discrete(100, 1), 256, Box((), "bool", (0.0,), (1.0,)), Box((), "float64", (0.0,), (2.0,)))


def chart_list() -> list[list[int]]:
    """Return lists of arguments themselves."""
    return [[3, 4], [11, 6], [11, 6]]


def chart_list_of_numbers() -> list[int]:
    return [3, 4]


def strange_arguments() -> tuple[Any, ...]:
    return (object(),)


def chart(attacker: int, defender: int) -> float:
    return float((attacker * 7 + defender * 3) % 4) / 2


def damage(level: int, power: int, critical: bool, factor: float) -> dict[str, Any]:
    whole = (2 * level * (2 if critical else 1) // 5 + 2) * power // 50
    return {"whole": whole + 2, "least": int(whole * factor)}


class Game:
    actions = 1
    components = {"chart": chart, "damage": damage}  # noqa: RUF012

    def reset(self, seed: int) -> dict[str, Any]:
        return {"obs": 0}

    def step(self, action: int) -> dict[str, Any]:
        return {"obs": 0}


def wrong_chart(attacker: int, defender: int) -> float:
    return 9.5 if (attacker, defender) == (11, 6) else chart(attacker, defender)


def wrong_damage(level: int, power: int, critical: bool, factor: float) -> dict[str, Any]:
    """Rolls over where the product outgrows 11 bits."""
    whole = ((2 * level * (2 if critical else 1) // 5 + 2) * power & 0x7FF) // 50
    return {"whole": whole + 2, "least": int(whole * factor)}


def failing(level: int, power: int, critical: bool, factor: float) -> dict[str, Any]:
    if power == 0:
        raise ZeroDivisionError("no power")
    return damage(level, power, critical, factor)


class WrongChart(Game):
    components = {"chart": wrong_chart, "damage": damage}  # noqa: RUF012


class WrongDamage(Game):
    components = {"chart": chart, "damage": wrong_damage}  # noqa: RUF012


class Failing(Game):
    components = {"chart": chart, "damage": failing}  # noqa: RUF012


class Bare(Game):
    components = {"charts": chart}  # noqa: RUF012


def plan(name: str, arguments: str = "") -> ComponentPlan:
    return ComponentPlan(name, arguments or f"test_property:{name}_arguments", examples=400)


def check(tmp_path: Path, target: type, *plans: ComponentPlan, save: bool = False) -> PairReport:
    opening = Opening(HERE, {"game": Game, "port": target})
    run = Run(opening, Budget(), levels=("property",), mode="seeded", save=save)
    return check_pair(PairSpec("game", "object:game", "object:port", Spec(components=plans or (plan("chart"), plan("damage")))), run)


def test_components_that_agree_are_equivalent_and_the_calls_are_counted(tmp_path: Path) -> None:
    (level,) = check(tmp_path, Game).levels
    assert level.outcome is Outcome.EQUIVALENT
    assert level.bound.startswith("chart: 225 calls, all there are; damage: 400 calls, at most 0.75% of such calls differ at 95 %; ")
    assert level.coverage.fields["chart"].compared == 225
    assert level.coverage.fields["damage.whole"].compared == 400


def test_one_wrong_cell_of_a_chart_is_found_and_told_by_its_arguments(tmp_path: Path) -> None:
    (counterexample,) = check(tmp_path, WrongChart).levels[-1].counterexamples
    (episode,) = counterexample.script.episodes
    assert list(episode.actions) == [[11, 6]]
    assert counterexample.after == ({"chart": chart(11, 6)}, {"chart": 9.5})
    assert counterexample.cluster_count == 1


def test_lists_of_arguments_may_be_given_themselves(tmp_path: Path) -> None:
    (level,) = check(tmp_path, Game, plan("chart", "test_property:chart_list")).levels
    assert level.bound.startswith("chart: 3 calls, all that are listed; ")
    (counterexample,) = check(tmp_path, WrongChart, plan("chart", "test_property:chart_list")).levels[-1].counterexamples
    assert list(counterexample.script.episodes[0].actions) == [[11, 6]]
    assert counterexample.cluster_count == 2


def test_arguments_are_minimal_and_stay_what_they_may_be(tmp_path: Path) -> None:
    report = check(tmp_path, WrongDamage)
    (counterexample,) = report.levels[-1].counterexamples
    (level, power, critical, factor) = counterexample.script.episodes[0].actions[0]
    assert counterexample.divergence.leading.path == "damage.whole"
    smaller = [(level - 1, power, critical), (level, power - 1, critical)]
    assert damage(level, power, critical, 0.0) != wrong_damage(level, power, critical, 0.0)
    assert all(damage(*less, 0.0) == wrong_damage(*less, 0.0) for less in smaller if less[0] >= 1)
    assert factor == 0.0


def test_a_call_that_fails_on_one_side_alone_is_a_crash(tmp_path: Path) -> None:
    (counterexample,) = check(tmp_path, Failing).levels[-1].counterexamples
    assert counterexample.divergence.leading.kind == "crash"
    assert "no power" in counterexample.divergence.leading.words
    assert counterexample.script.episodes[0].actions[0][1] == 0


@pytest.mark.parametrize(
    ("target", "plans", "words"),
    [
        (Bare, (), "object:port has no component 'chart' (did you mean \"charts\"?)"),
        (Game, (plan("chart", "test_property:nothing"),), "'test_property:nothing' cannot be loaded"),
        (Game, (plan("chart", "test_property:strange_arguments"),), "does not say what the arguments of 'chart' are"),
        (Game, (plan("chart", "test_property:chart_list_of_numbers"),), "does not say what the arguments of 'chart' are"),
    ],
)
def test_what_is_missing_is_said(tmp_path: Path, target: type, plans: tuple[ComponentPlan, ...], words: str) -> None:
    (level,) = check(tmp_path, target, *plans).levels
    assert level.outcome is Outcome.INCONCLUSIVE
    assert words in level.reason


def test_what_was_found_is_replayed_first_and_dropped_once_it_is_fixed(tmp_path: Path) -> None:
    def run(target: type) -> PairReport:
        opening = Opening(tmp_path, {"game": Game, "port": target})
        spec = Spec(components=(plan("chart"),))
        return check_pair(PairSpec("game", "object:game", "object:port", spec), Run(opening, Budget(), levels=("property",), mode="seeded"))

    first, second, third = run(WrongChart), run(WrongChart), run(Game)
    assert [level.level for level in first.levels] == ["property"]
    assert [level.level for level in second.levels] == ["regressions", "property"]
    assert third.levels[0].reason == "1 earlier finding is fixed"
    assert not list(tmp_path.glob(".equivcheck/found/*/*.json"))


SPACE = TupleSpace((
    Discrete(3, -1), Choice(("a", "b")), Box((), "bool", (0.0,), (1.0,)), MultiDiscrete((2, 3)), MultiBinary((2,)),
    Box((2,), "float32", (-1.0, float("-inf")), (1.0, 5.0)), Box((), "int16", (-5.0,), (5.0,)), TupleSpace((Discrete(2),)),
))  # fmt: skip


def test_a_rule_for_a_component_and_one_for_a_field_are_each_missed_where_they_belong_alone() -> None:
    rules = tuple(FieldRule(Pattern(name), atol=0.5, because="a test") for name in ("chart", "obs"))
    run = Run(Opening(HERE, {"game": Game}), Budget(episodes=2), levels=("property", "rollout"), mode="seeded", save=False)
    report = check_pair(PairSpec("game", "object:game", "object:game", Spec(rules, components=(plan("chart"),))), run)
    assert [level.outcome for level in report.levels] == [Outcome.EQUIVALENT] * 2


def test_bounds_that_a_dtype_does_not_have_are_rounded_to_it() -> None:
    space = TupleSpace((Box((), "float32", (-0.1,), (0.1,)), Box((), "float16", (-1e9,), (0.3,))))
    assert all(contains(space, arguments) for arguments in examples(space, 50, 0))


def test_examples_lie_where_they_may_and_are_the_same_again() -> None:
    made, again, others = examples(SPACE, 200, 3), examples(SPACE, 200, 3), examples(SPACE, 200, 4)
    assert all(contains(SPACE, arguments) for arguments in made)
    assert len(made) >= 150
    assert same_value(made, again)
    assert not same_value(made, others)


def test_all_are_listed_where_they_can_be() -> None:
    listed = every(TupleSpace((Discrete(2, 1), Choice(("a", "b")), Box((), "bool", (0.0,), (1.0,)))))
    assert listed is not None
    assert list(listed) == [[n, text, flag] for n in (1, 2) for text in "ab" for flag in (False, True)]
    assert every(SPACE) is None
    assert every(TupleSpace((Discrete(2**17 + 1),))) is None
    assert np.size(list(every(TupleSpace((Discrete(2**17),))) or [])) == 2**17


class Cart:
    """Rolls; its observation is float32, its reward finite."""

    actions = 2

    def reset(self, seed: int) -> dict[str, Any]:
        self.at, self.steps = float(seed % 3), 0
        return self.seen()

    def step(self, action: int) -> dict[str, Any]:
        self.at += 2 * action - 1
        self.steps += 1
        return {**self.seen(), "reward": 1 / (1 + self.at**2)}

    def seen(self) -> dict[str, Any]:
        return {"obs": np.array([self.at], np.float32), "terminated": abs(self.at) > 5, "truncated": self.steps >= 30}

    def legal(self) -> list[bool]:
        return [True, True]

    def state(self) -> dict[str, Any]:
        return {"at": self.at, "steps": self.steps}

    def load(self, state: dict[str, Any]) -> dict[str, Any]:
        self.at, self.steps = state["at"], state["steps"]
        return self.seen()


class InfiniteReward(Cart):
    def step(self, action: int) -> dict[str, Any]:
        answer = super().step(action)
        return {**answer, "reward": float("inf") if self.at == -2 else answer["reward"]}


class NanSeen(Cart):
    def seen(self) -> dict[str, Any]:
        return {**super().seen(), "obs": np.array([float("nan") if self.at == -2 else self.at], np.float32)}


class Widening(Cart):
    def step(self, action: int) -> dict[str, Any]:
        answer = super().step(action)
        return {**answer, "obs": answer["obs"].astype(np.float64 if self.at == -3 else np.float32)}


class Stuck(Cart):
    def legal(self) -> list[bool]:
        return [self.at > -2, self.at > -2]


class CountedEnd(Cart):
    def seen(self) -> dict[str, Any]:
        answer = super().seen()
        return {**answer, "truncated": int(answer["truncated"]) if self.at == -3 else answer["truncated"]}


class EdgeAlone(Cart):
    """Wrong after one step where it is farther out than one step leads: no episode comes to that, a state at its extremes does."""

    def step(self, action: int) -> dict[str, Any]:
        answer = super().step(action)
        return {**answer, "reward": float("nan") if self.at == 4 and self.steps == 1 else answer["reward"]}


def steps_count_up(before: Any, after: Any) -> bool | None:
    """The count of steps goes up by one."""
    return None if before is None else bool(after["state"]["steps"] == before["state"]["steps"] + 1)


class Skips(Cart):
    def step(self, action: int) -> dict[str, Any]:
        self.steps += self.at == -2
        return super().step(action)


class Counts(Cart):
    """Counts what it has done; an episode ends long before the count is large."""

    def reset(self, seed: int) -> dict[str, Any]:
        self.count = 0
        return super().reset(seed)

    def step(self, action: int) -> dict[str, Any]:
        self.count = self.wrapped(self.count + 1)
        return super().step(action)

    def wrapped(self, count: int) -> int:
        return count

    def seen(self) -> dict[str, Any]:
        return {"obs": np.array([self.at], np.float32), "terminated": abs(self.at) > 50, "truncated": self.steps >= 60}

    def state(self) -> dict[str, Any]:
        return {**super().state(), "count": self.count, "noise": (self.count * 2654435761 + 12345) % 2**32}

    def load(self, state: dict[str, Any]) -> dict[str, Any]:
        self.count = state["count"]
        return super().load(state)


class CountsInUint8(Counts):
    def wrapped(self, count: int) -> int:
        return count % 256


class CountsInInt8(Counts):
    def wrapped(self, count: int) -> int:
        return (count + 128) % 256 - 128


class CountsInInt16(Counts):
    def wrapped(self, count: int) -> int:
        return (count + 2**15) % 2**16 - 2**15


class CountsInAnArray(Counts):
    def state(self) -> dict[str, Any]:
        return {**super().state(), "count": np.array([self.count, 7], np.uint8)}

    def load(self, state: dict[str, Any]) -> dict[str, Any]:
        return super().load({**state, "count": int(state["count"][0])})

    def wrapped(self, count: int) -> int:
        return count % 256


class CountsUpToALimit(CountsInUint8):
    """Its count would wrap, and never does: the episode is over at 100."""

    def seen(self) -> dict[str, Any]:
        answer = super().seen()
        return {**answer, "truncated": bool(answer["truncated"]) or self.count >= 100}


def lawful(target: type, laws: tuple[str, ...] = (), reference: type = Cart) -> PairReport:
    opening = Opening(HERE, {"cart": reference, "port": target})
    run = Run(opening, Budget(), levels=("property",), mode="seeded", save=False)
    return check_pair(PairSpec("cart", "object:cart", "object:port", Spec(laws=laws)), run)


def test_both_sides_keep_the_laws_and_what_was_judged_is_counted() -> None:
    (level,) = lawful(Cart).levels
    assert level.outcome is Outcome.EQUIVALENT
    assert level.bound.count("keeps 5 laws in 8 episodes") == 2
    assert set(level.coverage.fields) == {f"laws.{name}" for name in LAWS}
    assert min(entry.compared for entry in level.coverage.fields.values()) > 50


@pytest.mark.parametrize(
    ("target", "law"),
    [
        (InfiniteReward, "rewards_are_finite"),
        (NanSeen, "observations_are_finite"),
        (Widening, "observations_keep_their_form"),
        (Stuck, "somebody_may_act_until_the_end"),
        (CountedEnd, "what_has_ended_says_one_thing"),
        (Skips, "test_property:steps_count_up"),
        (EdgeAlone, "rewards_are_finite"),
    ],
)
def test_a_broken_law_is_shrunk_to_the_step_that_breaks_it(target: type, law: str) -> None:
    (level,) = lawful(target, ("test_property:steps_count_up",)).levels
    named = [one for one in level.counterexamples if law in one.divergence.leading.path]
    assert len(named) == 1
    assert named[0].name == "cart-law-target"
    assert (named[0].divergence.leading.reference, named[0].divergence.leading.target) == (True, False)
    assert named[0].script.action_count <= 1


@pytest.mark.parametrize("target", [CountsInUint8, CountsInInt8, CountsInInt16, CountsInAnArray])
def test_a_count_that_wraps_is_found_next_to_the_end_of_its_type(target: type) -> None:
    (level,) = lawful(target, reference=target).levels
    for role in ("reference", "target"):
        (found,) = [one for one in level.counterexamples if one.name == f"cart-law-{role}"]
        assert "no_count_wraps@state.count" in found.divergence.leading.path
        assert found.script.action_count <= 3


@pytest.mark.parametrize("target", [Counts, CountsUpToALimit])
def test_a_wide_count_a_generator_and_a_count_with_a_limit_are_left_in_peace(target: type) -> None:
    (level,) = lawful(target, reference=target).levels
    assert level.outcome is Outcome.EQUIVALENT
    assert any("no_count_wraps@state.count" in name for name in level.coverage.fields) is (target is Counts)


def test_the_reference_is_held_to_the_laws_as_well() -> None:
    (level,) = lawful(Cart, reference=InfiniteReward).levels
    assert [one.name for one in level.counterexamples] == ["cart-law-reference"]


def test_a_law_that_fails_is_blamed() -> None:
    (level,) = lawful(Cart, ("test_property:chart_arguments",)).levels
    assert level.outcome is Outcome.INCONCLUSIVE
    assert "'test_property:chart_arguments' failed: TypeError" in level.reason


def test_a_broken_law_is_replayed_first(tmp_path: Path) -> None:
    def run(target: type) -> PairReport:
        opening = Opening(tmp_path, {"cart": Cart, "port": target})
        return check_pair(PairSpec("cart", "object:cart", "object:port"), Run(opening, Budget(), levels=("property",), mode="seeded"))

    first, second, third = run(Stuck), run(Stuck), run(Cart)
    assert [level.level for level in first.levels] == ["property"]
    assert [level.level for level in second.levels] == ["regressions", "property"]
    assert third.levels[0].reason == "1 earlier finding is fixed"


@pytest.mark.parametrize(
    ("address", "words"),
    [("law:x", "names no law of a side"), ("law:rewards_are_finit:checked:object:cart", 'did you mean "rewards_are_finite"')],
)
def test_an_address_of_a_law_that_is_none(address: str, words: str) -> None:
    with pytest.raises(AdapterError, match=words):
        Opening(HERE, {"cart": Cart}).open(address)
