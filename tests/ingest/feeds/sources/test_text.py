"""The text of feeds in many encodings."""

import gzip
from collections.abc import Callable

import pytest

from gram_es.records import Product
from ingest.feeds import FileFault, RejectedRow, Row

Items = Callable[[bytes | str], list[Row | RejectedRow | FileFault]]
Products = Callable[[bytes | str], list[Product]]
Rejected = Callable[[bytes | str], list[RejectedRow]]

TITLES = {
    "cp1252": ["Töpfe für Gemüse", "Kännchen, groß", "Räucherofen für Aale", "Löffel – weiß"],
    "iso8859-1": [
        *("Théière émaillée", "Poêle à frire", "Cuillère à thé", "Passoire dorée"),
        *("Planche à découper en hêtre", "Bouilloire électrique", "Machine à café"),
    ],
    "cp1250": ["Šálek na čaj", "Dřevěná vařečka", "Hrnec s poklicí žlutý", "Nůž kuchyňský"],
    "iso8859-2": ["Łyżka duża", "Garnek żeliwny", "Nóż do chleba, ścięty", "Dzbanek szklany"],
    "cp1251": ["Чайник со свистком", "Сковорода чугунная", "Ложка деревянная", "Кастрюля"],
    "cp1253": ["Κατσαρόλα με καπάκι", "Τηγάνι μαντεμένιο", "Κουτάλι ξύλινο", "Βραστήρας"],
    "cp1254": ["Çaydanlık kırmızı", "Döküm tava büyük", "Tahta kaşık", "Şişe açacağı, gümüş"],
    "shift_jis": ["やかん ステンレス製", "鉄のフライパン", "木のスプーン", "大きな鍋とふた"],
    "gb18030": ["不锈钢水壶", "铸铁煎锅二十厘米", "木制汤勺", "大号汤锅带盖"],
    "big5": ["不鏽鋼水壺", "鑄鐵煎鍋二十公分", "木製湯勺", "大號湯鍋附蓋"],
    "cp949": ["스테인리스 주전자", "무쇠 프라이팬", "나무 숟가락", "뚜껑 있는 큰 냄비"],
}
UNICODE = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]


def table(titles: list[str]) -> str:
    return "id;title\r\n" + "".join(f'{n};"{title}"\r\n' for n, title in enumerate(titles))


@pytest.mark.parametrize("encoding", TITLES)
def test_a_table_is_read_in_the_encoding_of_its_language(
    products_of: Products, encoding: str
) -> None:
    content = table(TITLES[encoding]).encode(encoding)

    assert [product.title for product in products_of(content)] == TITLES[encoding]


@pytest.mark.parametrize("encoding", UNICODE)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("form", ["table", "lines", "list"])
def test_every_format_is_read_in_every_unicode_encoding(
    products_of: Products, encoding: str, pack: Callable[[bytes], bytes], form: str
) -> None:
    objects = [f'{{"id": "{n}", "title": "Kännchen {n} 壺"}}' for n in range(3)]
    text = {
        "table": table([f"Kännchen {n} 壺" for n in range(3)]),
        "lines": "\r\n".join(objects),
        "list": "[\n  " + ",\n  ".join(objects) + "\n]",
    }[form]

    read = products_of(pack(text.encode(encoding)))

    assert [product.title for product in read] == [f"Kännchen {n} 壺" for n in range(3)]


def test_an_encoding_that_is_a_guess_is_logged_once(
    products_of: Products, caplog: pytest.LogCaptureFixture
) -> None:
    products_of(table(TITLES["cp1252"]).encode("cp1252"))

    assert caplog.messages == ["the feed is not UTF-8; it is read as cp1252"]


def test_the_encoding_is_that_of_the_first_lines_with_other_characters(
    products_of: Products,
) -> None:
    plain = "".join(f"p{n};Pan\n" for n in range(100_000))
    german = "".join(f"k{n};{title}\n" for n, title in enumerate(TITLES["cp1252"]))

    read = products_of(f"id;title\n{plain}{german}".encode("cp1252"))

    assert [product.title for product in read[-4:]] == TITLES["cp1252"]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16-le"])
def test_bytes_that_the_encoding_does_not_have_cost_their_row_alone(
    products_of: Products, rejected_in: Rejected, encoding: str
) -> None:
    lone = {"utf-8": b"\xfc", "cp1252": b"\x81", "utf-16-le": b"\x00\xd8"}[encoding]
    content = table(TITLES["cp1252"]).encode(encoding)
    bad = "bad;M@hle\r\n".encode(encoding).replace("@".encode(encoding), lone)

    (rejected,) = rejected_in(content + bad + "9;Pan\r\n".encode(encoding))

    assert "bad" in rejected.possible_ids
    assert "byte 6" in rejected.reason
    assert [p.id for p in products_of(content + bad)] == ["0", "1", "2", "3"]


def test_an_unclear_encoding_costs_the_rows_that_need_it(
    products_of: Products, rejected_in: Rejected
) -> None:
    content = b"id,title\n1,Kettle\n2,\x83\xdb\x9b\n3,Pan\n"

    assert [row.possible_ids[0] for row in rejected_in(content)] == ["2"]
    assert "not UTF-8" in rejected_in(content)[0].reason
    assert [product.id for product in products_of(content)] == ["1", "3"]


def test_a_page_is_read_in_the_encoding_that_it_declares(products_of: Products) -> None:
    page = (
        '<!doctype html><html><head><meta charset="iso-8859-1">'
        '<script type="application/ld+json">{"@type": "Product", "sku": "1", "name": "Töpfe"}'
        "</script></head></html>"
    )

    assert [product.title for product in products_of(page.encode("iso-8859-1"))] == ["Töpfe"]
