"""The metadata of a model card, in the schema of the Hugging Face Hub.

The hub's library is imported on first use: it is slow to import, and a search does not need it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import yaml

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


@dataclass(frozen=True, slots=True)
class MeasuredTask:
    """What a model was measured on.

    :param dataset: the name of the judged catalogue.
    :param parts: what was measured of it if not all, such as ``500 queries``; an easier task must
        not pass for the whole one.
    :param grading: how grades were converted to measures, by the names of the options.
    """

    dataset: str
    parts: Sequence[str] = ()
    grading: Mapping[str, float] = field(default_factory=dict)


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


def record_measures(folder: Path, task: MeasuredTask, measures: Mapping[str, float]) -> None:
    """Write measures into the metadata of the card of the model in ``folder``.

    Measures of the same task are replaced. The card is no part of the fingerprint.

    :param measures: the mean of each measure over the queries, by the model's own search: the hub
        attributes all figures of a card to the model.
    :raises ModelError: if the card cannot be read or written.
    """
    from huggingface_hub import ModelCard

    path = folder / CARD
    results = [_result(task, measure, value) for measure, value in measures.items()]
    replaced = {result.unique_identifier for result in results}
    try:
        card = ModelCard.load(path)
        others = [
            result
            for result in card.data.eval_results or []
            if result.unique_identifier not in replaced
        ]
        card.data.model_name = card.data.model_name or folder.resolve().name
        card.data.eval_results = [*others, *results]
        card.save(path)
    except (OSError, ValueError, TypeError, yaml.YAMLError) as error:  # as edited by hand
        reason = " ".join(str(error).split())
        raise ModelError(
            f"cannot write measures into {path}: {reason}; "
            "correct the metadata at its beginning, or remove them"
        ) from None


def _result(task: MeasuredTask, measure: str, value: float) -> EvalResult:
    from huggingface_hub import EvalResult

    return EvalResult(
        task_type="text-retrieval",
        task_name="product search",
        dataset_name=f"{task.dataset} ({', '.join(task.parts)})" if task.parts else task.dataset,
        dataset_type=_identifier(task.dataset) or "catalogue",
        dataset_config=_identifier(" ".join(task.parts)) or None,
        metric_type=_METRIC_TYPES[measure],
        metric_name=measure,
        metric_value=round(value, 4),
        metric_args=dict(task.grading),
    )


def _identifier(name: str) -> str:
    return "-".join(name.lower().split())
