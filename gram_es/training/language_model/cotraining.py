"""Co-training: each side adds codes that the other learns from, where the scorer agrees.

The product side codes products, and the query side adds the codes of queries to products that are
relevant to them. The rules of truth and the encoder's scores filter both, as they filter the codes
that workers infer. Then both sides learn from the larger set.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from gram_es.language_model.code_tree.code_search import CodeSearch
from gram_es.language_model.likelihood import LanguageModel
from gram_es.language_model.sides import PRODUCTS, QUERIES
from gram_es.model.gram import Gram
from gram_es.training.language_model.examples import CodeExamples, product_text

MAX_ASKED: Final = 300  # products, and queries: the beams of one take half a second of a core
_CODES_EACH: Final = 10
_PRODUCTS_EACH: Final = 5  # of a query
_WEIGHT: Final = 0.5  # of an added code, where a stated one weighs 1

Addition = tuple[int, int]
"""The number of a product, and that of a code."""


def find_additions(
    gram: Gram, model: LanguageModel, examples: CodeExamples, seed: int
) -> list[Addition]:
    """Return the codes that both sides add to products, ordered."""
    rng = np.random.default_rng(seed)
    proposed = [
        *_by_product_side(gram, model, examples, rng),
        *_by_query_side(gram, model, examples, rng),
    ]
    codes: dict[int, list[int]] = {}
    for product, code in dict.fromkeys(proposed):
        if code not in examples.codes_of[product]:
            codes.setdefault(product, []).append(code)
    products = sorted(codes)
    kept = gram.inferable([examples.products[n] for n in products], [codes[n] for n in products])
    return [
        (product, code) for product, own in zip(products, kept, strict=True) for code in sorted(own)
    ]


def with_additions(examples: CodeExamples, additions: Sequence[Sequence[int]]) -> CodeExamples:
    """Return the examples with the added codes."""
    codes_of = [dict(codes) for codes in examples.codes_of]
    for product, code in additions:
        codes_of[product][code] = _WEIGHT
    return CodeExamples(
        examples.codebook, examples.products, codes_of, examples.queries, examples.shopper_words
    )


def _by_product_side(
    gram: Gram, model: LanguageModel, examples: CodeExamples, rng: np.random.Generator
) -> Iterator[Addition]:
    labels = [code.label for code in gram.codebook]
    asked = rng.permutation(len(examples.products))[:MAX_ASKED].tolist()
    texts = [product_text(examples.products[number]) for number in asked]
    found = CodeSearch(model, labels, side=PRODUCTS).find(texts)
    for product, codes in zip(asked, found, strict=True):
        yield from ((product, code) for code in codes[:_CODES_EACH].tolist())


def _by_query_side(
    gram: Gram, model: LanguageModel, examples: CodeExamples, rng: np.random.Generator
) -> Iterator[Addition]:
    """Yield the codes of queries for products that are relevant to them; judged queries first."""
    labels = [code.label for code in gram.codebook]
    shuffled = rng.permutation(len(examples.queries)).tolist()
    asked = sorted(shuffled, key=lambda number: not examples.queries[number].judged)[:MAX_ASKED]
    queries = [examples.queries[number] for number in asked]
    found = CodeSearch(model, labels, side=QUERIES).find([query.text for query in queries])
    for query, codes in zip(queries, found, strict=True):
        linked = rng.permutation(query.products)[:_PRODUCTS_EACH].tolist()
        for product in linked:
            yield from ((product, code) for code in codes[:_CODES_EACH].tolist())
