"""One check: set the pair up, conform quickly, replay what failed before, play the levels in order, report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from equivcheck.backends.given import call_given, load_object
from equivcheck.backends.opening import Opening
from equivcheck.conformance import check_quickly
from equivcheck.errors import AdapterError, ProtocolError, failure_words
from equivcheck.findings import found_files, is_regression, read_finding, save_finding
from equivcheck.levels import LEVELS, level_named
from equivcheck.model.paths import Pattern, field_of, generalise
from equivcheck.model.phrases import counted
from equivcheck.model.spec import PRESETS, Mode, PairSpec, Spec
from equivcheck.model.values import Value, canonical
from equivcheck.model.verdict import Counterexample, Coverage, Outcome, PairReport, Verdict
from equivcheck.pair import Budget, Pair, Side
from equivcheck.probing import WRAPPER, find_setup, lines_to_paste, named_mode, probe_mode
from equivcheck.replaying import open_side, played_as, replay_on


@dataclass(frozen=True, slots=True)
class Run:
    """What a check is run with. `root` is the folder of equivcheck.toml; `found(level, counterexample)` hears of findings at once.

    `levels` and `mode` override the Spec where they are given; `save` False leaves nothing on disk; with `replay` False, what
    earlier runs found is not played first.
    """

    opening: Opening
    budget: Budget
    levels: tuple[str, ...] = ()
    mode: str = ""
    save: bool = True
    replay: bool = True
    found: Callable[[str, Counterexample], None] = lambda level, counterexample: None

    @property
    def root(self) -> Path:
        """The folder whose `.equivcheck/` holds what is found."""
        return self.opening.folder


def check_pair(given: PairSpec, run: Run) -> PairReport:
    """Check one pair and return its report; whatever a side does wrong is in the report, never raised.

    Raises: SpecError where the contract itself is wrong. Where the user interrupts a level, the report ends with it.
    """
    spec = replace(given.spec, mode=run.mode, start=None, draws=None, resync=None) if run.mode else given.spec
    names = tuple(run.levels or spec.levels)
    report = PairReport(given.name, {"address": given.reference}, {"address": given.target}, "", (), notes=_unreviewed(spec))
    sides: list[Side] = []
    try:
        sides.extend(open_side(address, view, run.opening) for address, view in _addresses(given, spec))
        reference, target = sides
        report = replace(report, reference=_describe(reference), target=_describe(target))
        return _check_open(given.name, reference, target, spec, names, run, report)
    except (AdapterError, ProtocolError) as error:
        stopped = Verdict("setup", Outcome.INCONCLUSIVE, failure_words(error))
        return replace(report, levels=(stopped,), not_run=tuple(LEVELS))
    finally:
        for side in sides:
            side.close()


def _addresses(given: PairSpec, spec: Spec) -> Sequence[tuple[str, str]]:
    return ((given.reference, spec.views.reference), (given.target, spec.views.target))


def _describe(side: Side) -> dict[str, object]:
    greeting = side.backend.greeting
    return {
        "address": side.address,
        "name": greeting.name,
        "version": greeting.version,
        "environment": greeting.environment,
        "capabilities": sorted(greeting.capabilities),
        "lanes": greeting.lanes,
    }


def _unreviewed(spec: Spec) -> tuple[str, ...]:
    """Return the note that lists the rules that nobody has given a reason for yet."""
    rules = [rule.pattern.text for rule in spec.fields if not rule.reviewed]
    guesses = f"{counted(len(rules), 'rule')} by a guess ({', '.join(rules)})"
    words = f"unreviewed: the check is loosened in {guesses}: put a reason in the place of each mark"
    return (words,) if rules else ()


def _check_open(name: str, reference: Side, target: Side, spec: Spec, levels: tuple[str, ...], run: Run, report: PairReport) -> PairReport:
    broken = tuple(f"{side.address}: {words}" for side in (reference, target) for words in check_quickly(side.backend))
    report = replace(report, conformance=broken)
    mode, how, notes = named_mode(spec), "as the Spec names it", tuple[str, ...]()
    if mode is None:
        try:
            mode, notes = probe_mode(reference, target, spec)
        except (AdapterError, ProtocolError) as error:
            notes = (f"probing for one failed: {failure_words(error)}",)
        how = "probed"
    if mode is None:
        return replace(report, levels=(_without_mode(name, reference, target, spec, notes, run),), not_run=tuple(LEVELS), mode="none")
    report = replace(report, mode=f"{mode}, {how}", notes=(*report.notes, *notes), caveat=_caveat(mode, target, broken))
    for driver in (name for name in spec.rollout.drivers if ":" in name):
        load_object(driver, run.root)
    starts = _starts(spec, run)
    pair = Pair(name, reference, target, spec, mode, run.budget.today, starts, broken=broken)
    earlier: dict[tuple[str, ...], str] = {}
    verdicts = _replay_earlier(pair, run, earlier)
    setup = find_setup(pair)
    if setup is not None:
        verdicts.append(_setup_verdict(pair, setup, run))
        return replace(report, levels=tuple(verdicts), not_run=tuple(LEVELS))
    for level in levels:
        verdicts.append(_check_level(level, pair, run, earlier))
        if verdicts[-1].interrupted:
            break
    played = {verdict.level for verdict in verdicts}
    missing = tuple(level for level in LEVELS if level not in played)
    return replace(report, levels=tuple(_with_vacuity(v, spec) for v in _without_repeats(verdicts, run)), not_run=missing)


def _caveat(mode: Mode, target: Side, broken: tuple[str, ...]) -> str:
    """Return the law of loading that the target breaks, where the mode loads states into it."""
    loads = mode.start == "reference" or mode.resync == "each_step"
    laws = [words.removeprefix(f"{target.address}: ") for words in broken if words.startswith(f"{target.address}: a loaded state ")]
    return f"the target's load breaks a law, and this mode relies on it: {laws[0]}" if loads and laws else ""


def _without_mode(name: str, reference: Side, target: Side, spec: Spec, notes: tuple[str, ...], run: Run) -> Verdict:
    """Return what is said where no mode fits: what the sides disagree on in form, if that is why, else what to provide."""
    pair = Pair(name, reference, target, spec, PRESETS["seeded"], run.budget.today)
    setup = find_setup(pair)
    if setup is not None:
        return _setup_verdict(pair, setup, run)
    return Verdict("setup", Outcome.INCONCLUSIVE, "no mode fits this pair: " + "; ".join(notes))


def _starts(spec: Spec, run: Run) -> tuple[Value, ...]:
    if not spec.rollout.starts:
        return ()
    make = load_object(spec.rollout.starts, run.root)
    states: tuple[Value, ...] = call_given(spec.rollout.starts, lambda: tuple(map(canonical, make())))
    return states


def _setup_verdict(pair: Pair, setup: Counterexample, run: Run) -> Verdict:
    file = save_finding(run.root, pair, "setup", setup) if run.save else ""
    setup = replace(setup, file=file)
    run.found("setup", setup)
    differences = setup.divergence.differences
    lines = lines_to_paste(differences)
    notes = [f"if that is meant, paste under [pair.{pair.name}.fields]:", *lines] if lines else []
    about = ["names, kinds, dtypes or shapes"] if lines else []
    if any(not difference.path for difference in differences):
        about.insert(0, "actions")
        notes += WRAPPER.splitlines()
    reason = f"the sides disagree on {', and on '.join(about)}"
    return Verdict("setup", Outcome.DIVERGENT, reason, Coverage(), (setup,), "", tuple(notes))


def _check_level(name: str, pair: Pair, run: Run, earlier: dict[tuple[str, ...], str]) -> Verdict:
    files = dict(earlier)
    kept: dict[tuple[str, ...], Counterexample] = {}

    def found(played: Pair, counterexample: Counterexample) -> None:
        key = counterexample.key
        if run.save:
            files[key] = save_finding(run.root, played, name, counterexample, files.get(key, ""))
        kept[key] = replace(counterexample, file=files.get(key, ""))
        run.found(name, kept[key])

    try:
        level = level_named(name, run.root)
        if level is None:
            return Verdict(name, Outcome.INCONCLUSIVE, "this level does not exist yet")
        verdict = level(pair, run.budget, found)
    except (AdapterError, ProtocolError) as error:
        return Verdict(name, Outcome.INCONCLUSIVE, failure_words(error), counterexamples=tuple(kept.values()))
    except KeyboardInterrupt:
        return Verdict(name, Outcome.INCONCLUSIVE, "interrupted", counterexamples=tuple(kept.values()), interrupted=True)
    named = tuple(_with_files(one, files) for one in verdict.counterexamples)
    told = {each.file for one in named for each in (one, one.call) if each is not None}
    for file in {one.file for one in kept.values()} - told:  # what proved to be another's twin
        (run.root / file).unlink(missing_ok=True)
    return replace(verdict, counterexamples=named)


def _with_files(one: Counterexample, files: Mapping[tuple[str, ...], str]) -> Counterexample:
    return replace(one, file=files.get(one.key, ""), call=one.call and _with_files(one.call, files))


def _with_vacuity(verdict: Verdict, spec: Spec) -> Verdict:
    """Withdraw a pass over the Spec's fields where one that it names was never seen."""
    if verdict.outcome is not Outcome.EQUIVALENT or verdict.level in ("regressions", "self"):
        return verdict
    seen = [*verdict.coverage.fields, *(name.rpartition(":")[0] for name in verdict.coverage.loosenings)]
    paths = [text.replace("[*]", "[0]") for text in seen]  # what is counted under a pattern was seen as a path
    called = {plan.name for plan in spec.components}  # what a component returns is seen by the level property alone, and nothing else
    unseen = [
        rule.pattern.text
        for rule in spec.fields
        if (field_of(rule.pattern.text) in called) == (verdict.level == "property")
        and rule.pattern.text not in seen
        and not any(Pattern(generalise(rule.pattern.text)).matches(path) for path in paths if "*" not in path)
    ]
    if not unseen:
        return verdict
    return replace(verdict, outcome=Outcome.INCONCLUSIVE, reason=f"the Spec names what was never seen: {', '.join(unseen)}")


def _replay_earlier(pair: Pair, run: Run, earlier: dict[tuple[str, ...], str]) -> list[Verdict]:
    """Replay what earlier runs found; drop what is fixed, and note in `earlier` what is not, by cluster."""
    files = found_files(run.root, pair.name) if run.save and run.replay else []
    verdicts: list[Verdict] = []
    failed: list[Counterexample] = []
    count = 0
    for number, path in enumerate(files):
        run.budget.progress("replaying earlier findings", number, len(files))
        finding = read_finding(path)
        with played_as(finding, pair) as played:
            if played is None:
                continue
            count += 1
            seen = replay_on(finding, played)
        if seen is not None:
            failed.append(replace(seen, file=str(path.relative_to(run.root))))
            if not is_regression(run.root, path):
                earlier[seen.key] = failed[-1].file
        elif not is_regression(run.root, path):
            path.unlink()
    if failed:
        reason = f"{len(failed)} of {counted(count, 'earlier finding')} still failing"
        verdicts.append(Verdict("regressions", Outcome.DIVERGENT, reason, Coverage(episodes=count), tuple(failed)))
    elif count:
        reason = f"{counted(count, 'earlier finding')} {'is' if count == 1 else 'are'} fixed"
        verdicts.append(Verdict("regressions", Outcome.EQUIVALENT, reason, Coverage(episodes=count)))
    return verdicts


def _without_repeats(verdicts: Sequence[Verdict], run: Run) -> Iterator[Verdict]:
    """Leave out of the regressions what a level found again: it is told there, and lies in the file named there."""
    below = {one.file for verdict in verdicts if verdict.level != "regressions" for one in verdict.counterexamples}
    for verdict in verdicts:
        left = verdict.counterexamples
        if verdict.level == "regressions":
            left = tuple(one for one in left if one.file not in below and (run.root / one.file).exists())
        gone = len(verdict.counterexamples) - len(left)
        notes = (f"{counted(gone, 'of them was', 'of them were')} found again, see below",) if gone else ()
        yield replace(verdict, counterexamples=left, notes=(*verdict.notes, *notes))
