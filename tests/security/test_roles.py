"""The shipped roles on a node with security: what each may do, and what it may not."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors, connect
from gram_es.errors import ClusterError, ClusterUnavailableError, FeedError
from gram_es.index.alias_swap import create_successor
from gram_es.index.lifecycle import (
    IndexState,
    index_state,
    install,
    live_index,
    put_slot,
)
from gram_es.index.names import DEAD, LEDGER, OVERRIDES, PRECOMPUTED, QUERIES, STATE, write_alias
from gram_es.index.scan import read_live_codes
from gram_es.index.scratch_index import create_scratch_index
from gram_es.index.templates.install import TemplatesError, checked_stemming, put_templates
from gram_es.migration.fill_slot import SlotFiller
from gram_es.migration.plan import plan_change
from gram_es.migration.prune import find_prunable, prune
from gram_es.migration.rollback import roll_back
from gram_es.migration.switch import stage_new_index, switch
from gram_es.overrides.reconcile import Reconciler
from gram_es.overrides.rules import make_override
from gram_es.overrides.service import OverrideService
from gram_es.overrides.watcher import RulesWatcher
from gram_es.precomputed.query_counts import count_logged
from gram_es.precomputed.store import PrecomputedQuery, PrecomputedStore
from gram_es.records import Enrichment, Product, ProductCode, WeightedCode
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.searcher import Searcher
from gram_es.settings import Settings
from ingest.doctor.checks import run_checks
from ingest.doctor.findings import Level, Site
from ingest.feeds import Row, detect_format
from ingest.feeds.sources.index import IndexFeed
from ingest.runs.batch import Batch
from ingest.runs.batch_store import BatchStore
from ingest.runs.outcomes import IndexingResult, Origin, Outcome, OutcomeCounts
from ingest.runs.run_store import Run, RunStore
from ingest.worker.heartbeat import Heartbeat, WorkerStatus, read_worker_statuses
from ingest.worker.product_store import ProductStore
from query_api.query_log import QueryLog

pytestmark = pytest.mark.elasticsearch_9

MODEL = {"slot": "m1", "fingerprint": "f", "family": "base"}
CLUSTER_CHECKS = ["clock", "disk", "shards", "templates", "mappings"]
QUEUE_CHECKS = ["run numbers", "runs", "workers", "backlog", "dead letters", "queries"]
FOREIGN = "customers"  # the index of ``secured_index`` that is not ours

SettingsOf = Callable[..., Settings]
Calls = dict[str, Callable[[Elasticsearch], Any]]


def rejected(client: Elasticsearch, calls: Calls) -> list[str]:
    """Return the calls that were rejected for lack of a privilege, as a whole or item by item."""
    names = []
    for name, call in calls.items():
        try:
            with cluster_errors("run the call"):
                response = call(client)
        except ClusterError as error:
            if not re.search(r"not allowed \(403: .*mappings/roles", str(error)):
                raise
            names.append(name)
        else:
            items = response.get("items") or response.get("docs") or ()
            if items and all("is unauthorized for user" in str(item) for item in items):
                names.append(name)
    return names


def changes(state: IndexState, settings: Settings) -> Calls:
    """Return calls that change an index itself, or the cluster."""
    index, alias = state.index, settings.index
    block = {"index.blocks.write": False}
    drop = [{"remove": {"index": index, "alias": alias}}]
    return {
        "delete index": lambda c: c.indices.delete(index=index),
        "create index": lambda c: c.indices.create(index="products-gram-other"),
        "map": lambda c: c.indices.put_mapping(index=index, properties={"x": {"type": "long"}}),
        "set": lambda c: c.indices.put_settings(index=index, settings=block),
        "alias": lambda c: c.indices.update_aliases(actions=drop),
        "close": lambda c: c.indices.close(index=index),
        "template": lambda c: c.cluster.put_component_template(name="x", template={}),
        "cluster": lambda c: c.cluster.put_settings(persistent={"cluster.blocks.read_only": None}),
        "user": lambda c: c.security.put_user(username="eve", password="evesecret", roles=[]),
    }


def writes(index: str) -> Calls:
    """Return calls that write documents to an index."""
    operations = [{"index": {"_id": "9"}}, {"id": "9"}]
    return {
        "create": lambda c: c.create(index=index, id="9", document={}),
        "index": lambda c: c.index(index=index, id="9", document={}),
        "update": lambda c: c.update(index=index, id="1", doc={"x": 1}),
        "delete": lambda c: c.delete(index=index, id="1"),
        "bulk": lambda c: c.bulk(index=index, operations=operations),
    }


def reads(index: str) -> Calls:
    """Return calls that read documents of an index."""
    return {
        "search": lambda c: c.search(index=index),
        "get": lambda c: c.get(index=index, id="1"),
        "mget": lambda c: c.mget(index=index, ids=["1"]),
        "count": lambda c: c.count(index=index),
        "pit": lambda c: c.close_point_in_time(
            id=c.open_point_in_time(index=index, keep_alive="1m")["id"]
        ),
        "terms": lambda c: c.terms_enum(index=index, field="brand"),
        "vectors": lambda c: c.termvectors(index=index, doc={"text": "x"}, fields=["text"]),
    }


def test_the_search_role_searches(
    sign_in: Callable[..., Elasticsearch], secured_index: tuple[Settings, IndexState]
) -> None:
    settings, state = secured_index
    search = sign_in("search")
    searcher = Searcher(search, index=settings.index)

    assert [hit.id for hit in searcher.search(SearchRequest("drills", explain=True)).hits] == ["1"]
    assert searcher.index_reader.check().index == state.index
    assert read_live_codes(search, settings.index, "m1") == {"drill": 1}
    assert rejected(search, reads(settings.index)) == []


def test_the_search_role_writes_nothing_and_reads_nothing_else(
    sign_in: Callable[..., Elasticsearch], secured_index: tuple[Settings, IndexState]
) -> None:
    settings, state = secured_index
    search = sign_in("search")

    for index in (state.index, write_alias(settings.index), LEDGER, STATE, PRECOMPUTED, FOREIGN):
        calls = writes(index)
        if index == write_alias(settings.index):
            calls["require alias"] = lambda c, i=index: c.index(
                index=i, document={}, require_alias=True
            )
        assert rejected(search, calls) == [*calls], index
    for index in (LEDGER, STATE, QUERIES, FOREIGN):
        assert rejected(search, reads(index)) == [*reads(index)], index
    assert rejected(search, changes(state, settings)) == [*changes(state, settings)]


def test_the_search_role_adds_to_the_query_log_and_the_ingest_role_reads_it(
    sign_in: Callable[..., Elasticsearch], secured_index: tuple[Settings, IndexState]
) -> None:
    settings, _ = secured_index
    result = Searcher(sign_in("search"), index=settings.index).search(SearchRequest("drills"))
    query_log = QueryLog(sign_in("search"), settings.index, share=1.0)

    query_log.add(result)
    query_log.flush()
    sign_in("owner").indices.refresh(index=QUERIES)

    assert count_logged(sign_in("ingest"), settings.index) == {"drills": 1}
    changing = {
        name: call for name, call in writes(QUERIES).items() if name in ("update", "delete")
    }
    assert rejected(sign_in("search"), changing) == [*changing]
    assert rejected(sign_in("ingest"), writes(QUERIES)) == [*writes(QUERIES)]


def test_the_ingest_role_writes_precomputed_queries_and_the_search_role_reads_them(
    sign_in: Callable[..., Elasticsearch], secured_index: tuple[Settings, IndexState]
) -> None:
    index, now = secured_index[0].index, datetime.now(UTC)
    query = PrecomputedQuery(
        "drill", "drill", 1, (WeightedCode("drill", 1.0),), np.ones(2, np.float32)
    )
    writer = PrecomputedStore(sign_in("ingest"), index, "f")

    writer.put([query], now)
    assert writer.delete_stale(before=now, models_in_use=[]) == 0

    [read] = PrecomputedStore(sign_in("search"), index, "f").read(9)
    assert (read.query, read.codes) == ("drill", query.codes)


def test_the_ingest_role_ingests(
    sign_in: Callable[..., Elasticsearch], secured_index: tuple[Settings, IndexState]
) -> None:
    settings, state = secured_index
    ingest = sign_in("ingest")
    name = settings.index
    runs, ledger = RunStore(ingest, name), BatchStore(ingest, name, lease_s=60)
    kettle = Row(1, 1, Product("k", "Kettle"))

    run = runs.begin(Run(0, "shop", state.index, "hash", 1, "f", datetime.now(UTC)))
    with Heartbeat(ingest, name, WorkerStatus("host:1", {"f": "/m"})):
        ledger.add(Origin("shop", run.number), Batch(1, (kettle,), ()))
        batch = ledger.lease(run.number, 1)
        assert batch is not None
        product_store = ProductStore(ingest, name, "m1")
        (written,) = product_store.write(
            [product_store.create("k", {"id": "k", "title": "Kettle"})]
        )
        ledger.finish(batch, IndexingResult({1: Outcome.CREATED}, ()))
        ingest.indices.refresh(index=[name, STATE])
        assert [status.name for status in read_worker_statuses(ingest, name)] == ["host:1"]

    assert written.error == ""
    assert [*product_store.read(["k"])] == ["k"]
    assert runs.totals(run.number).counts == OutcomeCounts(created=1)


def test_the_ingest_role_uses_no_other_index_and_changes_none(
    sign_in: Callable[..., Elasticsearch], secured_index: tuple[Settings, IndexState]
) -> None:
    settings, state = secured_index
    ingest = sign_in("ingest")

    foreign = {**reads(FOREIGN), **writes(FOREIGN)}
    assert rejected(ingest, foreign) == [*foreign]
    creating = {name: call for name, call in writes("elsewhere").items() if name != "delete"}
    assert rejected(ingest, creating) == [*creating]
    assert rejected(ingest, changes(state, settings)) == [*changes(state, settings)]


def test_the_install_role_creates_no_index_before_an_administrator_puts_the_templates(
    secured_index: tuple[Settings, IndexState],
    sign_in: Callable[..., Elasticsearch],
    settings_of: SettingsOf,
) -> None:
    settings = settings_of("install-bare", GRAM_ES_INDEX="products-gram-bare")
    operator, owner, alias = sign_in("install-bare"), sign_in("owner"), settings.index

    with pytest.raises(TemplatesError) as caught:
        install(operator, settings, **MODEL)
    assert str(caught.value) == (
        "the cluster lacks templates that a new index needs (products-gram-bare is missing), and "
        "this key may not put them; a cluster administrator has to run gram-es index templates, "
        "or send the requests of gram-es index templates --print"
    )
    assert not owner.indices.exists(index=f"{alias}*", allow_no_indices=False)

    put_templates(owner, alias)
    state = install(operator, settings, **MODEL)
    owner.indices.delete_index_template(name=alias)
    assert install(operator, settings, **MODEL).index == state.index
    with pytest.raises(TemplatesError, match="products-gram-bare is missing"):
        create_successor(operator, alias)


def test_the_user_of_the_compose_file_who_puts_the_templates_does_nothing_else(
    sign_in: Callable[..., Elasticsearch],
    settings_of: SettingsOf,
) -> None:
    templates, settings = sign_in("templates"), settings_of("templates", GRAM_ES_INDEX="composed")

    assert put_templates(templates, settings.index)
    with pytest.raises(ClusterError, match="not allowed"):
        install(templates, settings, **MODEL)
    sign_in("owner").indices.delete_index_template(name=settings.index)


def test_a_key_that_may_not_check_the_analyzers_prints_the_templates_of_a_given_stemming(
    sign_in: Callable[..., Elasticsearch],
) -> None:
    with pytest.raises(ClusterError, match=r"for english; use .* administrator, or give"):
        checked_stemming(sign_in("install"), "english")


def test_the_install_role_evaluates_in_a_temporary_index_with_the_installed_text_analysis(
    sign_in: Callable[..., Elasticsearch], secured_index: tuple[Settings, IndexState]
) -> None:
    operator, name = sign_in("install"), "gram-es-evaluation-20260101t000000000000"
    live = operator.indices.get_settings(index=secured_index[1].index)[secured_index[1].index]

    create_scratch_index(operator, name, **MODEL)
    operator.index(index=name, id="1", document={"raw": "drill"}, refresh=True)
    operator.indices.forcemerge(index=name, max_num_segments=1)
    scratch = operator.indices.get_settings(index=name)[name]
    operator.indices.delete(index=name)

    assert scratch["settings"]["index"]["analysis"] == live["settings"]["index"]["analysis"]


class OtherModel:
    """A model without weights."""

    slot, fingerprint, encoder_fingerprint = "m2", "g", "h"

    def input_hash(self, product: Product) -> str:
        return product.title

    def enrich(
        self,
        products: Sequence[Product],
        vectors: Sequence[bytes | None] | None = None,  # noqa: ARG002
    ) -> list[Enrichment]:
        return [
            Enrichment((ProductCode(product.title, 0.5),), b"\x01", product.title)
            for product in products
        ]


def test_the_install_role_changes_the_model_and_the_ingest_role_fills_slots(
    secured_index: tuple[Settings, IndexState],  # it puts the templates
    sign_in: Callable[..., Elasticsearch],
    settings_of: SettingsOf,
) -> None:
    settings = settings_of("install-changing", GRAM_ES_INDEX="products-gram-changing")
    operator, worker = sign_in("install-changing"), sign_in("ingest-changing")
    model = OtherModel()
    index = settings.index
    install(operator, settings, **MODEL)
    for number in ("1", "2"):
        document = {"id": number, "title": f"kettle {number}"}
        operator.index(index=write_alias(index), id=number, document=document)

    assert plan_change(operator, index, model).missing_codes == 2
    put_slot(operator, index, slot="m2", fingerprint="g", family="base", live=False)
    SlotFiller(worker, index, model).fill_products(["2"])
    assert SlotFiller(operator, index, model).fill_index(lambda _: None).written == 1
    live = live_index(operator, index).index
    assert switch(operator, index, "m2", target=live).previous_slot == "m1"
    assert roll_back(operator, index, force=True).live_slot == "m1"
    prune(operator, index, ["m2"], lambda _: None)
    assert find_prunable(operator, index) == []


def test_the_install_role_switches_the_index_and_back_while_the_ingest_role_writes(
    secured_index: tuple[Settings, IndexState],  # it puts the templates
    sign_in: Callable[..., Elasticsearch],
    settings_of: SettingsOf,
) -> None:
    settings = settings_of("install-moving", GRAM_ES_INDEX="products-gram-moving")
    operator, worker = sign_in("install-moving"), sign_in("ingest-moving")
    index = settings.index
    before = install(operator, settings, **MODEL).index

    def write(product_id: str) -> None:
        title = f"kettle {product_id}"
        worker.index(
            index=write_alias(index), id=product_id, document={"id": product_id, "title": title}
        )

    def stored_ids() -> set[str]:
        operator.indices.refresh(index=index)
        return {hit["_id"] for hit in operator.search(index=index)["hits"]["hits"]}

    write("1")
    index_switch = stage_new_index(operator, index, before)
    index_switch.copier.catch_up()
    write("2")
    index_switch.switch("m1", ensure_alone=lambda: None)
    write("3")
    live = live_index(operator, index)
    ids_before = stored_ids()
    roll_back(operator, index, force=True)

    assert live.index != before
    assert (live.live_slot, live_index(operator, index).index) == ("m1", before)
    assert ids_before == stored_ids() == {"1", "2", "3"}


def test_only_the_admin_role_sets_overrides_and_the_other_roles_read_them(
    sign_in: Callable[..., Elasticsearch], secured_index: tuple[Settings, IndexState]
) -> None:
    index = secured_index[0].index
    lock = make_override({"kind": "lock", "code": "tool", "product_id": "1"})

    assert OverrideService(sign_in("admin"), index).set([lock]).products == 1

    for name in ("search", "ingest"):
        assert RulesWatcher(sign_in(name), index).refresh().products.of("1").locked == ("tool",)
        assert rejected(sign_in(name), writes(OVERRIDES)) == [*writes(OVERRIDES)]
    assert Reconciler(sign_in("ingest"), index).reconcile_products(["1"]) == 0
    assert OverrideService(sign_in("admin"), index).remove([lock.id]).products == 1


def test_the_admin_role_updates_products_and_writes_overrides_only(
    sign_in: Callable[..., Elasticsearch], secured_index: tuple[Settings, IndexState]
) -> None:
    settings, state = secured_index
    admin, alias = sign_in("admin"), write_alias(settings.index)

    assert rejected(admin, changes(state, settings)) == [*changes(state, settings)]
    calls = writes(alias)
    calls["bulk delete"] = lambda c: c.bulk(index=alias, operations=[{"delete": {"_id": "1"}}])
    assert rejected(admin, calls) == [*calls]
    update = [{"update": {"_id": "1"}}, {"doc": {"link": "https://shop.example/1"}}]
    assert rejected(admin, {"update": lambda c: c.bulk(index=alias, operations=update)}) == []
    for index in (state.index, LEDGER, DEAD, STATE, PRECOMPUTED, FOREIGN):
        assert rejected(admin, writes(index)) == [*writes(index)], index
    for index in (LEDGER, DEAD, STATE, QUERIES, FOREIGN):
        assert rejected(admin, reads(index)) == [*reads(index)], index


@pytest.mark.parametrize("name", ["install", "admin"])
def test_the_install_and_admin_roles_use_no_foreign_index(
    sign_in: Callable[..., Elasticsearch], secured_index: tuple[Settings, IndexState], name: str
) -> None:
    foreign = {**reads(FOREIGN), **writes(FOREIGN)}
    foreign["delete index"] = lambda c: c.indices.delete(index=FOREIGN)

    assert rejected(sign_in(name), foreign) == [*foreign]


@pytest.mark.parametrize(
    ("name", "unchecked", "tasks"),
    [
        ("install", [], ["install"]),
        ("ingest", CLUSTER_CHECKS, ["ingest"]),
        ("search", [*CLUSTER_CHECKS, *QUEUE_CHECKS], ["search"]),
        ("admin", [*CLUSTER_CHECKS, *QUEUE_CHECKS], ["search", "admin"]),
    ],
)
def test_each_role_may_run_the_doctor(
    secured_index: tuple[Settings, IndexState],
    settings_of: SettingsOf,
    model_dir: Path,
    name: str,
    unchecked: list[str],
    tasks: list[str],
) -> None:
    site = Site(settings_of(name), model_dir)

    lines = list(run_checks(site))
    site.close()

    assert [line for line in lines if line.finding.level is Level.FAILURE] == []
    assert [line.check for line in lines if "not checked" in line.finding.message] == unchecked
    found = [line.finding for line in lines if line.check == "privileges"]
    complete = [finding.message for finding in found if finding.level is Level.OK]
    assert complete == [f"the key has all privileges for {task}" for task in tasks]
    assert "secret" not in repr(lines)


def test_the_doctor_names_the_privileges_that_a_user_without_any_lacks(
    secured_index: tuple[Settings, IndexState], settings_of: SettingsOf, model_dir: Path
) -> None:
    site = Site(settings_of("stranger"), model_dir)

    lines = list(run_checks(site))
    site.close()

    failures = [line for line in lines if line.finding.level is Level.FAILURE]
    assert [line.check for line in failures[:2]] == ["privileges", "privileges"]
    assert "lacks privileges for search: read on gram-es-overrides, " in failures[0].finding.message
    assert failures[0].finding.remedy.endswith("the role mappings/roles/gram-es-search.json")


def test_the_error_of_an_unreadable_index_feed_names_the_privilege(
    sign_in: Callable[..., Elasticsearch], secured_index: tuple[Settings, IndexState]
) -> None:
    with pytest.raises(FeedError, match=r"cannot be read \(403\); grant .* the privilege read on"):
        detect_format(IndexFeed(sign_in("ingest"), FOREIGN))


def test_the_error_of_an_unknown_user_names_the_setting_to_correct(
    sign_in: Callable[..., Elasticsearch], secured_index: tuple[Settings, IndexState]
) -> None:
    settings, _ = secured_index

    for client in (sign_in("search", "wrong"), sign_in("nobody")):
        with pytest.raises(ClusterError, match=r"\(401\); set or correct ELASTICSEARCH_API_KEY"):
            index_state(client, settings)


def test_an_untrusted_certificate_is_rejected(settings_of: SettingsOf) -> None:
    with (
        connect(settings_of("search", ELASTICSEARCH_CA_FILE=None)) as client,
        pytest.raises(ClusterUnavailableError, match="set ELASTICSEARCH_CA_FILE") as caught,
        cluster_errors("read the cluster's health"),
    ):
        client.cluster.health()
    assert "secret" not in str(caught.value)
