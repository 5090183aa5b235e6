"""Tape: what one environment draws, recorded; or answered by what another has drawn."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import CodeType
from typing import Any, Final

from equivcheck.model.values import MISSING, Missing, Value, canonical
from equivcheck.recording.domains import Domain, holds

_NAMES: dict[CodeType, tuple[str, str]] = {}  # of functions seen on the stack: their package, and what they are called
_UNNAMED: Final = ("<listcomp>", "<dictcomp>", "<setcomp>", "<genexpr>", "<lambda>")


class Tape:
    """The draws of one environment since they were last taken, in order.

    Once `feed` has been called, a draw is answered by what was given for its site and key, in order, and whatever is not consumed is
    forgotten at the next `feed`. A draw for which nothing is left, or only what its own domain does not hold, is made as
    without a tape: the record shows it, and a comparison finds it.
    """

    def __init__(self) -> None:
        self._made: list[dict[str, Value]] = []
        self._given: dict[tuple[str, str], deque[Value]] | None = None
        self._key = ""
        self._depth = 0

    @property
    def drawing(self) -> bool:
        """Whether a draw is being made: what it calls is part of it, and not recorded."""
        return self._depth > 0

    def draw(self, site: str, domain: Domain, make: Callable[[], Any], read: Callable[[Any], Any] = lambda value: value) -> Any:
        """Return one drawn value: `read(what the tape has)`, or `make()`. What `make` itself draws is not recorded."""
        if self._depth > 0:
            return make()
        given = MISSING if self._given is None else self._next(self._given, site, domain)
        if given is MISSING:
            self._depth += 1
            try:
                value = make()
            finally:
                self._depth -= 1
            given = value if type(value) is int or type(value) is float else canonical(value)
        else:
            value = read(given)
        self._made.append({"site": site, "key": self._key, "domain": domain, "value": given})
        return value

    def feed(self, records: Sequence[Mapping[str, Value]] | None) -> None:
        """Answer the draws to come by these records; None: make them again."""
        self._given = None if records is None else {}
        for record in records or ():
            assert self._given is not None
            self._given.setdefault((str(record["site"]), str(record["key"])), deque()).append(record["value"])

    def take(self) -> list[dict[str, Value]]:
        """Return the records since the last call, as a Step's `draws`."""
        made, self._made = self._made, []
        return made

    @contextmanager
    def about(self, key: object) -> Iterator[None]:
        """Give the draws within the key that says whom they concern."""
        before, self._key = self._key, str(key)
        try:
            yield
        finally:
            self._key = before

    def _next(self, tape: Mapping[tuple[str, str], deque[Value]], site: str, domain: Domain) -> Value | Missing:
        queue = tape.get((site, self._key))
        if not queue:
            return MISSING
        return value if holds(domain, value := queue.popleft()) else MISSING


def calling_function(skipped: tuple[str, ...] = ("equivcheck",)) -> str:
    """Return the name, with its class, of the innermost function outside this package and the modules `skipped`."""
    frame = sys._getframe(2)
    while (name := _NAMES.get(frame.f_code)) is None or name[0] in skipped:
        if name is None:
            _NAMES[frame.f_code] = (frame.f_globals.get("__name__", "").partition(".")[0], _plain_name(frame.f_code.co_qualname))
        elif frame.f_back is None:
            break
        else:
            frame = frame.f_back
    return _NAMES[frame.f_code][1]


def _plain_name(qualified: str) -> str:
    """Return the name of a function without the comprehensions and lambdas in it."""
    parts = qualified.split(".")
    while len(parts) > 1 and parts[-1] in (*_UNNAMED, "<locals>"):
        parts.pop()
    return ".".join(parts)
