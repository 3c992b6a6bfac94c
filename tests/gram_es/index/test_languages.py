"""An index of a shop that does not speak English, on a real node."""

from collections.abc import Callable

import pytest
from elasticsearch import Elasticsearch

from gram_es.index.compatibility import obstacles
from gram_es.index.documents import FeedPosition, build_document
from gram_es.index.lifecycle import install, live_index
from gram_es.records import Product
from gram_es.settings import Settings

Speak = Callable[[str], None]
MODEL = {"slot": "m0123456789ab", "fingerprint": "0123456789ab" + "0" * 52, "family": "tiny"}


def found(client: Elasticsearch, settings: Settings, product: Product, query: str) -> bool:
    at = FeedPosition("test", 1, 1, "2026-01-01T00:00:00Z")
    document = build_document(product, enrichment=None, slot="-", fingerprint="-", feed=at)
    client.index(index=live_index(client, settings.index).index, document=document, refresh=True)
    hits = client.search(index=settings.index, query={"match": {"text": query}})["hits"]["hits"]
    return bool(hits)


@pytest.mark.parametrize(
    ("language", "title", "query", "joins"),
    [
        ("english", "cordless drills", "drill", True),
        ("russian", "аккумуляторные дрели", "дрель", True),
        ("swedish", "röda lampor", "lampa", True),
        ("german", "rote Lampen", "lampe", False),  # the node has no means to stem it
        ("german", "rote Lampen", "lampen", True),
    ],
)
def test_text_is_stemmed_in_the_shops_language_as_far_as_the_cluster_can(
    client: Elasticsearch,
    cluster_settings: Settings,
    speak: Speak,
    language: str,
    title: str,
    query: str,
    joins: bool,
) -> None:
    speak(language)

    install(client, cluster_settings, **MODEL)

    assert found(client, cluster_settings, Product("1", title), query) is joins


def test_an_index_of_another_language_has_to_be_made_anew(
    client: Elasticsearch, cluster_settings: Settings, speak: Speak
) -> None:
    install(client, cluster_settings, **MODEL)
    live = live_index(client, cluster_settings.index)
    assert obstacles(client, live) == []

    speak("russian")

    assert obstacles(client, live) == ["another text analyzer than the templates have now"]
