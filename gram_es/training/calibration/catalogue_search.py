"""The search of a model over its own catalogue, without an index.

Retrieval adds up text and codes as the index does, and the rerank is that of the service. So the
weights of the rerank are fitted, and encoders are compared, on the products that searches rerank.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from gram_es.codes.postings import Postings
from gram_es.codes.stored_codes import pack, rounded_weight
from gram_es.model.gram import best_text_score, encode_spellings, stem_weights
from gram_es.model.product_codes import ProductCoder
from gram_es.model.quantise import dequantise
from gram_es.model.query_codes import LiveCodes, QueryCoder
from gram_es.records import ProductCode, WeightedCode
from gram_es.retrieval.recall.clauses import USUAL_BEST_TEXT, Clauses
from gram_es.retrieval.recall.relevance import leading_codes
from gram_es.retrieval.rerank.blend import Calibration
from gram_es.retrieval.rerank.window import rank_window, window_vectors
from gram_es.retrieval.rerank.window_hit import WindowHit
from gram_es.settings import WINDOW
from gram_es.text.product import rerank_stems
from gram_es.text.spelling.speller import Spelling
from gram_es.training.calibration.final_model import FinalModel

Vector = NDArray[np.float32]
_CHUNK = 1_024
_SLOT = "training"


@dataclass(frozen=True, slots=True, eq=False)
class Retrieved:
    """A query with the products that retrieval found for it.

    ``vector`` is the query's vector, ``(d,)``. ``products`` are the numbers of the products of the
    window, best first, ``(window,)``; ``scores`` are their retrieval scores. If few products match,
    the last ones have the score 0.
    """

    clauses: Clauses
    vector: Vector
    products: NDArray[np.int64]
    scores: NDArray[np.float64]

    @property
    def found(self) -> NDArray[np.int64]:
        """Return the products of the window that match the query, best first."""
        return self.products[self.scores > 0]


class CatalogueSearch:
    """Searches the catalogue of a model with the codes that documents would store."""

    def __init__(self, model: FinalModel) -> None:
        self._model = model
        self._packed: list[bytes] = []
        self._stems: dict[int, str] = {}
        codebook = model.catalogue.codebook
        self._numbers = codebook.number_by_label
        weights = (
            {self._numbers[code.label]: rounded_weight(code.weight) for code in codes}
            for codes in self._product_codes()
        )
        self._postings = Postings.of(weights, codes=len(codebook))

    def _coders(self) -> tuple[ProductCoder, QueryCoder]:
        model, catalogue = self._model, self._model.catalogue
        parts = (catalogue.codebook, model.prior, catalogue.rules, model.config)
        return ProductCoder(*parts), QueryCoder(*parts)

    def _product_codes(self) -> Iterator[tuple[ProductCode, ...]]:
        """Yield the codes of each product, and keep their packed form."""
        products, vectors = self._model.catalogue.products, self._model.vectors
        coder, _ = self._coders()
        starts = range(0, len(products), _CHUNK)
        for first in tqdm(starts, desc="give products codes", unit="batch", disable=None):
            chunk = slice(first, first + _CHUNK)
            stored = dequantise([row.tobytes() for row in vectors[chunk]])
            for codes in coder.codes(products[chunk], stored):
                self._packed.append(b64decode(pack(codes)))
                yield codes

    def retrieve(self, queries: Sequence[Spelling]) -> list[Retrieved]:
        """Return the window of each query, by the sum of text and codes."""
        vectors = encode_spellings(self._model.encoder, queries)
        _, coder = self._coders()
        codebook = self._model.catalogue.codebook
        has_products = np.flatnonzero(self._postings.counts).tolist()
        live = LiveCodes.of(codebook, (codebook.codes[n].label for n in has_products))
        codes = [answer.codes for answer in coder.answers(queries, vectors, live)]
        leading = map(coder.may_lead, queries, codes, vectors)
        return list(map(self._retrieve, queries, codes, vectors, leading))

    def _retrieve(
        self,
        query: Spelling,
        codes: tuple[WeightedCode, ...],
        vector: Vector,
        may_lead: frozenset[str],
    ) -> Retrieved:
        catalogue = self._model.catalogue
        best_text = best_text_score(catalogue.terms, query) or USUAL_BEST_TEXT
        clauses = Clauses(
            typed=query.typed,
            corrected=query.corrected,
            codes=codes,
            identifiers=None,
            slot=_SLOT,
            scale=Calibration.of_config(self._model.config).scale(best_text),
            best_text=best_text,
            stem_weights=stem_weights(catalogue.terms, query),
            alternatives=query.alternatives,
            may_lead=may_lead,
        )
        boosts = {self._numbers[code.label]: clauses.boost(code.weight) for code in codes}
        scores = catalogue.text_scores(query).astype(np.float64) + self._postings.scores(boosts)
        size = min(WINDOW, len(scores))
        best = np.argpartition(-scores, size - 1)[:size]
        best = best[np.lexsort((best, -scores[best]))]
        return Retrieved(clauses, vector, best, scores[best])

    def leading(self, retrieved: Retrieved) -> Iterator[tuple[float, NDArray[np.int32]]]:
        """Yield the score of each leading code of a query, and the products that state it."""
        codes = [self._numbers[code.label] for code in leading_codes(retrieved.clauses)]
        scores = self._model.prior.scores_of(codes, retrieved.vector)
        for code, score in zip(codes, scores.tolist(), strict=True):
            yield score, self._model.catalogue.stated.products_of(code)

    def hits(self, retrieved: Retrieved) -> list[WindowHit]:
        """Return the products of a window in the form in which searches rerank them."""
        return [
            WindowHit(
                id=str(number),
                index=_SLOT,
                rank=rank,
                score=score,
                packed=self._packed[number],
                vector=self._model.vectors[number].tobytes(),
                stems=self._stems_of(number),
            )
            for rank, (number, score) in enumerate(
                zip(retrieved.products.tolist(), retrieved.scores.tolist(), strict=True)
            )
        ]

    def rerank(self, retrieved: Retrieved, blend: Calibration) -> list[int]:
        """Return the products of a window that match the query, in their final order."""
        hits = self.hits(retrieved)[: len(retrieved.found)]
        vectors = window_vectors(retrieved.vector, hits) if hits else None
        ranked = rank_window(hits, retrieved.clauses, blend, vectors)
        return [int(hit.id) for hit in ranked]

    def _stems_of(self, number: int) -> str:
        if number not in self._stems:
            self._stems[number] = rerank_stems(self._model.catalogue.products[number])
        return self._stems[number]
