"""Requests that are larger than a server, or a proxy in front of it, accepts."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors, connect
from gram_es.errors import ClusterError
from gram_es.index.names import DEAD, LEDGER, write_alias
from gram_es.index.state_store import next_run_number
from gram_es.overrides.reconcile import Reconciler
from gram_es.records import Product
from gram_es.settings import Settings
from ingest.feeds import Row
from ingest.producer.enqueue import add_batch
from ingest.runs.batch import Batch
from ingest.runs.batch_document import DONE, QUEUED, StoredBatch
from ingest.runs.batch_store import BatchStore
from ingest.runs.dead_letters import DeadLetters
from ingest.runs.outcomes import IndexingResult, Origin, Outcome
from ingest.worker.pipeline import Pipeline
from ingest.worker.product_store import ProductStore

LIMIT = 6_000
LONG = "boils water " * 1_000  # 12,000 bytes


def row(number: int, description: str) -> Row:
    return Row(number, number, Product(f"k-{number}", "Kettle", description=description))


ROWS = tuple(row(number, LONG if number == 4 else "x" * 1_000) for number in range(1, 9))


@pytest.fixture
def limited(installed: Settings, proxy: Any, faults: Any) -> Iterator[Elasticsearch]:
    """A client of a cluster behind a proxy that accepts no request above the limit."""
    proxy.inject(r"^(POST|PUT) ", faults.limit(LIMIT), times=1_000_000)
    with connect(installed.model_copy(update={"elasticsearch_url": proxy.url})) as client:
        yield client


@pytest.fixture
def run(client: Elasticsearch, installed: Settings) -> int:
    return next_run_number(client)


def test_a_batch_is_halved_and_a_row_that_is_still_too_large_is_rejected_by_name(
    client: Elasticsearch, limited: Elasticsearch, installed: Settings, run: int
) -> None:
    ledger = BatchStore(limited, installed.index, lease_s=60)

    added = list(add_batch(ledger, Origin("shop", run), Batch(3, ROWS)))

    assert added == [
        StoredBatch(2, QUEUED),
        StoredBatch(1, QUEUED),
        StoredBatch(1, DONE),
        StoredBatch(4, QUEUED),
    ]
    batches = [client.get(index=LEDGER, id=f"{run}-{n}")["_source"] for n in range(3, 7)]
    rows = [[row["row"] for row in batch.get("rows", ())] for batch in batches]
    assert rows == [[1, 2], [3], [], [5, 6, 7, 8]]
    (rejected,) = batches[2]["rejected"]
    assert (rejected["row"], batches[2]["counts"]["rejected"]) == (4, 1)
    assert rejected["reason"].startswith("id 'k-4': the row is larger than the server accepts")
    assert "http.max_content_length" in rejected["reason"]


def test_a_run_that_is_resumed_after_the_limit_was_raised_finds_its_halves_again(
    client: Elasticsearch, limited: Elasticsearch, installed: Settings, run: int
) -> None:
    batch, origin = Batch(1, ROWS), Origin("shop", run)
    ledger = BatchStore(limited, installed.index, lease_s=60)
    interrupted = add_batch(ledger, origin, batch)
    first = [next(interrupted), next(interrupted)]

    raised = BatchStore(client, installed.index, lease_s=60)
    resumed = list(add_batch(raised, origin, batch))

    assert resumed[:2] == first
    assert sum(stored.size for stored in resumed) == 8
    documents = [
        client.get(index=LEDGER, id=f"{run}-{number}")["_source"]
        for number in range(1, len(resumed) + 1)
    ]
    assert [row["row"] for document in documents for row in document["rows"]] == list(range(1, 9))


def test_products_are_written_in_halves_and_one_that_is_still_too_large_fails_alone(
    client: Elasticsearch, limited: Elasticsearch, installed: Settings, model: Any
) -> None:
    store = ProductStore(limited, installed.index, model.slot)
    pipeline = Pipeline(store, model, Reconciler(client, installed.index), pause=lambda _: None)

    result = pipeline.index_rows(ROWS, Origin("shop", 1))

    assert result.tally() == {Outcome.CREATED: 7, Outcome.FAILED: 1}
    (failed,) = result.failed
    assert failed.row == ROWS[3]
    assert failed.reason.startswith("the document is larger than the server accepts (HTTP 413)")
    ids = [row.product.id for row in ROWS]
    documents = client.mget(index=write_alias(installed.index), ids=ids)["docs"]
    assert [document["_id"] for document in documents if not document["found"]] == ["k-4"]


def test_the_ledger_and_the_dead_letters_keep_failed_rows_as_far_as_the_limit_allows(
    client: Elasticsearch, limited: Elasticsearch, installed: Settings, run: int
) -> None:
    BatchStore(client, installed.index, lease_s=60).add(Origin("shop", run), Batch(1, ROWS))
    ledger = BatchStore(limited, installed.index, lease_s=60)
    batch = ledger.lease(run, 1)
    assert batch is not None
    failure = IndexingResult.all_failed(ROWS, "too hot")

    with pytest.raises(ClusterError, match=r"cannot write 1 dead letters \(the document is larger"):
        DeadLetters(limited, installed.index).update(batch, failure)
    counts = ledger.finish(batch, failure)

    assert counts.failed == 8
    (letters,) = {client.count(index=DEAD, query={"term": {"index": installed.index}})["count"]}
    assert letters == 7
    failed = client.get(index=LEDGER, id=f"{run}-1")["_source"]["failed"]
    assert [row["product"]["id"] for row in failed] == [f"k-{number}" for number in range(1, 9)]


def test_a_request_that_is_too_large_is_reported_as_such(limited: Elasticsearch) -> None:
    expected = re.escape("cannot write: the request is larger than the server accepts (413); raise")

    with pytest.raises(ClusterError, match=expected), cluster_errors("write"):
        limited.index(index=LEDGER, document={"x": LONG})
