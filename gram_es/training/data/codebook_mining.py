"""Mine the codebook from the catalogue: codes made of facets, and phrases of titles.

A code is a type, a brand, a value, up to two values with a type, or a phrase. It needs products
enough to be shared and few enough to tell products apart, and it must say more than a code with
nearly the same products.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from gram_es.codes.codebook import MAX_LABEL_CHARS, Code, Codebook
from gram_es.codes.facets import FacetReader
from gram_es.codes.postings import Postings
from gram_es.codes.stated import CodeMatcher
from gram_es.codes.titles import Words
from gram_es.errors import TrainingError
from gram_es.training.data.catalogue import Catalogue
from gram_es.training.data.facet_codes import (
    INFORMATIVE_SHARE,
    MIN_PRODUCTS,
    Candidates,
    facet_candidates,
)
from gram_es.training.data.phrase_codes import phrase_candidates
from gram_es.training.data.product_types import find_types, find_units

# On 55,000 titles, codes alone have R@100 .588 with 8,000 codes and .634 with 20,000. More codes
# take more of a query's time, because a query is compared with all of them.
MAX_CODES = 20_000
MAX_SHARE = 0.2
# How much a code with so many facets is worth beside a phrase with as many products. On Icecat at
# 8,000 codes, nDCG@10 / R@100 of codes alone rose from .348 / .781 to .406 / .833.
_USE_BY_FACETS = (1.0, 1.0, 0.2, 0.1)


@dataclass(frozen=True, slots=True)
class MinedCodebook:
    """A codebook, and which products state which codes, each with the weight 1."""

    codebook: Codebook
    postings: Postings


def mine(catalogue: Catalogue, *, max_codes: int = MAX_CODES) -> MinedCodebook:
    """Return a codebook of at most ``max_codes`` codes, the most useful first.

    :raises TrainingError: if no phrase and no attribute value is shared by enough products.
    """
    products = catalogue.products
    types = find_types(products)
    reader = FacetReader(types, find_units(products))
    by_facets = facet_candidates(products, [reader.read(product) for product in products])
    phrases = phrase_candidates(products, types, by_facets.facets)
    max_products = max(MIN_PRODUCTS, int(MAX_SHARE * len(catalogue)))
    codes = list(_codes(_merge(by_facets, phrases), max_products))[:max_codes]
    if not codes:
        raise TrainingError(
            f"the catalogue's {len(catalogue)} products share no phrase and no attribute value "
            f"that distinguishes some of them, so there are no codes: a code needs {MIN_PRODUCTS} "
            f"products or more, and at most {MAX_SHARE:.0%} of all; train on a larger feed"
        )
    postings = _postings(catalogue, Codebook(codes))
    counted = zip(codes, postings.counts.tolist(), strict=True)
    return MinedCodebook(Codebook(replace(code, count=count) for code, count in counted), postings)


def _postings(catalogue: Catalogue, codebook: Codebook) -> Postings:
    matcher = CodeMatcher(codebook)
    stated = (dict.fromkeys(matcher.stated(p).all, 1.0) for p in catalogue.products)
    return Postings.of(stated, codes=len(codebook))


def _merge(by_facets: Candidates, phrases: Candidates) -> Candidates:
    """Add the phrases to the facets' codes; of two counts of one key the larger is right."""
    redundant = _redundant_parts(phrases.counts)
    for key, count in phrases.counts.items():
        if key in by_facets.facets or key not in redundant:
            by_facets.counts[key] = max(by_facets.counts[key], count)
            by_facets.surfaces[key].update(phrases.surfaces[key])
    return by_facets


def _redundant_parts(counts: Counter[Words]) -> set[Words]:
    """Return the phrases that nearly always occur within the same longer phrase."""
    return {
        part
        for key, count in counts.items()
        if count >= MIN_PRODUCTS
        for part in (key[1:], key[:-1])
        if count >= INFORMATIVE_SHARE * counts.get(part, count * 2)
    }


def _codes(candidates: Candidates, max_products: int) -> Iterator[Code]:
    """Yield the codes in order; a code's label is its most frequent wording that is still free."""
    counts = candidates.counts
    usable = (key for key, count in counts.items() if MIN_PRODUCTS <= count <= max_products)
    labels: set[str] = set()
    ranks = {
        key: counts[key] * _USE_BY_FACETS[len(candidates.facets.get(key, ()))] for key in usable
    }
    for key in sorted(ranks, key=lambda key: (-ranks[key], key)):
        forms = sorted(candidates.surfaces[key].items(), key=lambda item: (-item[1], item[0]))
        label = next((form for form, _ in forms if form not in labels), None)
        if label is not None and len(label) <= MAX_LABEL_CHARS:
            labels.add(label)
            yield Code(label, key, counts[key], candidates.facets.get(key, ()))
