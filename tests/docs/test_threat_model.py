"""The tests that the docs name exist, so that each promise has an attack that tries to break it."""

import re
from pathlib import Path

import pytest

import gram_es

ROOT = Path(gram_es.__file__).parents[1]
NAMED = re.compile(r"\b(?P<file>tests/[\w/]+\.py)::(?P<test>\w+)|`(?P<alone>test_\w+)`")
ROW = re.compile(r"^\| cannot \| test \|\n\|[-|]+\n(?P<rows>(?:\|.*\n)+)", re.M)
SECRET_ARGUMENT = re.compile(
    r"--?(?:password|passwd|token|api-key)[ =]\S|-u\s*\S+:\S|--user\s*\S+:\S|\w+://[^\s/@'\"]*:[^\s/@]+@"
)
SHELL = re.compile(r"^ *```(?:sh|bash|shell|console)\n(?P<code>.*?)^ *```", re.M | re.S)


def missing_tests(text: str, root: Path = ROOT) -> list[str]:
    """Return the tests that a text names and that no file has."""
    missing = []
    for match in NAMED.finditer(text):
        test = match["test"] or match["alone"]
        files = [root / match["file"]] if match["file"] else (root / "tests").rglob("test_*.py")
        if not any(_has(file, test) for file in files):
            missing.append(match[0])
    return missing


def _has(file: Path, test: str) -> bool:
    definition = re.compile(rf"^ *(?:async )?def {test}\(", re.M)
    return file.exists() and bool(definition.search(file.read_text(encoding="utf-8")))


def rows_without_a_test(text: str) -> list[str]:
    """Return the rows of the tables of what somebody cannot do that name no test."""
    rows = [row for table in ROW.finditer(text) for row in table["rows"].splitlines()]
    return [row for row in rows if not NAMED.search(row.split("|")[2])]


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.name)
def test_each_test_that_a_page_names_exists(page: Path) -> None:
    assert missing_tests(page.read_text(encoding="utf-8")) == []


def test_each_cannot_of_the_threat_model_names_its_test() -> None:
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")

    assert len(ROW.findall(text)) >= 4
    assert rows_without_a_test(text) == []


def test_a_missing_test_and_a_row_without_one_are_found() -> None:
    text = "`tests/docs/test_threat_model.py::test_no`, `test_each_test_that_a_page_names_exists`\n"
    table = "| cannot | test |\n|---|---|\n| fly | by law |\n"

    assert missing_tests(text) == ["tests/docs/test_threat_model.py::test_no"]
    assert rows_without_a_test(table) == ["| fly | by law |"]


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda page: page.name
)
def test_no_command_has_a_secret_among_its_arguments(page: Path) -> None:
    commands = "".join(SHELL.findall(page.read_text(encoding="utf-8")))

    assert SECRET_ARGUMENT.search(commands) is None
