"""Held-out judged queries, searched by a model: windows to fit its blend on, and its figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import log2

import numpy as np
from tqdm import tqdm

from gram_es.evaluation.measures import Grading, Scores, measure
from gram_es.records import Judgment
from gram_es.retrieval.conditions.parser import parse_query
from gram_es.retrieval.rerank.blend import Calibration
from gram_es.training.calibration.calibrate import fit_blend, judged_window
from gram_es.training.calibration.catalogue_search import CatalogueSearch
from gram_es.training.calibration.final_model import FinalModel
from gram_es.training.calibration.leading import fit_lead_above
from gram_es.training.calibration.title_catalogue import TitleCatalogue
from gram_es.training.data.query_pairs import QueryExample

CODES_AND_TEXT, FULL = "codes+text", "codes+text+rerank"
_RELEVANT_GAIN = 0.4  # grades from 2 of 0 to 3, and from 2.33 of 1 to 3
_FOLDS = 2


class JudgedSearch:
    """The search of a model for judged queries, without the words that state conditions."""

    def __init__(self, model: FinalModel, examples: Sequence[QueryExample]) -> None:
        self._model = model
        self._examples = examples
        self._search = CatalogueSearch(model)
        speller = model.catalogue.speller
        titles = TitleCatalogue(model.catalogue.products)
        texts = (parse_query(example.text, catalogue=titles).text for example in examples)
        self._retrieved = self._search.retrieve([speller.spell(text) for text in texts])
        pairs = zip(self._retrieved, examples, strict=True)
        bar = tqdm(
            pairs, desc="search held-out queries", total=len(examples), unit="query", disable=None
        )
        self._windows = [judged_window(self._search, found, example) for found, example in bar]

    def fit_blend(self) -> Calibration:
        """Return weights of the rerank that are fitted on all queries."""
        return fit_blend(self._model, self._windows)

    def fit_lead_above(self) -> float:
        """Return the lowest score with which a code leads to relevant products, mostly."""
        scores, leads_right = [], []
        relevant = (e.products[e.gains >= _RELEVANT_GAIN] for e in self._examples)
        for found, products in zip(self._retrieved, relevant, strict=True):
            for score, stating in self._search.leading(found):
                scores.append(score)
                leads_right.append(bool(np.isin(products, stating).any()))
        return fit_lead_above(scores, leads_right, least=self._model.config.lead_above)

    def scores(self) -> dict[str, Scores]:
        """Return the measures of text and codes together, and of the full search.

        The full search reranks each half of the queries by weights that are fitted on the other
        half.
        """
        retrieved = {
            example.text: found.found.tolist()
            for example, found in zip(self._examples, self._retrieved, strict=True)
        }
        return {
            CODES_AND_TEXT: self._measure(retrieved),
            FULL: self._measure(dict(self._reranked())),
        }

    def _reranked(self) -> Iterator[tuple[str, list[int]]]:
        for fold in range(_FOLDS):
            others = [w for n, w in enumerate(self._windows) if n % _FOLDS != fold]
            blend = fit_blend(self._model, others)
            numbers = range(fold, len(self._examples), _FOLDS)
            for n in tqdm(numbers, desc="rerank held-out queries", unit="query", disable=None):
                yield self._examples[n].text, self._search.rerank(self._retrieved[n], blend)

    def _measure(self, rankings: dict[str, list[int]]) -> Scores:
        judgments = [
            Judgment(example.text, str(number), log2(1 + gain))
            for example in self._examples
            for number, gain in zip(example.products.tolist(), example.gains.tolist(), strict=True)
        ]
        named = {text: [str(number) for number in ranked] for text, ranked in rankings.items()}
        return measure(judgments, named, Grading(relevant=log2(1 + _RELEVANT_GAIN)))
