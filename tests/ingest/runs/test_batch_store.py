"""Batches and runs of the ledger over a real cluster."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from elasticsearch import Elasticsearch

from gram_es.errors import FeedError
from gram_es.index.names import LEDGER
from gram_es.index.state_store import next_run_number
from gram_es.records import Product
from gram_es.settings import Settings
from ingest.feeds import RejectedRow, Row
from ingest.runs.batch import Batch
from ingest.runs.batch_document import DONE, LEASED, MAX_DELIVERIES, QUEUED, StoredBatch
from ingest.runs.batch_store import BatchStore, LostLeaseError
from ingest.runs.ledger_errors import LostLedgerError
from ingest.runs.outcomes import FailedRow, IndexingResult, Origin, Outcome, OutcomeCounts
from ingest.runs.report import RunReport
from ingest.runs.run_store import READ, Run, RunStore

KETTLE = Row(1, 2, Product("k", "Kettle"))
PAN = Row(3, 4, Product("p", "Pan"))
REJECTED = RejectedRow(2, 3, "title is missing", "x,")
BATCH = Batch(1, (KETTLE, PAN), (REJECTED,))
RESULT = IndexingResult({1: Outcome.CREATED, 3: Outcome.FAILED}, (FailedRow(PAN, "too hot"),))

Worker = Callable[..., BatchStore]


@pytest.fixture
def worker(client: Elasticsearch, installed: Settings) -> Worker:
    names = (f"host:{number}" for number in itertools.count())

    def start() -> BatchStore:
        return BatchStore(client, installed.index, lease_s=60.0, worker=next(names))

    return start


@pytest.fixture
def run(client: Elasticsearch, installed: Settings) -> int:
    return next_run_number(client)


def revoke(ledger: BatchStore, run: int, number: int) -> None:
    """Revoke the lease of a batch, as if its worker had died."""
    (seen,) = ledger.states(run, [number])
    assert ledger.revoke_lease(run, seen)


def test_a_batch_keeps_its_rows_until_it_is_done(
    client: Elasticsearch, worker: Worker, run: int
) -> None:
    ledger = worker()
    assert ledger.add(Origin("shop.xml", run), BATCH) == StoredBatch(3, QUEUED)
    batch = ledger.lease(run, 1)
    assert batch is not None
    assert (batch.rows, batch.deliveries) == ((KETTLE, PAN), 1)
    assert batch.origin == Origin("shop.xml", run)

    counts = ledger.finish(batch, RESULT)

    assert counts == OutcomeCounts(created=1, rejected=1, failed=1)
    document = client.get(index=LEDGER, id=f"{run}-1")["_source"]
    assert "rows" not in document
    assert [row["reason"] for row in document["rejected"]] == ["title is missing"]
    assert [(row["product"]["id"], row["reason"]) for row in document["failed"]] == [
        ("p", "too hot")
    ]


def test_a_batch_that_is_done_is_not_leased_again(worker: Worker, run: int) -> None:
    ledger = worker()
    ledger.add(Origin("s", run), BATCH)
    batch = ledger.lease(run, 1)
    assert batch is not None
    ledger.finish(batch, RESULT)

    assert ledger.lease(run, 1) is None
    assert ledger.add(Origin("s", run), BATCH) == StoredBatch(3, DONE)


def test_a_batch_that_is_missing_is_not_leased(worker: Worker, run: int) -> None:
    assert worker().lease(run, 99) is None


def test_a_batch_of_rejected_rows_is_done_immediately(worker: Worker, run: int) -> None:
    stored = worker().add(Origin("s", run), Batch(1, (), (REJECTED,)))

    assert stored == StoredBatch(1, DONE)


def test_a_lease_excludes_other_workers_until_it_is_revoked(worker: Worker, run: int) -> None:
    first, second = worker(), worker()
    first.add(Origin("s", run), BATCH)
    assert first.lease(run, 1) is not None
    assert second.lease(run, 1) is None

    revoke(second, run, 1)

    assert second.lease(run, 1) is not None


def test_a_lease_that_was_renewed_since_it_was_seen_is_not_revoked(
    worker: Worker, run: int
) -> None:
    owner, other = worker(), worker()
    owner.add(Origin("s", run), BATCH)
    batch = owner.lease(run, 1)
    assert batch is not None
    (seen,) = other.states(run, [1])
    owner.renew_lease(batch)

    assert not other.revoke_lease(run, seen)
    assert other.lease(run, 1) is None


def test_a_lease_is_renewed_only_by_the_worker_that_has_it(worker: Worker, run: int) -> None:
    expired, owner = worker(), worker()
    expired.add(Origin("s", run), BATCH)
    lost = expired.lease(run, 1)
    assert lost is not None
    revoke(owner, run, 1)
    owned = owner.lease(run, 1)
    assert owned is not None
    (before,) = owner.states(run, [1])

    expired.renew_lease(lost)
    assert owner.states(run, [1]) == [before]
    owner.renew_lease(owned)
    assert owner.states(run, [1]) != [before]

    assert owner.finish(owned, RESULT) == OutcomeCounts(created=1, rejected=1, failed=1)
    owner.renew_lease(owned)
    assert [state.state for state in owner.states(run, [1])] == [DONE]


def test_a_worker_that_lost_its_lease_records_no_row(
    client: Elasticsearch, worker: Worker, run: int
) -> None:
    slow, fast = worker(), worker()
    slow.add(Origin("s", run), BATCH)
    lost = slow.lease(run, 1)
    assert lost is not None
    revoke(fast, run, 1)
    with pytest.raises(LostLeaseError, match=f"batch {run}-1 is no longer leased to this worker"):
        slow.record_row_in_progress(lost, 3)
    assert fast.lease(run, 1) is not None

    with pytest.raises(LostLeaseError):
        slow.record_row_in_progress(lost, 3)

    document = client.get(index=LEDGER, id=f"{run}-1")["_source"]
    assert document["rows_in_progress"] == []


def test_the_result_of_a_batch_that_the_ledger_lost_is_written(
    client: Elasticsearch, worker: Worker, run: int
) -> None:
    ledger = worker()
    ledger.add(Origin("s", run), BATCH)
    batch = ledger.lease(run, 1)
    assert batch is not None
    client.delete(index=LEDGER, id=f"{run}-1")
    ledger.renew_lease(batch)

    ledger.finish(batch, RESULT)

    assert client.get(index=LEDGER, id=f"{run}-1")["_source"]["counts"]["rows"] == 3


def test_a_batch_of_another_feed_under_the_same_number_is_not_taken_for_this_one(
    worker: Worker, run: int
) -> None:
    ledger = worker()
    ledger.add(Origin("s", run), BATCH)

    with pytest.raises(LostLedgerError, match="begins with row 1 and has 3 rows, not 2 from 3 on"):
        ledger.add(Origin("s", run), Batch(1, (PAN, replace(PAN, number=4))))


def test_of_two_workers_that_process_a_batch_the_first_to_finish_wins(
    client: Elasticsearch, worker: Worker, run: int
) -> None:
    slow, fast = worker(), worker()
    slow.add(Origin("s", run), BATCH)
    slow_batch = slow.lease(run, 1)
    revoke(fast, run, 1)
    fast_batch = fast.lease(run, 1)
    assert slow_batch is not None
    assert fast_batch is not None

    slow.finish(slow_batch, RESULT)
    fast.finish(fast_batch, IndexingResult.all_failed((KETTLE, PAN), "late"))

    assert [state.state for state in slow.states(run, [1])] == [DONE]
    assert client.get(index=LEDGER, id=f"{run}-1")["_source"]["counts"]["created"] == 1


def test_a_released_batch_does_not_count_as_a_delivery(worker: Worker, run: int) -> None:
    ledger = worker()
    ledger.add(Origin("s", run), BATCH)
    batch = ledger.lease(run, 1)
    assert batch is not None
    ledger.release(run, 1)

    assert [(s.state, s.deliveries) for s in ledger.states(run, [1])] == [(QUEUED, 0)]


def test_a_row_in_progress_when_its_batch_was_released_is_no_suspect(
    worker: Worker, run: int
) -> None:
    first, second, third = worker(), worker(), worker()
    first.add(Origin("s", run), BATCH)
    batch = first.lease(run, 1)
    assert batch is not None
    first.record_row_in_progress(batch, 3)
    first.release(run, 1)

    again = second.lease(run, 1)
    assert again is not None
    assert (again.deliveries, again.suspects) == (1, frozenset())

    second.record_row_in_progress(again, 3)
    first.release(run, 1)  # the second one has the lease now
    revoke(first, run, 1)
    second_death = third.lease(run, 1)
    assert second_death is not None
    assert (second_death.deliveries, second_death.suspects) == (
        2,
        frozenset(),
    )  # once may be chance

    third.record_row_in_progress(second_death, 3)
    revoke(first, run, 1)
    third_death = first.lease(run, 1)
    assert third_death is not None
    assert (third_death.deliveries, third_death.suspects) == (3, {3})


def test_a_batch_that_was_delivered_too_often_has_killed_workers(worker: Worker, run: int) -> None:
    worker().add(Origin("s", run), BATCH)
    deliveries = []
    for _ in range(MAX_DELIVERIES + 1):
        deliveries.append(worker().lease(run, 1))
        revoke(worker(), run, 1)

    assert [batch is not None and batch.has_killed_workers for batch in deliveries] == [
        *[False] * MAX_DELIVERIES,
        True,
    ]


def test_states_are_current(worker: Worker, run: int) -> None:
    ledger = worker()
    for number in (1, 2):
        ledger.add(Origin("s", run), replace(BATCH, number=number))
    ledger.lease(run, 2)

    states = {(s.number, s.state, s.deliveries) for s in ledger.states(run, [1, 2, 3])}

    assert states == {(1, QUEUED, 0), (2, LEASED, 1)}


def requested(**changes: object) -> Run:
    run = Run(0, "shop.xml", "products-1", "hash", 200, "model", datetime.now(UTC))
    return replace(run, **changes)  # type: ignore[arg-type]


def test_an_interrupted_run_is_resumed(client: Elasticsearch, installed: Settings) -> None:
    runs = RunStore(client, installed.index)
    first = runs.begin(requested())

    assert runs.begin(requested()).number == first.number
    for change in ("feed_hash", "source", "target", "model"):
        assert not first.is_same_work(requested(**{change: "other"}))
    other = runs.begin(requested(source="other.xml"))
    assert other.number > first.number
    assert runs.begin(requested()).number == first.number  # still the last run of its source
    assert runs.begin(requested(feed_hash="other")).number > other.number
    assert runs.begin(requested()).number > other.number + 1  # no longer


def test_a_run_whose_batches_are_all_done_is_not_resumed(
    client: Elasticsearch, installed: Settings, worker: Worker
) -> None:
    runs, ledger = RunStore(client, installed.index), worker()
    first = runs.begin(requested())
    ledger.add(Origin("s", first.number), BATCH)
    runs.save(replace(first, state=READ, rows=3, batches=1))
    assert runs.begin(requested()).number == first.number

    batch = ledger.lease(first.number, 1)
    assert batch is not None
    ledger.finish(batch, RESULT)

    assert runs.begin(requested()).number > first.number


def test_a_run_that_begins_while_an_older_one_is_open_overlaps_it(
    client: Elasticsearch, installed: Settings, worker: Worker
) -> None:
    runs, ledger = RunStore(client, installed.index), worker()
    first = runs.begin(requested(feed_hash="1"))
    assert not first.overlaps
    second = runs.begin(requested(feed_hash="2"))
    assert second.overlaps  # the first is still being read
    assert runs.find(second.number) == second

    ledger.add(Origin("s", first.number), BATCH)
    for run in (first, second):
        runs.save(replace(run, state=READ))
    third = runs.begin(requested(feed_hash="3"))
    assert third.overlaps  # a batch of the first is queued

    runs.save(replace(third, state=READ))
    batch = ledger.lease(first.number, 1)
    assert batch is not None
    ledger.finish(batch, RESULT)
    assert not runs.begin(requested(feed_hash="4")).overlaps


@pytest.mark.parametrize(
    ("changes", "is_replaced"),
    [
        ({"state": READ}, True),
        ({}, False),
        ({"state": READ, "partial": True}, False),
        ({"state": READ, "fault": "broken"}, False),
        ({"state": READ, "withheld_deletes": 3}, False),
        ({"state": READ, "source": "other.xml"}, False),
    ],
    ids=["full", "still being read", "partial", "broken", "deletes withheld", "another source"],
)
def test_a_run_is_replaced_by_a_newer_one_that_lists_its_whole_source(
    client: Elasticsearch, installed: Settings, changes: dict[str, object], is_replaced: bool
) -> None:
    runs = RunStore(client, installed.index)
    first = runs.begin(requested(feed_hash="1"))
    second = runs.begin(requested(feed_hash="2"))
    runs.save(replace(second, **changes))  # type: ignore[arg-type]

    assert runs.is_replaced("shop.xml", first.number) is is_replaced
    assert not runs.is_replaced("shop.xml", second.number)


def test_the_report_adds_up_the_batches(
    client: Elasticsearch, installed: Settings, worker: Worker
) -> None:
    runs, ledger = RunStore(client, installed.index), worker()
    begun = runs.begin(requested())
    ledger.add(Origin("s", begun.number), BATCH)
    many = tuple(replace(REJECTED, number=number) for number in range(4, 34))
    ledger.add(Origin("s", begun.number), Batch(2, (), many))
    read = replace(begun, state=READ, rows=33, batches=2)
    assert "1 batches are open" in RunReport.of(runs, runs.close_if_done(read)).summary_line()
    batch = ledger.lease(begun.number, 1)
    assert batch is not None
    ledger.finish(batch, RESULT)

    report = RunReport.of(runs, runs.close_if_done(read))

    assert report.summary_line().startswith(
        f"run {begun.number}: 33 rows: 1 created, 0 updated, 0 unchanged, 31 rejected, 1 failed in "
    )
    problem_lines = list(report.problem_lines())
    assert problem_lines[0] == "rejected: row 2, line 3: title is missing"
    assert problem_lines[20].startswith("rejected: 11 more rows; all are stored in gram-es-ledger")
    assert problem_lines[21] == "failed: row 3, line 4 (id p): too hot"
    assert not report.is_clean
    assert report.to_json()["rows"] == 33


def test_a_missing_run_is_an_error(client: Elasticsearch, installed: Settings) -> None:
    with pytest.raises(FeedError, match="there is no run 987654"):
        RunStore(client, installed.index).find(987_654)
