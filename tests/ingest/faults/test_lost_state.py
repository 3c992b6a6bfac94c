"""Lost ledgers, lost run numbers and restored products: no row is silently superseded."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from gram_es.index.lifecycle import install
from gram_es.index.names import LEDGER, STATE, write_alias
from gram_es.model.manifest import read_manifest
from gram_es.settings import Settings

COUNT = 20


@pytest.fixture
def ingest_at(store: Any, tmp_path: Path) -> Callable[..., Any]:
    """A function that ingests the products at a price and returns the process and its report."""
    feed = tmp_path / "stoves.ndjson"

    def ingest(price: float) -> tuple[dict[str, Any], int, str]:
        rows = [{"id": f"k-{n}", "title": f"Kettle {n}", "price": price} for n in range(COUNT)]
        feed.write_text("\n".join(map(json.dumps, rows)))
        result = store.run("ingest", str(feed), "--wait", "--json")
        return json.loads(result.stdout), result.returncode, result.stderr

    return ingest


@pytest.fixture
def prices(client: Elasticsearch, cluster_settings: Settings) -> Callable[[], set[float]]:
    def read() -> set[float]:
        client.indices.refresh(index=cluster_settings.index)
        hits = client.search(index=cluster_settings.index, size=100)["hits"]["hits"]
        return {hit["_source"]["price"] for hit in hits}

    return read


@pytest.fixture
def lose(client: Elasticsearch, cluster_settings: Settings, gram_dir: Path) -> Callable[..., None]:
    """A function that deletes side indices and creates them empty, as ``index install`` does."""
    manifest = read_manifest(gram_dir)

    def delete_and_install(*indices: str) -> None:
        client.indices.delete(index=",".join(indices))
        install(
            client,
            cluster_settings,
            slot=manifest.slot,
            fingerprint=manifest.fingerprint,
            family=manifest.family,
        )

    return delete_and_install


def age_products(client: Elasticsearch, index: str, runs: int) -> None:
    """Add ``runs`` to the run number of every product, as in a snapshot of a later state."""
    alias = write_alias(index)
    client.indices.refresh(index=alias)
    hits = client.search(index=alias, size=100, source=["feed.run"])["hits"]["hits"]
    operations: list[dict[str, Any]] = []
    for hit in hits:
        run = hit["_source"]["feed"]["run"] + runs
        operations += [{"update": {"_id": hit["_id"]}}, {"doc": {"feed": {"run": run}}}]
    client.bulk(index=alias, operations=operations, refresh=True)


@pytest.mark.parametrize("lost", [(LEDGER, STATE), (STATE,), (LEDGER,)], ids=["both", "s", "l"])
def test_a_feed_is_indexed_although_run_numbers_were_lost(
    client: Elasticsearch,
    store: Any,
    gram_dir: Path,
    cluster_settings: Settings,
    ingest_at: Callable[..., Any],
    prices: Callable[[], set[float]],
    lose: Callable[..., None],
    lost: tuple[str, ...],
) -> None:
    store.start_worker(gram_dir)
    ingest_at(10.0)
    age_products(client, cluster_settings.index, 1_000)  # many runs ago

    lose(*lost)
    seen = store.run("doctor", "--model", str(gram_dir))
    report, exit_code, _ = ingest_at(12.5)

    assert "run numbers: run " in seen.stdout
    assert "the products were restored from a snapshot" in seen.stdout
    assert (report["reused_codes"], report["superseded"], exit_code) == (COUNT, 0, 0)
    assert prices() == {12.5}
    assert "restored from a snapshot" not in store.run("doctor", "--model", str(gram_dir)).stdout


def test_a_run_that_restored_products_supersede_fails_and_the_next_one_is_indexed(
    client: Elasticsearch,
    store: Any,
    gram_dir: Path,
    cluster_settings: Settings,
    ingest_at: Callable[..., Any],
    prices: Callable[[], set[float]],
    proxy: Any,
    faults: Any,
) -> None:
    worker_url = store.environment["ELASTICSEARCH_URL"]
    store.environment["ELASTICSEARCH_URL"] = proxy.url
    store.start_worker(gram_dir)
    store.environment["ELASTICSEARCH_URL"] = worker_url
    ingest_at(10.0)

    def restore_and_forward(request: Any) -> Any:
        age_products(client, cluster_settings.index, 1_000)
        return request.forward()

    proxy.inject(r"POST /test-[^/]+/_mget", restore_and_forward)
    report, exit_code, told = ingest_at(12.5)
    seen = store.run("doctor", "--model", str(gram_dir))
    again, again_code, _ = ingest_at(12.5)

    unknown = report["unknown_runs"]
    assert (report["superseded"], exit_code, len(unknown)) == (COUNT, 1, 1)
    assert f"{COUNT} rows were superseded by run {unknown[0]}, which {LEDGER} does not" in told
    assert "ingest the feed again" in told
    assert seen.returncode == 1
    assert f"{COUNT} rows of run {report['run']} of stoves.ndjson were superseded" in seen.stdout
    assert (again["reused_codes"], again["superseded"], again_code) == (COUNT, 0, 0)
    assert again["run"] > unknown[0]
    assert prices() == {12.5}
