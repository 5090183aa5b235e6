"""What messages hold, as maps and as values of the model (docs/protocol.md, section 4)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from equivcheck.errors import ProtocolError
from equivcheck.model.paths import Pattern
from equivcheck.model.request import CAPABILITIES, Ask, FieldDeclaration, Greeting, Roll
from equivcheck.model.script import SEED_END, Episode, Script
from equivcheck.model.space import Choice, DictSpace, Space, TupleSpace, space_from_plain, space_to_plain
from equivcheck.model.values import MISSING, canonical
from equivcheck.protocol.columns import PATH_LENGTH_MAX, values_from_plain, values_to_plain
from equivcheck.protocol.framing import LIST_ENTRIES_MAX, Message, cut_words
from equivcheck.protocol.turns import check_items

VERSION: Final = 1
_KINDS = ("bool", "int", "float", "text", "bytes", "None", "array")
_DETAILS = ("full", "digest", "bare")


def ask_to_plain(ask: Ask) -> dict[str, Any]:
    """Return the keys `detail` and `digested` of a request."""
    return {"detail": ask.detail, "digested": list(ask.digested)}


def ask_from_plain(message: Message) -> Ask:
    """Return how much a request wants. Raises: ProtocolError(remote)."""
    if message["detail"] not in _DETAILS:
        raise ProtocolError(f"unknown detail {message['detail']!r}: one of {', '.join(_DETAILS)}")
    check_items(message["digested"], str, "`digested`")
    return Ask(message["detail"], tuple(message["digested"]))


def episode_to_plain(episode: Episode, *, played: bool) -> dict[str, Any]:
    """Return an episode as a message carries it, its actions with it where they are to be `played`."""
    plain: dict[str, Any] = {"seed": episode.seed, "options": canonical(dict(episode.options))}
    if episode.start is not MISSING:
        plain["start"] = canonical(episode.start)
    if episode.draws is not None:
        plain["draws"] = canonical(list(episode.draws))
    if played:
        plain["count"] = len(episode.actions)
        plain["actions"] = values_to_plain(episode.actions)
    return plain


def episode_from_plain(plain: Any, *, played: bool) -> Episode:
    """Return the episode that a message carries. Raises: ProtocolError(remote)."""
    if not isinstance(plain, dict):
        raise ProtocolError(f"an episode is a map, not a {type(plain).__name__}")
    seed, options, draws, count = plain.get("seed"), plain.get("options", {}), plain.get("draws"), plain.get("count")
    if type(seed) is not int or not 0 <= seed < SEED_END:
        raise ProtocolError(f"`seed` is an int from 0 to 2^64 - 1, not {json.dumps(seed, default=repr)}")
    if not isinstance(options, dict) or not isinstance(draws, list | None):
        raise ProtocolError("an episode's `options` are a map, its `draws` a list")
    if played and (type(count) is not int or not 0 <= count <= LIST_ENTRIES_MAX):
        raise ProtocolError(f"an episode's `count` is how many actions it has, at most {LIST_ENTRIES_MAX:,}")
    actions = values_from_plain(plain.get("actions"), count or 0, "actions") if played else ()
    return Episode(seed, actions, options, plain.get("start", MISSING), None if draws is None else tuple(draws))


def script_to_plain(script: Script) -> list[dict[str, Any]]:
    """Return a script as `play` and trace files carry it."""
    return [episode_to_plain(episode, played=True) for episode in script.episodes]


def script_from_plain(plain: Any) -> Script:
    """Return the script that `script_to_plain` wrote. Raises: ProtocolError(remote)."""
    if not isinstance(plain, list):
        raise ProtocolError(f"a script is a list of episodes, not a {type(plain).__name__}")
    return Script(tuple(episode_from_plain(episode, played=True) for episode in plain))


def roll_to_plain(roll: Roll) -> dict[str, Any]:
    """Return a roll as a message carries it."""
    spaces = roll.spaces or (None,) * len(roll.episodes)
    return {
        "episodes": [episode_to_plain(episode, played=False) for episode in roll.episodes],
        "choosers": list(roll.choosers),
        "spaces": [None if space is None else space_to_message(space) for space in spaces],
        "steps_max": roll.steps_max,
    }


def roll_from_plain(plain: Any) -> Roll:
    """Return the roll that a message carries. Raises: ProtocolError(remote)."""
    if not isinstance(plain, dict):
        raise ProtocolError(f"a roll is a map, not a {type(plain).__name__}")
    episodes, choosers, spaces, steps_max = (plain.get(key) for key in ("episodes", "choosers", "spaces", "steps_max"))
    if not isinstance(episodes, list) or not isinstance(choosers, list) or not isinstance(spaces, list):
        raise ProtocolError("a roll has lists `episodes`, `choosers` and `spaces`")
    if not len(episodes) == len(choosers) == len(spaces):
        raise ProtocolError("a roll has one chooser and one space (or nil) an episode")
    if not all(type(chooser) is int and 0 <= chooser < SEED_END for chooser in choosers):
        raise ProtocolError("a chooser is an int from 0 to 2^64 - 1")
    if type(steps_max) is not int or not 0 <= steps_max <= LIST_ENTRIES_MAX:
        raise ProtocolError(f"`steps_max` is an int from 0 to {LIST_ENTRIES_MAX:,}")
    read = tuple(episode_from_plain(episode, played=False) for episode in episodes)
    return Roll(read, tuple(choosers), steps_max, tuple(None if space is None else _space(space) for space in spaces))


def space_to_message(space: Space) -> dict[str, Any]:
    """Return a space as a message carries it: as `space_to_plain`, but the values of a Choice are values."""
    match space:
        case Choice(values):
            return {"type": "choice", "values": list(values)}
        case TupleSpace(items):
            return {"type": "tuple", "items": [space_to_message(item) for item in items]}
        case DictSpace(pairs):
            return {"type": "dict", "items": {key: space_to_message(item) for key, item in pairs}}
        case _:
            return space_to_plain(space)


def _space(plain: Any) -> Space:
    try:
        return space_from_plain(plain)
    except ValueError as error:
        raise ProtocolError(str(error)) from None


def greeting_to_plain(greeting: Greeting) -> Message:
    """Return the answer to `hello`."""
    return {
        "type": "hello",
        "protocol": VERSION,
        "name": greeting.name,
        "version": greeting.version,
        "environments": list(greeting.environments),
        "environment": greeting.environment,
        "actions": None if greeting.actions is None else space_to_message(greeting.actions),
        "agents": list(greeting.agents),
        "fields": {
            path: {"kind": known.kind, "dtype": known.dtype, "shape": list(known.shape), "optional": known.optional}
            for path, known in greeting.fields.items()
        },
        "capabilities": sorted(greeting.capabilities),
        "components": list(greeting.components),
        "lanes": greeting.lanes,
    }


def greeting_from_plain(message: Message, provenance: Mapping[str, Any]) -> Greeting:
    """Return what an adapter says of itself. Raises: ProtocolError(remote)."""
    if message["protocol"] != VERSION:
        raise ProtocolError(f"hello: the adapter speaks version {message['protocol']!r} of the protocol, not {VERSION}")
    for key in ("environments", "agents", "capabilities", "components"):
        check_items(message[key], str, f"hello: `{key}`")
        if len(set(message[key])) != len(message[key]):
            raise ProtocolError(f"hello: `{key}` names one twice")
    if not 1 <= message["lanes"] < 2**32:
        raise ProtocolError(f"hello: `lanes` is a number from 1 to 2^32 - 1, not {message['lanes']}")
    actions = None if message["actions"] is None else _space(message["actions"])
    agents = tuple(message["agents"])
    if agents and (not isinstance(actions, DictSpace) or {agent for agent, _ in actions.items} != set(agents)):
        raise ProtocolError("hello: with agents, `actions` is a `dict` space with one entry an agent")
    if unknown := set(message["capabilities"]) - set(CAPABILITIES):
        raise ProtocolError(f"hello: unknown capabilities {', '.join(sorted(unknown))}")
    return Greeting(
        name=message["name"],
        version=message["version"],
        environment=message["environment"],
        environments=tuple(message["environments"]),
        actions=actions,
        agents=agents,
        fields={path: _field(path, plain) for path, plain in message["fields"].items()},
        capabilities=frozenset(message["capabilities"]),
        components=tuple(message["components"]),
        lanes=message["lanes"],
        provenance=provenance,
    )


def _field(path: str, plain: Any) -> FieldDeclaration:
    where = f"hello: field {path[:80]!r}"
    try:
        if len(path) > PATH_LENGTH_MAX:
            raise ValueError(f"it has {len(path):,} characters; at most {PATH_LENGTH_MAX:,} are allowed")
        Pattern(path)
    except ValueError as error:
        raise ProtocolError(f"{where}: {error}") from None
    if not isinstance(plain, dict) or not isinstance(plain.get("kind"), str) or plain["kind"] not in _KINDS:
        raise ProtocolError(f"{where} has no `kind`: one of {', '.join(_KINDS)}")
    dtype, shape, optional = plain.get("dtype", ""), plain.get("shape", []), plain.get("optional", False)
    if not isinstance(dtype, str) or not isinstance(shape, list) or type(optional) is not bool:
        raise ProtocolError(f"{where}: `dtype` is text, `shape` a list, `optional` a bool")
    check_items(shape, int, f"{where}: `shape`")
    return FieldDeclaration(plain["kind"], dtype, tuple(shape), optional)


def complaint(kind: str, words: str) -> Message:
    """Return a `refused` or `failed` answer."""
    return {"type": kind, "words": cut_words(words)}
