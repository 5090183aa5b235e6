"""Phrases that reports and reasons share."""

from __future__ import annotations


def counted(count: int, noun: str, nouns: str = "") -> str:
    """Return `1 step`, `1,200 steps`; `nouns` is for a plural that an `s` does not make."""
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"
