"""A change of model or index from end to end: slot, filling, copying, comparison, gate, switch."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from elasticsearch import Elasticsearch

from gram_es.evaluation.judgments import read_judgments
from gram_es.evaluation.measures import Grading, measured_queries
from gram_es.index.compatibility import obstacles
from gram_es.index.lifecycle import live_index, put_slot
from gram_es.migration.compare import (
    Comparison,
    Gate,
    compare,
    read_queries,
    sample,
    sample_titles,
)
from gram_es.migration.fill_slot import SlotFiller
from gram_es.migration.switch import Move, begin_move, switch
from gram_es.model.gram import Gram
from gram_es.records import Judgment
from gram_es.retrieval.searcher import Searcher


@dataclass(frozen=True)
class Probe:
    """What the comparison asks: judged queries, else a file of queries, else titles."""

    size: int
    queries: Path | None = None
    judgments: Path | None = None
    grading: Grading = field(default_factory=Grading)

    def check(self) -> None:
        """Read what is given, so that a bad file is told before anything is filled.

        :raises GramError: if a file cannot be used.
        """
        if self.judgments is not None:
            self.grading.check(read_judgments(self.judgments))
        elif self.queries is not None:
            read_queries(self.queries)

    def draw(self, client: Elasticsearch, index: str) -> tuple[list[str], list[Judgment]]:
        """Return at most ``size`` queries, and their judgments if there are any."""
        if self.judgments is not None:
            judged = read_judgments(self.judgments)
            asked = sample(measured_queries(judged, self.grading), self.size)
            return asked, [judgment for judgment in judged if judgment.query in {*asked}]
        if self.queries is not None:
            return sample(read_queries(self.queries), self.size), []
        return sample_titles(client, index, self.size), []


@dataclass(frozen=True)
class Migration:
    """How far a change of model, of index or of both came.

    ``filled`` counts documents, ``lacking`` those without the model's codes at the end. Where a
    new index was needed, it is ``index``, ``previous_index`` the one before it, and ``copied``
    counts what was written to it. ``refused`` has the reasons by id, of either. ``faults`` are
    what stood against the switch. ``was_live`` is the slot that was live when it began, ``is_live``
    tells whether the model's is now, in ``index``.
    """

    index: str
    slot: str
    was_live: str | None
    filled: int
    seconds: float
    lacking: int
    refused: Mapping[str, str]
    comparison: Comparison | None
    faults: Sequence[str]
    is_live: bool
    previous_index: str | None = None
    copied: int = 0


def migrate(
    client: Elasticsearch,
    index: str,
    model: Gram,
    *,
    live: Gram | None,
    probe: Probe,
    gate: Gate,
    switches: bool = True,
    force: bool = False,
    looked_at: Callable[[int], object] = lambda _: None,
) -> Migration:
    """Fill the slot of ``model`` beside the live one, compare both, and make it live.

    Where a new index is needed, all that is copied there, compared there, and made live with it.
    Cut short, it is gone on with by running it again.

    :param live: the model that is live; without it nothing is compared.
    :param switches: make the slot live if nothing stands against it, or ``force`` is given.
    :param looked_at: is told how many documents more were looked at.
    :raises CatalogueIndexError: if another process changes the index too.
    :raises ClusterUnavailableError: if Elasticsearch stays away.
    """
    found = live_index(client, index)
    _add_slot(client, found.index, model)
    filler, started = SlotFiller(client, index, model), time.monotonic()
    filled = filler.fill_index(looked_at)
    move = begin_move(client, index) if obstacles(client, found) else None
    copied = move.copier.catch_up(looked_at) if move else 0
    seconds = time.monotonic() - started
    is_live = found.live_slot == model.slot and move is None
    comparison, faults = None, []
    if not is_live:
        if live is not None:
            comparison = _compare(client, index, live, model, probe, move)
        filler.fill_rest()  # what was written while both were compared
        if move:
            copied += move.copier.catch_up()
        faults = _against(filler.lacking(), model.slot, comparison, gate, move)
        if switches and (force or not faults):
            if move:
                move.switch(model.slot, force=force)
            else:
                switch(client, index, model.slot)
            filler.fill_rest()
            is_live = True
    return Migration(
        index=move.target.index if move else found.index,
        slot=model.slot,
        was_live=found.live_slot,
        filled=filled.written,
        seconds=seconds,
        lacking=filler.lacking(),
        refused={**filled.refused, **(move.copier.refused if move else {})},
        comparison=comparison,
        faults=faults,
        is_live=is_live,
        previous_index=found.index if move else None,
        copied=copied,
    )


def _add_slot(client: Elasticsearch, index: str, model: Gram) -> None:
    put_slot(
        client,
        index,
        slot=model.slot,
        fingerprint=model.fingerprint,
        family=model.family,
        live=False,
    )


def _compare(
    client: Elasticsearch, index: str, live: Gram, model: Gram, probe: Probe, move: Move | None
) -> Comparison | None:
    queries, judgments = probe.draw(client, index)
    if not queries:
        return None
    first = Searcher(client, live, index=index, shadow=True)
    second = Searcher(client, model, index=move.alias if move else index, shadow=True)
    return compare(first, second, queries, judgments, probe.grading)


def _against(
    lacking: int, slot: str, comparison: Comparison | None, gate: Gate, move: Move | None
) -> list[str]:
    return [
        *([f"{lacking:,} products lack codes of {slot}"] if lacking else []),
        *(move.faults() if move else []),
        *(gate.faults(comparison) if comparison else []),
    ]
