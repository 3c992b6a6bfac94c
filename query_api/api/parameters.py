"""Read search requests from the parameters of a URL; errors report all invalid parameters."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, Final, TypeVar

from werkzeug.datastructures import MultiDict

from gram_es.retrieval.request import ATTRIBUTE_PARAMETER, Fault, RequestError, SearchRequest
from gram_es.text.normalise import MAX_TEXT_CHARS, clean_text

MAX_SIZE: Final = 100
API_SIZE: Final = 10
PAGE_SIZE: Final = 20
_SUGGESTIONS: Final = 8
_MAX_SUGGESTIONS: Final = 20
_PARAMETERS: Final = (  # besides attr.NAME
    "q",
    "size",
    "from",
    "brand",
    "category",
    "availability",
    "group",
    "price",
    "sort",
    "collapse",
    "spelling",
    "highlight",
    "relax",
    "exclude_code",
    "literal",
    "explain",
    "facets",
)
_SELECTING: Final = (  # parameters that select products, besides attr.NAME
    "q",
    "brand",
    "category",
    "availability",
    "group",
    "price",
    "price_from",
    "price_to",
)
_EMPTY_ID: Final = Fault("id", "is empty; give a product's id")
_MAX_CHOICES: Final = 20
_MAX_CHOICE_CHARS: Final = 512  # the maximum length of a group id
_INTEGER: Final = re.compile(r"[0-9]{1,9}")
_AMOUNT: Final = r"([0-9]{1,12}(?:\.[0-9]{1,6})?)?"
_PRICE: Final = re.compile(rf"{_AMOUNT}\.\.{_AMOUNT}")
_MAX_SHOWN_CHARS: Final = 40
_MAX_SHOWN_NAMES: Final = 10  # 8 kB of unknown names would otherwise get an answer of 1 MB
_T = TypeVar("_T")
_FLAGS: Final = {"true": True, "1": True, "false": False, "0": False}


def read_request(
    args: MultiDict[str, str], *, size: int = API_SIZE, allowed: Collection[str] | None = ()
) -> SearchRequest:
    """Return the search request that ``args`` describe.

    :param size: the page size if ``args`` do not contain a page size.
    :param allowed: names of further parameters to accept and ignore; ``None`` accepts all names.
    :raises RequestError: if parameters are invalid; the error lists all of them.
    """
    reader = _Reader(args)
    if allowed is not None:
        reader.reject_unknown((*_PARAMETERS, *allowed))
    price_from, price_to = reader.price()
    values: dict[str, Any] = {
        "text": clean_text(args.get("q", "")),
        "size": reader.integer("size", size, most=MAX_SIZE),
        "offset": reader.integer("from", 0),
        "brands": reader.choices("brand"),
        "categories": reader.choices("category"),
        "availability": reader.choices("availability"),
        "attributes": reader.attributes(),
        "group": next(iter(reader.choices("group")), None),
        "price_from": price_from,
        "price_to": price_to,
        "sort": args.get("sort"),
        "collapse": reader.flag("collapse", default=False),
        "spelling": reader.flag("spelling", default=True),
        "highlight": reader.flag("highlight", default=False),
        "relax": reader.flag("relax", default=True),
        "excluded_codes": reader.choices("exclude_code"),
        "literal": reader.choices("literal"),
        "explain": reader.flag("explain", default=False),
        "facets": reader.flag("facets", default=True),
    }
    faults = reader.faults
    try:
        request = SearchRequest(**values)
    except RequestError as error:
        faults = [*error.faults, *faults]
    if faults:
        raise RequestError(tuple(faults))
    return request


def read_offset(args: MultiDict[str, str], *, most: int) -> int:
    """Return the parameter ``from``: the number of items before the requested page.

    :raises RequestError: if the parameter is not a whole number, or is greater than ``most``.
    """
    reader = _Reader(args)
    offset = reader.integer("from", 0, most=most)
    if reader.faults:
        raise RequestError(tuple(reader.faults))
    return offset


def selects_products(args: MultiDict[str, str]) -> bool:
    """Return whether ``args`` select products, that is, contain a query or a filter."""
    return any(
        clean_text(value)
        for name, value in args.items(multi=True)
        if name in _SELECTING or name.startswith(ATTRIBUTE_PARAMETER)
    )


def read_suggestion(args: MultiDict[str, str]) -> tuple[str, int]:
    """Return the text to complete and the maximum number of completions.

    :raises RequestError: if parameters are invalid; the error lists all of them.
    """
    reader = _Reader(args)
    reader.reject_unknown(("q", "size"))
    text = reader.text("q")
    size = reader.integer("size", _SUGGESTIONS, least=1, most=_MAX_SUGGESTIONS)
    if reader.faults:
        raise RequestError(tuple(reader.faults))
    return text, size


def read_missing(
    args: MultiDict[str, str], *, size: int = API_SIZE, strict: bool = True
) -> tuple[SearchRequest, str]:
    """Return the search request that ``args`` describe, and the id of the missing product.

    :param size: the page size if ``args`` do not contain a page size.
    :param strict: whether unknown parameters are errors.
    :raises RequestError: if parameters are invalid; the error lists all of them.
    """
    product_id = (args.get("id") or "").strip()
    id_faults = () if product_id else (_EMPTY_ID,)
    try:
        request = read_request(args, size=size, allowed=("id",) if strict else None)
    except RequestError as error:
        raise RequestError((*error.faults, *id_faults)) from None
    if id_faults:
        raise RequestError(id_faults)
    return request, product_id


def read_product_id(args: MultiDict[str, str]) -> str:
    """Return the id of the product that ``args`` name.

    :raises RequestError: if parameters are invalid; the error lists all of them.
    """
    unknown = [_cut(name) for name in args if name != "id"][:_MAX_SHOWN_NAMES]
    faults = [Fault(name, "is unknown; the only parameter is id") for name in unknown]
    product_id = (args.get("id") or "").strip()
    if not product_id:
        faults.append(_EMPTY_ID)
    if faults:
        raise RequestError(tuple(faults))
    return product_id


def price_parameter(low: str, high: str) -> str | None:
    """Return the two fields of the price form as one value of the parameter ``price``.

    Return ``None`` if both fields are empty.
    """
    low, high = low.strip(), high.strip()
    return f"{low}..{high}" if low or high else None


class _Reader:
    """Reads parameters of a URL and collects the faults of all invalid parameters.

    Its methods do not raise: for an invalid parameter they return the default value.
    """

    def __init__(self, args: MultiDict[str, str]) -> None:
        self._args = args
        self.faults: list[Fault] = []

    def reject_unknown(self, known: Collection[str]) -> None:
        """Add a fault for each parameter that is neither in ``known`` nor an attribute."""
        unknown = [
            name
            for name in self._args
            if name not in known and not name.startswith(ATTRIBUTE_PARAMETER)
        ]
        for name in unknown[:_MAX_SHOWN_NAMES]:
            self._fault(_cut(name), f"is unknown; choose one of {', '.join(known)}", None)
        if others := unknown[_MAX_SHOWN_NAMES:]:
            self._fault(_cut(others[0]), f"and {len(others)} more parameters are unknown", None)

    def text(self, name: str) -> str:
        text = clean_text(self._args.get(name, ""))
        if not text:
            return self._fault(name, "is empty", "")
        if len(text) > MAX_TEXT_CHARS:
            return self._fault(name, f"has more than {MAX_TEXT_CHARS} characters", "")
        return text

    def integer(self, name: str, default: int, *, least: int = 0, most: int | None = None) -> int:
        text = self._args.get(name)
        if text is None:
            return default
        if not _INTEGER.fullmatch(text):
            return self._fault(name, f"is {_short(text)}; give a whole number", default)
        if int(text) < least:
            return self._fault(name, f"is {text}; at least {least}", default)
        if most is not None and int(text) > most:
            return self._fault(name, f"is {text}; at most {most}", default)
        return int(text)

    def flag(self, name: str, *, default: bool) -> bool:
        text = self._args.get(name)
        if text is None:
            return default
        if text.lower() not in _FLAGS:
            return self._fault(name, f"is {_short(text)}; give true or false", default)
        return _FLAGS[text.lower()]

    def choices(self, name: str) -> tuple[str, ...]:
        """Return the distinct non-empty values of a parameter that may be repeated."""
        distinct = tuple(dict.fromkeys(clean_text(value) for value in self._args.getlist(name)))
        values = tuple(value for value in distinct if value)
        if len(values) > _MAX_CHOICES:
            return self._fault(name, f"is given {len(values)} times; at most {_MAX_CHOICES}", ())
        if any(len(value) > _MAX_CHOICE_CHARS for value in values):
            return self._fault(name, f"has more than {_MAX_CHOICE_CHARS} characters", ())
        return values

    def attributes(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return the attributes to filter by (``attr.NAME`` in the URL), each with its values."""
        names = [name for name in self._args if name.startswith(ATTRIBUTE_PARAMETER)]
        if len(names) > _MAX_CHOICES:
            reason = f"is given for {len(names)} attributes; at most {_MAX_CHOICES}"
            return self._fault(f"{ATTRIBUTE_PARAMETER}*", reason, ())
        chosen = {self._attribute(name): self.choices(name) for name in names}
        return tuple((name, values) for name, values in chosen.items() if name and values)

    def _attribute(self, parameter: str) -> str:
        name = parameter.removeprefix(ATTRIBUTE_PARAMETER)
        if not name or clean_text(name) != name or len(name) > _MAX_CHOICE_CHARS:
            return self._fault(_cut(parameter), "is not the name of an attribute", "")
        return name

    def price(self) -> tuple[float | None, float | None]:
        text = self._args.get("price")
        if text is None:
            return None, None
        match = _PRICE.fullmatch(text)
        if match is None or not any(match.groups()):
            reason = f"is {_short(text)}; write it as 50..200, 50.. or ..200"
            return self._fault("price", reason, (None, None))
        low, high = (float(amount) if amount else None for amount in match.groups())
        return low, high

    def _fault(self, name: str, reason: str, default: _T) -> _T:
        """Add a fault of the parameter ``name``, and return ``default``."""
        self.faults.append(Fault(name, reason))
        return default


def _short(value: str) -> str:
    return repr(_cut(value))


def _cut(value: str) -> str:
    return value if len(value) <= _MAX_SHOWN_CHARS else f"{value[:_MAX_SHOWN_CHARS]}…"
