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


@pytest.mark.parametrize("encoding", ["cp1252", "cp1250", "iso8859-2"])
def test_lines_in_utf_8_among_others_keep_their_letters(
    products_of: Products, encoding: str
) -> None:
    titles = TITLES[encoding] * 3
    joined = table(titles).encode(encoding) + "é-9;Žehlička Größe\r\n".encode()

    *others, last = products_of(joined)

    assert [product.title for product in others] == titles
    assert (last.id, last.title) == ("é-9", "Žehlička Größe")


@pytest.mark.parametrize("title", ["Töpfe", "Süßholz", "Käse – jung, „mild“", "Pot à fleurs déco"])
def test_few_letters_are_enough_if_latin_encodings_share_them(
    products_of: Products, title: str
) -> None:
    feed = f"id;title;price\r\n1;Pan;5 €\r\n2;{title.replace('à', 'de')};6 €\r\n".encode("cp1252")

    assert [product.title for product in products_of(feed)][1] == title.replace("à", "de")


@pytest.mark.parametrize("encoding", ["cp850", "cp437", "mac_roman", "cp866"])
def test_letters_of_dos_and_mac_are_never_read_as_others(
    products_of: Products, encoding: str
) -> None:
    titles = TITLES["cp1251" if encoding == "cp866" else "cp1252"][:3]

    assert products_of(table(titles).encode(encoding)) == []


def test_the_euro_sign_shows_the_later_latin_encoding(products_of: Products) -> None:
    titles = TITLES["cp1252"][:3]
    rows = "".join(f"{n};{title};{n}5,50 €\n" for n, title in enumerate(titles))

    products = products_of(f"id;title;price\n{rows}".encode("iso8859-15"))

    assert [(p.title, p.price, p.currency) for p in products] == [
        (title, n * 10 + 5.5, "EUR") for n, title in enumerate(titles)
    ]


def test_the_escapes_of_japanese_mail_are_read(products_of: Products) -> None:
    content = table(TITLES["shift_jis"]).encode("iso2022_jp")

    assert [product.title for product in products_of(content)] == TITLES["shift_jis"]


@pytest.mark.parametrize("end", ["\x85", "\u2028", "\u2029", "\x1e", "\x0b", "\x0c"])
def test_a_table_may_end_its_lines_with_another_mark(products_of: Products, end: str) -> None:
    rows = [f"{n};Pan {n}" for n in range(9_000)]  # more than one chunk

    products = products_of(end.join(["id;title", *rows, ""]))

    assert [f"{product.id};{product.title}" for product in products] == rows


def test_another_mark_inside_a_line_ends_none(products_of: Products) -> None:
    (product,) = products_of("id;title\n1;Pan\u2028and\x0blid\n")

    assert product.title == "Pan and lid"


def test_a_page_is_read_in_the_encoding_that_it_declares(products_of: Products) -> None:
    page = (
        '<!doctype html><html><head><meta charset="iso-8859-1">'
        '<script type="application/ld+json">{"@type": "Product", "sku": "1", "name": "Töpfe"}'
        "</script></head></html>"
    )

    assert [product.title for product in products_of(page.encode("iso-8859-1"))] == ["Töpfe"]
