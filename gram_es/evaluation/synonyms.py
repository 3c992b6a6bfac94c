"""The peer of a synonym file: plain BM25 whose queries are expanded by the rules of the file.

The file has Solr's format, which Elasticsearch's filters ``synonym`` and ``synonym_graph`` read.
The rules are applied here, so that they work on a distribution without these filters.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path

from elasticsearch import Elasticsearch
from tqdm import tqdm

from gram_es.cluster.client import cluster_errors
from gram_es.errors import JudgmentsError
from gram_es.evaluation.fusion import ScoredHits
from gram_es.evaluation.measures import DEPTH
from gram_es.evaluation.runs import Run
from gram_es.text.normalise import normalise

SYSTEM = "bm25+synonyms"
_MAX_FORMS = 32
Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SynonymRules:
    """For each phrase, as normalised words, the phrases that may stand in its place."""

    phrases: Mapping[Phrase, tuple[Phrase, ...]]

    def forms(self, query: str) -> list[str]:
        """Return the forms of a query, at most 32; the longest phrase at each place counts."""
        words = tuple(normalise(query).split())
        longest = max(map(len, self.phrases), default=0)
        places: list[tuple[Phrase, ...]] = []
        start = 0
        while start < len(words):
            lengths = range(min(longest, len(words) - start), 0, -1)
            found = (words[start : start + n] for n in lengths)
            phrase = next((p for p in found if p in self.phrases), words[start : start + 1])
            places.append(self.phrases.get(phrase, (phrase,)))
            start += len(phrase)
        forms = islice(product(*places), _MAX_FORMS)
        return list(
            dict.fromkeys(" ".join(word for part in form for word in part) for form in forms)
        )


def read_synonyms(path: Path) -> SynonymRules:
    """Read a synonym file: lines ``a, b, c`` or ``a, b => c``, and comments that begin with ``#``.

    :raises JudgmentsError: if the file cannot be read, or has no rule.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise JudgmentsError(f"cannot read the synonyms {path}: {error}") from None
    phrases: dict[Phrase, tuple[Phrase, ...]] = {}
    for line in lines:
        if line.lstrip().startswith("#"):
            continue
        left, arrow, right = line.partition("=>")
        replaced, replacing = _phrases(left), _phrases(right if arrow else left)
        for phrase in replaced:
            own = phrases.get(phrase, () if arrow else (phrase,))
            phrases[phrase] = tuple(dict.fromkeys((*own, *replacing)))
    if not any(phrases.values()):
        raise JudgmentsError(f"{path} has no rule; give lines such as: sofa, couch")
    return SynonymRules(phrases)


def _phrases(side: str) -> list[Phrase]:
    return [words for text in side.split(",") if (words := tuple(normalise(text).split()))]


def run_synonyms(
    client: Elasticsearch, index: str, queries: Sequence[str], rules: SynonymRules
) -> Run:
    """Run each query as :func:`~gram_es.evaluation.runs.run_bm25` does; its best form counts."""
    hits: dict[str, ScoredHits] = {}
    totals: list[float] = []
    for query in tqdm(queries, desc=SYSTEM, unit="query", disable=None):
        started = time.perf_counter()
        forms = [{"match": {"raw": form}} for form in rules.forms(query)]
        with cluster_errors("search"):
            response = client.search(
                index=index,
                query={"dis_max": {"queries": forms}} if forms else {"match_none": {}},
                sort=[{"_score": "desc"}, {"id": "asc"}],
                size=DEPTH,
                source=False,
                track_total_hits=False,
            )
        totals.append((time.perf_counter() - started) * 1000)
        hits[query] = {hit["_id"]: hit["_score"] for hit in response["hits"]["hits"]}
    return Run(SYSTEM, hits, {"total": totals})
