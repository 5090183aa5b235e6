from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
import pytest

from equivcheck.errors import InputError
from equivcheck.model.columns import columnise
from equivcheck.model.script import Episode, Script
from equivcheck.model.trace import Run, Trace
from equivcheck.model.values import same_leaf
from equivcheck.protocol import jsonlines
from equivcheck.protocol.jsonlines import read_jsonlines, write_jsonlines


def read(text: str) -> Trace:
    return read_jsonlines(io.BytesIO(text.encode()), "steps.jsonl")


def test_line_k_is_step_k_and_its_keys_stand_as_they_are() -> None:
    trace = read('{"obs": [0.5, 1], "action": 3}\n{"obs": [NaN, -Infinity], "who": null, "$odd": 1}\r\n')
    assert trace.runs == (Run(0, 0, 0, 2),)
    assert trace.step(0) == {"obs": [0.5, 1], "action": 3}
    later = trace.step(1)
    assert math.isnan(later["obs"][0])
    assert later["obs"][1] == -math.inf
    assert (later["who"], later["$odd"]) == (None, 1)
    assert len(trace.scripts[0].episodes[0].actions) == 1


def test_what_was_written_is_read_back_bit_for_bit() -> None:
    rows: list[Any] = [
        {"obs": np.array([[1.5, -0.0]], np.float16), "raw": b"\x00\xff", "x": -0.0, "big": 2**64 - 1, "$k": {"é": []}},
        {"obs": np.zeros((0, 2), np.int8), "raw": b"", "x": math.inf, "big": -(2**63), "text": "a\nb"},
    ]
    trace = Trace((Script((Episode(),)),), (Run(0, 0, 0, 2),), columnise(rows))
    file = io.BytesIO()
    write_jsonlines(trace, file)
    file.seek(0)
    again = read_jsonlines(file)
    assert again.columns.keys() == trace.columns.keys()
    for path, column in trace.columns.items():
        assert all(same_leaf(column.leaf(row), again.columns[path].leaf(row)) for row in range(2)), path


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": 1}\n{"a": \n', "line 2: no JSON"),
        ("[1]\n", "line 1: a list"),
        ('{"a": 1}\n\n{"a": 2}\n', "line 2: it is empty"),
        ("", "holds no step"),
        ('{"a": ' + "[" * 100_000 + "\n", "line 1: no JSON"),
        ('{"a": ' + "1" * 5000 + "}\n", "line 1: no JSON"),
        ('{"a": "\udcff"}\n', "line 1: no JSON"),
    ],
)
def test_a_malformed_line_is_named_by_its_number(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read_jsonlines(io.BytesIO(text.encode(errors="surrogateescape")), "steps.jsonl")
    assert "steps.jsonl" in str(caught.value)


def test_an_endless_line_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonlines, "LINE_BYTES_MAX", 1000)
    source = io.BytesIO(b'{"a": 1}\n{"b": "' + b"x" * 10_000)
    with pytest.raises(InputError, match="line 2: longer than 1,000"):
        read_jsonlines(source)
    assert source.tell() < 2000


def test_several_episodes_are_no_json_lines() -> None:
    trace = Trace((), (Run(0, 0, 0, 1), Run(0, 1, 1, 1)), columnise([{"obs": 1}] * 2))
    with pytest.raises(InputError, match="one episode"):
        write_jsonlines(trace, io.BytesIO())
