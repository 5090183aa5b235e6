"""The rules that a first look at two sides suggests, every one of them marked unreviewed."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from equivcheck.model.columns import Column
from equivcheck.model.paths import Pattern, field_of, generalise, parse_path, path_text
from equivcheck.model.spec import FieldRule
from equivcheck.model.trace import Trace

_NOISE_MAX = 1e-3  # of a leaf's size: what is further apart is no rounding, and left for the check to find
_ROUNDING = 100  # spacings of the coarsest float in use that rounding may add up to in an episode
_FINEST = float(np.finfo(np.float64).eps)
_RULES_PER_FIELD_MAX = 4
_MARK = "unreviewed:"


def ignore_one_sided(reference: Trace, target: Trace) -> list[FieldRule]:
    """Return a rule for each field, or part of one, that only one side has."""
    rules: dict[str, FieldRule] = {}
    common = reference.columns.keys() & target.columns.keys()
    for side, own, other in (("reference", reference, target), ("target", target, reference)):
        for path in own.columns:
            if path not in other.columns:
                exact = _widest_alone(path, other.columns)
                pattern = Pattern(generalise(exact))
                if any(map(pattern.matches, common)):
                    pattern = Pattern(exact)
                rules.setdefault(pattern.text, FieldRule(pattern, ignore=True, because=f"{_MARK} only the {side} has it"))
    return list(rules.values())


def _widest_alone(path: str, others: Iterable[str]) -> str:
    """Return the widest container of a leaf in which the other side has nothing at all."""
    segments = parse_path(path)
    taken = [parse_path(other) for other in others]
    for length in range(1, len(segments)):
        if not any(other[:length] == segments[:length] for other in taken):
            return path_text(segments[:length])
    return path


def _shared(reference: Trace, target: Trace) -> Iterator[tuple[str, Column, Column]]:
    """Yield (path with indices as `[*]`, reference's column, target's column), the first of each such path."""
    met: set[str] = set()
    for path, column in reference.columns.items():
        pattern = generalise(path)
        if path in target.columns and pattern not in met:
            met.add(pattern)
            yield pattern, column, target.columns[path]


def loose_rules(reference: Trace, target: Trace) -> list[FieldRule]:
    """Return rules that take for equal whatever might be one quantity, computed in two ways."""
    rules = []
    for pattern, column, other in _shared(reference, target):
        atol = _NOISE_MAX * max(1.0, _size(column)) if _is_float(column) or _is_float(other) else 0.0
        rules.append(FieldRule(Pattern(pattern), atol=atol, dtype="any", because=_MARK))
    return rules


def _is_float(column: Column) -> bool:
    return not isinstance(column.values, list) and column.values.dtype.kind == "f"


def _size(column: Column) -> float:
    if isinstance(column.values, list):
        return 0.0
    return float(np.abs(column.values[np.isfinite(column.values)].astype(np.float64)).max(initial=0.0))


def unlike_shapes(reference: Trace, target: Trace) -> list[str]:
    """Return what no rule can settle: leaves of different shapes."""
    return [
        f"{pattern}: {_form_words(column)} against {_form_words(other)}; write a view that gives them one shape"
        for pattern, column, other in _shared(reference, target)
        if _is_retyped(column, other) and column.form[2] != other.form[2]
    ]


def needed_rules(reference: Trace, target: Trace, errors: Mapping[str, float], apart: Collection[str], where: str) -> list[FieldRule]:
    """Return a rule for each common leaf that differs a little in form, or in value by its entry in `errors`.

    Where leaves are `apart`, further than rounding explains, the errors cannot be gone by: float leaves then get what rounding
    alone might need, if floats narrower than float64 are in use, so that no rule hides more. Many rules in one field become one.
    """
    rules: dict[str, list[FieldRule]] = {}
    epsilon = max(_epsilons(reference, target), default=0.0)
    for pattern, column, other in _shared(reference, target):
        retyped = _is_retyped(column, other) and column.form[2] == other.form[2]
        words = [f"{_form_words(column)} against {_form_words(other)}"] if retyped else []
        atol, error = 0.0, errors.get(pattern)
        if error and apart and _is_float(column) and _is_float(other) and epsilon > _FINEST:
            atol = _power_of_ten(_ROUNDING * epsilon * max(1.0, _size(column)))
            words.append(f"{error:.2g} apart {where}, of which rounding may explain {atol:g}")
        elif error and pattern not in apart:
            atol = _power_of_ten(2 * error)
            words.append(f"at most {error:.2g} apart {where}")
        if words:
            rule = FieldRule(Pattern(pattern), atol=atol, dtype="any" if retyped else "same", because=f"{_MARK} {'; '.join(words)}")
            rules.setdefault(_field_of(pattern), []).append(rule)
    return [rule for name, own in rules.items() for rule in _merged(name, own)]


def _epsilons(*traces: Trace) -> Iterator[float]:
    """Yield the spacing of floats at 1 for each dtype in use."""
    for trace in traces:
        for column in trace.columns.values():
            if not isinstance(column.values, list) and column.values.dtype.kind == "f":
                yield float(np.finfo(column.values.dtype).eps)


def _field_of(pattern: str) -> str:
    return field_of(pattern.replace("[*]", "[0]"))


def _power_of_ten(least: float) -> float:
    return 10.0 ** math.ceil(math.log10(least))


def _is_retyped(column: Column, other: Column) -> bool:
    return column.form != other.form and "ragged" not in (column.form[0], other.form[0])


def _form_words(column: Column) -> str:
    kind, dtype, shape = column.form
    return kind if column.scalar else f"{dtype}{list(shape)}"


def _merged(name: str, rules: Sequence[FieldRule]) -> Sequence[FieldRule]:
    """Return one rule for a field in the place of many, unless its tolerance would blur whole numbers."""
    widest = max(rules, key=lambda rule: rule.atol)
    if len(rules) <= _RULES_PER_FIELD_MAX or widest.atol >= 0.5:
        return rules
    retyped = any(rule.dtype == "any" for rule in rules)
    because = f"{widest.because} ({widest.pattern.text}, the worst of {len(rules)} leaves)"
    return [replace(widest, pattern=Pattern(name), dtype="any" if retyped else "same", because=because)]
