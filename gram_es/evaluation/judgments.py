"""Read query classes and judgments.

Judgments are a TSV with the header ``query, product_id, relevance``, or TREC qrels.
"""

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
_MAX_REPORTED = 5


def read_judgments(path: Path) -> list[Judgment]:
    """Read a judgments file; in TREC qrels the id of a query is used as its text.

    :raises JudgmentsError: if the file cannot be read, has invalid lines or contains no judgment;
        the message contains the first invalid lines.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        rows = list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    except OSError as error:
        raise JudgmentsError(f"cannot read the judgments {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise JudgmentsError(f"the judgments {path} are not UTF-8; save them as UTF-8") from None
    except csv.Error as error:
        raise JudgmentsError(f"cannot read the judgments {path}: {error}") from None
    is_tsv = bool(rows) and [field.strip().lower() for field in rows[0]] == _HEADER
    if is_tsv:
        numbered = list(enumerate(rows[1:], start=2))
    else:
        numbered = [(n, _from_qrels(line)) for n, line in enumerate(lines, start=1)]
    judgments, errors = _read_rows([(n, row) for n, row in numbered if row])
    if errors:
        omitted = len(errors) - _MAX_REPORTED
        more = f" and {omitted} more lines" if omitted > 0 else ""
        raise JudgmentsError(f"{path}: {'; '.join(errors[:_MAX_REPORTED])}{more}")
    if not judgments:
        raise JudgmentsError(
            f"{path} contains no judgments; give lines of query, product id and grade"
        )
    return judgments


def read_classes(path: Path) -> dict[str, str]:
    """Read a TSV with the header ``query, class`` and return the class of each query.

    :raises JudgmentsError: if the file cannot be read or has an invalid line; the message contains
        the first invalid line's number.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise JudgmentsError(f"cannot read the classes {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise JudgmentsError(f"the classes {path} are not UTF-8; save them as UTF-8") from None
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
    errors: list[str] = []
    for number, row in rows:
        try:
            query, product_id, relevance = (field.strip() for field in row)
            judgment = Judgment(query, product_id, float(relevance))
        except ValueError:
            errors.append(
                f"line {number} is not query, product id and a numeric grade with tabs between them"
            )
            continue
        error = _error(judgment)
        if error:
            errors.append(f"line {number} {error}")
        else:
            judgments.append(judgment)
    return judgments, errors


def _error(judgment: Judgment) -> str:
    if not judgment.query or len(judgment.query) > MAX_TEXT_CHARS:
        return f"has a query that is empty or longer than {MAX_TEXT_CHARS} characters"
    if not 0 <= judgment.relevance <= _MAX_GRADE:  # also rejects NaN
        return f"has the grade {judgment.relevance:g}, outside 0 to {_MAX_GRADE:g}"
    return ""
