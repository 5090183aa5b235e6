"""Ends before its time."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path
from typing import Any

import msgpack
from wire import Adapter, frame, is_late, variant, write


class Mortal(Adapter):
    def greeting(self) -> dict[str, Any]:
        return {**super().greeting(), "lanes": 4 if variant() == "among_others" else 1}

    def hello(self, message: dict[str, Any]) -> None:
        if variant() == "at_hello":
            sys.exit("no licence found")
        super().hello(message)

    def reset(self, message: dict[str, Any]) -> None:
        self.seed = message["episodes"][0]["seed"]
        super().reset(message)

    def send_block(self, block: dict[str, Any]) -> None:
        if variant() in ("in_mid_frame", "in_silence"):
            os.write(2, b"farewell" if variant() == "in_mid_frame" else b"")
            write(frame(msgpack.packb(block))[:-3])
            os._exit(7)
        super().send_block(block)

    def act(self, action: int) -> None:
        if variant() in ("at_action_3", "among_others") and action == 3:
            os.write(2, b"three is too many")
            ctypes.string_at(0)
        if variant() == "at_any_action" or (variant() == "of_even_seeds" and self.seed % 2 == 0):
            os.write(2, b"farewell")
            os._exit(7)

    def begin(self, seed: int) -> None:
        self.seed = seed
        mark = Path(sys.argv[2], "died before")
        if variant() == "once" and is_late(seed) and not mark.exists():
            mark.touch()
            os.write(2, b"out of luck")
            os._exit(5)


if variant() == "at_once":
    sys.exit(0)
Mortal().serve()
