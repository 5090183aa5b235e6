"""What people give by name, `package.module:attribute`: found, and called, with words for what goes wrong."""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from equivcheck.backends.local import error_words
from equivcheck.errors import AdapterError, EquivcheckError


def load_object(name: str, folder: Path) -> Any:
    """Return what `package.module:attribute` names, `folder` being searched first.

    Raises: AdapterError with what is missing.
    """
    place = str(folder.resolve())
    if sys.path[:1] != [place]:
        _come_first(place)
    try:
        return pkgutil.resolve_name(name)
    except (ImportError, AttributeError, ValueError) as error:
        hint = f"write package.module:attribute; modules are looked for in {place} first"
        raise AdapterError(f"{name!r} cannot be loaded: {error}", hint=hint) from error


def _come_first(place: str) -> None:
    """Let modules be looked for in a folder first, those included whose namesakes in another such folder were imported before."""
    if place in sys.path:
        sys.path.remove(place)
    sys.path.insert(0, place)
    others = _HOMES.keys() - {place}
    mine = _HOMES.setdefault(place, {})
    tops = {file.stem for file in Path(place).glob("*.py")} | {file.parent.name for file in Path(place).glob("*/__init__.py")}
    for name in [name for name in sys.modules if name.partition(".")[0] in tops]:
        file, top = Path(getattr(sys.modules[name], "__file__", None) or ""), name.partition(".")[0]
        home = next((other for other in others if file == Path(other, f"{top}.py") or Path(other, top) in file.parents), None)
        if home is not None:
            _HOMES[home][name] = sys.modules.pop(name)
    sys.modules.update({name: module for name, module in mine.items() if name not in sys.modules})


_HOMES: dict[str, dict[str, ModuleType]] = {}  # folders that were searched, each with its modules that stepped back for namesakes


def call_given(name: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """Return what a function of the user's answers; `name` is how it was named. Raises: AdapterError where it fails."""
    try:
        return function(*arguments)
    except EquivcheckError:
        raise
    except Exception as error:
        raise AdapterError(f"{name!r} failed: {error_words(error)}") from error
