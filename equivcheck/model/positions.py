"""Positions: where in a TOML text each key and each item of a list stands, which tomllib does not say."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from typing import TypeAlias

KeyPath: TypeAlias = tuple[str | int, ...]  # keys, and indices of lists and of arrays of tables

_TOKEN = re.compile(
    r'''
      (?P<blank> [ \t]+ | \#[^\n]* )
    | (?P<text>  """(?:\\.|[^\\])*?"{3,5}(?!")  |  \'\'\'.*?\'{3,5}(?!\')  |  "(?:\\.|[^"\\\n])*"  |  \'[^'\n]*\' )
    | (?P<mark>  [\[\]{}=,.\n] )
    | (?P<bare>  [^\s\[\]{}=,.\#"']+ )
    ''',
    re.VERBOSE | re.DOTALL,
)


def position_of(text: str, path: KeyPath) -> tuple[int, int] | None:
    """Return (line, column), both from 1, of what `path` leads to; None where it leads nowhere.

    `text` is one that tomllib accepts. A table stands where it is first named.
    """
    scan = _Scan(text)
    scan.read_document()
    offset = scan.offsets.get(path)
    if offset is None:
        return None
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def dotted_text(path: KeyPath) -> str:
    """Return the path as TOML spells it: `pair.cartpole.fields."state.x".atol`."""
    text = ""
    for segment in path:
        if isinstance(segment, int):
            text += f"[{segment}]"
        else:
            plain = re.fullmatch(r"[A-Za-z0-9_-]+", segment)
            text += ("." if text else "") + (segment if plain else quoted_text(segment))
    return text


def quoted_text(text: str) -> str:
    """Return the text in double quotes, with control characters escaped, as TOML reads it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f-\x9f]", lambda match: f"\\u{ord(match[0]):04x}", escaped) + '"'


class _Scan:
    """One walk over the tokens of a text that is known to be TOML, so that nothing needs to be refused."""

    def __init__(self, text: str) -> None:
        matches = [match for match in _TOKEN.finditer(text) if match.lastgroup != "blank"]
        self.tokens = [(str(match.lastgroup), match.group(), match.start()) for match in matches]
        self.tokens.append(("end", "", len(text)))
        self.at = 0
        self.offsets: dict[KeyPath, int] = {}
        self.table_counts: Counter[KeyPath] = Counter()  # of each array of tables

    def sees(self, *marks: str) -> bool:
        """Return whether the token at hand is one of these marks, or the end of the text."""
        group, token, _ = self.tokens[self.at]
        return group == "end" or (group == "mark" and token in marks)

    def read_document(self) -> None:
        table: KeyPath = ()
        while self.tokens[self.at][0] != "end":
            if self.sees("\n"):
                self.at += 1
            elif self.sees("["):
                table = self.read_header()
            else:
                self.read_pair(table)

    def read_header(self) -> KeyPath:
        self.at += 1
        repeated = self.sees("[")
        self.at += repeated
        names = self.read_key("]")
        self.at += 1 + repeated
        path: KeyPath = ()
        for number, (name, offset) in enumerate(names, 1):
            path = (*path, name)
            self.offsets.setdefault(path, offset)
            self.table_counts[path] += repeated and number == len(names)
            if self.table_counts[path]:
                path = (*path, self.table_counts[path] - 1)
                self.offsets.setdefault(path, offset)
        return path

    def read_pair(self, table: KeyPath) -> None:
        path = table
        for name, offset in self.read_key("="):
            path = (*path, name)
            self.offsets.setdefault(path, offset)
        self.at += 1
        self.read_value(path)

    def read_key(self, end: str) -> list[tuple[str, int]]:
        names: list[tuple[str, int]] = []
        while not self.sees(end):
            group, token, offset = self.tokens[self.at]
            if group == "text":
                names.append((tomllib.loads(f"key = {token}")["key"], offset))
            elif group == "bare":
                names.append((token, offset))
            self.at += 1
        return names

    def read_value(self, path: KeyPath) -> None:
        self.offsets.setdefault(path, self.tokens[self.at][2])
        if self.sees("["):
            self.read_list(path)
        elif self.sees("{"):
            self.at += 1
            while not self.sees("}"):
                if self.sees("\n", ","):
                    self.at += 1
                else:
                    self.read_pair(path)
            self.at += 1
        else:
            while not self.sees(",", "]", "}", "\n"):
                self.at += 1

    def read_list(self, path: KeyPath) -> None:
        self.at += 1
        index = 0
        while not self.sees("]"):
            if self.sees("\n", ","):
                index += self.sees(",")
                self.at += 1
            else:
                self.read_value((*path, index))
        self.at += 1
