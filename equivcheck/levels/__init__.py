"""The levels: each a function `(Pair, Budget, found) -> Verdict`, one file and one row in LEVELS each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from equivcheck.backends.given import call_given, load_object
from equivcheck.errors import AdapterError
from equivcheck.levels.interaction import check_interaction
from equivcheck.levels.property import check_property
from equivcheck.levels.rollout import check_rollout
from equivcheck.levels.selfcheck import check_self
from equivcheck.localisation import Found
from equivcheck.model.verdict import Verdict
from equivcheck.pair import Budget, Pair

Level: TypeAlias = Callable[[Pair, Budget, Found], Verdict]

# In the order they are run; None: its place is here, it comes in a later version, and reports name it "not run".
LEVELS: Mapping[str, Level | None] = {
    "self": check_self,
    "property": check_property,
    "interaction": check_interaction,
    "rollout": check_rollout,
    "transfer": None,
}


def level_named(name: str, folder: Path) -> Level | None:
    """Return the level of a row, None for one that is not there yet; or the function that `package.module:function` names.

    Raises: AdapterError where there is no such function; so does the level, where the function fails.
    """
    if ":" not in name:
        return LEVELS[name]
    function = load_object(name, folder)

    def check(pair: Pair, budget: Budget, found: Found) -> Verdict:
        verdict = call_given(name, function, pair, budget, found)
        if not isinstance(verdict, Verdict):
            raise AdapterError(f"{name!r} returned a {type(verdict).__name__}; a level returns a Verdict")
        return verdict

    return check
