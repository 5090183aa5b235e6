"""Reports: each a function `(Report) -> str`, one file and one row in FORMATS each. They print; they never play."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from equivcheck.model.verdict import Report
from equivcheck.reports.brief import render_brief
from equivcheck.reports.json import render_json
from equivcheck.reports.junit import render_junit
from equivcheck.reports.text import render_text

FORMATS: Mapping[str, Callable[[Report], str]] = {
    "text": render_text,
    "json": render_json,
    "junit": render_junit,
    "brief": render_brief,
}
