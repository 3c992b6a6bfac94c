"""The profile of a search runs, with few products and queries."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from gram_es.model.gram import Gram
from gram_es.records import Product

SEARCH_PROFILE = Path(__file__).parents[2] / "benchmarks" / "search_profile.py"
PARTS = ("encoder", "codes", "spelling and plan", "requests and their JSON", "reading hits")
OTHERS = ("rerank", "page", "the rest", "Elasticsearch", "together")


def test_the_time_of_every_part_of_a_search_is_printed(
    shop: tuple[Product, ...], gram: Gram, gram_dir: Path, index_products, tmp_path: Path
) -> None:
    products = shop[:60]
    enriched = gram.enrich(products)
    enrichments = {product.id: e for product, e in zip(products, enriched, strict=True)}
    settings = index_products(products, enrichments, gram.slot, gram.fingerprint)
    judgments = tmp_path / "judgments.tsv"
    lines = [f"{product.title}\t{product.id}\t3" for product in products]
    judgments.write_text("\n".join(["query\tproduct_id\trelevance", *lines]))
    environment = {
        "ELASTICSEARCH_URL": settings.elasticsearch_url,
        "GRAM_ES_INDEX": settings.index,
        "GRAM_ES_CACHE_DIR": str(settings.cache_dir),
    }
    few = ("--model", str(gram_dir), "--queries", "2")

    result = subprocess.run(
        [sys.executable, str(SEARCH_PROFILE), str(judgments), *few],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stderr
    times = {line[:24].strip(): line.split()[-2] for line in result.stdout.splitlines()[:-1]}
    assert list(times) == [*PARTS, *OTHERS[:-1]]
    assert all(float(times[part]) > 0 for part in ("encoder", "codes", "rerank"))
    assert result.stdout.splitlines()[-1].startswith("together")
