"""What people give by name: two folders may have modules of one name."""

from __future__ import annotations

from pathlib import Path

import pytest

from equivcheck.backends.given import load_object
from equivcheck.errors import AdapterError


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    one, other = tmp_path / "one", tmp_path / "one" / "other"
    for folder in (one, other):
        folder.mkdir()
        (folder / "namesake.py").write_text(f"import json\nHERE = {folder.name!r}\nLATER = lambda: __import__('also_namesake').HERE\n")
        (folder / "also_namesake.py").write_text(f"HERE = {folder.name!r}\n")
    (one / "package_of_one").mkdir()
    (one / "package_of_one" / "__init__.py").write_text("")
    (one / "package_of_one" / "inner.py").write_text("HERE = 'inner'\n")
    return one, other


def test_each_folder_has_its_own_modules_however_they_take_turns(folders: tuple[Path, Path]) -> None:
    one, other = folders
    first = load_object("namesake:LATER", one)
    for _ in range(2):
        assert load_object("namesake:HERE", one) == "one"
        assert load_object("namesake:LATER", one)() == "one"
        assert load_object("namesake:HERE", other) == "other"
        assert load_object("namesake:LATER", other)() == "other"
    assert load_object("namesake:LATER", one) is first  # a module is imported once
    assert load_object("package_of_one.inner:HERE", one) == "inner"


def test_what_is_no_namesake_is_found_from_elsewhere_too(folders: tuple[Path, Path]) -> None:
    one, other = folders
    assert load_object("package_of_one.inner:HERE", one) == "inner"
    assert load_object("package_of_one.inner:HERE", other) == "inner"
    with pytest.raises(AdapterError, match="'nowhere:HERE' cannot be loaded"):
        load_object("nowhere:HERE", other)
