"""What the programs here share: an honest adapter of a counter, which each of them spoils in one place."""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Iterator
from typing import Any

import msgpack

ACTIONS, LIMIT = 5, 12
FIRST_SEED = 7_000_000  # of the episodes of a rollout, as the tests run it: 7_000_000, 7_000_001, ...
MASK = 2**64 - 1


def array(dtype: str, shape: list[int], data: bytes) -> msgpack.ExtType:
    name = dtype.encode()
    return msgpack.ExtType(1, bytes([len(name)]) + name + bytes([len(shape)]) + struct.pack(f"<{len(shape)}I", *shape) + data)


def ints(values: list[int]) -> msgpack.ExtType:
    return array("int64", [len(values)], struct.pack(f"<{len(values)}q", *values))


def floats(values: list[float]) -> msgpack.ExtType:
    return array("float64", [len(values)], struct.pack(f"<{len(values)}d", *values))


def bools(values: list[bool]) -> msgpack.ExtType:
    return array("bool", [len(values)], bytes(values))


def frame(body: bytes) -> bytes:
    return len(body).to_bytes(4, "little") + body


def write(data: bytes) -> None:
    while data:
        data = data[os.write(1, data) :]


def say(message: dict[str, Any]) -> None:
    write(frame(msgpack.packb(message)))


def hear() -> dict[str, Any]:
    def read(count: int) -> bytes:
        data = b""
        while len(data) < count:
            more = os.read(0, count - len(data))
            if not more:
                sys.exit()
            data += more
        return data

    message: dict[str, Any] = msgpack.unpackb(read(int.from_bytes(read(4), "little")))
    return message


def is_late(seed: int) -> bool:
    """Whether an episode is one of a rollout's, after its first four."""
    return FIRST_SEED + 4 <= seed < FIRST_SEED + 1000


def variant() -> str:
    """Which of its ways the program is to be hostile in."""
    return sys.argv[1]


class Adapter:
    """Answers each request by the method of its name. The counter starts at seed % 3, and ends at LIMIT."""

    def __init__(self) -> None:
        self.counters: dict[int, int] = {}

    def serve(self) -> None:
        while True:
            message = hear()
            getattr(self, message["type"])(message)

    def greeting(self) -> dict[str, Any]:
        return {
            "type": "hello",
            "protocol": 1,
            "name": "hostile",
            "version": "1",
            "environments": ["counter"],
            "environment": "counter",
            "actions": {"type": "discrete", "n": ACTIONS, "start": 0},
            "agents": [],
            "fields": {},
            "capabilities": [],
            "components": [],
            "lanes": 1,
        }

    def hello(self, message: dict[str, Any]) -> None:
        say(self.greeting())

    def discard(self, message: dict[str, Any]) -> None:
        say({"type": "done"})

    def close(self, message: dict[str, Any]) -> None:
        say({"type": "done"})
        sys.exit()

    def reset(self, message: dict[str, Any]) -> None:
        runs, rows = [], []
        for script, (lane, episode) in enumerate(zip(message["lanes"], message["episodes"], strict=True)):
            self.counters[lane] = episode["seed"] % 3
            runs.append([script, 0, 0, 1])
            rows.append(self.row(self.counters[lane], None))
        say(self.steps(runs, rows))

    def step(self, message: dict[str, Any]) -> None:
        runs, rows = [], []
        for script, (lane, action) in enumerate(zip(message["lanes"], message["actions"], strict=True)):
            self.act(action)
            self.counters[lane] += action
            runs.append([script, 0, 0, 1])
            rows.append(self.row(self.counters[lane], action))
        say(self.steps(runs, rows))

    def play(self, message: dict[str, Any]) -> None:
        scripts = [[(episode["seed"], iter(taken(episode))) for episode in script] for script in message["scripts"]]
        self.answer(scripts, rolled=False)

    def roll(self, message: dict[str, Any]) -> None:
        scripts = []
        for roll in message["rolls"]:
            chosen = zip(roll["episodes"], roll["choosers"], roll["spaces"], strict=True)
            scripts.append([(episode["seed"], chooser_of(chooser, space, roll["steps_max"])) for episode, chooser, space in chosen])
        self.answer(scripts, rolled=True)

    def answer(self, scripts: list[list[tuple[int, Iterator[int]]]], rolled: bool) -> None:
        """Play every script to its end, and answer in blocks of one episode each."""
        blocks = []
        for script, episodes in enumerate(scripts):
            for number, (seed, actions) in enumerate(episodes):
                self.begin(seed)
                counter = seed % 3
                rows = [self.row(counter, None)]
                while counter < LIMIT and (action := next(actions, None)) is not None:
                    self.act(action)
                    counter += action
                    rows.append(self.row(counter, action))
                blocks.append(([[script, number, 0, len(rows)]], rows))
        for index, (runs, rows) in enumerate(blocks):
            self.send_block(self.steps(runs, rows, more=index + 1 < len(blocks), rolled=rolled))

    def send_block(self, block: dict[str, Any]) -> None:
        say(block)

    def begin(self, seed: int) -> None:
        """Called before every episode of `play` and `roll`."""

    def act(self, action: int) -> None:
        """Called before every action that is taken."""

    def row(self, counter: int, action: int | None) -> dict[str, Any]:
        return {"obs": counter, "action": action}

    def steps(self, runs: list[list[int]], rows: list[dict[str, Any]], more: bool = False, rolled: bool = False) -> dict[str, Any]:
        taken = [row["action"] for row in rows]
        present = bools([action is not None for action in taken])
        columns = {
            "obs": ["scalar", ints([row["obs"] for row in rows]), None],
            "terminated": ["scalar", bools([row["obs"] >= LIMIT for row in rows]), None],
        }
        if any(action is not None for action in taken):
            columns["reward"] = ["scalar", floats([float(action or 0) for action in taken]), present]
            if rolled:
                columns["action"] = ["scalar", ints([action or 0 for action in taken]), present]
        return {"type": "steps", "more": more, "runs": runs, "columns": columns, "ends": []}


def taken(episode: dict[str, Any]) -> list[int]:
    """The actions of an episode, which travel as one column of int64."""
    if not episode["count"]:
        return []
    data = episode["actions"][""][1].data
    return list(struct.unpack(f"<{episode['count']}q", data[-8 * episode["count"] :]))


def chooser_of(state: int, space: dict[str, Any] | None, steps_max: int) -> Iterator[int]:
    """Draw as `roll` must: SplitMix64 over the declared space, or over the values of a choice."""
    values = list(range(ACTIONS)) if space is None else space["values"]
    for _ in range(steps_max):
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        yield values[(z ^ (z >> 31)) % len(values)]
