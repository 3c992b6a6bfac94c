"""Locks and bans over a real index: they apply to whatever feeds and models write."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from gram_es.codes.stored_codes import code_fields
from gram_es.errors import OverrideError
from gram_es.index.lifecycle import install, put_slot
from gram_es.index.names import OVERRIDES, write_alias
from gram_es.index.slots import slot_properties
from gram_es.migration.fill_slot import SlotFiller
from gram_es.overrides.reconcile import Reconciler
from gram_es.overrides.rules import Override, make_override
from gram_es.overrides.service import OverrideService
from gram_es.records import Enrichment, Product, ProductCode
from gram_es.settings import Settings
from ingest.feeds import Row
from ingest.runs.outcomes import Origin, Outcome
from ingest.worker.pipeline import Pipeline
from ingest.worker.product_store import ProductStore

KETTLE = Product("k", "Stove kettle", price=20.0)
PAN = Product("p", "Frying pan", price=30.0)
LOCK = make_override({"kind": "lock", "code": "Camping gear", "product_id": "k"})
BAN = make_override({"kind": "ban", "code": "kettle", "product_id": "k"})
BAN_ALL = make_override({"kind": "ban", "code": "kettles"})


def ingest(pipeline: Pipeline, run: int, *products: Product) -> list[Outcome]:
    rows = [Row(number, number, product) for number, product in enumerate(products, 1)]
    outcomes = pipeline.index_rows(rows, Origin("shop.xml", run)).outcomes
    return [outcomes[number] for number in sorted(outcomes)]


@pytest.fixture
def service(client: Elasticsearch, installed: Settings) -> OverrideService:
    return OverrideService(client, installed.index)


@pytest.fixture
def slots(client: Elasticsearch, installed: Settings) -> Callable[[str], dict[str, Any]]:
    def read(product_id: str) -> dict[str, Any]:
        document = client.get(index=write_alias(installed.index), id=product_id)
        return document["_source"].get("gram", {})

    return read


@pytest.fixture
def codes(slots: Any, model: Any) -> Callable[[str], list[str]]:
    return lambda product_id: slots(product_id)[model.slot]["codes"]


def test_rules_apply_immediately_and_leave_no_trace_when_removed(
    service: OverrideService, pipeline: Pipeline, slots: Any, codes: Any, model: Any
) -> None:
    ingest(pipeline, 1, KETTLE, PAN)
    before = slots("k")

    change = service.set([LOCK, BAN])

    assert (change.products, change.new_codes) == (1, ("camping gear",))
    assert codes("k") == ["camping gear", "stove"]
    assert codes("p") == ["frying", "pan"]
    assert service.set([LOCK, BAN]).products == 0
    assert [rule.id for rule in service.store.read()] == [BAN.id, LOCK.id]

    assert service.remove([LOCK.id, BAN.id]).products == 1
    after = slots("k")
    assert after[model.slot].pop("own") is None
    assert after[model.slot].pop("own_packed") is None
    assert after == before
    assert model.asked == ["k", "p"]


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ({}, Outcome.UNCHANGED),
        ({"price": 15.0}, Outcome.REUSED_CODES),
        ({"title": "Kettle"}, Outcome.UPDATED),
    ],
)
def test_rules_survive_the_next_feed(
    service: OverrideService,
    pipeline: Pipeline,
    codes: Any,
    change: dict[str, Any],
    outcome: Outcome,
) -> None:
    ingest(pipeline, 1, KETTLE)
    service.set([LOCK, BAN])

    assert ingest(pipeline, 2, replace(KETTLE, **change)) == [outcome]
    assert codes("k") == ["camping gear", *(["stove"] if "title" not in change else [])]


def test_a_rule_may_come_before_its_product(
    service: OverrideService, pipeline: Pipeline, codes: Any
) -> None:
    assert service.set([LOCK, BAN_ALL]).products == 0

    ingest(pipeline, 1, KETTLE)

    assert codes("k") == ["camping gear", "stove"]


def test_another_feed_that_takes_a_product_over_keeps_its_rules(
    service: OverrideService, pipeline: Pipeline, codes: Any
) -> None:
    ingest(pipeline, 1, KETTLE)
    service.set([LOCK])

    pipeline.index_rows([Row(1, 1, replace(KETTLE, title="Pot"))], Origin("other.xml", 2))

    assert codes("k") == ["camping gear", "pot"]


def test_a_ban_everywhere_changes_all_products_and_its_removal_restores_them(
    client: Elasticsearch,
    installed: Settings,
    service: OverrideService,
    pipeline: Pipeline,
    codes: Any,
) -> None:
    pots = [Product(f"k{number}", f"Kettle {number}") for number in range(40)]
    ingest(pipeline, 1, KETTLE, PAN, *pots)

    assert service.set([BAN_ALL]).products == 41
    assert (codes("k"), codes("k7")) == (["stove"], ["7"])
    client.indices.refresh(index=installed.index)
    with_code = {"term": {"gram_codes": "kettle"}}
    assert client.count(index=installed.index, query=with_code)["count"] == 0

    assert service.remove([BAN_ALL.id]).products == 41
    assert (codes("k"), codes("k7")) == (["stove", "kettle"], ["kettle", "7"])


@pytest.mark.parametrize("rule", [LOCK, BAN, BAN_ALL], ids=["lock", "ban", "ban everywhere"])
@pytest.mark.parametrize("is_stored", [False, True], ids=["new product", "stored product"])
def test_a_rule_that_is_set_while_a_batch_is_in_flight_is_not_lost(
    service: OverrideService,
    pipeline: Pipeline,
    codes: Any,
    model: Any,
    rule: Override,
    is_stored: bool,
) -> None:
    if is_stored:
        ingest(pipeline, 1, replace(KETTLE, title="Pot"))
    model.before_answer = lambda: service.set([rule])

    ingest(pipeline, 2, KETTLE)

    expected = ["camping gear", "stove", "kettle"] if rule is LOCK else ["stove"]
    assert codes("k") == expected


def test_a_rule_that_is_removed_while_a_batch_is_in_flight_does_not_stay(
    service: OverrideService, pipeline: Pipeline, codes: Any, model: Any
) -> None:
    service.set([LOCK, BAN_ALL])
    model.before_answer = lambda: service.remove([LOCK.id, BAN_ALL.id])

    ingest(pipeline, 1, KETTLE)

    assert codes("k") == ["stove", "kettle"]


@pytest.mark.parametrize("rule", [LOCK, BAN_ALL], ids=["lock", "ban everywhere"])
@pytest.mark.parametrize(
    ("price", "outcome"), [(20.0, Outcome.UNCHANGED), (15.0, Outcome.REUSED_CODES)]
)
def test_a_row_that_does_not_call_the_model_repairs_an_interrupted_change_of_rules(
    service: OverrideService,
    pipeline: Pipeline,
    codes: Any,
    rule: Override,
    price: float,
    outcome: Outcome,
) -> None:
    ingest(pipeline, 1, KETTLE, PAN)
    service.store.put([rule])

    assert ingest(pipeline, 2, replace(KETTLE, price=price), PAN) == [outcome, Outcome.UNCHANGED]
    assert codes("k") == (["camping gear", "stove", "kettle"] if rule is LOCK else ["stove"])

    service.store.remove([rule.id])
    ingest(pipeline, 3, KETTLE, PAN)
    assert codes("k") == ["stove", "kettle"]


def test_apply_repairs_an_interrupted_change_of_rules(
    service: OverrideService, pipeline: Pipeline, codes: Any
) -> None:
    ingest(pipeline, 1, KETTLE, PAN)
    service.store.put([LOCK, BAN_ALL])

    assert service.apply() == 1
    assert codes("k") == ["camping gear", "stove"]
    service.store.remove([LOCK.id, BAN_ALL.id])
    assert service.apply() == 1
    assert codes("k") == ["stove", "kettle"]


class OtherModel:
    """A model without weights: its codes are a title's words in reverse order, then "vessel"."""

    slot, fingerprint, encoder_fingerprint = "mfedcba987654", "f" * 64, "d" * 64

    def __init__(self, before_answer: Callable[[], object] = lambda: None) -> None:
        self.before_answer = before_answer

    def input_hash(self, product: Product) -> str:
        return product.title

    def enrich(
        self,
        products: Sequence[Product],
        vectors: Sequence[bytes | None] | None = None,  # noqa: ARG002
    ) -> list[Enrichment]:
        self.before_answer()
        return [Enrichment(_backwards(product.title), b"\1", product.title) for product in products]


def _backwards(title: str) -> tuple[ProductCode, ...]:
    return tuple(ProductCode(word, 0.5) for word in (*reversed(title.lower().split()), "vessel"))


@pytest.fixture
def fill(client: Elasticsearch, installed: Settings) -> Callable[..., Any]:
    def run(other: OtherModel) -> None:
        given = {"slot": other.slot, "fingerprint": other.fingerprint, "family": "base"}
        put_slot(client, installed.index, **given, live=False)
        SlotFiller(client, installed.index, other).fill_index(lambda _: None)

    return run


def test_the_rules_apply_to_the_slot_of_another_model_too(
    service: OverrideService, pipeline: Pipeline, slots: Any, fill: Any, model: Any
) -> None:
    ingest(pipeline, 1, KETTLE, PAN)
    service.set([LOCK, BAN_ALL])

    fill(OtherModel())
    assert slots("k")[OtherModel.slot]["codes"] == ["camping gear", "stove", "vessel"]
    assert slots("p")[OtherModel.slot]["codes"] == ["pan", "frying", "vessel"]

    service.remove([LOCK.id, BAN_ALL.id])
    restored = slots("k")
    assert restored[OtherModel.slot]["codes"] == ["kettle", "stove", "vessel"]
    assert restored[model.slot]["codes"] == ["stove", "kettle"]


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
    service: OverrideService,
    pipeline: Pipeline,
    slots: Any,
    fill: Any,
    rule: Override,
    expected: list[str],
) -> None:
    ingest(pipeline, 1, KETTLE)

    fill(OtherModel(before_answer=lambda: service.set([rule])))

    assert slots("k")[OtherModel.slot]["codes"] == expected


def test_codes_that_are_generated_again_replace_the_models_earlier_codes(
    client: Elasticsearch,
    installed: Settings,
    service: OverrideService,
    pipeline: Pipeline,
    slots: Any,
    fill: Any,
) -> None:
    ingest(pipeline, 1, KETTLE)
    fill(OtherModel())
    service.set([BAN_ALL])
    alias = write_alias(installed.index)
    client.update(index=alias, id="k", doc={"title": "Copper pot"})  # as a feed may do in between

    fill(OtherModel())

    assert slots("k")[OtherModel.slot] == {
        **code_fields(_backwards("Copper pot")),
        "own": None,
        "own_packed": None,
        "vector": "AQ==",
        "input": "Copper pot",
        "model": OtherModel.fingerprint,
        "encoder": OtherModel.encoder_fingerprint,
    }


def test_overrides_use_a_slot_of_an_older_version_once_its_fields_are_installed(
    client: Elasticsearch, cluster_settings: Settings, model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def older(slot: str, *, live: bool, **_: bool) -> dict[str, Any]:
        properties = slot_properties(slot, live=live)
        fields = properties["gram"]["properties"][slot]["properties"]
        for later_field in ("own", "weights", "packed", "inferred", "encoder"):
            del fields[later_field]
        properties.pop("gram_inferred", None)
        return properties

    monkeypatch.setattr("gram_es.index.lifecycle.slot_properties", older)
    index = cluster_settings.index
    given = {"slot": model.slot, "fingerprint": model.fingerprint, "family": "base"}
    install(client, cluster_settings, **given)
    reconciler, service = Reconciler(client, index), OverrideService(client, index)
    ingest(Pipeline(ProductStore(client, index, model.slot), model, reconciler), 1, KETTLE)
    monkeypatch.undo()

    install(client, cluster_settings, **given)

    assert service.set([BAN_ALL]).products == 1
    assert service.remove([BAN_ALL.id]).products == 1


def test_a_code_takes_the_form_that_the_live_slot_has(
    service: OverrideService, pipeline: Pipeline
) -> None:
    ingest(pipeline, 1, KETTLE, PAN)
    pin = make_override({"kind": "pin", "code": "Kettles", "query": "tea"})
    lock = make_override({"kind": "lock", "code": "pans", "product_id": "k"})
    locks = [{"kind": "lock", "code": code, "product_id": "k"} for code in ("deals", "a deal")]
    deal = make_override({"kind": "pin", "code": "deal", "query": "sale"})

    change = service.set([pin, lock, *map(make_override, locks), deal])

    assert [rule.code for rule in change.overrides] == ["kettle", "pan", "deals", "a deal", "deals"]
    assert change.new_codes == ("deals", "a deal")


def test_an_unknown_id_removes_nothing(service: OverrideService) -> None:
    service.set([LOCK])

    with pytest.raises(OverrideError, match="there is no override 0123; gram-es override list"):
        service.remove([LOCK.id, "0123"])

    assert [rule.id for rule in service.store.read()] == [LOCK.id]


def test_rules_of_another_index_are_not_read(
    client: Elasticsearch, installed: Settings, service: OverrideService
) -> None:
    service.set([LOCK])

    assert OverrideService(client, "elsewhere").store.read() == []
    assert OverrideService(client, "elsewhere").store.change_marker() == (-1, 0)


@pytest.fixture
def no_overrides_index(client: Elasticsearch, installed: Settings) -> Iterator[None]:
    """Delete the overrides index, which older installations lack, until the test ends."""
    client.indices.delete(index=OVERRIDES)
    yield
    client.indices.create(index=OVERRIDES)


@pytest.mark.usefixtures("no_overrides_index")
def test_without_the_overrides_index_there_are_no_rules_and_none_can_be_set(
    client: Elasticsearch, service: OverrideService, pipeline: Pipeline
) -> None:
    assert ingest(pipeline, 1, KETTLE) == [Outcome.CREATED]
    with pytest.raises(OverrideError, match="make it with gram-es index install"):
        service.set([LOCK])
    assert not client.indices.exists(index=OVERRIDES)
