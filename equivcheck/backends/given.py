"""What people give by name, `package.module:attribute`: found, and called, with words for what goes wrong."""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from equivcheck.backends.local import error_words
from equivcheck.errors import AdapterError, EquivcheckError


def load_object(name: str, folder: Path) -> Any:
    """Return what `package.module:attribute` names, `folder` being searched first.

    Raises: AdapterError with what is missing.
    """
    place = str(folder.resolve())
    if place not in sys.path:
        sys.path.insert(0, place)
    try:
        return pkgutil.resolve_name(name)
    except (ImportError, AttributeError, ValueError) as error:
        hint = f"write package.module:attribute; modules are looked for in {place} first"
        raise AdapterError(f"{name!r} cannot be loaded: {error}", hint=hint) from error


def call_given(name: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """Return what a function of the user's answers; `name` is how it was named. Raises: AdapterError where it fails."""
    try:
        return function(*arguments)
    except EquivcheckError:
        raise
    except Exception as error:
        raise AdapterError(f"{name!r} failed: {error_words(error)}") from error
