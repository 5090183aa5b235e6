"""Whose fault a finding is: a side's adapter, its draw recorder, a view or the port, by checks on the finding's own script."""

from equivcheck.fault.blame import CHECKS, explain, find_fault

__all__ = ["CHECKS", "explain", "find_fault"]
