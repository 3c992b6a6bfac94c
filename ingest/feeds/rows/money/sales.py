"""The period of a sale, however a shop writes its dates."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import product

from dateutil import parser as dates
from dateutil.tz import tzoffset

_MAX_CHARACTERS = 100
_OPEN_WORDS = """
    - .. ... 0 null none n/a nil unset false
    always immer toujours siempre sempre altijd permanent unlimited unbegrenzt unbefristet
"""
_OPEN = frozenset(("", *_OPEN_WORDS.split()))
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2212\ufe63\uff0d", "-") | {"～": "~"})
_SEPARATORS = (" - ", " – ", " — ", " / ", " to ", " bis ", " until ", " till ", "..", "~", ";")
_FROM = re.compile(
    r"(?:from|since|starting|ab|von|vom|seit|du|dès|depuis|desde|dal|vanaf|od) +(?=\d)"
)
_DATE = (
    r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}"
    r"(?:[T ]\d\d:\d\d(?::\d\d)?(?:\.\d{1,6})?(?: ?(?:Z|[+-]\d\d:?\d\d))?)?"
)
_ONE_DATE = re.compile(_DATE)
_TWO_DATES = re.compile(rf"({_DATE})[-–—,|~ ]{{1,5}}({_DATE})")
_EPOCH = re.compile(r"(\d{10})(?:\d{3})?")
_DAY_FIRST = re.compile(r"\d{1,2}\.\d{1,2}\.\d")  # nobody writes the month first with dots
_NO_YEAR = re.compile(r"0000-00-00.*|0001-01-01.*")
_FIRST_YEAR, _LAST_YEAR = 1971, 9000  # years outside mean "always": unset clocks and 9999-12-31
# Two dates without a common part: a text that leaves a part out is read differently with each.
_DEFAULTS = (datetime(2001, 2, 3), datetime(2004, 5, 6))
_TIME = re.compile(r"\d:\d\d|T\d\d")


def is_sale_on(period: str | None, start: str | None, end: str | None, now: datetime) -> bool:
    """Return whether ``now`` is within the period of a sale.

    An end that is missing or a placeholder is open. A time without a zone is UTC. A date without a
    time includes its whole day.

    :param period: both ends in one text, as Google Merchant writes them.
    :param start: the start, if the feed has the ends in two columns.
    :param end: the end, likewise.
    :raises ValueError: if an end cannot be read, or the sale ends before it starts.
    """
    first, last = _ends(period or "")
    starts, ends = _moments(start or first), _moments(end or last)
    now = now.astimezone(UTC)
    answers = {_is_within(*pair, now) for pair in product(starts or (None,), ends or (None,))}
    if len(answers) > 1:
        raise ValueError("has dates that can be read two ways; write them as 2026-12-31")
    return answers.pop()


def _is_within(start: _Moment | None, end: _Moment | None, now: datetime) -> bool:
    if start is not None and end is not None and end.last < start.first:
        raise ValueError("ends before it starts")
    return (start is None or start.first <= now) and (end is None or now <= end.last)


class _Moment:
    """A time, or a day with its ``first`` and ``last`` instant."""

    def __init__(self, at: datetime, *, is_day: bool) -> None:
        self.first = at if at.tzinfo else at.replace(tzinfo=UTC)
        day = timedelta(days=1, microseconds=-1) if is_day else timedelta()
        self.last = self.first + day


def _ends(period: str) -> tuple[str, str]:
    """Return the texts of the two ends of a period; an open end is empty."""
    if len(period) > _MAX_CHARACTERS:
        raise ValueError("is too long for the dates of a sale")
    period = period.strip().translate(_DASHES)
    if period.lower() in _OPEN:
        return "", ""
    if two := _TWO_DATES.fullmatch(period):
        return two[1], two[2]
    if preposition := _FROM.match(period.lower()):
        period = period[preposition.end() :]
        if _ONE_DATE.fullmatch(period):
            return period, ""
    padded = f" {period} "
    for separator in _SEPARATORS:
        if padded.count(separator) == 1:
            start, _, end = padded.partition(separator)
            return start, end
    parts = period.split("/")
    if len(parts) % 2:
        raise ValueError("has one date where a sale has two; write start/end")
    middle = len(parts) // 2
    return "/".join(parts[:middle]), "/".join(parts[middle:])


@lru_cache(maxsize=4_096)
def _moments(written: str) -> tuple[_Moment, ...]:
    """Return the readings of a date or time; none if the end of the period is open.

    A date such as 03/04/2026 has two readings.

    :raises ValueError: if the text is no date.
    """
    text = written.strip().translate(_DASHES)
    if text.lower() in _OPEN or _NO_YEAR.fullmatch(text):
        return ()
    moments = tuple(dict.fromkeys(_readings(text[:_MAX_CHARACTERS])))
    if any(not _FIRST_YEAR <= moment.year < _LAST_YEAR for moment in moments):
        return ()
    is_day = _TIME.search(text) is None and _EPOCH.fullmatch(text) is None
    return tuple(_Moment(moment, is_day=is_day) for moment in moments)


def _readings(text: str) -> tuple[datetime, ...]:
    if epoch := _EPOCH.fullmatch(text):
        return (datetime.fromtimestamp(int(epoch[1]), UTC),)
    try:
        if text[:4].isdecimal() and len(text) >= len("20260101"):
            return (dates.isoparse(text),)
    except ValueError:
        pass
    orders = (True,) if _DAY_FIRST.match(text) else (False, True)
    return tuple(_read(text, day_first=day_first) for day_first in orders)


def _read(text: str, *, day_first: bool) -> datetime:
    try:
        readings = {
            dates.parse(text, dayfirst=day_first, default=default, tzinfos=_zone)
            for default in _DEFAULTS
        }
    except (ValueError, OverflowError):
        readings = set()
    if len(readings) != 1:
        raise ValueError("has a date that cannot be read; write it as 2026-12-31")
    return readings.pop()


def _zone(name: str | None, offset: int | None) -> tzinfo:
    return tzoffset(name, offset) if offset is not None else UTC
