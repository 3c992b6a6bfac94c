"""Open a searcher: the cluster, the overrides, and the model if there is one."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gram_es.cluster.client import connect
from gram_es.errors import GramError, ModelError
from gram_es.overrides.watcher import FollowedRules
from gram_es.precomputed.store import HeadStore
from gram_es.precomputed.watcher import FollowedHeads
from gram_es.retrieval.model_switch import LiveSearcher
from gram_es.retrieval.query.model_worker import MODEL_FAULTS
from gram_es.retrieval.query.observer import Observer
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.searcher import Searcher
from gram_es.settings import Settings

if TYPE_CHECKING:
    from gram_es.model.gram import Gram

logger = logging.getLogger(__name__)

_WARM_UP_QUERY: Final = "warm up"


def model_folder(given: Path | None, settings: Settings) -> Path | None:
    """Return the folder that is given or set, else the usual one if it exists.

    :raises ModelError: when the given folder does not exist.
    """
    wanted = given or settings.model_dir
    if wanted is None:
        usual = settings.model_folder
        return usual if usual.is_dir() else None
    if not wanted.is_dir():
        raise ModelError(
            f"there is no model folder {wanted}; make one with gram-es train FEED --out {wanted}"
        )
    return wanted


def load_model(folder: Path | None, settings: Settings) -> Gram:
    """Load the model in ``folder``.

    :raises ModelError: when there is none, or it is damaged.
    """
    if folder is None:
        raise ModelError(
            f"there is no model in {settings.model_folder}; name one with --model DIR or "
            "GRAM_ES_MODEL, or make one with gram-es train FEED --out DIR"
        )
    from gram_es.model.gram import Gram  # torch takes seconds to import

    return Gram.load(folder, threads=settings.threads)


def open_searcher(
    settings: Settings,
    folder: Path | None,
    *,
    rules: FollowedRules | None = None,
    observer: Observer | None = None,
) -> Searcher:
    """Return a searcher; without a model that can be loaded it falls back to text search.

    :param rules: overrides shared with other searchers; by default they are read once.
    :raises ClusterError: when there is no cluster to connect to.
    """
    client = connect(settings)
    rules = rules or open_rules(settings)
    gram, reason = None, "no model is loaded"
    if folder is not None:
        try:
            gram = load_model(folder, settings)
        except ModelError as error:
            reason = "the model could not be loaded; see the log"
            logger.error("searching by text alone: %s", error)
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
    """Return the overrides, read once; a failure to read them is logged."""
    rules = FollowedRules(connect(settings), settings.index)
    try:
        rules.look()
    except GramError as error:
        logger.warning("searching without overrides: %s", error)
    return rules


def open_live_searcher(
    settings: Settings, folders: Sequence[Path | None], observer: Observer | None = None
) -> LiveSearcher:
    """Return one searcher per folder, warmed up; the one whose model is live answers.

    :raises ClusterError: when there is no cluster to connect to.
    """
    rules = open_rules(settings)
    searchers = [open_searcher(settings, one, rules=rules, observer=observer) for one in folders]
    for searcher in searchers:
        warm_up(searcher)
    return LiveSearcher(searchers, rules=rules)


def warm_up(searcher: Searcher) -> None:
    """Run the model once and read the live codes, so that the first shopper does not wait.

    The model runs even while its codes are not live, so that it answers at once when they are. The
    reasons why a loaded model takes no part are logged.
    """
    if searcher.gram is not None:
        try:
            searcher.gram.understand([_WARM_UP_QUERY])
        except MODEL_FAULTS:
            logger.exception("the model failed during warm-up")
    try:
        result = searcher.search(SearchRequest(_WARM_UP_QUERY), request_id="warm-up")
    except GramError as error:
        logger.warning("warm-up failed: %s", error)
        return
    for reason in result.degraded if searcher.gram else ():
        logger.warning("searches are degraded: %s", reason)
