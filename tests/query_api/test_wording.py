import pytest

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
def test_a_moment_is_told_to_the_minute(written, said):
    assert wording.moment(written) == said
