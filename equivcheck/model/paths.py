"""Names of leaves: `state.sides[0].team["Mr. Mime"].hp`, and patterns over them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

Segment: TypeAlias = str | int
Segments: TypeAlias = tuple[Segment, ...]

_PLAIN = re.compile(r'[^.\[\]"*\s\x00-\x1f\x7f]+')
_TOKEN = re.compile(
    r"""(?P<dot>\.)?(?:
        (?P<name>\*\*|\*|[^.\[\]"*\s\x00-\x1f\x7f]+)
      | \[(?P<index>\d{1,9}|\*)\]
      | \[(?P<quoted>"(?:[^"\\]|\\.)*")\]
    )""",
    re.VERBOSE,
)

_INDEX = re.compile(r'(?P<quoted>"(?:[^"\\]|\\.)*")|\[\d+\]')


def path_text(segments: Segments) -> str:
    """Return the text of a path; a key that is no plain word is quoted as JSON in brackets."""
    parts: list[str] = []
    for segment in segments:
        if isinstance(segment, int):
            parts.append(f"[{segment}]")
        elif _PLAIN.fullmatch(segment):
            parts.append(f".{segment}" if parts else segment)
        else:
            parts.append(f"[{json.dumps(segment)}]")
    return "".join(parts)


def extend_path(path: str, segment: Segment) -> str:
    """Return the text of `path` with one more segment."""
    tail = path_text((segment,))
    return f"{path}.{tail}" if path and not tail.startswith("[") else path + tail


def lies_in(path: str, whole: str) -> bool:
    """Return whether `path` is `whole` or a part of it."""
    return path == whole or path.startswith((f"{whole}[", f"{whole}."))


@lru_cache(maxsize=65_536)
def parse_path(text: str) -> Segments:
    """Return the segments of a path's text. Raises: ValueError where it is no path."""
    return tuple(segment for segment, wild in _tokens(text) if not _refuse_wild(text, wild))


def _refuse_wild(text: str, wild: bool) -> bool:
    if wild:
        raise ValueError(f"{text!r} is a pattern, not a path")
    return False


def _tokens(text: str) -> list[tuple[Segment, bool]]:
    """Split a path or pattern; the flag says that the segment is a wildcard."""
    tokens: list[tuple[Segment, bool]] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        bracketed = match is not None and match["name"] is None
        if match is None or bool(match["dot"]) != (at > 0 and not bracketed):
            raise ValueError(f"{text!r} is no path: cannot read it from character {at + 1} on")
        if match["quoted"] is not None:
            tokens.append((json.loads(match["quoted"], strict=False), False))
        elif match["index"] is not None:
            tokens.append(("[*]", True) if match["index"] == "*" else (int(match["index"]), False))
        else:
            tokens.append((match["name"], match["name"] in ("*", "**")))
        at = match.end()
    return tokens


@dataclass(frozen=True, slots=True)
class Pattern:
    """A path with wildcards: `*` is one key, `[*]` one index, `**` any number of segments.

    It matches a leaf and everything below it, so `state` matches `state.sides[0].hp`.
    """

    text: str

    def __post_init__(self) -> None:
        """Raises: ValueError where the text is no pattern."""
        _tokens(self.text)

    def matches(self, path: str) -> bool:
        """Return whether `path` or a container above it fits."""
        return _fits(self.text, path)

    def leads_into(self, path: str, container: type) -> bool:
        """Return whether the pattern goes on below a `list` or `dict` at `path`, so that it speaks of one that is empty."""
        tokens = tuple(_tokens(self.text))
        *_, reached = _reach(tokens, parse_path(path))
        below = [tokens[at][0] for at in reached if at < len(tokens)]
        return any(want == "**" or (want == "[*]" or isinstance(want, int)) == (container is list) for want in below)

    @property
    def literal_count(self) -> int:
        """How many segments are spelled out: of two patterns that match, the one with more wins."""
        return sum(not wild for _, wild in _tokens(self.text))


@lru_cache(maxsize=262_144)
def _fits(pattern: str, path: str) -> bool:
    return _fits_from(tuple(_tokens(pattern)), parse_path(path))


def _fits_from(pattern: tuple[tuple[Segment, bool], ...], path: Segments) -> bool:
    return any(len(pattern) in reached for reached in _reach(pattern, path))


def _reach(pattern: tuple[tuple[Segment, bool], ...], path: Segments) -> Iterator[set[int]]:
    """Yield how far into the pattern each beginning of the path may come, from the empty one to the whole."""
    reached = _closure(pattern, {0})
    yield reached
    for segment in path:
        step: set[int] = set()
        for at in reached - {len(pattern)}:
            want, wild = pattern[at]
            if wild and want == "**":
                step.add(at)
            elif want == segment if not wild else (want == "[*]") == isinstance(segment, int):
                step.add(at + 1)
        reached = _closure(pattern, step)
        yield reached


def _closure(pattern: tuple[tuple[Segment, bool], ...], reached: set[int]) -> set[int]:
    """Let every `**` stand for nothing as well."""
    closed = set(reached)
    for at in range(len(pattern)):
        if at in closed and pattern[at] == ("**", True):
            closed.add(at + 1)
    return closed


def generalise(path: str) -> str:
    """Return the path with every index as `[*]`: findings that differ only there are one cluster."""
    return _INDEX.sub(lambda match: match["quoted"] or "[*]", path)


@lru_cache(maxsize=65_536)
def field_of(path: str) -> str:
    """Return the first segment: the field of the Step (`obs`, `reward`, `state`, ...)."""
    tokens = _tokens(path)
    return str(tokens[0][0]) if tokens else ""
