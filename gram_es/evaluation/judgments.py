"""Read judgments: a TSV with the header ``query, product_id, relevance``, or TREC qrels."""

from __future__ import annotations

import csv
from pathlib import Path

from gram_es.errors import JudgmentsError
from gram_es.records import Judgment
from gram_es.text.normalise import MAX_TEXT_CHARS

_HEADER = ["query", "product_id", "relevance"]
_QRELS_FIELDS = 4
_ITERATIONS = frozenset({"0", "1", "Q0"})
_MAX_GRADE = 100.0
_SHOWN = 5


def read_judgments(path: Path) -> list[Judgment]:
    """Read a judgments file; in qrels the query's id is taken for its text.

    :raises JudgmentsError: naming the file, and the first lines that cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        rows = list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise JudgmentsError(f"cannot read the judgments {path}: {error}") from None
    is_tsv = bool(rows) and [field.strip().lower() for field in rows[0]] == _HEADER
    if is_tsv:
        numbered = list(enumerate(rows[1:], start=2))
    else:
        numbered = [(n, _from_qrels(line)) for n, line in enumerate(lines, start=1)]
    judgments, faults = _read_rows([(n, row) for n, row in numbered if row])
    if faults:
        more = f" and {len(faults) - _SHOWN} more lines" if len(faults) > _SHOWN else ""
        raise JudgmentsError(f"{path}: {'; '.join(faults[:_SHOWN])}{more}")
    if not judgments:
        raise JudgmentsError(f"{path} holds no judgments; give lines of query, product id, grade")
    return judgments


def read_classes(path: Path) -> dict[str, str]:
    """Read a TSV with the header ``query, class``: query to class.

    :raises JudgmentsError: naming the file, and the first line that cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise JudgmentsError(f"cannot read the classes {path}: {error}") from None
    classes: dict[str, str] = {}
    for number, line in enumerate(lines[1:], start=2):
        query, tab, name = line.partition("\t")
        if not (tab and query.strip() and name.strip()):
            raise JudgmentsError(f"{path}, line {number}: expected a query and its class")
        classes[query.strip()] = name.strip()
    return classes


def _from_qrels(line: str) -> list[str]:
    fields = line.split()
    is_qrels = len(fields) == _QRELS_FIELDS and fields[1] in _ITERATIONS
    return [fields[0], *fields[2:]] if is_qrels else line.split("\t")


def _read_rows(rows: list[tuple[int, list[str]]]) -> tuple[list[Judgment], list[str]]:
    judgments: list[Judgment] = []
    faults: list[str] = []
    for number, row in rows:
        try:
            query, product_id, relevance = (field.strip() for field in row)
            judgment = Judgment(query, product_id, float(relevance))
        except ValueError:
            faults.append(f"line {number} is not query, product id and a numeric grade")
            continue
        fault = _fault(judgment)
        if fault:
            faults.append(f"line {number} {fault}")
        else:
            judgments.append(judgment)
    return judgments, faults


def _fault(judgment: Judgment) -> str:
    if not judgment.query or len(judgment.query) > MAX_TEXT_CHARS:
        return f"has a query that is empty or longer than {MAX_TEXT_CHARS} characters"
    if not 0 <= judgment.relevance <= _MAX_GRADE:  # NaN too is not between them
        return f"has the grade {judgment.relevance:g}, outside 0 to {_MAX_GRADE:g}"
    return ""
