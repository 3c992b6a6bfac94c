"""Feeding dead letters again: a run of its own, whose rows come in as late ones of their feeds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby

from celery import Celery
from elasticsearch import Elasticsearch

from gram_es.settings import Settings
from ingest.producer.runner import Runner
from ingest.runs.batch import Batch, cut
from ingest.runs.dead_letters import DeadLetter, DeadLetters
from ingest.runs.run_store import READ, Run
from ingest.worker.pipeline import Origin

SOURCE = "dead letters"


def replay(
    client: Elasticsearch, app: Celery, settings: Settings, *, of_run: int | None, wait: bool
) -> Run | None:
    """Queue the dead letters of a run, or all, and return the new run; ``None`` without letters.

    What a newer run has written meanwhile is not overwritten.

    :raises CatalogueIndexError: if the index is not installed.
    """
    letters = DeadLetters(client, settings.index)
    name = _name(letters.of_run(of_run))
    if name is None:
        return None
    runner = Runner(client, app, settings)
    run = runner.begin(SOURCE, name, partial=True)
    rows = {}
    for number, (source, batch) in enumerate(_cut(letters.of_run(of_run), settings.batch_size), 1):
        runner.ledger.add(Origin(source, run.number), replace(batch, number=number))
        rows[number] = batch.size
    read = replace(run, state=READ, rows=sum(rows.values()), batches=len(rows))
    runner.runs.save(read)
    with runner.follow(run) as (follower, bar):
        bar.rows_expected(read.rows)
        runner.send(follower, rows)
        if not wait:
            return read
        follower.wait()
    return runner.close(read)


def _name(letters: Iterable[DeadLetter]) -> str | None:
    """Return what tells these letters from others: a replay that was cut short is gone on with."""
    hashed = hashlib.sha256()
    is_empty = True
    for letter in letters:
        is_empty = False
        hashed.update(f"{letter.run}-{letter.row.number}-{letter.attempts} ".encode())
    return None if is_empty else hashed.hexdigest()


def _cut(letters: Iterable[DeadLetter], size: int) -> Iterator[tuple[str, Batch]]:
    """Yield batches, each of rows that one run read of one source, with the source."""
    for (source, run), group in groupby(letters, key=lambda letter: (letter.source, letter.run)):
        for batch in cut((letter.row for letter in group), size):
            assert isinstance(batch, Batch)
            yield source, replace(batch, of_run=run)
