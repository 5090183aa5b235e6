"""Laws of environments: what holds of one side alone, from one Step to the next. The name of a function is the sentence.

A law is `law(before, after) -> bool`, for the Steps around an action as trees of fields, None where it has nothing to say. `before` is
None at Step 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np

from equivcheck.model.values import Value, flatten

Law: TypeAlias = Callable[[Any, Any], bool | None]


def rewards_are_finite(before: Any, after: Any) -> bool | None:
    """No reward is infinite or NaN."""
    return _finite(after, "reward")


def observations_are_finite(before: Any, after: Any) -> bool | None:
    """No number of an observation is infinite or NaN."""
    return _finite(after, "obs")


def observations_keep_their_form(before: Any, after: Any) -> bool | None:
    """Arrays of an observation have the dtype and shape that they had the Step before."""
    if before is None or "obs" not in after:
        return None
    forms = [_forms(step.get("obs")) for step in (before, after)]
    common = forms[0].keys() & forms[1].keys()
    return all(forms[0][path] == forms[1][path] for path in common) if common else None


def somebody_may_act_until_the_end(before: Any, after: Any) -> bool | None:
    """As long as an episode goes on, some action of some agent is legal."""
    if "legal" not in after or after.get("terminated") or after.get("truncated"):
        return None
    return any(np.any(mask) for mask in flatten(after["legal"], "legal").values())


def what_has_ended_says_one_thing(before: Any, after: Any) -> bool | None:
    """`terminated` and `truncated` are each True or False, alone or by agent."""
    flags = [leaf for name in ("terminated", "truncated") for leaf in _leaves(after.get(name))]
    return all(type(leaf) is bool or (isinstance(leaf, np.ndarray) and leaf.dtype == np.bool_) for leaf in flags) if flags else None


LAWS: Mapping[str, Law] = {
    law.__name__: law
    for law in (
        rewards_are_finite,
        observations_are_finite,
        observations_keep_their_form,
        somebody_may_act_until_the_end,
        what_has_ended_says_one_thing,
    )
}


def no_count_wraps(path: str) -> Law:
    """Return the law that a leaf which only grows does not fall from the end of a narrow integer to its beginning."""

    def holds(before: Any, after: Any) -> bool | None:
        if before is None:
            return None
        old, new = (np.asarray(flatten(step.get("state"), "state").get(path)) for step in (before, after))
        if old.shape != new.shape or not {old.dtype.kind, new.dtype.kind} <= set("iu"):
            return None
        old, new = old.astype(np.int64), new.astype(np.int64)
        return not any(((old > high - (high - low) // 8) & (old <= high) & (new < low + (high - low) // 8)).any() for low, high in _NARROW)

    return holds


_NARROW = ((-128, 127), (0, 255), (-32_768, 32_767), (0, 65_535))  # int8, uint8, int16, uint16
COUNT_LAW = "no_count_wraps@"  # before the path of the leaf


def _finite(step: Any, field: str) -> bool | None:
    numbers = [
        leaf for leaf in _leaves(step.get(field)) if isinstance(leaf, float) or (isinstance(leaf, np.ndarray) and leaf.dtype.kind == "f")
    ]
    return all(bool(np.isfinite(leaf).all()) for leaf in numbers) if numbers else None


def _forms(value: Value) -> dict[str, tuple[str, tuple[int, ...]]]:
    return {path: (leaf.dtype.name, leaf.shape) for path, leaf in flatten(value, "obs").items() if isinstance(leaf, np.ndarray)}


def _leaves(value: Any) -> Iterator[Any]:
    return iter(flatten(value, "value").values()) if value is not None else iter(())
