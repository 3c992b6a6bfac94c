"""Count queries, from a file or from the query log, and select the queries worth precomputing."""

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
from gram_es.retrieval.conditions.parser import parse_query
from gram_es.retrieval.query.identifiers import looks_like_identifier
from gram_es.text.normalise import MAX_TEXT_CHARS, normalise


def count_logged(client: Elasticsearch, index: str) -> Counter[str]:
    """Return how often each query (in normal form) was logged for ``index``.

    :raises ClusterError: if the cluster rejects the request or does not answer.
    """
    on_index = {"term": {"index": index}}
    return Counter(count_values(client, QUERIES, "query", on_index, ignore_unavailable=True))


_QUERY: Final = "query"
_COUNT: Final = "count"


def read_counts(path: Path) -> Counter[str]:
    """Return the count of each query in a file; the keys are queries in normal form.

    The words of a query that state conditions, such as a price, are left out, as in a search.

    Each line is a query, or a query and its count separated by a tab. In a ``.csv`` file the
    separator is a comma. If a cell of the first line is ``query``, the line is a header; a column
    ``count`` is optional. A query without a count counts once.

    :raises SettingsError: if the file cannot be read or contains an invalid count.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        rows = list(_rows(lines, separated_by_commas=path.suffix.lower() == ".csv"))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SettingsError(f"cannot read the queries {path}: {error}") from None
    counts: Counter[str] = Counter()
    errors = []
    for number, (query, count) in rows:
        if count.isascii() and count.isdigit() and len(count) <= 15:
            counts[normalise(parse_query(query).text)] += int(count)
        else:
            errors.append(f"line {number}: {count[:20]!r}")
    if errors:
        more = f" and {len(errors) - 3:,} more" if len(errors) > 3 else ""
        raise SettingsError(
            f"{path} contains counts that are not whole numbers ({'; '.join(errors[:3])}{more}); "
            "give one query per line, with or without its count"
        )
    return counts


def select_for_model(counts: Counter[str], limit: int) -> list[tuple[str, int]]:
    """Return the ``limit`` most frequent queries that a search sends to the model, with counts.

    The most frequent query is first. Identifiers and queries longer than ``MAX_TEXT_CHARS`` are
    left out, because a search does not send them to the model.
    """
    selected = (
        (query, count)
        for query, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        if count and 0 < len(query) <= MAX_TEXT_CHARS and not looks_like_identifier(query)
    )
    return [pair for pair, _ in zip(selected, range(limit), strict=False)]


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
