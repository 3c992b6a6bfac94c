"""The peer of a synonym file: plain BM25 whose queries are expanded by the rules of the file.

The file has Solr's format, which Elasticsearch's filters ``synonym`` and ``synonym_graph`` read.
The rules are applied here, so that they work on a distribution without these filters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elasticsearch import Elasticsearch

from gram_es.errors import JudgmentsError
from gram_es.evaluation.runs import Run, run_requests
from gram_es.text.normalise import normalise

SYSTEM = "bm25+synonyms"
_MAX_REPORTED = 5
_TOKEN = re.compile(r"\\(?P<escaped>.)|(?P<arrow>=>)|(?P<comma>,)|[^\\,=]+|.")
Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SynonymRules:
    """For each phrase, as normalised words, the phrases that may stand in its place."""

    phrases: Mapping[Phrase, tuple[Phrase, ...]]

    def places(self, query: str) -> list[tuple[str, ...]]:
        """Return the phrases that may stand at each place of a query; the longest rule counts."""
        words = tuple(normalise(query).split())
        longest = max(map(len, self.phrases), default=0)
        places: list[tuple[str, ...]] = []
        start = 0
        while start < len(words):
            lengths = range(min(longest, len(words) - start), 0, -1)
            found = (words[start : start + n] for n in lengths)
            phrase = next((p for p in found if p in self.phrases), words[start : start + 1])
            places.append(tuple(map(" ".join, self.phrases.get(phrase, (phrase,)))))
            start += len(phrase)
        return places


def read_synonyms(path: Path) -> SynonymRules:
    """Read a synonym file: lines ``a, b, c`` or ``a, b => c``, and comments that begin with ``#``.

    A backslash makes the next character a part of its phrase, such as a comma.

    :raises JudgmentsError: if the file cannot be read, has no rule, or has lines that are none; the
        message contains the first of them.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise JudgmentsError(f"cannot read the synonyms {path}: {error}") from None
    phrases: dict[Phrase, tuple[Phrase, ...]] = {}
    faults: list[int] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        sides = _sides(line)
        if len(sides) > 2 or not all(sides):
            faults.append(number)
            continue
        for phrase in sides[0]:
            own = phrases.get(phrase, () if len(sides) == 2 else (phrase,))
            phrases[phrase] = tuple(dict.fromkeys((*own, *sides[-1])))
    if faults:
        shown = ", ".join(map(str, faults[:_MAX_REPORTED]))
        raise JudgmentsError(
            f"{path}: {len(faults)} lines are no rule, first line {shown}; "
            "give words on both sides of one =>, such as: sofa, couch => settee"
        )
    if not phrases:
        raise JudgmentsError(f"{path} has no rule; give lines such as: sofa, couch")
    return SynonymRules(phrases)


def _sides(line: str) -> list[list[Phrase]]:
    """Return the phrases of each side of the arrows; a text without words is none."""
    sides = [[""]]
    for token in _TOKEN.finditer(line):
        if token["arrow"]:
            sides.append([""])
        elif token["comma"]:
            sides[-1].append("")
        else:
            sides[-1][-1] += token["escaped"] or token[0]
    return [[words for text in side if (words := tuple(normalise(text).split()))] for side in sides]


def best_form(places: Sequence[tuple[str, ...]]) -> dict[str, Any]:
    """Return the query that scores a product by its best form, the best phrase at each place.

    A form's score is the sum of its words', so the places can be chosen one by one.
    """
    fixed = " ".join(phrases[0] for phrases in places if len(phrases) == 1)
    clauses: list[dict[str, Any]] = [
        {"dis_max": {"queries": [{"match": {"raw": phrase}} for phrase in phrases]}}
        for phrases in places
        if len(phrases) > 1
    ]
    if fixed:
        clauses.append({"match": {"raw": fixed}})
    return {"bool": {"should": clauses}} if clauses else {"match_none": {}}


def run_synonyms(
    client: Elasticsearch, index: str, queries: Sequence[str], rules: SynonymRules
) -> Run:
    """Run each query as :func:`~gram_es.evaluation.runs.run_bm25` does; its best form counts."""
    return run_requests(
        SYSTEM, client, index, queries, lambda query: best_form(rules.places(query))
    )
