"""The comparison with other searches runs, with few products and queries."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from gram_es.model.gram import Gram
from gram_es.records import Product

SIDE_BY_SIDE = Path(__file__).parents[2] / "benchmarks" / "side_by_side.py"
SYSTEMS = ("direct", "match", "match, window", "match+kNN", "match+kNN, reranked", "gram-es")


def test_every_system_answers_the_same_queries(
    shop: tuple[Product, ...], gram: Gram, gram_dir: Path, index_products, tmp_path: Path
) -> None:
    products = shop[:60]
    enriched = gram.enrich(products)
    enrichments = {product.id: e for product, e in zip(products, enriched, strict=True)}
    settings = index_products(products, enrichments, gram.slot, gram.fingerprint)
    judgments = tmp_path / "judgments.tsv"
    lines = [f"{product.title}\t{product.id}\t3" for product in products[:10]]
    judgments.write_text("\n".join(["query\tproduct_id\trelevance", *lines]))
    environment = {
        "ELASTICSEARCH_URL": settings.elasticsearch_url,
        "GRAM_ES_INDEX": settings.index,
        "GRAM_ES_CACHE_DIR": str(settings.cache_dir),
    }

    result = subprocess.run(
        [
            *(sys.executable, str(SIDE_BY_SIDE), str(judgments), "--model", str(gram_dir)),
            *("--queries", "2", "--latency-only"),
        ],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stderr
    rows = [line.strip() for line in result.stdout.splitlines() if "times direct" in line]
    assert [row.split("  ")[0] for row in rows[: len(SYSTEMS)]] == list(SYSTEMS)
