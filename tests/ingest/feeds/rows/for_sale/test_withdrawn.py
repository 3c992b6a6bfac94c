"""What a shop has withdrawn is not searchable, whichever feed says so."""

import json
from collections.abc import Callable

import pytest

from gram_es.records import Product
from ingest.feeds import RejectedRow

Products = Callable[[bytes | str], list[Product]]
Rejected = Callable[[bytes | str], list[RejectedRow]]


@pytest.mark.parametrize(
    "state",
    [
        {"status": "draft"},
        {"status": "Archived"},
        {"status": "unlisted"},
        {"status": "private"},
        {"catalog_visibility": "hidden"},
        {"published": False},
        {"is_visible": False},
    ],
)
def test_a_withdrawn_product_is_rejected_as_not_for_sale(
    rejected_in: Rejected, state: dict[str, object]
) -> None:
    (row,) = rejected_in(json.dumps({"id": "7", "title": "Pan", **state}))

    assert row.reason.startswith("not for sale: its ")
    assert not row.is_for_sale


@pytest.mark.parametrize(
    "state",
    [
        {"status": "active"},
        {"status": "publish"},
        {"status": "new"},
        {"catalog_visibility": "visible"},
        {"published": "2026-05-01"},
        {"is_visible": True},
    ],
)
def test_any_other_product_is_read(products_of: Products, state: dict[str, object]) -> None:
    assert len(products_of(json.dumps({"id": "7", "title": "Pan", **state}))) == 1
