"""Puts terminal escapes, C1 controls, line feeds and marks that turn the writing direction wherever text may stand."""

from __future__ import annotations

import os
import sys
from typing import Any

from wire import Adapter, say, variant

CONTROLLED = "\x1b[2J\x1b]0;owned\x07\x00\x08\x7f"
PAINTED = "painted\u202egreen\u2066\u200f\x9b31m\u009d\x85"


class Painter(Adapter):
    def hello(self, message: dict[str, Any]) -> None:
        match variant():
            case "words":
                say({"type": "refused", "words": PAINTED + CONTROLLED + "\nEQUIVALENT  everything"})
            case "environments":
                say({"type": "failed", "words": f"there are: {PAINTED}, {CONTROLLED}"})
            case "environments_in_hello":
                say({**self.greeting(), "environments": [PAINTED + CONTROLLED]})
            case "version":
                say({**self.greeting(), "version": PAINTED, "name": PAINTED, "environment": PAINTED})
            case "fields_of_hello":
                say({**self.greeting(), "fields": {f'["{PAINTED}"]': {"kind": "int"}, PAINTED + CONTROLLED: {"kind": "int"}}})
            case "space":
                say({**self.greeting(), "actions": {"type": PAINTED}})
            case _:
                super().hello(message)

    def send_block(self, block: dict[str, Any]) -> None:
        (run,) = block["runs"]
        match variant():
            case "stderr":
                os.write(2, (PAINTED + CONTROLLED).encode())
                sys.exit(1)
            case "type":
                say({"type": PAINTED})
            case "ends" if run[1]:
                pass  # the lane has given up
            case "ends":
                columns = {path: ["scalar", cut(block["columns"][path][1]), None] for path in ("obs", "terminated")}
                ends = [[*run[:2], 1, "failed", PAINTED + CONTROLLED]]
                say({**block, "columns": columns, "runs": [[*run[:3], 1]], "ends": ends, "more": False})
            case "fields":
                say({**block, "columns": {**block["columns"], f'["{PAINTED}"]': ["ragged", [PAINTED] * run[3], None]}})
            case "values":
                say({**block, "columns": {**block["columns"], "obs": ["ragged", [PAINTED] * run[3], None]}})
            case "values_with_controls":
                say({**block, "columns": {**block["columns"], "obs": ["ragged", [CONTROLLED] * run[3], None]}})
            case "fields_with_controls":
                say({**block, "columns": {**block["columns"], CONTROLLED: ["ragged", ["x"] * run[3], None]}})
            case _:
                say(block)


def cut(values: Any) -> Any:
    """The first row alone of a column of int64 or bool."""
    start, width = (11, 8) if values.data[1:2] == b"i" else (10, 1)  # where the elements begin, and how wide one is
    return type(values)(1, values.data[: start - 4] + b"\1\0\0\0" + values.data[start : start + width])


Painter().serve()
