"""Where two aligned Traces part, in words: the first divergence of each episode, or of each leaf."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from equivcheck.comparison.alignment import Alignment
from equivcheck.comparison.drawn import DRAWS
from equivcheck.comparison.inside import inside_of
from equivcheck.comparison.leaves import Match, differ
from equivcheck.model.columns import Column, Columns
from equivcheck.model.divergence import Difference, Divergence
from equivcheck.model.paths import field_of, generalise
from equivcheck.model.spec import FieldRule
from equivcheck.model.step import INSIDE
from equivcheck.model.values import MISSING, Array

STEPS_MAX = 2_048  # of which each has a divergence of its own
_DIFFERENCES_MAX = 64  # in words, for one Step


def rows_apart(matches: dict[str, Match], count: int) -> Array:
    """bool[count]: rows in which any leaf differs."""
    bad = np.zeros(count, bool)
    for found in matches.values():
        bad |= found.bad
    return bad


@dataclass(frozen=True, slots=True)
class Tables:
    """What the words of a divergence are made from."""

    matches: dict[str, Match]
    rules: dict[str, FieldRule | None]
    left: Columns
    right: Columns
    table: Alignment

    def diverge(self, row: int, leading: str = "") -> Divergence:
        """Return the divergence of one row, the difference at the path `leading` first."""
        script, episode, step_index = self.table.locate(row)
        bad = [path for path, found in self.matches.items() if found.bad[row]]
        ordered = sorted(bad, key=lambda path: (path != leading, rank(path)))[:_DIFFERENCES_MAX]
        differences = [_difference(path, self.rules[path], self.left.get(path), self.right.get(path), row) for path in ordered]
        if not leading:
            differences.sort(key=lambda one: one.kind not in ("draw", "missing", "kind", "dtype", "shape"))
        inside = inside_of(self.left, self.right, row, bad)
        then = self._then(row) if differences[0].kind == "draw" and all(field_of(path) == DRAWS for path in bad) else None
        return Divergence(script, episode, step_index, tuple(differences), inside=inside, then=then)

    def _then(self, row: int) -> tuple[str, int] | None:
        """Return the first leaf other than a draw that parts later in the row's episode, and at which Step."""
        end = self.table.first[np.searchsorted(self.table.first, row, side="right")]
        firsts = {
            path: row + int(found.bad[row:end].argmax())
            for path, found in self.matches.items()
            if field_of(path) != DRAWS and found.bad[row:end].any()
        }
        if not firsts:
            return None
        path = min(firsts, key=lambda path: (firsts[path], rank(path)))
        return path, self.table.locate(firsts[path])[2]


def first_partings(tables: Tables) -> tuple[Divergence, ...]:
    """Return the first divergence of each episode that has one."""
    table = tables.table
    rows = np.flatnonzero(rows_apart(tables.matches, table.count))
    runs = np.searchsorted(table.first, rows, side="right") - 1
    _, firsts = np.unique(runs, return_index=True)
    found: dict[tuple[int, int], Divergence] = {}
    for row in rows[firsts].tolist():
        divergence = tables.diverge(row)
        found[divergence.script, divergence.episode] = divergence
    for parting in table.unequal:
        key = (parting.script, parting.episode)
        if key not in found or parting.step_index < found[key].step_index:
            found[key] = parting
    return tuple(found[key] for key in sorted(found))


def partings_of_leaves(tables: Tables) -> tuple[Divergence, ...]:
    """Return the first divergence of each leaf (indices aside), and of each episode that a side gave up."""
    found: dict[str, Divergence] = {}
    for path, match_ in tables.matches.items():
        rows = np.flatnonzero(match_.bad)
        if len(rows) and generalise(path) not in found:
            episodes = len(np.unique(np.searchsorted(tables.table.first, rows, side="right")))
            found[generalise(path)] = replace(tables.diverge(int(rows[0]), path), episode_count=episodes)
    return (*sorted(found.values(), key=lambda one: rank(one.leading.path)), *tables.table.unequal)


def partings_of_steps(tables: Tables) -> tuple[Divergence, ...]:
    """Return the divergence of each Step that differs, at most STEPS_MAX of them, and of each episode that a side gave up."""
    rows = np.flatnonzero(rows_apart(tables.matches, tables.table.count))[:STEPS_MAX]
    return (*map(tables.diverge, rows.tolist()), *tables.table.unequal)


def _difference(path: str, rule: FieldRule | None, left: Column | None, right: Column | None, row: int) -> Difference:
    a, b = (MISSING if column is None else column.leaf(row) for column in (left, right))
    difference = differ(path, a, b, rule)
    renamed = rule is not None and rule.alias and (difference is None or difference.kind == "value")
    if difference is None or renamed:  # what columns show, and leaves alone do not
        return Difference(path, "value", a, b, words="not the same renaming as before" if renamed else "")
    difference = replace(difference, path=difference.path or path)
    return _as_draw(difference) if field_of(path) == DRAWS else difference


def _as_draw(difference: Difference) -> Difference:
    """Return a difference of a draw as one: chance itself parts, even while what follows from it agrees."""
    words = difference.words
    if difference.kind == "missing":
        drew, not_so = ("target", "reference") if difference.reference is MISSING else ("reference", "target")
        words = f"the {drew} draws here, the {not_so} does not"
    return replace(difference, kind="draw", words=words)


_ORDER = (*INSIDE, "state", "obs", "reward", "terminated", "truncated", "legal")


def rank(path: str) -> int:
    """Order the differences of a Step by nearness to the cause: the state parts before what is seen of it."""
    name = field_of(path)
    return _ORDER.index(name) if name in _ORDER else len(_ORDER)
