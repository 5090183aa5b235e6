"""Laws of an adapter. They blame the adapter, never the port."""

from equivcheck.conformance.examination import Judgement, check_quickly, examine
from equivcheck.conformance.laws import LAWS

__all__ = ["LAWS", "Judgement", "check_quickly", "examine"]
