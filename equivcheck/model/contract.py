"""Reading contracts: the text of equivcheck.toml, or a Python mapping, as checked values of the model."""

from __future__ import annotations

import datetime
import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from equivcheck.errors import SpecError
from equivcheck.model.contract_keys import (
    CONTRACT,
    SPEC,
    Day,
    Flag,
    Key,
    Names,
    Number,
    PathPattern,
    Shape,
    Table,
    TableList,
    TablesByName,
    Text,
    Whole,
    build_spec,
)
from equivcheck.model.paths import Pattern
from equivcheck.model.positions import KeyPath, dotted_text, position_of, quoted_text
from equivcheck.model.spec import PairSpec, Spec
from equivcheck.model.suggestion import closest

_TABLES = (Table, TablesByName, TableList)


class _Refusal(Exception):
    """What is wrong with the value at `path`, on its way to become a SpecError."""

    def __init__(self, path: KeyPath, words: str) -> None:
        super().__init__(words)
        self.path = path

    def said_of(self, source: str) -> str:
        """Return the words, after the place by its keys."""
        return ": ".join([source, *([dotted_text(self.path)] if self.path else []), str(self)])


def read_contract(text: str, source: str = "equivcheck.toml") -> tuple[PairSpec, ...]:
    """Return the pairs of a contract in the order of the text.

    Raises: SpecError, which says where in `source` (line and column, from 1) and what to write instead.
    """
    text = text.removeprefix("\ufeff")
    try:
        document = _read_keys(CONTRACT, _parse_toml(text, source), ())
    except _Refusal as refusal:
        at = position_of(text, refusal.path)
        raise SpecError(f"{source}:{at[0]}:{at[1]}: {refusal}" if at else refusal.said_of(source)) from None
    pairs: tuple[PairSpec, ...] = document["pair"]
    return pairs


def spec_from_mapping(mapping: Mapping[str, Any], source: str = "spec") -> Spec:
    """Return the Spec of a mapping with the keys that a `[pair.NAME]` table may have, addresses aside.

    Raises: SpecError, which names the key in `source` and what to write instead.
    """
    if not isinstance(mapping, Mapping):
        raise SpecError(f"{source}: write a dict with the keys of a [pair.NAME] table, not {_shown(mapping)}")
    try:
        return build_spec(_read_keys(SPEC, mapping, ()))
    except _Refusal as refusal:
        raise SpecError(refusal.said_of(source)) from None


def _parse_toml(text: str, source: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise SpecError(f"{source}: brackets are nested too deep to read") from None
    except ValueError as error:
        words, _, place = str(error).partition(" (at ")
        at = re.findall(r"\d+", place) or ([str(text.count("\n") + 1)] if place else [])
        raise SpecError(f"{':'.join([source, *at])}: this is no TOML: {words}") from None


def _read_keys(table: Table, plain: Mapping[Any, Any], path: KeyPath) -> dict[str, Any]:
    """Return the values of a table by attribute, those of keys that are not there left out."""
    keys = {key.name: key for key in table.keys}
    for name in plain:
        if name not in keys:
            raise _Refusal((*path, str(name)), _unknown_key(str(name), plain[name], keys, path))
    for key in table.keys:
        if key.required and key.name not in plain:
            raise _Refusal(path, _missing_key(key, path))
    read = {name: _read(keys[name].shape, value, (*path, name)) for name, value in plain.items()}
    _check_together(table, read, path)
    return {keys[name].attribute or name: value for name, value in read.items()}


def _unknown_key(name: str, value: Any, keys: Mapping[str, Key], path: KeyPath) -> str:
    words = f"unknown key {quoted_text(name)}{_place_words(path)}"
    tables = [(key.name, key.shape) for key in keys.values() if isinstance(key.shape, Table)]
    home = next((table for table, shape in tables if name in {inner.name for inner in shape.keys}), None)
    if home:
        return f"{words}: it belongs in [{dotted_text((*path, home))}]"
    is_table = isinstance(value, Mapping)
    hint = closest(name, [key.name for key in keys.values() if not is_table or isinstance(key.shape, _TABLES)])
    if not hint and is_table and path:
        hint = f'; a name with dots is quoted: "{path[-1]}.{name}"'
    return f"{words}{hint}" if hint else f"{words}: the keys here are {', '.join(keys)}"


def _missing_key(key: Key, path: KeyPath) -> str:
    if not path:
        return 'there is no pair: begin with [pair.NAME] and the lines reference = "..." and target = "..."'
    return f'[{dotted_text(path)}] lacks the key {key.name}: add a line such as {key.name} = "{key.example}"'


def _place_words(path: KeyPath) -> str:
    return f" in [{dotted_text(path)}]" if path else ""


def _check_together(table: Table, read: Mapping[str, Any], path: KeyPath) -> None:
    """Check what keys of one table mean for each other."""
    given = {name for name, value in read.items() if value != table.default_of(name)}
    for first, second in table.apart:
        if first in given and second in given:
            raise _Refusal((*path, second), f"{first} and {second} contradict each other: remove one of them")
    if table.some_of and not read.keys() & set(table.some_of):
        words = "this rule loosens nothing: give it atol, rtol or another of its keys, or remove it"
        raise _Refusal(path, f"{words} (atol = 0 says: exactly, inside a wider pattern)")
    loosened = [name for name in table.reasoned if name in given]
    if loosened and "because" not in read:
        raise _Refusal((*path, loosened[0]), f'{loosened[0]} loosens the check: add because = "why that is right"')


def _read(shape: Shape, value: Any, path: KeyPath) -> Any:
    """Return the model's value for what the user wrote."""
    match shape:
        case Table(record) if isinstance(value, Mapping) and value:
            return replace(record, **_read_keys(shape, value, path))
        case TablesByName(name, item, build) if isinstance(value, Mapping) and value:
            return tuple(_read_named(name, item, build, path, *pair) for pair in value.items())
        case TableList(item) if isinstance(value, (list, tuple)) and value:
            return tuple(_read(item, part, (*path, index)) for index, part in enumerate(value))
        case Names(item) if isinstance(value, (list, tuple)) and value:
            return _read_names(item, value, path)
        case Flag() if isinstance(value, bool):
            return value
        case Number(most) if _is_number(value) and 0 <= value <= most:
            return float(value)
        case Whole(least, most) if _is_number(value) and least <= value <= most and value == math.floor(value):
            return int(value)
        case Text(choices, regex) if isinstance(value, str):
            if value in choices or (regex and re.search(regex, value)):
                return value
        case PathPattern() if isinstance(value, str) and value:
            return _read_pattern(value, path)
        case Day(regex) if day := _read_day(value, regex):
            return day
    raise _Refusal(path, _wanted(shape, value, path))


def _read_named(name: Any, item: Table, build: Any, path: KeyPath, key: Any, value: Any) -> Any:
    at = (*path, str(key))
    if not isinstance(value, Mapping):
        raise _Refusal(at, f"write a table, not {_shown(value)}: [{dotted_text(at)}], or {{ ... }}")
    return build(_read(name, key, at), _read_keys(item, value, at))


def _read_names(item: Text, value: list[Any] | tuple[Any, ...], path: KeyPath) -> tuple[str, ...]:
    names = tuple(_read(item, part, (*path, index)) for index, part in enumerate(value))
    for index, name in enumerate(names):
        if name in names[:index]:
            raise _Refusal((*path, index), f"{quoted_text(name)} is there twice: remove one")
    return names


def _read_pattern(text: str, path: KeyPath) -> Pattern:
    try:
        return Pattern(text)
    except ValueError as error:
        words = 'write a path, such as state.sides[0].team["Mr. Mime"].hp, with *, [*] or ** where anything may stand'
        raise _Refusal(path, f"{error}; {words}") from None


def _read_day(value: Any, regex: str) -> datetime.date | None:
    if isinstance(value, str) and re.search(regex, value):
        try:
            return datetime.date.fromisoformat(value)
        except ValueError:
            return None
    return value if type(value) is datetime.date else None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _wanted(shape: Shape, value: Any, path: KeyPath) -> str:
    """Say what would have been right in place of `value`."""
    name_at = max(index for index, segment in enumerate(path) if isinstance(segment, str))
    is_name = str(value) == path[-1]  # of a pair, or a pattern
    words = f"{_shown(value)} cannot stand here" if is_name else f"{dotted_text(path[name_at:])} cannot be {_shown(value)}"
    offered = shape.choices if isinstance(shape, Text) and isinstance(value, str) else ()
    return f"{words}: write {_form_words(shape)}" + (closest(value, offered) if offered else "")


def _form_words(shape: Shape) -> str:
    match shape:
        case Flag():
            return "true or false"
        case Number():
            return "a finite number, 0 or more"
        case Whole(least, most):
            return f"a whole number from {least} to {most}"
        case Text(choices, _, words):
            choice_words = f"one of {', '.join(map(quoted_text, choices))}" if choices else ""
            return ", or ".join(part for part in (choice_words, words) if part)
        case PathPattern():
            return 'a path or pattern, such as "state.x" ("**" is everything)'
        case Day():
            return "a day, such as 2027-01-31"
        case Names(item):
            return f"a list of one or more strings, none twice, each {_form_words(item)}"
        case TableList(item):
            return f"a list of tables with the keys {', '.join(key.name for key in item.keys)}"
        case Table(_, keys):
            return f"a table with one or more of the keys {', '.join(key.name for key in keys)}, or remove it"
        case TablesByName(name):
            return f"a table with one or more tables in it, each under {_form_words(name)}, or remove it"


def _shown(value: Any) -> str:
    """Return a value as TOML spells it, or what it is where that would be long."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return quoted_text(value)
    if isinstance(value, (int, float, datetime.date)):
        return str(value)
    for kind, word in ((Mapping, "table"), ((list, tuple), "list")):
        if isinstance(value, kind):
            return f"{'a' if value else 'an empty'} {word}"
    return f"a {type(value).__name__}"
