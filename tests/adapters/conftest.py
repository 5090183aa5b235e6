"""What the tests of several adapters share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from equivcheck.backends.interface import Backend
from equivcheck.backends.opening import Opening


@pytest.fixture(scope="module")
def showdown() -> Iterator[Backend]:
    """Return Generation 1 as its reference plays it; what the adapter needs is installed then, as it is whenever it is opened."""
    backend = Opening(Path(__file__).parents[2] / "adapters").open("node_showdown:gen1")
    yield backend
    backend.close()
