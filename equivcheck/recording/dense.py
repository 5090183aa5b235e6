"""Tapes as arrays: what a port that runs on a device is told to draw, and what it drew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np

from equivcheck.errors import AdapterError
from equivcheck.model.values import Array, Value

# What each kind of domain is told by; and the dtype of its values.
PARAMETERS: Final[Mapping[str, Mapping[str, str]]] = {
    "integers": {"low": "int32", "high": "int32"},
    "choice": {"p": "float32", "among": "int32"},
    "permutation": {"n": "int32"},
    "uniform": {"low": "float32", "high": "float32"},
    "normal": {"loc": "float32", "scale": "float32"},
}
_FLOATS: Final = ("uniform", "normal")


@dataclass(frozen=True, slots=True)
class Site:
    """A place that draws: the kind of its domain, the keys it draws for, and how often at most in one step for each.

    `size`: of a `choice` the number of probabilities, of a `permutation` its length.
    """

    kind: str
    keys: tuple[str, ...] = ("",)
    times: int = 1
    size: int = 0


class Table(NamedTuple):
    """What a site is to draw, of K keys at most T times: how many int32[..., K], and values [..., K, T, ...]."""

    count: Any
    value: Any


def blank_made(site: Site) -> tuple[Array, Array, dict[str, Array]]:
    """Return zeros for how often a site drew int32[K], its values and its parameters [K, T, ...]."""
    shape = (len(site.keys), site.times)
    parameters = {name: np.zeros((*shape, site.size) if name == "p" else shape, dtype) for name, dtype in PARAMETERS[site.kind].items()}
    return np.zeros(shape[:1], np.int32), _blank_values(site), parameters


def _blank_values(site: Site) -> Array:
    shape = (len(site.keys), site.times, *((site.size,) if site.kind == "permutation" else ()))
    return np.zeros(shape, np.float32 if site.kind in _FLOATS else np.int32)


def tables(sites: Mapping[str, Site], tapes: Sequence[Sequence[Value]], width: int) -> dict[str, Table]:
    """Return the tables of L = `width` lanes, [T, L, ...], for the records of each Step of each lane, from Step 1 on.

    What a site cannot draw (another site or key, one time too many, another form) is left out: then it is not consumed, and a
    comparison says so.
    """
    longest = max(map(len, tapes), default=0)
    blanks = {name: _blank_values(site) for name, site in sites.items()}
    dense = {
        name: Table(np.zeros((longest, width, len(sites[name].keys)), np.int32), np.zeros((longest, width, *blank.shape), blank.dtype))
        for name, blank in blanks.items()
    }
    places = {(name, key): number for name, site in sites.items() for number, key in enumerate(site.keys)}
    for lane, tape in enumerate(tapes):
        for row, records in enumerate(tape):
            for record in records if isinstance(records, list) else ():
                site, key, value = (record.get(name) for name in ("site", "key", "value")) if isinstance(record, dict) else (None,) * 3
                number = places.get((str(site), str(key)))
                if number is None:
                    continue
                count, values = dense[str(site)]
                at = (row, lane, number, int(count[row, lane, number]))
                given = np.asarray(value)
                if at[-1] < values.shape[3] and given.shape == values.shape[4:] and given.dtype.kind in "iuf":
                    values[at] = given
                    count[at[:-1]] += 1
    return dense


def records(sites: Mapping[str, Site], made: Mapping[str, Any]) -> list[list[dict[str, Value]]]:
    """Return the records of N Steps for what was drawn, arrays [N, ...] by site. Raises: AdapterError where a site drew too often."""
    rows: list[list[dict[str, Value]]] = [[] for _ in next(iter(made.values()))["count"]]
    for name, site in sites.items():
        counts, values, parameters = (made[name][part] for part in ("count", "value", "parameters"))
        if (np.asarray(counts) > site.times).any():
            raise AdapterError(f"{name!r} drew {int(np.max(counts))} times in a step for one key, and its Site says {site.times}")
        for row, number in zip(*np.nonzero(counts), strict=True):
            for time in range(int(counts[row, number])):
                domain = {key: _told(whole[row, number, time]) for key, whole in parameters.items()}
                if site.kind == "choice":
                    domain["p"] = domain["p"][: domain.pop("among")]
                value = _told(values[row, number, time])
                rows[row].append({"site": name, "key": site.keys[number], "domain": {"kind": site.kind, **domain}, "value": value})
    return rows


def _told(value: Any) -> Value:
    """Return what arrays hold as records tell it: Python numbers, float64 and int64 arrays."""
    array = np.asarray(value)
    return array.item() if not array.ndim else array.astype(np.int64 if array.dtype.kind in "iu" else np.float64)
