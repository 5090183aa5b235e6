"""Answers with frames that hold no message, or one that would take a lot of memory."""

from __future__ import annotations

from typing import Any

import msgpack
from wire import Adapter, frame, variant, write

HEAD = b"\x82\xa4type\xa5steps\xa4runs"  # a map of two entries, the second of them still to come
TINY_RUN = b"\x94\x00\x00\x00\x00"
BODIES = {
    "reserved_byte": lambda: b"\xc1" * 100,
    "no_map": lambda: msgpack.packb([1, 2]),
    "no_type": lambda: msgpack.packb({"words": "?"}),
    "ends_too_soon": lambda: HEAD,
    "goes_on_after": lambda: HEAD + b"\xc0" + b"\x00" * 9,
    "number_as_key": lambda: HEAD + b"\x81\x01\x02",
    "no_utf8": lambda: HEAD + b"\xa2\xff\xfe",
    "unknown_extension": lambda: HEAD + msgpack.packb(msgpack.ExtType(7, b"abc")),
    "ten_thousand_deep": lambda: HEAD + b"\x91" * 10_000 + b"\xc0",
    "ten_thousand_maps_deep": lambda: HEAD + b"\x81\xa1a" * 10_000 + b"\xc0",
    "a_million_keys": lambda: HEAD + msgpack.packb({f"k{number}": 0 for number in range(1_000_000)}),
    "a_list_without_end": lambda: HEAD + b"\xdd\xff\xff\xff\xff",
    "lists_claimed_in_lists": lambda: HEAD + b"\xdd\x00\x3f\xff\xff" * 1_000,
    "a_text_without_end": lambda: HEAD + b"\xdb\xff\xff\xff\xff",
    "a_text_of_2_mib": lambda: HEAD + msgpack.packb("x" * 2**21),
    "ten_million_tiny_runs": lambda: HEAD + b"\xdd" + (10_000_000).to_bytes(4, "big") + TINY_RUN * 10_000_000,
    "four_million_tiny_runs": lambda: HEAD + b"\xdd\x00\x40\x00\x00" + TINY_RUN * 2**22,
    "64_mib_of_small_maps": lambda: HEAD + b"\x9f" + (b"\xdd\x00\x40\x00\x00" + b"\x80" * 2**22) * 15,
    "64_mib_of_small_lists_in_lists": lambda: HEAD + b"\x9f" + (b"\xdd\x00\x20\x00\x00" + b"\x91\x90" * 2**21) * 15,
    "64_mib_of_small_numbers": lambda: HEAD + b"\x9f" + (b"\xdd\x00\x40\x00\x00" + b"\x00" * 2**22) * 15,
    "64_mib_of_small_arrays": lambda: (
        HEAD + b"\xdd\x00\x40\x00\x00" + msgpack.packb(msgpack.ExtType(1, b"\x04int8\x01\x01\0\0\0\7")) * 2**22
    ),
}


class Garbler(Adapter):
    def send_block(self, block: dict[str, Any]) -> None:
        write(frame(BODIES[variant()]()))


Garbler().serve()
