"""Adapter folders: a program with an `adapter.toml` beside it, built when it is first used.

```toml
name = "rust_target"
argv = ["target/release/rust_target"]         # relative to the folder; "{python}" is the Python that runs the checker
build = [["cargo", "build", "--release"]]     # optional
needs = ["cargo"]                             # optional: programs that must be there
environments = ["cartpole", "acrobot"]
memory_gib = 16                               # optional: what it may take with all that it starts
[deadlines]                                   # optional: each is optional
message_s = 120
```
"""

from __future__ import annotations

import fcntl
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any, Final

from equivcheck.backends.process import MEMORY_BYTES_MAX, Deadlines, ProcessBackend
from equivcheck.errors import AdapterError
from equivcheck.model.suggestion import closest

_WHERE_TO_GET: Final = {
    "cargo": "install Rust from https://rustup.rs",
    "node": "install Node.js from https://nodejs.org",
    "npm": "install Node.js from https://nodejs.org",
}
_DEADLINES: Final = tuple(one.name for one in fields(Deadlines))
_KEYS: Final = ("name", "argv", "build", "needs", "environments", "memory_gib", "deadlines")
_ERROR: Final = re.compile(r"^(fatal )?error\b|: (fatal )?error\b", re.IGNORECASE)  # as cargo, and as C compilers and tsc say it
_LINES_SHOWN: Final = 12
_MOST: Final = 1_000_000  # seconds, or GiB: above it somebody meant another unit


@dataclass(frozen=True, slots=True)
class AdapterProgram:
    """What an adapter.toml says: `argv` and the commands of `build` are run in `folder`."""

    folder: Path
    name: str
    argv: tuple[str, ...]
    build: tuple[tuple[str, ...], ...] = ()
    needs: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    deadlines: Deadlines = field(default_factory=Deadlines)
    memory_bytes_max: int = MEMORY_BYTES_MAX


def open_adapter(folder: Path, environment: str = "", manner: str = "") -> ProcessBackend:
    """Return a started adapter program, built first if need be. `manner`: see ProcessBackend. Raises: AdapterError."""
    program = read_adapter(folder)
    build_adapter(program)
    settings = str(folder / "adapter.toml")
    limits = (program.deadlines, program.memory_bytes_max)
    return ProcessBackend(program.argv, environment, program.folder, *limits, settings=settings, name=program.name, manner=manner)


def read_adapter(folder: Path) -> AdapterProgram:
    """Return what the folder's adapter.toml says. Raises: AdapterError."""
    file = folder / "adapter.toml"
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AdapterError(f"{file} cannot be read: {error}") from None
    _check_keys(table, _KEYS, f"{file}: ")
    build = table.get("build", [])
    if not isinstance(build, list):
        raise AdapterError(f"{file}: `build` is a list of commands, each a list of words")
    argv = _words(table.get("argv"), f"{file}: `argv`")
    if not argv:
        raise AdapterError(f"{file}: `argv` is empty")
    deadlines = table.get("deadlines", {})
    if not isinstance(deadlines, dict):
        raise AdapterError(f"{file}: `deadlines` is a table: [deadlines], and below it lines such as message_s = 120")
    _check_keys(deadlines, _DEADLINES, f"{file}: [deadlines]: ")
    memory_gib = _amount(table.get("memory_gib", MEMORY_BYTES_MAX / 2**30), f"{file}: `memory_gib`", "GiB")
    return AdapterProgram(
        folder=folder.resolve(),
        name=str(table.get("name", folder.name)),
        argv=argv,
        build=tuple(_words(command, f"{file}: a command of `build`") for command in build),
        needs=_words(table.get("needs", []), f"{file}: `needs`"),
        environments=_words(table.get("environments", []), f"{file}: `environments`"),
        deadlines=Deadlines(**{key: _amount(value, f"{file}: [deadlines]: `{key}`", "seconds") for key, value in deadlines.items()}),
        memory_bytes_max=int(memory_gib * 2**30),
    )


def _check_keys(table: Mapping[str, Any], keys: Iterable[str], place: str) -> None:
    for name in table:
        if name in keys:
            continue
        hint = " (it belongs under [deadlines])" if name in _DEADLINES else closest(name, keys)
        raise AdapterError(f"{place}unknown key {name!r}{hint}; the keys are {', '.join(keys)}")


def _amount(plain: Any, what: str, unit: str) -> float:
    if isinstance(plain, bool) or not isinstance(plain, (int, float)) or not 0 < plain <= _MOST:
        raise AdapterError(f"{what} is a number of {unit} above 0 and at most {_MOST:,}, not {plain!r}")
    return float(plain)


def _words(plain: Any, what: str) -> tuple[str, ...]:
    if not isinstance(plain, list) or not all(isinstance(word, str) for word in plain):
        raise AdapterError(f"{what} is a list of words")
    return tuple(word.replace("{python}", sys.executable) for word in plain)


@cache
def build_adapter(program: AdapterProgram) -> None:
    """Run the commands that build a program, once in this process and never two processes at a time. Raises: AdapterError."""
    for tool in program.needs:
        if shutil.which(tool) is None:
            hint = _WHERE_TO_GET.get(tool, f"install it, so that `{tool}` is found on PATH")
            raise AdapterError(f"{program.name} needs {tool}: {hint}", argv=program.argv, hint=hint)
    if not program.build:
        return
    with (program.folder / "adapter.toml").open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # until it is closed: two builds at once would spoil each other's files
        for command in program.build:
            _run(program, command)


def _run(program: AdapterProgram, command: tuple[str, ...]) -> None:
    try:
        done = subprocess.run(command, cwd=program.folder, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except OSError as error:
        raise AdapterError(f"{program.name} cannot be built: {error}", argv=command) from None
    if done.returncode:
        words = _telling_lines((done.stdout + done.stderr).decode(errors="replace"))
        complaint = f"{program.name} cannot be built: {' '.join(command)} exited with status {done.returncode}"
        raise AdapterError(complaint, argv=command, last_words=words, hint=f"run it by hand in {program.folder}")


def _telling_lines(words: str) -> str:
    """Return the first error of a build with what follows it, and the end of what it said: as much as is shown of last words."""
    lines = [line.rstrip() for line in words.splitlines() if line.strip()]
    first = next((number for number, line in enumerate(lines) if _ERROR.search(line)), len(lines))
    if first >= len(lines) - _LINES_SHOWN:
        return "\n".join(lines[-_LINES_SHOWN:])
    return "\n".join([*lines[first : first + _LINES_SHOWN - 3], "...", *lines[-2:]])
