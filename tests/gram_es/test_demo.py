"""The complete demo with real processes, and the quality of the model that it trains."""

import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from gram_es.evaluation.judgments import read_judgments
from gram_es.model.gram import MAX_PRODUCT_CODES, Gram
from gram_es.records import Product
from gram_es.sample import SampleShop, build_catalogue, write_shop
from gram_es.text.normalise import normalise
from gram_es.text.speller import Spelling
from gram_es.text.words import stems
from gram_es.training.data.catalogue import Catalogue
from gram_es.training.data.codebook_mining import MinedCodebook, mine

DEPTH = 100
Weights = Mapping[int, float]


@pytest.fixture(scope="module")
def sample_shop(tmp_path_factory: pytest.TempPathFactory) -> SampleShop:
    """Write the whole sample shop into a folder with a space in its name."""
    return write_shop(tmp_path_factory.mktemp("a shop") / "my shop")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "the cache"


@pytest.fixture(scope="module")
def demo_output(
    sample_shop: SampleShop, cache: Path, cluster_url: str
) -> subprocess.CompletedProcess[str]:
    """Run the demo with the feed of ``sample_shop``; the demo's files are in ``cache``."""
    environment = {**os.environ, "ELASTICSEARCH_URL": cluster_url, "GRAM_ES_CACHE_DIR": str(cache)}
    # The demo must not use a proxy for its own service.
    environment["HTTP_PROXY"] = "http://127.0.0.1:9"
    return subprocess.run(
        [sys.executable, "-m", "gram_es", "demo", "--once", "--feed", str(sample_shop.feed)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


def test_demo_once_shows_searches_and_leaves_nothing_running(
    demo_output: subprocess.CompletedProcess[str], sample_shop: SampleShop, cache: Path
):
    assert demo_output.returncode == 0, demo_output.stderr
    count = f"{sample_shop.products:,}"
    assert f" {count} rows: {count} created, 0 updated" in demo_output.stdout
    assert len(re.findall(r"\((?:codes\+)?text\+rerank", demo_output.stdout)) == 5
    assert "The search page: http://127.0.0.1:" in demo_output.stdout
    assert str(cache) not in _running()


def test_generated_codes_find_more_than_chance_and_than_codes_mined_from_the_texts(
    demo_output: subprocess.CompletedProcess[str], sample_shop: SampleShop, cache: Path
):
    gram = Gram.load(cache / "demo" / "model")
    products = build_catalogue()
    relevant = _relevant(products, sample_shop)
    numbers = gram.codebook.number_by_label
    generated = [[numbers[code] for code in e.codes] for e in gram.enrich(products)]
    mined = mine(Catalogue(products), max_codes=len(gram.codebook))
    mined_codes = [_rarest(mined, n) for n in range(len(products))]
    corrected = [gram.speller.correct(normalise(query)) for query in relevant]

    model_recall = _recall(relevant, _codes_by_model(gram, list(relevant)), generated)
    word_recall = _recall(relevant, _codes_contained_in(mined, corrected), mined_codes)

    chance = DEPTH / len(products)
    assert model_recall > 10 * chance
    assert model_recall > word_recall


def _running() -> str:
    """Return the command lines and environments of all processes."""
    contents = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                contents += [(entry / name).read_bytes() for name in ("cmdline", "environ")]
    return b"\n".join(contents).decode(errors="replace")


def _relevant(products: Sequence[Product], sample_shop: SampleShop) -> dict[str, set[int]]:
    """Return the queries of the test split, each with its products of grade 3 (positions)."""
    numbers = {product.id: n for n, product in enumerate(products)}
    relevant: dict[str, set[int]] = defaultdict(set)
    for judgment in read_judgments(sample_shop.judgments_test):
        if judgment.relevance >= 3:
            relevant[judgment.query].add(numbers[judgment.product_id])
    return relevant


def _recall(
    relevant: Mapping[str, set[int]],
    queries: Sequence[Weights],
    carried: Sequence[Sequence[int]],
) -> float:
    """Return the mean R@100 of products ordered by the weights of those query codes they have."""
    recalls = []
    for wanted, weights in zip(relevant.values(), queries, strict=True):
        scores = np.array([sum(weights.get(code, 0.0) for code in codes) for codes in carried])
        best = [n for n in np.argsort(-scores, kind="stable")[:DEPTH] if scores[n] > 0]
        recalls.append(len(wanted.intersection(best)) / len(wanted))
    return float(np.mean(recalls))


def _codes_by_model(gram: Gram, queries: Sequence[str]) -> list[Weights]:
    numbers = gram.codebook.number_by_label
    return [
        {numbers[code.label]: code.weight for code in understood.codes}
        for understood in gram.understand([Spelling(query, query) for query in queries])
    ]


def _codes_contained_in(mined: MinedCodebook, queries: Sequence[str]) -> list[Weights]:
    """Return the codes whose stems occur in the query, each with its idf."""
    numbers, idf = mined.codebook.number_by_key, mined.postings.idf
    weights: list[Weights] = []
    for query in queries:
        words = stems(query)
        spans = (words[a:b] for a in range(len(words)) for b in range(a + 1, len(words) + 1))
        weights.append({numbers[key]: float(idf[numbers[key]]) for key in spans if key in numbers})
    return weights


def _rarest(mined: MinedCodebook, product: int) -> list[int]:
    """Return the rarest codes in the product's own text, at most as many as a model gives it."""
    own = mined.postings.codes_of(product)
    best = np.argsort(-mined.postings.idf[own], kind="stable")[:MAX_PRODUCT_CODES]
    return own[best].tolist()
