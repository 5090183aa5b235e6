"""Two small sides that the commands are tried on."""

from __future__ import annotations

from pathlib import Path

import pytest

SIDES = """
class Counter:
    actions = 3
    def reset(self, seed): self.n = seed % 3; return {"obs": self.n}
    def step(self, action): self.n += action; return {"obs": self.n, "reward": float(action), "terminated": self.n >= 10}

class Wrong(Counter):
    def step(self, action): return {**super().step(action), "reward": -1.0}

def raises(*arguments): raise RuntimeError("out of paper")
def wrong(*arguments): return 3
def narrow(space, seed): return None
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the name of a module with them, in a folder of its own, which is the current one."""
    monkeypatch.chdir(tmp_path)
    name = f"sides_{tmp_path.name}"  # a module is imported once in a process: every test has its own
    (tmp_path / f"{name}.py").write_text(SIDES)
    return name
