"""Shrinking, on planted faults: a predicate that knows what a divergence needs, and nothing else."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equivcheck.model.script import Episode, Script, same_script
from equivcheck.model.values import MISSING, Value, same_value
from equivcheck.shrinking import PASSES, Shrunk, Witness, shrink, size_of
from equivcheck.shrinking.passes import drop_blocks
from equivcheck.shrinking.trees import differing, distance, part_at, replaced, scalars_of, text_of, zeros_like

Shows = Callable[[Script], Witness | None]


@dataclass
class Record:
    """A predicate on batches made of one on a script, with every candidate it was asked about."""

    shows: Shows
    asked: list[Script] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)

    def __call__(self, scripts: Sequence[Script]) -> list[Witness | None]:
        self.asked.extend(scripts)
        self.batches.append(len(scripts))
        return [self.shows(script) for script in scripts]


def needs(wanted: Sequence[Value], can_jump: bool = False) -> Shows:
    """A divergence once the `wanted` actions were taken in this order, others between; the state is how many were."""

    def shows(script: Script) -> Witness | None:
        for index, episode in enumerate(script.episodes):
            count = 0 if episode.start is MISSING else episode.start
            states = []
            for at, action in enumerate(episode.actions):
                states.append(count)
                count += count < len(wanted) and action == wanted[count]
                if count == len(wanted):
                    cut = replace(episode, actions=episode.actions[: at + 1])
                    return Witness(Script((*script.episodes[:index], cut)), tuple(states) if can_jump else None)
        return None

    return shows


def ends_where(holds: Callable[[Episode, int], bool]) -> Shows:
    """A divergence in the last episode after the first action, by its index, at which `holds`; nothing can be loaded."""

    def shows(script: Script) -> Witness | None:
        last = script.episodes[-1]
        at = next((index for index in range(len(last.actions)) if holds(last, index)), None)
        return None if at is None else Witness(script.with_last(actions=last.actions[: at + 1]))

    return shows


def one_episode(actions: Sequence[Value], **fields: Any) -> Script:
    return Script((Episode(actions=tuple(actions), **fields),))


def shrunk_from(script: Script, predicate: Callable[[Sequence[Script]], list[Witness | None]], **options: Any) -> Shrunk:
    [witness] = predicate([script])
    assert witness is not None
    plain = {"replays_max": 100_000, "expired": lambda: False, "found": lambda witness, replays: None}
    return shrink(witness, predicate, **{**plain, **options})


def scattered(wanted: Sequence[Value], length: int, seed: int) -> list[Value]:
    """The wanted actions at random places among zeros, the last of them last."""
    actions: list[Value] = [0] * length
    places = [*sorted(random.Random(seed).sample(range(length - 1), len(wanted) - 1)), length - 1]
    for place, action in zip(places, wanted, strict=True):
        actions[place] = action
    return actions


# --- actions ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("needed", "length", "replays_max"),
    [
        *((1, length, 2) for length in (100, 1_000, 10_000)),
        *((3, length, replays) for length, replays in ((100, 28), (1_000, 35), (10_000, 40))),
        *((10, length, replays) for length, replays in ((100, 95), (1_000, 130), (10_000, 160))),
    ],
)
def test_needed_actions_are_found_in_about_k_log_n_replays(needed: int, length: int, replays_max: int) -> None:
    wanted = list(range(1, needed + 1))
    for seed in (1, 2):
        shrunk = shrunk_from(one_episode(scattered(wanted, length, seed)), Record(needs(wanted)))
        assert list(shrunk.witness.script.episodes[0].actions) == wanted
        assert shrunk.replays <= replays_max
        assert not shrunk.exhausted


def test_actions_that_lie_together_cost_one_replay_each() -> None:
    wanted = list(range(1, 41))
    actions = [0] * 5_000 + wanted[:-1] + [0] * 5_000 + wanted[-1:]
    shrunk = shrunk_from(one_episode(actions), Record(needs(wanted)), passes=[drop_blocks])
    assert list(shrunk.witness.script.episodes[0].actions) == wanted
    assert shrunk.replays <= 140  # 40 for the search, 40 for the confirmation, the rest to find the block


def test_an_exact_count_keeps_every_action() -> None:
    shrunk = shrunk_from(one_episode([7] * 60), Record(ends_where(lambda episode, index: index == 36)))
    assert shrunk.witness.script.episodes[0].actions == (0,) * 37
    assert shrunk.replays <= 130


def test_a_run_of_consecutive_actions_is_kept_whole() -> None:
    def three_twos(episode: Episode, index: int) -> bool:
        return episode.actions[max(0, index - 2) : index + 1] == (2, 2, 2)

    actions = [1, 2, 2, 1, 2, 1] * 50 + [2, 2, 2]
    assert shrunk_from(one_episode(actions), Record(ends_where(three_twos))).witness.script.action_count == 3


def test_actions_of_earlier_episodes_go_as_well() -> None:
    def second_after_a_three(script: Script) -> Witness | None:
        earlier = [action for episode in script.episodes[:-1] for action in episode.actions]
        last = script.episodes[-1]
        return Witness(script.with_last(actions=last.actions[:1])) if 3 in earlier and last.actions else None

    script = Script((one_episode(range(9)).episodes[0], one_episode([0] * 5).episodes[0], one_episode([5] * 9).episodes[0]))
    shrunk = shrunk_from(script, Record(second_after_a_three))
    assert [episode.actions for episode in shrunk.witness.script.episodes] == [(3,), (0,)]


def test_a_divergence_at_the_reset_keeps_no_action() -> None:
    def second_reset(script: Script) -> Witness | None:
        return Witness(Script((script.episodes[0], Episode()))) if len(script.episodes) > 1 else None

    shrunk = shrunk_from(Script((one_episode([1, 2, 3], seed=9).episodes[0], Episode(actions=(1,)))), Record(second_reset))
    assert same_script(shrunk.witness.script, Script((Episode(), Episode())))


def test_a_candidate_repaired_for_legality_is_the_one_that_counts() -> None:
    def alternating(script: Script) -> Witness | None:
        """Action k is legal if it has the parity of k; another is replaced by the next number. It needs a sum of 9."""
        actions, total = [], 0
        for index, action in enumerate(script.episodes[-1].actions):
            actions.append(action if action % 2 == index % 2 else action + 1)
            total += actions[-1]
            if total >= 9:
                return Witness(script.with_last(actions=tuple(actions)))
        return None

    record = Record(alternating)
    found: list[Witness] = []
    shrunk = shrunk_from(one_episode([0, 1, 2, 3, 4, 5, 6]), record, found=lambda witness, replays: found.append(witness))
    assert shrunk.witness == alternating(shrunk.witness.script)
    assert shrunk.witness.script.action_count <= 3
    assert all(witness == alternating(witness.script) for witness in found)


def test_a_repair_that_makes_a_candidate_larger_is_no_progress() -> None:
    def grows(script: Script) -> Witness | None:
        return Witness(script.with_last(actions=(*script.episodes[-1].actions, 9, 9, 9)))

    start = Witness(one_episode([1, 2, 3]))
    shrunk = shrink(start, Record(grows), replays_max=1_000, expired=lambda: False, found=lambda witness, replays: None)
    assert shrunk.witness is start


@pytest.mark.parametrize("wanted_kind", ["near", "far"])
def test_shrinking_does_not_slip_to_another_fault(wanted_kind: str) -> None:
    """Action 1 alone shows one fault, 2 then 3 another; the predicate answers for the one that was found."""

    def shows(script: Script) -> Witness | None:
        actions = script.episodes[-1].actions
        near = next((index for index, action in enumerate(actions) if action == 1), len(actions))
        far = needs([2, 3])(script)
        if wanted_kind == "near":
            return Witness(script.with_last(actions=actions[: near + 1])) if near < len(actions) else None
        return far

    shrunk = shrunk_from(one_episode([0, 2, 1, 0, 1, 3, 0]), Record(shows))
    assert shrunk.witness.script.episodes[-1].actions == ((1,) if wanted_kind == "near" else (2, 3))


# --- jumps and starts ------------------------------------------------------------------------------------------


def test_a_jump_leaves_one_action_after_one_replay() -> None:
    wanted = [1, 2, 3, 4]
    found: list[tuple[int, int]] = []
    shrunk = shrunk_from(
        one_episode(scattered(wanted, 5_000, 4)),
        Record(needs(wanted, can_jump=True)),
        found=lambda witness, replays: found.append((replays, witness.script.action_count)),
    )
    assert found[0] == (1, 1)
    assert same_script(shrunk.witness.script, one_episode([4], start=3))
    assert shrunk.replays <= 12


@pytest.mark.parametrize("memory", [1, 2, 3, 6, 7, 40])
def test_a_jump_reaches_as_far_back_as_the_divergence_needs(memory: int) -> None:
    """The divergence needs `memory` actions of one sitting, and the state counts all actions ever taken."""

    def shows(script: Script) -> Witness | None:
        last = script.episodes[-1]
        first = 0 if last.start is MISSING else last.start
        if len(last.actions) < memory or first + len(last.actions) < 50:
            return None
        count = max(memory, 50 - first)
        states = tuple(first + index for index in range(count))
        return Witness(Script((replace(last, actions=last.actions[:count]),)), states)

    shrunk = shrunk_from(one_episode([1] * 50), Record(shows))
    assert same_script(shrunk.witness.script, one_episode([0] * memory, start=50 - memory))
    assert shrunk.replays <= 42


@pytest.mark.parametrize("needed", [1, 2, 3])
def test_a_jump_drops_the_episodes_before(needed: int) -> None:
    """The divergence needs three episodes before, or a start that stands for them, and some actions after."""

    def shows(script: Script) -> Witness | None:
        last = script.episodes[-1]
        played = len(script.episodes) - 1 if last.start is MISSING else last.start
        if played != 3 or len(last.actions) < needed:
            return None
        return Witness(script.with_last(actions=last.actions[:needed]), (3, *["never"] * (needed - 1)))

    script = Script((Episode(), Episode(), Episode(), Episode(actions=(1, 2, 3))))
    assert same_script(shrunk_from(script, Record(shows)).witness.script, one_episode([0] * needed, start=3))


def test_a_batch_ends_with_the_budget() -> None:
    record = Record(needs([2]))
    shrunk = shrunk_from(one_episode([2]), record, replays_max=3, batch=8, passes=[], alternatives=lambda action: range(9))
    assert len(record.asked) == 1 + shrunk.replays <= 1 + 3
    assert shrunk.notes == ()


def test_too_few_states_to_start_from_forbid_the_jump() -> None:
    def shows(script: Script) -> Witness | None:
        witness = needs([1, 2], can_jump=True)(script)
        return witness and Witness(witness.script, (witness.starts or ())[:-1])

    assert same_script(shrunk_from(one_episode([0, 1, 2]), Record(shows)).witness.script, one_episode([1, 2]))


def test_an_injected_start_goes_where_as_many_actions_do_without() -> None:
    shrunk = shrunk_from(one_episode([5, 6], start=0), Record(needs([6], can_jump=True)))
    assert same_script(shrunk.witness.script, one_episode([6]))


def starts_with(holds: Callable[[Value], bool]) -> Shows:
    def shows(script: Script) -> Witness | None:
        last = script.episodes[-1]
        if last.start is MISSING or not last.actions or not holds(last.start):
            return None
        return Witness(script.with_last(actions=last.actions[:1]), (last.start,))

    return shows


def test_a_start_keeps_the_one_leaf_that_matters() -> None:
    default = {"hp": [100, 100], "field": {"rain": False, "turns": 5}, "pos": np.array([0.0, 0.5], np.float32)}
    start = {"hp": [37, 12], "field": {"rain": True, "turns": 3}, "pos": np.array([0.123, 0.77], np.float32)}
    record = Record(starts_with(lambda state: state["field"]["rain"] and state["hp"][1] < 50))
    shrunk = shrunk_from(one_episode([0], start=start), record, default_start=default)
    wanted = {**default, "hp": [100, 0], "field": {"rain": True, "turns": 5}}
    assert same_value(shrunk.witness.script.episodes[0].start, wanted)
    assert shrunk.replays <= 20


def test_a_start_is_brought_to_zeros_where_no_default_is_known() -> None:
    start = {"a": 12, "b": "text", "c": [1.5, -2.25], "d": None, "e": np.array([True, False]), "f": b"xy"}
    shrunk = shrunk_from(one_episode([0], start=start), Record(starts_with(lambda state: state["c"][1] < -1)))
    wanted = {"a": 0, "b": "", "c": [0.0, -2.0], "d": None, "e": np.array([False, False]), "f": b""}
    assert same_value(shrunk.witness.script.episodes[0].start, wanted)


def test_a_start_of_another_form_than_the_default_takes_its_form() -> None:
    record = Record(starts_with(lambda state: state["turn"] > 2))
    script = one_episode([0], start={"team": ["a", "b", "c"], "turn": 9})
    shrunk = shrunk_from(script, record, default_start={"team": ["x"], "turn": 1})
    assert same_value(shrunk.witness.script.episodes[0].start, {"team": ["x"], "turn": 3})


@pytest.mark.parametrize(("threshold", "left"), [(2.4, 3.0), (0.2095, 0.3), (0.00012, 0.0002), (41.0, 50.0)])
def test_a_float_beyond_a_threshold_becomes_the_rounder_one(threshold: float, left: float) -> None:
    shrunk = shrunk_from(one_episode([0], start=[0.25, threshold * 1.01237123]), Record(starts_with(lambda state: state[1] > threshold)))
    assert shrunk.witness.script.episodes[0].start == [0.0, left]


# --- values of actions, options and seeds ----------------------------------------------------------------------


def test_actions_of_agents_are_lowered_each() -> None:
    def shows(episode: Episode, index: int) -> bool:
        return bool(episode.actions[index]["red"]["power"][1] >= 5 and episode.actions[index]["blue"] != "")

    action = {"red": {"power": np.array([9, 250, 4], np.int16), "aim": 0.37}, "blue": "charge", "green": -4}
    shrunk = shrunk_from(one_episode([action]), Record(ends_where(shows)))
    wanted = {"red": {"power": np.array([0, 5, 0], np.int16), "aim": 0.0}, "blue": "c", "green": 0}
    assert same_value(shrunk.witness.script.episodes[0].actions[0], wanted)


def test_a_narrow_float_is_as_round_as_it_prints() -> None:
    action = np.array([0.1234, 0.77], np.float32)
    shrunk = shrunk_from(one_episode([action]), Record(ends_where(lambda e, index: e.actions[index][0] > 0.05)))
    assert same_value(shrunk.witness.script.episodes[0].actions[0], np.array([0.1, 0.0], np.float32))


def test_options_and_seeds_that_do_not_matter_go() -> None:
    def shows(episode: Episode, index: int) -> bool:
        return episode.options.get("hard") is True and episode.seed % 3 == 2

    script = one_episode([4], seed=2**63 + 3, options={"easy": 1, "hard": True, "map": "b"})
    assert script.episodes[0].seed % 3 == 2
    shrunk = shrunk_from(script, Record(ends_where(shows)))
    assert same_script(shrunk.witness.script, one_episode([0], seed=2, options={"hard": True}))


def test_a_tape_of_draws_stays_with_its_actions_until_a_jump() -> None:
    script = one_episode([1, 1, 2], draws=(4, 5, 6))
    assert shrunk_from(script, Record(needs([1, 2]))).witness.script.episodes[0].draws == (4, 5, 6)
    assert shrunk_from(script, Record(needs([1, 2], can_jump=True))).witness.script.episodes[0].draws is None


@pytest.mark.parametrize(
    ("same_for", "note"),
    [
        ((2,), "no other last action than 2 shows it"),
        ((2, 1), "the same for action 1"),
        ((2, 0, 3), "the same for actions 0, 3"),
        ((0, 1, 2, 3), "the same for every other last action"),
    ],
)
def test_notes_say_which_last_actions_do_as_well(same_for: tuple[int, ...], note: str) -> None:
    shrunk = shrunk_from(
        one_episode([2]),
        Record(ends_where(lambda episode, index: episode.actions[index] in same_for)),
        alternatives=lambda action: range(4),
        passes=[],
    )
    assert shrunk.notes == (note,)


def test_a_last_action_that_was_repaired_is_no_alternative() -> None:
    def only_two_is_legal(script: Script) -> Witness | None:
        return Witness(script.with_last(actions=(2,)))

    shrunk = shrunk_from(one_episode([2]), Record(only_two_is_legal), alternatives=lambda action: range(4), passes=[])
    assert shrunk.notes == ("no other last action than 2 shows it",)


# --- laws ------------------------------------------------------------------------------------------------------

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-300, 300) | st.floats(allow_nan=False) | st.text(max_size=4) | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=6,
) | st.lists(st.floats(width=32, allow_nan=False), max_size=4).map(lambda numbers: np.array(numbers, np.float32))

EPISODES = st.builds(
    Episode,
    seed=st.integers(0, 2**64 - 1),
    actions=st.lists(VALUES, max_size=6).map(tuple),
    options=st.dictionaries(st.text(max_size=3), VALUES, max_size=2),
    start=st.just(MISSING) | VALUES,
)
SCRIPTS = st.lists(EPISODES, min_size=1, max_size=3).map(lambda episodes: Script(tuple(episodes)))


def arbitrary(salt: int, share: int) -> Shows:
    """A divergence that no logic explains: a hash decides, and where it shows, and what may be loaded."""

    def shows(script: Script) -> Witness | None:
        rng = random.Random(f"{salt} {text_of([[e.seed, dict(e.options), *e.actions] for e in script.episodes])}")
        if rng.randrange(100) >= share:
            return None
        actions = script.episodes[-1].actions
        cut = script.with_last(actions=actions[: rng.randint(min(1, len(actions)), len(actions))])
        return Witness(cut, tuple({"at": index} for index in range(len(actions))) if rng.random() < 0.5 else None)

    return shows


@given(
    script=SCRIPTS,
    salt=st.integers(0, 99),
    share=st.integers(5, 90),
    batch=st.integers(1, 5),
    budget=st.integers(0, 60),
)
@settings(max_examples=150, deadline=None)
def test_any_predicate_gets_a_witness_of_its_own_within_the_budget(script: Script, salt: int, share: int, batch: int, budget: int) -> None:
    record = Record(arbitrary(salt, share))
    begin, said = Witness(script), []
    shrunk = shrink(
        begin,
        record,
        replays_max=budget,
        expired=lambda: False,
        found=lambda witness, replays: said.append((witness, replays)),
        batch=batch,
        alternatives=lambda action: [0, 1],
    )
    assert shrunk.replays == len(record.asked) <= budget
    assert max(record.batches, default=0) <= batch
    sizes = [size_of(witness.script) for witness, _ in [(begin, 0), *said]]
    assert all(later < earlier for earlier, later in pairwise(sizes))
    assert [replays for _, replays in said] == sorted(replays for _, replays in said)
    assert shrunk.witness == (said[-1][0] if said else begin)
    assert len({text_of([[e.seed, dict(e.options), list(e.actions), e.start] for e in s.episodes]) for s in record.asked}) == (
        len(record.asked)
    )


@given(script=SCRIPTS, salt=st.integers(0, 99), share=st.integers(5, 60), batch=st.integers(1, 4))
@settings(max_examples=100, deadline=None)
def test_shrinking_again_changes_nothing(script: Script, salt: int, share: int, batch: int) -> None:
    record = Record(arbitrary(salt, share))
    options: dict[str, Any] = {"replays_max": 20_000, "expired": lambda: False, "found": lambda witness, replays: None}
    once = shrink(Witness(script), record, batch=batch, **options)
    assert not once.exhausted
    again = shrink(once.witness, record, batch=batch, **options)
    assert again.witness == once.witness
    assert not again.exhausted


@given(
    actions=st.lists(st.integers(0, 3), min_size=1, max_size=40),
    wanted=st.lists(st.integers(0, 3), min_size=1, max_size=5),
    batch=st.integers(1, 8),
)
@settings(max_examples=200, deadline=None)
def test_a_subsequence_shrinks_to_itself(actions: list[int], wanted: list[int], batch: int) -> None:
    shrunk = shrunk_from(one_episode([*actions, *wanted]), Record(needs(wanted)), batch=batch)
    assert list(shrunk.witness.script.episodes[0].actions) == wanted


@given(flips=st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_a_flaky_predicate_cannot_make_it_loop(flips: random.Random) -> None:
    given_out = []

    def flaky(scripts: Sequence[Script]) -> list[Witness | None]:
        answers = [Witness(script) if flips.random() < 0.5 else None for script in scripts]
        given_out.extend(answers)
        return answers

    begin = Witness(one_episode([3] * 30, seed=5))
    shrunk = shrink(begin, flaky, replays_max=5_000, expired=lambda: False, found=lambda witness, replays: None)
    assert not shrunk.exhausted
    assert shrunk.witness is begin or any(shrunk.witness is witness for witness in given_out)


def test_batches_are_filled_where_candidates_mostly_fail() -> None:
    wanted = list(range(1, 65))
    one_by_one, in_batches = Record(needs(wanted)), Record(needs(wanted))
    shrunk_from(one_episode(wanted), one_by_one, passes=[drop_blocks])
    shrunk_from(one_episode(wanted), in_batches, passes=[drop_blocks], batch=16)
    assert len(in_batches.batches) < len(one_by_one.batches) / 3
    assert len(in_batches.asked) < len(one_by_one.asked) * 1.2


def test_time_that_is_over_keeps_the_best_so_far() -> None:
    wanted = [1, 2, 3]
    record = Record(needs(wanted))
    shrunk = shrunk_from(one_episode(scattered(wanted, 1_000, 1)), record, expired=lambda: len(record.asked) > 8)
    assert shrunk.exhausted
    assert 3 < shrunk.witness.script.action_count < 1_000
    assert needs(wanted)(shrunk.witness.script) is not None


def test_a_pass_that_would_eat_the_budget_leaves_the_others_their_turn() -> None:
    wanted = list(range(1, 501))
    shrunk = shrunk_from(one_episode(wanted, seed=77), Record(needs(wanted)), replays_max=200)
    assert shrunk.exhausted
    assert same_script(shrunk.witness.script, one_episode(wanted))


def test_a_result_reached_with_the_last_replay_is_not_called_exhausted() -> None:
    free = shrunk_from(one_episode([5, 6, 7]), Record(needs([6])))
    assert not free.exhausted
    enough = shrunk_from(one_episode([5, 6, 7]), Record(needs([6])), replays_max=4 * free.replays)
    assert not enough.exhausted


@pytest.mark.parametrize(
    ("smaller", "larger"),
    [
        (one_episode([9] * 50), Script((Episode(), Episode()))),
        (one_episode([9], start={"big": "state"}), one_episode([0, 0])),
        (one_episode([9], seed=8), one_episode([0], start=0)),
        (one_episode([9]), one_episode([0], options={"a": 0})),
        (one_episode([0.5]), one_episode([0.25])),
        (one_episode([9]), one_episode([10])),
        (one_episode([False]), one_episode([True])),
        (one_episode([0.0]), one_episode([-0.0])),
        (one_episode([0], seed=9), one_episode([0], seed=10)),
    ],
)
def test_sizes_are_ordered_as_a_reader_would(smaller: Script, larger: Script) -> None:
    assert size_of(smaller) < size_of(larger)


def test_a_start_at_its_default_is_smaller_than_one_of_zeros() -> None:
    default = {"hp": 100}
    assert size_of(one_episode([], start=default), default) < size_of(one_episode([], start={"hp": 0}), default)


@given(value=VALUES, other=VALUES)
@settings(deadline=None)
def test_the_text_of_a_value_is_exact(value: Value, other: Value) -> None:
    assert (text_of(value) == text_of(other)) == same_value(value, other)


@given(value=VALUES, target=VALUES)
@settings(deadline=None)
def test_differing_paths_lead_to_the_target(value: Value, target: Value) -> None:
    for wanted in (target, zeros_like(value)):
        for depth in range(4):
            changes = {path: part_at(wanted, path) for path in differing(value, wanted, depth)}
            assert distance(replaced(value, changes), wanted) <= distance(value, wanted) - bool(changes)
    assert distance(value, value) == 0
    for path, scalar in scalars_of(value):
        assert same_value(part_at(value, path), scalar)


def test_every_pass_is_a_row_once() -> None:
    assert len({shrink_pass.__name__ for shrink_pass in PASSES}) == len(PASSES)
