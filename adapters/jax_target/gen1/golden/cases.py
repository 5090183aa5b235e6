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
    numbers = np.asarray([row[0] for row in rows], np.int64)
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
    obs = np.asarray([row[1:3] for row in rows], np.float32)
    return Steps(tree, obs, np.asarray([row[3:5] for row in rows], bool))


def take_battles(steps: Steps, rows: Any) -> Battle:
    """Return the battles of some rows, as wide as a step computes with them."""
    kept = import_state(steps.states)
    return widen(jax.tree.map(lambda leaf: jnp.asarray(leaf[np.asarray(rows)]), kept))
