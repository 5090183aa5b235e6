"""Starts processes that would outlive it, and ends or falls silent."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import Any

from wire import Adapter, variant


def linger() -> None:
    """Hold every pipe open, whatever is asked."""
    for deaf in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(deaf, signal.SIG_IGN)
    while True:
        time.sleep(60)


class Parent(Adapter):
    def send_block(self, block: dict[str, Any]) -> None:
        os.write(2, b"look after them")
        if os.fork() == 0:
            if variant() == "daemon":
                os.setsid()
                if os.fork():
                    os._exit(0)
                os.chdir("/")
            if variant() == "stranger":
                os.setsid()
                os.execve(sys.executable, [sys.executable, "-c", "import time; time.sleep(600)", sys.argv[2]], {})
            linger()
        if variant() in ("silent", "stranger"):
            linger()
        sys.exit(1)


Parent().serve()
