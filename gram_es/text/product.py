"""What search and the model read of a product."""

from __future__ import annotations

from collections.abc import Iterator

from gram_es.records import Product
from gram_es.text.normalise import normalise

_MAX_VALUE_WORDS = 5
_MAX_ATTRIBUTE_WORDS = 40


def attribute_phrases(product: Product) -> Iterator[tuple[str, str]]:
    """Yield ``(name, normalised phrase)`` for each attribute that a shopper could ask for.

    A true flag speaks by its name. Bare measurements ("width: 33.6") and long sentences are left
    out: nobody types them, and they would drown the title.
    """
    for name, values in product.attributes.items():
        for value in values:
            if value == "true":
                phrase = normalise(name)
            elif value == "false":
                continue
            else:
                phrase = normalise(value)
            words = phrase.split()
            if 0 < len(words) <= _MAX_VALUE_WORDS and any(w.isalpha() for w in words):
                yield name, phrase


def product_text(product: Product) -> str:
    """Return the normalised text that the text clause searches: each further part only adds words.

    Title, then brand, category path and attribute values.
    """
    parts = normalise(product.title).split()
    seen = set(parts)
    facts = [normalise(product.brand or ""), *(normalise(level) for level in product.category)]
    facts += [phrase for _, phrase in attribute_phrases(product)]
    added = 0
    for fact in facts:
        fresh = [word for word in fact.split() if word not in seen]
        if not fresh or added + len(fresh) > _MAX_ATTRIBUTE_WORDS:
            continue
        # A fact stays whole, so that "18 volt" does not decay to a lone "volt".
        parts += fact.split()
        seen.update(fresh)
        added += len(fresh)
    return " ".join(parts)


def raw_text(product: Product) -> str:
    """Return the same content as the shop wrote it: what a plain BM25 set-up would search."""
    values = [v for vs in product.attributes.values() for v in vs if v not in ("true", "false")]
    return " ".join([product.title, product.brand or "", *product.category, *values]).strip()
