"""Akeneo's product export: attributes with a locale, a channel or a currency in their columns.

``name-en_US``, ``description-en_US-ecommerce`` and ``price-EUR`` are the attributes ``name``,
``description`` and ``price``. Of several locales, that of the shop's language is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gram_es.settings import current_settings
from ingest.feeds.rows.records import InvalidRow, RawRow
from ingest.feeds.shop_systems.draft import Draft, is_off, split

_COLUMN = re.compile(
    r"(?P<name>[^-]{1,200})"
    r"(?:-(?P<locale>[a-z]{2,3}(?:_[A-Za-z]{4})?_[A-Z]{2}))?"
    r"(?:-(?P<currency>[A-Z]{3}))?"
    r"(?:-(?P<channel>[A-Za-z0-9_]{1,100}))?"
)
_ASSOCIATION = re.compile(r".{1,200}_(?:groups|products|product_models)(?:_quantity)?")
_UNIT = "unit"
_FIELDS = {
    "title": ("name", "title", "label", "product_name", "variation_name", "erp_name"),
    "description": ("description", "long_description"),
    "bullet_point": ("short_description", "summary"),
    "brand": ("brand", "manufacturer", "marque", "marke", "marca"),
    "price": ("price", "list_price", "base_price"),
    "sale_price": ("sale_price", "special_price"),
    "gtin": ("ean", "gtin", "upc", "barcode", "ean13"),
    "mpn": ("mpn", "manufacturer_part_number", "part_number"),
    "availability": ("availability", "stock_status"),
}
_IMAGES = ("image", "main_image", "picture", "variation_image")
_LANGUAGES = {
    "arabic": "ar", "armenian": "hy", "basque": "eu", "bulgarian": "bg", "catalan": "ca",
    "czech": "cs", "danish": "da", "dutch": "nl", "english": "en", "estonian": "et",
    "finnish": "fi", "french": "fr", "german": "de", "greek": "el", "hebrew": "he",
    "hindi": "hi", "hungarian": "hu", "indonesian": "id", "irish": "ga", "italian": "it",
    "korean": "ko", "lithuanian": "lt", "norwegian": "nb", "persian": "fa", "polish": "pl",
    "portuguese": "pt", "romanian": "ro", "russian": "ru", "serbian": "sr", "slovak": "sk",
    "spanish": "es", "swedish": "sv", "tamil": "ta", "turkish": "tr", "ukrainian": "uk",
    "vietnamese": "vi",
}  # fmt: skip


@dataclass(frozen=True)
class _Value:
    """The text of an attribute in one column, and how well the column suits the shop."""

    text: str
    is_own_language: bool
    unit: str = ""


class Akeneo:
    """Converts the rows of an export."""

    def __init__(self) -> None:
        self._language = _LANGUAGES.get(current_settings().language, "")

    def add(self, draft: Draft) -> Iterator[RawRow | InvalidRow]:
        """Yield the product of a row."""
        if is_off(draft.take("enabled")):
            yield draft.withdrawn("it is disabled")
            return
        draft.add_attribute("family", draft.take("family").replace("_", " "))
        draft.add_attribute("item_group_id", draft.take("parent"))
        categories = draft.get("category")
        draft.ignore(_ASSOCIATION)
        values = self._values(draft)
        draft.put_paths([code.replace("_", " ")] for code in split(categories))
        for field, names in _FIELDS.items():
            draft.put(field, next((values.pop(name) for name in names if name in values), ""))
        image = next((values.pop(name) for name in _IMAGES if name in values), "")
        draft.put_link("image_link", image)
        for name, text in values.items():
            draft.add_attribute(name, *split(text) if _is_list(text) else (text,))
        yield draft.row()

    def reject(self, row: InvalidRow) -> Iterator[RawRow | InvalidRow]:
        """Yield the row as it is."""
        yield row

    def end(self) -> Iterator[RawRow | InvalidRow]:
        """Yield nothing: no row waits."""
        return iter(())

    def _values(self, draft: Draft) -> dict[str, str]:
        """Take all columns but the id, and return the best text of each attribute."""
        best: dict[str, _Value] = {}
        units: dict[str, str] = {}
        for key, written in draft.written_names():
            match = _COLUMN.fullmatch(written)
            if key in ("id", "category") or match is None:
                continue
            text = draft.take(key)
            name, locale, currency = match["name"], match["locale"], match["currency"]
            if match["channel"] == _UNIT:
                units[name] = text.lower().replace("_", " ")
                continue
            is_own = locale is None or locale.split("_")[0] == self._language
            value = _Value(f"{text} {currency}" if currency else text, is_own)
            if text and (name not in best or (is_own and not best[name].is_own_language)):
                best[name] = value
        return {name: f"{value.text} {units.get(name, '')}".strip() for name, value in best.items()}


def _is_list(text: str) -> bool:
    """Return whether a text is a list of option codes, which have no blanks."""
    return "," in text and " " not in text
