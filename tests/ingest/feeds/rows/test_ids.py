"""An id that a spreadsheet or an encoding has damaged names no product, and deletes none."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from gram_es.records import Product
from ingest.feeds import RejectedRow, open_feed
from ingest.feeds.rows.ids import damage_of
from ingest.producer.deletes import ListedIds

Products = Callable[[bytes | str], list[Product]]
Rejected = Callable[[bytes | str], list[RejectedRow]]


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("7.65432E+11", "rounded"),
        ("7,65432e+11", "rounded"),
        ("7E+05", "rounded"),
        ("7.65432109876e12", "rounded"),
        ("#REF!", "error of a formula"),
        ("#N/A", "error of a formula"),
        ("#WERT!", "error of a formula"),
        ("#NV", "error of a formula"),
        ("########", "error of a formula"),
        ("Err:502", "error of a formula"),
        ('=VLOOKUP(A2,"x",1)', "is a formula"),
        ("=B7", "is a formula"),
        ("7\x006", "damaged characters"),
        ("K\N{REPLACEMENT CHARACTER}7", "damaged characters"),
        ("K\x847", "damaged characters"),
    ],
)
def test_a_damaged_id_rejects_the_row_and_leaves_nothing_to_delete(
    rejected_in: Rejected, written: str, reason: str
) -> None:
    (row,) = rejected_in(json.dumps({"id": written, "title": "Kettle"}))

    assert reason in row.reason
    assert row.may_have_any_id


@pytest.mark.parametrize("sound", ["7E5", "1E", "#7", "#KETTLE", "=7", "E+7", "2.5E", "Ä 7/8\xa0x"])
def test_an_odd_id_is_kept(sound: str) -> None:
    assert not damage_of(sound)


def test_a_json_number_with_an_exponent_is_no_id(rejected_in: Rejected) -> None:
    (row,) = rejected_in('{"id": 7.65432e11, "title": "Kettle", "price": 1e3}')

    assert "id '7.65432e11' is a rounded number" in row.reason


def test_invisible_characters_around_an_id_are_left_out(products_of: Products) -> None:
    joined = "id,title\n\ufeffk-1,Kettle\n\u200bk-2\u2060,Pan\nk-3\x00,Pot\n"

    assert [product.id for product in products_of(joined)] == ["k-1", "k-2", "k-3"]


def test_the_apostrophe_before_an_identifier_is_a_guard_even_without_digits(
    products_of: Products,
) -> None:
    (product,) = products_of("id,title,mpn,brand\n'AB-X,Kettle,'KMX,'Tis\n")

    assert (product.id, product.mpn, product.brand) == ("AB-X", "KMX", "'Tis")


def test_the_error_of_a_formula_is_no_text(products_of: Products) -> None:
    (product,) = products_of("id,title,brand,color\n7,Kettle,#N/A,#REF!\n")

    assert (product.brand, product.attributes) == (None, {})


@pytest.mark.parametrize(
    "feed",
    [
        b"title;id;brand\nKettle;K\xf67;Nord\nPan;k-8;Nord\n\x81x;K\x9d9;Nord\n",
        b'{"id": "k-8", "title": "Pan"}\n{"id": "K\xf67", "title": "Kettle"}\n',
        b'{"id": "k-8", "title": "Pan"}\n{"id": "K\xf67", "title": "Kettle\n',
    ],
)
def test_a_row_whose_id_is_not_in_the_encoding_leaves_nothing_to_delete(
    tmp_path: Path, feed: bytes
) -> None:
    path = tmp_path / "feed"
    path.write_bytes(feed)
    listed = ListedIds()

    assert any(isinstance(row, RejectedRow) for row in listed.recording(open_feed(path)))
    assert listed.missing(["K\xf67", "k-8"]) == []


@pytest.mark.parametrize(
    "feed",
    [
        "id,title\nk-8,Pän\n".encode() + b"k-7,K\xf6nig\n",
        '{"id": "k-8", "title": "Pän"}\n'.encode() + b'{"id": "k-7", "title": "K\xf6nig"}\n',
    ],
)
def test_a_row_with_a_sound_id_may_have_only_this_one(tmp_path: Path, feed: bytes) -> None:
    path = tmp_path / "feed"
    path.write_bytes(feed)
    listed = ListedIds()

    rows = [*listed.recording(open_feed(path))]

    assert any(isinstance(row, RejectedRow) for row in rows)
    assert listed.missing(["k-7", "k-8", "k-9"]) == ["k-9"]


@pytest.mark.parametrize(
    "feed",
    [
        "id,title,ID\n7,Kettle,9\n",
        '{"id": ["7", "9"], "title": "Kettle"}\n{"id": "1", "title": "x"}',
    ],
)
def test_a_row_with_two_ids_is_rejected_and_may_have_either(
    rejected_in: Rejected, feed: str
) -> None:
    (row,) = rejected_in(feed)

    assert row.reason == "id has two values, '7' and '9'; keep one"
    assert row.possible_ids == ("7", "9")


def test_the_same_id_twice_is_one(products_of: Products) -> None:
    assert [product.id for product in products_of("id,title,ID\n7,Kettle,7\n8,Pan,\n")] == [
        "7",
        "8",
    ]
