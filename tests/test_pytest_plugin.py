from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import equivcheck
import equivcheck.pytest_plugin.items  # pytester forgets what is first imported inside a run, and would load it each time
from equivcheck.errors import SpecError
from equivcheck.model.spec import Spec
from equivcheck.model.verdict import Outcome, Report

pytest_plugins = ["pytester"]

TOYS = """
class Counter:
    actions = 3
    def reset(self, seed): self.n = seed % 3; return {"obs": self.n}
    def step(self, action): self.n += action; return {"obs": self.n, "reward": float(action), "terminated": self.n >= 10}
    def state(self): return {"n": self.n}
    def load(self, state): self.n = state["n"]; return {"obs": self.n}

class Bad(Counter):
    def step(self, action):
        seen = super().step(action)
        return {**seen, "reward": -2.0} if action == 2 and self.n == 9 else seen

class Renamed(Counter):
    def step(self, action): return {("observation" if k == "obs" else k): v for k, v in super().step(action).items()}
    def reset(self, seed): return {"observation": super().reset(seed)["obs"]}
    def load(self, state): return {"observation": super().load(state)["obs"]}

def broken(): raise RuntimeError("no licence")
"""

CONTRACT = """
[pair.good]
reference = "python:toys:Counter"
target = "python:toys:Counter"
rollout.episodes = 5
[pair.bad]
reference = "python:toys:Counter"
target = "python:toys:Bad"
rollout.episodes = 20
"""

# Without state, where both sides draw their starts for themselves: nothing can be decided.
UNDECIDED = """
import random
class Blind:
    actions = 2
    def reset(self, seed): self.n = random.random(); return {"obs": self.n}
    def step(self, action): return {"obs": self.n, "reward": 0.0, "terminated": True}
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makepyfile(toys=TOYS)
    pytester.makefile(".toml", equivcheck=CONTRACT)
    return pytester


def run(project: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return project.runpytest_inprocess(*arguments)


def test_every_pair_and_level_is_one_item(project: pytest.Pytester) -> None:
    result = run(project, "--collect-only", "-q")
    names = [f"equivcheck.toml::{pair}::{level}" for pair in ("good", "bad") for level in ("self", "rollout")]
    assert [line for line in result.outlines if "::" in line] == names


def test_a_divergent_pair_fails_with_its_counterexample_and_no_traceback(project: pytest.Pytester) -> None:
    result = run(project, "-v")
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(
        [
            "equivcheck.toml::bad::rollout FAILED*",
            "DIVERGENT  bad",
            "*after      reference  reward = 2.0",
            "*target     reward = -2.0 *",
            "*rerun      equivcheck replay .equivcheck/found/bad/*.json",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*items.py*")
    result.stdout.no_fnmatch_line("*commands above*")


def test_the_printed_command_shows_it_again(project: pytest.Pytester) -> None:
    lines = run(project).outlines
    command = next(line.split("rerun")[1].split() for line in lines if " rerun " in line)
    again = subprocess.run([sys.executable, "-m", *command], cwd=project.path, capture_output=True, text=True)
    assert (again.returncode, again.stdout.splitlines()[0]) == (3, "FAILED"), again.stderr


def test_from_another_folder_it_says_where_the_commands_work(project: pytest.Pytester) -> None:
    project.mkdir("elsewhere")
    started = subprocess.run(
        [sys.executable, "-m", "pytest", "..", "-k", "bad"], cwd=project.path / "elsewhere", capture_output=True, text=True
    )
    assert f"the commands above are for the folder {project.path}" in started.stdout


@pytest.mark.parametrize("arguments", [(), ("-n", "2"), ("--tb=line",)])
@pytest.mark.parametrize("ci", ["1", ""])
def test_the_summary_names_a_failure_in_one_line_and_the_body_tells_it_once(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, ci: str, arguments: tuple[str, ...]
) -> None:
    monkeypatch.delenv("BUILD_NUMBER", raising=False)
    monkeypatch.setenv("CI", ci) if ci else monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    lines = run(project, "-rf", "-k", "bad", *arguments).outlines
    (summary,) = [number for number, line in enumerate(lines) if "short test summary" in line]
    assert lines[summary + 1].startswith("FAILED equivcheck.toml::bad::rollout - DIVERGENT rollout: reward at step 1; "), lines
    assert lines[summary + 2].startswith("===")
    if "--tb=line" not in arguments:  # where old versions of pytest print the summary alone
        assert sum(" rerun " in line for line in lines) == 1
    assert not any("items.py" in line for line in lines)


def test_it_runs_in_two_workers(project: pytest.Pytester) -> None:
    result = run(project, "-n", "2")
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["*rerun *equivcheck replay*"])


def test_dash_k_chooses_by_pair_and_level(project: pytest.Pytester) -> None:
    run(project, "-k", "good").assert_outcomes(passed=2, deselected=2)
    run(project, "-k", "bad and self").assert_outcomes(passed=1, deselected=3)
    run(project, "equivcheck.toml::bad::rollout").assert_outcomes(failed=1)


def test_last_failed_runs_what_failed(project: pytest.Pytester) -> None:
    run(project).assert_outcomes(passed=3, failed=1)
    run(project, "--lf").assert_outcomes(failed=1)
    path = project.path / "toys.py"
    path.write_text(path.read_text().replace('{**seen, "reward": -2.0}', "seen"))
    run(project, "--lf").assert_outcomes(passed=1)
    run(project).assert_outcomes(passed=4)


def test_a_broken_contract_is_a_collection_error_in_words(project: pytest.Pytester) -> None:
    project.makefile(".toml", equivcheck=CONTRACT.replace("target", "traget"))
    result = run(project)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(['*equivcheck.toml:3:1: unknown key "traget"*did you mean "target"*'])
    result.stdout.no_fnmatch_line("*Traceback*")
    (project.path / "equivcheck.toml").write_bytes(b"\xff\xfe")
    run(project).assert_outcomes(errors=1)


def test_a_setup_finding_fails_every_level_with_the_same_text(project: pytest.Pytester) -> None:
    contract = '[pair.named]\nreference = "python:toys:Counter"\ntarget = "python:toys:Renamed"\nmode = "seeded"\n'
    project.makefile(".toml", equivcheck=contract)
    result = run(project)
    result.assert_outcomes(failed=2)
    assert sum("(kind: setup)" in line for line in result.outlines) == 2
    assert sum('"observation" = { ignore = true' in line for line in result.outlines) == 2


def test_a_side_that_cannot_be_opened_fails_every_level_or_skips_it(project: pytest.Pytester) -> None:
    project.makefile(".toml", equivcheck='[pair.gone]\nreference = "python:toys:Counter"\ntarget = "python:toys:broken"\n')
    result = run(project)
    result.assert_outcomes(failed=2)
    assert sum(line.startswith("  INCONCLUSIVE  setup: ") and "no licence" in line for line in result.outlines) == 2
    result.stdout.no_fnmatch_line("*Traceback*")
    skipped = run(project, "-o", "equivcheck_inconclusive=skip", "-rs")
    skipped.assert_outcomes(skipped=2)
    skipped.stdout.fnmatch_lines(["*no licence*"])


def test_inconclusive_fails_unless_the_ini_says_skip(project: pytest.Pytester) -> None:
    project.makepyfile(blind=UNDECIDED)
    contract = '[pair.blind]\nreference = "python:blind:Blind"\ntarget = "python:blind:Blind"\nlevels = ["rollout"]\n'
    project.makefile(".toml", equivcheck=contract)
    result = run(project, "-W", "always")  # it breaks laws as well
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*INCONCLUSIVE*no mode fits*give the reference a `state`*"])
    project.makeini("[pytest]\nequivcheck_inconclusive = skip\n")
    run(project, "-W", "always").assert_outcomes(skipped=1)
    project.makeini("[pytest]\nequivcheck_inconclusive = ignore\n")
    refused = run(project)
    assert refused.ret == pytest.ExitCode.USAGE_ERROR
    refused.stderr.fnmatch_lines(["*equivcheck_inconclusive is*fail*or*skip*not 'ignore'*"])


def test_a_skipping_ini_never_skips_a_divergence(project: pytest.Pytester) -> None:
    run(project, "-o", "equivcheck_inconclusive=skip").assert_outcomes(passed=3, failed=1)


LAWLESS = """
import toys
class Rounding(toys.Counter):
    def load(self, state): return super().load({"n": state["n"] // 2})
"""


def test_a_broken_law_is_one_warning_a_pair(project: pytest.Pytester) -> None:
    project.makepyfile(lawless=LAWLESS)
    contract = CONTRACT.split("[pair.bad]")[0].replace('"python:toys', '"python:lawless', 1).replace("Counter", "Rounding", 1)
    project.makefile(".toml", equivcheck=f"# pairs\n{contract}")
    result = run(project, "-W", "always")
    result.assert_outcomes(passed=2, warnings=1)
    result.stdout.fnmatch_lines(
        ["*equivcheck.toml:3: BrokenLawWarning: good: the adapter breaks a law: python:lawless:Rounding: a loaded state is shown again: *"]
    )


def test_a_broken_law_where_warnings_are_errors_fails_in_words_and_after_the_verdict(project: pytest.Pytester) -> None:
    project.makepyfile(lawless=LAWLESS)
    project.makefile(".toml", equivcheck=CONTRACT.replace('"python:toys:Counter"\ntarget', '"python:lawless:Rounding"\ntarget'))
    result = run(project, "-W", "error")
    result.assert_outcomes(passed=1, failed=3)
    for words in ("good: the adapter breaks a law: python:lawless:Rounding: a loaded state is shown again: *", "*(kind: value)"):
        result.stdout.fnmatch_lines([words])
    result.stdout.no_fnmatch_line("*warn_explicit*")
    assert not [line for line in result.outlines if line.startswith(("E  ", ">  "))]


def test_a_view_that_is_not_there_is_said_in_words(project: pytest.Pytester) -> None:
    project.makefile(".toml", equivcheck=CONTRACT + '[pair.bad.view]\ntarget = "nowhere:view"\n')
    result = run(project, "-k", "bad and self")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*'nowhere:view' cannot be loaded*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def keep(project: pytest.Pytester) -> Path:
    run(project, "equivcheck.toml::bad::rollout")
    (found,) = (project.path / ".equivcheck/found/bad").glob("*.json")
    subprocess.run([sys.executable, "-m", "equivcheck", "keep", str(found)], cwd=project.path, check=True, capture_output=True)
    return project.path / "traces/regressions/bad" / found.name


def test_a_kept_regression_is_an_item_that_fails_until_it_is_fixed(project: pytest.Pytester) -> None:
    kept = keep(project)
    name = f"equivcheck.toml::bad::regression-{kept.stem}"
    result = run(project, name)
    result.assert_outcomes(failed=1)
    replay = f"*rerun *equivcheck replay traces/regressions/bad/{kept.name}"
    result.stdout.fnmatch_lines(["FAILED  bad: a regression shows again", "*target     reward = -2.0*", replay])
    path = project.path / "toys.py"
    path.write_text(path.read_text().replace('{**seen, "reward": -2.0}', "seen"))
    run(project, name).assert_outcomes(passed=1)
    assert kept.exists()


def test_a_regression_is_played_under_the_contract_as_it_is_now(project: pytest.Pytester) -> None:
    kept = keep(project)
    rule = '[pair.bad.fields]\nreward = { ignore = true, because = "the port scores otherwise, on purpose" }\n'
    project.makefile(".toml", equivcheck=CONTRACT + rule)
    run(project, f"equivcheck.toml::bad::regression-{kept.stem}").assert_outcomes(passed=1)


def test_a_regression_whose_side_is_gone_or_whose_file_is_broken_is_said_in_words(project: pytest.Pytester) -> None:
    kept = keep(project)
    name = f"equivcheck.toml::bad::regression-{kept.stem}"
    project.makefile(".toml", equivcheck=CONTRACT.replace("toys:Bad", "toys:broken"))
    result = run(project, name)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["INCONCLUSIVE  bad: *no licence*"])
    kept.write_text(json.dumps({**json.loads(kept.read_text()), "script": {}}))
    result = run(project, name)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*a broken counterexample*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_regression_of_a_side_against_itself_is_played_as_it_was_found(project: pytest.Pytester) -> None:
    leaky = "import toys\nclass Leaky(toys.Counter):\n    k = 0\n    def step(self, a):\n        Leaky.k += 1\n"
    leaky += '        return {**super().step(a), "reward": float(Leaky.k % 7 == 0)}\n'
    project.makepyfile(leaky=leaky)
    project.makefile(".toml", equivcheck='[pair.leaky]\nreference = "python:toys:Counter"\ntarget = "python:leaky:Leaky"\n')
    run(project, "-k", "self").assert_outcomes(failed=1, deselected=1)
    found = next((project.path / ".equivcheck/found").glob("leaky-self-*/*.json"))
    subprocess.run([sys.executable, "-m", "equivcheck", "keep", str(found)], cwd=project.path, check=True, capture_output=True)
    result = run(project, f"equivcheck.toml::leaky::regression-{found.stem}")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["FAILED  leaky-self-*: a regression shows again"])


INTERRUPTED = """
import toys
class Interrupted(toys.Counter):
    taken = 0
    def step(self, action):
        Interrupted.taken += 1
        if Interrupted.taken > 900: raise KeyboardInterrupt  # beyond what is played before the levels
        return super().step(action)
"""


def test_an_interrupt_ends_the_session_and_not_only_the_item(project: pytest.Pytester) -> None:
    project.makepyfile(interrupted=INTERRUPTED)
    contract = '[pair.x]\nreference = "python:toys:Counter"\ntarget = "python:interrupted:Interrupted"\nlevels = ["rollout", "self"]\n'
    project.makefile(".toml", equivcheck=contract)
    result = project.runpytest_subprocess()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["*no tests ran*"])
    call = "equivcheck.assert_equivalent(Interrupted, Interrupted)"
    project.makepyfile(test_it=f"import equivcheck\nfrom interrupted import Interrupted\ndef test(): {call}\n")
    assert project.runpytest_subprocess("test_it.py").ret == pytest.ExitCode.INTERRUPTED


def test_the_plugin_is_cheap_for_those_who_do_not_use_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        "import sys\ndef test():\n"
        "    assert 'equivcheck.pytest_plugin' in sys.modules\n"
        "    assert not {'numpy', 'jax', 'gymnasium', 'equivcheck.runner'} & set(sys.modules)\n"
    )
    pytester.runpytest_subprocess("-p", "no:hypothesispytest").assert_outcomes(passed=1)


class Counter:
    actions = 3

    def reset(self, seed: int) -> dict[str, object]:
        self.n = seed % 3
        return {"obs": self.n}

    def step(self, action: int) -> dict[str, object]:
        self.n += action
        return {"obs": self.n, "reward": float(action), "terminated": self.n >= 10}


class Rude(Counter):
    def step(self, action: int) -> dict[str, object]:
        return super().step(action) | {"reward": float(action == 1)}


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_equal_factories_give_the_report() -> None:
    report = equivcheck.assert_equivalent(Counter, Counter, episodes=3)
    assert isinstance(report, Report)
    assert report.outcome is Outcome.EQUIVALENT
    assert [verdict.level for verdict in report.pairs[0].levels] == ["self", "rollout"]
    assert not list(Path.cwd().iterdir())


def test_a_divergence_is_an_assertion_error_with_the_script() -> None:
    with pytest.raises(AssertionError) as caught:
        equivcheck.assert_equivalent(Counter, Rude, episodes=3, levels=["rollout"])
    text = str(caught.value)
    assert text.startswith("DIVERGENT  Counter against Rude\n")
    assert '"actions": [2]' in text
    assert "EQUIVALENT" not in text
    assert not list(Path.cwd().iterdir())


def test_an_undecided_check_is_an_assertion_error_with_its_reason() -> None:
    with pytest.raises(AssertionError, match=r"INCONCLUSIVE  setup: .*nowhere"):
        equivcheck.assert_equivalent(Counter, "python:nowhere:make")


def test_arguments_override_the_spec_in_either_form() -> None:
    tolerant = {"fields": {"reward": {"atol": 2.0, "because": "a test"}}, "levels": ["self"], "mode": "injected"}
    report = equivcheck.assert_equivalent(Counter, Rude, spec=tolerant, levels=["rollout"], mode="seeded", episodes=2)
    assert [verdict.level for verdict in report.pairs[0].levels] == ["rollout"]
    assert report.pairs[0].mode.startswith("seeded")
    with pytest.raises(AssertionError):
        equivcheck.assert_equivalent(Counter, Rude, spec=Spec(levels=("rollout",)), seed=7, episodes=2)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"levels": ["rolout"]}, 'did you mean "rollout"'),
        ({"mode": "seded"}, 'did you mean "seeded"'),
        ({"spec": {"feilds": {}}}, 'did you mean "fields"'),
        ({"save": True}, "needs addresses"),
    ],
)
def test_arguments_without_meaning_are_refused_in_words(arguments: dict[str, object], words: str) -> None:
    with pytest.raises(SpecError, match=words):
        equivcheck.assert_equivalent(Counter, Counter, **arguments)  # type: ignore[arg-type]


def test_in_pytest_a_failing_assertion_shows_the_test_and_not_our_frames(project: pytest.Pytester) -> None:
    call = 'equivcheck.assert_equivalent("python:toys:Counter", "python:toys:Bad")'
    project.makepyfile(test_port=f"import equivcheck\ndef test_it():\n    {call}\n")
    result = run(project, "test_port.py")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [">*assert_equivalent(*", "*DIVERGENT*", "*rerun *equivcheck replay .equivcheck/found/*", "*view *equivcheck show *"]
    )
    result.stdout.no_fnmatch_line("*assertion.py*")


def test_an_unreviewed_rule_is_named_in_the_report() -> None:
    guess = {"fields": {"reward": {"atol": 2.0, "because": "unreviewed: init saw 2"}}}
    report = equivcheck.assert_equivalent(Counter, Rude, spec=guess, levels=["rollout"], episodes=2)
    assert report.pairs[0].notes[0].startswith("unreviewed: the check is loosened in 1 rule by a guess (reward): ")
    reviewed = {"fields": {"reward": {"atol": 2.0, "because": "scored otherwise"}}}
    assert equivcheck.assert_equivalent(Counter, Rude, spec=reviewed, levels=["rollout"], episodes=2).pairs[0].notes == ()


def test_unknown_names_of_the_package_are_refused() -> None:
    with pytest.raises(AttributeError, match="no_such_thing"):
        equivcheck.no_such_thing  # noqa: B018
