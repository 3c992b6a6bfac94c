import pytest

from gram_es.retrieval.request import Dropped, SearchRequest
from query_api import wording


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [
        (0, 10, "0 %"),
        (0, 0, "0 %"),
        (1, 5_000, "under 0.1 %"),
        (1, 1_000, "0.1 %"),
        (99, 1_000, "9.9 %"),
        (1, 3, "33 %"),
        (10, 10, "100 %"),
    ],
)
def test_a_share_is_never_nothing_where_there_is_something(part, whole, said):
    assert wording.percent(part, whole) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("2026-05-31T12:00:59+00:00", "2026-05-31 12:00 UTC"),
        ("2026-05-31T12:00:00Z", "2026-05-31 12:00 UTC"),
        ("2026-05-31", "2026-05-31 00:00"),
        ("last week", "last week"),
    ],
)
def test_a_moment_is_shown_to_the_minute(written, said):
    assert wording.moment(written) == said


def test_what_a_search_dropped_is_reported_in_the_order_it_was_dropped() -> None:
    words = Dropped("q", ("qqqq",))
    brand = Dropped("brand", ("Acme", "ACME"))
    volt = Dropped("attr.volt", ("18V",))
    kept, filtered = SearchRequest("drill"), SearchRequest("drill", categories=("Tools",))

    assert wording.relaxed((words, brand), kept) == (
        "No product has qqqq. The search left that out.",
        "Nothing is left with the filter brand: Acme. The search left it out.",
    )
    assert wording.relaxed((volt,), filtered) == (
        "Nothing is left with the filter volt: 18V together with the other filters. "
        "The search left it out.",
    )
    assert wording.relaxed((brand, volt), kept) == (
        "Nothing is left with these filters together: brand: Acme; volt: 18V. "
        "The search left them out.",
    )
