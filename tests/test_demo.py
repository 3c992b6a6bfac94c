"""The demo, whole: every process of it is real."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gram_es.records import Product


@pytest.fixture
def feed(shop: tuple[Product, ...], tmp_path: Path) -> Path:
    path = tmp_path / "my shop.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "title", "brand", "price"])
        rows.writerows([p.id, p.title, p.brand, f"{p.price} USD"] for p in shop[:120])
    return path


def test_demo_once_shows_searches_and_leaves_nothing_running(
    feed: Path, cluster_url: str, tmp_path: Path
):
    cache = tmp_path / "the cache"
    environment = {**os.environ, "ELASTICSEARCH_URL": cluster_url, "GRAM_ES_CACHE_DIR": str(cache)}
    environment["HTTP_PROXY"] = "http://127.0.0.1:9"  # must not stand between us and ourselves

    done = subprocess.run(
        [sys.executable, "-m", "gram_es", "demo", "--once", "--feed", str(feed)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "120 rows: 120 new, 0 changed" in done.stdout
    assert done.stdout.count("(codes+text+rerank") + done.stdout.count("(text+rerank") == 5
    assert "The search page: http://127.0.0.1:" in done.stdout
    assert str(cache) not in _command_lines()


def _command_lines() -> str:
    lines = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                lines.append((entry / "cmdline").read_bytes().decode(errors="replace"))
            except OSError:
                continue
    return "\n".join(lines)
