"""Blocks, their columns, and collections of them: laws over Traces of every shape."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equivcheck.errors import ProtocolError
from equivcheck.model.columns import Column, columnise
from equivcheck.model.script import Episode, Script
from equivcheck.model.trace import End, Run, Trace
from equivcheck.model.values import MISSING, to_json
from equivcheck.protocol.blocks import Block, Stretch, action_columns, block_from_plain, block_to_plain, split_trace, whole_block
from equivcheck.protocol.collection import Collection
from equivcheck.protocol.columns import columns_from_plain, columns_to_plain, values_from_plain, values_to_plain
from equivcheck.protocol.framing import FrameDecoder, encode_frame

NAMES = st.sampled_from(["obs", "reward", "Mr. Mime", "a[0]", 'q"q', "é é", "0", "**", ""])
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(),
    st.sampled_from(["", "x", "ü"]),
    st.binary(max_size=3),
    st.just({}),
    st.just([]),
    st.sampled_from([np.array([1.5, -0.0], np.float32), np.array([[True]]), np.zeros((0, 2), np.int8), np.zeros((1,) * 8)]),
)
TREES = st.recursive(LEAVES, lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(NAMES, inner, min_size=1, max_size=3))
STEPS = st.dictionaries(st.sampled_from(["obs", "state", "Mr. Mime"]), TREES, max_size=3)


@st.composite
def traces(draw: st.DrawFn) -> Trace:
    scripts, runs, ends, rows = [], [], [], []
    for script in range(draw(st.integers(0, 2))):
        counts = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
        scripts.append(Script(tuple(Episode(seed, (1,) * (count - 1)) for seed, count in enumerate(counts))))
        for episode, count in enumerate(counts):
            runs.append(Run(script, episode, len(rows), count))
            rows += draw(st.lists(STEPS, min_size=count, max_size=count))
    columns = {path: column for path, column in columnise(rows).items() if path} if rows else {}
    return Trace(tuple(scripts), tuple(runs), columns, tuple(ends))


def through_the_wire(block: Block) -> Block:
    decoder = FrameDecoder()
    decoder.feed(encode_frame({"type": "steps", **block_to_plain(block)}))
    message = decoder.next()
    assert message is not None
    return block_from_plain(message)


def said(trace: Trace) -> Any:
    """Return all that a Trace says, as text that tells bits apart; an empty Step has no leaf and says nothing."""
    steps = [trace.step(row) if trace.columns else {} for row in range(trace.step_count)]
    return [(run.script, run.episode, run.first, run.count) for run in trace.runs], spelled(steps), trace.ends


def spelled(value: Any) -> str:
    """Return a value as text that tells kinds and bits apart, but not the order of keys."""
    return json.dumps(to_json(value), sort_keys=True)


def collected(trace: Trace, blocks: list[Block]) -> Trace:
    collection = Collection({n: [len(e.actions) + 1 for e in script.episodes] for n, script in enumerate(trace.scripts)})
    for block in blocks:
        collection.add(block)
    again = collection.trace(trace.scripts, {})
    assert collection.unfinished(again) == []
    return again


@given(traces(), st.integers(1, 5))
def test_a_trace_comes_back_from_blocks_of_any_size(trace: Trace, rows: int) -> None:
    blocks = [through_the_wire(block) for block in split_trace(trace, rows=rows)]
    assert said(collected(trace, blocks)) == said(trace)
    assert [block.step_count for block in blocks[:-1]] == [rows] * (len(blocks) - 1)


@given(traces(), st.randoms(use_true_random=False))
def test_scripts_may_take_turns_in_the_blocks(trace: Trace, rng: Any) -> None:
    queues = [[block for run in trace.runs if run.script == n for block in _of_run(trace, run)] for n in range(len(trace.scripts))]
    blocks = []
    while any(queues):
        blocks.append(rng.choice([queue for queue in queues if queue]).pop(0))
    assert said(collected(trace, blocks)) == said(trace)


def _of_run(trace: Trace, run: Run) -> list[Block]:
    """Return one block a Step."""
    blocks = []
    for index in range(run.count):
        columns = {path: column.take([run.first + index]) for path, column in trace.columns.items()}
        blocks.append(through_the_wire(Block((Stretch(run.script, run.episode, index, 1),), columns)))
    return blocks


@given(st.lists(TREES, max_size=6))
def test_actions_come_back_from_columns(actions: list[Any]) -> None:
    decoder = FrameDecoder()
    decoder.feed(encode_frame({"type": "x", "columns": values_to_plain(tuple(actions))}))
    message = decoder.next()
    assert message is not None
    again = values_from_plain(message["columns"], len(actions), "actions")
    assert spelled(list(again)) == spelled(actions)


def test_large_steps_make_small_blocks_and_small_ones_make_large_blocks() -> None:
    def blocks(shape: tuple[int, ...], count: int) -> list[int]:
        columns = columnise([{"obs": np.zeros(shape, np.uint8)}] * count)
        return [block.step_count for block in split_trace(Trace((), (Run(0, 0, 0, count),), columns))]

    assert blocks((4096,), 600) == [256, 256, 88]
    assert blocks((1,), 600) == [600]
    assert blocks((2**24,), 3) == [1, 1, 1]


def test_no_block_holds_more_things_than_a_frame_may() -> None:
    leaves: list[Any] = [np.zeros(1, np.int8), *[np.zeros(2, np.int8)] * 1349]
    columns = {f"x{number}": Column(leaves) for number in range(200)}
    blocks = list(split_trace(Trace((), (Run(0, 0, 0, 1350),), columns)))
    assert sum(through_the_wire(block).step_count for block in blocks) == 1350


def test_an_end_is_in_the_block_of_the_last_step_before_it_and_an_empty_trace_is_one_block() -> None:
    end = End(0, 0, 0, "refused", "no")
    [block] = split_trace(Trace((Script((Episode(),)),), (), {}, (end,)))
    assert through_the_wire(block).ends == (end,)
    runs = (Run(0, 0, 0, 3), Run(0, 1, 3, 1), Run(2, 0, 4, 2))
    ends = (End(0, 1, 1, "failed", "x"), End(1, 0, 0, "refused", "no"), End(2, 0, 2, "failed", "y"))
    trace = Trace((), runs, columnise([{"obs": 1}] * 6), ends)
    assert [block.ends for block in split_trace(trace, rows=2)] == [(), ends[:2], ends[2:]]
    assert (whole_block(trace).step_count, whole_block(trace).ends) == (6, ends)


@pytest.mark.parametrize("steps", [0, 1])
def test_however_many_lanes_give_up_every_block_fits_a_frame(steps: int) -> None:
    count, words = 20_000, "\N{BOX DRAWINGS LIGHT VERTICAL}" * 1_365
    scripts = (Script((Episode(0, (1,)),)),) * count
    runs = tuple(Run(script, 0, script, 1) for script in range(count * steps))
    ends = tuple(End(script, 0, steps, "failed", words) for script in range(count))
    trace = Trace(scripts, runs, columnise([{"obs": 1}] * count * steps) if steps else {}, ends)
    blocks = [through_the_wire(block) for block in split_trace(trace)]
    again = collected(trace, blocks)
    assert (again.runs, again.ends) == (runs, ends)


def test_absent_rows_of_foreign_columns_stay_absent_and_full_masks_are_dropped() -> None:
    there = np.array([True, False])
    columns = columns_from_plain({"a": ["scalar", np.array([2.0, 0.0]), there], "b": ["ragged", [None, None], there]}, 2, "steps")
    assert [columns[path].leaf(1) for path in "ab"] == [MISSING, MISSING]
    assert columns["b"].leaf(0) is None
    assert columns_from_plain({"a": ["scalar", np.array([2, 3]), np.ones(2, bool)]}, 2, "steps")["a"].present is None
    assert columns_from_plain({"a": ["scalar", np.array([0, 0]), np.zeros(2, bool)]}, 2, "steps") == {}
    assert columns_to_plain(columnise([{"a": 1}, {"b": math.pi}]))["a"][2].tolist() == [True, False]


def test_a_path_in_foreign_spelling_is_read_as_ours() -> None:
    columns = columns_from_plain({'["obs"]["x y"]': ["scalar", np.array([1]), None]}, 1, "steps")
    assert list(columns) == ['obs["x y"]']
    for path in ("a." * 70 + "a", 'a["\\ud800"]', "a[0", "[0]."):
        with pytest.raises(ProtocolError, match="path"):
            columns_from_plain({path: ["scalar", np.array([1]), None]}, 1, "steps")


def test_a_leaf_may_become_a_map_between_rows_but_not_within_one() -> None:
    rows = columnise([{"s": None}, {"s": {"x": 1}}, {"s": [2]}])
    assert len(columns_from_plain(columns_to_plain(rows), 3, "steps")) == 3


@pytest.mark.parametrize(
    ("blocks", "words"),
    [
        ([[(0, 0, 0, 2)], [(0, 0, 1, 1)]], "out of order"),
        ([[(0, 0, 0, 2)], [(0, 2, 0, 1)]], "out of order"),
        ([[(0, 1, 0, 1)]], "out of order"),
        ([[(0, 0, 0, 4)]], "not asked for"),
        ([[(7, 0, 0, 1)]], "not asked for"),
    ],
)
def test_a_collection_takes_only_what_is_next(blocks: list[Any], words: str) -> None:
    collection = Collection({0: [3, 3, 3], 1: [3]})
    with pytest.raises(ProtocolError, match=words):  # noqa: PT012
        for runs in blocks:
            count = sum(run[3] for run in runs)
            collection.add(Block(tuple(Stretch(*run) for run in runs), columnise([{"obs": 1}] * count)))


def test_nothing_comes_after_an_end_and_every_gap_is_known() -> None:
    collection = Collection({0: [3, 3], 1: [3], 2: [2]})
    rows = columnise([{"obs": 1}] * 2)
    collection.add(Block((Stretch(0, 0, 0, 2),), rows, (End(0, 0, 2, "failed", "x"),)))
    collection.add(Block((Stretch(1, 0, 0, 2),), rows))
    assert collection.unfinished(collection.trace([], {})) == [(1, 0, 2), (2, 0, 0)]
    with pytest.raises(ProtocolError, match="after the end"):
        collection.add(Block((Stretch(0, 0, 2, 1),), columnise([{"obs": 1}])))
    with pytest.raises(ProtocolError, match="not next"):
        collection.add(Block((), {}, (End(0, 0, 2, "failed", "again"),)))


def test_an_episode_left_unfinished_before_another_is_no_answer() -> None:
    collection = Collection({0: [3, 3]})
    collection.add(Block((Stretch(0, 0, 0, 1), Stretch(0, 1, 0, 3)), columnise([{"obs": 1}] * 4)))
    with pytest.raises(ProtocolError, match="stops before step 1"):
        collection.unfinished(collection.trace([], {}))
    ended = Collection({0: [3, 3]})
    ended.add(Block((Stretch(0, 0, 0, 1), Stretch(0, 1, 0, 3)), columnise([{"terminated": True}] + [{"terminated": False}] * 3)))
    assert ended.unfinished(ended.trace([], {})) == []


def test_actions_stand_beside_the_steps_they_led_to() -> None:
    script = Script((Episode(0, (5, 6)), Episode(1, ()), Episode(2, (7, 8))))
    runs = (Run(0, 0, 0, 3), Run(0, 1, 3, 1), Run(0, 2, 4, 2))  # the last action of the last episode was refused
    [(path, column)] = action_columns(Trace((script,), runs, {})).items()
    assert path == "action"
    assert [column.leaf(row) for row in range(6)] == [MISSING, 5, 6, MISSING, MISSING, 7]
