"""JSON that is a list of products, or has one under a key."""

import json
from collections.abc import Callable

import pytest

from gram_es.records import Product
from ingest.feeds import FileFault, RejectedRow, Row

Items = Callable[[bytes | str], list[Row | RejectedRow | FileFault]]
Products = Callable[[bytes | str], list[Product]]
Rejected = Callable[[bytes | str], list[RejectedRow]]

ROWS = [{"id": str(n), "title": f'Kettle {{{n}}} ["x"]', "sizes": [{"w": n}]} for n in range(5)]


@pytest.mark.parametrize("indent", [None, 0, 2, "\t"])
@pytest.mark.parametrize(
    "wrap",
    [
        lambda rows: rows,
        lambda rows: {"products": rows},
        lambda rows: {"count": 5, "filters": [{"name": "Red"}], "data": {"items": rows}, "next": 2},
        lambda rows: {"page": {"of": {"result": {"articles": rows}}}},
        lambda rows: {"my shop": rows},
        lambda rows: {"red": rows[:2], "blue": rows[2:]},
        lambda rows: [{"page": 1, "items": rows[:3]}, {"page": 2, "items": rows[3:]}],
        lambda rows: [rows[:3], rows[3:]],
        lambda rows: {"data": {"products": {"edges": [{"node": row} for row in rows]}}},
        lambda rows: {"hits": {"hits": [{"_id": row["id"], "_source": row} for row in rows]}},
    ],
)
def test_a_list_is_read_wherever_it_is(
    products_of: Products, wrap: Callable[[object], object], indent: int | str | None
) -> None:
    read = products_of(json.dumps(wrap(ROWS), indent=indent))

    assert [(p.id, p.title) for p in read] == [(row["id"], row["title"]) for row in ROWS]


@pytest.mark.parametrize(
    "text",
    [
        "[\n" + ",\n".join(map(json.dumps, ROWS)) + "\n]",
        "\ufeff[" + ",\r\n".join(map(json.dumps, ROWS)) + "]\r\n",
        "[\n" + "\n,".join(map(json.dumps, ROWS)) + ",\n]\n",
        '{"products": [\n' + ",\n".join(map(json.dumps, ROWS)) + "\n]}",
        "\n".join(json.dumps(row, indent=1) for row in ROWS),
        ",\n".join(map(json.dumps, ROWS)),
    ],
)
def test_objects_on_lines_of_a_list_are_read(products_of: Products, text: str) -> None:
    assert [product.id for product in products_of(text)] == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize(
    "wrap",
    [
        lambda rows: {row["id"]: row for row in rows},
        lambda rows: {"shop": {"id": 7, "name": "Nord"}, "products": {r["id"]: r for r in rows}},
        lambda rows: {"data": {"catalogue": {f"k{row['id']}": row for row in rows}}},
        lambda rows: {row["id"]: {"title": row["title"], "price": 5} for row in rows},
    ],
)
def test_products_may_be_under_a_key_each(
    items_of: Items, wrap: Callable[[object], object], indent: int | None
) -> None:
    read = items_of(json.dumps(wrap(ROWS), indent=indent))

    products = [(row.product.id, row.product.title) for row in read if isinstance(row, Row)]
    assert products == [(row["id"], row["title"]) for row in ROWS]
    assert len(read) == len(ROWS)


def test_a_long_object_of_products_is_read_as_a_stream(products_of: Products) -> None:
    rows = {f"k-{n}": {"id": f"k-{n}", "title": "Kettle", "text": "x" * 400} for n in range(20_000)}

    assert [p.id for p in products_of(json.dumps({"products": rows}))] == list(rows)


def test_a_malformed_product_under_a_key_may_have_the_key_as_id(items_of: Items) -> None:
    text = (
        '{"products": {"k-1": {"title": "Pan", "price": 5,}, "k-2": {"id": "2", "title": "Pot"}}}'
    )

    malformed, sound = items_of(text)

    assert isinstance(malformed, RejectedRow)
    assert "k-1" in malformed.possible_ids
    assert isinstance(sound, Row)


def test_translations_of_a_product_are_no_products(products_of: Products) -> None:
    text = json.dumps({"id": "7", "title": "Pan", "texts": {"de": {"title": "Pfanne", "price": 5}}})

    assert [product.id for product in products_of(text)] == ["7"]


def test_a_sequence_of_json_texts_is_read(products_of: Products) -> None:
    text = "".join(f"\x1e{json.dumps(row)}\n" for row in ROWS)

    assert [product.id for product in products_of(text)] == ["0", "1", "2", "3", "4"]


def test_one_object_over_several_lines_is_one_product(products_of: Products) -> None:
    product = {"id": "1", "title": "Kettle", "variants": [{"id": "2", "title": "Red"}]}

    assert [p.id for p in products_of(json.dumps(product, indent=2))] == ["1"]


BAD = [
    ('{"id": "7", "title": "Pan", "price": NaN}', "NaN is not a JSON number"),
    ('{"id": "7", "title": "Pan", "price": -Infinity}', "-Infinity is not a JSON number"),
    ('{"id": "7", "title": "Pan", "id": "8"}', "the key 'id' occurs twice"),
    ('{"id": "7", "title": "Pan", "n": ' + "9" * 400 + "}", "has 400 digits"),
    ('{"id": "7", "title": "Pan", "n": 1e999}', "1e999 is too large"),
    ('{"id": "7", "title": "Pan", "n": ' + "[" * 70 + "]" * 70 + "}", "nested deeper"),
    ('{"id": "7", "title": "Pan", "n": ' + "[" * 9000 + "]" * 9000 + "}", "too deeply"),
    ('{"id": "7", "title": "Pan",}', "not JSON"),
    ('{"id": "7", "title": "Pan" "x": 1}', "not JSON"),
    ("{'id': '7', 'title': 'Pan'}", "not JSON"),
    ('{"id": "7, "title": "Pan"}', "not JSON"),
    ('{"id": "7", "title": "Pan"', "not JSON"),
    ('"7"', "not a JSON object"),
    ("null", "not a JSON object"),
]


@pytest.mark.parametrize(("bad", "reason"), BAD)
@pytest.mark.parametrize(
    "form",
    ["[\n{a},\n{bad},\n{b}\n]", "[\n  {a}\n  ,{bad}\n  , {b}\n]", "{a}\n{bad}\n{b}\n"],
)
def test_a_bad_object_is_rejected_alone_and_its_id_is_kept(
    products_of: Products, rejected_in: Rejected, bad: str, reason: str, form: str
) -> None:
    good = {"a": '{"id": "1", "title": "Kettle"}', "b": '{"id": "2", "title": "Lid"}'}
    text = form.replace("{a}", good["a"]).replace("{b}", good["b"]).replace("{bad}", bad)

    (rejected,) = rejected_in(text)

    assert reason in rejected.reason
    assert "7" in rejected.possible_ids or bad == "null"
    assert [product.id for product in products_of(text)] == ["1", "2"]


@pytest.mark.parametrize("kept", [0.4, 0.7, 0.97])
@pytest.mark.parametrize("indent", [None, 2])
def test_a_list_that_is_cut_off_is_a_fault(
    items_of: Items, kept: float, indent: int | None
) -> None:
    text = json.dumps(ROWS, indent=indent)

    *_, last = items_of(text[: int(len(text) * kept)])

    assert isinstance(last, FileFault)


def test_a_long_list_in_one_line_is_read(products_of: Products) -> None:
    rows = [{"id": n, "title": "Kettle é" * 40} for n in range(20_000)]
    text = json.dumps({"items": rows}, ensure_ascii=False)

    assert [int(product.id) for product in products_of(text)] == list(range(20_000))


@pytest.mark.parametrize(
    "wrap",
    [
        lambda rows: {"catalog": {"products": rows}},
        lambda rows: {"products": {"product": rows}},
        lambda rows: {"products": {row["id"]: row for row in rows}},
    ],
)
def test_a_list_is_found_in_an_object_that_is_too_long_to_decode(
    products_of: Products, wrap: Callable[[object], object]
) -> None:
    rows = [{"id": str(n), "title": "Pot", "description": "x" * 9_000} for n in range(1_300)]

    read = products_of(json.dumps(wrap(rows)))

    assert [p.id for p in read] == [row["id"] for row in rows]


def test_a_product_with_a_sku_has_its_key_as_its_id(products_of: Products) -> None:
    pots = {"a1": {"title": "Pot", "sku": "P-1"}, "a2": {"title": "Pan", "sku": "P-2"}}

    assert [p.id for p in products_of(json.dumps({"products": pots}))] == ["a1", "a2"]
