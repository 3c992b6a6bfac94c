"""Yardsticks: codes without training, measured on the same products and queries as the search.

``codes (untrained)`` is a recipe whose constants are never tuned, so that figures of different
versions can be compared. ``codes (prior)`` gives codes as the model does, but from the vectors of
the pretrained encoder: the difference from ``codes`` is what training on judgments adds. Both add
up the weights of the codes that a query and a product share, as the index does. A model without
training has the vectors of the pretrained encoder; there the two ways differ by the index alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from tqdm import tqdm

from gram_es.codes.postings import Postings
from gram_es.codes.prior import CodePrior, Vectors
from gram_es.codes.stated import CodeMatcher
from gram_es.evaluation.fusion import ScoredHits
from gram_es.evaluation.measures import DEPTH
from gram_es.evaluation.runs import Run
from gram_es.model.gram import Gram, encode_spellings
from gram_es.model.pretrained import DEFAULT_ENCODER, create_text_encoder
from gram_es.model.product_codes import ProductCoder, fit_prior
from gram_es.model.quantise import dequantise
from gram_es.model.query_codes import QueryCoder
from gram_es.records import Enrichment, Product, ProductCode
from gram_es.text.spelling.speller import Spelling

UNTRAINED, PRIOR = "codes (untrained)", "codes (prior)"
# The constants of the recipe. They are part of the yardstick: do not tune them.
_QUERY_CODES = 20
_NEAREST = 10
_SHARPNESS = 20.0
_CHUNK = 1_024

Weights = dict[int, float]


def untrained_product_codes(scores: Vectors, stated: Iterable[int]) -> Weights:
    """Return the weights of a product's codes: 1 for each stated code and each near one.

    :param scores: ``(codes,)``, the product's score for each code.
    """
    near = np.argsort(-scores, kind="stable")[:_NEAREST]
    return dict.fromkeys([*stated, *near.tolist()], 1.0)


def untrained_query_codes(scores: Vectors) -> Weights:
    """Return the weights of a query's nearest codes, which sum to 1.

    :param scores: ``(codes,)``, the query's score for each code.
    """
    near = np.argsort(-scores, kind="stable")[:_QUERY_CODES]
    exponents = np.exp(_SHARPNESS * (scores[near] - scores[near[0]]))
    return dict(zip(near.tolist(), (exponents / exponents.sum()).tolist(), strict=True))


def run_yardsticks(
    gram: Gram,
    products: Sequence[Product],
    enrichments: Sequence[Enrichment],
    queries: Mapping[str, Spelling],
) -> Iterator[Run]:
    """Yield the runs of both yardsticks; they have no times, because they search without an index.

    :param enrichments: the enrichments of ``products`` by ``gram``, in the same order.
    :param queries: the forms of each query, by the query as typed.
    :raises ModelError: if the pretrained encoder of a trained model cannot be loaded.
    """
    parts = gram.parts
    encoder, prior = gram.encoder, parts.prior
    matcher = CodeMatcher(parts.codebook)
    stated = [matcher.stated(product).all for product in products]
    stored: Sequence[bytes] = [enrichment.vector for enrichment in enrichments]
    if parts.config.is_encoder_trained:
        encoder = create_text_encoder(
            parts.config.encoder_source or DEFAULT_ENCODER,
            query_prefix=parts.config.query_prefix,
            product_prefix=parts.config.product_prefix,
        )
        stored = [vector.tobytes() for vector in encoder.encode_products(products)]
        carriers = Postings.of(
            (dict.fromkeys(own, 1.0) for own in stated), codes=len(parts.codebook)
        )
        prior = fit_prior(encoder, parts.codebook, carriers, stored)
    ids = [product.id for product in products]
    vectors = encode_spellings(encoder, [*queries.values()])
    codes = len(parts.codebook)
    recipe = (
        untrained_product_codes(row, own)
        for own, row in zip(stated, _scores(prior, stored), strict=True)
    )
    postings = Postings.of(recipe, codes=codes)
    wanted = [untrained_query_codes(row) for row in prior.scores(vectors)]
    yield _search(UNTRAINED, ids, postings, dict(zip(queries, wanted, strict=True)))
    coders = (parts.codebook, prior, parts.rules, parts.config)
    number = parts.codebook.number_by_label
    own = (
        {number[code.label]: code.weight for code in product_codes}
        for product_codes in _product_codes(ProductCoder(*coders), products, stored)
    )
    postings = Postings.of(own, codes=codes)
    given = QueryCoder(*coders).answers([*queries.values()], vectors)
    weights = [{number[code.label]: code.weight for code in answer.codes} for answer in given]
    yield _search(PRIOR, ids, postings, dict(zip(queries, weights, strict=True)))


def _chunks(stored: Sequence[bytes]) -> Iterator[tuple[int, Vectors]]:
    for first in range(0, len(stored), _CHUNK):
        yield first, dequantise(stored[first : first + _CHUNK])


def _scores(prior: CodePrior, stored: Sequence[bytes]) -> Iterator[Vectors]:
    """Yield the scores of the codes for each product, ``(codes,)``."""
    for _, vectors in _chunks(stored):
        yield from prior.scores(vectors)


def _product_codes(
    coder: ProductCoder, products: Sequence[Product], stored: Sequence[bytes]
) -> Iterator[tuple[ProductCode, ...]]:
    for first, vectors in _chunks(stored):
        yield from coder.codes(products[first : first + len(vectors)], vectors)


def _search(
    system: str, ids: Sequence[str], postings: Postings, queries: Mapping[str, Weights]
) -> Run:
    hits: dict[str, ScoredHits] = {}
    for query, weights in tqdm(queries.items(), desc=system, unit="query", disable=None):
        scores = postings.scores(weights)
        best = np.argsort(-scores, kind="stable")[:DEPTH].tolist()
        hits[query] = {ids[n]: float(scores[n]) for n in best if scores[n] > 0}
    return Run(system, hits, {})
