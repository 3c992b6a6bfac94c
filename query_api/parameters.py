"""Read a search request from a URL's parameters; all the bad ones are reported at once."""

from __future__ import annotations

import re
from typing import Any, Final, TypeVar

from werkzeug.datastructures import MultiDict

from gram_es.retrieval.request import Fault, RequestError, SearchRequest, clean_text

MAX_SIZE: Final = 100
API_SIZE: Final = 10
PAGE_SIZE: Final = 20
_MAX_CHOICES: Final = 20
_MAX_CHOICE_CHARS: Final = 256
_WHOLE: Final = re.compile(r"[0-9]{1,9}")
_AMOUNT: Final = r"([0-9]{1,12}(?:\.[0-9]{1,6})?)?"
_PRICE: Final = re.compile(rf"{_AMOUNT}\.\.{_AMOUNT}")
_SHOWN_CHARS: Final = 40
_T = TypeVar("_T")
_FLAGS: Final = {"true": True, "1": True, "false": False, "0": False}


def read_request(args: MultiDict[str, str], *, size: int = API_SIZE) -> SearchRequest:
    """Return the search that ``args`` describe; ``size`` stands in where they name none.

    :raises RequestError: naming every parameter that cannot be used.
    """
    reader = _Reader(args)
    price_from, price_to = reader.price()
    values: dict[str, Any] = {
        "text": clean_text(args.get("q", "")),
        "size": reader.whole("size", size, most=MAX_SIZE),
        "offset": reader.whole("from", 0),
        "brands": reader.choices("brand"),
        "categories": reader.choices("category"),
        "price_from": price_from,
        "price_to": price_to,
        "sort": args.get("sort", "relevance"),
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


def price_parameter(low: str, high: str) -> str | None:
    """Return the two fields of a price form as one parameter, ``None`` when both are empty."""
    low, high = low.strip(), high.strip()
    return f"{low}..{high}" if low or high else None


class _Reader:
    """Collects the faults; a parameter that has one reads as if it had not been given."""

    def __init__(self, args: MultiDict[str, str]) -> None:
        self._args = args
        self.faults: list[Fault] = []

    def whole(self, name: str, otherwise: int, *, most: int | None = None) -> int:
        given = self._args.get(name)
        if given is None:
            return otherwise
        if not _WHOLE.fullmatch(given):
            return self._fault(name, f"is {_short(given)}; give a whole number", otherwise)
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
        kept = tuple(value for value in given if value)
        if len(kept) > _MAX_CHOICES:
            return self._fault(name, f"is given {len(kept)} times; at most {_MAX_CHOICES}", ())
        if any(len(value) > _MAX_CHOICE_CHARS for value in kept):
            return self._fault(name, f"has more than {_MAX_CHOICE_CHARS} characters", ())
        return kept

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
    return repr(value if len(value) <= _SHOWN_CHARS else f"{value[:_SHOWN_CHARS]}…")
