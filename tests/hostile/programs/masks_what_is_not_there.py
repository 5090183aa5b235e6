"""Offers 2^31 actions, and masks that allow five of them."""

from __future__ import annotations

from typing import Any

from wire import Adapter, array


class Masker(Adapter):
    def greeting(self) -> dict[str, Any]:
        return {**super().greeting(), "actions": {"type": "discrete", "n": 2**31, "start": 0}}

    def steps(self, runs: list[list[int]], rows: list[dict[str, Any]], more: bool = False, rolled: bool = False) -> dict[str, Any]:
        block = super().steps(runs, rows, more, rolled)
        block["columns"]["legal"] = ["array", array("bool", [len(rows), 5], b"\1" * 5 * len(rows)), None]
        return block


Masker().serve()
