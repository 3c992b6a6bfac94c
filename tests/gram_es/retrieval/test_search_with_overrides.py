"""Test pins and bans in the whole search, with a trained model and a real index."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from gram_es.index.scan import read_live_codes
from gram_es.model.gram import Gram
from gram_es.overrides.rules import make_override
from gram_es.overrides.service import OverrideService
from gram_es.overrides.watcher import RulesWatcher
from gram_es.records import Product
from gram_es.retrieval.model_switch import ModelSwitch
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.searcher import Searcher
from gram_es.settings import Settings
from query_api.api.serializers import search_json

TIMEOUT_S = 60.0
QUERY = "cordless drill"


@pytest.fixture
def service(client: Elasticsearch, shop_index: Settings) -> Iterator[OverrideService]:
    service = OverrideService(client, shop_index.index)
    yield service
    service.remove([override.id for override in service.store.read()])


@pytest.fixture
def rules(client: Elasticsearch, shop_index: Settings) -> RulesWatcher:
    return RulesWatcher(client, shop_index.index, interval_s=0.05)


@pytest.fixture
def searcher(
    client: Elasticsearch, gram: Gram, shop_index: Settings, rules: RulesWatcher
) -> Searcher:
    return Searcher(client, gram, index=shop_index.index, rules=rules)


@pytest.fixture
def answer(searcher: Searcher, rules: RulesWatcher) -> Callable[[str], Mapping[str, Any]]:
    """Return a function that searches with the current rules."""

    def search(text: str) -> Mapping[str, Any]:
        rules.refresh()
        return search_json(searcher.search(SearchRequest(text, size=100, explain=True)))

    return search


@pytest.mark.parametrize("query", [QUERY, f"{QUERY} under $90"])
def test_a_rule_applies_to_the_query_with_and_without_its_conditions(
    service: OverrideService, answer: Any, query: str
) -> None:
    service.set([make_override({"kind": "pin", "code": "led bulb", "query": query, "weight": 1})])

    pinned = answer(f"{QUERY} under $90")["query"]

    assert pinned["searched_text"] == QUERY
    assert pinned["codes"][0] == {
        "code": "led bulb",
        "weight": 1.0,
        "pinned": True,
        "leading": True,
    }


def test_a_pin_retrieves_a_locked_code_that_is_not_in_the_codebook(
    service: OverrideService, answer: Any, gram: Gram, shop: tuple[Product, ...]
) -> None:
    chosen = [shop[7].id, shop[70].id]
    locks = [
        {"kind": "lock", "code": "weekend deals", "product_id": product_id} for product_id in chosen
    ]
    pin = {"kind": "pin", "code": "Weekend deal", "query": "sale *", "weight": 1}
    assert "weekend deals" not in gram.codebook.number_by_label

    service.set([make_override(lock) for lock in locks])
    set_pin = service.set([make_override(pin)]).overrides[0]
    result = answer("sale this week")

    assert set_pin.code == "weekend deals"
    assert result["query"]["codes"][0] == {
        "code": "weekend deals",
        "weight": 1.0,
        "pinned": True,
        "leading": True,
    }
    assert result["query"]["rules"] == [
        {"id": set_pin.id, "kind": "pin", "query": "sale *", "code": "weekend deals"}
    ]
    pinned = {
        hit["id"]: hit["explanation"]["scores"]["pinned"]
        for hit in result["hits"]
        if hit["explanation"]["scores"]["pinned"]
    }
    assert pinned == dict.fromkeys(chosen, 1.0)
    assert "codes" in result["mode"]


def test_a_code_that_is_banned_everywhere_is_no_code_of_a_query(
    client: Elasticsearch, shop_index: Settings, service: OverrideService, answer: Any, gram: Gram
) -> None:
    first = answer(QUERY)["query"]["codes"][0]["code"]

    changed = service.set([make_override({"kind": "ban", "code": first})]).products

    result = answer(QUERY)
    client.indices.refresh(index=shop_index.index)
    assert changed > 0
    assert first not in {code["code"] for code in result["query"]["codes"]}
    assert [rule["kind"] for rule in result["query"]["rules"]] == ["ban"]
    assert first not in read_live_codes(client, shop_index.index, gram.slot)


def test_a_ban_for_a_query_changes_no_product_and_no_other_query(
    service: OverrideService, answer: Any
) -> None:
    first = answer(QUERY)["query"]["codes"][0]["code"]

    ban = make_override({"kind": "ban", "code": first, "query": f"{QUERY} *"})
    assert service.set([ban]).products == 0

    assert first not in {code["code"] for code in answer(QUERY)["query"]["codes"]}
    assert first in {code["code"] for code in answer("cordless drills")["query"]["codes"]}


def test_a_searcher_without_rules_ignores_pins(
    client: Elasticsearch,
    gram: Gram,
    shop_index: Settings,
    service: OverrideService,
    shop: tuple[Product, ...],
) -> None:
    service.set([make_override({"kind": "pin", "code": "towels", "query": QUERY})])

    result = Searcher(client, gram, index=shop_index.index, shadow=True).search(
        SearchRequest(QUERY)
    )

    assert not any(code.pinned for code in result.codes)


def test_running_services_apply_changed_rules_without_a_request(
    client: Elasticsearch, service: OverrideService, searcher: Searcher, rules: RulesWatcher
) -> None:
    switch = ModelSwitch([searcher], rules=rules)
    switch.start()
    try:
        change = service.set([make_override({"kind": "pin", "code": "towels", "query": QUERY})])
        await_true(lambda: bool(searcher.search(SearchRequest(QUERY)).rules))
        service.remove([override.id for override in change.overrides])
        await_true(lambda: not searcher.search(SearchRequest(QUERY)).rules)
    finally:
        switch.stop()


def test_a_service_keeps_its_rules_while_the_cluster_does_not_answer(
    service: OverrideService, rules: RulesWatcher, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    service.set([make_override({"kind": "pin", "code": "towels", "query": QUERY})])
    rule_set = rules.refresh()

    with Elasticsearch("http://127.0.0.1:9", max_retries=0) as offline:
        monkeypatch.setattr(rules._store, "_client", offline)
        rules.start()
        await_true(lambda: "cannot read the overrides, using those read last" in caplog.text)
        time.sleep(0.3)
        rules.stop()

    assert rules.current is rule_set
    assert caplog.text.count("cannot read the overrides, using those read last") == 1


def await_true(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not condition():
        assert time.monotonic() < deadline, "the condition did not become true in time"
        time.sleep(0.02)
