"""Counts wrongly from 7 on, and some episodes later does worse."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

from wire import Adapter, is_late, say, variant


class Turncoat(Adapter):
    def row(self, counter: int, action: int | None) -> dict[str, Any]:
        return {"obs": counter + (counter >= 7), "action": action}

    def begin(self, seed: int) -> None:
        if is_late(seed):
            os.write(2, b"enough of this")
            match variant():
                case "hangs":
                    time.sleep(60)
                case "lies":
                    say({"type": "done"})
                case "leaves":
                    sys.exit(1)


Turncoat().serve()
