"""The demo, whole: every process of it is real, and what its model learnt is measured."""

import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from gram_es.evaluation.judgments import read_judgments
from gram_es.model.gram import PRODUCT_CODES, Gram
from gram_es.records import Product
from gram_es.sample import SampleShop, build_catalogue, write_shop
from gram_es.text.normalise import normalise
from gram_es.text.words import stems
from gram_es.training.data.catalogue import Catalogue
from gram_es.training.data.codebook_mining import Mined, mine

DEPTH = 100
Weights = Mapping[int, float]


@pytest.fixture(scope="module")
def sold(tmp_path_factory: pytest.TempPathFactory) -> SampleShop:
    """The whole sample shop, in a folder with a space in its name."""
    return write_shop(tmp_path_factory.mktemp("a shop") / "my shop")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "the cache"


@pytest.fixture(scope="module")
def shown(sold: SampleShop, cache: Path, cluster_url: str) -> subprocess.CompletedProcess[str]:
    """The demo of that shop's feed, as it ended; what it made lies in the cache."""
    environment = {**os.environ, "ELASTICSEARCH_URL": cluster_url, "GRAM_ES_CACHE_DIR": str(cache)}
    environment["HTTP_PROXY"] = "http://127.0.0.1:9"  # must not stand between us and ourselves
    return subprocess.run(
        [sys.executable, "-m", "gram_es", "demo", "--once", "--feed", str(sold.feed)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


def test_demo_once_shows_searches_and_leaves_nothing_running(
    shown: subprocess.CompletedProcess[str], sold: SampleShop, cache: Path
):
    assert shown.returncode == 0, shown.stderr
    assert f" {sold.products:,} rows: {sold.products:,} new, 0 changed" in shown.stdout
    assert shown.stdout.count("(codes+text+rerank") + shown.stdout.count("(text+rerank") == 5
    assert "The search page: http://127.0.0.1:" in shown.stdout
    assert str(cache) not in _running()


def test_generated_codes_beat_chance_and_beat_codes_cut_from_the_texts(
    shown: subprocess.CompletedProcess[str], sold: SampleShop, cache: Path
):
    learnt = Gram.load(cache / "demo" / "model")
    products = build_catalogue()
    relevant = _relevant(products, sold)
    numbers = learnt.codebook.number_of_label
    generated = [[numbers[code] for code in e.codes] for e in learnt.enrich(products)]
    mined = mine(Catalogue(products), max_codes=len(learnt.codebook))
    cut = [_rarest(mined, n) for n in range(len(products))]
    spelt = [learnt.speller.correct(normalise(query)) for query in relevant]

    by_model = _recall(relevant, _said_by(learnt, list(relevant)), generated)
    by_words = _recall(relevant, _spelt_out(mined, spelt), cut)

    chance = DEPTH / len(products)
    assert by_model > 10 * chance
    assert by_model > by_words


def _running() -> str:
    """Return the command lines and environments of all processes."""
    told = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                told += [(entry / name).read_bytes() for name in ("cmdline", "environ")]
    return b"\n".join(told).decode(errors="replace")


def _relevant(products: Sequence[Product], sold: SampleShop) -> dict[str, set[int]]:
    """Return the test split's queries with the products that satisfy them in full."""
    numbers = {product.id: n for n, product in enumerate(products)}
    found: dict[str, set[int]] = defaultdict(set)
    for judgment in read_judgments(sold.judgments_test):
        if judgment.relevance >= 3:
            found[judgment.query].add(numbers[judgment.product_id])
    return found


def _recall(
    relevant: Mapping[str, set[int]],
    queries: Sequence[Weights],
    carried: Sequence[Sequence[int]],
) -> float:
    """Return R@100 of products ordered by the weights of the query's codes that they carry."""
    found = []
    for wanted, weights in zip(relevant.values(), queries, strict=True):
        scores = np.array([sum(weights.get(code, 0.0) for code in codes) for codes in carried])
        best = [n for n in np.argsort(-scores, kind="stable")[:DEPTH] if scores[n] > 0]
        found.append(len(wanted.intersection(best)) / len(wanted))
    return float(np.mean(found))


def _said_by(gram: Gram, queries: Sequence[str]) -> list[Weights]:
    numbers = gram.codebook.number_of_label
    return [
        {numbers[code.label]: code.weight for code in understood.codes}
        for understood in gram.understand(queries)
    ]


def _spelt_out(mined: Mined, queries: Sequence[str]) -> list[Weights]:
    """Return the codes whose stems stand in the query, each with its rarity."""
    numbers, idf = mined.codebook.number_of_key, mined.postings.idf
    found: list[Weights] = []
    for query in queries:
        held = stems(query)
        spans = (held[a:b] for a in range(len(held)) for b in range(a + 1, len(held) + 1))
        found.append({numbers[key]: float(idf[numbers[key]]) for key in spans if key in numbers})
    return found


def _rarest(mined: Mined, product: int) -> list[int]:
    """Return as many of the product's own codes as a model gives it, the rarest first."""
    own = mined.postings.codes_of(product)
    best = np.argsort(-mined.postings.idf[own], kind="stable")[:PRODUCT_CODES]
    return own[best].tolist()
