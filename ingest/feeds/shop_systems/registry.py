"""The presets, by name, and the formats in which their tables are recognised."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from ingest.feeds.shop_systems.akeneo import Akeneo
from ingest.feeds.shop_systems.bigcommerce import BigCommerce
from ingest.feeds.shop_systems.magento import Magento
from ingest.feeds.shop_systems.preset import Converter, Preset, PresetFormat, load_preset
from ingest.feeds.shop_systems.prestashop import PrestaShop
from ingest.feeds.shop_systems.woocommerce import WooCommerce

_CONVERTERS: Mapping[str, Callable[[], Converter]] = {
    "woocommerce": WooCommerce,
    "magento": Magento,
    "bigcommerce": BigCommerce,
    "prestashop": PrestaShop,
    "akeneo": Akeneo,
}
PRESET_NAMES = tuple(_CONVERTERS)


@cache
def presets() -> Mapping[str, Preset]:
    """Return all presets by name."""
    return {name: load_preset(name, converter) for name, converter in _CONVERTERS.items()}


def shop_tables() -> list[PresetFormat]:
    """Return the formats of the shop systems' tables, which are recognised by their headers."""
    return [preset.table() for preset in presets().values()]
