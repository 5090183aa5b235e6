"""Writes a gigabyte to standard error, and then its last words; or goes on for ever in the middle of an answer."""

from __future__ import annotations

import os
import sys
from typing import Any

from wire import Adapter, variant

NOISE = b"noise\n" * 2**17


class Flooder(Adapter):
    def send_block(self, block: dict[str, Any]) -> None:
        while True:
            os.write(2, NOISE)


if variant() == "a_gigabyte":
    for _ in range(10**9 // len(NOISE) + 1):
        sent = 0
        while sent < len(NOISE):
            sent += os.write(2, NOISE[sent:])
    sys.exit("that was all")
Flooder().serve()
