"""The report for continuous integration: JUnit XML, one suite a pair, one case a level."""

from __future__ import annotations

from xml.etree import ElementTree

from equivcheck.model.verdict import Outcome, PairReport, Report, Verdict
from equivcheck.reports.text import counterexample_lines
from equivcheck.reports.words import marked


def render_junit(report: Report) -> str:
    """Return JUnit XML: DIVERGENT is a failure, INCONCLUSIVE an error, a level that was not run is skipped."""
    root = ElementTree.Element("testsuites", name="equivcheck")
    for pair in report.pairs:
        root.append(_suite(pair))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _suite(pair: PairReport) -> ElementTree.Element:
    outcomes = [verdict.outcome for verdict in pair.levels]
    counts = {
        "tests": len(pair.levels) + len(pair.not_run),
        "failures": outcomes.count(Outcome.DIVERGENT),
        "errors": outcomes.count(Outcome.INCONCLUSIVE),
        "skipped": len(pair.not_run),
    }
    suite = ElementTree.Element("testsuite", {"name": _clean(pair.name), **{key: str(count) for key, count in counts.items()}})
    for verdict in pair.levels:
        suite.append(_case(pair, verdict))
    for level in pair.not_run:
        case = ElementTree.SubElement(suite, "testcase", classname=_clean(pair.name), name=level)
        ElementTree.SubElement(case, "skipped", message="not run")
    said = [words for words in (pair.caveat, *(f"the adapter breaks a law: {law}" for law in pair.conformance), *pair.notes) if words]
    if said:
        ElementTree.SubElement(suite, "system-out").text = "\n".join(map(_clean, said))
    return suite


def _case(pair: PairReport, verdict: Verdict) -> ElementTree.Element:
    case = ElementTree.Element("testcase", classname=_clean(pair.name), name=verdict.level, time=f"{verdict.seconds:.3f}")
    if verdict.outcome is not Outcome.EQUIVALENT:
        tag = "failure" if verdict.outcome is Outcome.DIVERGENT else "error"
        lines = [line for one in verdict.counterexamples for line in (*counterexample_lines(one, verdict.level), "")]
        ElementTree.SubElement(case, tag, message=_clean(verdict.reason)).text = "\n".join(lines)
    return case


def _clean(text: str) -> str:
    """Return text that XML 1.0 can hold: it has no way to write control characters or lone surrogates."""
    return marked(text, 0)
