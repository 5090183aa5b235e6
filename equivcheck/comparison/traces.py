"""Two Traces against each other: columns first, words only for what parts."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from equivcheck.comparison.accounting import count_field, measure_horizons
from equivcheck.comparison.alignment import Alignment, align
from equivcheck.comparison.drawn import by_site, is_value
from equivcheck.comparison.leaves import Match, differ, match
from equivcheck.comparison.order import rearrange
from equivcheck.comparison.partings import Tables, first_partings, partings_of_leaves, partings_of_steps, rows_apart
from equivcheck.comparison.renaming import match_renamed
from equivcheck.model.columns import Column, Columns
from equivcheck.model.divergence import Divergence
from equivcheck.model.paths import field_of, generalise
from equivcheck.model.spec import FieldRule, Known, Spec
from equivcheck.model.step import FLAGS
from equivcheck.model.trace import Trace
from equivcheck.model.values import MISSING, Array
from equivcheck.model.verdict import Coverage, FieldCount

DIGEST = "digest"  # the reserved column of protocol.blocks


@dataclass(frozen=True, slots=True)
class Comparison:
    """The first divergence of each episode that has one, in order, and what was compared on the way."""

    divergences: tuple[Divergence, ...]
    coverage: Coverage = field(default_factory=Coverage)


def compare(
    reference: Trace,
    target: Trace,
    spec: Spec,
    *,
    forced: tuple[str, ...] = (),
    taped: bool = False,
    independent: Literal["", "leaves", "steps"] = "",
    digested: Mapping[str, int] | None = None,
    today: datetime.date | None = None,
) -> Comparison:
    """Compare two answers to the same scripts.

    `forced`: fields that were copied from the reference into the target's Step 0, which are counted as such. `taped`: the target drew
    what the reference drew, so that draws are compared by site and key, and their values are forced. `independent`: every
    Step was played from the reference's state before it, so that one difference does not explain a later one: then each leaf has
    its own first divergence, or each Step one. `digested`: the elements of each leaf that the column `digest` stands for; a digest of 0
    agrees with nothing. Known differences are excused; those that occur after their
    day, by `today` (None: whatever the day), are named in `Coverage.expired`.
    """
    table = align(reference, target)
    coverage = Coverage()
    step_zero = np.zeros(table.count, bool)
    step_zero[table.first[:-1]] = True
    left, right = _tables(reference, target, table, spec, coverage, step_zero if taped else None)
    pairs, rules = _pair_columns(left, right, spec, step_zero, coverage)
    matches = _match_all(pairs, rules, table)
    for path, found in matches.items():
        _excuse(found, path, pairs[path], spec.known, today, coverage)
    judged = None if independent else _judged(matches, table)
    for path, found in matches.items():
        column = pairs[path][0 if path in left else 1]
        copied = ~found.bad if taped and is_value(path) else step_zero if field_of(path) in forced else None
        _account(coverage, path, column, found, rules[path], judged, copied)
    measure_horizons(coverage, {} if independent else matches, table.first)
    _count_digested(coverage, matches, digested or {})
    tables = Tables(matches, rules, left, right, table)
    find = {"": first_partings, "leaves": partings_of_leaves, "steps": partings_of_steps}[independent]
    coverage.episodes_diverged = _count_diverged(matches, table)
    coverage.episodes_skipped = table.skipped
    return Comparison(find(tables), coverage)


def _tables(
    reference: Trace, target: Trace, table: Alignment, spec: Spec, coverage: Coverage, taped: Array | None
) -> tuple[Columns, Columns]:
    tables = []
    for trace, rows in ((reference, table.reference), (target, table.target)):
        whole = isinstance(rows, slice)
        columns = {
            path: column if whole else column.take(rows) for path, column in trace.columns.items() if path
        }  # "": a Step without fields
        tables.append(columns if taped is None else by_site(columns, taped))
    left, right, used = rearrange(tables[0], tables[1], spec)
    for pattern in used:
        coverage.loosenings[f"{pattern}: order"] = coverage.loosenings.get(f"{pattern}: order", 0) + table.count
    return left, right


def _pair_columns(
    left: Columns, right: Columns, spec: Spec, step_zero: Array, coverage: Coverage
) -> tuple[dict[str, tuple[Column, Column]], dict[str, FieldRule | None]]:
    """Return the columns that are compared, by path, and the rule of each."""
    pairs: dict[str, tuple[Column, Column]] = {}
    rules: dict[str, FieldRule | None] = {}
    for path in dict.fromkeys((*left, *right)):
        if path == DIGEST and path in left and path in right:
            rules[path], pairs[path] = None, (left[path], right[path])
            continue
        rule = spec.rule_for(path)
        if rule is not None and rule.ignore:
            held = left.get(path, right.get(path))
            assert held is not None
            _count_use(coverage, rule, int(held.presence.sum()))
            continue
        rules[path] = rule
        pair = _both(left, right, path, len(step_zero), step_zero, coverage)
        if pair is None:
            continue
        pairs[path] = pair
    return pairs, rules


def _match_all(pairs: dict[str, tuple[Column, Column]], rules: dict[str, FieldRule | None], table: Alignment) -> dict[str, Match]:
    renamed: dict[str, list[str]] = {}
    matches: dict[str, Match] = {}
    for path, pair in pairs.items():
        rule = rules[path]
        if rule is not None and rule.alias:
            renamed.setdefault(rule.pattern.text, []).append(path)
        else:
            matches[path] = match(*pair, rule)
    if DIGEST in matches:
        matches[DIGEST].bad |= np.asarray(pairs[DIGEST][0].values) == 0  # a NaN is in one of the leaves
    for paths in renamed.values():
        matches.update(zip(paths, match_renamed([pairs[path] for path in paths], table), strict=True))
    return matches


def _count_digested(coverage: Coverage, matches: dict[str, Match], digested: Mapping[str, int]) -> None:
    """Count the leaves behind the digests as compared."""
    coverage.fields.pop(DIGEST, None)
    if DIGEST not in matches:
        return
    steps = int((~matches[DIGEST].bad).sum())
    for path, width in digested.items():
        entry = coverage.fields.setdefault(generalise(path), FieldCount())
        entry.digested += steps * width
        entry.compared += steps * width


def _both(left: Columns, right: Columns, path: str, count: int, step_zero: Array, coverage: Coverage) -> tuple[Column, Column] | None:
    """Return the two columns to compare; None where Step 0 alone has the leaf and it says nothing there."""
    absent = Column([MISSING] * count)
    a, b = left.get(path), right.get(path)
    name = field_of(path)
    if name in (*FLAGS, "reward"):
        a, b = (_without_step_zero(column, step_zero) for column in (a or absent, b or absent))
        if not a.presence.any() and not b.presence.any():
            coverage.filled.add(name)
            return None
        return a, b
    return a or absent, b or absent


def _without_step_zero(column: Column, step_zero: Array) -> Column:
    """Return the column with the leaves at Step 0 absent: there is no reward, and no end, before the first action."""
    if isinstance(column.values, list):
        return Column([MISSING if zero else leaf for leaf, zero in zip(column.values, step_zero.tolist(), strict=True)])
    values = column.values
    if values[step_zero].any():
        values = values.copy()
        values[step_zero] = 0
    return Column(values, column.scalar, column.presence & ~step_zero)


def _excuse(
    found: Match, path: str, pair: tuple[Column, Column], known: tuple[Known, ...], today: datetime.date | None, coverage: Coverage
) -> None:
    """Take back the rows that a known difference explains."""
    for entry in known:
        if not entry.pattern.matches(path) or not found.bad.any():
            continue
        rows = np.flatnonzero(found.bad)
        if entry.kind:
            kinds = [differ(path, pair[0].leaf(row), pair[1].leaf(row), None) for row in rows.tolist()]
            rows = rows[[difference is not None and difference.kind == entry.kind for difference in kinds]]
        found.bad[rows] = False
        if len(rows) and entry.until is not None and today is not None and today > entry.until:
            coverage.expired.add(entry.pattern.text)
        name = f"{entry.pattern.text}: known"
        coverage.loosenings[name] = coverage.loosenings.get(name, 0) + len(rows)


def _judged(matches: dict[str, Match], table: Alignment) -> Array | None:
    """bool[N]: rows up to each episode's first divergence; None where nothing diverged."""
    bad = rows_apart(matches, table.count)
    if not bad.any():
        return None
    before = np.cumsum(bad) - bad
    base = np.repeat(before[table.first[:-1]], np.diff(table.first))
    return np.asarray(before == base)


def _account(
    coverage: Coverage, path: str, column: Column, found: Match, rule: FieldRule | None, judged: Array | None, copied: Array | None
) -> None:
    entry = count_field(coverage, path, column, judged)
    entry.differing += int(found.bad.sum())
    if found.error is not None:
        error = found.error if judged is None else found.error[judged]
        finite = error[np.isfinite(error)]
        entry.error_max = max(entry.error_max, float(finite.max(initial=0.0)))
        entry.error_sum += float(finite.sum())
    if copied is not None:
        rows = copied & column.presence
        entry.forced += int((rows if judged is None else rows & judged).sum())
    if rule is not None and found.loosened:
        _count_use(coverage, rule, found.loosened)


def _count_use(coverage: Coverage, rule: FieldRule, count: int) -> None:
    loose = [name for name in ("atol", "rtol", "ulps", "alias", "ignore") if getattr(rule, name)]
    loose += [name for name, strict in (("dtype", "same"), ("nan", "differs")) if getattr(rule, name) != strict]
    name = f"{rule.pattern.text}: {', '.join(loose)}"
    coverage.loosenings[name] = coverage.loosenings.get(name, 0) + count


def _count_diverged(matches: dict[str, Match], table: Alignment) -> int:
    rows = np.flatnonzero(rows_apart(matches, table.count))
    runs = np.unique(np.searchsorted(table.first, rows, side="right") - 1)
    episodes = set(zip(table.script[runs].tolist(), table.episode[runs].tolist(), strict=True))
    return len(episodes | {(parting.script, parting.episode) for parting in table.unequal})
