"""Differential testing of RL environments: is a port the environment it was ported from?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from equivcheck.assertion import assert_equivalent

__all__ = ["__version__", "assert_equivalent"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Load the checker when it is first asked for: pytest and adapter programs import this package and may never need it."""
    if name != "assert_equivalent":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from equivcheck.assertion import assert_equivalent  # noqa: PLC0415

    return assert_equivalent
