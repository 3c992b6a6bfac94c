"""An index of a shop's own making: strict, with nested offers, two languages and two shards."""

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch, NotFoundError

from gram_es.settings import Settings
from ingest.enrich.start import EnrichOptions, PreparedIndex, prepare
from ingest.feeds.rows.mapping_file import FieldMapping, read_mapping

FIELDS = """\
title: label.en
brand: maker
category: shelf
description: [notes.en.long, notes.en.short]
price: offers.amount
attributes: [facts, shade]
"""
MAPPINGS = {
    "dynamic": "strict",
    "_meta": {"team": "search", "managed_by": "platform"},
    "properties": {
        "label": {
            "properties": {"en": {"type": "text", "analyzer": "own"}, "sv": {"type": "text"}}
        },
        "maker": {"type": "keyword"},
        "shelf": {"type": "keyword"},
        "notes": {"type": "object", "enabled": False},
        "offers": {
            "type": "nested",
            "properties": {"amount": {"type": "double"}, "store": {"type": "keyword"}},
        },
        "facts": {
            "type": "nested",
            "properties": {"name": {"type": "keyword"}, "value": {"type": "keyword"}},
        },
        "shade": {"properties": {"en": {"type": "keyword"}, "sv": {"type": "keyword"}}},
        "sold": {"type": "integer"},
        "text": {"type": "date"},  # names of gram-es, for something else
        "identifiers": {"type": "long"},
        "stems": {"type": "text"},
        "id": {"type": "text"},
        "title": {"type": "long"},
        "brand": {"type": "text"},
        "category": {"type": "text"},
        "currency": {"type": "text"},
    },
}
SETTINGS = {
    "number_of_shards": 2,
    "number_of_replicas": 0,
    "analysis": {"analyzer": {"own": {"type": "custom", "tokenizer": "standard"}}},
}


def document(number: int, **more: Any) -> dict[str, Any]:
    """Return a document as the shop writes it."""
    return {
        "label": {"en": f"Steel kettle {number}", "sv": f"Kittel {number}"},
        "maker": "Glimmerton",
        "shelf": "Kitchen > Kettles",
        "notes": {"en": {"long": "It whistles.", "short": ""}},
        "offers": [{"amount": 9.9, "store": "a"}, {"amount": 1e2, "store": "b"}],
        "facts": [{"name": "lid", "value": "glass"}],
        "shade": {"en": "grey", "sv": "grå"},
        "sold": number,
        "text": "2026-01-01",
        "identifiers": 17,
        "stems": "stalks",
        **more,
    }


class Shop:
    """A shop's own index ``index`` behind the alias ``name``."""

    def __init__(self, client: Elasticsearch, name: str) -> None:
        self.client, self.name = client, name
        self.index = f"{name}-v1"

    def create(self, index: str | None = None, **changes: Any) -> None:
        """Create an index, and move the shop's alias to it."""
        self.index = index or self.index
        self.create_beside(self.index, **changes)
        remove = {"remove": {"index": f"{self.name}*", "alias": self.name, "must_exist": False}}
        add = {"add": {"index": self.index, "alias": self.name}}
        self.client.indices.update_aliases(actions=[remove, add])

    def create_beside(self, index: str, **changes: Any) -> None:
        """Create an index without moving the alias to it."""
        body = {"settings": SETTINGS, "mappings": MAPPINGS, **changes}
        self.client.indices.create(index=index, **body)

    def write(self, *numbers: int, **more: Any) -> None:
        operations: list[dict[str, Any]] = []
        for number in numbers:
            header = {"_index": self.index, "_id": f"ware {number}"}
            operations += [{"index": header}, document(number, **more)]
        answer = self.client.bulk(operations=operations, refresh=True)
        assert not answer["errors"], answer

    def documents(self) -> dict[str, dict[str, Any]]:
        """Return all documents by id, with what gram-es added."""
        self.client.indices.refresh(index=self.index)
        hits = self.client.search(index=self.index, size=2_000)["hits"]["hits"]
        return {hit["_id"]: hit["_source"] for hit in hits}

    def own(self) -> dict[str, dict[str, Any]]:
        """Return all documents by id, without what gram-es added."""
        documents = self.documents().items()
        return {n: {k: v for k, v in d.items() if k != "gram"} for n, d in documents}

    def codes(self, slot: str) -> dict[str, list[str]]:
        """Return the codes of the documents that have some, by id."""
        found = {n: d.get("gram", {}).get(slot, {}) for n, d in self.documents().items()}
        return {n: fields["codes"] for n, fields in found.items() if fields}


@pytest.fixture
def wares(client: Elasticsearch) -> Iterator[Shop]:
    name = f"wares_{uuid.uuid4().hex[:8]}"  # no name that GRAM_ES_INDEX could have
    yield Shop(client, name)
    indices = [*client.indices.get(index=f"{name}*").body]
    if indices:
        client.indices.delete(index=indices)


@pytest.fixture
def fields(tmp_path: Path) -> FieldMapping:
    (tmp_path / "fields.yml").write_text(FIELDS)
    return read_mapping(tmp_path / "fields.yml")


@pytest.fixture
def wait_for() -> Callable[[Callable[[], object]], None]:
    """Return a function that waits until a condition is true, for at most 30 seconds."""

    def wait(condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + 30
        while True:
            with suppress(NotFoundError):
                if condition():
                    return
            assert time.monotonic() < deadline
            time.sleep(0.1)

    return wait


Prepare = Callable[..., PreparedIndex]


@pytest.fixture
def enriching(
    client: Elasticsearch, cluster_settings: Settings, wares: Shop, fields: FieldMapping, model: Any
) -> Prepare:
    """Return a function that prepares the shop's index for ``model``, or for another one."""
    model.family, model.codes_fingerprint = "base", "c" * 64

    def run(other: Any = None, name: str | None = None, **options: Any) -> PreparedIndex:
        values: Mapping[str, Any] = {"index": cluster_settings.index, "mapping": fields, **options}
        return prepare(client, name or wares.name, other or model, EnrichOptions(**values))

    return run
