"""`equivcheck init pair`, `init adapter`."""

from __future__ import annotations

import keyword
import re
import shutil
from pathlib import Path
from string import Template
from typing import Any

import click

from equivcheck.backends.opening import Opening
from equivcheck.cli.checking import short_name
from equivcheck.cli.contract import read_contract_text
from equivcheck.cli.group import CONTRACT, Group
from equivcheck.errors import SpecError
from equivcheck.findings import spec_to_plain
from equivcheck.model.contract import read_contract
from equivcheck.model.positions import quoted_text
from equivcheck.model.spec import PairSpec
from equivcheck.pair import Side
from equivcheck.proposal import Proposal, propose
from equivcheck.reports.words import marked, printable

VIEWS = "equivcheck_views"
_VIEWS_IMPORT = "from equivcheck.backends.viewed import rename"
_PACKAGE = Path(__file__).resolve().parent.parent
_SDKS = {"rust": "Cargo.toml", "node": "package.json"}  # the languages that have one, and a file that every copy of it has
_NOT_COPIED = ("target", "tests", "Cargo.lock", ".gitignore", "node_modules", "test", "package-lock.json")


@click.group(cls=Group, short_help="Write a first contract, or a first adapter program.")
def init() -> None:
    """Write a first contract for two sides, or a first adapter program.

    \b
    Examples:
      equivcheck init pair gymnasium:CartPole-v1 python:my_package.my_port:make
      equivcheck init adapter --language python adapters/my_port
    """


@init.command(short_help="Play both sides a little, and write a contract.")
@click.argument("reference")
@click.argument("target")
@click.option("--name", default="", metavar="NAME", help="The name of the pair; made from the target's address where it is left out.")
def pair(reference: str, target: str, name: str) -> None:
    """Play both sides a little, and write a contract for them to equivcheck.toml.

    \b
    Example:
      equivcheck init pair gymnasium:CartPole-v1 python:my_package.my_port:make --name cartpole
    """
    name = name or short_name(target)
    contract = Path(CONTRACT)
    written = read_contract_text() if contract.exists() else ""
    if written and name in {one.name for one in read_contract(written, CONTRACT)}:
        raise click.UsageError(f"{CONTRACT} has a pair {name!r} already: give another one with --name, or remove it first")
    function = f"{re.sub(r'[^A-Za-z0-9]', '_', name)}_target"
    function = function if function.isidentifier() and not keyword.iskeyword(function) else f"pair_{function}"
    opening = Opening(Path.cwd())
    sides = Side(reference, opening), Side(target, opening)
    try:
        proposal = propose(name, *sides, f"{VIEWS}:{function}")
    finally:
        for side in sides:
            side.close()
    text = (written.rstrip("\n") + "\n\n" if written else "") + contract_text(proposal.pair)
    read_contract(text, CONTRACT)
    if proposal.names:
        _write_view(Path(f"{VIEWS}.py"), function, proposal)
    contract.write_text(text, encoding="utf-8")
    click.echo(_words(proposal))


def contract_text(pair: PairSpec) -> str:
    """Return a pair as TOML: its addresses, mode, view and fields, with everything else at its default."""
    spec = pair.spec
    head = {"reference": pair.reference, "target": pair.target}
    head |= {axis: getattr(spec, axis) for axis in ("mode", "start", "draws", "resync") if getattr(spec, axis)}
    plain = spec_to_plain(spec)
    tables = {"": head, ".view": plain.get("view", {}), ".fields": plain.get("fields", {})}
    lines: list[str] = []
    for suffix, table in tables.items():
        if table:
            lines += ["", f"[pair.{_key_text(pair.name)}{suffix}]"]
            lines += [f"{_key_text(key)} = {_value_text(value)}" for key, value in table.items()]
    return "\n".join(lines[1:]) + "\n"


def _key_text(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else quoted_text(key)


def _value_text(value: Any) -> str:
    if isinstance(value, dict):
        rows = [f"{_key_text(key)} = {_value_text(item)}" for key, item in value.items() if (key, item) != ("atol", 0.0)]
        return "{ " + ", ".join(rows) + " }"
    if isinstance(value, bool):
        return str(value).lower()
    return quoted_text(value) if isinstance(value, str) else f"{value:g}"


def _write_view(file: Path, function: str, proposal: Proposal) -> None:
    """Add the function that gives the target's leaves the reference's names. Raises: SpecError where the file is another's."""
    head = f'"""Views that `equivcheck init pair` wrote: the matches are guesses, so read them."""\n\n{_VIEWS_IMPORT}\n'
    text = file.read_text(encoding="utf-8") if file.exists() else head
    if _VIEWS_IMPORT not in text.splitlines():
        raise SpecError(f"{file} is there and was not written by init: move it away, so that the view of this pair can be written")
    rows = "".join(f"        {quoted_text(theirs)}: {quoted_text(ours)},\n" for theirs, ours in proposal.names.items())
    what = f"The target of the pair {proposal.pair.name}: its own names, and the reference's for the same."
    file.write_text(f"{text}\n# {what}\n{function} = rename(\n    {{\n{rows}    }}\n)\n", encoding="utf-8")


def _words(proposal: Proposal) -> str:
    """Say what was written, what it rests on, and what comes next."""
    pair, spec = proposal.pair, proposal.pair.spec
    axes = ", ".join(f"{axis} {getattr(spec, axis)}" for axis in ("start", "draws", "resync") if getattr(spec, axis))
    lines = [f"wrote the pair {pair.name} to {CONTRACT}"]
    lines.append(f"  mode     {spec.mode or axes or 'none fits yet'}")
    lines += [f"  names    {theirs} of the target is taken for {ours}: see {VIEWS}.py" for theirs, ours in proposal.names.items()]
    for rule in spec.fields:
        how = "ignored" if rule.ignore else ", ".join(_loosening_words(rule.atol, rule.dtype))
        lines.append(f"  guess    {rule.pattern.text}: {how} ({rule.because.removeprefix('unreviewed: ')})")
    lines += [f"  note     {marked(remark, 11)}" for remark in proposal.remarks]
    review = f'read {CONTRACT}, and put a reason in the place of each "unreviewed"; then ' if spec.fields else ""
    lines.append(f"next: {review}run\n  equivcheck check {pair.name}")
    return printable("\n".join(lines), 20_000)


def _loosening_words(atol: float, dtype: str) -> list[str]:
    return ([f"atol {atol:g}"] if atol else []) + (["any dtype"] if dtype == "any" else [])


@init.command(short_help="Make an adapter program that passes conform.")
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option("--language", type=click.Choice(["python", "rust", "node"]), required=True, help="What to write it in.")
@click.option("--name", default="", metavar="NAME", help="The name of the adapter; that of the folder where it is left out.")
def adapter(folder: Path | None, language: str, name: str) -> None:
    """Make a folder with an adapter program in it that passes `equivcheck conform` as it stands.

    \b
    Example:
      equivcheck init adapter --language rust adapters/my_port
    """
    folder = folder or Path("adapters") / (name or f"my_{language}_adapter")
    name = name or folder.name
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", name):
        raise click.UsageError(f"{name!r} is no name for a program: give one of letters, digits, `_` and `-` with --name")
    if folder.exists() and any(folder.iterdir()):
        raise click.UsageError(f"{folder} is there and not empty: name a folder that is not")
    for template in sorted((_PACKAGE / "templates" / language).rglob("*.template")):
        file = folder / template.relative_to(_PACKAGE / "templates" / language).with_suffix("")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(Template(template.read_text(encoding="utf-8")).substitute(name=name), encoding="utf-8")
    if language in _SDKS:
        shutil.copytree(_sdk(language), folder / "equivcheck_sdk", ignore=shutil.ignore_patterns(*_NOT_COPIED))
    click.echo(f"made {folder}: read its README.md, put your environment in the place of the counter, and try it:")
    click.echo(f"  equivcheck conform {folder}:counter")


def _sdk(language: str) -> Path:
    """Return the folder of an SDK: in the package, or beside it in a checkout. Raises: SpecError where it is nowhere."""
    for place in (_PACKAGE / "sdk" / language, _PACKAGE.parent / "sdk" / language):
        if (place / _SDKS[language]).is_file():
            return place
    raise SpecError(f"this installation of equivcheck is without its SDK for {language}: install it from a wheel or a checkout")
