"""Read which queries are frequent, from a file."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from elasticsearch import Elasticsearch

from gram_es.errors import SettingsError
from gram_es.index.names import QUERIES
from gram_es.index.scan import count_values
from gram_es.retrieval.query.understand import looks_like_identifier
from gram_es.text.normalise import MAX_TEXT_CHARS, clean_text, normalise


def count_logged(client: Elasticsearch, index: str) -> Counter[str]:
    """Return how often each query of ``index`` stands in the log, by its normal form.

    :raises ClusterError: if the cluster refuses or does not answer.
    """
    ours = {"term": {"index": index}}
    return Counter(count_values(client, QUERIES, "query", ours, ignore_unavailable=True))


_QUERY: Final = "query"
_COUNT: Final = "count"


def read_counts(path: Path) -> Counter[str]:
    """Return how often each query of a file was asked, by its normal form.

    A line holds a query, or a query and its count, parted by a tab, in a ``.csv`` by a comma. A
    header ``query, count`` may stand first and names the columns.

    :raises SettingsError: if the file cannot be read, or a count of it.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        rows = list(_rows(lines, separated_by_commas=path.suffix.lower() == ".csv"))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SettingsError(f"cannot read the queries {path}: {error}") from None
    counts: Counter[str] = Counter()
    faults = []
    for number, (query, count) in rows:
        if count.isascii() and count.isdigit() and len(count) <= 15:
            counts[normalise(clean_text(query))] += int(count)
        else:
            faults.append(f"line {number}: {count[:20]!r}")
    if faults:
        more = f" and {len(faults) - 3:,} more" if len(faults) > 3 else ""
        raise SettingsError(
            f"{path} holds counts that are no whole numbers ({'; '.join(faults[:3])}{more}); give "
            "a query a line, or a query and its count"
        )
    return counts


def decodable(counts: Counter[str], most: int) -> list[tuple[str, int]]:
    """Return the ``most`` frequent queries that a model is ever asked, the most frequent first."""
    asked = (
        (query, count)
        for query, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        if count and 0 < len(query) <= MAX_TEXT_CHARS and not looks_like_identifier(query)
    )
    return [pair for pair, _ in zip(asked, range(most), strict=False)]


def _rows(
    lines: Iterable[str], *, separated_by_commas: bool
) -> Iterator[tuple[int, tuple[str, str]]]:
    if separated_by_commas:
        reader = csv.reader(lines)
    else:
        reader = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    query, count = 0, 1
    for row in reader:
        header = [cell.strip().lower() for cell in row]
        if reader.line_num == 1 and _QUERY in header:
            query = header.index(_QUERY)
            count = header.index(_COUNT) if _COUNT in header else len(header)
        elif len(row) > query:
            yield reader.line_num, (row[query], row[count].strip() if len(row) > count else "1")
