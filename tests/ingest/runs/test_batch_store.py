"""The ledger over a real cluster."""

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
from ingest.feeds import RefusedRow, Row
from ingest.runs.batch import Batch
from ingest.runs.batch_store import DONE, MAX_DELIVERIES, QUEUED, TAKEN, Ledger
from ingest.runs.outcomes import Counts, Fate
from ingest.runs.report import Report
from ingest.runs.run_store import READ, Run, Runs
from ingest.worker.pipeline import FailedRow, Origin, Outcome

KETTLE = Row(1, 2, Product("k", "Kettle"))
PAN = Row(3, 4, Product("p", "Pan"))
REFUSED = RefusedRow(2, 3, "title is missing", "x,")
BATCH = Batch(1, (KETTLE, PAN), (REFUSED,))
OUTCOME = Outcome({1: Fate.NEW, 3: Fate.FAILED}, (FailedRow(PAN, "too hot"),))

Worker = Callable[..., Ledger]


@pytest.fixture
def worker(client: Elasticsearch, installed: Settings) -> Worker:
    names = (f"host:{number}" for number in itertools.count())

    def start(lease_s: float = 60.0) -> Ledger:
        return Ledger(client, installed.index, lease_s=lease_s, worker=next(names))

    return start


@pytest.fixture
def run(client: Elasticsearch, installed: Settings) -> int:
    return next_run_number(client)


def test_a_batch_keeps_its_rows_until_it_is_done(
    client: Elasticsearch, worker: Worker, run: int
) -> None:
    ledger = worker()
    assert ledger.add(Origin("shop.xml", run), BATCH) == QUEUED
    taken = ledger.take(run, 1)
    assert taken is not None
    assert (taken.rows, taken.deliveries) == ((KETTLE, PAN), 1)
    assert taken.origin == Origin("shop.xml", run)

    counts = ledger.finish(taken, OUTCOME)

    assert counts == Counts(new=1, refused=1, failed=1)
    document = client.get(index=LEDGER, id=f"{run}-1")["_source"]
    assert "rows" not in document
    assert [row["reason"] for row in document["refused"]] == ["title is missing"]
    assert [(row["product"]["id"], row["reason"]) for row in document["failed"]] == [
        ("p", "too hot")
    ]


def test_a_done_batch_is_not_taken_again(worker: Worker, run: int) -> None:
    ledger = worker()
    ledger.add(Origin("s", run), BATCH)
    taken = ledger.take(run, 1)
    assert taken is not None
    ledger.finish(taken, OUTCOME)

    assert ledger.take(run, 1) is None
    assert ledger.add(Origin("s", run), BATCH) == DONE


def test_a_batch_that_is_not_there_is_not_taken(worker: Worker, run: int) -> None:
    assert worker().take(run, 99) is None


def test_a_batch_of_refused_rows_is_done_at_once(worker: Worker, run: int) -> None:
    assert worker().add(Origin("s", run), Batch(1, (), (REFUSED,))) == DONE


def test_a_lease_keeps_other_workers_off_until_it_runs_out(worker: Worker, run: int) -> None:
    first, short, second = worker(), worker(lease_s=0.0), worker()
    first.add(Origin("s", run), BATCH)
    assert first.take(run, 1) is not None
    assert second.take(run, 1) is None

    first.add(Origin("s", run), replace(BATCH, number=2))
    assert short.take(run, 2) is not None
    assert second.take(run, 2) is not None


def test_a_lease_is_prolonged_only_by_the_worker_that_has_it(worker: Worker, run: int) -> None:
    gone, here, other = worker(lease_s=0.0), worker(), worker()
    gone.add(Origin("s", run), BATCH)
    lost = gone.take(run, 1)
    held = here.take(run, 1)
    assert lost is not None
    assert held is not None

    gone.prolong(lost)  # would end it at once
    assert other.take(run, 1) is None
    here.prolong(held)

    assert other.take(run, 1) is None
    assert here.finish(held, OUTCOME) == Counts(new=1, refused=1, failed=1)
    here.prolong(held)
    assert [state.state for state in here.states(run, [1])] == [DONE]


def test_of_two_workers_that_work_on_a_batch_the_first_to_end_is_believed(
    client: Elasticsearch, worker: Worker, run: int
) -> None:
    slow, fast = worker(lease_s=0.0), worker()
    slow.add(Origin("s", run), BATCH)
    taken_slow, taken_fast = slow.take(run, 1), fast.take(run, 1)
    assert taken_slow is not None
    assert taken_fast is not None

    slow.finish(taken_slow, OUTCOME)
    fast.finish(taken_fast, Outcome.all_failed((KETTLE, PAN), "late"))

    assert [state.state for state in slow.states(run, [1])] == [DONE]
    assert client.get(index=LEDGER, id=f"{run}-1")["_source"]["counts"]["new"] == 1


def test_a_batch_that_is_given_back_does_not_count_as_tried(worker: Worker, run: int) -> None:
    ledger = worker()
    ledger.add(Origin("s", run), BATCH)
    taken = ledger.take(run, 1)
    assert taken is not None
    ledger.release(run, 1)

    assert [(s.state, s.deliveries) for s in ledger.states(run, [1])] == [(QUEUED, 0)]


def test_a_row_that_was_tried_as_a_batch_was_given_back_is_no_suspect(
    worker: Worker, run: int
) -> None:
    first, second = worker(), worker(lease_s=0.0)
    first.add(Origin("s", run), BATCH)
    taken = first.take(run, 1)
    assert taken is not None
    first.note_trying(taken, 3)
    first.release(run, 1)

    again = second.take(run, 1)
    assert again is not None
    assert (again.deliveries, again.suspects) == (1, frozenset())

    second.note_trying(again, 3)
    first.release(run, 1)  # it is no longer the first one's
    ended = worker(lease_s=0.0).take(run, 1)
    assert ended is not None
    assert (ended.deliveries, ended.suspects) == (2, frozenset())  # once may be chance

    first.note_trying(ended, 3)
    ended_again = worker().take(run, 1)
    assert ended_again is not None
    assert (ended_again.deliveries, ended_again.suspects) == (3, {3})


def test_a_batch_that_outlives_too_many_workers_is_known_for_it(worker: Worker, run: int) -> None:
    worker().add(Origin("s", run), BATCH)
    taken = [worker(lease_s=0.0).take(run, 1) for _ in range(MAX_DELIVERIES + 1)]

    assert [batch is not None and batch.has_killed_workers for batch in taken] == [
        *[False] * MAX_DELIVERIES,
        True,
    ]


def test_states_are_those_of_now(worker: Worker, run: int) -> None:
    ledger = worker()
    for number in (1, 2):
        ledger.add(Origin("s", run), replace(BATCH, number=number))
    ledger.take(run, 2)

    found = {(s.number, s.state, s.deliveries) for s in ledger.states(run, [1, 2, 3])}

    assert found == {(1, QUEUED, 0), (2, TAKEN, 1)}


def wanted(**changes: object) -> Run:
    run = Run(0, "shop.xml", "products-1", "hash", 200, "model", datetime.now(UTC))
    return replace(run, **changes)  # type: ignore[arg-type]


def test_a_run_that_was_cut_short_is_gone_on_with(
    client: Elasticsearch, installed: Settings
) -> None:
    runs = Runs(client, installed.index)
    first = runs.begin(wanted())

    assert runs.begin(wanted()).number == first.number
    for change in ("feed_hash", "source", "target", "model"):
        assert not first.is_same_work(wanted(**{change: "other"}))
    other = runs.begin(wanted(source="other.xml"))
    assert other.number > first.number
    assert runs.begin(wanted()).number == first.number  # still the last run of its source
    assert runs.begin(wanted(feed_hash="other")).number > other.number
    assert runs.begin(wanted()).number > other.number + 1  # no longer


def test_a_run_whose_batches_are_all_done_is_not_gone_on_with(
    client: Elasticsearch, installed: Settings, worker: Worker
) -> None:
    runs, ledger = Runs(client, installed.index), worker()
    first = runs.begin(wanted())
    ledger.add(Origin("s", first.number), BATCH)
    runs.save(replace(first, state=READ, rows=3, batches=1))
    assert runs.begin(wanted()).number == first.number

    taken = ledger.take(first.number, 1)
    assert taken is not None
    ledger.finish(taken, OUTCOME)

    assert runs.begin(wanted()).number > first.number


def test_a_run_that_begins_while_an_older_one_is_under_way_knows_it(
    client: Elasticsearch, installed: Settings, worker: Worker
) -> None:
    runs, ledger = Runs(client, installed.index), worker()
    first = runs.begin(wanted(feed_hash="1"))
    assert not first.overlaps
    second = runs.begin(wanted(feed_hash="2"))
    assert second.overlaps  # the first is still being read
    assert runs.find(second.number) == second

    ledger.add(Origin("s", first.number), BATCH)
    for run in (first, second):
        runs.save(replace(run, state=READ))
    third = runs.begin(wanted(feed_hash="3"))
    assert third.overlaps  # a batch of the first is queued

    runs.save(replace(third, state=READ))
    taken = ledger.take(first.number, 1)
    assert taken is not None
    ledger.finish(taken, OUTCOME)
    assert not runs.begin(wanted(feed_hash="4")).overlaps


@pytest.mark.parametrize(
    ("changes", "is_replaced"),
    [
        ({"state": READ}, True),
        ({}, False),
        ({"state": READ, "partial": True}, False),
        ({"state": READ, "fault": "broken"}, False),
        ({"state": READ, "held": 3}, False),
        ({"state": READ, "source": "other.xml"}, False),
    ],
    ids=["full", "still read", "partial", "broken", "deletes held", "another source"],
)
def test_a_run_is_replaced_by_a_newer_one_that_lists_its_whole_source(
    client: Elasticsearch, installed: Settings, changes: dict[str, object], is_replaced: bool
) -> None:
    runs = Runs(client, installed.index)
    first = runs.begin(wanted(feed_hash="1"))
    second = runs.begin(wanted(feed_hash="2"))
    runs.save(replace(second, **changes))  # type: ignore[arg-type]

    assert runs.is_replaced("shop.xml", first.number) is is_replaced
    assert not runs.is_replaced("shop.xml", second.number)


def test_the_report_adds_up_the_batches(
    client: Elasticsearch, installed: Settings, worker: Worker
) -> None:
    runs, ledger = Runs(client, installed.index), worker()
    begun = runs.begin(wanted())
    ledger.add(Origin("s", begun.number), BATCH)
    many = tuple(replace(REFUSED, number=number) for number in range(4, 34))
    ledger.add(Origin("s", begun.number), Batch(2, (), many))
    read = replace(begun, state=READ, rows=33, batches=2)
    assert "1 batches are under way" in Report.of(runs, runs.closed(read)).line()
    taken = ledger.take(begun.number, 1)
    assert taken is not None
    ledger.finish(taken, OUTCOME)

    report = Report.of(runs, runs.closed(read))

    assert report.line().startswith(
        f"run {begun.number}: 33 rows: 1 new, 0 changed, 0 unchanged, 31 refused, 1 failed in "
    )
    complaints = list(report.complaints())
    assert complaints[0] == "refused: row 2, line 3: title is missing"
    assert complaints[20].startswith("refused: 11 more rows; all are kept in gram-es-ledger")
    assert complaints[21] == "failed: row 3, line 4 (id p): too hot"
    assert not report.is_clean
    assert report.to_json()["rows"] == 33


def test_a_run_that_is_not_there_is_an_error(client: Elasticsearch, installed: Settings) -> None:
    with pytest.raises(FeedError, match="there is no run 987654"):
        Runs(client, installed.index).find(987_654)
