"""The metadata of a model card, in the schema of the Hugging Face Hub.

The hub's library is imported on first use: it is slow to import, and a search does not need it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gram_es.errors import ModelError
from gram_es.model.config import GramConfig

if TYPE_CHECKING:
    from huggingface_hub import EvalResult

CARD: Final = "README.md"
"""The file that the hub shows; the licence and the measures are in its metadata."""

_TAGS = ("sentence-transformers", "product-search", "elasticsearch", "generative-retrieval")
_LICENCES = {"sentence-transformers/all-MiniLM-L6-v2": "apache-2.0"}
_METRIC_TYPES = {
    "R@10": "recall_at_10",
    "R@100": "recall_at_100",
    "R@500": "recall_at_500",
    "nDCG@10": "ndcg_at_10",
    "MRR@10": "mrr_at_10",
}


def card_metadata(config: GramConfig) -> str:
    """Return the metadata of a model's card, as YAML between lines of dashes."""
    from huggingface_hub import ModelCardData

    source = config.encoder_source
    is_hub_id = source is not None and not Path(source).is_absolute() and source.count("/") == 1
    data = ModelCardData(
        library_name="gram-es",
        license=_LICENCES.get(source or ""),
        base_model=source if is_hub_id else None,
        pipeline_tag="sentence-similarity",
        tags=list(_TAGS),
    )
    return f"---\n{data.to_yaml()}\n---\n\n"


def record_measures(
    folder: Path, measures: Mapping[str, Mapping[str, float]], *, dataset: str
) -> None:
    """Write measures into the metadata of the card of the model in ``folder``.

    Measures of the same dataset are replaced. The card is no part of the fingerprint.

    :param measures: by system, the mean of each measure over the queries.
    :param dataset: the name of the judged catalogue.
    :raises ModelError: if the card cannot be read or written.
    """
    from huggingface_hub import ModelCard

    path = folder / CARD
    try:
        card = ModelCard.load(path)
        others = [r for r in card.data.eval_results or [] if r.dataset_name != dataset]
        results = [
            _result(system, measure, value, dataset)
            for system, values in measures.items()
            for measure, value in values.items()
        ]
        card.data.model_name = card.data.model_name or folder.resolve().name
        card.data.eval_results = [*others, *results]
        card.save(path)
    except (OSError, ValueError) as error:
        raise ModelError(f"cannot write measures into {path}: {error}") from None


def _result(system: str, measure: str, value: float, dataset: str) -> EvalResult:
    from huggingface_hub import EvalResult

    return EvalResult(
        task_type="text-retrieval",
        task_name=f"product search, {system}",
        dataset_name=dataset,
        dataset_type="-".join(dataset.lower().split()) or "catalogue",
        metric_type=_METRIC_TYPES[measure],
        metric_name=measure,
        metric_value=round(value, 4),
    )
