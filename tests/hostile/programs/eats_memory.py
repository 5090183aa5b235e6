"""Takes memory without end in the middle of an answer; or lets a child do so."""

from __future__ import annotations

import os
import time
from typing import Any

from wire import Adapter, variant


class Eater(Adapter):
    def send_block(self, block: dict[str, Any]) -> None:
        if variant() == "by_a_child" and os.fork():
            time.sleep(60)
        eaten = []
        while True:
            eaten.append(b"\xff" * 2**23)
            time.sleep(0.01)


Eater().serve()
