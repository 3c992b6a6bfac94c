"""A trained model, written to a folder with its model card and its training losses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gram_es.codes.codebook import Codebook
from gram_es.model.card import card_metadata
from gram_es.model.config import LEXICAL_FEATURES, GramConfig
from gram_es.model.folder import ModelParts, save_model_folder
from gram_es.model.manifest import Manifest
from gram_es.training.calibration.comparison import EncoderComparison

if TYPE_CHECKING:
    from gram_es.training.stage_loop import StageReport


@dataclass(slots=True)
class TrainedModel:
    """A trained model, with the figures of its training.

    ``reports`` has an entry for each part of the training that took steps. ``comparison`` compares
    the trained encoder with the pretrained one; if it lost, the model has the pretrained one. It is
    ``None`` without training, or with too few held-out queries to compare on. ``counts`` gives, by
    kind of training data such as products, how many items there are. ``seconds`` is how long the
    training took since it was started or last resumed.
    """

    parts: ModelParts
    reports: list[StageReport]
    comparison: EncoderComparison | None
    counts: dict[str, int]
    seed: int
    seconds: float

    @property
    def config(self) -> GramConfig:
        """Return the configuration with the fitted constants."""
        return self.parts.encoder.config

    @property
    def codebook(self) -> Codebook:
        """Return the mined codebook."""
        return self.parts.codebook

    def save(self, folder: Path | str) -> Manifest:
        """Write the model folder with its model card and the loss of each step.

        :raises ModelError: if ``folder`` is a file, if it contains files but no model, or if
            writing fails.
        """
        curves = training_curves(self) if self.reports else ""
        return save_model_folder(Path(folder), self.parts, card=model_card(self), curves=curves)


def model_card(trained: TrainedModel) -> str:
    """Return the text of ``README.md``: data, training and constants."""
    config = trained.config
    data = "\n".join(f"| {name} | {count:,} |" for name, count in trained.counts.items())
    parameters = trained.parts.encoder.parameters
    return f"""{card_metadata(config)}# A gram-es model

{parameters:,} parameters, {_origin(config.encoder_source)}, with seed {trained.seed}; the last run
took {trained.seconds:.0f} s. The model fits only the catalogue that it was made for. Its files
contain words of that catalogue (`codebook.tsv`, `vocabulary.tsv`, `truth.json`).

| data | count |
|---|---|
{data}

{_training(trained)}

Codes: temperature {config.code_temperature:g}, no codes for a query whose best score is below
{config.abstain_below:.3f}, and none of them leads below {config.lead_above:.3f}; a code that the
title states weighs {config.phrase_floor:g} or more. An
inferred code weighs at most {config.inferred_weight:g}, and less by the factor
e^(-{config.inferred_decay:g} d) if it scores d less than the product's best code.

{_blend(config)}
"""


def _training(trained: TrainedModel) -> str:
    """Return the tables of the stages and of the comparison, or that no stage took steps."""
    if not trained.reports:
        return "The encoder was not trained: that takes 1,000 judged queries or more."
    rows = "\n".join(
        f"| {r.name} | {len(r.losses)} | {r.first_loss:.3f} | {r.last_loss:.3f} | {r.seconds:.1f} |"
        for r in trained.reports
    )
    return f"""| stage | steps | loss, first tenth | loss, last tenth | seconds |
|---|---|---|---|---|
{rows}

The loss of every step is in `training.tsv`.

{_comparison(trained.comparison)}"""


def _comparison(comparison: EncoderComparison | None) -> str:
    if comparison is None:
        return (
            "The trained encoder was not compared with the pretrained one: that takes 100 held-out "
            "queries."
        )
    decision = (
        "The trained encoder is kept."
        if comparison.keeps_training
        else "**The training is switched off: this model has the pretrained encoder**, because the "
        "trained one lost."
    )
    return f"""{decision} On {comparison.queries:,} held-out queries:

{comparison.table()}"""


def _blend(config: GramConfig) -> str:
    weights = {
        "text": config.text_weight,
        **dict(zip(LEXICAL_FEATURES, config.lexical_weights, strict=False)),
        "feedback": config.feedback_weight,
        "agreement where the text misses": config.agreement_weight,
    }
    listed_weights = ", ".join(f"{name} {weight:.3f}" for name, weight in weights.items() if weight)
    source = "fitted on held-out judged queries" if config.lexical_weights else "the defaults"
    return f"Weights of the rerank ({source}): cosine 1, {listed_weights}."


def _origin(source: str | None) -> str:
    return (
        f"from the encoder `{source}`, whose licence applies to this model too (that of the "
        "default, all-MiniLM-L6-v2, is Apache-2.0)"
    )


def training_curves(trained: TrainedModel) -> str:
    """Return the loss of each step as TSV with the header ``stage, step, loss``."""
    rows = [
        f"{report.name}\t{step}\t{loss:.5f}\n"
        for report in trained.reports
        for step, loss in enumerate(report.losses)
    ]
    return "stage\tstep\tloss\n" + "".join(rows)
