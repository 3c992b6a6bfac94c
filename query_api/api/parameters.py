"""Read a search request from a URL's parameters; all the bad ones are reported at once."""

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
SUGGESTIONS: Final = 8
_MAX_SUGGESTIONS: Final = 20
_PARAMETERS: Final = (  # and attr.NAME
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
    "highlight",
    "relax",
    "exclude_code",
    "explain",
    "facets",
)
_ASKING: Final = (
    "q",
    "brand",
    "category",
    "availability",
    "group",
    "price",
    "price_from",
    "price_to",
)
_MAX_CHOICES: Final = 20
_MAX_CHOICE_CHARS: Final = 512  # as long as a group may be
_WHOLE: Final = re.compile(r"[0-9]{1,9}")
_AMOUNT: Final = r"([0-9]{1,12}(?:\.[0-9]{1,6})?)?"
_PRICE: Final = re.compile(rf"{_AMOUNT}\.\.{_AMOUNT}")
_SHOWN_CHARS: Final = 40
_T = TypeVar("_T")
_FLAGS: Final = {"true": True, "1": True, "false": False, "0": False}


def read_request(
    args: MultiDict[str, str], *, size: int = API_SIZE, known: Collection[str] | None = ()
) -> SearchRequest:
    """Return the search that ``args`` describe; ``size`` is the default.

    :param known: parameters that the caller reads; ``None`` ignores unknown ones.
    :raises RequestError: naming every parameter that cannot be used.
    """
    reader = _Reader(args)
    if known is not None:
        reader.reject_unknown((*_PARAMETERS, *known))
    price_from, price_to = reader.price()
    values: dict[str, Any] = {
        "text": clean_text(args.get("q", "")),
        "size": reader.whole("size", size, most=MAX_SIZE),
        "offset": reader.whole("from", 0),
        "brands": reader.choices("brand"),
        "categories": reader.choices("category"),
        "availability": reader.choices("availability"),
        "attributes": reader.attributes(),
        "group": next(iter(reader.choices("group")), None),
        "price_from": price_from,
        "price_to": price_to,
        "sort": args.get("sort", "relevance"),
        "collapse": reader.flag("collapse", otherwise=False),
        "highlight": reader.flag("highlight", otherwise=False),
        "relax": reader.flag("relax", otherwise=True),
        "excluded_codes": reader.choices("exclude_code"),
        "explain": reader.flag("explain", otherwise=False),
        "facets": reader.flag("facets", otherwise=True),
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
    """Return the offset of a list on a page.

    :raises RequestError: if it is not a number, or above ``most``.
    """
    reader = _Reader(args)
    offset = reader.whole("from", 0, most=most)
    if reader.faults:
        raise RequestError(tuple(reader.faults))
    return offset


def asks_for_something(args: MultiDict[str, str]) -> bool:
    """Return whether ``args`` have a text or a filter."""
    return any(
        clean_text(value)
        for name, value in args.items(multi=True)
        if name in _ASKING or name.startswith(ATTRIBUTE_PARAMETER)
    )


def read_suggestion(args: MultiDict[str, str]) -> tuple[str, int]:
    """Return the text to complete and how many completions are wanted.

    :raises RequestError: naming every parameter that cannot be used.
    """
    reader = _Reader(args)
    reader.reject_unknown(("q", "size"))
    text = reader.text("q")
    size = reader.whole("size", SUGGESTIONS, least=1, most=_MAX_SUGGESTIONS)
    if reader.faults:
        raise RequestError(tuple(reader.faults))
    return text, size


def read_missing(
    args: MultiDict[str, str], *, size: int = API_SIZE, strict: bool = True
) -> tuple[SearchRequest, str]:
    """Return the search that ``args`` describe and the product that is missing from it.

    :raises RequestError: naming every parameter that cannot be used.
    """
    wanted = (args.get("id") or "").strip()
    no_id = () if wanted else (Fault("id", "is empty; give a product's id"),)
    try:
        request = read_request(args, size=size, known=("id",) if strict else None)
    except RequestError as error:
        raise RequestError((*error.faults, *no_id)) from None
    if no_id:
        raise RequestError(no_id)
    return request, wanted


def price_parameter(low: str, high: str) -> str | None:
    """Return the two fields of a price form as one parameter, ``None`` when both are empty."""
    low, high = low.strip(), high.strip()
    return f"{low}..{high}" if low or high else None


class _Reader:
    """Collects the faults; a parameter that has one reads as if it had not been given."""

    def __init__(self, args: MultiDict[str, str]) -> None:
        self._args = args
        self.faults: list[Fault] = []

    def reject_unknown(self, known: Collection[str]) -> None:
        for name in self._args:
            if name not in known and not name.startswith(ATTRIBUTE_PARAMETER):
                self._fault(_cut(name), f"is not known; there are: {', '.join(known)}", None)

    def text(self, name: str) -> str:
        given = clean_text(self._args.get(name, ""))
        if not given:
            return self._fault(name, "is empty", "")
        if len(given) > MAX_TEXT_CHARS:
            return self._fault(name, f"has more than {MAX_TEXT_CHARS} characters", "")
        return given

    def whole(self, name: str, otherwise: int, *, least: int = 0, most: int | None = None) -> int:
        given = self._args.get(name)
        if given is None:
            return otherwise
        if not _WHOLE.fullmatch(given):
            return self._fault(name, f"is {_short(given)}; give a whole number", otherwise)
        if int(given) < least:
            return self._fault(name, f"is {given}; at least {least}", otherwise)
        if most is not None and int(given) > most:
            return self._fault(name, f"is {given}; at most {most}", otherwise)
        return int(given)

    def flag(self, name: str, *, otherwise: bool) -> bool:
        given = self._args.get(name)
        if given is None:
            return otherwise
        if given.lower() not in _FLAGS:
            return self._fault(name, f"is {_short(given)}; give true or false", otherwise)
        return _FLAGS[given.lower()]

    def choices(self, name: str) -> tuple[str, ...]:
        given = tuple(dict.fromkeys(clean_text(value) for value in self._args.getlist(name)))
        values = tuple(value for value in given if value)
        if len(values) > _MAX_CHOICES:
            return self._fault(name, f"is given {len(values)} times; at most {_MAX_CHOICES}", ())
        if any(len(value) > _MAX_CHOICE_CHARS for value in values):
            return self._fault(name, f"has more than {_MAX_CHOICE_CHARS} characters", ())
        return values

    def attributes(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return the values chosen of each attribute, ``attr.NAME`` in the URL."""
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
        given = self._args.get("price")
        if given is None:
            return None, None
        match = _PRICE.fullmatch(given)
        if match is None or not any(match.groups()):
            reason = f"is {_short(given)}; write it as 50..200, 50.. or ..200"
            return self._fault("price", reason, (None, None))
        low, high = (float(amount) if amount else None for amount in match.groups())
        return low, high

    def _fault(self, name: str, reason: str, otherwise: _T) -> _T:
        self.faults.append(Fault(name, reason))
        return otherwise


def _short(value: str) -> str:
    return repr(_cut(value))


def _cut(value: str) -> str:
    return value if len(value) <= _SHOWN_CHARS else f"{value[:_SHOWN_CHARS]}…"
