"""Paths and patterns: what is written can be read, and a pattern means what it says."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equivcheck.model.paths import Pattern, extend_path, field_of, generalise, lies_in, parse_path, path_text

KEYS = st.sampled_from(["a", "b", "0", "*", "**", "", "Mr. Mime", 'q"\\', "x[3]", "[*]", "é", "\n", "\u2028", "\ud800"]) | st.text(
    max_size=4
)
SEGMENTS = st.lists(KEYS | st.integers(0, 999_999_999), max_size=5).map(tuple)


@given(SEGMENTS)
def test_a_path_is_read_back_as_it_was_written(segments: tuple[str | int, ...]) -> None:
    assert parse_path(path_text(segments)) == segments


@given(SEGMENTS, KEYS | st.integers(0, 99))
def test_a_path_grows_by_the_segment_it_is_given(segments: tuple[str | int, ...], last: str | int) -> None:
    assert extend_path(path_text(segments), last) == path_text((*segments, last))


@given(SEGMENTS, SEGMENTS)
def test_a_path_lies_in_each_of_its_beginnings_and_in_no_other(path: tuple[str | int, ...], whole: tuple[str | int, ...]) -> None:
    assert all(lies_in(path_text(path), path_text(path[:length])) for length in range(1, len(path) + 1))
    if whole:
        assert lies_in(path_text(path), path_text(whole)) == (path[: len(whole)] == whole)


@given(SEGMENTS, SEGMENTS)
def test_two_paths_never_share_a_text(a: tuple[str | int, ...], b: tuple[str | int, ...]) -> None:
    assert (path_text(a) == path_text(b)) == (a == b)


def test_paths_look_as_the_protocol_writes_them() -> None:
    assert path_text(("state", "sides", 0, "team", "Mr. Mime", "hp")) == 'state.sides[0].team["Mr. Mime"].hp'
    assert path_text((0, "a")) == "[0].a"
    assert path_text(()) == ""
    assert field_of("state.sides[0]") == "state"


BROKEN = [".a", "a.", "a..b", "a.[0]", "[0]a", "a[", "a[]", "a[-1]", "a[1234567890]", "a b", 'a["b', "a[b]", 'a["\\q"]', "a\n", "***"]


@pytest.mark.parametrize("text", BROKEN)
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"path|escape"):
        parse_path(text)
    with pytest.raises(ValueError, match=r"path|escape"):
        Pattern(text)


@pytest.mark.parametrize("text", ["*", "a.**", "a[*]"])
def test_a_pattern_is_no_path(text: str) -> None:
    with pytest.raises(ValueError, match="is a pattern, not a path"):
        parse_path(text)
    Pattern(text)


@given(SEGMENTS, SEGMENTS)
def test_a_pattern_without_wildcards_matches_itself_and_what_is_below(
    segments: tuple[str | int, ...], below: tuple[str | int, ...]
) -> None:
    pattern = Pattern(path_text(segments))
    assert pattern.literal_count == len(segments)
    assert pattern.matches(path_text((*segments, *below)))
    assert not any(pattern.matches(path_text(segments[:end])) for end in range(len(segments)))


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("state.*.hp", "state.a.hp", True),
        ("state.*.hp", "state.a.b.hp", False),
        ("state.*", "state.a.b", True),
        ("state.*", "state", False),
        ("state.*", "state[0]", False),
        ("state[*]", "state[7].x", True),
        ("state[*]", "state.x", False),
        ("**.hp", "hp", True),
        ("**.hp", "a[0].b.hp", True),
        ("**.hp", "a.hps", False),
        ("a.**.b", "a.b", True),
        ("a.**.b", "a.c.d[1].b.e", True),
        ("a.**.b", "c.a.b", False),
        ("**", "anything[0].at.all", True),
        ("**", "", True),
        ('["*"]', "a", False),
        ('["*"]', '["*"].a', True),
        ("a[0]", 'a["0"]', False),
        ("a[0]", "a.0", False),
        ("state", "statement", False),
    ],
)
def test_wildcards_stand_for_what_they_say(pattern: str, path: str, matches: bool) -> None:
    assert Pattern(pattern).matches(path) == matches


@pytest.mark.parametrize(
    ("pattern", "path", "container", "leads"),
    [
        ("state.queue[*].at", "state.queue", list, True),
        ("state.queue[*].at", "state.queue", dict, False),
        ("state.queue[*].at", "state.queue[0]", dict, True),
        ("state.queue[*].at", "state", dict, True),
        ("state.queue[3]", "state.queue", list, True),
        ("state.queue", "state.queue", list, False),
        ("state.*", "state", dict, True),
        ("state.*", "state", list, False),
        ("state.**.at", "state.queue", list, True),
        ("obs[*]", "state.queue", list, False),
    ],
)
def test_a_pattern_leads_into_what_it_goes_on_below(pattern: str, path: str, container: type, leads: bool) -> None:
    assert Pattern(pattern).leads_into(path, container) == leads


SMALL = [path for length in range(4) for path in itertools.product(["a", 0], repeat=length)]


def naive(pattern: tuple[str, ...], path: tuple[str | int, ...]) -> bool:
    """The definition of a match, spelled out: the pattern uses up the path or the beginning of it."""
    if not pattern:
        return True
    head, *rest = pattern
    if head == "**":
        return any(naive(tuple(rest), path[skip:]) for skip in range(len(path) + 1))
    fits = {"*": lambda: isinstance(path[0], str), "[*]": lambda: isinstance(path[0], int)}.get(head, lambda: path[0] == head)
    return bool(path) and fits() and naive(tuple(rest), path[1:])


@given(st.lists(st.sampled_from(["a", "*", "[*]", "**"]), max_size=4).map(tuple))
def test_matching_agrees_with_its_definition(pattern: tuple[str, ...]) -> None:
    text = "".join(part if part == "[*]" or not index else f".{part}" for index, part in enumerate(pattern))
    for path in SMALL:
        assert Pattern(text).matches(path_text(path)) == naive(pattern, path), (text, path)


@given(SEGMENTS)
def test_a_generalised_path_is_a_pattern_for_the_path_with_its_keys_kept(segments: tuple[str | int, ...]) -> None:
    pattern = Pattern(generalise(path_text(segments)))
    assert pattern.matches(path_text(segments))
    assert pattern.literal_count == sum(isinstance(segment, str) for segment in segments)
    moved = tuple(segment + 1 if isinstance(segment, int) else segment for segment in segments)
    assert generalise(path_text(moved)) == pattern.text
