"""Google Merchant XML: namespaces, nested and structured elements, and limits."""

from pathlib import Path

import pytest

from gram_es.records import Product
from ingest.feeds import FileFault, RejectedRow, Row, open_feed
from ingest.feeds.formats import google_xml

RSS = '<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel>{}</channel></rss>'
SOURCE = "<g:digital_source_type>trained_algorithmic_media</g:digital_source_type>"


def rows(tmp_path: Path, text: str) -> list[Row | RejectedRow | FileFault]:
    path = tmp_path / "feed.xml"
    path.write_text(text, encoding="utf-8")
    return list(open_feed(path))


def product(tmp_path: Path, children: str) -> Product:
    [row] = rows(tmp_path, RSS.format(f"<item>{children}</item>"))
    assert isinstance(row, Row), row
    return row.product


def test_a_structured_text_is_its_content(tmp_path: Path) -> None:
    lantern = product(
        tmp_path,
        f"<g:id>1</g:id><g:structured_title>{SOURCE}<g:content>Storm Lantern</g:content>"
        f"</g:structured_title><g:structured_description><g:content>Burns <b>all</b> night"
        f"</g:content>{SOURCE}</g:structured_description>",
    )

    assert lantern == Product("1", "Storm Lantern", description="Burns all night")


def test_a_plain_title_comes_before_a_structured_one(tmp_path: Path) -> None:
    structured = f"<g:structured_title>{SOURCE}<g:content>Written</g:content></g:structured_title>"

    lantern = product(tmp_path, f"<g:id>1</g:id>{structured}<title>Lantern</title>")

    assert lantern == Product("1", "Lantern")


@pytest.mark.parametrize(
    "content",
    [
        'id,structured_title\n1,"trained_algorithmic_media:""Storm Lantern"""\n',
        "id\ttitle\tstructured_title\n1\t\tdefault:Storm Lantern\n",
        '{"id": 1, "structured_title": "Storm Lantern"}\n',
        '{"id": 1, "structuredTitle":'
        ' {"digitalSourceType": "default", "content": "Storm Lantern"}}\n',
    ],
)
def test_a_structured_title_is_read_in_tables_and_json(content: str, tmp_path: Path) -> None:
    if content.startswith("id,"):
        content = content.replace("structured_title\n", "structured_title,title\n", 1)
        content = content.replace('"""\n', '""",\n')
    path = tmp_path / "feed"
    path.write_text(content, encoding="utf-8")

    [row] = open_feed(path)

    assert isinstance(row, Row)
    assert row.product == Product("1", "Storm Lantern")


@pytest.mark.parametrize(
    ("child", "value"),
    [
        ("<g:note><g:a>EU</g:a><g:b>Label</g:b><g:c>77</g:c></g:note>", "EU Label 77"),
        ("<g:note><p>First</p><ul><li>one</li><li>two</li></ul></g:note>", "First one two"),
        ("<g:note>\n  <g:a>\n EU\n </g:a>\n  <g:b/>x\n</g:note>", "EU x"),
        ("<g:note>no <i>parts</i><!-- none --> left</g:note>", "no parts left"),
        ("<g:note><![CDATA[Fish]]> &amp; chips</g:note>", "Fish & chips"),
        ("<g:note><g:a><g:b>deep</g:b><g:c>deeper</g:c></g:a></g:note>", "deep deeper"),
    ],
)
def test_elements_inside_a_field_are_never_glued_together(
    child: str, value: str, tmp_path: Path
) -> None:
    lantern = product(tmp_path, f"<g:id>1</g:id><g:title>Lantern</g:title>{child}")

    assert lantern.attributes == {"note": (value,)}


@pytest.mark.parametrize(
    "price",
    [
        "<g:value>9.50</g:value><g:currency>EUR</g:currency>",
        "<g:currency>EUR</g:currency><g:net>7.98</g:net><g:gross>9.50</g:gross>",
        "<g:amount>9,50 EUR</g:amount><g:currency>EUR</g:currency>",
        "9.50 <b>EUR</b>",
    ],
)
def test_a_price_and_a_brand_may_have_elements_of_their_own(price: str, tmp_path: Path) -> None:
    brand = "<g:brand><g:id>7</g:id><g:name>Nord</g:name><g:country>NO</g:country></g:brand>"

    lantern = product(
        tmp_path, f"<g:id>1</g:id><g:title>Lantern</g:title><g:price>{price}</g:price>{brand}"
    )

    assert (lantern.price, lantern.currency, lantern.brand) == (9.5, "EUR", "Nord")


def test_details_with_elements_of_their_own_are_read(tmp_path: Path) -> None:
    detail = (
        "<g:product_detail><g:section_name>Light</g:section_name>"
        "<g:attribute_name>Burns <b>for</b></g:attribute_name>"
        "<g:attribute_value>40 <i>hours</i></g:attribute_value></g:product_detail>"
    )

    lantern = product(tmp_path, f"<g:id>1</g:id><g:title>Lantern</g:title>{detail}")

    assert lantern.attributes == {"Burns for": ("40 hours",)}


@pytest.mark.parametrize(
    "text",
    [
        '<rss xmlns="http://base.google.com/ns/1.0"><channel><item><id>1</id><title>Lantern'
        "</title><item_group_id>L</item_group_id></item></channel></rss>",
        '<feed xmlns="urn:shop" xmlns:gm="https://base.google.com/ns/1.0"><entry><title>Lantern'
        "</title><gm:id>1</gm:id><item_group_id>L</item_group_id></entry></feed>",
        '<rdf:RDF xmlns:rdf="urn:rdf" xmlns="http://purl.org/rss/1.0/"><item><id>1</id>'
        "<title>Lantern</title><item_group_id>L</item_group_id></item></rdf:RDF>",
        "\ufeff\n<items><item><id>1</id><title>Lantern</title><item_group_id>L</item_group_id>"
        "<color> </color></item></items>",
    ],
)
def test_an_item_is_read_whatever_its_namespace(text: str, tmp_path: Path) -> None:
    [row] = rows(tmp_path, text)

    assert isinstance(row, Row)
    assert row.product == Product("1", "Lantern", attributes={"item_group_id": ("L",)})


def test_an_item_that_is_too_long_is_rejected_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(google_xml, "MAX_ITEM_CHARACTERS", 1_000)
    long = f"<item><g:id>1</g:id><g:title>a</g:title><x>{'x' * 2_000}</x></item>"
    many = f"<item><g:title>b</g:title>{'<y/>' * 2_000}</item>"
    short = "<item><g:id>2</g:id><g:title>Lantern</g:title></item>"

    first, second, lantern = rows(tmp_path, RSS.format(long + many + short))

    assert isinstance(first, RejectedRow)
    assert first.reason == "the item is longer than 1,000 characters"
    assert (first.possible_ids, first.may_have_any_id) == (("1",), False)
    assert isinstance(second, RejectedRow)
    assert second.may_have_any_id
    assert isinstance(lantern, Row)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<rss>" + "<a>" * 300, "nested deeper than 256"),
        ("<rss><item><id>1</id>" + "<a>" * 300, "nested deeper than 256"),
        ("<rss><!--" + "x" * 1_000_000, "a tag or comment is longer than 100,000 bytes"),
        ("<rss><item " + "x" * 1_000_000, "a tag or comment is longer than 100,000 bytes"),
        (
            '<!DOCTYPE rss [<!ATTLIST item a CDATA "xxxx">]><rss><item/></rss>',
            "declares an entity or default attributes",
        ),
    ],
)
def test_xml_that_would_fill_the_memory_is_a_fault(
    text: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(google_xml, "_MAX_TOKEN_BYTES", 100_000)

    [fault] = rows(tmp_path, text)

    assert isinstance(fault, FileFault)
    assert reason in fault.reason
