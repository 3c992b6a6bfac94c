"""The measurement of growing catalogues runs, with few products and queries."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from gram_es.model.gram import Gram
from gram_es.records import Product

GROWTH = Path(__file__).parents[2] / "benchmarks" / "growth.py"


def test_a_grown_catalogue_is_searched_by_every_system(
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
            *(sys.executable, str(GROWTH), str(judgments), "--model", str(gram_dir)),
            *("--products", "80", "--queries", "2"),
        ],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stderr
    header, *rows = [line.split("\t") for line in result.stdout.splitlines()]
    assert header == ["products", "system", "p50_ms", "p95_ms", "cluster_ms"]
    assert [row[:2] for row in rows] == [
        ["80", system] for system in ("direct", "gram-es", "match+kNN")
    ]
    assert all(float(value) > 0 for row in rows for value in row[2:4])
