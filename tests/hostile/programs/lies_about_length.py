"""Announces frames of a length that they do not have."""

from __future__ import annotations

from typing import Any

import msgpack
from wire import Adapter, variant, write

LENGTHS = {"zero": lambda length: 0, "four_gib": lambda length: 2**32 - 1, "one_short": lambda length: length - 1}


class Liar(Adapter):
    def send_block(self, block: dict[str, Any]) -> None:
        body = msgpack.packb(block)
        write(LENGTHS[variant()](len(body)).to_bytes(4, "little") + body)


Liar().serve()
