from datetime import UTC, datetime

import pytest

from ingest.feeds.rows.money.sales import is_sale_on

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        (None, True),
        ("-", True),
        ("n/a", True),
        ("2024-04-24T13:00-0800/2024-05-29T15:30-0800", True),
        ("2024-04-24T13:00-0800 / 2024-05-29T15:30-0800", True),
        ("2024-04-24T13:00Z/2024-05-01T24:00Z", True),
        ("2024-04-24/2024-05-01", True),  # a date includes its whole day
        ("2024-04-24/2024-04-30", False),
        ("2024-05-02T00:00Z/2024-06-01T00:00Z", False),
        ("2024-05-01T13:00+0200/2024-05-01T13:30+0200", False),
        ("2024-04-24/", True),
        ("/2024-04-24", False),
        ("2024-04-24/..", True),
        ("20240424/20240524", True),
        ("24.04.2024 - 24.05.2024", True),
        ("04/24/2024 - 05/24/2024", True),
        ("04/24/2024/05/24/2024", True),
        ("03/04/2020 - 03/04/2030", True),  # whichever number is the month
        ("2024-04-24 00:00:00 to 2024-05-24 00:00:00", True),
        ("Apr 24, 2024 - May 24, 2024", True),
        ("1713916800/1716508800", True),
        ("1970-01-01T00:00:00+0000/1970-01-01T00:00:00+0000", True),
        ("0000-00-00 00:00:00/0000-00-00 00:00:00", True),
        ("2024-04-24/9999-12-31", True),
        ("24.04.2024-24.05.2024", True),
        ("24.04.2024–30.04.2024", False),
        ("2024/04/24-2024/05/24", True),
        ("2024-04-24 00:00:00 2024-05-24 00:00:00", True),
        ("2024-04-24|2024-05-24", True),
        ("2024-04-24T13:00\N{MINUS SIGN}0800/2024-05-29T15:30\N{MINUS SIGN}0800", True),
        ("from 2024-04-24", True),
        ("ab 02.05.2024", False),
        ("from 2024-04-24 to 2024-04-30", False),
        ("always", True),
    ],
)
def test_a_sale_is_on_within_its_period(period: str | None, expected: bool) -> None:
    assert is_sale_on(period, None, None, NOON) is expected


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2024-04-24", None, True),
        ("2024-05-02", None, False),
        (None, "2024-05-01", True),
        ("5/1/24, 12:00 AM", "", True),
        ("0000-00-00", "2024-04-30 23:59:59", False),
    ],
)
def test_the_ends_of_a_sale_may_be_in_two_columns(
    start: str | None, end: str | None, expected: bool
) -> None:
    assert is_sale_on(None, start, end, NOON) is expected


@pytest.mark.parametrize(
    ("period", "reason"),
    [
        ("soon/later", "a date that cannot be read"),
        ("10/12", "a date that cannot be read"),
        ("2024-04-24", "one date where a sale has two"),
        ("2024-06-01/2024-04-01", "ends before it starts"),
        ("03/05/2024 - 31/12/2024", "two ways"),
        ("2024-04-24/P1M", "a date that cannot be read"),
        ("9" * 1_000_000, "too long"),
    ],
)
def test_a_period_that_cannot_be_read_is_an_error_with_its_reason(period: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        is_sale_on(period, None, None, NOON)
