from datetime import UTC, datetime

import pytest

from gram_es.records import Product
from ingest.feeds.rows.field_names import field_name, with_google_names
from ingest.feeds.rows.product_fields import RowError, build_product, row_from_object
from ingest.feeds.rows.records import RawRow
from ingest.feeds.rows.values import as_text

NOW = datetime(2024, 5, 1, tzinfo=UTC)


def product(**fields: str) -> Product:
    return build_product(RawRow(1, {name: (text,) for name, text in fields.items()}), NOW)


@pytest.mark.parametrize(
    "written", ["image_link", "Image Link", "image-link", "Image link [image_link]", "g:image_link"]
)
def test_a_field_has_one_name_however_it_is_written(written: str) -> None:
    assert field_name(written) == "image_link"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("shipping(country:price)", "shipping"),
        ("Installment (months:amount)", "installment"),
        ("product_detail(section_name:attribute_name:attribute_value)", "product_detail"),
        ("Weight (kg)", "weight_(kg)"),
        ("Colour [color]", "color"),
        ("Price\n(incl. VAT)", "price"),
        ("Price [EUR]", "price"),
        ("Price (excl. VAT)", "price_(excl._vat)"),
        ("Title (EN)", "title_(en)"),
    ],
)
def test_the_parts_in_a_header_of_google_do_not_belong_to_the_name(written: str, name: str) -> None:
    assert field_name(written) == name


@pytest.mark.parametrize(
    "field",
    [
        *("custom_label_0", "auto_pricing_min_price", "short_title", "video_link", "quantity"),
        *("meta_title", "cost_price", "wholesale_price", "stock_quantity", "tax_class_name"),
        *("url_key", "date_modified", "msrp", "regular_price", "seo_text", "swatch_image"),
    ],
)
def test_an_operational_field_is_not_an_attribute(field: str) -> None:
    assert product(id="1", title="Kettle", price="1", **{field: "low margin"}).attributes == {}


def test_an_address_is_not_the_value_of_an_attribute() -> None:
    picture = "data:image/png;base64,QUJD"
    built = product(id="1", title="x", color="https://x.example/a.png", size=picture, fit="slim")

    assert built.attributes == {"fit": ("slim",)}


def test_every_text_is_without_markup_and_in_one_line() -> None:
    fields = {"brand": "<b>Oak</b>ly", "mpn": "A&amp;B", "color": "&lt;p&gt;red&lt;/p&gt;"}

    built = product(id="1", title="Oak<br/>\n stool", link="https://x.example/?a&amp;b", **fields)

    assert (built.title, built.brand, built.mpn) == ("Oak stool", "Oakly", "A&B")
    assert built.link == "https://x.example/?a&b"
    assert built.attributes == {"color": ("red",)}


def test_an_image_inside_its_own_address_is_no_link() -> None:
    assert product(id="1", title="x", image_link="data:image/png;base64,QUJD").image_link is None


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("<p>A<br>b &lt;c&gt;</p><script>x()</script> d", "A b <c> d"),
        ("<P>5&quot;&nbsp;pot</P><ul><li>one", '5" pot one'),
        ("no tags, 3 < 4 &amp; <5", "no tags, 3 < 4 & <5"),
        ("<![CDATA[<p>in</p>]]> <![if !lists]>and<![endif]> <![5 out<br>", "in and 5 out"),
        ("<br><img src='x'>", None),
    ],
)
def test_a_description_is_plain_text_in_any_feed(written: str, text: str | None) -> None:
    assert product(id="1", title="x", description=written).description == text


def test_entities_are_replaced_except_in_the_id() -> None:
    built = product(
        id="a&amp;b", title="Black &amp; white 5&#39; rug", brand="A&amp;B", category="A &gt; B"
    )

    assert (built.id, built.title, built.brand) == ("a&amp;b", "Black & white 5' rug", "A&B")
    assert built.category == ("A", "B")


def test_facet_values_have_single_blanks() -> None:
    fields = {"id": ("1",), "title": ("x",), "brand": ("Black  & Decker",)}
    row = RawRow(1, {**fields, "category": ("A\xa0B >  C",)}, {"Power\xa0source": ("main  s",)})

    built = build_product(row, NOW)

    assert (built.brand, built.category) == ("Black & Decker", ("A B", "C"))
    assert built.attributes == {"Power source": ("main s",)}


def test_a_title_of_blanks_alone_is_missing() -> None:
    with pytest.raises(RowError, match="title is missing"):
        product(id="1", title="&nbsp;")


def test_a_name_that_is_not_a_field_of_a_product_is_an_attribute() -> None:
    built = product(
        id="1", title="Kettle", color="red", shipping="3 USD", additional_image_link="u"
    )

    assert built.attributes == {"color": ("red",)}


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"product_type": "Home > Kitchen"}, ("Home", "Kitchen")),
        ({"product_type": "Pots", "google_product_category": "Home > Pots"}, ("Pots",)),
        ({"google_product_category": "Home & Garden > Pots"}, ("Home & Garden", "Pots")),
        ({"google_product_category": "1604"}, ()),
        ({"category": "Tools>Drills>"}, ("Tools", "Drills")),
    ],
)
def test_the_category_is_the_shops_own_path_first(
    fields: dict[str, str], path: tuple[str, ...]
) -> None:
    assert product(id="1", title="x", **fields).category == path


def test_a_sale_price_in_force_is_the_price() -> None:
    built = product(id="1", title="x", price="20.00 USD", sale_price="15.00 USD")

    assert (built.price, built.currency, built.attributes) == (15.0, "USD", {})


def test_a_sale_price_without_a_currency_has_that_of_the_price() -> None:
    built = product(id="1", title="x", price="20.00 USD", sale_price="15.00")

    assert (built.price, built.currency) == (15.0, "USD")


def test_dates_of_a_sale_that_cannot_be_read_never_cost_the_product() -> None:
    built = product(id="1", title="x", sale_price="15 USD", sale_price_effective_date="some day/x")

    assert built.price is None


def test_an_expired_sale_price_is_ignored() -> None:
    expired = "2024-01-01T00:00Z/2024-02-01T00:00Z"
    fields = {"price": "20 USD", "sale_price": "15 USD", "sale_price_effective_date": expired}

    assert product(id="1", title="x", **fields).price == 20.0


@pytest.mark.parametrize(
    "sale",
    [
        {"sale_price": "0 USD"},
        {"sale_price": "25 USD"},
        {"sale_price": "15 EUR"},
        {"sale_price": "soon"},
        {"sale_price": "15 USD", "sale_price_effective_date": "some day/later"},
        {"sale_price": "15 USD", "sale_price_effective_date": "2024-06-01/2024-01-01"},
    ],
)
def test_whatever_is_wrong_with_a_sale_costs_the_sale_price_alone(sale: dict[str, str]) -> None:
    assert product(id="1", title="x", price="20 USD", **sale).price == 20.0


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("date_on_sale_from", "date_on_sale_to"),
        ("Date sale price starts", "Date sale price ends"),
        ("special_from_date", "special_to_date"),
        ("Discount from (yyyy-mm-dd)", "Discount to (yyyy-mm-dd)"),
    ],
)
def test_the_dates_of_a_sale_have_the_columns_of_other_shop_systems(start: str, end: str) -> None:
    prices = {"id": "1", "title": "x", "Regular price": "20", "sale_price": "15"}

    def price(first: str, last: str) -> float | None:
        row = row_from_object(1, {**prices, start: first, end: last}, "")
        return build_product(with_google_names(row), NOW).price

    assert price("2024-04-01", "2024-06-01") == 15.0
    assert price("2024-05-02", "") == 20.0
    assert price("", "2024-04-30") == 20.0


def test_the_country_decides_what_a_sign_means() -> None:
    assert product(id="1", title="x", price="$5", target_country="CA").currency == "CAD"
    assert product(id="1", title="x", price="5 kr", locale="nb-NO").currency == "NOK"
    assert product(id="1", title="x", price="5 kr", locale="nb").currency is None


def test_a_json_number_is_never_ambiguous() -> None:
    row = row_from_object(1, {"id": "1", "title": "x", "price": 12.345, "currency": "EUR"}, "")

    assert build_product(row).price == 12.345


def test_a_gtin_that_a_spreadsheet_made_a_number_of_is_without_decimals() -> None:
    assert product(id="1", title="x", gtin="4006381333931.0").gtin == "4006381333931"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('="00123"', "00123"),
        ('="a ""b"""', 'a "b"'),
        ("=-00123", "-00123"),
        ("'00123", "00123"),
        ("'AB-123", "AB-123"),
        ("'=1+1", "=1+1"),
        ("'1/2 inch", "1/2 inch"),
        ("=A1", "=A1"),
        ("'90s music", "'90s music"),
        ("'Tis a kettle", "'Tis a kettle"),
        ("'5' hose", "'5' hose"),
        ("'", "'"),
        ("=", "="),
    ],
)
def test_a_cell_is_the_text_that_a_guard_keeps_from_a_spreadsheet(cell: str, text: str) -> None:
    assert as_text(cell) == text


def test_a_currency_field_applies_to_a_price_without_a_currency() -> None:
    assert product(id="1", title="x", price="9.5", currency="eur").currency == "EUR"


def test_a_wrong_gtin_and_an_unknown_availability_are_kept() -> None:
    built = product(id="1", title="x", gtin="123", availability="on the moon")

    assert (built.gtin, built.availability) == ("123", "on_the_moon")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"title": "x"}, "id is missing"),
        ({"id": "1", "title": ""}, "title is missing"),
        ({"id": "é" * 257, "title": "x"}, "id is 514 bytes long; Elasticsearch takes 512"),
        ({"id": "1", "title": "x", "price": "free"}, "price 'free' is not a price"),
        ({"id": "1", "title": "x", "sale_price": "-1"}, "sale_price '-1' is not a price"),
        ({"id": "1", "title": "x\udc80"}, "not valid UTF-8"),
        ({"id": "1", "title": "x" * (1 << 20)}, "longer than 1,048,576 characters"),
    ],
)
def test_an_invalid_row_is_rejected_with_its_reason(fields: dict[str, str], reason: str) -> None:
    with pytest.raises(RowError, match=reason):
        product(**fields)


def test_two_different_prices_reject_the_row() -> None:
    row = row_from_object(1, {"id": "1", "title": "x", "price": ["5", "6"]}, "")

    with pytest.raises(RowError, match="price has two values, '5' and '6'; keep one"):
        build_product(row)


def test_an_id_of_512_bytes_is_accepted() -> None:
    assert product(id="é" * 256, title="x").id == "é" * 256
