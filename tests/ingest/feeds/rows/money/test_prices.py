import price_parser
import pytest
from babel import Locale
from babel.numbers import get_territory_currencies
from hypothesis import given
from hypothesis import strategies as st

from ingest.feeds.rows.money.currencies import currency_codes
from ingest.feeds.rows.money.prices import Price, parse_price


@pytest.mark.parametrize(
    ("written", "price"),
    [
        ("15.00 USD", Price(15.0, "USD")),
        ("15,00 EUR", Price(15.0, "EUR")),
        ("1.299,00 EUR", Price(1299.0, "EUR")),
        ("1,299.00 USD", Price(1299.0, "USD")),
        ("1 299,00 EUR", Price(1299.0, "EUR")),
        ("1\u202f299,00 €", Price(1299.0, "EUR")),
        ("1'299.50 CHF", Price(1299.5, "CHF")),
        ("CHF 1’299.50", Price(1299.5, "CHF")),
        ("1.234.567 EUR", Price(1234567.0, "EUR")),
        ("₹4,56,789.50", Price(456789.5, "INR")),
        ("USD 15", Price(15.0, "USD")),
        ("$1,299", Price(1299.0, "USD")),
        ("1.299 SEK", Price(1299.0, "SEK")),
        ("R$ 1.299", Price(1299.0, "BRL")),
        ("£1,299", Price(1299.0, "GBP")),
        ("15.00usd", Price(15.0, "USD")),
        ("EUR15", Price(15.0, "EUR")),
        ("4995", Price(4995.0, None)),
        ("1299.500", Price(1299.5, None)),
        ("12.3450", Price(12.345, None)),
        ("0.125 USD", Price(0.125, "USD")),
        ("1.500 KWD", Price(1.5, "KWD")),
        ("1.500 JPY", Price(1500.0, "JPY")),
        ("Rp 129.000", Price(129000.0, "IDR")),
        (".99 GBP", Price(0.99, "GBP")),
        ("0 USD", Price(0.0, "USD")),
        ("75,- €", Price(75.0, "EUR")),
        ("1.075,- EUR", Price(1075.0, "EUR")),
        ("CHF 75.–", Price(75.0, "CHF")),
        ("1 075:-", Price(1075.0, None)),
        ("75€50", Price(75.5, "EUR")),
        ("R$ 75,50", Price(75.5, "BRL")),
        ("75,50 zł", Price(75.5, "PLN")),
        ("Kč 75", Price(75.0, "CZK")),
        ("75 Ft", Price(75.0, "HUF")),
        ("S/. 75.50", Price(75.5, "PEN")),
        ("NT$ 750", Price(750.0, "TWD")),
        ("75.50 د.إ", Price(75.5, "AED")),
        ("٧٥٫٥ ر.س", Price(75.5, "SAR")),
        ("７５円", Price(75.0, "JPY")),
        ("US$ 75 USD", Price(75.0, "USD")),
        ("$75 CAD", Price(75.0, "CAD")),
        ("75,50 € inkl. 19 % MwSt.", Price(75.5, "EUR")),
        ("£75.50 (inc VAT)", Price(75.5, "GBP")),
        ("75,50 € TTC", Price(75.5, "EUR")),
        ("&pound;75.50", Price(75.5, "GBP")),
        ("&amp;#36;75.50", Price(75.5, "USD")),
        ("<span><b>€</b>75,50</span>", Price(75.5, "EUR")),
        ("₹ 1,75,500/-", Price(175500.0, "INR")),
        ("KSh 7,500/=", Price(7500.0, "KES")),
        ("Rs.75", Price(75.0, None)),
        ("kr.75", Price(75.0, None)),
        ("USD.75", Price(0.75, "USD")),
        (",75 €", Price(0.75, "EUR")),
        ("75:50 kr", Price(75.5, None)),
        ("1 075:50 SEK", Price(1075.5, "SEK")),
        ("75,50 €/Stk.", Price(75.5, "EUR")),
        ("75,50 EUR pro Stück", Price(75.5, "EUR")),
        ("£75.50 per piece", Price(75.5, "GBP")),
        ("75.50 US Dollar", Price(75.5, "USD")),
    ],
)
def test_a_price_is_read_as_shops_write_it(written: str, price: Price) -> None:
    assert parse_price(written) == price


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("free", "it has no amount"),
        ("on request", "it has no amount"),
        ("nan", "it has no amount"),
        (".", "it has no amount"),
        ("-5 USD", "it is negative"),
        ("$-5", "it is negative"),
        ("5.00-", "it is negative"),
        ("(5.00)", "it is negative"),
        ("5 - 7 USD", "it has several amounts"),
        ("$5–$7", "it has several amounts"),
        ("5 USD, 4 EUR", "it has several amounts"),
        ("2 for $5", "it has several amounts"),
        ("1e3", "it has several amounts"),
        ("from 5 USD", "but the lowest of several"),
        ("ab 5 €", "but the lowest of several"),
        ("USD 15 EUR", "it has two currencies"),
        ("15 USD/kg", ""),
        ("15 XYZ", ""),
        ("12.5.1", ""),
        ("1,29,9 EUR", ""),
        ("75 5 kr", ""),
        ("1 " * 600, "it is too long"),
        ("<b>" * 600_000, "it is too long"),
    ],
)
def test_a_text_that_is_not_one_price_is_rejected_with_the_reason(
    written: str, reason: str
) -> None:
    with pytest.raises(ValueError, match=f"is not a price.*{reason}"):
        parse_price(written)


@pytest.mark.parametrize(
    "written", ["1.299 EUR", "1,299 EUR", "1.299", "1,299", "$1.299", "1,299 kr", "1,299 SEK"]
)
def test_a_price_that_can_be_read_two_ways_is_rejected_with_both(written: str) -> None:
    with pytest.raises(ValueError, match=r"two ways; write 1299\.00 or 1\.30"):
        parse_price(written)


def test_a_price_out_of_range_is_rejected() -> None:
    with pytest.raises(ValueError, match="out of range"):
        parse_price("9" * 90)


@pytest.mark.parametrize(
    ("written", "likely", "currency"),
    [
        ("$5", "CAD", "CAD"),
        ("$5", "EUR", "USD"),
        ("5 kr", "NOK", "NOK"),
        ("5 kr", None, None),
        ("¥5", "CNY", "CNY"),
        ("5", "EUR", "EUR"),
        ("5 USD", "EUR", "USD"),
    ],
)
def test_the_feeds_currency_decides_what_a_sign_means(
    written: str, likely: str | None, currency: str | None
) -> None:
    assert parse_price(written, likely).currency == currency


@pytest.mark.parametrize(
    "locale",
    [
        *("cs_CZ", "da_DK", "de_CH", "en_AU", "en_GB", "en_IN", "en_US", "fr_CA", "he_IL", "hu_HU"),
        *("id_ID", "ja_JP", "ko_KR", "nb_NO", "pl_PL", "pt_BR", "sv_SE", "th_TH", "tr_TR", "vi_VN"),
    ],
)
def test_each_countrys_own_sign_is_known(locale: str) -> None:
    own = Locale.parse(locale)
    (currency,) = get_territory_currencies(str(own.territory))

    assert currency in currency_codes(own.currency_symbols[currency])


@given(
    st.decimals(0, 999_999, places=2),
    st.sampled_from(["{:,.2f} USD", "USD{:.2f}", "€ {:.2f}", "{:.2f}zł", "{:,.2f}"]),
)
def test_plain_prices_are_read_as_price_parser_reads_them(amount: object, shape: str) -> None:
    written = shape.format(amount)

    assert parse_price(written).amount == price_parser.parse_price(written).amount_float
