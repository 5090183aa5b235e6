"""A process, its pipes and its descendants: bytes in and out, watched for time and memory, and gone without a rest."""

from __future__ import annotations

import contextlib
import fcntl
import os
import selectors
import signal
import subprocess
import time
import uuid
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import psutil

from equivcheck.errors import AdapterError

LAST_WORDS_BYTES: Final = 64 * 2**10
_PIPE_BYTES: Final = 2**20
_MEMORY_POLL_S: Final = 0.25
_MARK: Final = "EQUIVCHECK_ADAPTER"  # in the environment of an adapter and all that it starts


class MemoryLimit(Exception):
    """A program and what it started hold more memory than they may."""


class Supervised:
    """A running program. Raises: AdapterError where it cannot be started."""

    def __init__(self, argv: Sequence[str], cwd: Path | None, memory_bytes_max: int, variables: Mapping[str, str]) -> None:
        self.argv = tuple(argv)
        self._memory_bytes_max = memory_bytes_max
        mark = uuid.uuid4().hex
        try:
            self._process = subprocess.Popen(
                self.argv,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=cwd,
                bufsize=0,
                start_new_session=True,
                env={**os.environ, **variables, _MARK: f"{os.environ.get(_MARK, '')} {mark}"},
            )
        except (OSError, ValueError) as error:
            hint = f"the program is looked for in {cwd or Path.cwd()} and on PATH"
            raise AdapterError(f"{self.argv[0] if argv else 'nothing'!r} cannot be started: {error}", argv=self.argv, hint=hint) from None
        self._selector = selectors.DefaultSelector()
        self.end = weakref.finalize(self, _end, self._process, self._selector, mark, os.getpid())
        pipes = [pipe.fileno() for pipe in (self._process.stdin, self._process.stdout, self._process.stderr) if pipe is not None]
        self._stdin, self._stdout, self._stderr = pipes
        for pipe in pipes:
            os.set_blocking(pipe, False)
            with contextlib.suppress(AttributeError, OSError):  # a larger pipe is faster, and not everywhere to be had
                fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        self._selector.register(self._stdout, selectors.EVENT_READ)
        self._selector.register(self._stderr, selectors.EVENT_READ)
        self._outgoing = bytearray()
        self._ring = bytearray()
        self._memory_looked_at = time.monotonic()

    def send(self, data: bytes) -> None:
        """Queue bytes for standard input; what the pipe does not take now goes out while `receive` waits."""
        self._outgoing += data
        self._flush()

    def receive(self, until: float) -> bytes:
        """Return what standard output has, b"" where the program is gone.

        Raises: TimeoutError where nothing came until the monotonic time `until`; MemoryLimit.
        """
        while True:
            now = time.monotonic()
            if now - self._memory_looked_at > _MEMORY_POLL_S:
                self._check_memory(now)
            wait_s = min(until - now, _MEMORY_POLL_S)
            ready = {key.fd for key, _ in self._selector.select(max(wait_s, 0.0))}
            if self._stderr in ready:
                self._hear()
            if self._stdin in ready:
                self._flush()
            gone = not ready and self._process.poll() is not None  # though a descendant may hold the pipe open
            if (self._stdout in ready or gone) and (data := _read(self._stdout)) is not None:
                return data
            if gone:
                return b""
            if wait_s <= 0:
                raise TimeoutError

    def overheard(self) -> bytes:
        """Return what standard output has already, without waiting."""
        return _read(self._stdout) or b""

    def last_words(self) -> str:
        """Return the tail of standard error."""
        self._hear()
        return self._ring.decode(errors="replace")

    def exit_words(self) -> str:
        """Return how the program ended, in words; waits a moment for it to end."""
        try:
            status = self._process.wait(1.0)
        except subprocess.TimeoutExpired:
            return "it closed its standard output and ran on"
        if status < 0:
            known = {int(number): number.name for number in signal.Signals}
            return f"it was killed by {known.get(-status, f'signal {-status}')}"
        return f"it exited with status {status}"

    def kill(self) -> None:
        """Kill the program; who listens to it finds it gone, and clears up."""
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def finish(self, timeout_s: float) -> None:
        """Close standard input and let the program end by itself, for so long; then end it."""
        self._flush()
        if self._stdin in self._selector.get_map():
            self._selector.unregister(self._stdin)
        if self._process.stdin is not None:
            self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout_s)
        self.end()

    def _flush(self) -> None:
        """Write what standard input takes, and have `receive` wait for it while there is more."""
        try:
            while self._outgoing:
                sent = os.write(self._stdin, memoryview(self._outgoing)[: 2**20])
                del self._outgoing[:sent]
        except BlockingIOError:
            pass
        except OSError:
            self._outgoing.clear()  # nobody reads any more; standard output will tell
        waiting = self._stdin in self._selector.get_map()
        if self._outgoing and not waiting:
            self._selector.register(self._stdin, selectors.EVENT_WRITE)
        elif waiting and not self._outgoing:
            self._selector.unregister(self._stdin)

    def _hear(self) -> None:
        data = _read(self._stderr)
        if data == b"" and self._stderr in self._selector.get_map():
            self._selector.unregister(self._stderr)
        self._ring += data or b""
        del self._ring[:-LAST_WORDS_BYTES]

    def _check_memory(self, now: float) -> None:
        taken = 0
        with contextlib.suppress(psutil.Error):
            top = psutil.Process(self._process.pid)
            for process in (top, *top.children(recursive=True)):
                with contextlib.suppress(psutil.Error):
                    taken += process.memory_info().rss
        self._memory_looked_at = time.monotonic()
        if taken > self._memory_bytes_max:
            raise MemoryLimit(f"took {taken / 2**30:.2f} GiB of memory; {self._memory_bytes_max / 2**30:.2f} are allowed")


def _read(pipe: int) -> bytes | None:
    """Return what a pipe has, b"" at its end, None where it has nothing now."""
    try:
        return os.read(pipe, 2**20)
    except BlockingIOError:
        return None
    except OSError:
        return b""


def _end(process: subprocess.Popen[bytes], selector: selectors.BaseSelector, mark: str, owner: int) -> None:
    """Kill a program with every process that descends from it, whatever session that moved to, and close the pipes."""
    if os.getpid() != owner:
        return  # a fork of ours ends, and the program is not its own
    if process.poll() is None:
        descendants = _descendants(process.pid)  # some may have neither its group nor our mark
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        for descendant in descendants:
            with contextlib.suppress(psutil.Error):
                descendant.kill()
    while sum(_kill_marked(other, mark) for other in psutil.process_iter()):
        time.sleep(0.005)  # one of them may have forked meanwhile
    selector.close()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    process.wait()


def _descendants(pid: int) -> list[psutil.Process]:
    """Return the processes below one, as long as their parents live."""
    try:
        return list(psutil.Process(pid).children(recursive=True))
    except psutil.Error:
        return []


def _kill_marked(other: psutil.Process, mark: str) -> bool:
    """Kill a process that was started by the program; return whether it was one."""
    try:
        found = mark in other.environ().get(_MARK, "") and other.status() != psutil.STATUS_ZOMBIE
        if found:
            other.kill()
    except (psutil.Error, OSError):
        return False
    return found
