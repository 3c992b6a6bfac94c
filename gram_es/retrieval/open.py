"""Open a searcher: connect to the cluster, read the overrides, load the model."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gram_es.cluster.client import connect
from gram_es.errors import GramError, ModelError
from gram_es.overrides.watcher import RulesWatcher
from gram_es.precomputed.store import PrecomputedStore
from gram_es.precomputed.watcher import PrecomputedWatcher
from gram_es.retrieval.context import Deadline
from gram_es.retrieval.model_switch import ModelSwitch
from gram_es.retrieval.query.model_worker import MODEL_ERRORS
from gram_es.retrieval.query.observer import Observer
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.searcher import STAGES, Searcher
from gram_es.settings import Settings

if TYPE_CHECKING:
    from gram_es.language_model.load import TrainedLanguageModel
    from gram_es.language_model.query_codes import TwoExperts
    from gram_es.model.gram import Gram

logger = logging.getLogger(__name__)

# A word that no catalogue and no language has is looked up everywhere: the list of the language's
# words takes a second to read, longer than the model may take. The rest is a condition and a part
# number.
_WARM_UP_QUERY: Final = "warmupq zq-100 under 5000"
_WARM_UP_MS: Final = 120_000.0  # a limit, so that the query takes the way of a shopper's
_LANGUAGE_MODEL_FOLDER: Final = "language-model"


def open_searcher(
    settings: Settings,
    folder: Path | None,
    *,
    rules: RulesWatcher | None = None,
    observer: Observer | None = None,
    reads_answers: bool = True,
) -> Searcher:
    """Return a searcher with the model in ``folder``.

    If ``folder`` is ``None`` or its model cannot be loaded, the searcher searches by text alone.

    :param rules: a watcher of the overrides, shared with other searchers; by default, a new
        watcher.
    :param reads_answers: whether each search reads the stored answer of a language model, if there
        is one. Without it, only a searcher whose watcher of precomputed codes runs has some.
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
    store = precomputed = None
    if gram is not None:
        store = PrecomputedStore(client, settings.index, gram.fingerprint)
        precomputed = PrecomputedWatcher(store)
    return Searcher(
        client,
        gram,
        index=settings.index,
        window=settings.window_size,
        without_model=reason,
        rules=rules,
        observer=observer,
        precomputed=precomputed,
        answered=store if reads_answers else None,
        stages=STAGES if settings.spelling else STAGES - {"spelling"},
    )


def open_live_searcher(
    settings: Settings, folders: Sequence[Path | None], observer: Observer | None = None
) -> ModelSwitch:
    """Open and warm up one searcher per model folder, and return a switch between them.

    :raises ClusterError: when there is no cluster to connect to.
    """
    rules = open_rules(settings)
    reads_answers = settings.queries_per_minute > 0
    searchers = [
        open_searcher(settings, folder, rules=rules, observer=observer, reads_answers=reads_answers)
        for folder in folders
    ]
    for searcher in searchers:
        warm_up(searcher)
    return ModelSwitch(searchers, rules=rules)


def model_folder(folder: Path | None, settings: Settings) -> Path | None:
    """Return ``folder`` if it is given, else the configured folder, else the default folder.

    Return ``None`` if no folder is given or configured and the default folder does not exist.

    :raises ModelError: when the given or configured folder does not exist.
    """
    chosen = folder or settings.model_dir
    if chosen is None:
        default = settings.model_folder
        return default if default.is_dir() else None
    if not chosen.is_dir():
        raise ModelError(
            f"there is no model folder {chosen}; train one with gram-es train FEED --out {chosen}"
        )
    return chosen


def load_model(folder: Path | None, settings: Settings) -> Gram:
    """Load the model in ``folder``.

    :raises ModelError: when ``folder`` is ``None``, or contains no intact model.
    """
    if folder is None:
        raise ModelError(
            f"there is no model in {settings.model_folder}; give its folder with --model DIR or "
            "GRAM_ES_MODEL, or train one with gram-es train FEED --out DIR"
        )
    from gram_es.model.gram import Gram  # its packages take a second to import

    return Gram.load(folder, threads=settings.threads)


def load_experts(gram: Gram, source: str | None, settings: Settings) -> TwoExperts | None:
    """Return ``gram`` with a language model, or ``None`` if there is none.

    :param source: a hub id, a folder or a GGUF file; without it, the trained language model in the
        model's folder.
    :raises ModelError: when the language model cannot be loaded.
    """
    if source is None and not has_language_model(gram.parts.folder):
        return None
    return experts_of([gram], source, settings)[0]


def has_language_model(folder: Path) -> bool:
    """Return whether a model's folder contains a trained language model."""
    from gram_es.language_model.trained import adapter_folder

    return adapter_folder(folder) is not None


def experts_of(models: Sequence[Gram], source: str | None, settings: Settings) -> list[TwoExperts]:
    """Return each model with the language model ``source``, which is loaded once.

    What the language model computes once for a codebook is kept in the cache folder.

    :param source: without it, each model has the trained language model of its folder.
    :raises ModelError: when a language model cannot be loaded.
    """
    from gram_es.language_model.load import load_language_model
    from gram_es.language_model.query_codes import TwoExperts

    folder = settings.cache_dir / _LANGUAGE_MODEL_FOLDER
    if source is None:
        return [TwoExperts.of(m, _own_language_model(m), folder=folder) for m in models]
    language_model = load_language_model(source, fast=True)
    return [TwoExperts.of(model, language_model, folder=folder) for model in models]


def _own_language_model(gram: Gram) -> TrainedLanguageModel:
    """Load the trained language model in a model's folder.

    :raises ModelError: when there is none, or it cannot be loaded.
    """
    from gram_es.language_model.load import load_trained_language_model
    from gram_es.language_model.trained import adapter_folder

    folder = adapter_folder(gram.parts.folder)
    if folder is None:
        raise ModelError(
            f"the model in {gram.parts.folder} has no trained language model; train one with "
            "--family llm, or give --language-model SOURCE"
        )
    return load_trained_language_model(folder, codes_fingerprint=gram.codes_fingerprint)


def open_rules(settings: Settings) -> RulesWatcher:
    """Return a watcher of the overrides that has already read the overrides once.

    If the overrides cannot be read, the failure is logged and the watcher is still returned.
    """
    rules = RulesWatcher(connect(settings), settings.index)
    try:
        rules.refresh()
    except GramError as error:
        logger.warning("searching without overrides: %s", error)
    return rules


def warm_up(searcher: Searcher) -> None:
    """Run the model and one search, so that the first search of a shopper is fast.

    Live codes, the words of the language and those of conditions are read once in a process. The
    model runs even if it is not live yet, so that it is ready when it becomes live. If searches
    are degraded, the reasons are logged.
    """
    if searcher.gram is not None:
        try:
            searcher.gram.understand([searcher.gram.speller.spell(_WARM_UP_QUERY)])
        except MODEL_ERRORS:
            logger.exception("the model failed during warm-up")
    request = SearchRequest(_WARM_UP_QUERY)
    try:
        deadline = Deadline(_WARM_UP_MS)
        if searcher.index_reader.view().is_shops:
            degraded = searcher.plan(request, request_id="warm-up", deadline=deadline).degraded
        else:
            degraded = searcher.search(request, request_id="warm-up", deadline=deadline).degraded
    except GramError as error:
        logger.warning("warm-up failed: %s", error)
        return
    for reason in degraded if searcher.gram else ():
        logger.warning("searches are degraded: %s", reason)
