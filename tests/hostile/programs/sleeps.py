"""Falls silent, with a word to standard error before."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from wire import Adapter, frame, variant, write


class Sleeper(Adapter):
    def hello(self, message: dict[str, Any]) -> None:
        if variant() == "at_hello":
            sleep()
        super().hello(message)

    def send_block(self, block: dict[str, Any]) -> None:
        match variant():
            case "in_mid_frame":
                write(frame(b"\x82" * 1000)[:500])
            case "byte_by_byte":
                write((60_000_000).to_bytes(4, "little"))
                while True:
                    write(b"\x82")
                    time.sleep(0.02)
            case "deaf":
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                signal.signal(signal.SIGINT, signal.SIG_IGN)
                signal.signal(signal.SIGHUP, signal.SIG_IGN)
            case "without_standard_output":
                os.write(2, b"good night")
                os.close(1)
        sleep()


def sleep() -> None:
    os.write(2, b"good night")
    while True:
        time.sleep(60)


Sleeper().serve()
