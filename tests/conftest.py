"""Fixtures of all tests: a real Elasticsearch and real small models, made once per session."""

import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from elasticsearch import Elasticsearch
from filelock import FileLock
from opentelemetry import trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from transformers import (
    AutoTokenizer,
    BertConfig,
    BertModel,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
)

import gram_es
from gram_es.cluster.client import connect
from gram_es.cluster.node.distribution import RELEASES
from gram_es.cluster.node.node import LocalNode
from gram_es.errors import NodeError
from gram_es.index.documents import FeedPosition, build_document
from gram_es.index.lifecycle import install
from gram_es.model.encoder_files import packaged_encoder
from gram_es.model.gram import Gram
from gram_es.records import Enrichment, Product
from gram_es.sample import build_catalogue
from gram_es.settings import Settings, current_settings, default_cache_dir
from gram_es.telemetry import Telemetry, use
from gram_es.telemetry_export import views
from gram_es.training.train import train

IndexProducts = Callable[[Sequence[Product], Mapping[str, Enrichment], str, str], Settings]
MakeFolderOnce = Callable[[str, Callable[[Path], None]], Path]

# Files that train or wait for long. If one of them started last, a single process would run long
# after the others had finished.
LONG = (
    "test_wheel.py",
    "test_demo.py",
    "test_own_index.py",
    "test_processes.py",
    "test_train.py",
    "test_commands.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the long files first."""
    items.sort(key=lambda item: item.path.name not in LONG)


class Recording(SpanProcessor):
    """Keeps the spans that end while it is on, and reads the metrics."""

    def __init__(self) -> None:
        self.is_on = False
        self.spans: list[ReadableSpan] = []
        self._reader = InMemoryMetricReader()
        traces = TracerProvider()
        traces.add_span_processor(self)
        trace.set_tracer_provider(traces)  # once in a process, for the client of Elasticsearch
        self.telemetry = Telemetry.of(traces, MeterProvider([self._reader], views=views()))

    def on_end(self, span: ReadableSpan) -> None:
        if self.is_on:
            self.spans.append(span)

    def names(self) -> dict[str, str]:
        """Return the name of each span's parent by its own name; of a root it is empty."""
        names = {span.context.span_id: span.name for span in self.spans}
        return {
            span.name: names.get(span.parent.span_id, "") if span.parent else ""
            for span in self.spans
        }

    def points(self) -> dict[str, list[Any]]:
        """Return the data points of each metric."""
        data = self._reader.get_metrics_data()
        return {
            metric.name: list(metric.data.data_points)
            for resource in (data.resource_metrics if data else ())
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }


@pytest.fixture(scope="session")
def recording_of_session() -> Recording:
    return Recording()


@pytest.fixture
def recording(recording_of_session: Recording) -> Iterator[Recording]:
    """Switch telemetry on, and return what records it."""
    recording = recording_of_session
    recording.spans.clear()
    recording.is_on = True
    use(recording.telemetry)
    try:
        yield recording
    finally:
        use(None)
        recording.is_on = False


@pytest.fixture(scope="session")
def cache_dir() -> Path:
    """Return the user's own cache folder, so that later sessions reuse its downloads."""
    return Path(os.environ.get("GRAM_ES_CACHE_DIR") or default_cache_dir())


@pytest.fixture(scope="session")
def node(cache_dir: Path) -> Iterator[LocalNode]:
    """Run a local node with empty data; the name of its folder contains a space.

    If the node cannot be installed (no Java, Maven or network), the test is skipped with the
    reason; under CI it fails.
    """
    # Root starts the node as an unprivileged user, who cannot traverse pytest's own folder.
    home = Path(tempfile.mkdtemp(prefix="gram es tests "))
    home.chmod(0o755)
    release = RELEASES[current_settings().node_version]
    node = LocalNode(home / "node", cache_dir=cache_dir, release=release)
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
    """Connect to the node as the commands do."""
    with connect(_settings(cluster_url, cache_dir)) as client:
        yield client


@pytest.fixture
def clean_index(client: Elasticsearch) -> Iterator[str]:
    """Yield a unique name for ``GRAM_ES_INDEX``; remove its indices and template afterwards."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    yield name
    indices = list(client.indices.get(index=f"{name}*", expand_wildcards="all").body)
    if indices:
        client.indices.delete(index=",".join(indices))
    templates = client.options(ignore_status=404)
    templates.indices.delete_index_template(name=name)


@pytest.fixture
def cluster_settings(cluster_url: str, cache_dir: Path, clean_index: str) -> Settings:
    """Return settings for the node and an index that only this test uses."""
    return _settings(cluster_url, cache_dir, GRAM_ES_INDEX=clean_index)


@pytest.fixture(scope="session")
def index_products(
    client: Elasticsearch, cluster_url: str, cache_dir: Path
) -> Iterator[IndexProducts]:
    """Return a function that writes products to a new index and returns settings for it.

    The function takes the products, their enrichments by product id, and the model's slot and
    fingerprint.
    """
    created: list[str] = []

    def index(
        products: Sequence[Product],
        enrichments: Mapping[str, Enrichment],
        slot: str,
        fingerprint: str,
    ) -> Settings:
        name = f"test-products-{uuid.uuid4().hex[:8]}"
        settings = _settings(cluster_url, cache_dir, GRAM_ES_INDEX=name)
        created.append(name)
        state = install(client, settings, slot=slot, fingerprint=fingerprint, family="base")
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
        response = client.bulk(index=state.index, operations=operations, refresh=True)
        assert not response["errors"]
        return settings

    yield index
    for name in created:
        client.indices.delete(index=",".join(client.indices.get(index=name).body))
        client.indices.delete_index_template(name=name)


def _settings(url: str, cache_dir: Path, **more: str) -> Settings:
    """Return settings for the node, even if environment variables name another cluster."""
    return Settings(
        ELASTICSEARCH_URL=url,
        ELASTICSEARCH_API_KEY=None,
        ELASTICSEARCH_CA_FILE=None,
        GRAM_ES_CACHE_DIR=cache_dir,
        **more,
    )


@pytest.fixture
def use_language(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Return a function that sets the shop's language for this test."""

    def set_language(language: str) -> None:
        monkeypatch.setenv("GRAM_ES_LANGUAGE", language)
        current_settings.cache_clear()

    yield set_language
    current_settings.cache_clear()


@pytest.fixture(scope="session")
def shop() -> tuple[Product, ...]:
    """Return every fifth product of the sample shop, from all its departments."""
    return build_catalogue()[::5]


@pytest.fixture(scope="session")
def make_once(tmp_path_factory: pytest.TempPathFactory) -> MakeFolderOnce:
    """Return a function that makes a folder once for all the processes of a test session."""
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
def save_small_bert() -> Callable[[Path, type[PreTrainedModel]], None]:
    """Return a function that saves a tiny random BERT of a class with its tokenizer.

    The tokenizer is that of the default encoder.
    """

    def save(folder: Path, network: type[PreTrainedModel]) -> None:
        tokenizer = AutoTokenizer.from_pretrained(packaged_encoder())
        config = BertConfig(
            vocab_size=len(tokenizer),
            hidden_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=64,
        )
        torch.manual_seed(0)
        network(config).save_pretrained(folder)
        tokenizer.save_pretrained(folder)

    return save


@pytest.fixture(scope="session")
def small_encoder(
    tmp_path_factory: pytest.TempPathFactory,
    save_small_bert: Callable[[Path, type[PreTrainedModel]], None],
) -> str:
    """Return the folder of a tiny random encoder with the tokenizer of the default encoder."""
    folder = tmp_path_factory.mktemp("encoder")
    save_small_bert(folder, BertModel)
    return str(folder)


@pytest.fixture(scope="session")
def gram_dir(shop: tuple[Product, ...], make_once: MakeFolderOnce) -> Path:
    """Return the folder of a model of the shop with the default encoder."""
    return make_once("model", lambda folder: train(shop).save(folder))


@pytest.fixture(scope="session")
def gram(gram_dir: Path) -> Gram:
    return Gram.load(gram_dir)


@pytest.fixture(scope="session")
def other_gram_dir(
    shop: tuple[Product, ...], small_encoder: str, make_once: MakeFolderOnce
) -> Path:
    """Return the folder of a second model, with a random encoder and other fingerprints."""
    return make_once(
        "other model", lambda folder: train(shop[::2], encoder=small_encoder).save(folder)
    )


@pytest.fixture(scope="session")
def other_gram(other_gram_dir: Path) -> Gram:
    return Gram.load(other_gram_dir)


@pytest.fixture(scope="session")
def assert_codes_of() -> Callable[[Gram, Sequence[Product], Sequence[Mapping[str, Any]]], None]:
    """Return a function that asserts that documents' fields ``gram`` come from a given model.

    Only half of the codes must agree. The last bits of an encoding depend on the other products of
    the batch; they can change which codes are the nearest.
    """

    def check(
        model: Gram, products: Sequence[Product], stored: Sequence[Mapping[str, Any]]
    ) -> None:
        for product, slots, expected in zip(products, stored, model.enrich(products), strict=True):
            slot = slots[model.slot]
            origin = (slot["model"], slot["input"])
            assert origin == (model.fingerprint, expected.input_hash), product
            common = {*slot["codes"]} & {code.label for code in expected.codes}
            assert len(common) >= len(expected.codes) / 2, product

    return check


@pytest.fixture(scope="session")
def shop_index(shop: tuple[Product, ...], gram: Gram, index_products: IndexProducts) -> Settings:
    """Return settings of an index of the shop's products with the codes of ``gram``."""
    enrichments = dict(zip([p.id for p in shop], gram.enrich(shop), strict=True))
    return index_products(shop, enrichments, gram.slot, gram.fingerprint)


@pytest.fixture(scope="session")
def small_language_model(make_once: MakeFolderOnce) -> Path:
    """Return the folder of a tiny random language model with the default encoder's tokenizer."""

    def save(folder: Path) -> None:
        tokenizer = AutoTokenizer.from_pretrained(packaged_encoder())
        config = LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=64,
        )
        torch.manual_seed(0)
        LlamaForCausalLM(config).save_pretrained(folder)
        tokenizer.save_pretrained(folder)

    return make_once("language model", save)


@pytest.fixture(scope="session")
def run_guarded() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that runs a script, whose process ends if it hangs.

    The script calls ``watch()`` before each step, which then has half a minute: no limit on speed,
    since the slowest step takes 3 s, but quadratic time took a minute or hours.
    """
    prelude = """
import faulthandler

def watch():
    faulthandler.dump_traceback_later(30, exit=True)
"""
    folder = Path(gram_es.__file__).parents[1]

    def run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", prelude + script, *arguments],
            capture_output=True,
            text=True,
            check=False,
            env={"PYTHONPATH": str(folder)},
        )

    return run
