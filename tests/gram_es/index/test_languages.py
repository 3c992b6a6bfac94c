"""The index of a shop whose language is not English, on a real node."""

from collections.abc import Callable

import pytest
from elasticsearch import Elasticsearch

from gram_es.index.compatibility import incompatibilities
from gram_es.index.documents import FeedPosition, build_document
from gram_es.index.lifecycle import install, live_index
from gram_es.records import Product
from gram_es.settings import Settings

UseLanguage = Callable[[str], None]
MODEL = {"slot": "m0123456789ab", "fingerprint": "0123456789ab" + "0" * 52, "family": "base"}


def matches(client: Elasticsearch, settings: Settings, product: Product, query: str) -> bool:
    at = FeedPosition("test", 1, 1, "2026-01-01T00:00:00Z")
    document = build_document(product, enrichment=None, slot="-", fingerprint="-", feed=at)
    client.index(index=live_index(client, settings.index).index, document=document, refresh=True)
    hits = client.search(index=settings.index, query={"match": {"text": query}})["hits"]["hits"]
    return bool(hits)


@pytest.mark.parametrize(
    ("language", "title", "query", "is_match"),
    [
        ("english", "cordless drills", "drill", True),
        ("russian", "аккумуляторные дрели", "дрель", True),
        ("swedish", "röda lampor", "lampa", True),
        ("german", "rote Lampen", "lampe", False),  # the node has no stemmer for German
        ("german", "rote Lampen", "lampen", True),
    ],
)
def test_text_is_stemmed_in_the_shops_language_as_far_as_the_cluster_can(
    client: Elasticsearch,
    cluster_settings: Settings,
    use_language: UseLanguage,
    language: str,
    title: str,
    query: str,
    is_match: bool,
) -> None:
    use_language(language)

    install(client, cluster_settings, **MODEL)

    assert matches(client, cluster_settings, Product("1", title), query) is is_match


def test_another_language_needs_a_new_index(
    client: Elasticsearch, cluster_settings: Settings, use_language: UseLanguage
) -> None:
    install(client, cluster_settings, **MODEL)
    live = live_index(client, cluster_settings.index)
    assert incompatibilities(client, live) == []

    use_language("russian")

    assert incompatibilities(client, live) == ["another text analyzer than the templates have now"]
