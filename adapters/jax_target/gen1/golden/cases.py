"""The recorded cases, as arrays."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ..exchange import import_state
from ..state import FIELDS, Battle, widen

RECORDED = Path(__file__).with_name("cases.json.gz")


class Steps(NamedTuple):
    """N Steps as the reference showed them."""

    states: dict[str, Any]
    obs: np.ndarray[Any, Any]
    legal: np.ndarray[Any, Any]


def read_cases(file: Path = RECORDED) -> dict[str, Any]:
    """Return everything that was recorded."""
    cases: dict[str, Any] = json.loads(gzip.decompress(file.read_bytes()))
    return cases


def stack_steps(cases: dict[str, Any]) -> Steps:
    """Return the Steps, their states as a canonical tree."""
    rows = cases["states"]
    obs = np.asarray([row[1:3] for row in rows], np.float32)
    return Steps(stack_states([row[0] for row in rows]), obs, np.asarray([row[3:5] for row in rows], bool))


def stack_states(rows: list[list[int]]) -> dict[str, Any]:
    """Return states that were recorded as their numbers in the order of the layout, as a canonical tree."""
    numbers = np.asarray(rows, np.int64)
    tree: dict[str, Any] = {}
    at = 0
    for path, field in FIELDS.items():
        *groups, name = path.split(".")
        count = int(np.prod(field.shape))
        inner = tree
        for group in groups:
            inner = inner.setdefault(group, {})
        inner[name] = numbers[:, at : at + count].reshape(len(rows), *field.shape)
        at += count
    assert at == numbers.shape[1]
    return tree


def stack_switches(cases: dict[str, Any]) -> tuple[Battle, np.ndarray[Any, Any], Battle]:
    """Return battles before a step of switches, the places int32[N, 2], and the battles after it."""
    before = [row[0] for row in cases["switches"]]
    after = [list(numbers) for numbers in before]
    for numbers, row in zip(after, cases["switches"], strict=True):
        for at, value in row[2]:
            numbers[at] = value
    places = np.asarray([row[1] for row in cases["switches"]], np.int32)
    return import_state(stack_states(before)), places, import_state(stack_states(after))


def take_battles(steps: Steps, rows: Any) -> Battle:
    """Return the battles of some rows, as wide as a step computes with them."""
    kept = import_state(steps.states)
    return widen(jax.tree.map(lambda leaf: jnp.asarray(leaf[np.asarray(rows)]), kept))
