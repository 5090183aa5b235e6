"""What the programs that die play, as long as they live."""

from __future__ import annotations

from typing import Any


class Counter:
    actions = 5

    def reset(self, seed: int) -> dict[str, Any]:
        self.n = seed % 3
        return {"obs": self.n, "terminated": False}

    def step(self, action: int) -> dict[str, Any]:
        self.n += action
        return {"obs": self.n, "reward": float(action), "terminated": self.n >= 12}
