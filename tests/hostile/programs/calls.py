"""Honest in its episodes, and hostile in its component, `twice`."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

from wire import Adapter, say, variant

_NUMBERS = {"at_37": (37,), "and_never_again": (37,), "at_many": range(7, 100, 10), "at_thirds": range(0, 100, 3)}


class Caller(Adapter):
    def greeting(self) -> dict[str, Any]:
        return {**super().greeting(), "capabilities": ["call"], "components": ["twice"]}

    def hello(self, message: dict[str, Any]) -> None:
        with Path(sys.argv[2], "starts").open("a") as starts:
            if variant().endswith(":and_never_again") and starts.tell():
                sys.exit("no licence found")
            starts.write(".")
        super().hello(message)

    def call(self, message: dict[str, Any]) -> None:
        results = []
        for (number,) in message["arguments"]:
            how, _, when = variant().partition(":")
            if when == "always" or (when == "when_many" and len(message["arguments"]) > 8) or number % 100 in _NUMBERS.get(when, ()):
                os.write(2, f"twice {number} is too much".encode())
                match how:
                    case "dies":
                        os._exit(7)
                    case "sleeps":
                        time.sleep(600)
                    case "fails":
                        return say({"type": "failed", "words": "too much"})
            results.append(2 * number)
        say({"type": "results", "results": results})


Caller().serve()
