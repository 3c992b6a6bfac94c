"""The ids of variants that have none of their own."""

from __future__ import annotations


def join_id(*parts: str) -> str:
    r"""Return the parts joined by slashes; no other parts have the same result.

    A slash in a part is written ``\/`` and a backslash ``\\``: ``1/2`` and ``3`` are ``1\/2/3``,
    but ``1`` and ``2/3`` are ``1/2\/3``.
    """
    return "/".join(part.replace("\\", "\\\\").replace("/", "\\/") for part in parts)
