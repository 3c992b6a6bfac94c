"""Open what a search needs: the cluster, and the model if there is one."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gram_es.errors import GramError, ModelError
from gram_es.heads.following import FollowedHeads
from gram_es.heads.store import HeadStore
from gram_es.index.client import connect
from gram_es.overrides.following import FollowedRules
from gram_es.retrieval.following import LiveSearcher
from gram_es.retrieval.observing import Observer
from gram_es.retrieval.query_model import MODEL_FAULTS
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.searcher import Searcher
from gram_es.settings import Settings

if TYPE_CHECKING:
    from gram_es.model.runtime import Gram

log = logging.getLogger(__name__)

_ANYTHING: Final = "warm up"


def model_folder(given: Path | None, settings: Settings) -> Path | None:
    """Return the folder that was asked for, else the usual one if it is there.

    :raises ModelError: when the folder that was asked for does not exist.
    """
    asked = given or settings.model_dir
    if asked is None:
        usual = settings.model_folder
        return usual if usual.is_dir() else None
    if not asked.is_dir():
        raise ModelError(
            f"there is no model folder {asked}; make one with gram-es train FEED --out {asked}"
        )
    return asked


def load_model(folder: Path | None, settings: Settings) -> Gram:
    """Load the model in ``folder``.

    :raises ModelError: when there is none, or it is damaged.
    """
    if folder is None:
        raise ModelError(
            f"there is no model in {settings.model_folder}; name one with --model DIR or "
            "GRAM_ES_MODEL, or make one with gram-es train FEED --out DIR"
        )
    from gram_es.model.runtime import Gram  # torch takes seconds to import

    return Gram.load(folder, threads=settings.threads)


def open_searcher(
    settings: Settings,
    folder: Path | None,
    *,
    rules: FollowedRules | None = None,
    observer: Observer | None = None,
) -> Searcher:
    """Return a searcher; without a model that can be loaded it searches text alone and says so.

    :param rules: the overrides that it shares with others; they are read once where not given.
    :raises ClusterError: when there is no cluster to connect to.
    """
    client = connect(settings)
    rules = rules or open_rules(settings)
    gram, reason = None, "no model is loaded"
    if folder is not None:
        try:
            gram = load_model(folder, settings)
        except ModelError as error:
            reason = "the model could not be loaded; the log says why"
            log.error("searching text alone: %s", error)
    return Searcher(
        client,
        gram,
        index=settings.index,
        window=settings.window,
        without_model=reason,
        rules=rules,
        observer=observer,
        heads=FollowedHeads(HeadStore(client, settings.index, gram.fingerprint)) if gram else None,
    )


def open_rules(settings: Settings) -> FollowedRules:
    """Return the overrides, read once; what keeps them from being read is logged."""
    rules = FollowedRules(connect(settings), settings.index)
    try:
        rules.look()
    except GramError as error:
        log.warning("searching without overrides: %s", error)
    return rules


def open_live_searcher(
    settings: Settings, folders: Sequence[Path | None], observer: Observer | None = None
) -> LiveSearcher:
    """Return a searcher a folder, warmed up; the one whose model is live answers.

    :raises ClusterError: when there is no cluster to connect to.
    """
    rules = open_rules(settings)
    searchers = [open_searcher(settings, one, rules=rules, observer=observer) for one in folders]
    for searcher in searchers:
        warm_up(searcher)
    return LiveSearcher(searchers, rules=rules)


def warm_up(searcher: Searcher) -> None:
    """Run the model once and read the live codes, so that the first shopper does not wait.

    The model runs also where its codes are not live yet: once they are, it answers at once. What
    keeps a loaded model from being used is logged.
    """
    if searcher.gram is not None:
        try:
            searcher.gram.understand([_ANYTHING])
        except MODEL_FAULTS:
            log.exception("the model failed as it was warmed up")
    try:
        result = searcher.search(SearchRequest(_ANYTHING), request_id="warm-up")
    except GramError as error:
        log.warning("not warmed up: %s", error)
        return
    for reason in result.degraded if searcher.gram else ():
        log.warning("searching with less than all stages: %s", reason)
