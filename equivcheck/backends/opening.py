"""Addresses: from what a user names to a Backend.

`gymnasium:ID?key=value`, `python:module:factory`, `adapters/folder:environment`, `stdio:program arguments`, `trace:file`; and
`self:VARIANT:ADDRESS`, a side played in another manner, `call:COMPONENT:ADDRESS`, a function that it exports, and `law:LAW:checked:ADDRESS`
and `law:LAW:granted:ADDRESS`, a side that says of a law whether it holds, and that it does.
"""

from __future__ import annotations

import importlib
import inspect
import re
import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from equivcheck.backends.called import CalledBackend
from equivcheck.backends.given import load_object
from equivcheck.backends.interface import Backend
from equivcheck.backends.lawful import LawfulBackend
from equivcheck.backends.laws import COUNT_LAW, LAWS, Law, no_count_wraps
from equivcheck.backends.local import Instance, LocalBackend, error_words
from equivcheck.backends.plain import PlainInstance
from equivcheck.backends.variants import MANNERS, VARIANTS, Variant
from equivcheck.errors import AdapterError, EquivcheckError
from equivcheck.model.request import Greeting
from equivcheck.model.suggestion import closest

ADDRESS_CHARACTERS_MAX = 4_096
KINDS = "gymnasium:ID, python:module:factory, FOLDER:environment (with an adapter.toml), stdio:COMMAND, trace:FILE"


@dataclass(frozen=True, slots=True)
class Opening:
    """Where addresses are looked up: relative paths and modules in `folder` first, `object:NAME` among `objects`.

    `owned` is False for sides whose answers are to be read late (see local.Instance); only local sides differ by it.
    `manner` is how a JAX environment is played (see backends.ecosystem.manners); only one that says it can differs by it.
    """

    folder: Path
    objects: Mapping[str, Callable[[], Any]] = field(default_factory=dict)
    owned: bool = True
    manner: str = ""

    def open(self, address: str) -> Backend:
        """Return a Backend for an address. Raises: AdapterError where there is no such thing, or it cannot be started."""
        if "\0" in address or len(address) > ADDRESS_CHARACTERS_MAX:
            why = f"it has a NUL in it, or more than {ADDRESS_CHARACTERS_MAX:,} characters"
            raise AdapterError(f"what begins with {address[:40]!r} is no address: {why}")
        scheme, colon, rest = address.partition(":")
        opener = OPENERS.get(scheme) if colon else None
        if opener is not None:
            return opener(rest, self)
        path, _, environment = address.rpartition(":") if colon else (address, "", "")
        for folder, name in ((self.folder / path, environment), (self.folder / address, "")):
            if _is_file(folder / "adapter.toml"):
                programs = importlib.import_module("equivcheck.backends.programs")
                backend: Backend = programs.open_adapter(folder, name, self.manner)
                return backend
        raise AdapterError(f"nothing is known by the address {address!r}", hint=f"an address is one of {KINDS}")


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that no file can have
        return False


def wrap(factory: Callable[[], Any], name: str, version: str = "", *, owned: bool = True, manner: str = "") -> Backend:
    """Return a Backend over what `factory` makes: a Backend, a gymnasium or gymnax-like environment, or a plain object.

    Raises: AdapterError where the factory fails, or what it makes has no `reset` and `step`.
    """
    try:
        first = factory()
    except EquivcheckError:
        raise
    except Exception as error:
        raise AdapterError(f"{name} cannot be made: {error_words(error)}") from error
    if hasattr(first, "greeting") and hasattr(first, "play"):
        return first  # type: ignore[no-any-return]  # a Backend already, by its shape
    if not callable(getattr(first, "reset", None)) or not callable(getattr(first, "step", None)):
        raise AdapterError(f"{name} made a {type(first).__name__} without `reset` and `step`")
    greeting = Greeting(name, version)
    if "gymnasium" in sys.modules:
        library = importlib.import_module("equivcheck.backends.ecosystem.gymnasium")
        if library.is_vector_env(first):
            vector: Backend = library.VectorBackend(lambda count: factory(), greeting, owned=owned)
            return vector
        if library.is_gymnasium_env(first):
            return _local(first, factory, partial(library.GymnasiumInstance, owned=owned), greeting)
    if is_functional(first):
        ecosystem = importlib.import_module("equivcheck.backends.ecosystem.functional")
        functional: Backend = ecosystem.FunctionalBackend(first, greeting, manner)
        return functional
    return _local(first, factory, partial(PlainInstance, owned=owned), greeting)


def _local(first: Any, factory: Callable[[], Any], convert: Callable[[Any], Instance], greeting: Greeting) -> LocalBackend:
    made = [first]
    components = getattr(first, "components", {})
    if not isinstance(components, Mapping) or not all(map(callable, components.values())):
        raise AdapterError(f"`components` of {greeting.name} needs to be a dict of name to function")
    return LocalBackend(lambda: convert(made.pop() if made else factory()), greeting, components)


def is_functional(first: Any) -> bool:
    """Return whether `step` takes a key and a state, in the manner of gymnax."""
    try:
        names = inspect.signature(first.step).parameters
    except (TypeError, ValueError):
        return False
    return "key" in names and "state" in names


def _open_python(rest: str, opening: Opening) -> Backend:
    name, mark, option = rest.partition("?")
    named = load_object(name, opening.folder)
    factory = named if callable(named) else lambda: named
    if mark:
        factory = _recorded(factory, option)
    return wrap(factory, f"python:{rest}", owned=opening.owned, manner=opening.manner)


def _recorded(factory: Callable[[], Any], option: str) -> Callable[[], Any]:
    if option != "draws=true":
        raise AdapterError(f"{option!r} is no option of a Python object", hint="draws=true shows what a functional JAX environment draws")
    try:
        record: Callable[[Any], Any] = importlib.import_module("equivcheck.backends.ecosystem.functional_tape").Recorded
    except ImportError as error:
        raise AdapterError(f"to record what is drawn from keys needs JAX: {error}", hint="pip install 'equivcheck[jax]'") from error
    return lambda: record(factory())


def _open_gymnasium(rest: str, opening: Opening) -> Backend:
    try:
        importlib.import_module("gymnasium")
    except ImportError as error:
        raise AdapterError(f"gymnasium cannot be imported: {error}", hint="pip install 'equivcheck[gymnasium]'") from error
    opened: Backend = importlib.import_module("equivcheck.backends.ecosystem.gymnasium").open_gymnasium(
        rest, opening.folder, owned=opening.owned
    )
    return opened


def _open_program(rest: str, opening: Opening) -> Backend:
    try:
        argv = tuple(shlex.split(rest))
    except ValueError as error:
        raise AdapterError(f"{rest!r} is no command: {error}") from None
    if not argv:
        raise AdapterError("no command follows `stdio:`", hint="write stdio:PROGRAM ARGUMENTS")
    backend: Backend = importlib.import_module("equivcheck.backends.process").ProcessBackend(
        argv, cwd=opening.folder, manner=opening.manner
    )
    return backend


def _open_trace(rest: str, opening: Opening) -> Backend:
    backend: Backend = importlib.import_module("equivcheck.backends.recorded").open_recorded(opening.folder / rest)
    return backend


def _open_variant(rest: str, opening: Opening) -> Backend:
    name, _, address = rest.partition(":")
    if name not in VARIANTS:
        raise AdapterError(f"no variant {name!r}: one of {', '.join(VARIANTS)}")
    opening = replace(opening, owned=opening.owned and name != "read_late", manner=name if name in MANNERS else opening.manner)
    opened = opening.open(address)
    if name in MANNERS and MANNERS[name] not in opened.greeting.capabilities:
        opened.close()
        raise AdapterError(f"{address} does not say that it can be played {name}")
    return Variant(opened, VARIANTS[name])


def _open_called(rest: str, opening: Opening) -> Backend:
    name, _, address = rest.partition(":")
    return CalledBackend(opening.open(address), name)


def _open_lawful(rest: str, opening: Opening) -> Backend:
    parts = re.split(r":(checked|granted):", rest, maxsplit=1)
    if len(parts) != 3:
        raise AdapterError(f"{rest!r} names no law of a side", hint="write law:NAME:checked:ADDRESS")
    return LawfulBackend(opening.open(parts[2]), parts[0], law_named(parts[0], opening.folder), parts[1] == "granted")


def law_named(name: str, folder: Path) -> Law:
    """Return a law by its row, or the function that `package.module:function` names. Raises: AdapterError where there is none."""
    if name.startswith(COUNT_LAW):
        return no_count_wraps(name.removeprefix(COUNT_LAW))
    if ":" in name:
        law: Law = load_object(name, folder)
        return law
    if name not in LAWS:
        raise AdapterError(f"there is no law {name!r}{closest(name, LAWS)}", hint=f"there are {', '.join(LAWS)}")
    return LAWS[name]


def _open_object(rest: str, opening: Opening) -> Backend:
    return wrap(opening.objects[rest], f"object:{rest}", owned=opening.owned, manner=opening.manner)


OPENERS: Mapping[str, Callable[[str, Opening], Backend]] = {
    "call": _open_called,
    "gymnasium": _open_gymnasium,
    "law": _open_lawful,
    "object": _open_object,
    "python": _open_python,
    "self": _open_variant,
    "stdio": _open_program,
    "trace": _open_trace,
}
