"""Fields as they were declared: which declaration speaks of a leaf, and whether the leaf is what it says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from equivcheck.comparison.drawn import DRAWS
from equivcheck.model.columns import Column
from equivcheck.model.paths import Pattern, field_of, generalise
from equivcheck.model.request import FieldDeclaration
from equivcheck.model.trace import Trace


def complain_of_fields(trace: Trace, declared: Mapping[str, FieldDeclaration]) -> str:
    """Return the first thing in which Steps are not as declared; empty where they are."""
    columns = {path: column for path, column in trace.columns.items() if field_of(path) != DRAWS}  # whose form is the protocol's
    declared = {path: declaration for path, declaration in declared.items() if field_of(path) != DRAWS}
    governing = _governing(columns, declared)
    step_zero = np.zeros(trace.step_count, bool)
    step_zero[[run.first for run in trace.runs]] = True
    for pattern, declaration in declared.items():
        found = {path: column for path, column in columns.items() if governing[path] == pattern}
        if not found and not declaration.optional:
            return f"{pattern} is declared and never comes; declare it optional if it need not come"
        for path, column in found.items():
            if declaration.kind and (complaint := _complain_of_form(path, column, declaration)):
                return complaint
            wanted = ~step_zero if path.startswith("reward") else np.ones(len(column), bool)
            if not declaration.optional and path == pattern and not column.presence[wanted].all():
                return f"{path} is declared, and missing on some Steps; declare it optional if it need not come"
    for path, column in columns.items():
        if not governing[path] and not _is_empty_part(path, column, declared):
            return f'{path} comes and is not declared: declare "{generalise(path)}", or what it lies in'
    return ""


def _governing(paths: Iterable[str], declared: Iterable[str]) -> dict[str, str]:
    """Return the pattern that says what each leaf is: the most literal that matches, the last of equals; "" where none does."""
    patterns = sorted(map(Pattern, declared), key=lambda pattern: pattern.literal_count)
    return {path: next((pattern.text for pattern in reversed(patterns) if pattern.matches(path)), "") for path in paths}


def _is_empty_part(path: str, column: Column, declared: Iterable[str]) -> bool:
    """Return whether a leaf is never more than an empty list or map, and something is declared of what it may hold."""
    leaves = [column.leaf(int(row)) for row in np.flatnonzero(column.presence)]
    return all(leaf in ([], {}) and any(Pattern(text).leads_into(path, type(leaf)) for text in declared) for leaf in leaves)


def _complain_of_form(path: str, column: Column, declaration: FieldDeclaration) -> str:
    kind, dtype, shape = column.form
    if kind == "ragged":
        return ""
    if kind != declaration.kind:
        return f"{path} is declared {declaration.kind} and comes as {kind}"
    wrong_dtype, wrong_shape = declaration.dtype not in ("", dtype), declaration.shape and tuple(declaration.shape) != tuple(shape)
    if kind == "array" and (wrong_dtype or wrong_shape):
        return f"{path} is declared {declaration.dtype}{list(declaration.shape)} and comes as {dtype}{list(shape)}"
    return ""
