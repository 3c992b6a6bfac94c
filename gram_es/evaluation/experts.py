"""Measure searches whose codes a language model chooses, alone or together with the encoder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from gram_es.evaluation.runs import Run, run_search
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.searcher import Searcher
from gram_es.text.spelling.speller import Spelling

if TYPE_CHECKING:
    from gram_es.language_model.channel import Channel
    from gram_es.language_model.code_tree.beam_search import FloatArray
    from gram_es.language_model.code_tree.code_search import CodeFinder
    from gram_es.language_model.code_tree.token_tree import IntArray
    from gram_es.language_model.query_codes import Likelihoods, TwoExperts

LANGUAGE_MODEL_SYSTEMS: Final = ("codes (llm)", "codes (both)", "codes+text+rerank (both)")


@dataclass(frozen=True, slots=True)
class _RememberingChannel:
    """A channel that is asked about each query once: the same codes are near it each time."""

    channel: Channel
    known: dict[tuple[str, ...], NDArray[np.float32]] = field(default_factory=dict)

    def lifts(self, query: str, labels: Sequence[str]) -> NDArray[np.float32]:
        key = (query, *labels)
        if key not in self.known:
            self.known[key] = self.channel.lifts(query, labels)
        return self.known[key]


@dataclass(frozen=True, slots=True)
class _RememberingFinder:
    """A finder that is asked about each query once."""

    finder: CodeFinder
    found: dict[str, IntArray] = field(default_factory=dict)
    known: dict[tuple[str, bytes], FloatArray] = field(default_factory=dict)

    def find(
        self, queries: Sequence[str], allowed: NDArray[np.bool_] | None = None
    ) -> list[IntArray]:
        missing = [query for query in queries if query not in self.found]
        self.found.update(zip(missing, self.finder.find(missing, allowed), strict=True))
        return [self.found[query] for query in queries]

    def lifts(self, query: str, numbers: IntArray) -> FloatArray:
        key = (query, numbers.tobytes())
        if key not in self.known:
            self.known[key] = self.finder.lifts(query, numbers)
        return self.known[key]


def _remembering(likelihoods: Likelihoods | None) -> Likelihoods | None:
    if likelihoods is None:
        return None
    return replace(
        likelihoods,
        finder=_RememberingFinder(likelihoods.finder),
        channel=_RememberingChannel(likelihoods.channel),
    )


def sample_queries(queries: Sequence[str], limit: int) -> list[str]:
    """Return at most ``limit`` queries, at equal distances."""
    if len(queries) <= limit:
        return list(queries)
    return [queries[len(queries) * number // limit] for number in range(limit)]


def run_experts(
    experts: TwoExperts, codes: Searcher, whole: Searcher, queries: Sequence[str]
) -> Iterator[Run]:
    """Run each query with the codes of the language model, and with those of both experts.

    :param codes: a searcher by codes alone; its answers are replaced.
    :param whole: the full search; its answers are replaced, too.
    """
    both = replace(experts, likelihoods=_remembering(experts.likelihoods))
    alone = replace(both, encoder_share=0.0)
    spellings = [
        codes.rank(SearchRequest(query, size=1, facets=False)).asked.spelling for query in queries
    ]
    systems = zip(LANGUAGE_MODEL_SYSTEMS, (alone, both, both), (codes, codes, whole), strict=True)
    for name, chosen, searcher in systems:
        _answer(searcher, chosen, spellings, name)
        yield run_search(name, searcher, queries)


def _answer(
    searcher: Searcher, experts: TwoExperts, spellings: Sequence[Spelling], name: str
) -> None:
    live = searcher.index_reader.view().live_codes
    assert live is not None
    for spelling in tqdm(spellings, desc=f"answers of {name}", unit="query", disable=None):
        [answer] = experts.understand([spelling], live)
        searcher.remember(spelling, live, answer)
