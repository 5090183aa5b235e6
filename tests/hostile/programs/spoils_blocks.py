"""Answers with blocks whose parts do not fit each other, or what was asked."""

from __future__ import annotations

from typing import Any

from wire import Adapter, array, bools, ints, say, variant

NAN = float("nan")


def with_columns(block: dict[str, Any], **columns: Any) -> dict[str, Any]:
    return {**block, "columns": {**block["columns"], **columns}}


def spoil(block: dict[str, Any], how: str) -> dict[str, Any]:
    runs, count = block["runs"], sum(run[3] for run in block["runs"])
    columns = {
        "short_column": ["scalar", ints([1] * (count - 1)), None],
        "long_ragged_column": ["ragged", ["x"] * (count + 1), None],
        "short_presence": ["scalar", ints([1] * count), bools([True] * (count - 1))],
        "lying_dimensions": ["array", array("int8", [count, 1000], b"\0" * count), None],
        "dimensions_beyond_64_bits": ["array", array("int8", [2**32 - 1] * 8, b""), None],
        "nine_dimensions": ["array", array("int8", [1] * 9, b"\0"), None],
        "zero_dimensions": ["scalar", array("int64", [], b"\0" * 8), None],
        "objects": ["array", array("object", [count, 1], b"\0" * 8 * count), None],
        "strings": ["array", array("<U4", [count, 1], b"\0" * 16 * count), None],
        "truths_beyond_1": ["scalar", array("bool", [count], b"\2" * count), None],
        "unknown_form": ["tensor", ints([1] * count), None],
        "no_column": 7,
        "trees_as_leaves": ["ragged", [{"a": 1}] * count, None],
        "hidden_values": ["scalar", ints([1] * count), bools([True] + [False] * (count - 1))],
        "text_as_flag": ["ragged", ["yes"] * count, None],
    }
    if how in columns:
        return with_columns(block, **{"terminated" if how == "text_as_flag" else "obs": columns[how]})
    match how:
        case "two_things_at_one_place":
            return with_columns(block, **{"obs.a": ["scalar", ints([1] * count), None], "obs[0]": ["scalar", ints([1] * count), None]})
        case "path_that_is_none":
            return with_columns(block, **{"obs..a[": ["scalar", ints([1] * count), None]})
        case "path_of_a_mebibyte":
            return with_columns(block, **{"a" * (2**20 - 64) + str(number): ["scalar", ints([1] * count), None] for number in range(48)})
        case "paths_of_100_parts":
            return with_columns(block, **{f"{n}" + ".a" * 100: ["ragged", [None] * count, None] for n in range(1000)})
        case "paths_within_paths":
            return with_columns(block, **{"a." * n + "a": ["scalar", ints([1] * count), None] for n in range(60)})
        case "reserved_field":
            return with_columns(block, digest=["scalar", ints([1] * count), None])
        case "runs_that_leave_a_gap":
            return {**block, "runs": [[*runs[0][:2], 1, count]]}
        case "runs_that_do_not_tile":
            return {**block, "runs": [*runs, *runs]}
        case "runs_of_nothing_asked_for":
            return {**block, "runs": [[7, 7, 0, count]]}
        case "runs_below_zero":
            return {**block, "runs": [[0, 0, -1, count + 1]]}
        case "run_without_end":
            return {**block, "runs": [[0, 0, 0, 2**32 - 1]], "columns": {}}
        case "runs_as_text":
            return {**block, "runs": "all"}
        case "nan_in_ends":
            return {**block, "ends": [[0, 0, NAN, "failed", "?"]]}
        case "end_without_words":
            return {**block, "ends": [[0, 0, 1, "failed"]]}
        case "end_of_another_kind":
            return {**block, "ends": [[0, 0, 1, "bored", "?"]]}
        case "end_that_is_not_next":
            return {**block, "ends": [[0, 0, 999, "failed", "?"]]}
        case "nan_for_a_bool":
            return {**block, "more": NAN}
        case "columns_left_out":
            return {key: value for key, value in block.items() if key != "columns"}
    raise ValueError(how)


class Spoiler(Adapter):
    def send_block(self, block: dict[str, Any]) -> None:
        say(spoil(block, variant()))


Spoiler().serve()
