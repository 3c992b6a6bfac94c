from ingest.runs.outcomes import Counts, Fate


def test_the_line_adds_up_to_the_rows_read() -> None:
    counts = Counts(new=2400, changed=30, reused=20, unchanged=50, refused=3, failed=1)

    assert str(counts) == (
        "2,504 rows: 2,400 new, 50 changed (20 kept their codes), 50 unchanged, 3 refused, 1 failed"
    )


def test_superseded_rows_are_named_only_where_there_are_any() -> None:
    assert "superseded" not in str(Counts(new=1))
    assert "2 superseded" in str(Counts(superseded=2))


def test_json_has_every_fate_and_the_sum() -> None:
    assert Counts.of({Fate.NEW: 2, Fate.FAILED: 1}).to_json() == {
        "new": 2,
        "changed": 0,
        "reused": 0,
        "unchanged": 0,
        "superseded": 0,
        "refused": 0,
        "failed": 1,
        "deleted": 0,
        "kept": 0,
        "undeleted": 0,
        "rows": 3,
        "unlisted": 0,
    }


def test_what_is_no_longer_listed_is_said_beside_the_rows_and_adds_up_too() -> None:
    counts = Counts(unchanged=50, deleted=1_000, kept=2, undeleted=1)

    assert (counts.rows, counts.unlisted) == (50, 1_003)
    assert str(counts) == (
        "50 rows: 0 new, 0 changed, 50 unchanged, 0 refused, 0 failed;"
        " 1,003 no longer listed: 1,000 deleted, 2 kept, 1 not deleted"
    )
