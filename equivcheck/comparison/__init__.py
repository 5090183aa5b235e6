"""Two Traces and a Spec in; the first Divergence of each episode and what was really compared out.

Knows nothing of where Traces come from.
"""

from equivcheck.comparison.accounting import merge_coverage
from equivcheck.comparison.leaves import compare_arrays, differ, ulps_between
from equivcheck.comparison.traces import Comparison, compare

__all__ = ["Comparison", "compare", "compare_arrays", "differ", "merge_coverage", "ulps_between"]
