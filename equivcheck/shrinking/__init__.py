"""Shrinking: passes and a predicate on a batch of scripts make a smaller script; no environment is known here."""

from equivcheck.shrinking.passes import PASSES
from equivcheck.shrinking.rounds import Shrunk, shrink
from equivcheck.shrinking.search import Pass, Predicate, Search, Witness, clear, gallop
from equivcheck.shrinking.sizes import size_of

__all__ = ["PASSES", "Pass", "Predicate", "Search", "Shrunk", "Witness", "clear", "gallop", "shrink", "size_of"]
