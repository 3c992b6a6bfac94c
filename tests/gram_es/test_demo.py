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

from gram_es import demo
from gram_es.codes.stated import CodeMatcher
from gram_es.demo import SAMPLE_QUERIES
from gram_es.demo.searches import is_coded_by_both
from gram_es.evaluation.judgments import read_judgments
from gram_es.model.gram import Gram
from gram_es.records import Product
from gram_es.sample import SampleShop, build_catalogue, write_shop
from gram_es.text.normalise import normalise
from gram_es.text.product import search_text
from gram_es.text.spelling.speller import Spelling
from gram_es.text.words import stems

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
def demo_output(cache: Path, cluster_url: str) -> subprocess.CompletedProcess[str]:
    """Run the demo on the sample shop; the demo's files are in ``cache``."""
    environment = {**os.environ, "ELASTICSEARCH_URL": cluster_url, "GRAM_ES_CACHE_DIR": str(cache)}
    # The demo must not use a proxy for its own service.
    environment["HTTP_PROXY"] = "http://127.0.0.1:9"
    return subprocess.run(
        [sys.executable, "-m", "gram_es", "demo", "--once"],
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


@pytest.mark.parametrize(
    ("query", "types"),
    [
        ("couch", r"sofa|futon|sectional|loveseat"),
        ("womens trousers", r"pants|chinos|jeans|leggings"),
        ("cordless drill 18v", r"drill"),
    ],
)
def test_the_first_hits_of_a_sample_query_are_of_the_right_type(
    query: str, types: str, demo_output: subprocess.CompletedProcess[str]
):
    assert query in SAMPLE_QUERIES
    _, _, after = demo_output.stdout.partition(f"\n{query}  (")
    hits = re.findall(r"^  - (.*)$", after.partition("\n\n")[0], re.MULTILINE)

    assert len(hits) == 3
    assert all(re.search(types, hit.lower()) for hit in hits), hits


def test_a_language_model_has_no_say_in_queries_in_the_catalogues_words(
    tmp_path: Path, cluster_url: str, small_language_model: Path
):
    feed = tmp_path / "shop.csv"
    things = ("garden hose", "oak bookcase", "wool scarf", "steel kettle", "desk lamp")
    titles = [
        f"{thing} {colour}" for colour in ("green", "red", "black", "blue") for thing in things
    ]
    rows = [f"{number},{title}" for number, title in enumerate(titles, start=1)]
    feed.write_text("\n".join(["id,title", *rows]))
    cache = tmp_path / "cache"
    environment = {**os.environ, "ELASTICSEARCH_URL": cluster_url, "GRAM_ES_CACHE_DIR": str(cache)}
    options = ("--once", "--feed", str(feed), "--language-model", str(small_language_model))

    finished = subprocess.run(
        [sys.executable, "-m", "gram_es", "demo", *options],
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )

    assert finished.returncode == 0, finished.stderr
    assert "the language model has no say" in finished.stdout
    assert "codes (with language model)" not in finished.stdout
    assert len(re.findall(r"\((?:codes\+)?text\+rerank", finished.stdout)) == 5
    assert "it/s]" not in finished.stderr
    assert str(cache) not in _running()


def test_queries_with_a_foreign_word_are_shown_with_the_codes_of_both(
    monkeypatch: pytest.MonkeyPatch,
):
    by_encoder, by_both = ({"query": {"language_model": name}} for name in (None, "gemma"))
    monkeypatch.setattr(demo, "search", lambda *_: by_encoder)
    monkeypatch.setattr(
        demo,
        "search_twice",
        lambda _address, queries, _worker: ((q, by_encoder, by_both) for q in queries),
    )
    monkeypatch.setattr(
        demo, "to_text", lambda query, answer, note="": (query, is_coded_by_both(answer), note)
    )

    shown = [*demo._answers("", ("couch", "drill", "nappies"), ["couch", "nappies"], object())]

    assert shown == [
        ("couch", True, ""),
        ("drill", False, ""),
        ("nappies", False, ", asked for the first time"),
        ("nappies", True, ", asked again"),
    ]


def test_two_sample_queries_have_a_word_that_no_product_contains():
    words = {stem for product in build_catalogue() for stem in stems(search_text(product))}

    new = [query for query in SAMPLE_QUERIES if not words.issuperset(stems(normalise(query)))]

    assert new[:2] == ["couch", "womens trousers"]


def test_codes_of_the_model_find_more_than_codes_that_query_and_product_state(
    demo_output: subprocess.CompletedProcess[str], sample_shop: SampleShop, cache: Path
):
    assert demo_output.returncode == 0
    gram = Gram.load(cache / "demo" / "model")
    products = build_catalogue()
    relevant = _relevant(products, sample_shop)
    matcher = CodeMatcher(gram.codebook)
    stated = [matcher.stated(product) for product in products]
    stated_codes = [dict.fromkeys((*s.by_field, *s.by_phrase), 1.0) for s in stated]
    typed = [Spelling(normalise(query), normalise(query)) for query in relevant]

    model_recall = _recall(relevant, _codes_by_model(gram, typed), _product_codes(gram, products))
    word_recall = _recall(relevant, _codes_in(matcher, typed), stated_codes)

    assert model_recall > word_recall + 0.05
    assert model_recall > 0.9


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
    relevant: Mapping[str, set[int]], queries: Sequence[Weights], products: Sequence[Weights]
) -> float:
    """Return the mean R@100 of products ordered by the sum of the weights of shared codes."""
    recalls = []
    for wanted, weights in zip(relevant.values(), queries, strict=True):
        scores = np.array([_agreement(weights, carried) for carried in products])
        best = [n for n in np.argsort(-scores, kind="stable")[:DEPTH] if scores[n] > 0]
        recalls.append(len(wanted.intersection(best)) / len(wanted))
    return float(np.mean(recalls))


def _agreement(query: Weights, product: Weights) -> float:
    return sum(weight * product.get(code, 0.0) for code, weight in query.items())


def _product_codes(gram: Gram, products: Sequence[Product]) -> list[Weights]:
    numbers = gram.codebook.number_by_label
    return [{numbers[code.label]: code.weight for code in e.codes} for e in gram.enrich(products)]


def _codes_by_model(gram: Gram, queries: Sequence[Spelling]) -> list[Weights]:
    numbers = gram.codebook.number_by_label
    return [
        {numbers[code.label]: code.weight for code in understood.codes}
        for understood in gram.understand(queries)
    ]


def _codes_in(matcher: CodeMatcher, queries: Sequence[Spelling]) -> list[Weights]:
    """Return the codes that each query states as the title of a product would."""
    stated = [matcher.stated(Product("-", query.typed)) for query in queries]
    return [dict.fromkeys((*codes.by_field, *codes.by_phrase), 1.0) for codes in stated]
