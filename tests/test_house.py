"""The rules of the house that no linter knows."""

import ast
import re
from pathlib import Path

import pytest

from equivcheck import levels, reports
from equivcheck.generation import DRIVERS
from equivcheck.model.contract_keys import DRIVER_NAMES, LEVEL_NAMES

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "equivcheck"
MODULES = sorted(PACKAGE.rglob("*.py"))
MODULE_LINES_MAX = 300
FUNCTION_LINES_MAX = 50
BANNED_WORDS = ("Manager", "Handler", "Base", "utils", "helpers", "common")


def name_of(module: Path) -> str:
    return str(module.relative_to(ROOT))


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_a_module_is_short_enough_to_be_read_at_once(module):
    assert len(module.read_text().splitlines()) <= MODULE_LINES_MAX


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_no_function_is_longer_than_a_screen(module):
    too_long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno + 1 > FUNCTION_LINES_MAX
    ]
    assert not too_long


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_no_function_bears_the_name_of_its_module(module):
    """A re-export of it would shadow the module."""
    names = {node.name for node in ast.parse(module.read_text()).body if isinstance(node, ast.FunctionDef)}
    assert module.stem not in names


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_names_say_what_a_thing_is(module):
    names = [node.name for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, (ast.ClassDef, ast.FunctionDef))]
    assert not [name for name in [module.stem, *names] if any(re.search(rf"{word}(?![a-z])", name) for word in BANNED_WORDS)]


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_nothing_is_unpickled_or_evaluated(module):
    tree = ast.parse(module.read_text())
    imported = {alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {(node.module or "").split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert not imported & {"pickle", "marshal", "shelve", "dill"}
    assert not called & {"eval", "exec", "compile"}


def test_every_level_has_its_row():
    shared = {
        "__init__",
        "ahead",
        "arguments",
        "batches",
        "calls",
        "counts",
        "covering",
        "extremes",
        "factors",
        "gathering",
        "manners",
        "merging",
        "resuming",
    }
    files = {file.stem for file in (PACKAGE / "levels").glob("*.py")} - shared
    rows = {check.__module__.rpartition(".")[2] for check in levels.LEVELS.values() if check is not None}
    assert files == rows


def test_every_format_has_its_row():
    shared = {"__init__", "words", "terminal", "schema", "reading"}
    assert {file.stem for file in (PACKAGE / "reports").glob("*.py")} - shared == set(reports.FORMATS)


def test_the_contract_knows_the_levels_and_drivers_that_exist():
    assert set(LEVEL_NAMES) == set(levels.LEVELS)
    assert set(DRIVER_NAMES) == set(DRIVERS)


# a folder with a contract holds pairs of adapters, and `faults` what is planted in them: neither is one
@pytest.mark.parametrize(
    "folder",
    sorted(
        folder for folder in (ROOT / "adapters").glob("[a-z]*/") if not (folder / "equivcheck.toml").exists() and folder.name != "faults"
    ),
    ids=lambda folder: folder.name,
)
def test_every_adapter_folder_has_its_roles(folder):
    assert (folder / "adapter.toml").is_file()
    assert list(folder.glob("main.*")) or list(folder.glob("src/main.*"))


def test_public_text_names_no_machine():
    """Paths of somebody's machine have no place in what is published."""
    pattern = re.compile(r"/(?:home|root|work|Users)/[A-Za-z0-9_]+")
    suspects = [
        f"{file.relative_to(ROOT)}: {match[0]}"
        for folder in ("equivcheck", "adapters", "sdk", "docs", "examples", "benchmarks", "tests", ".ci")
        for file in (ROOT / folder).rglob("*")
        if file.is_file() and file.suffix in {".py", ".md", ".rs", ".js", ".mjs", ".toml", ".sh", ""}
        if not {"target", "node_modules"} & set(file.parts)
        for match in pattern.finditer(file.read_text(errors="replace"))
    ]
    assert not suspects
