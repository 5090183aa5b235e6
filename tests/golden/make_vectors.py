"""Writes the golden vectors, which the tests of every language read: run it and commit what changed, on purpose only.

python tests/golden/make_vectors.py
"""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path
from typing import Any

import numpy as np

from equivcheck.model.columns import columnise
from equivcheck.model.request import FieldDeclaration, Greeting, Roll
from equivcheck.model.script import Episode, Script
from equivcheck.model.space import Box, Choice, DictSpace, Discrete, MultiBinary, MultiDiscrete, Space, TupleSpace
from equivcheck.model.trace import End
from equivcheck.model.values import ARRAY_DTYPES, to_json
from equivcheck.protocol.blocks import Block, Stretch, block_to_plain
from equivcheck.protocol.digest import digest_input, digest_steps
from equivcheck.protocol.framing import encode_frame
from equivcheck.protocol.messages import (
    episode_to_plain,
    greeting_to_plain,
    roll_to_plain,
    script_to_plain,
    space_to_message,
)
from equivcheck.protocol.sampling import SplitMix64, draw, draw_for_agents

FOLDER = Path(__file__).parent
INFINITE = (-math.inf, math.inf)

FRAMES_ABOUT = """
Frames of docs/protocol.md. `frames`: `hex` is the whole frame (length and msgpack map), `message` what it says, as JSON with
these objects for what JSON lacks: {"$float": "nan" | "inf" | "-inf"}, {"$bytes": base64}, {"$array": {dtype, shape, data:
flat, row-major}}, {"$dict": {...}} around a map with a key that begins with $. A number with a point or an exponent is a
float, any other an int. A decoder must read `hex` as `message`, bit for bit (-0.0 is not 0.0). An encoder that writes maps
in the order given here, ints in the fewest bytes and floats as float64 writes `hex` for `message`. `bad`: frames that a
decoder must refuse; `error` is part of what the Python checker says then. `limits`: frames at a limit or one beyond it,
spelled as `parts`, a list of [hex, how often it comes]; a decoder must read those whose `error` is null, and refuse the
others. `bad_requests` and `bad_steps`: whole frames that are well-formed but must be refused as a request (after `hello`),
or as an answer to a `play` of one lane with one episode of three actions.
"""

SAMPLING_ABOUT = """
What docs/protocol.md, section 6, draws. `generator`: the first outputs of SplitMix64 for a seed, in hexadecimal. `cases`:
`actions` are the first eight actions drawn one after another from one generator started with `chooser` (both in decimal, as text,
since JSON numbers lose bits in some languages). `space` is as on the wire. `legal` is the mask that holds for all eight draws,
null for none: a list of bools over a discrete space, a list of such masks over a tuple or multidiscrete space; with `agents`
true, a map of agent to mask or null, which names the agents asked to act. `declared` is the space that the mask is about where
`space` narrows it, null where that is `space` itself. An action null means that nothing is legal. Arrays are written as in
frames.json.
"""

DIGESTS_ABOUT = """
Digests of docs/protocol.md, section 4. `leaves` are the leaves of one Step by path, written as in frames.json; `digested` the
paths asked for, in any order; `input` the hashed bytes in hexadecimal; `digest` what comes out, in hexadecimal, 0 where a
digested leaf is or holds a NaN.
"""


def greetings() -> dict[str, Any]:
    """Return answers to `hello`."""
    box = Box((2, 2), "float32", (-1.5, -math.inf, 0.0, -math.inf), (1.5, math.inf, math.inf, -0.0))
    spaces = TupleSpace((Discrete(3, -1), MultiDiscrete((2, 3), (0, 5)), MultiBinary((2, 3)), box))
    fields = {
        "obs": FieldDeclaration("array", "float32", (4,)),
        "reward": FieldDeclaration("float"),
        "state.sides[*].team.*.hp": FieldDeclaration("int", optional=True),
        'state["Mr. Mime"]': FieldDeclaration("text"),
    }
    agents = DictSpace((("alice", Discrete(2)), ("bob", Discrete(4, 1))))
    plain = Greeting("golden", "1.2", "b", ("a", "b"), spaces, (), fields, frozenset({"load", "snapshot", "call"}), ("damage",), 8)
    return {
        "hello answer": greeting_to_plain(plain),
        "hello answer, agents": greeting_to_plain(Greeting("golden", actions=agents, agents=("alice", "bob"))),
        "hello answer, actions not said": greeting_to_plain(Greeting("golden")),
    }


def unplayed(episode: Episode) -> dict[str, Any]:
    """Return an episode as `reset` carries it."""
    return episode_to_plain(episode, played=False)


def requests() -> dict[str, Any]:
    """Return one of each request, and the corner cases of their values."""
    full = {"detail": "full", "digested": []}
    options = {"size": 3, "name": "grün", "deep": {"list": [1, [2.0, None], {}], "empty": []}, "$odd": b"\x00\xff"}
    state = {"grid": np.arange(6, dtype=np.int16).reshape(2, 3), "hp": 2**63, "low": -(2**63), "zero": -0.0, "done": False}
    first = Episode(2**64 - 1, (0, 2, 1), options, state)
    agents = ({"alice": 1, "bob": [1.0, "x"]}, {"alice": 0}, {})
    arrays = tuple(np.array([index, -index], np.float32) for index in range(3))
    scripts = [
        Script((first, Episode(1))),
        Script((Episode(2, agents), Episode(3, arrays), Episode(4, (1.0, -0.0, math.inf)), Episode(5, (None, "left", b"\x01", 3)))),
        Script((Episode(6, (True, False)), Episode(7, (2**64 - 1, 0)), Episode(8, ([1, [True]], [2, [False]])))),
    ]
    narrow = Choice((0, 2, "text", 1.5, np.array([1, 2], np.int64)))
    rolls = [Roll((Episode(1), Episode(2)), (0, 2**64 - 1), 1000, (None, narrow)), Roll((), (), 0)]
    return {
        "hello": {"type": "hello", "protocol": 1, "environment": ""},
        "reset": {"type": "reset", "lanes": [0, 2**32 - 1], "episodes": [unplayed(e) for e in (first, Episode())], **full},
        "step": {"type": "step", "lanes": [3, 1], "actions": [np.array([0.5], np.float64), {"bob": 0}], "detail": "bare", "digested": []},
        "load": {"type": "load", "lanes": [0], "states": [state], "detail": "digest", "digested": ["state.hp", 'state["Mr. Mime"]']},
        "play": {"type": "play", "lanes": [0, 1, 2], "scripts": [script_to_plain(script) for script in scripts], **full},
        "play, nothing": {"type": "play", "lanes": [], "scripts": [], **full},
        "roll": {"type": "roll", "lanes": [0, 1], "rolls": [roll_to_plain(roll) for roll in rolls], **full},
        "snapshot": {"type": "snapshot", "lanes": [7]},
        "restore": {"type": "restore", "lanes": [7, 8], "tokens": [b"", bytes(range(256)) * 2]},
        "call": {"type": "call", "component": "damage", "arguments": [[1, 2.0, "fire"], []]},
        "discard": {"type": "discard", "lanes": [0]},
        "close": {"type": "close"},
    }


def answers() -> dict[str, Any]:
    """Return one of each answer but `hello`, and every form of a column."""
    odd: dict[str, Any] = {"hp": 0, "seen": [b"", 7]}
    rows: list[Any] = [
        {"obs": np.array([0.5, -0.0], np.float32), "legal": np.array([True, False]), "state": {"hp": 2**63, "seen": [], "who": "Ana"}},
        {"obs": np.array([math.nan, math.inf], np.float32), "reward": -0.0, "terminated": False, "state": {"hp": 1, "seen": ["é"]}},
        {"obs": np.array([2.0, 1.0], np.float32), "reward": 2.5, "terminated": True, "state": {**odd, "Mr. Mime": {}, "who": None}},
    ]
    ends = (End(0, 1, 0, "refused", "no"), End(1, 0, 2, "failed", "panicked at 'x'\n\tline 3\x1b[0m"))
    block = Block((Stretch(0, 0, 0, 2), Stretch(2, 5, 7, 1)), columnise(rows), ends)
    arrays = {name: np.array([[0, 1], [1, 0]], name) for name in sorted(ARRAY_DTYPES)}
    limits = {"low": np.array([-(2**63)]), "high": np.array([2**64 - 1], np.uint64), "half": np.array([-0.0, 6e-8], np.float16)}
    texts = ["x" * 31, "x" * 32, "x" * 255, "x" * 256]
    powers = [edge for bits in (5, 7, 8, 15, 16, 31, 32) for edge in (2**bits, -(2**bits))]
    shapes = {"empty": np.zeros((1, 0), np.uint8), "deep": np.arange(4, dtype=np.int8).reshape(1, 1, 2, 1, 1, 2, 1, 1)}
    rolled = columnise([{"obs": 1}, {"obs": 2, "action": 5}, {"obs": 3, "action": 0}])
    digest = columnise([{"obs": 1, "digest": 2**64 - 1}, {"obs": 2, "digest": 0}])
    return {
        "steps": {"type": "steps", "more": True, **block_to_plain(block)},
        "steps, nothing": {"type": "steps", "more": False, "runs": [], "columns": {}, "ends": []},
        "steps, actions of a roll": {"type": "steps", "more": False, **block_to_plain(Block((Stretch(0, 0, 0, 3),), rolled))},
        "steps, digests": {"type": "steps", "more": False, **block_to_plain(Block((Stretch(0, 0, 0, 2),), digest))},
        "results, every dtype": {"type": "results", "results": [arrays]},
        "results, extremes": {"type": "results", "results": [limits, shapes, [math.nan, -math.inf, 5e-324, 1e300, -0.0, 1.0]]},
        "results, ints": {"type": "results", "results": [edge + step for edge in powers for step in (-1, 0)]},
        "results, leaves": {"type": "results", "results": [None, True, False, "", "ü" * 40, b"", {}, [], {"$array": 1}, *texts]},
        "snapshots": {"type": "snapshots", "tokens": [b"", b"\x00token"]},
        "done": {"type": "done"},
        "refused": {"type": "refused", "words": "no environment 'x'; there are: a, b"},
        "failed": {"type": "failed", "words": "first line\nsecond line"},
    }


def framed(body: bytes) -> str:
    """Return a body as a frame in hexadecimal."""
    return (len(body).to_bytes(4, "little") + body).hex()


def typed(rest: bytes, entries: int = 2) -> bytes:
    """Return a map that begins with a type, then has `rest`."""
    return bytes([0x80 + entries]) + b"\xa4type\xa4done" + rest


def array(payload: bytes) -> bytes:
    """Return a message with one extension value of type 1."""
    return typed(b"\xa1a\xc7" + bytes([len(payload)]) + b"\x01" + payload)


def bad_frames() -> list[tuple[str, str, str]]:
    """Return (name, hex, words) of frames that no decoder may take."""
    shape = struct.pack("<BI", 1, 2)
    return [
        ("a length of 0", "00000000", "length 0"),
        ("a length above the limit", (2**26 + 1).to_bytes(4, "little").hex(), "at most 67,108,864"),
        ("a length of 4 GiB - 1", "ffffffff", "at most 67,108,864"),
        ("text where a length should be", b"Hello, world!".hex(), "standard output"),
        ("one byte short", framed(encode_frame({"type": "done"})[4:-1]), "ends too soon"),
        ("one byte too many", framed(encode_frame({"type": "done"})[4:] + b"\xc0"), "follow"),
        ("no map but a list", framed(b"\x91\xa4done"), "a map is expected"),
        ("no map but nil", framed(b"\xc0"), "a map is expected"),
        ("a byte that begins nothing", framed(b"\xc1"), "malformed"),
        ("no type", framed(b"\x81\xa1a\x01"), "no `type`"),
        ("a type that is no text", framed(b"\x81\xa4type\x01"), "no `type`"),
        ("a key that is an int", framed(typed(b"\x01\x02")), "malformed"),
        ("a key that is bin", framed(typed(b"\xc4\x01a\x02")), "not text"),
        ("text that is no UTF-8", framed(typed(b"\xa1a\xa2\xff\xfe")), "malformed"),
        ("a control character in a value", framed(typed(b"\xa4name\xa3a\x1bb")), "control character"),
        ("a control character in a key", framed(typed(b"\xa2a\n\x01")), "control character"),
        ("nested 65 deep", framed(typed(b"\xa1a" + b"\x91" * 64 + b"\x01")), "nested deeper"),
        ("nested 10,000 deep", framed(typed(b"\xa1a" + b"\x91" * 10_000 + b"\x01")), "nested deeper"),
        ("a list that announces 2^32 - 1 entries", framed(typed(b"\xa1a\xdd\xff\xff\xff\xff")), "malformed"),
        ("a map that announces 2^32 - 1 entries", framed(typed(b"\xa1a\xdf\xff\xff\xff\xff")), "malformed"),
        ("a map that announces 65,537 entries", framed(typed(b"\xa1a\xdf\x00\x01\x00\x01")), "malformed"),
        ("text that announces 1 MiB + 1", framed(typed(b"\xa1a\xdb\x00\x10\x00\x01")), "malformed"),
        ("bin that announces 4 GiB - 1", framed(typed(b"\xa1a\xc6\xff\xff\xff\xff")), "malformed"),
        ("a timestamp", framed(typed(b"\xa1a\xd6\xff\x00\x00\x00\x01")), "is no value"),
        ("an unknown extension type", framed(typed(b"\xa1a\xd4\x02\x00")), "extension type"),
        ("an array without a byte", framed(typed(b"\xa1a\xc7\x00\x01")), "dtype"),
        ("an array of unknown dtype", framed(array(b"\x04int4" + shape + b"\x00\x00")), "dtype"),
        ("an array of objects", framed(array(b"\x06object" + shape + b"\x00" * 16)), "dtype"),
        ("an array of big-endian numbers", framed(array(b"\x03>i2" + shape + b"\x00" * 4)), "dtype"),
        ("an array of 0 dimensions", framed(array(b"\x04int8\x00\x01")), "dimensions"),
        ("an array of 9 dimensions", framed(array(b"\x04int8\x09" + struct.pack("<9I", *[1] * 9) + b"\x01")), "dimensions"),
        ("an array without its shape", framed(array(b"\x04int8\x02" + struct.pack("<I", 1))), "dimensions"),
        ("an array one byte short", framed(array(b"\x05int16" + shape + b"\x00" * 3)), "bytes"),
        ("an array one byte too long", framed(array(b"\x05int16" + shape + b"\x00" * 5)), "bytes"),
        ("an array whose size overflows", framed(array(b"\x04int8\x04" + struct.pack("<4I", *[2**31] * 4))), "bytes"),
        ("a bool that is 2", framed(array(b"\x04bool" + shape + b"\x01\x02")), "0 and 1"),
    ]


def limits() -> list[dict[str, Any]]:
    """Return frames at the limits, and one beyond them: a message whose `a` is made of parts (bytes, how often they come)."""
    array = b"\xc7\x0a\x01\x04int8\x01" + bytes(4)  # of no element
    most = "more than 262,144 maps"
    together = "more than 4,194,304 entries"
    spelled: list[tuple[str, str | None, list[tuple[bytes, int]]]] = [
        ("262,144 maps and lists", None, [(_list(262_142), 1), (b"\x90", 262_142)]),
        ("262,145 maps and lists", most, [(_list(262_143), 1), (b"\x80", 262_143)]),
        ("262,145 maps and lists, nested", most, [(_list(131_072), 1), (b"\x91\x80", 131_071), (b"\x91\x90", 1)]),
        ("262,144 maps, lists and arrays", None, [(_list(262_142), 1), (array, 262_142)]),
        ("262,145 maps, lists and arrays", most, [(_list(262_143), 1), (array, 262_143)]),
        ("4,194,304 entries", None, [(_list(4_194_302), 1), (b"\xc0", 4_194_302)]),
        ("4,194,305 entries", together, [(_list(4_194_303), 1), (b"\xc0", 4_194_303)]),
        ("4,194,305 entries of two lists", together, [(_list(2), 1), *[(_list(2_097_151), 1), (b"\x01", 2_097_151)] * 2]),
        ("nested 64 deep", None, [(b"\x91", 62), (b"\x90", 1)]),
        ("nested 65 deep", "nested deeper", [(b"\x91", 63), (b"\x90", 1)]),
        ("a text of 1 MiB", None, [(b"\xdb\x00\x10\x00\x00", 1), (b"x", 2**20)]),
        ("a text of 1 MiB + 1", "1048576", [(b"\xdb\x00\x10\x00\x01", 1), (b"x", 2**20 + 1)]),
    ]
    rows = []
    for name, error, parts in spelled:
        body = [(typed(b"\xa1a"), 1), *parts]
        length = sum(len(part) * times for part, times in body).to_bytes(4, "little")
        rows.append({"name": name, "parts": [[part.hex(), times] for part, times in [(length, 1), *body]], "error": error})
    return rows


def _list(count: int) -> bytes:
    return b"\xdd" + count.to_bytes(4, "big")


def bad_requests() -> list[tuple[str, dict[str, Any], str]]:
    """Return (name, message, words) of requests that must be refused."""
    full = {"detail": "full", "digested": []}
    episode = {"seed": 0, "options": {}}
    endless = {**episode, "count": 1, "actions": {}}
    column = ["scalar", np.zeros(1, np.int64), None]
    long, deep = ({**endless, "actions": {path: column}} for path in ("a" * 4_097, "[0]" * 64))
    return [
        ("a second hello", {"type": "hello", "protocol": 1, "environment": ""}, "once"),
        ("an unknown type", {"type": "stop"}, "unknown request"),
        ("a key is missing", {"type": "reset", "lanes": [0], **full}, "`episodes`"),
        ("a lane twice", {"type": "reset", "lanes": [0, 0], "episodes": [episode, episode], **full}, "lanes"),
        ("a lane below 0", {"type": "discard", "lanes": [-1]}, "lanes"),
        ("a lane of 2^32", {"type": "discard", "lanes": [2**32]}, "lanes"),
        ("more lanes than episodes", {"type": "reset", "lanes": [0, 1], "episodes": [episode], **full}, "for 2 lanes"),
        ("a seed below 0", {"type": "reset", "lanes": [0], "episodes": [{"seed": -1, "options": {}}], **full}, "seed"),
        ("a seed that is a float", {"type": "reset", "lanes": [0], "episodes": [{"seed": 1.0, "options": {}}], **full}, "seed"),
        ("an unknown detail", {"type": "reset", "lanes": [0], "episodes": [episode], "detail": "some", "digested": []}, "detail"),
        ("a count without actions", {"type": "play", "lanes": [0], "scripts": [[endless]], **full}, "no value"),
        ("a path of 4,097 characters", {"type": "play", "lanes": [0], "scripts": [[long]], **full}, "at most 4,096"),
        ("a path of 64 indices", {"type": "play", "lanes": [0], "scripts": [[deep]], **full}, "more than 63 segments"),
        ("a roll without choosers", {"type": "roll", "lanes": [0], "rolls": [{"episodes": [episode], "steps_max": 1}], **full}, "choosers"),
    ]


def bad_steps() -> list[tuple[str, dict[str, Any], str]]:
    """Return (name, message, words) of answers to a play of one episode with three actions that must be refused."""
    four = np.arange(4, dtype=np.int64)

    def steps(columns: dict[str, Any], runs: list[Any] | None = None, ends: list[Any] | None = None) -> dict[str, Any]:
        return {"type": "steps", "more": False, "runs": [[0, 0, 0, 4]] if runs is None else runs, "columns": columns, "ends": ends or []}

    obs = {"obs": ["scalar", four, None]}
    return [
        ("a column is too short", steps({"obs": ["scalar", four[:3], None]}), "4 rows"),
        ("a column is no column", steps({"obs": four}), "[form, values, present]"),
        ("an unknown form", steps({"obs": ["dense", four, None]}), "form"),
        ("a scalar of 32 bits", steps({"obs": ["scalar", four.astype(np.int32), None]}), "int64"),
        ("an array of scalars", steps({"obs": ["array", four, None]}), "N x shape"),
        ("`present` is too short", steps({"obs": ["scalar", four, np.ones(3, bool)]}), "`present`"),
        ("an absent row is not zero", steps({"obs": ["scalar", four, np.array([True, True, True, False])]}), "zeros"),
        ("a ragged leaf is a full list", steps({"obs": ["ragged", [1, 2, 3, [4]], None]}), "no leaf"),
        ("a path that is none", steps({"obs..x": ["scalar", four, None]}), "path"),
        ("a pattern for a path", steps({"obs[*]": ["scalar", four, None]}), "path"),
        ("one path in two spellings", steps({"obs.a": ["scalar", four, None], 'obs["a"]': ["scalar", four, None]}), "two columns"),
        ("a leaf that is a map as well", steps({"obs": ["scalar", four, None], "obs.a": ["scalar", four, None]}), "two of"),
        ("a map that is a list as well", steps({"obs.a": ["scalar", four, None], "obs[0]": ["scalar", four, None]}), "two of"),
        ("the reserved field `action`", steps({**obs, "action": ["scalar", four, None]}), "reserved"),
        ("the reserved field `digest`", steps({**obs, "digest": ["scalar", four, None]}), "reserved"),
        ("a step too many", steps({"obs": ["scalar", np.arange(5), None]}, [[0, 0, 0, 5]]), "not asked for"),
        ("another script", steps(obs, [[1, 0, 0, 4]]), "not asked for"),
        ("another episode", steps(obs, [[0, 1, 0, 4]]), "not asked for"),
        ("a first step that is not 0", steps({"obs": ["scalar", four[:3], None]}, [[0, 0, 1, 3]]), "out of order"),
        ("a step twice", steps(obs, [[0, 0, 0, 2], [0, 0, 1, 2]]), "out of order"),
        ("a step is missing at the end", steps({"obs": ["scalar", four[:3], None]}, [[0, 0, 0, 3]]), "is missing"),
        ("an end of an unknown kind", steps({}, [], [[0, 0, 0, "bored", ""]]), "ends"),
        ("an end that is not next", steps({"obs": ["scalar", four[:1], None]}, [[0, 0, 0, 1]], [[0, 0, 3, "failed", ""]]), "not next"),
    ]


def sampling_cases() -> list[dict[str, Any]]:
    """Return cases over every kind of space and mask."""
    pair = DictSpace((("alice", Discrete(3)), ("bob", Discrete(4, 10)), ("Éva", Discrete(2))))
    narrow = DictSpace((("alice", Choice((0, 2))), ("bob", Choice((11, 13))), ("Éva", Discrete(2))))
    boxes = Box((2, 2), "float32", (-1.0, -math.inf, 3.0, -math.inf), (1.0, math.inf, math.inf, 0.5))
    nested = DictSpace((("a", TupleSpace((Discrete(2), MultiBinary((2,))))), ("b", Box((1,), "float64", (0.0,), (1.0,)))))
    some = [False, True, True, False, True]
    plain: list[tuple[str, Space, Any, Space | None]] = [
        ("discrete", Discrete(6), None, None),
        ("discrete of one", Discrete(1), None, None),
        ("discrete with a start", Discrete(5, -2), None, None),
        ("discrete of 2^32 - 1", Discrete(2**32 - 1), None, None),
        ("discrete, some legal", Discrete(5, 10), some, None),
        ("discrete, nothing legal", Discrete(3), [False] * 3, None),
        ("choice of ints", Choice((4, 1, 3)), None, None),
        ("choice of anything", Choice(("left", 1.5, None, np.array([1, 2], np.int64))), None, None),
        ("choice, some of it legal", Choice((0, 1, 4, 3)), some, Discrete(5)),
        ("choice, none of it legal", Choice((0, 3)), some, Discrete(5)),
        ("choice, nothing legal at all", Choice((0, 3)), [False] * 5, Discrete(5)),
        ("choice with a start", Choice((11, 12)), some, Discrete(5, 10)),
        ("multidiscrete", MultiDiscrete((3, 1, 7), (0, 5, -3)), None, None),
        ("multidiscrete, some legal", MultiDiscrete((3, 2)), [[True, False, True], [False, True]], None),
        ("multidiscrete, a component without a legal one", MultiDiscrete((3, 2)), [[True, False, True], [False, False]], None),
        ("multibinary", MultiBinary((2, 3)), None, None),
        ("box of float32, infinite bounds", boxes, None, None),
        ("box of float64", Box((3,), "float64", (-1.0, 0.0, 1e300), (1.0, 1e-300, 1.7e308)), None, None),
        ("box of float16, rounded above its bound", Box((4,), "float16", (0.0999,) * 4, (0.1,) * 4), None, None),
        ("box of int8", Box((3,), "int8", (-128.0, 0.0, 5.0), (127.0, 1.0, 5.0)), None, None),
        ("box of uint8", Box((2, 1), "uint8", (0.0, 250.0), (255.0, 255.0)), None, None),
        ("box of bool", Box((3,), "bool", (0.0,) * 3, (1.0,) * 3), None, None),
        ("box of no elements", Box((0,), "float32", (), ()), None, None),
        ("box of one element without a dimension", Box((), "float32", (0.0,), (1.0,)), None, None),
        ("tuple", TupleSpace((Discrete(3), Box((1,), "float32", (0.0,), (2.0,)))), None, None),
        ("tuple, some legal", TupleSpace((Discrete(3), Discrete(2))), [[False, True, True], [True, False]], None),
        ("dict, nested", nested, None, None),
    ]
    agents: list[tuple[str, DictSpace, Any, DictSpace | None]] = [
        ("agents, all act", pair, None, None),
        ("agents, two asked to act", pair, {"bob": [True, False, True, False], "alice": None}, None),
        ("agents, nobody asked to act", pair, {}, None),
        ("agents, one without a legal action", pair, {"alice": [True, True, True], "bob": [False] * 4}, None),
        ("agents, narrowed", narrow, {"alice": [True, True, False], "bob": [True, False, True, True], "Éva": [True, True]}, pair),
    ]
    cases = [_sample(name, space, legal, declared, agents=False) for name, space, legal, declared in plain]
    return cases + [_sample(name, space, legal, declared, agents=True) for name, space, legal, declared in agents]


def _sample(name: str, space: Space, legal: Any, declared: Any, *, agents: bool) -> dict[str, Any]:
    chooser = int.from_bytes(name.encode()[:8].ljust(8, b"\x9d"), "big")
    rng = SplitMix64(chooser)
    one = draw_for_agents if agents else draw
    actions = [to_json(one(rng, space, legal, declared or space)) for _ in range(8)]  # type: ignore[arg-type]
    return {
        "name": name,
        "space": to_json(space_to_message(space)),
        "agents": agents,
        "legal": legal,
        "declared": None if declared is None else to_json(space_to_message(declared)),
        "chooser": str(chooser),
        "actions": actions,
    }


def digest_cases() -> list[dict[str, Any]]:
    """Return single Steps with their digests."""
    leaves = {
        "state.hp": 7,
        "state.low": -1,
        "state.high": 2**64 - 1,
        "state.x": -0.0,
        "state.on": True,
        "state.name": "Ána",
        "state.raw": b"\x00\x01",
        "state.none": None,
        "state.grid": np.arange(4, dtype=np.float32).reshape(2, 2),
        "state.nothing": {},
        "state.list": [],
        'state["Mr. Mime"]': 1,
        "reward": 0.5,
    }
    nan = {"state.x": math.nan, "state.grid": np.array([1.0, math.nan])}
    cases = [("every kind", leaves, list(leaves)), ("some paths, one of them absent", leaves, ["state.hp", "state.gone", "reward"])]
    cases += [(f"one leaf: {path}", {path: leaf}, [path]) for path, leaf in leaves.items()]
    cases += [("no leaf", leaves, []), ("a NaN", nan, ["state.x"]), ("a NaN in an array", nan, ["state.grid"])]
    rows = []
    for name, tree, digested in cases:
        columns = {path: columnise([leaf], path)[path] for path, leaf in tree.items()}
        [digest] = digest_steps(columns, digested, 1).tolist()
        [hashed] = digest_input(columns, digested, 1)
        plain = {path: to_json(leaf) for path, leaf in tree.items()}
        rows.append({"name": name, "leaves": plain, "digested": digested, "input": hashed.hex(), "digest": f"{digest:016x}"})
    return rows


def vectors() -> dict[str, dict[str, Any]]:
    """Return every file by its name."""
    messages = {**greetings(), **requests(), **answers()}
    seeds = (0, 1, 2**63, 2**64 - 1)
    frames = {
        "about": FRAMES_ABOUT,
        "frames": [{"name": name, "hex": encode_frame(message).hex(), "message": to_json(message)} for name, message in messages.items()],
        "bad": [{"name": name, "hex": text, "error": words} for name, text, words in bad_frames()],
        "limits": limits(),
        "bad_requests": [{"name": name, "hex": encode_frame(message).hex(), "error": words} for name, message, words in bad_requests()],
        "bad_steps": [{"name": name, "hex": encode_frame(message).hex(), "error": words} for name, message, words in bad_steps()],
    }
    generators = [{"seed": str(seed), "outputs": [f"{rng.next():016x}" for _ in range(8)]} for seed in seeds for rng in [SplitMix64(seed)]]
    sampling = {"about": SAMPLING_ABOUT, "generator": generators, "cases": sampling_cases()}
    return {"frames.json": frames, "sampling.json": sampling, "digests.json": {"about": DIGESTS_ABOUT, "cases": digest_cases()}}


def written(content: dict[str, Any]) -> str:
    """Return the text of a file: one vector a line."""
    lines = []
    for key, value in content.items():
        if key == "about":
            about = json.dumps(" ".join(value.split()), ensure_ascii=False)
            lines.append(f'"about": {about}')
        else:
            rows = ",\n".join(json.dumps(row, ensure_ascii=False) for row in value)
            lines.append(f"{json.dumps(key)}: [\n{rows}\n]")
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    for file, content in vectors().items():
        (FOLDER / file).write_text(written(content), encoding="utf-8")
