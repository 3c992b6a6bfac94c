"""Names in a feed whose values are of no use to a shopper who searches, or none of his business."""

from __future__ import annotations

import re
from functools import lru_cache

_NAMES = """
    additional_image_link ads_redirect adult adwords_redirect author auto_pricing_min_price
    availability_date canonical_link carrier_shipping checkout_link_template comments
    cost_of_goods_sold custom_label_0 custom_label_1 custom_label_2 custom_label_3 custom_label_4
    disclosure_date display_ads_id display_ads_link display_ads_similar_id display_ads_title
    display_ads_value enclosure excluded_destination expiration_date external_seller_id
    free_shipping_threshold guid handling_cutoff_time identifier_exists included_destination
    installment lifestyle_image_link link_template local_shipping_label loyalty_points
    loyalty_program max_handling_time maximum_retail_price min_handling_time minimum_order_value
    mobile_link mobile_link_template pause pickup_link_template pickup_method pickup_sla
    promotion_id pubdate published quantity return_policy_label sell_on_google_quantity shipping
    shipping_height shipping_label shipping_length shipping_weight shipping_width
    ships_from_country shopping_ads_excluded_country short_title source store_code
    subscription_cost tax tax_category transit_time_label unit_pricing_base_measure
    unit_pricing_measure updated video_link virtual_model_link
"""
# Names of WooCommerce, Magento, PrestaShop, BigCommerce, Shopify and Akeneo.
_SHOP_NAMES = """
    allow_backorders allow_customer_reviews? allow_purchases? attribute_set_code average_rating
    backorders backorders_allowed backorders_allowed? base_image base_image_label button_text
    catalog_visibility compare_at_price configurable_variations cross_sells crosssell_skus
    custom_design custom_design_from custom_design_to date_created date_created_gmt date_modified
    date_modified_gmt display_product_options_in download_expiry download_expiry_days download_limit
    download_type downloadable downloads external_url featured gift_message_available
    grouped_products handling_time has_options hide_from_magento is_featured?
    is_decimal_divided is_qty_decimal low_stock_amount manage_stock map_enabled map_price
    max_cart_qty menu_order min_cart_qty minimum_purchase_quantity msrp_display_actual_price_type
    msrp_price new_from_date new_to_date notify_on_stock_below on_sale out_of_stock_qty page_layout
    parent permalink price_html product_options_container product_visible? product_websites
    purchasable purchase_note purchase_price qty qty_increments quantity_discounts rating_count
    related_ids related_skus retail_price reviews_allowed shipping_class shipping_class_id
    shipping_required shipping_taxable show_product_condition? small_image small_image_label
    sold_individually sold_individually? sort_order stock stock_quantity stock_level
    current_stock_level store_view_code supplier supplier_reference supplier_price
    swatch_image tax_class tax_class_name tax_rate tax_rules_id tax_status thumbnail_image
    thumbnail_image_label total_sales track_inventory unit_price unity upsells upsell_ids
    upsell_skus url_key url_path use_config_manage_stock variations visibility visibility_in_catalog
    website_id wholesale_price ean_label on_sale_(0/1) active_(0/1) is_in_stock?
    ecotax minimal_quantity additional_images additional_image_labels images image_urls gallery
"""
# Names with parts, which a table writes into its header: ``shipping(country:price)``.
_WITH_PARTS = re.compile(
    r"(carrier_shipping|free_shipping_threshold|handling_cutoff_time|installment|loyalty_points"
    r"|loyalty_program|minimum_order_value|product_detail|shipping|structured_description"
    r"|structured_title|subscription_cost|tax)_?\(.*"
)
_EXACT = frozenset((*_NAMES.split(), *_SHOP_NAMES.split()))
_BEGINNINGS = (
    "meta:",
    "meta_",
    "seo_",
    "og_",
    "og:",
    "use_config_",
    "rank_math_",
    "yoast_",
    "price_(",
    "_",
)
_ENDINGS = (
    "_url",
    "_urls",
    "_link",
    "_links",
    "_image",
    "_images",
    "_cost",
    "_margin",
    "_created_at",
    "_updated_at",
    "_price",
    "_gmt",
)
_TIMES = frozenset({"created_at", "updated_at", "created", "updated", "modified", "modified_at"})
_INTERNAL = frozenset({"cost", "cost_price", "margin", "cogs", "einkaufspreis", "uvp", "msrp"})


@lru_cache(maxsize=4_096)
def is_operational(name: str) -> bool:
    """Return whether a column of this name is no attribute: it is about the shop's own work.

    Such are stock and cost, dates of changes, addresses of pages and pictures, and texts for other
    search engines.

    :param name: the name in Google's spelling, as ``field_name`` returns it.
    """
    return (
        name in _EXACT
        or name in _TIMES
        or name in _INTERNAL
        or name.startswith(_BEGINNINGS)
        or name.endswith(_ENDINGS)
    )


def without_parts(name: str) -> str:
    """Return a name without the parts that a header lists: ``shipping(country:price)``."""
    return _WITH_PARTS.sub(r"\1", name) if name.endswith(")") else name
