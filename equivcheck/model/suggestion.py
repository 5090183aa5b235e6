"""Suggestions: what a mistyped word was probably meant to be."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def closest(word: str, candidates: Iterable[str]) -> str:
    """Return ` (did you mean "atol"?)` for the candidate most like `word`, whatever its case; "" where none is."""
    by_lower_case = {candidate.lower(): candidate for candidate in candidates}
    alike = difflib.get_close_matches(word.lower(), by_lower_case, n=1)
    return f' (did you mean "{by_lower_case[alike[0]]}"?)' if alike else ""
