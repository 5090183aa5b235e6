"""Gives answers that nobody asked for."""

from __future__ import annotations

from typing import Any

from wire import Adapter, say, variant


class Interrupter(Adapter):
    def send_block(self, block: dict[str, Any]) -> None:
        match variant():
            case "done":
                say({"type": "done"})
            case "hello":
                say(self.greeting())
            case "unknown":
                say({"type": "shrug"})
            case "twice":
                say(block)
                say(block)
            case "more_for_ever":
                while True:
                    say({"type": "steps", "more": True, "runs": [], "columns": {}, "ends": []})
            case "more_runs_of_none_for_ever":
                while True:
                    say({"type": "steps", "more": True, "runs": [[0, 0, 0, 0]] * 100, "columns": {}, "ends": []})
            case "more_without_more":
                say({**block, "more": True})
                say({"type": "done"})

    def discard(self, message: dict[str, Any]) -> None:
        if variant() == "done_twice":
            say({"type": "done"})
        say({"type": "done"})


Interrupter().serve()
