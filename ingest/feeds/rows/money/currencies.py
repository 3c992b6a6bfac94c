"""Currencies as shops write them: ISO codes, signs, abbreviations and names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.numbers import get_currency_precision, get_territory_currencies, list_currencies

from gram_es.text.unicode_form import unicode_form

_CODES = frozenset(list_currencies())
_DOLLARS = (
    "USD AUD BBD BMD BND BSD BZD CAD FJD GYD HKD JMD KYD LRD NAD NZD SBD SGD SRD TTD TWD XCD"
    " ARS CLP COP CUP MXN UYU"
)
# The currencies of each sign, in lower case without dots and blanks. Where one of them is meant
# unless the feed says otherwise, it stands first; "?" stands first where none is.
_SIGNS = f"""
    $: {_DOLLARS}
    us$: USD
    usd$: USD
    $us: USD
    dollar: {_DOLLARS}
    usdollar: USD
    usdollars: USD
    us-dollar: USD
    dollars: {_DOLLARS}
    a$: AUD
    au$: AUD
    ar$: ARS
    bz$: BZD
    c$: CAD NIO
    ca$: CAD
    can$: CAD
    $ca: CAD
    cl$: CLP
    co$: COP
    ec$: XCD
    hk$: HKD
    j$: JMD
    mex$: MXN
    mx$: MXN
    n$: NAD
    nt$: TWD
    nz$: NZD
    r$: BRL
    rd$: DOP
    s$: SGD
    tt$: TTD
    €: EUR
    euro: EUR
    euros: EUR
    ευρώ: EUR
    евро: EUR
    £: GBP EGP FKP GIP LBP SDG SHP SSP SYP
    uk£: GBP
    gb£: GBP
    £gb: GBP
    pound: GBP
    pounds: GBP
    gbp£: GBP
    e£: EGP
    ¥: JPY CNY
    jp¥: JPY
    cn¥: CNY
    yen: JPY
    円: JPY
    圓: JPY TWD
    元: CNY TWD
    rmb: CNY
    yuan: CNY
    kr: ? SEK NOK DKK ISK
    skr: SEK
    nkr: NOK
    dkr: DKK
    ikr: ISK
    kronor: SEK
    kroner: ? NOK DKK
    zł: PLN
    zl: PLN
    złotych: PLN
    kč: CZK
    kc: CZK
    ft: HUF
    forint: HUF
    lei: RON MDL
    leu: RON MDL
    лв: BGN
    lv: BGN
    дин: RSD
    din: RSD
    ден: MKD
    km: BAM
    kn: HRK
    ₽: RUB
    р: RUB BYN
    руб: RUB BYN
    рублей: RUB
    rub: RUB
    ₴: UAH
    грн: UAH
    ₸: KZT
    тг: KZT
    ₺: TRY
    tl: TRY
    ₾: GEL
    ₼: AZN
    ֏: AMD
    fr: CHF
    sfr: CHF
    franken: CHF
    fcfa: XOF XAF
    cfa: XOF XAF
    ₪: ILS
    nis: ILS
    ש"ח: ILS
    دإ: AED
    dh: ? AED MAD
    dhs: AED
    درهم: ? AED MAD
    رس: SAR
    sr: SAR
    ريال: ? SAR QAR OMR YER
    رق: QAR
    دك: KWD
    kd: KWD
    دب: BHD
    bd: BHD
    رع: OMR
    دا: JOD
    دأ: JOD
    جم: EGP
    le: EGP
    دم: MAD
    دت: TND
    دج: DZD
    ریال: IRR
    ₹: INR
    rs: ? INR PKR LKR NPR MUR SCR
    ₨: ? INR PKR LKR NPR MUR SCR
    रु: ? INR NPR
    rupees: ? INR PKR LKR NPR
    ৳: BDT
    tk: BDT
    ₩: KRW
    원: KRW
    ₫: VND
    đ: VND
    vnđ: VND
    ฿: THB
    บาท: THB
    baht: THB
    rp: IDR
    rm: MYR
    ₱: PHP
    php: PHP
    ៛: KHR
    ₭: LAK
    ₮: MNT
    s/: PEN
    b/: PAB
    bs: ? BOB VES
    ₡: CRC
    ₲: PYG
    q: GTQ
    r: ZAR
    ₦: NGN
    ₵: GHS
    gh₵: GHS
    ksh: KES
    tsh: TZS
    ush: UGX
"""
_CURRENCIES: Mapping[str, tuple[str, ...]] = {
    sign.strip(): tuple(codes.split())
    for sign, _, codes in (line.partition(": ") for line in _SIGNS.strip().splitlines())
}
_CODE_AND_SIGN = re.compile(r"(?P<code>[a-z]{3})(?P<sign>[$€£¥])|([$€£¥])([a-z]{3})")
_REGION = re.compile(r"(?:[A-Za-z]{2,3}[-_])?([A-Z]{2})")
UNKNOWN = "?"
"""The first currency of a sign that several countries share."""


def currency_codes(written: str) -> tuple[str, ...]:
    """Return the ISO 4217 codes that a sign, abbreviation, name or code may stand for.

    The first one is meant unless the feed says otherwise; it is :data:`UNKNOWN` where no country
    uses the sign more than others. The tuple is empty if the text is no currency.
    """
    key = re.sub(r"[\s.]", "", unicode_form("NFKC", written)).casefold()
    if key.upper() in _CODES:
        return (key.upper(),)
    if (codes := _CURRENCIES.get(key)) is not None:
        return codes
    both = _CODE_AND_SIGN.fullmatch(key)  # USD$, $CAD
    code = (both["code"] or both[4]).upper() if both else ""
    return (code,) if code in _CODES else ()


def currency_of_country(written: str) -> str | None:
    """Return the currency of a country code or of a locale with one (``CA``, ``fr-CA``)."""
    match = _REGION.fullmatch(written.strip())
    try:
        codes = get_territory_currencies(match[1]) if match else []
    except UnknownLocaleError:
        return None
    return str(codes[0]) if codes else None


@lru_cache
def decimal_mark_of(currency: str) -> str:
    """Return the mark before decimals in the currency's country, or empty if it has no single one.

    The euro has none.
    """
    country = currency[:2]
    try:
        if currency not in get_territory_currencies(country):
            return ""
        symbols = Locale.parse(f"und_{country}").number_symbols
    except UnknownLocaleError:
        return ""
    return str(symbols.get("latn", symbols).get("decimal", ""))


def decimals_of(currency: str) -> int:
    """Return how many decimals prices in a currency have; 0 also where coins are out of use."""
    return get_currency_precision(currency)
