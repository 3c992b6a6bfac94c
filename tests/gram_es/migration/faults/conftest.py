"""A store of forty products, and a connection in which a test interferes at a chosen request."""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

import pytest
from elastic_transport import ConnectionError as TransportConnectionError
from elasticsearch import Elasticsearch

from gram_es.cluster.client import connect
from gram_es.index.documents import FeedPosition, build_document
from gram_es.index.lifecycle import install, live_index
from gram_es.index.names import STATE, write_alias
from gram_es.index.templates.bodies import compose_index_body
from gram_es.migration.compare import Gate
from gram_es.migration.migrate import ComparisonQueries, migrate
from gram_es.model.gram import Gram
from gram_es.records import Enrichment, Product, ProductCode
from gram_es.settings import Settings

PRODUCTS = [Product(f"p-{number}", f"Enamel mug {number} ml", price=2.5) for number in range(40)]
CHANGES = re.compile(r"^PUT |^POST .*/(_aliases|_close|_open)\b")
UNCOUNTED = re.compile(rf"/{STATE}/|template/")  # the lock, and what index install sends as well
DISK_FULL = "index.blocks.read_only_allow_delete"


class WordModel:
    """A model without weights, whose codes are the words of a title."""

    family = "base"
    codes_fingerprint = ""

    def __init__(self, name: str) -> None:
        self.fingerprint = hashlib.sha256(name.encode()).hexdigest()
        self.slot = f"m{self.fingerprint[:12]}"
        self.encoder_fingerprint = f"encoder of {name}"

    def input_hash(self, product: Product) -> str:
        return hashlib.sha256(product.title.encode()).hexdigest()

    def enrich(self, products: Sequence[Product], _: Any = None) -> list[Enrichment]:
        return [
            Enrichment(
                tuple(ProductCode(word, 1.0) for word in product.title.lower().split()),
                b"\x01\x02",
                self.input_hash(product),
            )
            for product in products
        ]


OLD, NEW = WordModel("old"), WordModel("new")


@dataclass
class Wire:
    """The connection of a client, in which a test interferes with requests that change anything.

    The request number ``cut_at`` does not reach the node, or its answer is lost if it
    ``takes_effect``. All later requests fail as well, as if the node or the client had been killed.
    With ``loses_answers`` each answer is lost once: the client sends each request twice. ``hook``
    is called with each request before it is sent.
    """

    client: Elasticsearch
    cut_at: int | None = None
    takes_effect: bool = False
    loses_answers: bool = False
    hook: Callable[[str], object] = lambda _: None
    is_down: bool = False
    requests: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for node in self.client.transport.node_pool.all():
            self._perform = node.perform_request
            node.perform_request = self._send  # type: ignore[method-assign]

    def _send(self, method: str, target: str, *arguments: Any, **options: Any) -> Any:
        if self.is_down:
            raise TransportConnectionError("the connection is cut")
        line = f"{method} {target}"
        if not CHANGES.search(line) or UNCOUNTED.search(line):
            return self._perform(method, target, *arguments, **options)
        self.requests.append(line)
        self.hook(line)
        is_cut = len(self.requests) == self.cut_at
        is_lost = self.loses_answers and len(self.requests) % 2 == 1
        if not is_cut or self.takes_effect:
            answer = self._perform(method, target, *arguments, **options)
        if not (is_cut or is_lost):
            return answer
        self.is_down = is_cut
        raise TransportConnectionError("the connection is cut")


@dataclass
class Store:
    """An index of forty products with the codes of ``OLD``, and a second client that can be cut."""

    client: Elasticsearch
    settings: Settings
    first: str
    old: ClassVar[WordModel] = OLD
    new: ClassVar[WordModel] = NEW
    first_titles: ClassVar[dict[str, str]] = {product.id: product.title for product in PRODUCTS}

    @property
    def name(self) -> str:
        return self.settings.index

    @contextmanager
    def wire(self, **options: Any) -> Iterator[Wire]:
        with connect(self.settings) as client:
            yield Wire(client, **options)

    def migrate(self, client: Elasticsearch | None = None, **options: Any) -> Any:
        defaults = {"live": None, "queries": ComparisonQueries(1), "gate": Gate(0.0, 0.0)}
        model = cast(Gram, options.pop("model", NEW))
        return migrate(client or self.client, self.name, model, **{**defaults, **options})

    def indices(self) -> set[str]:
        """Return all products indices, also closed ones."""
        return {*self.client.indices.get(index=f"{self.name}-*", expand_wildcards="all")}

    def titles(self) -> dict[str, str]:
        """Return the title of each product, as a search through the read alias finds them."""
        self.client.indices.refresh(index=self.name)
        hits = self.client.search(index=self.name, size=1_000)["hits"]["hits"]
        return {hit["_id"]: hit["_source"]["title"] for hit in hits}

    def write(self, product_id: str, title: str) -> None:
        """Write a product as a feed does; a write block fails this."""
        document = {"id": product_id, "title": title}
        alias = write_alias(self.name)
        self.client.index(index=alias, id=product_id, document=document, require_alias=True)

    def source(self, product_id: str) -> Any:
        return self.client.get(index=self.name, id=product_id)["_source"]

    def change(self) -> dict[str, str]:
        """Change, add and delete a product with its codes; return the titles of all products."""
        alias, document = write_alias(self.name), {**self.source("p-1"), "title": "Tin mug 1 ml"}
        self.client.index(index=alias, id="p-1", document=document)
        self.client.index(index=alias, id="p-new", document={**document, "id": "p-new"})
        self.client.delete(index=alias, id="p-2")
        titles = {**self.first_titles, "p-1": "Tin mug 1 ml", "p-new": "Tin mug 1 ml"}
        del titles["p-2"]
        return titles

    def fill_disk(self, *, full: bool = True) -> None:
        """Set or remove the block that Elasticsearch sets on all indices if the disk is full."""
        self.client.indices.put_settings(index="_all", settings={DISK_FULL: full or None})

    def assert_right(self, *, index: str | None, slot: str, titles: dict[str, str]) -> None:
        """Assert that ``index`` (``None``: a new one) is live with ``slot``, complete and open.

        There is no other index than this one and the one to which a rollback leads.
        """
        live = live_index(self.client, self.name)
        assert live.live_slot == slot
        assert live.index == index if index else live.index != self.first
        aliases = self.client.indices.get_alias(index=f"{self.name}-*")
        owners = {alias: name for name, entry in aliases.items() for alias in entry["aliases"]}
        assert owners == {self.name: live.index, write_alias(self.name): live.index}
        assert self.titles() == titles
        blocks = self.client.indices.get_settings(index=live.index, name="index.blocks.*")
        assert not blocks
        lacking = {"bool": {"must_not": {"term": {f"gram.{slot}.model": fingerprint_of(slot)}}}}
        assert self.client.count(index=self.name, query=lacking)["count"] == 0
        previous = live.previous_index
        assert self.indices() == {live.index, *([previous.index] if previous else [])}
        self.write("open", "A write after the change")


def fingerprint_of(slot: str) -> str:
    return next(model.fingerprint for model in (OLD, NEW) if model.slot == slot)


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a lock expire soon, and send the documents in several requests."""
    monkeypatch.setattr("gram_es.migration.lock._EXPIRE_S", 0.3)
    monkeypatch.setattr("gram_es.migration.lock._POLL_S", 0.1)
    monkeypatch.setattr("gram_es.migration.fill_slot._RETRIES", 0)
    monkeypatch.setattr("gram_es.migration.fill_slot._PAGE", 20)
    monkeypatch.setattr("gram_es.migration.copy_index._PAGE", 20)


@pytest.fixture
def make_store(client: Elasticsearch, cluster_settings: Settings) -> Callable[..., Store]:
    """Return a function that makes a store; with ``old`` it has the BM25 of an older gram-es."""

    def make(*, old: bool) -> Store:
        name = cluster_settings.index
        if old:
            body = compose_index_body(client)
            body["settings"]["index"]["similarity"]["gram_bm25"]["k1"] = 1.2
            aliases = {name: {}, write_alias(name): {"is_write_index": True}}
            client.indices.create(index=f"{name}-4-20250101t000000", aliases=aliases, **body)
        model = {"slot": OLD.slot, "fingerprint": OLD.fingerprint}
        encoder = OLD.encoder_fingerprint
        state = install(client, cluster_settings, **model, family="base", encoder=encoder)
        operations: list[dict[str, object]] = []
        feed = FeedPosition("shop", 1, 1, "2026-01-01T00:00:00+00:00")
        for product, enrichment in zip(PRODUCTS, OLD.enrich(PRODUCTS), strict=True):
            document = build_document(
                product, enrichment=enrichment, **model, encoder=encoder, feed=feed
            )
            operations += [{"index": {"_id": product.id}}, document]
        answer = client.bulk(index=write_alias(name), operations=operations, refresh=True)
        assert not answer["errors"]
        return Store(client, cluster_settings, state.index)

    return make


@pytest.fixture
def migrated(make_store: Callable[..., Store]) -> Callable[..., tuple[Store, dict[str, str]]]:
    """Return a function that makes a store, migrates it to ``NEW`` and changes it, for a rollback.

    The function returns the store and the titles of its products.
    """

    def make(*, old: bool) -> tuple[Store, dict[str, str]]:
        store = make_store(old=old)
        assert store.migrate().is_live
        return store, store.change()

    return make
