import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from gram_es.errors import FeedError
from gram_es.records import Product
from ingest.feeds import FileFault, FileFeed, RejectedRow, Row, open_feed, read_products
from ingest.feeds.rows.records import RawRow

Write = Callable[[bytes], Path]

RSS = b"""
<?xml version="1.0"?>
<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0" xmlns:x="urn:other">
<channel><title>The shop</title>
<item>
  <title>Stove kettle</title><g:id>k-1</g:id><guid>urn:1</guid><link>https://shop.example/k-1</link>
  <g:price>24.90 EUR</g:price><g:availability>in stock</g:availability>
  <g:product_type>Kitchen &gt; Kettles</g:product_type><x:note>not read</x:note>
  <g:size>1 l</g:size><g:size>2 l</g:size>
  <g:product_detail><g:section_name>General</g:section_name>
    <g:attribute_name>Lid</g:attribute_name><g:attribute_value>hinged</g:attribute_value>
  </g:product_detail>
  <g:shipping><g:country>DE</g:country><g:price>3 EUR</g:price></g:shipping>
</item>
<item>
  <g:title>Nameless</g:title>
</item>
<item><g:id>k-3</g:id><g:title>Teapot</g:title></item>
</channel></rss>"""

ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="https://base.google.com/ns/1.0/">
<title>The shop</title><id>tag:shop</id>
<entry><id>urn:entry:1</id><g:id>k-1</g:id><title>Stove kettle</title>
<link rel="self" href="https://shop.example/feed"/><link href="https://shop.example/k-1"/>
<summary type="xhtml"><div>Boils <b>fast</b> indeed</div></summary></entry></feed>"""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_feed(content: bytes) -> Path:
        path = tmp_path / "feed"
        path.write_bytes(content)
        return path

    return write_feed


def products(path: Path) -> list[Product]:
    return [row.product for row in open_feed(path) if isinstance(row, Row)]


def rejections(path: Path) -> list[tuple[int, int, str]]:
    rejected = [row for row in open_feed(path) if isinstance(row, RejectedRow)]
    return [(row.number, row.line, row.reason) for row in rejected]


def fault(path: Path) -> FileFault:
    last = list(open_feed(path))[-1]
    assert isinstance(last, FileFault)
    return last


def test_rss_is_read(write: Write) -> None:
    path = write(RSS)

    kettle, teapot = products(path)

    assert kettle == Product(
        id="k-1",
        title="Stove kettle",
        category=("Kitchen", "Kettles"),
        price=24.9,
        currency="EUR",
        availability="in_stock",
        link="https://shop.example/k-1",
        attributes={"size": ("1 l", "2 l"), "Lid": ("hinged",)},
    )
    assert teapot == Product(id="k-3", title="Teapot")
    assert rejections(path) == [(2, 15, "id is missing")]


def test_atom_is_read_and_the_merchants_id_is_the_id(write: Write) -> None:
    (kettle,) = products(write(ATOM))

    assert kettle.id == "k-1"
    assert kettle.link == "https://shop.example/k-1"
    assert kettle.attributes == {"summary": ("Boils fast indeed",)}


@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-16"])
def test_xml_is_read_in_the_encoding_that_it_declares(write: Write, encoding: str) -> None:
    items = "<rss><item><id>1</id><title>Käse &amp; <![CDATA[<5]]></title></item></rss>"
    path = write(f'<?xml version="1.0" encoding="{encoding}"?>{items}'.encode(encoding))

    assert products(path) == [Product("1", "Käse & <5")]


def test_malformed_xml_gives_the_rows_before_it_and_then_its_position(write: Write) -> None:
    path = write(RSS.strip().replace(b"<g:id>k-3</g:id>", b"<g:id>k-3</g:ID>"))

    assert [product.id for product in products(path)] == ["k-1"]
    assert str(fault(path)).startswith(
        "the feed is broken at line 17, after 2 rows: the XML is malformed: mismatched tag"
    )


def test_an_entity_is_not_expanded(write: Write) -> None:
    bomb = (
        b'<!DOCTYPE rss [<!ENTITY a "aaaa">]><rss><item><id>1</id><title>&a;</title></item></rss>'
    )

    assert "declares an entity" in fault(write(bomb)).reason


@pytest.mark.parametrize("encoding", ["Shift_JIS", "GBK", "no-such-encoding"])
def test_an_unsupported_encoding_is_a_fault(write: Write, encoding: str) -> None:
    feed = f'<?xml version="1.0" encoding="{encoding}"?><rss><item><id>1</id></item></rss>'

    assert "save it as UTF-8" in fault(write(feed.encode())).reason


def test_xml_without_items_is_a_fault(write: Write) -> None:
    assert "contains no product" in fault(write(b"<html><body>Not found</body></html>")).reason


@pytest.mark.parametrize(
    "content",
    [
        b"id\ttitle\tproduct type\tcolor\n1\tKettle\tKitchen > Kettles\tred\n",
        b"\xef\xbb\xbfID [id],Title [title],product_type,Color\r\n1,Kettle,Kitchen>Kettles,red\r\n",
        b'"id";"title";"product-type";"color"\n\n"1";"Kettle";"Kitchen > Kettles";"red"\n',
        b'{"id": 1, "title": "Kettle", "category": ["Kitchen", "Kettles"], "color": "red"}\n',
        b'{"index": {"_id": "1"}}\n{"title": "Kettle", "category": "Kitchen > Kettles",'
        b' "attributes": [{"name": "color", "value": "red"}]}\n',
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_one_product_is_the_same_in_every_format(
    write: Write, content: bytes, pack: Callable[[bytes], bytes]
) -> None:
    expected = Product("1", "Kettle", None, ("Kitchen", "Kettles"), attributes={"color": ("red",)})

    assert products(write(pack(content))) == [expected]


def test_a_quoted_cell_may_have_line_breaks_and_lines_are_still_counted(write: Write) -> None:
    path = write(b'id,title\n1,"Ket\ntle"\n2,\n')

    assert products(path) == [Product("1", "Ket tle")]
    assert rejections(path) == [(2, 4, "title is missing")]


def test_a_lone_carriage_return_is_a_blank(write: Write) -> None:
    assert products(write(b'id,title\r\n1,Stove\rkettle\r\n2,"Pan\r"')) == [
        Product("1", "Stove kettle"),
        Product("2", "Pan"),
    ]


def test_product_details_of_a_cell_are_attributes(write: Write) -> None:
    details = b'"General:Ports:USB, HDMI,Case:Colour:deep\\, blue,Case::x"'
    (product,) = products(write(b"id,title,product_detail\n1,Hub," + details + b"\n"))

    assert product.attributes == {"Ports": ("USB, HDMI",), "Colour": ("deep, blue",)}


def test_a_row_longer_than_the_header_is_rejected_and_a_shorter_one_is_not(write: Write) -> None:
    path = write(b"id,title,price\n1,Kettle\n2,Pan,5,red\n3,Pot,5,,\n")

    assert [product.id for product in products(path)] == ["1", "3"]
    assert rejections(path) == [
        (2, 3, "4 columns where the header has 3; put quotation marks around a cell with ','")
    ]


def test_json_values_become_texts(write: Write) -> None:
    line = (
        b'{"id": 7, "title": "Hub", "price": 4995, "attributes": {"ports": 17.0, "usb": true,'
        b' "volts": 1.5, "colours": ["red", "blue", "red"], "note": null, "size": {"w": 2}}}'
    )
    (product,) = products(write(line))

    assert (product.id, product.price) == ("7", 4995.0)
    assert product.attributes == {
        "ports": ("17",),
        "usb": ("true",),
        "volts": ("1.5",),
        "colours": ("red", "blue"),
        "size.w": ("2",),
    }


def test_each_bad_line_of_ndjson_is_rejected_with_its_reason(write: Write) -> None:
    path = write(
        b'{"id": "1", "title": "Kettle"}\n'
        b"\n"
        b"[1, 2]\n"
        b'{"id": "2", "title": \n'
        b'{"id": "3", "title": "\xff"}\n'
        b'{"id": "4", "title": "\\ud800"}\n'
        b'{"id": "5", "title": "Pan", "price": NaN}\n'
        b'{"id": "1", "title": "Kettle again"}\n'
        b'{"delete": {"_id": "9"}}\n'
        b'{"id": "6", "title": "Pot", "price": "cheap"}\n' + b"[" * 100_000 + b"\n"
        b'{"id": "8", "title": "Lid"}'
    )

    assert [product.id for product in products(path)] == ["1", "8"]
    assert rejections(path) == [
        (2, 3, "the line is not a JSON object"),
        (3, 4, "not JSON: expecting value at column 21"),
        (4, 5, "not UTF-8: byte 23 is 0xff; save the feed as UTF-8"),
        (5, 6, "the row is not valid UTF-8; save the feed as UTF-8"),
        (6, 7, "not JSON: NaN is not a JSON number"),
        (7, 8, "row 1 has the same id '1'"),
        (8, 9, "the action 'delete' is not supported in a feed"),
        (9, 10, "price 'cheap' is not a price; it has no amount"),
        (10, 11, "not JSON: nested too deeply"),
    ]


def test_a_line_that_is_too_long_is_rejected_and_the_next_is_read(write: Write) -> None:
    long = b'{"id": "1", "title": "' + b"x" * (9 << 20) + b'"}\n'
    path = write(long + b'{"id": "2", "title": "Pan"}\n')

    assert rejections(path) == [(1, 1, "the line is longer than 4,194,304 bytes")]
    assert products(path) == [Product("2", "Pan")]


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_truncated_gzip_gives_its_rows_and_then_a_fault(write: Write, share: float) -> None:
    lines = b"".join(b'{"id": "%d", "title": "Kettle %d"}\n' % (i, i * i) for i in range(5_000))
    packed = gzip.compress(lines)
    path = write(packed[: int(len(packed) * share)])

    truncated = fault(path)

    assert truncated.rows == len(products(path)) > 1_000
    assert truncated.reason.startswith(
        "the packed data is damaged or cut off: compressed file ended"
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", r"is empty \(0 bytes\)"),
        (gzip.compress(b"", mtime=0), "is empty once it is unpacked"),
        (b"%PDF\x00", r"none of the supported formats: it starts with '%PDF\\x00'"),
        (b"name,price\nKettle,5\n", "none of the supported formats"),
    ],
)
def test_an_unsupported_file_is_an_error(write: Write, content: bytes, reason: str) -> None:
    with pytest.raises(FeedError, match=reason):
        list(open_feed(write(content)))


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="cannot be read: no such file or directory"):
        list(open_feed(tmp_path / "none"))


def test_read_products_gives_products_and_rejected_rows(write: Write) -> None:
    accepted, rejected = read_products(write(b"id,title\n1,Kettle\n2,\n"))

    assert accepted == [Product("1", "Kettle")]
    assert [str(row) for row in rejected] == ["row 2, line 3: title is missing"]


def test_read_products_does_not_skip_a_broken_file(write: Write) -> None:
    with pytest.raises(FeedError, match="broken at line 17, after 2 rows"):
        read_products(write(RSS.strip()[:-60]))


ANY_FEED = st.binary(max_size=300) | st.sampled_from([RSS, ATOM])
STARTS = [b"", b"<rss>", b"id,title\n", b'id\ttitle\tprice\n"', b"{}\n", b"\x1f\x8b", RSS[:700]]


@given(start=st.sampled_from(STARTS), content=ANY_FEED, pack=st.booleans())
@example(start=b"id,title\n", content=b'\r"', pack=False)
@hypothesis_settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_bytes_make_a_reader_crash(
    write: Write, start: bytes, content: bytes, pack: bool
) -> None:
    whole = gzip.compress(start + content) if pack else start + content
    try:
        rows = list(open_feed(write(whole)))
    except FeedError:
        return

    numbered = [row.number for row in rows if not isinstance(row, FileFault)]
    assert numbered == list(range(1, len(numbered) + 1))


@pytest.mark.parametrize(
    ("content", "origins", "ignored"),
    [
        (b"id;Title [title]\n1;Kettle\n", {"title": "Title [title]"}, set()),
        (RSS, {"title": "title", "price": "g:price"}, {"{urn:other}note"}),
        (b'{"ID": 1, "Title": "Kettle"}', {"id": "ID", "title": "Title"}, set()),
        (
            b"Handle,Title,Vendor,SEO Title,Variant Price\nk,Kettle,Acme,Buy!,5\n",
            {"id": "Handle", "price": "Variant Price"},
            {"SEO Title"},
        ),
        (
            b'{"@type": "Product", "sku": "1", "name": "Kettle", "award": "gold"}',
            {"title": "name"},
            {"award"},
        ),
    ],
)
def test_a_row_has_the_feeds_own_names_for_its_fields(
    write: Write, content: bytes, origins: dict[str, str], ignored: set[str]
) -> None:
    row = next(FileFeed(write(content)).read())

    assert isinstance(row, RawRow)
    assert {name: row.origins.get(name, name) for name in origins} == origins
    assert set(row.ignored) == ignored
