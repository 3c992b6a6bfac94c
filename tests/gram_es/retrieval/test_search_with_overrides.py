"""Pins and bans in the whole search, with a trained model over a real index."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from gram_es.index.scan import read_live_codes
from gram_es.model.gram import Gram
from gram_es.overrides.rules import make_override
from gram_es.overrides.service import Desk
from gram_es.overrides.watcher import FollowedRules
from gram_es.records import Product
from gram_es.retrieval.model_switch import LiveSearcher
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.searcher import Searcher
from gram_es.settings import Settings
from query_api.api.serializers import search_json

PATIENCE_S = 60.0
QUERY = "cordless drill"


@pytest.fixture
def desk(client: Elasticsearch, stocked: Settings) -> Iterator[Desk]:
    desk = Desk(client, stocked.index)
    yield desk
    desk.lift([one.id for one in desk.store.read()])


@pytest.fixture
def rules(client: Elasticsearch, stocked: Settings) -> FollowedRules:
    return FollowedRules(client, stocked.index, interval_s=0.05)


@pytest.fixture
def searcher(
    client: Elasticsearch, gram: Gram, stocked: Settings, rules: FollowedRules
) -> Searcher:
    return Searcher(client, gram, index=stocked.index, rules=rules)


@pytest.fixture
def answer(searcher: Searcher, rules: FollowedRules) -> Callable[[str], Mapping[str, Any]]:
    """Search by the rules as they stand."""

    def search(text: str) -> Mapping[str, Any]:
        rules.look()
        return search_json(searcher.search(SearchRequest(text, size=100, explain=True)))

    return search


def test_a_locked_code_that_the_model_does_not_know_is_found_by_a_pin(
    desk: Desk, answer: Any, gram: Gram, shop: tuple[Product, ...]
) -> None:
    chosen = [shop[7].id, shop[70].id]
    locks = [{"kind": "lock", "code": "weekend deals", "product_id": one} for one in chosen]
    pin = {"kind": "pin", "code": "Weekend deal", "query": "sale *", "weight": 1}
    assert "weekend deals" not in gram.codebook.number_of_label

    desk.set([make_override(lock) for lock in locks])
    set_pin = desk.set([make_override(pin)]).overrides[0]
    found = answer("sale this week")

    assert set_pin.code == "weekend deals"
    assert found["query"]["codes"][0] == {"code": "weekend deals", "weight": 1.0, "pinned": True}
    assert found["query"]["rules"] == [
        {"id": set_pin.id, "kind": "pin", "query": "sale *", "code": "weekend deals"}
    ]
    pinned = {
        hit["id"]: hit["explanation"]["scores"]["pinned"]
        for hit in found["hits"]
        if hit["explanation"]["scores"]["pinned"]
    }
    assert pinned == dict.fromkeys(chosen, 1.0)
    assert "codes" in found["mode"]


def test_what_is_banned_everywhere_is_no_code_of_a_query(
    client: Elasticsearch, stocked: Settings, desk: Desk, answer: Any, gram: Gram
) -> None:
    first = answer(QUERY)["query"]["codes"][0]["code"]

    changed = desk.set([make_override({"kind": "ban", "code": first})]).products

    found = answer(QUERY)
    client.indices.refresh(index=stocked.index)
    assert changed > 0
    assert first not in {code["code"] for code in found["query"]["codes"]}
    assert [rule["kind"] for rule in found["query"]["rules"]] == ["ban"]
    assert first not in read_live_codes(client, stocked.index, gram.slot)


def test_a_ban_for_a_query_leaves_the_products_and_other_queries_alone(
    desk: Desk, answer: Any
) -> None:
    first = answer(QUERY)["query"]["codes"][0]["code"]

    ban = make_override({"kind": "ban", "code": first, "query": f"{QUERY} *"})
    assert desk.set([ban]).products == 0

    assert first not in {code["code"] for code in answer(QUERY)["query"]["codes"]}
    assert first in {code["code"] for code in answer("cordless drills")["query"]["codes"]}


def test_a_measurement_of_the_model_knows_no_rules(
    client: Elasticsearch, gram: Gram, stocked: Settings, desk: Desk, shop: tuple[Product, ...]
) -> None:
    desk.set([make_override({"kind": "pin", "code": "towels", "query": QUERY})])

    found = Searcher(client, gram, index=stocked.index, shadow=True).search(SearchRequest(QUERY))

    assert not any(code.pinned for code in found.codes)


def test_running_services_follow_without_a_request_of_their_own(
    client: Elasticsearch, desk: Desk, searcher: Searcher, rules: FollowedRules
) -> None:
    service = LiveSearcher([searcher], rules=rules)
    service.start()
    try:
        done = desk.set([make_override({"kind": "pin", "code": "towels", "query": QUERY})])
        await_true(lambda: bool(searcher.search(SearchRequest(QUERY)).rules))
        desk.lift([one.id for one in done.overrides])
        await_true(lambda: not searcher.search(SearchRequest(QUERY)).rules)
    finally:
        service.stop()


def test_a_service_goes_on_with_its_rules_while_the_cluster_is_away(
    desk: Desk, rules: FollowedRules, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    desk.set([make_override({"kind": "pin", "code": "towels", "query": QUERY})])
    book = rules.look()

    with Elasticsearch("http://127.0.0.1:9", max_retries=0) as lost:
        monkeypatch.setattr(rules._store, "_client", lost)
        rules.start()
        await_true(lambda: "the overrides stay as they were" in caplog.text)
        time.sleep(0.3)
        rules.stop()

    assert rules.book is book
    assert caplog.text.count("the overrides stay as they were") == 1


def await_true(condition: Callable[[], bool]) -> None:
    limit = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < limit, "it did not come about in time"
        time.sleep(0.02)
