"""Replay dead letters: a new run processes each as a late row of the run that first read it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby

from celery import Celery
from elasticsearch import Elasticsearch

from gram_es.settings import Settings
from ingest.producer.enqueue import add_batch
from ingest.producer.runner import Runner
from ingest.runs.batch import Batch, split_into_batches
from ingest.runs.dead_letters import DeadLetter, DeadLetters
from ingest.runs.outcomes import Origin
from ingest.runs.run_store import READ, Run

SOURCE = "dead letters"


def replay(
    client: Elasticsearch, app: Celery, settings: Settings, *, in_run: int | None, wait: bool
) -> Run | None:
    """Enqueue dead letters in a new run and return this run, or ``None`` if there are no letters.

    Products that a newer run has written are not overwritten. Replaying the same letters again
    resumes an interrupted replay.

    :param in_run: the run whose dead letters to replay; ``None`` replays all.
    :param wait: whether to wait until every row has been processed.
    :raises CatalogueIndexError: if the index is not installed.
    """
    letters = DeadLetters(client, settings.index)
    content_hash = _content_hash(letters.in_run(in_run))
    if content_hash is None:
        return None
    runner = Runner(client, app, settings)
    run = runner.begin(SOURCE, content_hash, partial=True)
    rows: dict[int, int] = {}
    for source, batch in _letter_batches(letters.in_run(in_run), settings.batch_size):
        numbered = replace(batch, number=len(rows) + 1)
        for stored in add_batch(runner.ledger, Origin(source, run.number), numbered):
            rows[len(rows) + 1] = stored.size
    read = replace(run, state=READ, rows=sum(rows.values()), batches=len(rows))
    runner.runs.save(read)
    with runner.follow(run) as (resender, bar):
        bar.rows_expected(read.rows)
        runner.send(resender, rows)
        if not wait:
            return read
        resender.wait()
    return runner.close(read)


def _content_hash(letters: Iterable[DeadLetter]) -> str | None:
    """Return a hash of the letters and their attempts, or ``None`` if there are none."""
    hashed = hashlib.sha256()
    is_empty = True
    for letter in letters:
        is_empty = False
        hashed.update(f"{letter.run}-{letter.row.number}-{letter.attempts} ".encode())
    return None if is_empty else hashed.hexdigest()


def _letter_batches(letters: Iterable[DeadLetter], size: int) -> Iterator[tuple[str, Batch]]:
    """Yield batches of letters with their source; the rows of a batch were read in one run."""
    for (source, run), group in groupby(letters, key=lambda letter: (letter.source, letter.run)):
        for batch in split_into_batches((letter.row for letter in group), size):
            assert isinstance(batch, Batch)
            yield source, replace(batch, read_in_run=run)
