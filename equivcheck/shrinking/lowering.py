"""Lowering: bring a tree of values inside a script toward a simpler one, as far as the divergence allows."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_UP, Context
from functools import partial
from typing import Final

from equivcheck.model.paths import Segments
from equivcheck.model.script import Script
from equivcheck.model.values import Value
from equivcheck.shrinking.search import Search, clear, gallop
from equivcheck.shrinking.trees import depth_of, differing, part_at, replaced, scalars_of, text_of

# Away from zero as well: the first number beyond a threshold is often rounder than the nearest one.
ROUNDINGS: Final = tuple(
    Context(prec=digits, rounding=rounding)
    for digits, rounding in ((1, ROUND_HALF_EVEN), (1, ROUND_UP), (2, ROUND_HALF_EVEN), (2, ROUND_UP))
) + tuple(Context(prec=digits, rounding=ROUND_HALF_EVEN) for digits in (3, 5, 8))


@dataclass(frozen=True, slots=True)
class Slot:
    """A tree of values inside a script: how to read it and write it back, and the tree it is lowered toward."""

    read: Callable[[Script], Value]
    write: Callable[[Script, Value], Script]
    target_of: Callable[[Value], Value]

    def change(self, script: Script, changes: Mapping[Segments, Value]) -> Script:
        """Return the script with parts of the tree exchanged."""
        return self.write(script, replaced(self.read(script), changes))


def lower(search: Search, slot: Slot) -> None:
    """Bring the slot to its target: subtrees first, then leaves; then round and shorten the leaves that stay."""
    for depth in range(depth_of(slot.read(search.script)) + 1):
        clear(search, partial(_subtrees, slot, depth), partial(_settle, slot))
    for context in ROUNDINGS:
        clear(search, partial(_rough_floats, slot, context), partial(_round, slot, context))
    index = 0
    while index < len(leaves := list(_stuck_leaves(slot, search.script))):
        _shorten(search, slot, *leaves[index])
        index += 1


def _subtrees(slot: Slot, depth: int, script: Script) -> list[Segments]:
    tree = slot.read(script)
    return list(differing(tree, slot.target_of(tree), depth))


def _settle(slot: Slot, script: Script, paths: Sequence[Segments]) -> Script:
    target = slot.target_of(slot.read(script))
    return slot.change(script, {path: part_at(target, path) for path in paths})


def _stuck_leaves(slot: Slot, script: Script) -> Iterator[tuple[Segments, Value]]:
    tree = slot.read(script)
    target = slot.target_of(tree)
    return ((path, leaf) for path, leaf in scalars_of(tree) if text_of(leaf) != text_of(part_at(target, path)))


def _rough_floats(slot: Slot, context: Context, script: Script) -> list[Segments]:
    stuck = _stuck_leaves(slot, script)
    return [path for path, leaf in stuck if type(leaf) is float and _rounded(leaf, context) != leaf]


def _round(slot: Slot, context: Context, script: Script, paths: Sequence[Segments]) -> Script:
    tree = slot.read(script)
    return slot.change(script, {path: _rounded(part_at(tree, path), context) for path in paths})


def _rounded(number: Value, context: Context) -> Value:
    """Return the rounded number where its text is shorter; else the number itself."""
    rounder = float(context.create_decimal(repr(number))) if math.isfinite(number) else 0.0
    return rounder if len(repr(rounder)) < len(repr(number)) and math.isfinite(rounder) else number


def _shorten(search: Search, slot: Slot, path: Segments, leaf: Value) -> None:
    """Bring an int toward 0 and a text toward empty; other leaves have been rounded."""
    if type(leaf) not in (int, str, bytes):
        return
    units = abs(leaf) if type(leaf) is int else len(leaf)

    def accepts(length: int) -> bool:
        shorter = leaf[:length] if type(leaf) is not int else length if leaf > 0 else -length
        return search.accepts(slot.change(search.script, {path: shorter}))

    def drop(count: int) -> bool:
        nonlocal units
        dropped = accepts(units - count)
        units -= count * dropped
        return dropped

    if not accepts(0):
        gallop(lambda: units, drop, 1)
