import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / ".ci" / "expressions"
sys.path.append(str(FOLDER))

from attacks import find_attack  # noqa: E402
from matcher import StepCounter  # noqa: E402
from sources import _in_file  # noqa: E402


@pytest.mark.parametrize(
    ("pattern", "method"),
    [
        (r"(a+)+$", "match"),
        (r"(?:\s|<!--.*?-->)*<rss", "match"),
        (r"(?:a|a)*b", "fullmatch"),
        (r"(?:\w+\s?)*:", "match"),
        (r"(.+?)[\s_]+(EUR)", "fullmatch"),
        (r"\s+$", "search"),
        (r"<!--.*?-->", "search"),
        (r"\r+\n|\r", "search"),
        (r"=\s*['\"]?\s*([a-z]+)", "search"),
        (r"\d+\d+x", "match"),
        (r"(?i:A+)a*b", "match"),
    ],
)
def test_an_expression_that_backtracks_is_found(pattern: str, method: str) -> None:
    assert find_attack(StepCounter(pattern, 0), method) is not None


@pytest.mark.parametrize(
    ("pattern", "method"),
    [
        (r"\s+$", "match"),
        (r"(?:[^\"\\]|\\.)*+", "search"),
        (r"(?<!\s)\s+$", "search"),
        (r"\r++\n?|\n", "search"),
        (r"[^\W_]+(?:[-_./+][^\W_]+)*[+-]?", "fullmatch"),
        (r"\d{1,3}(?:([., ])\d{3})(?:\1\d{3})*", "fullmatch"),
        (r"<[^<>]*>", "search"),
    ],
)
def test_an_expression_in_linear_time_passes(pattern: str, method: str) -> None:
    assert find_attack(StepCounter(pattern, 0), method) is None


@pytest.mark.parametrize(
    ("pattern", "text", "steps"),
    [("abc", "abc", 3), ("a*b", "aaab", 5), ("ab|cd", "cd", 3), ("a*+b", "aaac", 5)],
)
def test_steps_are_counted(pattern: str, text: str, steps: int) -> None:
    assert StepCounter(pattern, 0).count(text, method="match") == steps


def test_the_method_and_the_exception_are_read_from_the_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "some_expressions.py").write_text(
        "import re\n"
        "_WHOLE = re.compile('a+')\n"
        "_SHORT = re.compile('b+')  # at most 40 characters\n"
        "_ALL = (re.compile('c+'), re.compile('d+'))\n"
        "def f(text, mark):\n"
        "    _WHOLE.fullmatch(text)\n"
        "    _SHORT.match(text, 3)\n"
        "    return re.sub(rf'{re.escape(mark)}e+', '', text)\n"
    )

    found = list(_in_file(tmp_path / "some_expressions.py", tmp_path))

    assert [(e.pattern, e.method, e.is_excepted) for e in found] == [
        ("a+", "fullmatch", False),
        ("b+", "search", True),
        ("c+", "search", False),
        ("d+", "search", False),
        ("ae+", "search", False),
    ]
