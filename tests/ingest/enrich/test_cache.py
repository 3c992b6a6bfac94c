from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from gram_es.errors import CatalogueIndexError
from gram_es.index.names import ENRICHMENTS
from gram_es.records import Enrichment, Product, ProductCode
from ingest.enrich.cache import CachedModel, EnrichmentCache
from ingest.enrich.cursor import Cursor, CursorStore, shard_ends

ENRICHMENT = Enrichment(
    (ProductCode("steel kettles", 1.0), ProductCode("pans", 1 / 3, is_stated=False)),
    bytes(range(256)),
    "h" * 32,
)


@pytest.fixture
def cache(client, wares, enriching) -> EnrichmentCache:
    wares.create()
    enriching()  # creates the index of the cache
    return EnrichmentCache(client, f"m{wares.name[-8:]}")


def test_an_enrichment_comes_back_as_it_was(cache):
    cache.put([ENRICHMENT])

    assert cache.get(["h" * 32, "other"]) == {"h" * 32: ENRICHMENT}


def test_the_model_is_asked_only_for_what_the_cache_lacks(cache, model):
    products = [Product(name, name) for name in ("a", "b", "c")]
    cached = CachedModel(model, cache)
    cached.enrich(products[:1])

    answers = cached.enrich(products)

    assert [answer.codes[0].label for answer in answers] == ["a", "b", "c"]
    assert model.asked == ["a", "b", "c"]
    assert (cached.from_cache, cached.from_model) == (1, 3)


def test_an_enrichment_of_another_model_is_not_used(client, cache):
    cache.put([ENRICHMENT])

    assert EnrichmentCache(client, "another slot").get(["h" * 32]) == {}


def age(client, cache: EnrichmentCache, days: int) -> None:
    at = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="seconds")
    client.update(index=ENRICHMENTS, id=cache._id("h" * 32), doc={"at": at}, refresh=True)


def test_what_no_product_has_used_for_long_is_deleted(client, cache):
    cache.put([ENRICHMENT])
    age(client, cache, 119)
    assert cache.delete_old() == 0
    age(client, cache, 121)

    assert cache.delete_old() == 1
    assert cache.get(["h" * 32]) == {}


def test_use_keeps_an_enrichment(client, cache):
    cache.put([ENRICHMENT])
    age(client, cache, 119)

    cache.get(["h" * 32])

    stored = client.get(index=ENRICHMENTS, id=cache._id("h" * 32))["_source"]["at"]
    assert datetime.now(UTC) - datetime.fromisoformat(stored) < timedelta(minutes=1)


def test_a_cursor_comes_back_for_the_same_index_slot_and_mapping_alone(client, cache):
    store = CursorStore(client, "uuid", "m1", "mapping")
    store.save(Cursor({0: 17, 1: -1}))

    assert CursorStore(client, "uuid", "m1", "mapping").load().read == {0: 17, 1: -1}
    for other in (("uuid", "m1", "other"), ("uuid", "m2", "mapping"), ("new", "m1", "mapping")):
        assert CursorStore(client, *other).load().read == {}


@pytest.mark.parametrize("stats", [{}, {"indices": {}}, {"indices": {"a": {}, "b": {}}}])
def test_an_index_that_is_deleted_during_the_request_is_an_error_to_retry(stats):
    client = SimpleNamespace(indices=SimpleNamespace(stats=lambda **_: stats))

    with pytest.raises(CatalogueIndexError, match=r"^wares stands for . indices now, not for one$"):
        shard_ends(client, "wares")


def test_own_writes_count_as_read_until_a_write_of_others():
    cursor = Cursor()
    cursor.note_own(0, [12, 11, 13, 15])

    cursor.advance(0, 10)
    assert cursor.of(0) == 13
    cursor.advance(0, 14)

    assert cursor.of(0) == 15
