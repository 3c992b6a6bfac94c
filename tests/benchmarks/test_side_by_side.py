"""The comparison with other searches runs, with few products and queries."""

from __future__ import annotations

from pathlib import Path

SYSTEMS = ("direct", "match", "match, window", "match+kNN", "match+kNN, reranked", "gram-es")


def test_every_system_answers_the_same_queries(judged_shop, gram_dir: Path, run_benchmark) -> None:
    few = ("--model", str(gram_dir), "--queries", "2", "--latency-only")

    output = run_benchmark(
        "side_by_side.py", str(judged_shop.judgments), *few, environment=judged_shop.environment
    )

    rows = [line.strip() for line in output.splitlines() if "times direct" in line]
    assert [row.split("  ")[0] for row in rows[: len(SYSTEMS)]] == list(SYSTEMS)
