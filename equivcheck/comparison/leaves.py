"""Two columns against each other, by the one rule that governs them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from equivcheck.model.columns import Column
from equivcheck.model.divergence import Difference, Kind
from equivcheck.model.spec import FieldRule
from equivcheck.model.values import MISSING, Array, Leaf, Missing, holds_nan, kind_of, same_leaf


@dataclass(slots=True)
class Match:
    """How N rows of one leaf compare.

    `bad`: bool[N], rows that differ. `loosened`: leaves that only the rule let pass. `error`: f64[N], the largest
    |reference - target| in each row, None where every row is bit-equal or the leaf is no number.
    """

    bad: Array
    loosened: int = 0
    error: Array | None = None


def match(reference: Column, target: Column, rule: FieldRule | None) -> Match:
    """Compare two columns of N rows each."""
    same_form = reference.form == target.form and reference.form[0] != "ragged"
    if same_form and not _tolerant(rule) and _same_presence(reference, target):
        return _match_exactly(reference, target)
    numeric = not isinstance(reference.values, list) and not isinstance(target.values, list)
    any_dtype = rule is not None and rule.dtype == "any"
    if numeric and (same_form or (any_dtype and _row_shape(reference) == _row_shape(target))):
        return _match_numbers(reference, target, rule)
    return _match_leaf_by_leaf(reference, target, rule)


def _row_shape(column: Column) -> tuple[int, ...]:
    return column.form[2]


def _same_presence(reference: Column, target: Column) -> bool:
    """Return whether the same rows hold a leaf; the others hold zeros, which are equal."""
    if reference.present is target.present:
        return True
    return np.array_equal(reference.presence, target.presence)


def _tolerant(rule: FieldRule | None) -> bool:
    return rule is not None and bool(rule.atol or rule.rtol or rule.ulps or rule.nan == "equal")


def _bits(array: Array) -> Array:
    return array.view(f"u{array.dtype.itemsize}") if array.dtype.kind == "f" else array


def _match_exactly(reference: Column, target: Column) -> Match:
    a, b = reference.values, target.values
    assert not isinstance(a, list) and not isinstance(b, list)
    equal = _bits(a) == _bits(b)
    count = len(a)
    is_float = a.dtype.kind == "f"
    if equal.all():
        tainted = is_float and holds_nan(a)
        return Match(np.asarray(np.isnan(a).reshape(count, -1).any(axis=1)) if tainted else np.zeros(count, bool))
    if is_float:
        equal &= ~np.isnan(a)
    bad = ~equal.reshape(count, -1).all(axis=1)
    return Match(bad, 0, _row_errors(a, b))


def _row_errors(a: Array, b: Array) -> Array | None:
    if a.dtype.kind != "f" and b.dtype.kind != "f":
        return None  # of whole numbers, a tolerance that would pass says nothing
    gap = _gap(a, b).reshape(len(a), -1)
    gap[np.isnan(gap)] = 0.0
    return np.asarray(gap.max(axis=1)) if gap.shape[1] else np.zeros(len(a))


def _match_numbers(reference: Column, target: Column, rule: FieldRule | None) -> Match:
    """Compare typed columns by value, within the rule's tolerance, absent rows against absent rows."""
    a, b = reference.values, target.values
    assert not isinstance(a, list) and not isinstance(b, list)
    accepted, exact, gap = compare_arrays(a, b, rule)
    count = len(a)
    both = reference.presence & target.presence
    bad = ~accepted.reshape(count, -1).all(axis=1) & both
    bad |= reference.presence != target.presence
    error = _largest(gap, both) if "f" in (a.dtype.kind, b.dtype.kind) else None
    used = (accepted & ~exact).reshape(count, -1).sum(axis=1)
    retyped = int(np.prod(a.shape[1:], dtype=np.int64)) * int(both.sum()) if reference.form != target.form else 0
    return Match(bad, max(int(used[both].sum()), retyped), error)


def _largest(gap: Array, rows: Array) -> Array:
    """f64[N]: the largest of each row, 0 in those that do not count."""
    flat = gap.reshape(len(gap), -1)
    error = flat.max(axis=1) if flat.shape[1] else np.zeros(len(gap))
    error[~rows] = 0.0
    return np.asarray(error)


def compare_arrays(a: Array, b: Array, rule: FieldRule | None) -> tuple[Array, Array, Array]:
    """Return (accepted, exactly equal, |a - b| with NaN as 0), element by element, for equal shapes.

    No tolerance makes a bool, or an infinity, near to anything else.
    """
    kinds = a.dtype.kind + b.dtype.kind
    gap = _gap(a, b)
    if "b" in kinds or ("f" not in kinds and not (rule and (rule.atol or rule.rtol))):
        exact = np.asarray(a == b)
        return exact, exact, np.nan_to_num(gap, nan=0.0, posinf=np.inf) if "f" in kinds else gap
    same_bits = _bits(a) == _bits(b) if a.dtype == b.dtype else None
    wide_a, wide_b = a.astype(np.float64, copy=False), b.astype(np.float64, copy=False)
    exact = np.asarray(a == b) if same_bits is None else same_bits & (a == a)
    accepted = exact
    if rule is not None and (rule.atol or rule.rtol):
        with np.errstate(invalid="ignore", over="ignore"):
            allowed = rule.atol + rule.rtol * np.abs(wide_a) if rule.rtol else rule.atol
        near = (gap <= allowed) & (gap < np.inf) if rule.rtol else gap <= allowed
        accepted = near | exact
    if rule is not None and rule.ulps:
        accepted = accepted | (ulps_between(a, b) <= rule.ulps)
    if rule is not None and rule.nan == "equal":
        accepted = accepted | (np.isnan(wide_a) & np.isnan(wide_b))
    if np.isnan(gap.sum()) if gap.size else False:
        gap = np.where(np.isnan(gap), 0.0, gap)
    return accepted, exact, gap


def _gap(a: Array, b: Array) -> Array:
    """f64[...]: |a - b|; between whole numbers of 64 bits it is exact before it is rounded."""
    with np.errstate(invalid="ignore", over="ignore"):
        if "f" in a.dtype.kind + b.dtype.kind:
            return np.abs(a.astype(np.float64, copy=False) - b.astype(np.float64, copy=False))
        x, y = a.astype(np.uint64), b.astype(np.uint64)
        return np.where(a > b, x - y, y - x).astype(np.float64)


def ulps_between(a: Array, b: Array) -> Array:
    """Return how many representable steps of the narrower float dtype lie between a and b; inf for NaN and before infinity.

    The bits of an IEEE 754 number, read as an int and mirrored for negatives, are in the order of the numbers.
    """
    floats = [array.dtype for array in (a, b) if array.dtype.kind == "f"] or [np.dtype(np.float64)]
    dtype = min(floats, key=lambda one: one.itemsize)
    with np.errstate(over="ignore"):
        ordered = []
        for array in (a, b):
            narrow = array.astype(dtype)
            bits = narrow.view(f"i{dtype.itemsize}").astype(np.int64)
            mirror = np.int64(-(2 ** (8 * dtype.itemsize - 1)))
            ordered.append(np.where(bits < 0, mirror - bits, bits))
    wide_a, wide_b = a.astype(np.float64), b.astype(np.float64)
    invalid = np.isnan(wide_a) | np.isnan(wide_b) | (np.isinf(wide_a) != np.isinf(wide_b))
    return np.where(invalid, np.inf, _gap(*ordered))


def _match_leaf_by_leaf(reference: Column, target: Column, rule: FieldRule | None) -> Match:
    count = len(reference)
    bad = np.zeros(count, bool)
    error = np.zeros(count)
    loosened = 0
    for row in range(count):
        a, b = reference.leaf(row), target.leaf(row)
        if same_leaf(a, b):
            continue
        difference = differ("", a, b, rule)
        bad[row] = difference is not None
        loosened += difference is None
        if difference is not None and difference.distance is not None and math.isfinite(difference.distance):
            error[row] = difference.distance
    return Match(bad, loosened, error)


def differ(path: str, a: Leaf | Missing, b: Leaf | Missing, rule: FieldRule | None) -> Difference | None:
    """Return how two leaves differ under a rule, in words; None where they agree."""
    if a is MISSING or b is MISSING:
        return None if a is b else Difference(path, "missing", a, b, words=_missing_words(a, b))
    if _number(a) and _number(b) and ((rule is not None and rule.dtype == "any") or _same_type(a, b)):
        x, y = np.asarray(a), np.asarray(b)
        if x.shape != y.shape:
            return Difference(path, "shape", a, b, words=f"shape {list(x.shape)} against {list(y.shape)}")
        accepted, _, gap = compare_arrays(x, y, rule)
        return None if accepted.all() else _first_element(path, x, y, accepted, gap, rule)
    if same_leaf(a, b):
        return None
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        kind: Kind = "dtype" if a.dtype != b.dtype else "shape"
        words = f"{a.dtype.name}{list(a.shape)} against {b.dtype.name}{list(b.shape)}"
        return Difference(path, kind, a, b, words=words)
    if kind_of(a) != kind_of(b):
        return Difference(path, "kind", a, b, words=f"{kind_of(a)} against {kind_of(b)}")
    return Difference(path, "value", a, b)


def _number(leaf: Leaf | Missing) -> bool:
    return isinstance(leaf, (float, np.ndarray)) or (isinstance(leaf, int) and -(2**63) <= leaf < 2**64)


def _same_type(a: Leaf | Missing, b: Leaf | Missing) -> bool:
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.dtype == b.dtype
    return type(a) is type(b) and not isinstance(a, np.ndarray)


def _missing_words(a: Leaf | Missing, b: Leaf | Missing) -> str:
    return " against ".join("nothing" if leaf is MISSING else kind_of(leaf) for leaf in (a, b))


def _first_element(path: str, x: Array, y: Array, accepted: Array, gap: Array, rule: FieldRule | None) -> Difference:
    flat = int(np.flatnonzero(~accepted.ravel())[np.argmax(gap.ravel()[~accepted.ravel()])])
    index = tuple(int(i) for i in np.unravel_index(flat, x.shape)) if x.ndim else ()
    a, b = x.ravel()[flat].item(), y.ravel()[flat].item()
    where = path + "".join(f"[{i}]" for i in index)
    allowed = (rule.atol + rule.rtol * abs(float(a))) if rule is not None else 0.0
    nans = isinstance(a, float) and math.isnan(a), isinstance(b, float) and math.isnan(b)
    if any(nans):
        words = "NaN on both sides" if all(nans) else f"NaN on the {'reference' if nans[0] else 'target'} alone"
        return Difference(where, "nan", a, b, None, allowed, words=words)
    if a == b:
        return Difference(where, "value", a, b, 0.0, allowed, words="the sign of zero differs")
    distance = float(gap.ravel()[flat])
    count = int((~accepted).sum())
    words = f"{count} of {accepted.size} elements differ, this one most" if x.ndim and count > 1 else ""
    is_flag = isinstance(a, bool) and isinstance(b, bool)
    return Difference(where, "value", a, b, None if is_flag else distance, allowed, None if is_flag else distance, words)
