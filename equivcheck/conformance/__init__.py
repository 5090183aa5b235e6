"""Laws of an adapter. They blame the adapter, never the port."""

from equivcheck.conformance.examination import Judgement, check_quickly, examine
from equivcheck.conformance.hints import hint_at_names
from equivcheck.conformance.laws import LAWS

__all__ = ["LAWS", "Judgement", "check_quickly", "examine", "hint_at_names"]
