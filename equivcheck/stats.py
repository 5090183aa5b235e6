"""What counts support: bounds on rates."""

from __future__ import annotations

import math


def rate_bound(trials: int, confidence: float = 0.95) -> float:
    """Return the largest rate per trial that is compatible with no event in `trials` independent trials.

    About 3 / trials at 95 %. Raises: ValueError for no trials.
    Source: Hanley and Lippman-Hand 1983, doi:10.1001/jama.1983.03330370053031 (the rule of three; this is its exact form).
    """
    if trials < 1:
        raise ValueError("no trials support no bound")
    return float(1.0 - (1.0 - confidence) ** (1.0 / trials))


def chance_bound(count: int, trials: int, rate: float) -> float:
    """Return a bound on the chance that what happens with a rate happens so rarely, or so often, as `count` in independent `trials`.

    Source: Hoeffding 1963, doi:10.1080/01621459.1963.10500830, theorem 1 (the Chernoff bound with the relative entropy).
    """
    share = count / trials
    if rate in (0.0, 1.0):
        return float(share == rate)
    parts = ((share, rate), (1.0 - share, 1.0 - rate))
    return math.exp(-trials * sum(seen * math.log(seen / expected) for seen, expected in parts if seen))
