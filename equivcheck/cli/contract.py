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
    return read_contract(read_contract_text(), CONTRACT) if contract.exists() else None


def read_contract_text() -> str:
    """Return the text of the folder's contract, which is there. Raises: SpecError."""
    try:
        return Path(CONTRACT).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise SpecError(f"{CONTRACT} is not UTF-8: {error}") from None
    except OSError as error:
        raise SpecError(f"{CONTRACT} cannot be read: {error.strerror}") from None


def pair_named(name: str) -> PairSpec:
    """Return one pair of the folder's contract. Raises: UsageError, with the nearest name."""
    pairs = contract_pairs()
    if pairs is None:
        raise click.UsageError(f"no pair {name!r}: there is no {CONTRACT} here; name two sides instead")
    known = {pair.name: pair for pair in pairs}
    if name not in known:
        raise click.UsageError(f"no pair {name!r} in {CONTRACT}{closest(name, known)}; it has {', '.join(known)}")
    return known[name]
