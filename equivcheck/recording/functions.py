"""Functions that draw, recorded whole: what they could return, not the numbers beneath."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import ModuleType
from typing import Any

from equivcheck.recording.domains import Domain
from equivcheck.recording.tape import Tape, calling_function


def record_function(module: ModuleType, name: str, domain: Callable[..., Domain]) -> None:
    """Record from now on each call of a module's function as one draw of `domain(*its arguments)`.

    Calls without a generator that has a tape (see `TapedGenerator`) among the arguments go on as before. What is returned has to be
    what a draw can be: a number, or an array of them.
    """
    function = getattr(module, name)
    original = getattr(function, "unrecorded", function)

    @functools.wraps(original)
    def call(*arguments: Any, **keywords: Any) -> Any:
        for argument in (*arguments, *keywords.values()):
            tape = getattr(argument, "tape", None)
            if isinstance(tape, Tape):
                return tape.draw(calling_function(), domain(*arguments, **keywords), lambda: original(*arguments, **keywords))
        return original(*arguments, **keywords)

    call.unrecorded = original  # type: ignore[attr-defined]
    setattr(module, name, call)
