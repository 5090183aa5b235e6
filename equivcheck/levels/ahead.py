"""Asks the reference ahead: where it is a program, it plays the next batch while the target still answers this one."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType

from equivcheck.pair import Asked, Side


class Ahead:
    """Asks one side in a thread of its own, where the side is a program; elsewhere when the answer is wanted.

    Leaving it waits for what is still being answered; leaving it through an error kills the program instead.
    """

    def __init__(self, side: Side) -> None:
        self._side = side
        self._pool = ThreadPoolExecutor(1, "ahead") if side.is_program else None

    def __enter__(self) -> Ahead:
        """Enter."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        """Leave nothing running."""
        if self._pool is not None:
            if kind is not None:
                self._side.kill()
            self._pool.shutdown(cancel_futures=True)

    def ask(self, work: Callable[[], Asked]) -> Callable[[], Asked]:
        """Have `work` done, which asks the side; return what gives its result, or raises what it raised."""
        return work if self._pool is None else self._pool.submit(work).result
