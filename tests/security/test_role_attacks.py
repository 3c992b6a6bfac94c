"""Attacks with the key of each shipped role on what belongs to others in the same cluster.

The node has an index ``payroll-2026`` of another team, behind the alias ``payroll``. An attack must
neither reveal what is in it, nor change anything outside the indices of gram-es. Attacks through
features that the node of these tests lacks, such as transforms and enrich policies, are covered by
the named privileges that they need.
"""

import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from fnmatch import fnmatchcase
from typing import Any

import pytest
from elastic_transport import SerializationError
from elasticsearch import ApiError, Elasticsearch

from gram_es.index.lifecycle import IndexState
from gram_es.index.names import SIDE_INDICES
from gram_es.settings import Settings
from mappings import index_templates

ROLES = ("install", "ingest", "search", "admin")
INDEX, ALIAS, SALARY = "payroll-2026", "payroll", "83412"
CHANGED = "overwritten"
OWN = ("products-gram*", "gram-es-*", ".security*")
WRITE = "products-gram-write"
# Named privileges that include no action.
EMPTY = (
    "none",
    "manage_data_stream_global_retention",
    "monitor_data_stream_global_retention",
)
OTHER_SHOP = "products-gram-moving-4-20260101t000000"

Call = Callable[[Elasticsearch], Any]


@pytest.fixture(scope="module")
def payroll(
    sign_in: Callable[..., Elasticsearch],
    secured_index: tuple[Settings, IndexState],
) -> Iterator[Elasticsearch]:
    """Create the index of the other team, yield a client that may do everything, and clean up."""
    owner = sign_in("owner")
    before = {*owner.indices.get(index="*").body}
    document = {"name": "Ada", "salary": SALARY}
    owner.indices.create(
        index=INDEX,
        settings={"number_of_replicas": 0},
        mappings={"properties": {"name": {"type": "keyword"}, "salary": {"type": "keyword"}}},
        aliases={ALIAS: {}},
    )
    owner.index(index=INDEX, id="1", document=document, refresh=True)
    owner.indices.create(index=OTHER_SHOP, mappings={"properties": {"salary": {"type": "keyword"}}})
    owner.index(index=OTHER_SHOP, id="1", document=document, refresh=True)
    yield owner
    owner.options(ignore_status=404).indices.delete_index_template(name="payroll")
    for name in {*owner.indices.get(index="*").body} - before:
        owner.indices.delete(index=name)


READS: dict[str, Call] = {
    "search": lambda c: c.search(index=INDEX),
    "get": lambda c: c.get(index=INDEX, id="1"),
    "get source": lambda c: c.get_source(index=INDEX, id="1"),
    "mget": lambda c: c.mget(docs=[{"_index": INDEX, "_id": "1"}]),
    "mget of own alias": lambda c: c.mget(index=WRITE, docs=[{"_index": INDEX, "_id": "1"}]),
    "msearch": lambda c: c.msearch(searches=[{"index": INDEX}, {}]),
    "explain": lambda c: c.explain(index=INDEX, id="1", query={"match_all": {}}),
    "term vectors": lambda c: c.termvectors(index=INDEX, id="1", fields=["salary"]),
    "several term vectors": lambda c: c.mtermvectors(
        docs=[{"_index": INDEX, "_id": "1", "fields": ["salary"]}]
    ),
    "terms": lambda c: c.terms_enum(index=INDEX, field="salary"),
    "aggregation": lambda c: c.search(index=INDEX, aggs={"a": {"terms": {"field": "salary"}}}),
    "alias": lambda c: c.search(index=ALIAS),
    "pattern": lambda c: c.search(index="pay*"),
    "pattern with an own index": lambda c: c.search(index=f"products-gram,{INDEX}"),
    "everything": lambda c: c.search(index="*", size=100),
    "all": lambda c: c.search(index="_all", size=100),
    "date math": lambda c: c.search(index="<payroll-{2026-06-01||/y{yyyy}}>"),
    "remote": lambda c: c.search(index=f"*:{INDEX}"),
    "own remote": lambda c: c.search(index=f"local:{INDEX}"),
    "point in time": lambda c: c.search(
        pit={"id": c.open_point_in_time(index=INDEX, keep_alive="1m")["id"]}
    ),
    "scroll": lambda c: c.search(index=INDEX, scroll="1m"),
    "another shop": lambda c: c.search(index=OTHER_SHOP),
    "terms lookup": lambda c: c.search(
        index="products-gram", query={"terms": {"id": {"index": INDEX, "id": "1", "path": "name"}}}
    ),
    "document like another": lambda c: c.search(
        index="products-gram",
        query={
            "more_like_this": {
                "fields": ["title"],
                "like": [{"_index": INDEX, "_id": "1"}],
                "min_doc_freq": 0,
                "min_term_freq": 0,
            }
        },
    ),
    "validation": lambda c: c.indices.validate_query(index=INDEX, q="salary:*", explain=True),
}

# What shows the names of other indices; the role ``install`` may read the cluster's metadata.
METADATA: dict[str, Call] = {
    "health": lambda c: c.cluster.health(level="indices"),
    "state": lambda c: c.cluster.state(),
    "nodes": lambda c: c.nodes.stats(metric="indices", level="indices"),
    "tasks": lambda c: c.tasks.list(detailed=True),
    "pending tasks": lambda c: c.cluster.pending_tasks(),
    "names": lambda c: c.indices.resolve_index(name="*"),
    "indices": lambda c: c.indices.get(index="*"),
    "mappings": lambda c: c.indices.get_mapping(index="*"),
    "settings": lambda c: c.indices.get_settings(index="*"),
    "aliases": lambda c: c.indices.get_alias(index="*"),
    "all aliases": lambda c: c.indices.get_alias(),
    "statistics": lambda c: c.indices.stats(index="*"),
    "fields": lambda c: c.field_caps(index="*", fields=["salary"], include_unmapped=True),
    "templates": lambda c: c.indices.get_index_template(),
    "cat": lambda c: c.cat.indices(format="json"),
    "shards": lambda c: c.cat.shards(format="json"),
    "segments": lambda c: c.indices.segments(index="*"),
    "recovery": lambda c: c.indices.recovery(index="*"),
    "allocation": lambda c: c.cluster.allocation_explain(),
    "cluster settings": lambda c: c.cluster.get_settings(include_defaults=True),
    "pipelines": lambda c: c.ingest.get_pipeline(),
}


def _aliases(*actions: dict[str, Any]) -> Call:
    return lambda c: c.indices.update_aliases(actions=actions)


def _own_index(c: Elasticsearch, **body: Any) -> Any:
    return c.indices.create(index="products-gram-9-20260101t000000", **body)


def _copy_to_foreign(c: Elasticsearch) -> Any:
    [name] = c.indices.get_alias(name="products-gram").body
    c.indices.add_block(index=name, block="write")
    try:
        return c.indices.clone(index=name, target="payroll-copy")
    finally:
        c.indices.put_settings(index=name, settings={"index.blocks.write": None})


CHANGES: dict[str, Call] = {
    "index": lambda c: c.index(index=INDEX, id="1", document={"salary": CHANGED}),
    "create": lambda c: c.create(index=INDEX, id="2", document={"salary": CHANGED}),
    "update": lambda c: c.update(index=INDEX, id="1", doc={"salary": CHANGED}),
    "delete": lambda c: c.delete(index=INDEX, id="1"),
    "bulk": lambda c: c.bulk(operations=[{"delete": {"_index": INDEX, "_id": "1"}}]),
    "bulk of own alias": lambda c: c.bulk(
        index=WRITE,
        operations=[
            {"update": {"_id": "1"}},
            {"doc": {"brand": "a"}},
            {"index": {"_index": INDEX, "_id": "1"}},
            {"salary": CHANGED},
            {"delete": {"_index": ALIAS, "_id": "1"}},
        ],
    ),
    "alias": lambda c: c.index(index=ALIAS, id="1", document={"salary": CHANGED}),
    "date math": lambda c: c.index(
        index="<payroll-{2026-06-01||/y{yyyy}}>", id="1", document={"salary": CHANGED}
    ),
    "new index": lambda c: c.index(index="payroll-new", document={"salary": CHANGED}),
    "new name under the prefix": lambda c: c.index(index="products-gramophone", document={"a": 1}),
    "new index of another shop": lambda c: c.indices.create(
        index="products-gram-b-4-20260101t000000"
    ),
    "another shop": lambda c: c.index(index=OTHER_SHOP, id="1", document={"salary": CHANGED}),
    "delete another shop": lambda c: c.indices.delete(index=OTHER_SHOP),
    "delete index": lambda c: c.indices.delete(index=INDEX),
    "delete pattern": lambda c: c.indices.delete(index="pay*"),
    "close": lambda c: c.indices.close(index=INDEX),
    "map": lambda c: c.indices.put_mapping(index=INDEX, properties={"x": {"type": "long"}}),
    "set": lambda c: c.indices.put_settings(index=INDEX, settings={"number_of_replicas": 1}),
    "set everywhere": lambda c: c.indices.put_settings(
        index="pay*,-x", settings={"number_of_replicas": 1}
    ),
    "block": lambda c: c.indices.add_block(index=INDEX, block="write"),
    "alias on it under our pattern": _aliases(
        {"add": {"index": INDEX, "alias": "products-gram-next"}}
    ),
    "alias of ours on it": _aliases({"add": {"index": ALIAS, "alias": WRITE}}),
    "its alias on an own index": lambda c: _own_index(c, aliases={ALIAS: {}}),
    "its alias on the live index": _aliases({"add": {"index": "products-gram", "alias": ALIAS}}),
    "remove through aliases": _aliases({"remove_index": {"index": INDEX}}),
    "remove its alias": _aliases({"remove": {"index": INDEX, "alias": ALIAS}}),
    "clone to our pattern": lambda c: c.indices.clone(
        index=INDEX, target="products-gram-9-20260101t000000"
    ),
    "clone to a foreign name": _copy_to_foreign,
    "roll over to a foreign name": lambda c: c.indices.rollover(
        alias=WRITE, new_index="payroll-rolled"
    ),
    "data stream": lambda c: c.indices.create_data_stream(name="products-gram-next"),
    "template": lambda c: c.indices.put_index_template(name="spy", index_patterns=["payroll-*"]),
    "component template": lambda c: c.cluster.put_component_template(name="spy", template={}),
    "own component template": lambda c: c.cluster.put_component_template(
        name="gram-es@custom", template={"aliases": {ALIAS: {}}}
    ),
    "legacy template": lambda c: c.indices.put_template(name="spy", index_patterns=["payroll-*"]),
    "delete a template": lambda c: c.indices.delete_index_template(name="gram-es-state"),
    "own template": lambda c: c.indices.put_index_template(
        name="products-gram", **index_templates()["products-gram"]
    ),
    "pipeline": lambda c: c.ingest.put_pipeline(id="spy", processors=[{"drop": {}}]),
    "delete pipelines": lambda c: c.ingest.delete_pipeline(id="*"),
    "script": lambda c: c.put_script(id="spy", script={"lang": "painless", "source": "1"}),
    "cluster": lambda c: c.cluster.put_settings(persistent={"cluster.blocks.read_only": True}),
    "reroute": lambda c: c.cluster.reroute(),
    "repository": lambda c: c.snapshot.create_repository(
        name="spy", repository={"type": "fs", "settings": {"location": "spy"}}
    ),
    "user": lambda c: c.security.put_user(
        username="eve", password="evesecret", roles=["superuser"]
    ),
    "role": lambda c: c.security.put_role(name="eve", cluster=["all"]),
    "role mapping": lambda c: c.security.put_role_mapping(
        name="eve", enabled=True, roles=["superuser"], rules={"field": {"username": "*"}}
    ),
    "key": lambda c: c.security.create_api_key(name="eve", role_descriptors={}),
    "token": lambda c: c.security.get_token(
        grant_type="password", username="search", password="secret"
    ),
    "service token": lambda c: c.security.create_service_token(
        namespace="elastic", service="kibana", name="eve"
    ),
}


@pytest.mark.parametrize("role", ROLES)
def test_no_role_reads_a_foreign_index(
    sign_in: Callable[..., Elasticsearch], payroll: Elasticsearch, role: str
) -> None:
    assert SALARY in str(payroll.search(index=INDEX))

    key = sign_in(role)

    assert [name for name, call in READS.items() if SALARY in attempt(call, key)] == []


@pytest.mark.parametrize("role", ["ingest", "search", "admin"])
def test_the_roles_of_running_processes_see_no_name_of_a_foreign_index(
    sign_in: Callable[..., Elasticsearch], payroll: Elasticsearch, role: str
) -> None:
    assert all(name in str(payroll.indices.get(index="*")) for name in (INDEX, OTHER_SHOP))

    answers = {name: attempt(call, sign_in(role)) for name, call in METADATA.items()}

    assert [name for name, answer in answers.items() if ALIAS in answer] == []
    assert [name for name, answer in answers.items() if OTHER_SHOP in answer] == []


@pytest.mark.parametrize("role", ROLES)
def test_no_role_changes_what_is_not_of_gram_es(
    sign_in: Callable[..., Elasticsearch], payroll: Elasticsearch, role: str
) -> None:
    key, before, harmful = sign_in(role), foreign_state(payroll), []

    for name, call in CHANGES.items():
        attempt(call, key)
        if (after := foreign_state(payroll)) != before:
            harmful.append(name)
        before = after

    assert harmful == []


@pytest.mark.parametrize("kind", ["index template", "component template", "legacy template"])
@pytest.mark.parametrize("role", ROLES)
def test_no_role_gets_into_a_new_foreign_index_by_a_template(
    sign_in: Callable[..., Elasticsearch], payroll: Elasticsearch, role: str, kind: str
) -> None:
    key, spy = sign_in(role), {"aliases": {"products-gram-spy": {}, WRITE: {}}}
    puts: dict[str, Call] = {
        "index template": lambda c: c.indices.put_index_template(
            name="spy", index_patterns=["payroll-*"], priority=900, template=spy
        ),
        "component template": lambda c: c.cluster.put_component_template(
            name="payroll@custom", template=spy
        ),
        "legacy template": lambda c: c.indices.put_template(
            name="spy", index_patterns=["payroll-*"], order=900, aliases=spy["aliases"]
        ),
    }
    if kind == "component template":
        payroll.indices.put_index_template(
            name="payroll",
            index_patterns=["payroll-*"],
            composed_of=["payroll@custom"],
            ignore_missing_component_templates=["payroll@custom"],
        )
    attempt(puts[kind], key)

    payroll.index(index="payroll-2027", id="1", document={"salary": SALARY}, refresh=True)
    answers = [attempt(lambda c, i=i: c.search(index=i), key) for i in ("products-gram-spy", "*")]
    for index in ("products-gram-spy", "payroll-2027"):
        attempt(lambda c, i=index: c.delete(index=i, id="1"), key)

    survives = payroll.exists(index="payroll-2027", id="1").body
    payroll.indices.delete(index="payroll-2027")
    assert SALARY not in str(answers)
    assert survives


@pytest.mark.parametrize("role", ROLES)
def test_no_role_has_a_named_privilege_over_the_cluster(
    sign_in: Callable[..., Elasticsearch], payroll: Elasticsearch, role: str
) -> None:
    """Transforms, enrich policies, watches, machine learning and so on need one of these."""
    named = [*payroll.security.get_builtin_privileges()["cluster"]]
    others = [name for name in named if name not in EMPTY]

    answer = sign_in(role).security.has_privileges(cluster=others)

    assert len(others) > 40
    assert [name for name, is_granted in answer["cluster"].items() if is_granted] == []


@pytest.mark.parametrize("role", ROLES)
def test_no_role_has_a_named_privilege_on_a_foreign_index(
    sign_in: Callable[..., Elasticsearch], payroll: Elasticsearch, role: str
) -> None:
    """The copying of documents (reindex) and of indices needs one of these on both sides."""
    named = [*payroll.security.get_builtin_privileges()["index"]]
    others = [name for name in named if name != "none"]
    names = [INDEX, ALIAS, OTHER_SHOP, "*", "products-gramophone", "gram-es-x", ".security"]

    answer = sign_in(role).security.has_privileges(
        index=[{"names": names, "privileges": others, "allow_restricted_indices": True}]
    )

    assert len(others) > 15
    granted = [(i, n) for i, each in answer["index"].items() for n, ok in each.items() if ok]
    assert granted == []


def attempt(call: Call, key: Elasticsearch) -> str:
    """Return the text of what Elasticsearch answers, or nothing if it rejects the request."""
    with suppress(ApiError, SerializationError), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # features in preview and deprecated ones
        return str(call(key))
    return ""


def foreign_state(owner: Elasticsearch) -> dict[str, Any]:
    """Return all documents and all metadata that do not belong to indices of gram-es."""
    owner.indices.refresh(index="*")
    metadata = owner.cluster.state(metric="metadata")["metadata"]
    indices = {
        name: {part: entry[part] for part in ("state", "settings", "mappings", "aliases")}
        for name, entry in metadata["indices"].items()
        if name == OTHER_SHOP or not any(fnmatchcase(name, pattern) for pattern in OWN)
    }
    parts = ("templates", "index_template", "component_template", "ingest", "stored_scripts")
    hits = owner.search(index=[*indices], size=1_000, version=True)["hits"]["hits"]
    return {
        "indices": indices,
        "documents": {(h["_index"], h["_id"]): (h["_version"], h["_source"]) for h in hits},
        "users": owner.security.get_user().body,
        "roles": [*owner.security.get_role().body],
        "role mappings": owner.security.get_role_mapping().body,
        "keys": owner.security.get_api_key(active_only=True).body,
        "settings": owner.cluster.get_settings().body,
        "repositories": owner.snapshot.get_repository().body,
        **{part: metadata.get(part) for part in parts},
        "side indices": [owner.indices.exists(index=name).body for name in SIDE_INDICES],
    }
