"""Google Merchant's ``product_detail`` as it stands in a cell: ``section:name:value,...``."""

from __future__ import annotations

import re

_COMMA = re.compile(r"(?<!\\),")
_COLON = re.compile(r"(?<!\\):")
_ESCAPE = re.compile(r"\\([,:\\])")


def parse_details(cell: str) -> dict[str, tuple[str, ...]]:
    r"""Return the attributes of a cell; ``\,`` and ``\:`` stand for themselves.

    A piece without two colons belongs to the value before it: ``General:Ports:USB, HDMI``.
    """
    found: dict[str, tuple[str, ...]] = {}
    details: list[list[str]] = []
    for piece in _COMMA.split(cell):
        parts = _COLON.split(piece, maxsplit=2)
        if len(parts) == 3:
            details.append(parts)
        elif details:
            details[-1][2] += f",{piece}"
    for _section, name, value in details:
        name, value = (_ESCAPE.sub(r"\1", part).strip() for part in (name, value))
        found[name] = (*found.get(name, ()), value)
    return found
