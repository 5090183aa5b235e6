"""Writes a gigabyte to standard error, and then its last words, or a good answer; or goes on for ever in the middle of one."""

from __future__ import annotations

import os
import sys
from typing import Any

from wire import Adapter, variant

NOISE = b"noise\n" * 2**17


class Flooder(Adapter):
    dry = False

    def send_block(self, block: dict[str, Any]) -> None:
        if variant() == "and_answers":
            if not self.dry:
                write_a_gigabyte()
            self.dry = True
            return super().send_block(block)
        while True:
            os.write(2, NOISE)


def write_a_gigabyte() -> None:
    for _ in range(10**9 // len(NOISE) + 1):
        sent = 0
        while sent < len(NOISE):
            sent += os.write(2, NOISE[sent:])


if variant() == "a_gigabyte":
    write_a_gigabyte()
    sys.exit("that was all")
Flooder().serve()
