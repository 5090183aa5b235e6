"""The levels: each a function `(Pair, Budget, found) -> Verdict`, one file and one row in LEVELS each."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from typing import TypeAlias

from equivcheck.levels.rollout import check_rollout
from equivcheck.levels.selfcheck import check_self
from equivcheck.localisation import Found
from equivcheck.model.verdict import Verdict
from equivcheck.pair import Budget, Pair

Level: TypeAlias = Callable[[Pair, Budget, Found], Verdict]

# In the order they are run; None: its place is here, it comes in a later version, and reports name it "not run".
LEVELS: Mapping[str, Level | None] = {
    "self": check_self,
    "property": None,
    "interaction": None,
    "rollout": check_rollout,
    "transfer": None,
}


def level_named(name: str) -> Level | None:
    """Return the level of a row, or the function that `package.module:function` names; None for one that is not there yet."""
    if ":" in name:
        function: Level = pkgutil.resolve_name(name)
        return function
    return LEVELS[name]
