from ingest.runs.outcomes import Outcome, OutcomeCounts


def test_the_line_adds_up_to_the_rows_read() -> None:
    counts = OutcomeCounts(
        created=2400, updated=30, reused_codes=20, unchanged=50, rejected=3, failed=1
    )

    assert str(counts) == (
        "2,504 rows: 2,400 created, 50 updated (20 kept their codes), 50 unchanged,"
        " 3 rejected, 1 failed"
    )


def test_superseded_rows_are_printed_only_if_there_are_any() -> None:
    assert "superseded" not in str(OutcomeCounts(created=1))
    assert "2 superseded" in str(OutcomeCounts(superseded=2))


def test_json_has_every_outcome_and_the_sums() -> None:
    assert OutcomeCounts.of({Outcome.CREATED: 2, Outcome.FAILED: 1}).to_json() == {
        "created": 2,
        "updated": 0,
        "reused_codes": 0,
        "unchanged": 0,
        "superseded": 0,
        "rejected": 0,
        "failed": 1,
        "deleted": 0,
        "retained": 0,
        "delete_failed": 0,
        "rows": 3,
        "unlisted": 0,
    }


def test_unlisted_products_are_counted_separately_from_the_rows() -> None:
    counts = OutcomeCounts(unchanged=50, deleted=1_000, retained=2, delete_failed=1)

    assert (counts.rows, counts.unlisted) == (50, 1_003)
    assert str(counts) == (
        "50 rows: 0 created, 0 updated, 50 unchanged, 0 rejected, 0 failed;"
        " 1,003 no longer listed: 1,000 deleted, 2 retained, 1 not deleted"
    )
