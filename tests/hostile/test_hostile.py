"""Adapters that are hostile, each as a real program, checked as anybody's would be.

Whatever they do: a verdict in words, in time, in bounded memory of ours, nothing left behind, nothing painted on the terminal.
"""

from __future__ import annotations

import inspect
import json
import os
import re
import shlex
import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import click
import psutil
import pytest

from equivcheck.backends.opening import Opening
from equivcheck.backends.process import Deadlines, ProcessBackend
from equivcheck.cli.group import conclude
from equivcheck.findings import read_finding
from equivcheck.model.spec import PairSpec, Spec
from equivcheck.model.verdict import Counterexample, PairReport, Report
from equivcheck.pair import Budget
from equivcheck.runner import Run, check_pair

PROGRAMS = Path(__file__).parent / "programs"
INCONCLUSIVE, DIVERGENT = 4, 3
PATIENT = Deadlines(hello_s=30.0, message_s=30.0, first_s=30.0)
SEED = 7  # which the programs know
MEMORY_OF_OURS = 200 * 2**20
MARK = "HOSTILE_TEST"  # in the environment of everything that a test starts
HANG_S = 60.0  # far above what any of this takes: time is no evidence on a busy machine


class Counter:
    """What every program here says it is."""

    actions = 5

    def reset(self, seed: int) -> dict[str, Any]:
        self.n = seed % 3
        return {"obs": self.n}

    def step(self, action: int) -> dict[str, Any]:
        self.n += action
        return {"obs": self.n, "reward": float(action), "terminated": self.n >= 12}


@dataclass(frozen=True)
class Checked:
    """One check: its exit code, the report as it was printed and as a value, and the findings it told of on the way."""

    code: int
    printed: str
    report: PairReport
    heard: list[Counterexample]


Check = Callable[..., Checked]


@pytest.fixture(autouse=True)
def marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MARK, str(tmp_path))


@pytest.fixture
def check(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Iterator[Check]:
    """Check the Counter against a program, in every way there is to report it; at the end, nothing of the program is left."""

    def check_program(
        program: str, variant: str = "", deadlines: Deadlines = PATIENT, *, episodes: int = 2, swapped: bool = False, **limits: int
    ) -> Checked:
        argv = (sys.executable, "-B", str(PROGRAMS / f"{program}.py"), variant, str(tmp_path))
        hostile = partial(ProcessBackend, argv, deadlines=deadlines, **limits)
        heard: list[Counterexample] = []
        opening = Opening(tmp_path, {"counter": Counter, "hostile": hostile})
        run = Run(opening, Budget(SEED, episodes), ("rollout",), found=lambda level, one: heard.append(one))
        sides = ("object:hostile", "object:counter") if swapped else ("object:counter", "object:hostile")
        start, before = time.monotonic(), peak_memory(anew=True)
        report = check_pair(PairSpec("hostile", *sides, Spec(mode="seeded")), run)
        assert peak_memory() - before < MEMORY_OF_OURS
        assert time.monotonic() - start < HANG_S
        return Checked(conclude_report(report, tmp_path), read_clean(capfdbinary), report, heard)

    yield check_program
    assert not left_behind(tmp_path)


def conclude_report(report: PairReport, folder: Path) -> int:
    """Print the report and write it in every format, as the command does; return the exit code."""
    files = {f"{name}_file": str(folder / f"report.{name}") for name in ("json", "junit", "brief")}
    with pytest.raises(click.exceptions.Exit) as exited:
        conclude(click.Context(click.Command("check")), Report((report,)), files)
    for file in files.values():
        assert_clean(Path(file).read_bytes())
    assert json.loads(Path(files["json_file"]).read_text())["verdict"] == report.outcome.value
    ElementTree.parse(files["junit_file"])
    return exited.value.exit_code


def read_clean(capture: pytest.CaptureFixture[bytes]) -> str:
    out, err = capture.readouterr()
    assert_clean(out + err)
    return out.decode()


def assert_clean(output: bytes) -> None:
    """Nothing may reach a terminal, or a parser, that is no plain character."""
    bad = {c for c in output.decode() if c != "\n" and unicodedata.category(c)[0] == "C"}
    assert not bad


def peak_memory(*, anew: bool = False) -> int:
    """The most bytes this process ever held, or with `anew`, holds now; then it is counted afresh from here on."""
    try:
        if anew:
            Path("/proc/self/clear_refs").write_text("5")
        return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) * 1024  # type: ignore[index]
    except OSError:
        return int(psutil.Process().memory_info().rss)


def left_behind(mark: Path) -> list[list[str]]:
    """The processes with `mark` among their arguments or in their environment, as all have that they forked; and zombies of ours."""
    ours = [child.cmdline() for child in psutil.Process().children(recursive=True) if child.status() == psutil.STATUS_ZOMBIE]
    others = [process.info for process in psutil.process_iter(["pid", "cmdline", "environ"]) if process.pid != os.getpid()]
    marked = [one for one in others if str(mark) in (one["cmdline"] or []) or (one["environ"] or {}).get(MARK) == str(mark)]
    return [*ours, *(one["cmdline"] or [str(one["pid"])] for one in marked)]


def test_the_control_is_equivalent(check: Check) -> None:
    checked = check("honest", "", PATIENT)
    assert (checked.code, checked.report.conformance) == (0, ())


def test_a_flood_on_standard_error_keeps_nobody_from_an_answer(check: Check) -> None:
    assert check("floods_stderr", "and_answers").code == 0


@pytest.mark.parametrize("marked_by", ["arguments", "environment"])
def test_a_process_that_is_left_behind_would_be_seen(tmp_path: Path, marked_by: str) -> None:
    arguments = [str(tmp_path)] if marked_by == "arguments" else []
    environment = {} if marked_by == "arguments" else None
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", *arguments], env=environment) as forgotten:
        assert len(left_behind(tmp_path)) == 1
        forgotten.kill()
    assert not left_behind(tmp_path)


@pytest.mark.parametrize(
    ("program", "variant", "words"),
    [
        ("lies_about_length", "zero", "a frame of length 0"),
        ("lies_about_length", "four_gib", "a frame of 4,294,967,295 bytes is announced"),
        ("lies_about_length", "one_short", "it ends too soon"),
        ("garbles", "reserved_byte", "a byte that begins no value"),
        ("garbles", "no_map", "a map is expected"),
        ("garbles", "no_type", "no `type`"),
        ("garbles", "ends_too_soon", "it ends too soon"),
        ("garbles", "goes_on_after", "9 bytes follow the map"),
        ("garbles", "number_as_key", "int is not allowed for map key"),
        ("garbles", "no_utf8", "can't decode byte"),
        ("garbles", "unknown_extension", "unknown extension type 7"),
        ("garbles", "ten_thousand_deep", "nested deeper than 64"),
        ("garbles", "ten_thousand_maps_deep", "nested deeper than 64"),
        ("garbles", "a_million_keys", "1000000 exceeds max_map_len"),
        ("garbles", "a_list_without_end", "it ends too soon"),
        ("garbles", "lists_claimed_in_lists", "it ends too soon"),
        ("garbles", "a_text_without_end", "it ends too soon"),
        ("garbles", "a_text_of_2_mib", "exceeds max_str_len"),
        ("garbles", "ten_million_tiny_runs", "10000000 exceeds max_array_len"),
        ("garbles", "four_million_tiny_runs", "more than 262,144 maps"),
        ("garbles", "64_mib_of_small_maps", "more than 262,144 maps"),
        ("garbles", "64_mib_of_small_lists_in_lists", "more than 262,144 maps"),
        ("garbles", "64_mib_of_small_arrays", "more than 262,144 maps"),
        ("garbles", "64_mib_of_small_numbers", "more than 4,194,304 entries"),
        ("speaks_out_of_turn", "done", "'done' is no answer to `roll`"),
        ("speaks_out_of_turn", "hello", "'hello' is no answer to `roll`"),
        ("speaks_out_of_turn", "unknown", "'shrug' is no answer to `roll`"),
        ("speaks_out_of_turn", "twice", "out of order|nobody asked for"),
        ("speaks_out_of_turn", "done_twice", "nobody asked for|'done' is no answer to `roll`"),
        ("speaks_out_of_turn", "more_for_ever", "a block without a Step, and more to come"),
        ("speaks_out_of_turn", "more_runs_of_none_for_ever", "a block without a Step, and more to come"),
        ("speaks_out_of_turn", "more_without_more", "'done' is no answer to `roll`"),
        ("spoils_blocks", "short_column", "column 'obs': an array of 6 rows is wanted"),
        ("spoils_blocks", "long_ragged_column", "column 'obs': a list of 6 leaves is wanted"),
        ("spoils_blocks", "short_presence", r"`present` is nil or bool\[6\]"),
        ("spoils_blocks", "lying_dimensions", r"an array of int8\[6, 1000\] in 6 bytes"),
        ("spoils_blocks", "dimensions_beyond_64_bits", "an array of int8.* in 0 bytes"),
        ("spoils_blocks", "nine_dimensions", "an array of 9 dimensions"),
        ("spoils_blocks", "zero_dimensions", "an array of 0 dimensions"),
        ("spoils_blocks", "objects", "unknown dtype 'object'"),
        ("spoils_blocks", "strings", "unknown dtype '<U4'"),
        ("spoils_blocks", "truths_beyond_1", "a byte other than 0 and 1"),
        ("spoils_blocks", "unknown_form", "unknown form 'tensor'"),
        ("spoils_blocks", "no_column", r"no list \[form, values, present\]"),
        ("spoils_blocks", "trees_as_leaves", "is no leaf"),
        ("spoils_blocks", "hidden_values", "rows without the leaf must hold zeros"),
        ("spoils_blocks", "two_things_at_one_place", "two of a leaf, a map and a list"),
        ("spoils_blocks", "paths_within_paths", "two of a leaf, a map and a list"),
        ("spoils_blocks", "path_that_is_none", "a column's path is malformed"),
        ("spoils_blocks", "path_of_a_mebibyte", "1,048,513 characters; at most 4,096"),
        ("spoils_blocks", "paths_of_100_parts", "more than 63 segments"),
        ("spoils_blocks", "reserved_field", "'digest' is reserved"),
        ("spoils_blocks", "runs_that_leave_a_gap", "out of order"),
        ("spoils_blocks", "runs_that_do_not_tile", "an array of 12 rows is wanted"),
        ("spoils_blocks", "runs_of_nothing_asked_for", "not asked for"),
        ("spoils_blocks", "runs_below_zero", "does not hold 4 numbers"),
        ("spoils_blocks", "run_without_end", "not asked for"),
        ("spoils_blocks", "runs_as_text", "`runs` is a list"),
        ("spoils_blocks", "nan_in_ends", "does not hold 3 numbers"),
        ("spoils_blocks", "end_without_words", "one of `ends` is no"),
        ("spoils_blocks", "end_of_another_kind", "one of `ends` is no"),
        ("spoils_blocks", "end_that_is_not_next", "which is not next"),
        ("spoils_blocks", "nan_for_a_bool", "`more` is a bool"),
        ("spoils_blocks", "columns_left_out", "`columns` is missing"),
        ("boasts", "a_million_fields", "1000000 exceeds max_map_len"),
        ("boasts", "field_of_a_mebibyte", "1,048,576 characters; at most 4,096"),
        ("boasts", "fields_that_are_no_path", "is no path"),
        ("boasts", "lanes_2_40", "not 1099511627776"),
        ("boasts", "lanes_below_zero", "not -1"),
        ("boasts", "actions_below_zero", "-5 is no count"),
        ("boasts", "box_of_a_billion", "at most 8 dimensions"),
        ("boasts", "space_24_deep", "nested at most 16 deep"),
        ("boasts", "space_10_000_deep", "nested deeper than 64"),
        ("boasts", "space_of_no_kind", "unknown space type 'ring'"),
        ("boasts", "same_environment_twice", "`environments` names one twice"),
        ("boasts", "same_agent_twice", "`agents` names one twice"),
        ("boasts", "number_as_name", "`name` is text"),
        ("boasts", "version_nan", "`protocol` is an int"),
        ("boasts", "capability_of_flight", "unknown capabilities flight"),
        ("boasts", "refusal_in_a_mebibyte", "refused `hello`: no no no"),
        ("prints", "before", "is something printed to standard output"),
        ("prints", "between", "is something printed to standard output|nobody asked for"),
        ("floods_stderr", "a_gigabyte", "exited with status 1; its last words: .*that was all"),
        ("dies", "at_once", "ended before it said hello: it exited with status 0"),
        ("dies", "at_hello", "ended before it said hello: it exited with status 1; its last words: no licence found"),
    ],
)
def test_what_breaks_the_protocol_or_the_limits_is_inconclusive(check: Check, program: str, variant: str, words: str) -> None:
    checked = check(program, variant)
    assert checked.code == INCONCLUSIVE
    assert re.search(words, checked.printed, re.DOTALL)
    assert not checked.heard


def test_a_flag_in_words_is_a_setup_finding(check: Check) -> None:
    checked = check("spoils_blocks", "text_as_flag")
    assert checked.code == DIVERGENT
    assert "bool against text" in checked.printed


def test_what_breaks_the_protocol_while_the_laws_are_tried_is_heard_again_by_the_level(check: Check) -> None:
    report = check("speaks_out_of_turn", "done").report
    (complaint,) = report.conformance
    assert re.search("the laws could not be tried: .*'done' is no answer to `roll`", complaint)
    assert [verdict.level for verdict in report.levels] == ["rollout"]


@pytest.mark.parametrize("variant", ["alone", "by_a_child"])
def test_what_takes_too_much_memory_is_ended_and_inconclusive(check: Check, variant: str) -> None:
    checked = check("eats_memory", variant, memory_bytes_max=100 * 2**20)
    assert checked.code == INCONCLUSIVE
    assert re.search(r"GiB of memory; 0\.10 are allowed", checked.printed)


@pytest.mark.parametrize(
    ("program", "variant", "words"),
    [
        ("sleeps", "at_hello", "has not answered `hello` within 1 s; its last words: good night"),
        ("sleeps", "in_mid_answer", "has not answered `(roll|play)` within 0.5 s; its last words: good night"),
        ("sleeps", "in_mid_frame", "has not answered `(roll|play)` within 0.5 s; its last words: good night"),
        ("sleeps", "byte_by_byte", "has not answered `(roll|play)` within 0.5 s"),
        ("sleeps", "deaf", "has not answered `(roll|play)` within 0.5 s; its last words: good night"),
        ("floods_stderr", "for_ever", "has not answered `(roll|play)` within 0.5 s; its last words:.*noise"),
        ("leaves_children", "stranger", "has not answered `(roll|play)` within 0.5 s; its last words: look after them"),
        ("leaves_children", "silent", "has not answered `(roll|play)` within 0.5 s; its last words: look after them"),
    ],
)
def test_what_is_late_is_ended_and_inconclusive(check: Check, program: str, variant: str, words: str) -> None:
    hello_s = 1.0 if variant == "at_hello" else PATIENT.hello_s
    checked = check(program, variant, Deadlines(hello_s, message_s=0.5, first_s=0.5))
    assert checked.code == INCONCLUSIVE
    key = "hello_s" if variant == "at_hello" else "message_s"
    assert f"if it needs longer, raise {key} under [deadlines] in an adapter.toml" in " ".join(checked.printed.split())
    assert re.search(words, checked.printed, re.DOTALL)


@pytest.mark.parametrize(
    ("program", "variant", "words"),
    [
        ("dies", "in_mid_frame", "it exited with status 7; farewell"),
        ("dies", "in_silence", "it exited with status 7\n"),
        ("dies", "once", "it exited with status 5; out of luck"),
        ("sleeps", "without_standard_output", "it closed its standard output and ran on; good night"),
        ("leaves_children", "pipe", "it exited with status 1; look after them"),
        ("leaves_children", "daemon", "it exited with status 1; look after them"),
    ],
)
def test_a_death_that_does_not_recur_is_inconclusive(check: Check, program: str, variant: str, words: str) -> None:
    checked = check(program, variant, episodes=8 if variant == "once" else 1)
    assert checked.code == INCONCLUSIVE
    assert f"died, but not again at the same step: {words}" in checked.printed


@pytest.mark.parametrize("swapped", [False, True])
def test_a_death_that_recurs_is_a_finding_and_is_shrunk(check: Check, tmp_path: Path, swapped: bool) -> None:
    checked = check("dies", "at_action_3", swapped=swapped)
    assert checked.code == DIVERGENT
    [verdict] = checked.report.levels
    [found] = verdict.counterexamples
    assert found.divergence.leading.kind == "crash"
    assert "killed by SIGSEGV; three is too many" in found.divergence.leading.words
    assert found.script.episodes[-1].actions == (3,)
    assert read_finding(tmp_path / found.file).script == found.script


@pytest.mark.parametrize(
    ("variant", "code", "words"),
    [
        ("hangs", INCONCLUSIVE, "has not answered `play` within 0.5 s; its last words: enough of this"),
        ("lies", INCONCLUSIVE, "'done' is no answer to `play`.*; its last words: enough of this"),
        ("leaves", DIVERGENT, "episodes diverged, one cause shown"),
    ],
)
def test_what_was_found_before_is_kept(check: Check, tmp_path: Path, variant: str, code: int, words: str) -> None:
    checked = check("diverges_then", variant, Deadlines(message_s=0.5, first_s=0.5), episodes=40)
    [verdict] = checked.report.levels
    [found] = verdict.counterexamples
    assert (found.divergence.leading.path, found.divergence.leading.kind) == ("obs", "value")
    assert f"equivcheck replay {found.file}" in checked.printed
    assert read_finding(tmp_path / found.file).wanted.path == "obs"
    assert checked.code == code
    assert re.search(words, checked.printed)


@pytest.mark.parametrize(
    ("variant", "code", "words"),
    [
        ("words", INCONCLUSIVE, "refused `hello`: painted"),
        ("environments", INCONCLUSIVE, "there are: painted"),
        ("environments_in_hello", INCONCLUSIVE, "control character"),
        ("version", 0, "painted"),
        ("fields_of_hello", INCONCLUSIVE, "control character"),
        ("space", INCONCLUSIVE, "unknown space type 'painted"),
        ("type", INCONCLUSIVE, "'painted.* is no answer"),
        ("stderr", INCONCLUSIVE, "it exited with status 1; painted"),
        ("ends", DIVERGENT, "painted"),
        ("fields", DIVERGENT, "painted"),
        ("fields_with_controls", INCONCLUSIVE, "control character"),
        ("values", DIVERGENT, "painted"),
        ("values_with_controls", DIVERGENT, "owned"),
    ],
)
def test_nothing_is_painted_on_the_terminal(check: Check, variant: str, code: int, words: str) -> None:
    checked = check("paints", variant)  # which reads every output and finds no control character in it
    assert checked.code == code
    assert re.search(words, checked.printed)


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize(
    ("program", "variant"),
    [("boasts", "wide_actions"), ("boasts", "lanes_2_32"), ("boasts", "five_thousand_fields"), ("masks_what_is_not_there", "")],
)
def test_a_boast_costs_nothing(check: Check, program: str, variant: str, swapped: bool) -> None:
    check(program, variant, swapped=swapped)  # whatever it says: in time, and in bounded memory


@pytest.mark.parametrize(
    ("program", "variant", "words"),
    [
        ("garbles", "ten_thousand_deep", "nested deeper than 64"),
        ("spoils_blocks", "lying_dimensions", "in 6 bytes"),
        ("dies", "in_mid_frame", "status 7; farewell"),
        ("dies", "at_action_3", "three is too many"),
        ("prints", "between", "is something printed to standard output|nobody asked for"),
    ],
)
def test_a_hostile_reference_is_no_better(check: Check, program: str, variant: str, words: str) -> None:
    checked = check(program, variant, swapped=True)
    assert checked.code in (INCONCLUSIVE, DIVERGENT)
    assert re.search(words, checked.printed)


@pytest.mark.parametrize(
    ("program", "variant", "words"),
    [("dies", "at_once", "status 0"), ("paints", "words", "refused `hello`: painted"), ("leaves_children", "daemon", "look after them")],
)
def test_the_command_says_the_same(tmp_path: Path, program: str, variant: str, words: str) -> None:
    (tmp_path / "sides.py").write_text(inspect.getsource(Counter).replace("dict[str, Any]", "dict"))
    address = f"stdio:{shlex.join([sys.executable, '-B', str(PROGRAMS / f'{program}.py'), variant, str(tmp_path)])}"
    argv = [sys.executable, "-m", "equivcheck", "check", "python:sides:Counter", address]
    done = subprocess.run(
        [*argv, "--level", "rollout", "--episodes", "1", "--mode", "seeded"], cwd=tmp_path, capture_output=True, check=False, timeout=HANG_S
    )
    assert done.returncode == INCONCLUSIVE
    assert_clean(done.stdout + done.stderr)
    assert re.search(words, done.stdout.decode())
    assert not left_behind(tmp_path)


def test_a_short_run_of_the_fuzzer_finds_nothing() -> None:
    argv = [sys.executable, "-B", str(Path(__file__).parent.parent / "fuzz_decoder.py"), "--frames", "10000", "--files"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=HANG_S)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "10,000 frames" in done.stdout
