"""The weights of codes, which Elasticsearch 9 leaves out of the documents that it returns."""

from collections.abc import Callable
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from gram_es.codes.stored_codes import feature_name
from gram_es.index.slots import weights_field
from gram_es.migration.migrate import Migration
from gram_es.migration.prune import prune
from gram_es.model.gram import Gram
from gram_es.records import Enrichment
from gram_es.settings import Settings

pytestmark = pytest.mark.elasticsearch_9


def scores(client: Elasticsearch, store: Settings, slot: str, label: str) -> dict[str, float]:
    """Return the products that a code scores, with their scores."""
    client.indices.refresh(index=store.index)
    clause = {"term": {weights_field(slot): {"value": feature_name(label)}}}
    answer = client.search(index=store.index, query=clause, size=1_000, source=False)
    return {hit["_id"]: hit["_score"] for hit in answer["hits"]["hits"]}


def test_a_slot_keeps_its_weights_when_documents_are_updated_and_written_anew(
    client: Elasticsearch,
    store: Settings,
    migrate: Callable[..., Migration],
    enrichments: dict[str, Enrichment],
    gram: Gram,
    other_gram: Gram,
) -> None:
    label = next(code.label for enrichment in enrichments.values() for code in enrichment.codes)
    before = scores(client, store, gram.slot, label)

    migrate()  # partial updates
    updated = scores(client, store, gram.slot, label)
    migrate(model=gram, live=other_gram)
    prune(client, store.index, [other_gram.slot], ignore)  # documents written whole
    rewritten = scores(client, store, gram.slot, label)

    assert before
    assert updated == pytest.approx(before)
    assert rewritten == pytest.approx(before)


def ignore(_: Any) -> None:
    """Ignore the progress."""
