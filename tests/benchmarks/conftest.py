"""Fixtures: a script of ``benchmarks`` in a process of its own, and a small shop to search."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from gram_es.model.gram import Gram
from gram_es.records import Product
from gram_es.settings import Settings

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"

RunBenchmark = Callable[..., str]


@dataclass(frozen=True)
class JudgedShop:
    """Sixty products with codes in an index, and a file of judgments."""

    settings: Settings
    judgments: Path

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables that name the index."""
        return {
            "ELASTICSEARCH_URL": str(self.settings.elasticsearch_url),
            "GRAM_ES_INDEX": self.settings.index,
            "GRAM_ES_CACHE_DIR": str(self.settings.cache_dir),
        }


@pytest.fixture
def judged_shop(
    shop: tuple[Product, ...], gram: Gram, index_products, tmp_path: Path
) -> JudgedShop:
    products = shop[:60]
    enriched = gram.enrich(products)
    enrichments = {product.id: e for product, e in zip(products, enriched, strict=True)}
    settings = index_products(products, enrichments, gram.slot, gram.fingerprint)
    judgments = tmp_path / "judgments.tsv"
    lines = [f"{product.title}\t{product.id}\t3" for product in products]
    judgments.write_text("\n".join(["query\tproduct_id\trelevance", *lines]))
    return JudgedShop(settings, judgments)


@pytest.fixture
def run_benchmark() -> RunBenchmark:
    """Return a function that runs a script, which must succeed, and returns what it prints."""

    def run(script: str, *arguments: str, environment: Mapping[str, str]) -> str:
        result = subprocess.run(
            [sys.executable, str(BENCHMARKS / script), *arguments],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stderr
        return result.stdout

    return run
