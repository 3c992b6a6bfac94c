"""Products whose prices are those of their variants, as interfaces of shops write them.

Shopify's ``products.json`` has a list ``variants`` in each product, and no price beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ingest.feeds.formats.tables.variant_id import join_id
from ingest.feeds.rows.field_names import field_name
from ingest.feeds.rows.values import as_text

_VARIANTS = "variants"
_PRICES = frozenset({"price", "sale_price"})
_OPTIONS = ("option1", "option2", "option3")
_NO_OPTION = "Default Title"
# What the product or its variant calls the fields, as Shopify does.
_NAMES = {
    "vendor": "brand",
    "body_html": "description",
    "product_type": "category",
    "sku": "mpn",
    "barcode": "gtin",
}
_STOCK = "inventory_quantity"
_INTERNAL = f"""
    admin_graphql_api_id featured_image fulfillment_service grams image image_id images
    inventory_item_id inventory_management inventory_policy {_STOCK} old_{_STOCK} options position
    presentment_prices product_id published_at published_scope requires_shipping tax_code taxable
    template_suffix
"""
_LEFT_OUT = frozenset((*_OPTIONS, _VARIANTS, *_INTERNAL.split()))
Document = Mapping[str, Any]


def with_variants(document: Document) -> Iterator[Document]:
    """Yield a document for each variant of a product, or the document if it has none with a price.

    A variant has the members of its product that it lacks, except the title, which is the
    product's, and the product's id as ``item_group_id``.
    """
    variants = [] if _has_price(document) else _priced(document.get(_VARIANTS))
    names = _option_names(document.get("options"))
    yield from [_joined(document, variant, names) for variant in variants] or [document]


def _priced(variants: object) -> list[Document]:
    """Return the variants of a list if one of them has a price; the others are rejected rows."""
    items = variants if isinstance(variants, list) else []
    are_variants = all(isinstance(item, dict) for item in items)
    return items if are_variants and any(map(_has_price, items)) else []


def _joined(product: Document, variant: Document, names: Sequence[str]) -> Document:
    group = as_text(product.get("id"))
    title = product.get("title") or product.get("name")
    own = {name: value for name, value in variant.items() if name not in ("title", "name")}
    values = {
        name: value
        for name, value in ({**product, **own}).items()
        if name not in _LEFT_OUT and value is not None
    }
    renamed = {old: new for old, new in _NAMES.items() if old in values}
    fields = {new: values.pop(old) for old, new in renamed.items() if new not in values}
    options = {
        name: value
        for name, option in zip(names, _OPTIONS, strict=False)
        if (value := variant.get(option)) and value != _NO_OPTION
    }
    parts = [as_text(value) for value in (options.values() or (variant.get("title"),))]
    own_id = as_text(variant.get("id") or variant.get("sku")) or join_id(group, *parts)
    return {
        **values,
        **fields,
        **options,
        **_availability(variant),
        "id": own_id,
        "title": title,
        "item_group_id": group,
        "image_link": _image(variant) or _image(product) or values.get("image_link"),
    }


def _availability(variant: Document) -> dict[str, str]:
    """Return the availability of a variant whose stock the shop tracks."""
    stock = variant.get(_STOCK)
    if not variant.get("inventory_management") or not isinstance(stock, int):
        return {}
    is_sold = stock > 0 or variant.get("inventory_policy") == "continue"
    return {"availability": "in_stock" if is_sold else "out_of_stock"}


def _has_price(document: Document) -> bool:
    return any(document.get(name) is not None for name in document if field_name(name) in _PRICES)


def _option_names(options: object) -> list[str]:
    """Return the names of a product's options, which its variants only number."""
    items = options if isinstance(options, list) else []
    names = [item.get("name") if isinstance(item, dict) else item for item in items]
    return [as_text(name) or option for name, option in zip(names, _OPTIONS, strict=False)]


def _image(document: Document) -> object:
    """Return the address of the first picture of a product or a variant."""
    images = document.get("images")
    first = images[0] if isinstance(images, list) and images else None
    for image in (document.get("featured_image"), document.get("image"), first):
        address = image.get("src") if isinstance(image, dict) else image
        if isinstance(address, str) and address:
            return address
    return None
