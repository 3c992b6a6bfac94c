"""Migrate a live shop to another model or index.

The steps are: fill the new model's slot, copy the documents to a new index if one is needed,
compare the models, check the conditions for a switch, and switch.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from elasticsearch import Elasticsearch

from gram_es.evaluation.judgments import read_judgments
from gram_es.evaluation.measures import Grading, measured_queries
from gram_es.index.alias_swap import unblock
from gram_es.index.compatibility import incompatibilities
from gram_es.index.lifecycle import put_slot, writable_index
from gram_es.migration.compare import (
    Comparison,
    Gate,
    compare,
    read_queries,
    sample,
    sample_titles,
)
from gram_es.migration.fill_slot import SlotFiller
from gram_es.migration.lock import MigrationLock
from gram_es.migration.resume import resumable
from gram_es.migration.switch import IndexSwitch, stage_new_index, switch
from gram_es.model.gram import Gram
from gram_es.records import Judgment
from gram_es.retrieval.searcher import Searcher


@dataclass(frozen=True)
class ComparisonQueries:
    """The source of the queries to compare models on.

    The queries come from ``judgments``, else from the file ``queries``, else from product titles.
    ``size`` is the maximum number of queries; ``grading`` defines which grades count as relevant.
    """

    size: int
    queries: Path | None = None
    judgments: Path | None = None
    grading: Grading = field(default_factory=Grading)

    def check(self) -> None:
        """Check the files, so that an unusable file is reported before anything is written.

        :raises GramError: if a file cannot be used.
        """
        if self.judgments is not None:
            self.grading.check(read_judgments(self.judgments))
        elif self.queries is not None:
            read_queries(self.queries)

    def draw(self, client: Elasticsearch, index: str) -> tuple[list[str], list[Judgment]]:
        """Return at most ``size`` queries, and the judgments that are about these queries."""
        if self.judgments is not None:
            judgments = read_judgments(self.judgments)
            queries = sample(measured_queries(judgments, self.grading), self.size)
            return queries, [judgment for judgment in judgments if judgment.query in {*queries}]
        if self.queries is not None:
            return sample(read_queries(self.queries), self.size), []
        return sample_titles(client, index, self.size), []


@dataclass(frozen=True)
class Migration:
    """The result of a migration.

    ``slot`` is the model's slot, and ``previous_slot`` the slot that was live at the beginning.
    ``filled`` counts the documents that got the model's codes. ``recoded`` of them got codes from
    stored vectors, without encoding a text. ``missing_codes`` counts the documents that lack the
    model's codes at the end. ``seconds`` is the time of filling and
    copying. ``rejected`` gives, by product id, the reason why a product could not be filled or
    copied. ``objections`` are the reasons not to switch. ``is_live`` is true if ``slot`` is live in
    ``index`` at the end.

    If a new index was needed, ``index`` is the new one, and ``previous_index`` is the index that
    was live at the beginning. ``copied`` is the number of documents written to the new index.
    """

    index: str
    slot: str
    previous_slot: str | None
    filled: int
    seconds: float
    missing_codes: int
    rejected: Mapping[str, str]
    comparison: Comparison | None
    objections: Sequence[str]
    is_live: bool
    previous_index: str | None = None
    copied: int = 0
    recoded: int = 0


def migrate(
    client: Elasticsearch,
    index: str,
    model: Gram,
    *,
    live: Gram | None,
    queries: ComparisonQueries,
    gate: Gate,
    switches: bool = True,
    force: bool = False,
    on_progress: Callable[[int], object] = lambda _: None,
) -> Migration:
    """Fill the slot of ``model``, compare ``model`` with ``live``, and make its slot live.

    If a new index is needed, all documents are copied to it. The comparison then searches the new
    index with ``model``, and the switch makes the new index live. Call this again to resume an
    interrupted migration.

    :param live: the live model; with ``None`` nothing is compared.
    :param gate: the conditions for a switch.
    :param switches: whether to switch if there are no objections; if false, never switch.
    :param force: switch even if there are objections.
    :param on_progress: called after each page with the number of its documents.
    :raises CatalogueIndexError: if another process migrates the index or moves its aliases too.
    :raises ClusterUnavailableError: if Elasticsearch does not answer or stays overloaded.
    """
    with resumable("gram-es index migrate"), MigrationLock(client, index) as lock:
        before = writable_index(client, index)
        before.check_is_own("fill a slot there with gram-es enrich INDEX --model DIR")
        unblock(client, before.index)
        _add_slot(client, before.index, model)
        filler, started = SlotFiller(client, index, model), time.monotonic()
        report = filler.fill_index(on_progress)
        needs_new_index = bool(incompatibilities(client, before))
        index_switch = stage_new_index(client, index, before.index) if needs_new_index else None
        copied = index_switch.copier.catch_up(on_progress) if index_switch else 0
        seconds = time.monotonic() - started
        is_live = before.live_slot == model.slot and index_switch is None
        comparison, objections = None, []
        if not is_live:
            if live is not None:
                comparison = _compare(client, index, live, model, queries, index_switch)
            filler.fill_rest()  # documents that feeds have written during the comparison
            if index_switch:
                copied += index_switch.copier.catch_up()
            missing_codes = filler.count_missing()
            objections = _objections(missing_codes, model.slot, comparison, gate, index_switch)
            if switches and (force or not objections):
                if index_switch:
                    index_switch.switch(model.slot, ensure_alone=lock.renew, force=force)
                else:
                    lock.renew()
                    switch(client, index, model.slot, target=before.index)
                filler.fill_rest()
                is_live = True
        return Migration(
            index=index_switch.target.index if index_switch else before.index,
            slot=model.slot,
            previous_slot=before.live_slot,
            filled=report.written,
            seconds=seconds,
            missing_codes=filler.count_missing(),
            rejected={**report.rejected, **(index_switch.copier.rejected if index_switch else {})},
            comparison=comparison,
            objections=objections,
            is_live=is_live,
            previous_index=before.index if index_switch else None,
            copied=copied,
            recoded=report.recoded,
        )


def _add_slot(client: Elasticsearch, index: str, model: Gram) -> None:
    put_slot(
        client,
        index,
        slot=model.slot,
        fingerprint=model.fingerprint,
        family=model.family,
        encoder=model.encoder_fingerprint,
        codes=model.codes_fingerprint,
        live=False,
    )


def _compare(
    client: Elasticsearch,
    index: str,
    live: Gram,
    model: Gram,
    queries: ComparisonQueries,
    index_switch: IndexSwitch | None,
) -> Comparison | None:
    texts, judgments = queries.draw(client, index)
    if not texts:
        return None
    new_index = index_switch.alias if index_switch else index
    live_searcher = Searcher(client, live, index=index, shadow=True)
    new_searcher = Searcher(client, model, index=new_index, shadow=True)
    return compare(live_searcher, new_searcher, texts, judgments, queries.grading)


def _objections(
    missing_codes: int,
    slot: str,
    comparison: Comparison | None,
    gate: Gate,
    index_switch: IndexSwitch | None,
) -> list[str]:
    return [
        *([f"{missing_codes:,} products lack codes of {slot}"] if missing_codes else []),
        *(index_switch.objections() if index_switch else []),
        *(gate.objections(comparison) if comparison else []),
    ]
