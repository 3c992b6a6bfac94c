"""The roles that we ship, on a node that asks who is there (users by file: no API keys there)."""

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from gram_es.errors import ClusterError
from gram_es.index.client import cluster_errors, connect
from gram_es.index.java import find_java_home
from gram_es.index.lifecycle import index_state, install, live_index, put_slot
from gram_es.index.names import LEDGER, write_alias
from gram_es.index.node import LocalNode
from gram_es.index.node_files import node_user, write_node_files
from gram_es.index.node_process import end, read_url, spawn
from gram_es.index.state import next_run_number, read_state
from gram_es.migration.filling import SlotFiller
from gram_es.migration.planning import plan_change
from gram_es.migration.pruning import find_prunable, prune
from gram_es.migration.switching import roll_back, switch
from gram_es.records import Enrichment, Product
from gram_es.settings import Settings
from mappings import roles

MODEL = {"slot": "m1", "fingerprint": "f", "family": "tiny"}
USERS = ("install", "ingest", "search", "admin")


@pytest.fixture(scope="module")
def secured_address(node: LocalNode) -> Iterator[str]:
    """The host and port of a node with one user for each of our roles, password ``secret``."""
    home = Path(tempfile.mkdtemp(prefix="gram es secured "))
    distribution, user = node.ensure_installed(), node_user()
    write_node_files(home, distribution, port=0, heap="512m", full_jit=False, user=user)
    config = home / "config"
    settings = (config / "elasticsearch.yml").read_text()
    settings = settings.replace("xpack.security.enabled: false", "xpack.security.enabled: true")
    (config / "elasticsearch.yml").write_text(settings)
    descriptors = [f"{name}: {json.dumps(body)}\n" for name, body in roles().items()]
    (config / "roles.yml").write_text("".join(descriptors))  # JSON is YAML, a role a line
    (config / "users").write_text("".join(f"{name}:secret\n" for name in USERS))
    (config / "users_roles").write_text("".join(f"gram-es-{name}:{name}\n" for name in USERS))
    log = home / "boot.log"
    pid = spawn(distribution, config, log, java_home=find_java_home(), user=user)
    try:
        yield _await_address(log)
    finally:
        end(pid, config, patience_s=20)
        shutil.rmtree(home)


def _await_address(log: Path) -> str:
    for _ in range(600):
        if url := read_url(log):
            address = url.removeprefix("http://")
            with Elasticsearch(f"http://admin:secret@{address}") as client:
                client.cluster.health(wait_for_status="yellow", timeout="60s")
            return address
        time.sleep(0.1)
    raise AssertionError(log.read_text())


@pytest.fixture
def sign_in(secured_address: str, cache_dir: Path) -> Iterator[Callable[[str], Elasticsearch]]:
    clients: list[Elasticsearch] = []

    def sign(name: str, password: str = "secret") -> Elasticsearch:
        url = f"http://{name}:{password}@{secured_address}"
        clients.append(connect(Settings(ELASTICSEARCH_URL=url, GRAM_ES_CACHE_DIR=cache_dir)))
        return clients[-1]

    yield sign
    for client in clients:
        client.close()


def test_each_role_may_do_its_work_and_no_more(
    sign_in: Callable[..., Elasticsearch], secured_address: str
) -> None:
    settings = Settings(ELASTICSEARCH_URL=f"http://{secured_address}")

    state = install(sign_in("install"), settings, **MODEL)
    assert install(sign_in("admin"), settings, **MODEL) == state

    ingest = sign_in("ingest")
    document = {"id": "1", "title": "a", "gram": {"m1": {"codes": ["drill"]}}}
    operations = [{"create": {"_id": "1"}}, document]
    alias = write_alias(settings.index)
    answer = ingest.bulk(index=alias, operations=operations, require_alias=True)
    assert not answer["errors"]
    ingest.index(index=LEDGER, document={"kind": "run", "run": next_run_number(ingest)})
    ingest.indices.refresh(index=settings.index)

    search = sign_in("search")
    assert live_index(search, settings.index).live_slot == "m1"
    assert index_state(search, settings).coded_documents == 1
    assert read_state(search, "calibration") is None

    for forbidden in (
        lambda: search.index(index=alias, document={}),
        lambda: search.search(index=LEDGER),
        lambda: ingest.indices.delete(index=state.index),
        lambda: ingest.indices.create(index="other"),
    ):
        with (
            pytest.raises(ClusterError, match=r"not allowed \(403: .*mappings/roles"),
            cluster_errors("do that"),
        ):
            forbidden()


class OtherModel:
    """A model without weights."""

    slot, fingerprint = "m2", "g"

    def input_hash(self, product: Product) -> str:
        return product.title

    def enrich(self, products: Sequence[Product]) -> list[Enrichment]:
        return [Enrichment((product.title,), b"\x01", product.title) for product in products]


def test_the_install_role_changes_the_model_and_the_ingest_role_fills_slots(
    sign_in: Callable[..., Elasticsearch], secured_address: str
) -> None:
    settings = Settings(ELASTICSEARCH_URL=f"http://{secured_address}")
    operator, worker, model = sign_in("install"), sign_in("ingest"), OtherModel()
    index = settings.index
    install(operator, settings, **MODEL)
    operator.index(index=write_alias(index), id="2", document={"id": "2", "title": "a kettle"})

    assert plan_change(operator, index, model).lacking > 0
    put_slot(operator, index, slot="m2", fingerprint="g", family="tiny", live=False)
    SlotFiller(worker, index, model).fill_products(["2"])
    SlotFiller(operator, index, model).fill_index(lambda _: None)
    assert switch(operator, index, "m2").previous_slot == "m1"
    assert roll_back(operator, index, force=True).live_slot == "m1"
    prune(operator, index, ["m2"], lambda _: None)
    assert find_prunable(operator, index) == []


def test_an_unknown_caller_is_told_which_setting_to_mend(
    sign_in: Callable[..., Elasticsearch], secured_address: str
) -> None:
    settings = Settings(ELASTICSEARCH_URL=f"http://{secured_address}")

    for client in (sign_in("search", "wrong"), sign_in("nobody")):
        with pytest.raises(ClusterError, match=r"\(401\); set or correct ELASTICSEARCH_API_KEY"):
            index_state(client, settings)
