"""Pairs that a command names: from equivcheck.toml, or from two addresses."""

from __future__ import annotations

from pathlib import Path

import click

from equivcheck.cli.group import CONTRACT
from equivcheck.errors import SpecError
from equivcheck.model.contract import read_contract
from equivcheck.model.spec import PairSpec
from equivcheck.model.suggestion import closest


def contract_pairs() -> tuple[PairSpec, ...] | None:
    """Return the pairs of the folder's contract, None where there is none. Raises: SpecError."""
    contract = Path(CONTRACT)
    if not contract.exists():
        return None
    try:
        return read_contract(contract.read_text(encoding="utf-8"), CONTRACT)
    except UnicodeDecodeError as error:
        raise SpecError(f"{CONTRACT} is not UTF-8: {error}") from None


def pair_named(name: str) -> PairSpec:
    """Return one pair of the folder's contract. Raises: UsageError, with the nearest name."""
    pairs = contract_pairs()
    if pairs is None:
        raise click.UsageError(f"no pair {name!r}: there is no {CONTRACT} here; name two sides instead")
    known = {pair.name: pair for pair in pairs}
    if name not in known:
        raise click.UsageError(f"no pair {name!r} in {CONTRACT}{closest(name, known)}; it has {', '.join(known)}")
    return known[name]
