"""Tape: what one environment draws, recorded; or answered by what another has drawn."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from equivcheck.model.values import MISSING, Missing, Value, canonical
from equivcheck.recording.domains import Domain, holds

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

    def draw(self, site: str, domain: Domain, make: Callable[[], Any], read: Callable[[Any], Any] = lambda value: value) -> Any:
        """Return one drawn value: `read(what the tape has)`, or `make()`. What `make` itself draws is not recorded."""
        if self._depth:
            return make()
        given = self._next(site, domain)
        if given is MISSING:
            self._depth += 1
            try:
                value = make()
            finally:
                self._depth -= 1
        else:
            value = read(given)
        self._made.append({"site": site, "key": self._key, "domain": domain, "value": canonical(value) if given is MISSING else given})
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

    def _next(self, site: str, domain: Domain) -> Value | Missing:
        queue = None if self._given is None else self._given.get((site, self._key))
        if not queue:
            return MISSING
        return value if holds(domain, value := queue.popleft()) else MISSING


def calling_function(*skipped: str) -> str:
    """Return the name, with its class, of the innermost function outside this package and the modules `skipped`."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] in _outside(skipped):
        frame = frame.f_back
    parts = frame.f_code.co_qualname.split(".")
    while len(parts) > 1 and parts[-1] in (*_UNNAMED, "<locals>"):
        parts.pop()
    return ".".join(parts)


def _outside(skipped: tuple[str, ...]) -> tuple[str, ...]:
    return ("equivcheck", *skipped)
