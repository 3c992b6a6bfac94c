"""Parts that many tests share, each made once a session: a real Elasticsearch, a real model."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from elasticsearch import Elasticsearch
from filelock import FileLock
from transformers import AutoModel, AutoTokenizer, BertConfig

from gram_es.cluster.client import connect
from gram_es.cluster.node.node import LocalNode
from gram_es.codes.trie import Trie
from gram_es.errors import NodeError
from gram_es.index.documents import FeedPosition, build_document
from gram_es.index.lifecycle import install
from gram_es.model import families
from gram_es.model.config import GramConfig
from gram_es.model.gram import Gram
from gram_es.model.network import GramNetwork
from gram_es.records import Enrichment, Product
from gram_es.sample import build_catalogue
from gram_es.settings import Settings, current_settings, default_cache_dir
from gram_es.training.plan import Plan
from gram_es.training.train import train

Stock = Callable[[Sequence[Product], Mapping[str, Enrichment], str, str], Settings]
MakeOnce = Callable[[str, Callable[[Path], None]], Path]

SMALL_PLAN = Plan(
    queries=3_000,
    max_codes=800,
    batch=16,
    lesson=16,
    scorer_steps=40,
    alignment_steps=20,
    joint_steps=60,
    preference_queries=100,
    searched_products=300,
    preference_steps=4,
)

SMALLEST_PLAN = Plan(
    queries=300,
    max_codes=200,
    batch=16,
    lesson=16,
    scorer_steps=2,
    alignment_steps=2,
    joint_steps=10,
    preference_steps=0,
)


# Files that train or wait for minutes: begun last, one would keep a process busy alone at the end.
LONG = ("test_demo.py", "test_processes.py", "test_loop.py", "test_commands.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long files."""
    items.sort(key=lambda item: item.path.name not in LONG)


@pytest.fixture(scope="session")
def cache_dir() -> Path:
    """The user's own cache: what is got once serves every session."""
    return Path(os.environ.get("GRAM_ES_CACHE_DIR") or default_cache_dir())


@pytest.fixture(scope="session")
def node(cache_dir: Path) -> Iterator[LocalNode]:
    """A running local node with data of its own; its folder has a space in its name.

    Where it cannot be got (no Java, no Maven, no network) the test is skipped with the reason;
    under CI it fails.
    """
    # Not pytest's folder: the unprivileged user that root starts the node as may not pass it.
    home = Path(tempfile.mkdtemp(prefix="gram es tests "))
    home.chmod(0o755)
    node = LocalNode(home / "node", cache_dir=cache_dir)
    try:
        try:
            node.ensure_installed()
        except NodeError as error:
            if os.environ.get("CI", "").lower() in ("1", "true"):
                raise
            pytest.skip(f"no local Elasticsearch: {error}")
        node.start()
        try:
            yield node
        finally:
            if node.status().running:
                node.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def cluster_url(node: LocalNode) -> str:
    url = node.status().url
    assert url is not None
    return url


@pytest.fixture(scope="session")
def client(cluster_url: str, cache_dir: Path) -> Iterator[Elasticsearch]:
    """A client of the node, made as the commands make it."""
    with connect(_settings(cluster_url, cache_dir)) as client:
        yield client


@pytest.fixture
def clean_index(client: Elasticsearch) -> Iterator[str]:
    """A name for ``GRAM_ES_INDEX`` that no other test has; all that comes of it is removed."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    yield name
    found = list(client.indices.get(index=f"{name}*", expand_wildcards="all").body)
    if found:
        client.indices.delete(index=",".join(found))
    templates = client.options(ignore_status=404)
    templates.indices.delete_index_template(name=name)


@pytest.fixture
def cluster_settings(cluster_url: str, cache_dir: Path, clean_index: str) -> Settings:
    """Settings that name the node and an index of the test's own."""
    return _settings(cluster_url, cache_dir, GRAM_ES_INDEX=clean_index)


@pytest.fixture(scope="session")
def stock(client: Elasticsearch, cluster_url: str, cache_dir: Path) -> Iterator[Stock]:
    """Puts products with their enrichments, by id, into an index of a model (slot, fingerprint)."""
    made: list[str] = []

    def put(
        products: Sequence[Product],
        enrichments: Mapping[str, Enrichment],
        slot: str,
        fingerprint: str,
    ) -> Settings:
        name = f"test-stock-{uuid.uuid4().hex[:8]}"
        settings = _settings(cluster_url, cache_dir, GRAM_ES_INDEX=name)
        made.append(name)
        state = install(client, settings, slot=slot, fingerprint=fingerprint, family="tiny")
        operations: list[dict[str, object]] = []
        for row, product in enumerate(products):
            document = build_document(
                product,
                enrichment=enrichments.get(product.id),
                slot=slot,
                fingerprint=fingerprint,
                feed=FeedPosition("test", 1, row, "2026-01-01T00:00:00Z"),
            )
            operations += [{"index": {"_id": product.id}}, document]
        answer = client.bulk(index=state.index, operations=operations, refresh=True)
        assert not answer["errors"]
        return settings

    yield put
    for name in made:
        client.indices.delete(index=",".join(client.indices.get(index=name).body))
        client.indices.delete_index_template(name=name)


def _settings(url: str, cache_dir: Path, **more: str) -> Settings:
    """Settings for the node whatever cluster the environment names."""
    return Settings(
        ELASTICSEARCH_URL=url,
        ELASTICSEARCH_API_KEY=None,
        ELASTICSEARCH_CA_FILE=None,
        GRAM_ES_CACHE_DIR=cache_dir,
        **more,
    )


@pytest.fixture
def speak(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Lets the process be one of a shop of another language."""

    def in_language(language: str) -> None:
        monkeypatch.setenv("GRAM_ES_LANGUAGE", language)
        current_settings.cache_clear()

    yield in_language
    current_settings.cache_clear()


@pytest.fixture(scope="session")
def shop() -> tuple[Product, ...]:
    """Every fifth product of the sample shop: all its departments, a fifth of the work."""
    return build_catalogue()[::5]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> MakeOnce:
    """Makes a folder once for all the processes that share the tests."""
    common = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        common = common.parent

    def make(name: str, save: Callable[[Path], None]) -> Path:
        folder = common / name
        with FileLock(folder.with_name(f"{name}.lock")):
            if not folder.exists():
                save(folder)
        return folder

    return make


@pytest.fixture(scope="session")
def small_encoder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of an encoder for ``base`` that is like its own, and a hundred times cheaper."""
    folder = tmp_path_factory.mktemp("encoder")
    tokenizer = AutoTokenizer.from_pretrained(families._packaged())
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
    )
    torch.manual_seed(0)
    AutoModel.from_config(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="session")
def gram_dir(shop: tuple[Product, ...], once: MakeOnce) -> Path:
    """The folder of a ``tiny`` model, trained in seconds: all stages, few steps."""
    return once("tiny", lambda folder: train(shop, plan=SMALL_PLAN).save(folder))


@pytest.fixture(scope="session")
def gram(gram_dir: Path) -> Gram:
    return Gram.load(gram_dir)


@pytest.fixture(scope="session")
def other_gram_dir(shop: tuple[Product, ...], once: MakeOnce) -> Path:
    """The folder of a model that is another one, and need not be good at it."""
    return once(
        "other tiny",
        lambda folder: train(shop[::2], plan=SMALLEST_PLAN, seed=1).save(folder),
    )


@pytest.fixture(scope="session")
def other_gram(other_gram_dir: Path) -> Gram:
    return Gram.load(other_gram_dir)


@pytest.fixture(scope="session")
def assert_codes_of() -> Callable[[Gram, Sequence[Product], Sequence[Mapping[str, Any]]], None]:
    """Checks that what stands in products' documents under ``gram`` is this model's work.

    Codes are compared with a margin: what a product is batched with moves the last bits of its
    encoding, and so the order of codes that are about as good.
    """

    def check(model: Gram, products: Sequence[Product], held: Sequence[Mapping[str, Any]]) -> None:
        for product, slots, expected in zip(products, held, model.enrich(products), strict=True):
            slot = slots[model.slot]
            made_of = (slot["model"], slot["input"])
            assert made_of == (model.fingerprint, expected.input_hash), product
            common = {*slot["codes"]} & {*expected.codes}
            assert len(common) >= len(expected.codes) / 2, product

    return check


@pytest.fixture(scope="session")
def stocked(shop: tuple[Product, ...], gram: Gram, stock: Stock) -> Settings:
    """An index of the shop's products with the codes that the model gave them."""
    enrichments = dict(zip([p.id for p in shop], gram.enrich(shop), strict=True))
    return stock(shop, enrichments, gram.slot, gram.fingerprint)


@pytest.fixture
def untrained() -> Callable[[Trie], GramNetwork]:
    """Makes a network of 8 tokens and 16 dimensions that has learnt nothing."""

    def make(trie: Trie) -> GramNetwork:
        torch.manual_seed(0)
        encoder = {
            "model_type": "bert",
            "vocab_size": 8,
            "hidden_size": 16,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "intermediate_size": 16,
        }
        network = GramNetwork(GramConfig(encoder, decoder_heads=2))
        network.learn_alphabet(trie)
        return network.eval()

    return make
