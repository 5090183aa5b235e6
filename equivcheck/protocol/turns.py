"""Turns: one table of what may be asked, with which keys, and what may be answered, read by both sides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from equivcheck.errors import ProtocolError
from equivcheck.protocol.framing import Message, cut_words


@dataclass(frozen=True, slots=True)
class Turn:
    """A request: the keys it must have with their types, the answer it gets beside `refused` and `failed`.

    `several`: the answer may come in several messages, all but the last with `more`. `per_lane`: the keys that are
    lists with one item a lane. `compiles`: its first answer on a new number of lanes may take long.
    """

    keys: Mapping[str, type]
    answer: str
    several: bool = False
    per_lane: tuple[str, ...] = ()
    compiles: bool = False


_ASK: Final = {"lanes": list, "detail": str, "digested": list}

TURNS: Final[Mapping[str, Turn]] = {
    "hello": Turn({"protocol": int, "environment": str}, "hello"),
    "reset": Turn({**_ASK, "episodes": list}, "steps", per_lane=("episodes",), compiles=True),
    "step": Turn({**_ASK, "actions": list}, "steps", per_lane=("actions",), compiles=True),
    "load": Turn({**_ASK, "states": list}, "steps", per_lane=("states",), compiles=True),
    "play": Turn({**_ASK, "scripts": list}, "steps", several=True, per_lane=("scripts",), compiles=True),
    "roll": Turn({**_ASK, "rolls": list}, "steps", several=True, per_lane=("rolls",), compiles=True),
    "snapshot": Turn({"lanes": list}, "snapshots"),
    "restore": Turn({"lanes": list, "tokens": list}, "done", per_lane=("tokens",)),
    "call": Turn({"component": str, "arguments": list}, "results", compiles=True),
    "discard": Turn({"lanes": list}, "done"),
    "close": Turn({}, "done"),
}

ANSWER_KEYS: Final[Mapping[str, Mapping[str, type]]] = {
    "hello": {
        "protocol": int,
        "name": str,
        "version": str,
        "environments": list,
        "environment": str,
        "actions": object,  # a space, or nil where the side does not say
        "agents": list,
        "fields": dict,
        "capabilities": list,
        "components": list,
        "lanes": int,
    },
    "steps": {"more": bool, "runs": list, "columns": dict, "ends": list},
    "snapshots": {"tokens": list},
    "results": {"results": list},
    "done": {},
    "refused": {"words": str},
    "failed": {"words": str},
}

_NAMES = {int: "an int", str: "text", bytes: "bin", list: "a list", dict: "a map", bool: "a bool"}
_LANE_END = 2**32


def read_request(message: Message, greeted: bool) -> Turn:
    """Return the turn that a request begins. Raises: ProtocolError(remote) where it is malformed or out of turn."""
    kind = message["type"]
    if kind not in TURNS:
        raise ProtocolError(f"unknown request {kind!r}: one of {', '.join(TURNS)}")
    if greeted == (kind == "hello") and kind != "close":
        raise ProtocolError("`hello` comes once only" if greeted else f"`hello` comes before `{kind}`")
    turn = TURNS[kind]
    _check_keys(message, turn.keys)
    lanes = message["lanes"] if "lanes" in turn.keys else []
    if not all(type(lane) is int and 0 <= lane < _LANE_END for lane in lanes) or len(set(lanes)) != len(lanes):
        raise ProtocolError(f"{kind}: `lanes` are different numbers from 0 to 2^32 - 1")
    for key in turn.per_lane:
        if len(message[key]) != len(lanes):
            raise ProtocolError(f"{kind}: {len(message[key])} `{key}` for {len(lanes)} lanes")
    return turn


def read_answer(message: Message, request: str) -> Message:
    """Return an answer that is legal after a request, its words cut to their limit. Raises: ProtocolError(remote)."""
    kind, turn = message["type"], TURNS[request]
    legal = (turn.answer, "refused", "failed")
    if kind not in legal:
        raise ProtocolError(f"{kind!r} is no answer to `{request}`: one of {', '.join(legal)}")
    _check_keys(message, ANSWER_KEYS[kind])
    if message.get("more") and not turn.several:
        raise ProtocolError(f"`{request}` is answered by one message, without `more`")
    return message if kind == turn.answer else {**message, "words": cut_words(message["words"])}


def _check_keys(message: Message, keys: Mapping[str, type]) -> None:
    for key, family in keys.items():
        if key not in message:
            raise ProtocolError(f"{message['type']}: `{key}` is missing")
        if family is not object and type(message[key]) is not family:
            raise ProtocolError(f"{message['type']}: `{key}` is {_NAMES[family]}, not a {type(message[key]).__name__}")


def check_items(items: list[Any], family: type, what: str) -> None:
    """Raise ProtocolError(remote) where an item is of another type."""
    for item in items:
        if type(item) is not family and family is not object:
            raise ProtocolError(f"{what} hold {_NAMES[family]} each, not a {type(item).__name__}")
