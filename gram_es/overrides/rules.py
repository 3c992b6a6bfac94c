"""Overrides: codes that people lock, ban or pin; their validation and ids; no I/O."""

from __future__ import annotations

import hashlib
import json
import math
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from gram_es.codes.codebook import MAX_LABEL_CHARS
from gram_es.errors import OverrideError
from gram_es.overrides.patterns import normal_pattern
from gram_es.records import MAX_ID_BYTES
from gram_es.text.normalise import clean_text, is_word, normalise
from gram_es.text.words import stems

DEFAULT_WEIGHT: Final = 0.5
_MAX_NOTE_CHARS: Final = 500
_MAX_NAME_CHARS: Final = 100

CodeKey = tuple[str, ...]


class Kind(StrEnum):
    """What an override does with its code, or with its word."""

    LOCK = "lock"  # adds the code to a product, before the model's codes
    BAN = "ban"  # removes the code from a product, from queries, or everywhere
    PIN = "pin"  # adds the code to queries, with a weight
    KEEP = "keep"  # keeps a word of queries as typed; it has no code


@dataclass(frozen=True, slots=True)
class Override:
    """A rule about one code, a text label that the model gives to products and queries.

    ``code`` is normalised like the labels of the codebook, ``query`` is a pattern in normal form. A
    ban with neither product nor query applies everywhere. A rule of the kind ``keep`` has no code:
    its ``query`` is the word whose spelling searches do not correct. Only pins have a ``weight``,
    above 0 and at most 1. ``by`` is the person who set the rule, ``at`` the time in ISO 8601.
    """

    kind: Kind
    code: str = ""
    product_id: str | None = None
    query: str | None = None
    weight: float | None = None
    note: str = ""
    by: str = ""
    at: str = ""

    @property
    def id(self) -> str:
        """The hash of kind, product, query and code.

        A new rule replaces a stored rule with the same id.
        """
        about = json.dumps([self.kind, self.product_id, self.query, self.code])
        return hashlib.blake2b(about.encode(), digest_size=8).hexdigest()

    @property
    def is_everywhere(self) -> bool:
        """Whether the rule applies to every product and every query."""
        return self.product_id is None and self.query is None

    def fields(self) -> dict[str, Any]:
        """Return the fields that are set, by name."""
        return {name: value for name, value in asdict(self).items() if value not in (None, "")}

    def to_json(self) -> dict[str, Any]:
        """Return the id and the fields that are set."""
        return {"id": self.id, **self.fields()}


def code_key(code: str) -> CodeKey:
    """Return the stems of a code; all surface forms of a code have the same stems."""
    return stems(code)


def make_override(values: Mapping[str, Any]) -> Override:
    """Build an override from ``values``, a mapping of field names to values.

    :raises OverrideError: if a value is invalid; the message says which values are allowed.
    """
    names = Override.__dataclass_fields__
    unknown = [name for name in values if name not in names]
    if unknown:
        raise OverrideError(
            f"an override has no {', '.join(map(repr, unknown))}; it has {', '.join(names)}"
        )
    kind = _kind(values.get("kind"))
    product_id, query = _product_id(values.get("product_id")), _pattern(values.get("query"))
    _check_scope(kind, product_id, query)
    return Override(
        kind=kind,
        code=_code(values.get("code")) if kind is not Kind.KEEP else _no_code(values.get("code")),
        product_id=product_id,
        query=query,
        weight=_weight(kind, values.get("weight")),
        note=_limited_text("note", values.get("note"), _MAX_NOTE_CHARS),
        by=_limited_text("by", values.get("by"), _MAX_NAME_CHARS),
        at=_timestamp(values.get("at")),
    )


def _text(name: str, value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise OverrideError(f"{name} is {value!r}; give a text")
    return value.strip()


def _kind(value: Any) -> Kind:
    text = _text("kind", value)
    try:
        return Kind(text.lower())
    except ValueError:
        raise OverrideError(f"kind is {text!r}; allowed: {', '.join(Kind)}") from None


def _code(value: Any) -> str:
    text = _text("code", value)
    code = normalise(text)
    if not code:
        raise OverrideError(f"the code {text!r} contains no word; give one to four words")
    if len(code) > MAX_LABEL_CHARS:
        raise OverrideError(
            f"the code {code[:MAX_LABEL_CHARS]!r}... has {len(code)} characters; "
            f"at most {MAX_LABEL_CHARS}"
        )
    return code


def _no_code(value: Any) -> str:
    if _text("code", value):
        raise OverrideError(f"a keep has no code; omit {value!r}")
    return ""


def _product_id(value: Any) -> str | None:
    text = _text("product_id", value)
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in text):
        raise OverrideError(f"the product id {text!r} contains control characters; remove them")
    if len(text.encode()) > MAX_ID_BYTES:
        raise OverrideError(f"the product id {text[:20]!r}... has more than {MAX_ID_BYTES} bytes")
    return text or None


def _pattern(value: Any) -> str | None:
    text = _text("query", value)
    return normal_pattern(text) if text else None


def _check_scope(kind: Kind, product_id: str | None, query: str | None) -> None:
    if kind is Kind.LOCK and (product_id is None or query is not None):
        raise OverrideError("a lock is for one product: give product_id, and no query")
    if kind is Kind.PIN and (query is None or product_id is not None):
        raise OverrideError("a pin is for a query: give query, and no product_id")
    if kind is Kind.KEEP and (query is None or product_id is not None or not _is_one_word(query)):
        raise OverrideError(
            f"a keep is for one word of queries, without digits: give it as query, not {query!r}, "
            "and no product_id"
        )
    if product_id is not None and query is not None:
        raise OverrideError(
            "a ban is for a product or for a query: give one, or none to ban everywhere"
        )


def _is_one_word(query: str) -> bool:
    return " " not in query and is_word(query)


def _weight(kind: Kind, value: Any) -> float | None:
    if value in (None, ""):
        return DEFAULT_WEIGHT if kind is Kind.PIN else None
    if kind is not Kind.PIN:
        raise OverrideError(f"a {kind} has no weight; omit {value!r}")
    try:
        weight = float(value) if not isinstance(value, bool) else math.nan
    except (TypeError, ValueError, OverflowError):
        weight = math.nan
    if not 0 < weight <= 1:
        raise OverrideError(f"weight is {value!r}; give a number above 0 and at most 1")
    return weight


def _timestamp(value: Any) -> str:
    text = _text("at", value)
    try:
        return datetime.fromisoformat(text).isoformat(timespec="seconds") if text else ""
    except ValueError:
        raise OverrideError(f"at is {text!r}; write it as 2026-05-31T12:00:00+00:00") from None


def _limited_text(name: str, value: Any, max_chars: int) -> str:
    text = clean_text(_text(name, value))
    if len(text) > max_chars:
        raise OverrideError(f"{name} has {len(text)} characters; at most {max_chars}")
    return text
