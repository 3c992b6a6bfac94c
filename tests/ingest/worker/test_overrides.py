"""Locks and bans over a real index: they hold whatever feeds and models write."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from gram_es.errors import OverrideError
from gram_es.index.lifecycle import install, put_slot
from gram_es.index.names import OVERRIDES, write_alias
from gram_es.index.slots import slot_properties
from gram_es.migration.fill_slot import SlotFiller
from gram_es.overrides.reconcile import Mender
from gram_es.overrides.rules import Override, make_override
from gram_es.overrides.service import Desk
from gram_es.records import Enrichment, Product
from gram_es.settings import Settings
from ingest.feeds import Row
from ingest.runs.outcomes import Fate
from ingest.worker.pipeline import Origin, Pipeline
from ingest.worker.product_store import Catalogue

KETTLE = Product("k", "Stove kettle", price=20.0)
PAN = Product("p", "Frying pan", price=30.0)
LOCK = make_override({"kind": "lock", "code": "Camping gear", "product_id": "k"})
BAN = make_override({"kind": "ban", "code": "kettle", "product_id": "k"})
BAN_ALL = make_override({"kind": "ban", "code": "kettles"})


def ingest(pipeline: Pipeline, run: int, *products: Product) -> list[Fate]:
    rows = [Row(number, number, product) for number, product in enumerate(products, 1)]
    fates = pipeline.index_rows(rows, Origin("shop.xml", run)).fates
    return [fates[number] for number in sorted(fates)]


@pytest.fixture
def desk(client: Elasticsearch, installed: Settings) -> Desk:
    return Desk(client, installed.index)


@pytest.fixture
def slots(client: Elasticsearch, installed: Settings) -> Callable[[str], dict[str, Any]]:
    def read(product_id: str) -> dict[str, Any]:
        found = client.get(index=write_alias(installed.index), id=product_id)
        return found["_source"].get("gram", {})

    return read


@pytest.fixture
def codes(slots: Any, model: Any) -> Callable[[str], list[str]]:
    return lambda product_id: slots(product_id)[model.slot]["codes"]


def test_rules_take_hold_at_once_and_leave_no_trace_when_lifted(
    desk: Desk, pipeline: Pipeline, slots: Any, codes: Any, model: Any
) -> None:
    ingest(pipeline, 1, KETTLE, PAN)
    before = slots("k")

    done = desk.set([LOCK, BAN])

    assert (done.products, done.strange) == (1, ("camping gear",))
    assert codes("k") == ["camping gear", "stove"]
    assert codes("p") == ["frying", "pan"]
    assert desk.set([LOCK, BAN]).products == 0
    assert [one.id for one in desk.store.read()] == [BAN.id, LOCK.id]

    assert desk.lift([LOCK.id, BAN.id]).products == 1
    after = slots("k")
    assert after[model.slot].pop("own") is None
    assert after == before
    assert model.asked == ["k", "p"]


@pytest.mark.parametrize(
    ("change", "fate"),
    [
        ({}, Fate.UNCHANGED),
        ({"price": 15.0}, Fate.REUSED),
        ({"title": "Kettle"}, Fate.CHANGED),
    ],
)
def test_rules_survive_the_next_feed(
    desk: Desk, pipeline: Pipeline, codes: Any, change: dict[str, Any], fate: Fate
) -> None:
    ingest(pipeline, 1, KETTLE)
    desk.set([LOCK, BAN])

    assert ingest(pipeline, 2, replace(KETTLE, **change)) == [fate]
    assert codes("k") == ["camping gear", *(["stove"] if "title" not in change else [])]


def test_a_rule_may_come_before_its_product(desk: Desk, pipeline: Pipeline, codes: Any) -> None:
    assert desk.set([LOCK, BAN_ALL]).products == 0

    ingest(pipeline, 1, KETTLE)

    assert codes("k") == ["camping gear", "stove"]


def test_another_feed_that_takes_a_product_over_keeps_its_rules(
    desk: Desk, pipeline: Pipeline, codes: Any
) -> None:
    ingest(pipeline, 1, KETTLE)
    desk.set([LOCK])

    pipeline.index_rows([Row(1, 1, replace(KETTLE, title="Pot"))], Origin("other.xml", 2))

    assert codes("k") == ["camping gear", "pot"]


def test_a_ban_everywhere_goes_through_all_products_and_back(
    client: Elasticsearch, installed: Settings, desk: Desk, pipeline: Pipeline, codes: Any
) -> None:
    pots = [Product(f"k{number}", f"Kettle {number}") for number in range(40)]
    ingest(pipeline, 1, KETTLE, PAN, *pots)

    assert desk.set([BAN_ALL]).products == 41
    assert (codes("k"), codes("k7")) == (["stove"], ["7"])
    client.indices.refresh(index=installed.index)
    holds = {"term": {"gram_codes": "kettle"}}
    assert client.count(index=installed.index, query=holds)["count"] == 0

    assert desk.lift([BAN_ALL.id]).products == 41
    assert (codes("k"), codes("k7")) == (["stove", "kettle"], ["kettle", "7"])


@pytest.mark.parametrize("rule", [LOCK, BAN, BAN_ALL], ids=["lock", "ban", "ban everywhere"])
@pytest.mark.parametrize("is_known", [False, True], ids=["new product", "known product"])
def test_a_rule_that_is_set_while_a_batch_is_in_flight_is_not_lost(
    desk: Desk, pipeline: Pipeline, codes: Any, model: Any, rule: Override, is_known: bool
) -> None:
    if is_known:
        ingest(pipeline, 1, replace(KETTLE, title="Pot"))
    model.before_answer = lambda: desk.set([rule])

    ingest(pipeline, 2, KETTLE)

    expected = ["camping gear", "stove", "kettle"] if rule is LOCK else ["stove"]
    assert codes("k") == expected


def test_a_rule_that_is_lifted_while_a_batch_is_in_flight_does_not_stay(
    desk: Desk, pipeline: Pipeline, codes: Any, model: Any
) -> None:
    desk.set([LOCK, BAN_ALL])
    model.before_answer = lambda: desk.lift([LOCK.id, BAN_ALL.id])

    ingest(pipeline, 1, KETTLE)

    assert codes("k") == ["stove", "kettle"]


@pytest.mark.parametrize("rule", [LOCK, BAN_ALL], ids=["lock", "ban everywhere"])
@pytest.mark.parametrize(("price", "fate"), [(20.0, Fate.UNCHANGED), (15.0, Fate.REUSED)])
def test_a_row_that_asks_no_model_mends_what_a_setting_that_was_cut_short_left(
    desk: Desk, pipeline: Pipeline, codes: Any, rule: Override, price: float, fate: Fate
) -> None:
    ingest(pipeline, 1, KETTLE, PAN)
    desk.store.put([rule])

    assert ingest(pipeline, 2, replace(KETTLE, price=price), PAN) == [fate, Fate.UNCHANGED]
    assert codes("k") == (["camping gear", "stove", "kettle"] if rule is LOCK else ["stove"])

    desk.store.remove([rule.id])
    ingest(pipeline, 3, KETTLE, PAN)
    assert codes("k") == ["stove", "kettle"]


def test_apply_mends_what_a_setting_that_was_cut_short_left(
    desk: Desk, pipeline: Pipeline, codes: Any
) -> None:
    ingest(pipeline, 1, KETTLE, PAN)
    desk.store.put([LOCK, BAN_ALL])

    assert desk.apply() == 1
    assert codes("k") == ["camping gear", "stove"]
    desk.store.remove([LOCK.id, BAN_ALL.id])
    assert desk.apply() == 1
    assert codes("k") == ["stove", "kettle"]


class OtherModel:
    """A model without weights: its codes are a title's words, the last one first, and "vessel"."""

    slot, fingerprint = "mfedcba987654", "f" * 64

    def __init__(self, before_answer: Callable[[], object] = lambda: None) -> None:
        self.before_answer = before_answer

    def input_hash(self, product: Product) -> str:
        return product.title

    def enrich(self, products: Sequence[Product]) -> list[Enrichment]:
        self.before_answer()
        return [
            Enrichment((*reversed(one.title.lower().split()), "vessel"), b"\1", one.title)
            for one in products
        ]


@pytest.fixture
def fill(client: Elasticsearch, installed: Settings) -> Callable[..., Any]:
    def run(other: OtherModel) -> None:
        given = {"slot": other.slot, "fingerprint": other.fingerprint, "family": "tiny"}
        put_slot(client, installed.index, **given, live=False)
        SlotFiller(client, installed.index, other).fill_index(lambda _: None)

    return run


def test_another_model_obeys_the_rules_and_both_slots_do_from_then_on(
    desk: Desk, pipeline: Pipeline, slots: Any, fill: Any, model: Any
) -> None:
    ingest(pipeline, 1, KETTLE, PAN)
    desk.set([LOCK, BAN_ALL])

    fill(OtherModel())
    assert slots("k")[OtherModel.slot]["codes"] == ["camping gear", "stove", "vessel"]
    assert slots("p")[OtherModel.slot]["codes"] == ["pan", "frying", "vessel"]

    desk.lift([LOCK.id, BAN_ALL.id])
    held = slots("k")
    assert held[OtherModel.slot]["codes"] == ["kettle", "stove", "vessel"]
    assert held[model.slot]["codes"] == ["stove", "kettle"]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (LOCK, ["camping gear", "kettle", "stove", "vessel"]),
        (BAN_ALL, ["stove", "vessel"]),
        (make_override({"kind": "ban", "code": "vessel"}), ["kettle", "stove"]),
    ],
    ids=["lock", "ban everywhere", "ban of a code that the live slot lacks"],
)
def test_a_rule_that_is_set_while_a_slot_is_filled_is_not_lost(
    desk: Desk, pipeline: Pipeline, slots: Any, fill: Any, rule: Override, expected: list[str]
) -> None:
    ingest(pipeline, 1, KETTLE)

    fill(OtherModel(before_answer=lambda: desk.set([rule])))

    assert slots("k")[OtherModel.slot]["codes"] == expected


def test_codes_that_are_made_again_forget_what_the_model_said_before(
    client: Elasticsearch,
    installed: Settings,
    desk: Desk,
    pipeline: Pipeline,
    slots: Any,
    fill: Any,
) -> None:
    ingest(pipeline, 1, KETTLE)
    fill(OtherModel())
    desk.set([BAN_ALL])
    alias = write_alias(installed.index)
    client.update(index=alias, id="k", doc={"title": "Copper pot"})  # as a feed may, meanwhile

    fill(OtherModel())

    assert slots("k")[OtherModel.slot] == {
        "codes": ["pot", "copper", "vessel"],
        "own": None,
        "vector": "AQ==",
        "input": "Copper pot",
        "model": OtherModel.fingerprint,
    }


def test_a_slot_of_an_older_version_is_given_room_for_the_models_own_codes(
    client: Elasticsearch, cluster_settings: Settings, model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def older(slot: str, *, live: bool) -> dict[str, Any]:
        properties = slot_properties(slot, live=live)
        del properties["gram"]["properties"][slot]["properties"]["own"]
        return properties

    monkeypatch.setattr("gram_es.index.lifecycle.slot_properties", older)
    index = cluster_settings.index
    given = {"slot": model.slot, "fingerprint": model.fingerprint, "family": "tiny"}
    install(client, cluster_settings, **given)
    mender, desk = Mender(client, index), Desk(client, index)
    ingest(Pipeline(Catalogue(client, index, model.slot), model, mender), 1, KETTLE)

    assert desk.set([BAN_ALL]).products == 1
    assert desk.lift([BAN_ALL.id]).products == 1


def test_a_code_takes_the_form_that_the_live_slot_has(desk: Desk, pipeline: Pipeline) -> None:
    ingest(pipeline, 1, KETTLE, PAN)
    pin = make_override({"kind": "pin", "code": "Kettles", "query": "tea"})
    lock = make_override({"kind": "lock", "code": "pans", "product_id": "k"})
    locks = [{"kind": "lock", "code": code, "product_id": "k"} for code in ("deals", "a deal")]
    deal = make_override({"kind": "pin", "code": "deal", "query": "sale"})

    done = desk.set([pin, lock, *map(make_override, locks), deal])

    assert [one.code for one in done.overrides] == ["kettle", "pan", "deals", "a deal", "deals"]
    assert done.strange == ("deals", "a deal")


def test_an_id_that_there_is_no_override_of_lifts_nothing(desk: Desk) -> None:
    desk.set([LOCK])

    with pytest.raises(OverrideError, match="there is no override 0123; gram-es override list"):
        desk.lift([LOCK.id, "0123"])

    assert [one.id for one in desk.store.read()] == [LOCK.id]


def test_rules_of_another_index_are_none_of_ours(
    client: Elasticsearch, installed: Settings, desk: Desk
) -> None:
    desk.set([LOCK])

    assert Desk(client, "elsewhere").store.read() == []
    assert Desk(client, "elsewhere").store.marker() == (-1, 0)


@pytest.fixture
def no_side_index(client: Elasticsearch, installed: Settings) -> Iterator[None]:
    """An older installation, until the end of the test: others share the node."""
    client.indices.delete(index=OVERRIDES)
    yield
    client.indices.create(index=OVERRIDES)


@pytest.mark.usefixtures("no_side_index")
def test_without_the_side_index_there_are_no_rules_and_none_can_be_set(
    client: Elasticsearch, desk: Desk, pipeline: Pipeline
) -> None:
    assert ingest(pipeline, 1, KETTLE) == [Fate.NEW]
    with pytest.raises(OverrideError, match="make it with gram-es index install"):
        desk.set([LOCK])
    assert not client.indices.exists(index=OVERRIDES)
