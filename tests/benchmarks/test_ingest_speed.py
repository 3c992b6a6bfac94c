"""The comparison of an ingest with plain bulk requests runs, with few products."""

from __future__ import annotations

from pathlib import Path

from gram_es.settings import Settings

FEED = """id,title,price
1,Garden hose 15 m,19.99
2,Cordless drill 18 V,89.00
3,Bath towel,12.50
"""


def test_feeds_are_compared_with_plain_bulk_requests(
    cluster_settings: Settings, gram_dir: Path, tmp_path: Path, run_benchmark
) -> None:
    feed = tmp_path / "feed.csv"
    feed.write_text(FEED)
    environment = {
        "ELASTICSEARCH_URL": str(cluster_settings.elasticsearch_url),
        "GRAM_ES_CACHE_DIR": str(tmp_path / "cache"),  # with a broker of its own
    }
    few = ("--model", str(gram_dir), "--rows", "2", "--workers", "1", "--changes")

    output = run_benchmark(
        "ingest_speed.py", str(feed), *few, "all prices", environment=environment
    )

    rows = [(line[:30].strip(), line[79:].strip()) for line in output.splitlines()[2:5]]
    assert rows == [
        ("whole feed, workers: 1", "2 created"),
        ("plain bulk, no codes", ""),
        ("all prices", "2 reused_codes"),
    ]
