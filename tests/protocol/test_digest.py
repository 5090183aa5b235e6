from __future__ import annotations

import math
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from equivcheck.model.columns import Column, columnise
from equivcheck.model.request import Ask
from equivcheck.model.values import flatten, same_leaf
from equivcheck.protocol.digest import digest_input, digest_steps, leaf_bytes, narrow

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.sampled_from([0.0, -0.0, 1.0, 1, True, "", b"", "1", {}, [], 2**63, -(2**63)]),
    st.sampled_from([np.array([1, 2]), np.array([[1, 2]]), np.array([1, 2], np.int32), np.array([1.0, -0.0]), np.array([1.0, 0.0])]),
)
ROWS = st.lists(st.dictionaries(st.sampled_from(["a", "b", "é", "z z"]), LEAVES, min_size=1), min_size=1, max_size=8)


@given(ROWS, st.sets(st.sampled_from(["a", "b", "é", '["z z"]', "nowhere"])))
def test_columns_are_hashed_as_leaf_by_leaf(rows: list[dict[str, Any]], paths: set[str]) -> None:
    def plain(row: dict[str, Any]) -> bytes:
        leaves = {path: leaf for path, leaf in flatten(row).items() if path in paths}
        named = [(path.encode(), leaves[path]) for path in sorted(leaves, key=str.encode)]
        return b"".join(len(path).to_bytes(4, "little") + path + leaf_bytes(leaf) for path, leaf in named)

    assert digest_input(columnise(rows), sorted(paths), len(rows)) == [plain(row) for row in rows]


@given(LEAVES, LEAVES)
def test_leaves_that_differ_in_anything_differ_in_their_bytes(a: Any, b: Any) -> None:
    assert (leaf_bytes(a) == leaf_bytes(b)) == same_leaf(a, b)


def test_a_nan_anywhere_in_a_digested_leaf_makes_it_zero_and_elsewhere_does_not() -> None:
    rows: list[Any] = [
        {"x": 1.0, "y": np.array([1.0, 2.0]), "z": 1},
        {"x": math.nan, "y": np.array([1.0, 2.0]), "z": 1},
        {"x": 1.0, "y": np.array([1.0, math.nan]), "z": 1},
        {"x": 1.0, "y": np.array([1.0, 2.0]), "z": math.nan},
        {"y": np.array([1.0, 2.0]), "z": 1},
    ]
    columns = columnise(rows)
    assert (digest_steps(columns, ["x", "y", "z"], 5) != 0).tolist() == [True, False, False, False, True]
    assert (digest_steps(columns, ["y"], 5) != 0).tolist() == [True, True, False, True, True]
    assert len(set(digest_steps(columns, ["x", "y"], 5).tolist())) == 3


def test_a_request_is_answered_with_what_it_wants_and_no_more() -> None:
    columns = columnise([{"obs": 1, "reward": 0.5, "state": {"hp": 3}, "events": ["x"]}])
    assert list(narrow(columns, 1, Ask())) == ["obs", "reward", "state.hp", "events[0]"]
    assert list(narrow(columns, 1, Ask("bare"))) == ["obs", "reward"]
    digested = narrow(columns, 1, Ask("digest", ("state.hp", "obs", "nowhere")))
    assert list(digested) == ["reward", "events[0]", "digest"]
    assert digested["digest"].form == ("int", "uint64", ())


def test_a_masked_column_takes_no_part_where_it_is_absent() -> None:
    columns = {"a": Column(np.array([1, 0]), True, np.array([True, False])), "b": Column(np.array([5, 5]), True)}
    assert digest_input(columns, ["a", "b"], 2)[1] == digest_input({"b": columns["b"]}, ["a", "b"], 2)[1]
