"""Batches of runs that nobody follows any more."""

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
from ingest.runs.batch_store import Ledger
from ingest.runs.run_store import READ, Run, Runs
from ingest.worker.orphans import Unattended
from ingest.worker.pipeline import Origin


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Run and number of the batches that were sent again."""
    found: list[tuple[int, int]] = []
    monkeypatch.setattr(
        "ingest.worker.orphans.send_batch", lambda _app, run, number: found.append((run, number))
    )
    return found


@pytest.mark.parametrize(
    ("end", "is_sent_again"),
    [("none", False), ("read", True), ("newer", True), ("newer elsewhere", False)],
)
def test_an_overdue_batch_is_sent_again_once_its_ingest_has_left(
    client: Elasticsearch,
    installed: Settings,
    sent: list[tuple[int, int]],
    end: str,
    is_sent_again: bool,
) -> None:
    runs = Runs(client, installed.index)
    wanted = Run(0, "shop.xml", "products-1", "hash", 200, "model", datetime.now(UTC))
    run = runs.begin(wanted)
    no_patience = installed.model_copy(update={"lease_s": -2.0})  # any lease has run out
    ledger = Ledger(client, installed.index, lease_s=no_patience.lease_s)
    ledger.add(Origin("shop.xml", run.number), Batch(1, (Row(1, 1, Product("k", "Kettle")),)))
    assert ledger.take(run.number, 1)
    if end == "read":
        runs.save(replace(run, state=READ, rows=1, batches=1))
    elif end == "newer":
        runs.begin(replace(wanted, feed_hash="tonight"))
    elif end == "newer elsewhere":
        runs.begin(replace(wanted, source="other.xml"))
    client.indices.refresh(index=LEDGER)
    app: Any = None

    Unattended(client, app, no_patience).look()

    assert sent == ([(run.number, 1)] if is_sent_again else [])
