"""The ids of variants that have none of their own."""

from __future__ import annotations


def join_id(*parts: str) -> str:
    r"""Return the parts joined by slashes; no other parts have the same result.

    A slash in a part is written ``\/`` and a backslash ``\\``: ``1/2`` and ``3`` are ``1\/2/3``,
    but ``1`` and ``2/3`` are ``1/2\/3``.
    """
    return "/".join(part.replace("\\", "\\\\").replace("/", "\\/") for part in parts)


def with_number(options_id: str, number: str) -> str:
    """Return the id of a variant whose options another variant has too."""
    return f"{options_id}//{join_id(number)}"


MAX_VARIANTS = 4_096  # of a product; Shopify allows 2,048


class VariantIds:
    """The ids of the variants of one product, which have no ids of their own.

    The second of two different variants with the same options also has a number in its id.
    """

    def __init__(self) -> None:
        self._ids: dict[str, dict[tuple[str, ...], str]] = {}
        self._count = 0

    def id_of(self, options_id: str, variant: tuple[str, ...], number: str) -> str:
        """Return the id of a variant; the same variant again has the same id.

        :param options_id: the product and the values of the variant's options.
        :param variant: all values of the variant.
        :param number: its SKU or barcode, if any.
        """
        same = self._ids.setdefault(options_id, {}) if self._count < MAX_VARIANTS else {}
        if variant not in same:
            numbered = with_number(options_id, number or str(len(same) + 1))
            same[variant] = numbered if same else options_id
            self._count += 1
        return same[variant]
