"""Mutates what may come from outside, and holds everything that reads it to its one exception and to bounded memory.

    python tests/fuzz_decoder.py --frames 1000000 --seed 7 --processes 2

Frames go through the decoder, the turns, messages, blocks, columns and spaces, as answers and as requests; with `--files`,
trace files, JSON lines and counterexample files are mutated as well, a hundredth as many of each.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import multiprocessing
import random
import resource
import struct
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgpack
import numpy as np
import psutil
import xxhash

from equivcheck.backends.rolled import cut_by_legal, rolled_trace
from equivcheck.comparison import compare
from equivcheck.errors import InputError, ProtocolError
from equivcheck.findings import FORMAT, read_finding
from equivcheck.model.columns import columnise
from equivcheck.model.request import FieldDeclaration, Greeting, Roll
from equivcheck.model.script import Episode, Script, script_to_json
from equivcheck.model.space import Box, Choice, DictSpace, Discrete, MultiBinary, MultiDiscrete, TupleSpace
from equivcheck.model.spec import Spec
from equivcheck.model.trace import End, Run, Trace
from equivcheck.protocol.blocks import ACTION, DIGEST, block_from_plain, block_to_plain, whole_block
from equivcheck.protocol.collection import Collection
from equivcheck.protocol.framing import FRAME_BYTES_MAX, FrameDecoder, Message, encode_frame
from equivcheck.protocol.jsonlines import read_jsonlines
from equivcheck.protocol.messages import (
    ask_from_plain,
    episode_from_plain,
    greeting_from_plain,
    greeting_to_plain,
    roll_from_plain,
    roll_to_plain,
    script_from_plain,
    script_to_plain,
)
from equivcheck.protocol.tracefile import MAGIC, append_to_trace, create_trace, read_trace
from equivcheck.protocol.turns import TURNS, read_answer, read_request

MEMORY_BYTES = 512 * 2**20  # that a process may take beyond what it begins with
CHECK_EVERY = 10_000
_RECORD = struct.Struct("<IBcQ")

SPACE = DictSpace(
    (
        ("a", TupleSpace((Discrete(3, -1), MultiDiscrete((2, 3), (0, 5)), MultiBinary((2, 2))))),
        ("b", Box((2,), "float32", (-1.0, float("-inf")), (1.0, float("inf")))),
        ("c", Box((), "int16", (-5.0,), (5.0,))),
    )
)
GREETING = Greeting(
    name="fuzz",
    version="1",
    environment="x",
    environments=("x", "y"),
    actions=SPACE,
    agents=("a", "b", "c"),
    fields={"obs": FieldDeclaration("array", "float32", (2,)), "state.**": FieldDeclaration("int")},
    capabilities=frozenset(["load", "snapshot"]),
    components=("damage",),
    lanes=4,
)
SCRIPT = Script((Episode(7, (0, 1, 2), {"size": 3}, {"n": 1, "a": np.arange(3)}), Episode(2**64 - 1, ({"a": 1},)), Episode()))
ROLL = Roll((Episode(1), Episode(2)), (3, 4), 9, (None, Choice((0, "x", np.ones(2)))))
ROLLED = Greeting("fuzz", actions=Discrete(3))
STEPS = [
    {
        "obs": np.array([row, -0.0], np.float32),
        "terminated": row == 3,
        "reward": row / 2,
        "legal": np.array([True, row % 2 == 0, True]),
        "state": {"n": row, "big": 2**63 + row, "team": [{"hp": row}] * (row % 3), "Mr. Mime": None},
        "events": ["moved", b"\x00\xff"][: row % 3],
    }
    for row in range(4)
]


def sample_trace() -> Trace:
    """A Trace with every form of column, an End, and two scripts."""
    scripts = (Script((Episode(1, (0, 1)),)), Script((Episode(2, (2, 2)),)))
    return Trace(scripts, (Run(0, 0, 0, 2), Run(1, 0, 2, 2)), columnise(STEPS), (End(0, 0, 2, "failed", "oh\x1b"),))


def sample_frames() -> list[bytes]:
    """Valid frames: the golden vectors, good and bad, and fresh ones."""
    golden = json.loads((Path(__file__).parent / "golden" / "frames.json").read_text(encoding="utf-8"))
    frames = [bytes.fromhex(case["hex"]) for kind in ("frames", "bad", "bad_requests", "bad_steps") for case in golden[kind]]
    block = block_to_plain(whole_block(sample_trace()))
    taken = block_to_plain(whole_block(Trace((), (Run(0, 0, 0, 4),), columnise([{**STEPS[0], ACTION: row} for row in range(4)]))))
    ask = {"detail": "digest", "digested": ["obs", "state.n"]}
    messages: list[Message] = [
        {"type": "steps", "more": False, **block},
        {"type": "steps", "more": True, **taken},
        greeting_to_plain(GREETING),
        {"type": "play", "lanes": [0], "scripts": [script_to_plain(SCRIPT)], **ask},
        {"type": "roll", "lanes": [5], "rolls": [roll_to_plain(ROLL)], **ask},
    ]
    return [frame for frame in frames if len(frame) < 4096] + 8 * [encode_frame(message) for message in messages]


def read_message(message: Message) -> Iterator[Callable[[], Any]]:
    """Yield what is done with a message, whoever sent it; each may raise ProtocolError."""
    kind = message["type"]
    for request in [name for name, turn in TURNS.items() if turn.answer == kind] or ["play"]:
        yield lambda request=request: read_answer(message, request)  # type: ignore[misc]
        break
    yield lambda: read_request(message, kind != "hello")
    if kind == "steps":
        yield lambda: collect(message, rolled=True)
        yield lambda: collect(message, rolled=False)
    elif kind == "hello":
        yield lambda: greeting_from_plain(read_answer(message, "hello"), {})
    elif kind in TURNS:
        yield lambda: read_parts(message)


def collect(message: Message, *, rolled: bool) -> None:
    """Do with a block what the process backend does."""
    block = block_from_plain(read_answer(message, "roll"), reserved=frozenset({ACTION, DIGEST}) if rolled else frozenset())
    collection = Collection({0: [3, 40], 1: [3], 2: [4]})
    rolls = [Roll((Episode(1), Episode(2)), (3, 4), 40), Roll((Episode(1),), (3,), 2), Roll((Episode(1),), (3,), 3)]
    if rolled:
        collection.is_cut = cut_by_legal(ROLLED)
    collection.add(block)
    trace = collection.trace([Script(roll.episodes) for roll in rolls], {})
    collection.unfinished(trace)
    if rolled:
        trace = rolled_trace(trace, rolls, ROLLED)
    for row in range(min(trace.step_count, 2)):
        trace.step(row)
    compare(trace, trace, Spec())


def read_parts(message: Message) -> None:
    """Do with a request what a served program does."""
    read_request(message, message["type"] != "hello")
    if "detail" in message:
        ask_from_plain(message)
    for script in message.get("scripts", ()):
        script_from_plain(script)
    for episode in message.get("episodes", ()):
        episode_from_plain(episode, played=False)
    for roll in message.get("rolls", ()):
        roll_from_plain(roll)


def mutate_bytes(data: bytearray, rng: random.Random, others: list[bytes]) -> None:
    """Change some bytes in place."""
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        at, what = rng.randrange(len(data) + 1), rng.random()
        if what < 0.3 and at < len(data):
            data[at] ^= 1 << rng.randrange(8)
        elif what < 0.5 and at < len(data):
            data[at] = rng.randrange(0xC0, 0xE0) if rng.random() < 0.7 else rng.randrange(256)
        elif what < 0.6:
            data[at:at] = rng.randbytes(rng.randrange(1, 9))
        elif what < 0.7:
            del data[at : at + rng.randrange(1, 9)]
        elif what < 0.8:
            data[at:at] = data[at : at + rng.randrange(1, 40)]
        elif what < 0.9:
            other = rng.choice(others)
            start = rng.randrange(len(other))
            data[at : at + rng.randrange(20)] = other[start : start + rng.randrange(1, 60)]
        elif what < 0.92:
            data[at:at] = rng.choice((b"\xdd\x00\x40\x00\x00", b"\xdf\x00\x01\x00\x00\xa1k")) * rng.randrange(1, 40)  # counts in counts
        else:
            data[at : at + 4] = rng.choice(
                (b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\x7f\xff\xff\xff", b"\x00\x40\x00\x00", b"\xdd\x00\x40\x00")
            )


ODD_NUMBERS = [0, -1, 2**31, 2**32 - 1, 2**32, 2**63, 2**64 - 1, -(2**63), 0.0, -0.0, float("nan"), float("inf"), 1e308, True, False]
ODD_ARRAYS = [
    b"",
    b"\x04int8\x01\xff\xff\xff\xff",
    b"\x04int8\x08" + b"\xff\xff\xff\xff" * 8,
    b"\x04bool\x01\x01\0\0\0\2",
    b"\x05int64\x02\0\0\0\0\xff\xff\xff\xff",
    b"\x07float64\x01\x01\0\0\0\0\0\0\0\0\0\xf8\x7f",
    b"\x06object\x01\x01\0\0\0" + b"\0" * 8,
]
ODD_VALUES: list[Any] = [
    *ODD_NUMBERS,
    *(msgpack.ExtType(1, payload) for payload in ODD_ARRAYS),
    msgpack.ExtType(9, b"?"),
    *("", "obs", "\x1b[2J", "\u202e", "a.b[0]", "[", "x" * 5000, b"", b"\xff" * 20, None),
    *([], {}, [[]], [None] * 300, ["scalar", None, None], [0, 0, 0, 1], [0, 0, 0, 2**32 - 1]),
    {"type": "tuple", "items": []},
    {"$float": "nan"},
    {"$array": {"dtype": "int8", "shape": [2**40], "data": []}},
]


def mutate_tree(tree: Any, rng: random.Random) -> Any:
    """Return a message with some part replaced, left out, doubled or moved; it stays well-formed msgpack."""
    if not isinstance(tree, dict | list) or not tree or rng.random() < 0.15:
        return rng.choice(ODD_VALUES)
    key = rng.choice(list(tree)) if isinstance(tree, dict) else rng.randrange(len(tree))
    what = rng.random()
    changed: Any = tree.copy()
    if what < 0.7:
        changed[key] = mutate_tree(tree[key], rng)
    elif what < 0.8:
        del changed[key]
    elif isinstance(changed, list):
        changed.insert(key, rng.choice(changed))
    elif what < 0.9:
        changed[rng.choice(("obs", "obs.a", "obs[0]", "state", "legal", "digest", "action", "", "[9]", '["\x85"]'))] = changed[key]
    else:
        changed[key] = rng.choice(list(changed.values()))
    return changed


def mutated_frame(frames: list[bytes], trees: list[Any], rng: random.Random) -> bytes:
    """Return one frame, or a few, of which most say their true length."""
    if rng.random() < 0.4:
        tree = rng.choice(trees)
        for _ in range(rng.choice((1, 1, 2, 4))):
            tree = mutate_tree(tree, rng)
        body: bytes | bytearray = msgpack.packb(tree)
    else:
        body = bytearray(rng.choice(frames)[4:])
        mutate_bytes(body, rng, frames)
    length = len(body) if rng.random() < 0.97 else rng.choice((0, len(body) - 1, len(body) + 1, FRAME_BYTES_MAX, 2**32 - 1)) % 2**32
    tail = rng.choice(frames) if rng.random() < 0.05 else b""
    return length.to_bytes(4, "little") + body + tail


def try_frame(data: bytes) -> int:
    """Feed bytes to a decoder in one or two pieces, and do with each message all that is done with messages; return how many came."""
    decoder = FrameDecoder()
    half = len(data) // 2 if data[-1] & 7 == 0 else 0
    pieces = [data[:half], data[half:]]
    count = 0
    for piece in pieces:
        decoder.feed(piece)
        while True:
            try:
                message = decoder.next()
            except ProtocolError:
                if decoder.lost:
                    return count
                continue
            if message is None:
                break
            count += 1
            for use in read_message(message):
                with contextlib.suppress(ProtocolError):
                    use()
    return count


def sample_files() -> dict[str, bytes]:
    """A valid file of each kind that is read from disk."""
    plain, packed = io.BytesIO(), io.BytesIO()
    for file in (plain, packed):
        writer = create_trace(file, {"name": "fuzz"}, compress=file is packed)
        writer.write(sample_trace())
        writer.close()
    lines = b"".join(json.dumps({"obs": [row, 0.5], "info": {"$float": "nan"}, "done": row == 2}).encode() + b"\n" for row in range(3))
    finding = {
        **{
            "format": FORMAT,
            "pair": "p",
            "level": "rollout",
            "reference": "a",
            "target": "b",
            "script": script_to_json(SCRIPT),
            "seen": {},
        },
        "spec": {"fields": {"obs": {"atol": 1e-4, "because": "x"}}, "start": "own", "draws": "seeded", "resync": "never"},
        "divergence": {"path": "obs", "kind": "value", "words": "", "distance": 1.0, "allowed": 0.0},
    }
    return {
        "plain.eqtrace": plain.getvalue(),
        "packed.eqtrace": packed.getvalue(),
        "lines.jsonl": lines,
        "finding.json": json.dumps(finding).encode(),
    }


def with_true_checksums(data: bytes) -> bytes:
    """Return a trace file whose records say their true checksums, so that what is inside them is read."""
    out, at = bytearray(data[: len(MAGIC)]), len(MAGIC)
    while at + _RECORD.size <= len(data):
        length, flags, kind, _ = _RECORD.unpack_from(data, at)
        payload = data[at + _RECORD.size : at + _RECORD.size + length]
        out += _RECORD.pack(length, flags, kind, xxhash.xxh3_64(bytes([flags]) + kind + payload).intdigest()) + payload
        at += _RECORD.size + length
    return bytes(out + data[at:])


def mutated_file(name: str, data: bytes, rng: random.Random, others: list[bytes]) -> bytes:
    changed = bytearray(data)
    mutate_bytes(changed, rng, others)
    return with_true_checksums(bytes(changed)) if name.endswith(".eqtrace") and rng.random() < 0.7 else bytes(changed)


def try_file(name: str, data: bytes, folder: Path) -> None:
    """Read a file in every way there is."""
    uses: list[Callable[[], Any]]
    if name.endswith(".eqtrace"):
        uses = [
            lambda: read_trace(io.BytesIO(data)),
            lambda: read_trace(memoryview(data)),
            lambda: append_to_trace(io.BytesIO(data)).close(),
        ]
    elif name.endswith(".jsonl"):
        uses = [lambda: read_jsonlines(io.BytesIO(data))]
    else:
        (folder / name).write_bytes(data)
        uses = [lambda: read_finding(folder / name)]
    for use in uses:
        with contextlib.suppress(InputError):
            use()


class Watch:
    """Counts, says how fast it goes, and sees that memory stays within bounds."""

    def __init__(self, seed: int) -> None:
        process = psutil.Process()
        self.seed, self.count, self.start = seed, 0, time.monotonic()
        self.before = process.memory_info().rss
        self._process = process
        soft = process.memory_info().vms + MEMORY_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (soft, soft))  # whatever allocates more at once raises MemoryError, and is found

    def tick(self) -> None:
        self.count += 1
        if self.count % CHECK_EVERY == 0 and (grown := self._process.memory_info().rss - self.before) > MEMORY_BYTES // 2:
            raise MemoryError(f"grown by {grown:,} bytes after {self.count:,} inputs")

    def line(self, what: str) -> str:
        seconds = time.monotonic() - self.start
        grown = (self._process.memory_info().rss - self.before) // 2**20
        return f"seed {self.seed}: {self.count:,} {what} in {seconds:.0f} s, {self.count / seconds:,.0f} a second, {grown} MiB grown"


def fuzz(frames: int, seed: int, files: bool) -> bool:
    """Try so many mutated frames, and files; return whether all were read or refused."""
    rng, watch, data = random.Random(seed), Watch(seed), b""
    valid, samples = sample_frames(), sample_files()
    trees = [msgpack.unpackb(frame[4:], strict_map_key=False) for frame in valid[-40:]]
    read = 0
    try:
        for number in range(frames):
            data = mutated_frame(valid, trees, rng)
            read += try_frame(data) > 0
            watch.tick()
            if number % 500_000 == 499_999:
                print(watch.line("frames"), flush=True)
        print(watch.line(f"frames ({read:,} of them read as messages)"), flush=True)
        with tempfile.TemporaryDirectory() as folder:
            for number in range(frames // 25 if files else 0):
                name = list(samples)[number % len(samples)]
                data = mutated_file(name, samples[name], rng, [samples[name], *valid])
                try_file(name, data, Path(folder))
                watch.tick()
        if files:
            print(watch.line("frames and files"), flush=True)
    except Exception:
        traceback.print_exc()
        print(f"seed {seed}, input {watch.count:,}: {data.hex()}", flush=True)
        return False
    return True


def main() -> int:
    """Return 0 where nothing was found, else 1."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=100_000, help="how many mutated frames, in all processes together")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--files", action="store_true", help="mutate trace files, JSON lines and counterexample files as well")
    given = parser.parse_args()
    share = [(given.frames // given.processes, given.seed * 1000 + number, given.files) for number in range(given.processes)]
    with multiprocessing.get_context("spawn").Pool(given.processes) as pool:
        return 0 if all(pool.starmap(fuzz, share)) else 1


if __name__ == "__main__":
    sys.exit(main())
