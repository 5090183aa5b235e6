"""What runs found, on disk: saved at once, replayed first, healed when fixed, kept for ever when asked."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from equivcheck.errors import InputError, SpecError
from equivcheck.model.contract import spec_from_mapping
from equivcheck.model.divergence import Difference
from equivcheck.model.script import Script, script_from_json, script_to_json
from equivcheck.model.spec import FieldRule, Mode, Spec
from equivcheck.model.values import MISSING, from_json, to_json
from equivcheck.model.verdict import Counterexample
from equivcheck.pair import Pair

FORMAT = "equivcheck counterexample 1"
FILE_BYTES_MAX = 64 * 2**20
_FOUND = Path(".equivcheck", "found")
_KEPT = Path("traces", "regressions")


@dataclass(frozen=True, slots=True)
class Finding:
    """A counterexample file: the inputs that failed once, which pair they are for, and how they showed."""

    pair: str
    level: str
    reference: str
    target: str
    mode: Mode
    spec: Spec
    script: Script
    wanted: Difference
    path: Path
    cluster: tuple[str, ...] = ()


def folder_of(root: Path, pair: str) -> Path:
    """Return the folder that holds what runs found for a pair."""
    return root / _FOUND / _safe(pair)


def save_finding(root: Path, pair: Pair, level: str, counterexample: Counterexample, old: str = "") -> str:
    """Write a counterexample beside the others of its pair, in place of `old`; return its path relative to `root`."""
    folder = folder_of(root, counterexample.name)
    folder.mkdir(parents=True, exist_ok=True)
    marker = root / ".equivcheck" / ".gitignore"
    if not marker.exists():
        marker.write_text("*\n")
    text = json.dumps(_to_plain(pair, level, counterexample), indent=1, ensure_ascii=True) + "\n"
    name = hashlib.sha256(text.encode()).hexdigest()[:8]
    path = folder / f"{name}.json"
    temporary = path.with_suffix(f".{os.getpid()}.part")  # two workers of a test run may find the same
    temporary.write_text(text)
    temporary.replace(path)
    if old and (root / old) != path:
        (root / old).unlink(missing_ok=True)
    return str(path.relative_to(root))


def _to_plain(pair: Pair, level: str, counterexample: Counterexample) -> dict[str, Any]:
    mode = {"start": pair.mode.start, "draws": pair.mode.draws, "resync": pair.mode.resync}
    leading = counterexample.divergence.leading
    wanted = {"path": leading.path, "kind": leading.kind, "words": leading.words}
    for name in ("distance", "allowed"):
        wanted[name] = to_json(getattr(leading, name))
    return {
        "format": FORMAT,
        "pair": counterexample.name,
        "level": level,
        "reference": pair.reference.address,
        "target": pair.target.address,
        "spec": {**spec_to_plain(pair.spec), **mode},
        "divergence": wanted,
        "cluster": list(counterexample.key[1:]),
        "script": script_to_json(counterexample.script),
        "seen": _evidence(counterexample),
    }


def _evidence(counterexample: Counterexample) -> dict[str, Any]:
    """Return what was seen around the divergence: for people, never compared with."""
    sides = ("reference", "target")
    before = counterexample.before or (None, None)
    return {
        "step": counterexample.divergence.step_index,
        "before": {side: to_json(tree) for side, tree in zip(sides, before, strict=True)},
        "after": {side: to_json(tree) for side, tree in zip(sides, counterexample.after, strict=True)},
        "differing": [difference.path for difference in counterexample.divergence.differences],
    }


def spec_to_plain(spec: Spec) -> dict[str, Any]:
    """Return what of a Spec decides how a script is replayed, as `spec_from_mapping` reads it; the mode apart."""
    plain: dict[str, Any] = {}
    if spec.fields:
        plain["fields"] = {rule.pattern.text: _rule_to_plain(rule) for rule in spec.fields}
    if spec.known:
        plain["known"] = [_known_to_plain(known) for known in spec.known]
    views = {name: view for name, view in dataclasses.asdict(spec.views).items() if view}
    if views:
        plain["view"] = views
    return plain


def _rule_to_plain(rule: FieldRule) -> dict[str, Any]:
    defaults = {field.name: field.default for field in dataclasses.fields(FieldRule)}
    loose = {name: getattr(rule, name) for name in defaults if name != "pattern" and getattr(rule, name) != defaults[name]}
    return {"atol": rule.atol, **loose}  # a rule may be there only to tighten a wider one


def _known_to_plain(known: Any) -> dict[str, Any]:
    plain = {"field": known.pattern.text, "because": known.because}
    if known.kind:
        plain["kind"] = known.kind
    return plain if known.until is None else {**plain, "until": known.until.isoformat()}


def read_finding(path: Path) -> Finding:
    """Return what a counterexample file holds. Raises: InputError where it is none."""
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise InputError(f"{path}: larger than {FILE_BYTES_MAX} bytes, so no counterexample")
        text = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    return finding_from_text(text, path)


def finding_from_text(text: bytes, path: Path) -> Finding:
    """Return what the text of a counterexample file holds; `path` is what errors call it. Raises: InputError where it is none."""
    try:
        plain = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: cannot be read as JSON: {error}") from error
    return finding_from_plain(plain, path)


def finding_from_plain(plain: object, path: Path) -> Finding:
    """Return what the JSON of a counterexample file holds. Raises: InputError where it is none."""
    if not isinstance(plain, Mapping) or plain.get("format") != FORMAT:
        raise InputError(f'{path}: no counterexample: its `format` is not "{FORMAT}"')
    try:
        return _from_plain(plain, path)
    except (KeyError, TypeError, ValueError, AttributeError, SpecError) as error:
        raise InputError(f"{path}: a broken counterexample: {error}") from error


def _from_plain(plain: Mapping[str, Any], path: Path) -> Finding:
    spec = spec_from_mapping(plain["spec"], str(path))
    wanted = plain["divergence"]
    distance = from_json(wanted["distance"])
    difference = Difference(
        str(wanted["path"]),
        wanted["kind"],
        MISSING,
        MISSING,
        distance if distance is None else float(distance),
        float(wanted["allowed"]),
        words=str(wanted["words"]),
    )
    mode = Mode(spec.start or "own", spec.draws or "none", spec.resync or "never")
    names = (str(plain[key]) for key in ("pair", "level", "reference", "target"))
    pair, level, reference, target = names
    cluster = tuple(map(str, plain.get("cluster", ())))
    return Finding(pair, level, reference, target, mode, spec, script_from_json(plain["script"]), difference, path, cluster)


def found_files(root: Path, pair: str) -> list[Path]:
    """Return the counterexample files of a pair, its target against itself, components and laws included: found, then kept."""
    return [*_files_of(root / _FOUND, pair), *regression_files(root, pair)]


def regression_files(root: Path, pair: str) -> list[Path]:
    """Return the counterexample files that were kept for a pair, those of its target against itself, of components and laws included."""
    return _files_of(root / _KEPT, pair)


def _files_of(place: Path, pair: str) -> list[Path]:
    folders = (_safe(pair), f"{_safe(pair)}-self-*", f"{_safe(pair)}-call-*", f"{_safe(pair)}-law-*")
    return [path for folder in folders for path in sorted(place.glob(f"{folder}/*.json"))]


def keep_finding(root: Path, path: Path) -> Path:
    """Move a counterexample to `traces/regressions/`, where it is committed and replayed for ever; return its new path.

    Raises: InputError where it is no counterexample.
    """
    kept = _kept_folder(root, read_finding(path)) / path.name
    path.replace(kept)
    return kept


def keep_text(root: Path, text: bytes) -> Path:
    """Write the text of a counterexample to `traces/regressions/`; return its path. Raises: InputError where it is none."""
    kept = _kept_folder(root, finding_from_text(text, Path("-"))) / f"{hashlib.sha256(text).hexdigest()[:8]}.json"
    kept.write_bytes(text)
    return kept


def _kept_folder(root: Path, finding: Finding) -> Path:
    folder = root / _KEPT / _safe(finding.pair)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def is_regression(root: Path, path: Path) -> bool:
    """Return whether a file lies among the regressions of a project, which are never dropped."""
    return path.is_relative_to(root / _KEPT)


def _safe(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in name).strip(".") or "pair"
