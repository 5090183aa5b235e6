"""The pytest plugin: collects every `equivcheck.toml`, one item a pair and level, and one a regression."""

from __future__ import annotations

from pathlib import Path

import pytest

CONTRACT = "equivcheck.toml"
INCONCLUSIVE = "equivcheck_inconclusive"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the one setting."""
    parser.addini(INCONCLUSIVE, "what an INCONCLUSIVE verdict does to its test: fail or skip", default="fail")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a setting that means nothing."""
    if (given := config.getini(INCONCLUSIVE)) not in ("fail", "skip"):
        raise pytest.UsageError(f'{INCONCLUSIVE} is "fail" or "skip", not {given!r}')


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a contract."""
    if file_path.name != CONTRACT:
        return None
    # every pytest on this machine loads this plugin; only those that meet a contract pay for the checker
    from equivcheck.pytest_plugin.items import ContractFile  # noqa: PLC0415

    return ContractFile.from_parent(parent, path=file_path)
