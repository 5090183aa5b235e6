"""Values and counts in words that are safe to print."""

from __future__ import annotations

import json
import shlex
import unicodedata
from collections.abc import Iterable, Sequence

import numpy as np

from equivcheck.model.divergence import Inside
from equivcheck.model.paths import field_of, parse_path
from equivcheck.model.values import MISSING, Leaf, Missing, Value, flatten, to_json
from equivcheck.model.verdict import Counterexample, Coverage, FieldCount

ANSWERS = ("refusal", "crash", "length")  # kinds of divergence that are told in words: no leaf parts


def printable(text: str, length_max: int = 2_000) -> str:
    """Return text from elsewhere without control characters, those that turn the writing direction included; lines end in \\n alone."""
    clean = "".join(c if _is_shown(c) else "\N{REPLACEMENT CHARACTER}" for c in text[: 2 * length_max].replace("\r\n", "\n"))
    return clean if len(clean) <= length_max else clean[: length_max - 3] + "..."


def _is_shown(character: str) -> bool:
    category = unicodedata.category(character)
    return character == "\n" or (category[0] != "C" and category not in ("Zl", "Zp"))


def marked(text: str, indent: int, length_max: int = 2_000) -> str:
    """Return text from elsewhere with a mark before each further line, so that none passes for a line of ours."""
    return printable(text, length_max).replace("\n", f"\n{' ' * indent}| ")


def one_line(text: str, length_max: int = 2_000) -> str:
    """Return text from elsewhere in one line."""
    return printable(text, length_max).replace("\n", " ")


def leaf_text(leaf: Leaf | Missing, length_max: int = 120) -> str:
    """Return one leaf as a person would write it: floats in as many digits as tell them apart, arrays without their dtype."""
    if leaf is MISSING:
        return "nothing"
    if isinstance(leaf, np.ndarray):
        with np.printoptions(precision=6, threshold=16, linewidth=10_000):
            text = " ".join(str(leaf).split()).replace("[ ", "[").replace(" ]", "]")
        return printable(text, length_max)
    if isinstance(leaf, str):
        return printable(json.dumps(leaf, ensure_ascii=False), length_max)
    return printable(repr(leaf), length_max)


def value_text(value: Value, length_max: int = 160) -> str:
    """Return a tree in one line."""
    if isinstance(value, (dict, list)):
        plain = json.dumps(_short(value), ensure_ascii=False, default=str)
        return printable(plain, length_max)
    return leaf_text(value, length_max)


def _short(value: Value) -> object:
    if isinstance(value, dict):
        return {key: _short(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_short(item) for item in value]
    if isinstance(value, np.ndarray):
        return value.tolist() if value.size <= 16 else leaf_text(value)
    return to_json(value)


def number_text(number: float | None) -> str:
    """Return a distance in three digits, "?" where there is none."""
    return "?" if number is None else f"{number:.3g}"


def tree_lines(tree: Value, length_max: int = 120) -> dict[str, str]:
    """Return the leaves of a Step by path, as text."""
    return {} if tree is None else {path: leaf_text(leaf, length_max) for path, leaf in flatten(tree).items()}


def nearest_first(paths: Iterable[str], parting: Sequence[str]) -> list[str]:
    """Return the paths of leaves in another order: those that part, then those beside them, then the others."""
    return sorted(paths, key=lambda path: min((_place(path, other, at) for at, other in enumerate(parting)), default=()))


def _place(path: str, parting: str, number: int) -> tuple[int, int]:
    """Return what puts a leaf in order: in the `number`-th that parts, around it or of it; else by the segments they share."""
    here, there = parse_path(path), parse_path(parting)
    shorter = min(len(here), len(there))
    shared = next((n for n in range(shorter) if here[n] != there[n]), shorter)
    return (0, number) if shared == shorter else (1, -shared)


def listed(names: Iterable[str], most: int = 8) -> str:
    """Return names with commas, the end cut where there are many."""
    all_names = list(names)
    more = f" and {len(all_names) - most} more" if len(all_names) > most else ""
    return ", ".join(all_names[:most]) + more


def coverage_words(coverage: Coverage) -> tuple[str, str]:
    """Return (what was compared, what was never exercised) in one line each; the second is empty if there is nothing.

    The domain of a draw may well be always the same.
    """
    alive = [path for path, entry in coverage.fields.items() if entry.compared]
    never = [f"{path} (never compared)" for path, entry in coverage.fields.items() if not entry.compared]
    never += [f"{path} (only forced)" for path, e in coverage.fields.items() if e.compared and e.compared <= e.forced]
    never += [
        f"{path} ({_stillness(e)})"
        for path, e in coverage.fields.items()
        if e.compared and not e.changed and path not in ("terminated", "truncated") and ".domain." not in path
    ]
    never += [name for name in ("terminated", "truncated") if not coverage.flags.get(name) and name not in coverage.filled]
    stated = {field_of(path) for path, entry in coverage.fields.items() if entry.compared}
    never += [f"{name} (no side states it)" for name in sorted(coverage.filled - stated)]
    never += [f"action {name}" for name, count in coverage.actions.items() if not count]
    return listed(_tops(alive)), listed(never, 12)


def cause_words(counterexample: Counterexample) -> list[tuple[str, str]]:
    """Return (label, text) of what is behind a counterexample, as far as it is known."""
    nature, fault = counterexample.nature, counterexample.fault
    divergence, call = counterexample.divergence, counterexample.call
    words = [("inside" if not at else "", _inside_text(one)) for at, one in enumerate(divergence.inside)]
    if divergence.then is not None:
        words.append(("then", f"{one_line(divergence.then[0])} parts at step {divergence.then[1]}"))
    words += [("depends" if not at else "", one_line(text)) for at, text in enumerate(counterexample.depends)]
    if call is not None:
        arguments = value_text(call.script.episodes[-1].actions[-1])
        rerun = f": equivcheck replay {shlex.quote(call.file)}" if call.file else ""
        words.append(("call", f"{one_line(call.divergence.leading.path)} of {arguments} shows it alone{rerun}"))
    if nature is not None:
        words.append(("nature", one_line(f"{nature.word}: {nature.sentence}" if nature.word else nature.sentence)))
    if fault is not None:
        words.append(("fault", one_line(f"{fault.suspect}: {'; '.join(fault.evidence or _by_subject(fault.held))}")))
    return words


def _by_subject(sentences: Sequence[str]) -> list[str]:
    """Return sentences that begin with one subject (two words) as one, and of a subject with the same to say that it does so too."""
    said: dict[str, list[str]] = {}
    for sentence in sentences:
        words = sentence.split(" ")
        said.setdefault(" ".join(words[:2]), []).append(" ".join(words[2:]))
    texts: dict[str, str] = {}
    for subject, things in said.items():
        text = ", ".join(things)
        texts[text] = f"{texts[text]}; so does {subject}" if text in texts else f"{subject} {text}"
    return list(texts.values())


def _inside_text(one: Inside) -> str:
    sides = ["nothing" if value is MISSING else value_text(value, 100) for value in (one.reference, one.target)]
    return f"{one.kind} {one_line(one.name, 80)}: reference {sides[0]}, target {sides[1]}"


def _stillness(entry: FieldCount) -> str:
    """Return how a leaf that was never seen to change was seen; a digest does not show what it stands for."""
    always = f"always {'the same' if entry.non_default else 'at its default'}"
    return f"{always} where it was read, the rest by digest" if entry.digested else always


def _tops(paths: Iterable[str]) -> list[str]:
    tops: dict[str, int] = {}
    for path in paths:
        top = path.split(".")[0].split("[")[0]
        tops[top] = tops.get(top, 0) + 1
    return [top if count == 1 else f"{top} ({count} leaves)" for top, count in tops.items()]
