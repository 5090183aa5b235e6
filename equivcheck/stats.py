"""What counts support: bounds on rates."""

from __future__ import annotations


def rate_bound(trials: int, confidence: float = 0.95) -> float:
    """Return the largest rate per trial that is compatible with no event in `trials` independent trials.

    About 3 / trials at 95 %. Raises: ValueError for no trials.
    Source: Hanley and Lippman-Hand 1983, doi:10.1001/jama.1983.03330370053031 (the rule of three; this is its exact form).
    """
    if trials < 1:
        raise ValueError("no trials support no bound")
    return float(1.0 - (1.0 - confidence) ** (1.0 / trials))
