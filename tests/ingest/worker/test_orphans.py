"""Orphaned batches, whose command ``ingest`` has exited."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from gram_es.index.names import LEDGER
from gram_es.records import Product
from gram_es.settings import Settings
from ingest.feeds import Row
from ingest.runs.batch import Batch
from ingest.runs.batch_store import BatchStore
from ingest.runs.outcomes import Origin
from ingest.runs.run_store import READ, Run, RunStore
from ingest.worker.orphans import OrphanedBatches


@pytest.fixture
def resent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The run and number of every batch that was resent."""
    batches: list[tuple[int, int]] = []
    monkeypatch.setattr(
        "ingest.worker.orphans.send_batch", lambda _app, run, number: batches.append((run, number))
    )
    return batches


@pytest.mark.parametrize(
    ("end", "is_resent"),
    [
        ("none", False),
        ("read", True),
        ("newer", True),
        ("newer elsewhere", False),
        ("lost", True),
    ],
)
def test_an_overdue_batch_is_resent_after_its_ingest_has_exited(
    client: Elasticsearch,
    installed: Settings,
    resent: list[tuple[int, int]],
    end: str,
    is_resent: bool,
) -> None:
    runs = RunStore(client, installed.index)
    requested = Run(0, "shop.xml", "products-1", "hash", 200, "model", datetime.now(UTC))
    run = runs.begin(requested)
    expired_lease = installed.model_copy(update={"lease_s": -2.0})  # every lease has expired
    ledger = BatchStore(client, installed.index, lease_s=expired_lease.lease_s)
    ledger.add(Origin("shop.xml", run.number), Batch(1, (Row(1, 1, Product("k", "Kettle")),)))
    assert ledger.lease(run.number, 1)
    if end == "read":
        runs.save(replace(run, state=READ, rows=1, batches=1))
    elif end == "newer":
        runs.begin(replace(requested, feed_hash="newer"))
    elif end == "newer elsewhere":
        runs.begin(replace(requested, source="other.xml"))
    elif end == "lost":
        client.delete(index=LEDGER, id=str(run.number))
    client.indices.refresh(index=LEDGER)
    app: Any = None

    OrphanedBatches(client, app, expired_lease).resend_overdue()

    assert resent == ([(run.number, 1)] if is_resent else [])
