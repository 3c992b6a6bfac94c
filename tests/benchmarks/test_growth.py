"""The measurement of growing catalogues runs, with few products and queries."""

from __future__ import annotations

from pathlib import Path


def test_a_grown_catalogue_is_searched_by_every_system(
    judged_shop, gram_dir: Path, run_benchmark
) -> None:
    few = ("--model", str(gram_dir), "--products", "80", "--queries", "2")

    output = run_benchmark(
        "growth.py", str(judged_shop.judgments), *few, environment=judged_shop.environment
    )

    header, *rows = [line.split("\t") for line in output.splitlines()]
    assert header == ["products", "system", "p50_ms", "p95_ms", "cluster_ms"]
    assert [row[:2] for row in rows] == [
        ["80", system] for system in ("direct", "gram-es", "match+kNN")
    ]
    assert all(float(value) > 0 for row in rows for value in row[2:4])
