"""The exceptions of equivcheck: three ways in which somebody's input is wrong.

What a run *finds* is never an exception: a Divergence is a value.
"""

from __future__ import annotations

from typing import Literal


class EquivcheckError(Exception):
    """Anything equivcheck says to a person instead of a traceback."""


class SpecError(EquivcheckError):
    """The user's contract cannot be read, or contradicts what a side declares (exit code 2)."""


class AdapterError(EquivcheckError):
    """A side cannot be started or described, fell silent, or died.

    `argv` is the command that ran the adapter (empty for a side in this process), `last_words` the tail of
    its standard error. Neither has been cleaned: use `equivcheck.reports.words.printable` before printing.
    `how` a request went wrong: the program said that it `failed`, `died` of it, or was `ended` over it; "" for anything else.
    """

    def __init__(
        self,
        message: str,
        *,
        argv: tuple[str, ...] = (),
        last_words: str = "",
        hint: str = "",
        how: Literal["", "failed", "died", "ended"] = "",
    ) -> None:
        super().__init__(message)
        self.how = how
        self.argv = argv
        self.last_words = last_words
        self.hint = hint


class ProtocolError(EquivcheckError):
    """A frame is malformed or out of turn; `side` says whose mistake it is."""

    def __init__(self, message: str, *, side: Literal["local", "remote"] = "remote") -> None:
        super().__init__(message)
        self.side = side


class InputError(EquivcheckError):
    """A trace, JSON-lines or counterexample file cannot be read; says which and from where on."""


def failure_words(error: EquivcheckError) -> str:
    """Return what went wrong with a side in one line: the error, its last words, what to do."""
    parts = [str(error)]
    if isinstance(error, AdapterError):
        parts += [f"its last words: {error.last_words.strip()[-1200:]}"] if error.last_words.strip() else []
        parts += [error.hint] if error.hint else []
    return "; ".join(parts)
