"""A trained model, written to a folder with its model card and its training losses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gram_es.codes.codebook import Codebook
from gram_es.model.config import LEXICAL_FEATURES, GramConfig
from gram_es.model.folder import save_model_folder
from gram_es.model.manifest import Manifest
from gram_es.model.network import GramNetwork
from gram_es.model.tokenizer import TextTokenizer
from gram_es.text.speller import Speller
from gram_es.training.stage_loop import StageReport
from gram_es.training.stages.co_alignment import CodeHead


@dataclass(slots=True)
class TrainedModel:
    """A trained model, with the figures of its training.

    ``reports`` has an entry for each stage. ``counts`` gives, by kind of training data such as
    products, how many items there are. ``seconds`` is how long the training took since it was
    started or last resumed. ``head`` is the code head, a linear layer that the decoder learnt from;
    the code head is not saved.
    """

    network: GramNetwork
    head: CodeHead
    text: TextTokenizer
    codebook: Codebook
    speller: Speller
    reports: list[StageReport]
    counts: dict[str, int]
    seed: int
    seconds: float

    def save(self, folder: Path | str) -> Manifest:
        """Write the model folder with its model card and the loss of each step.

        :raises ModelError: if ``folder`` is a file, if it contains files but no model, or if
            writing fails.
        """
        return save_model_folder(
            Path(folder),
            network=self.network,
            text=self.text,
            codebook=self.codebook,
            speller=self.speller,
            card=model_card(self),
            curves=training_curves(self),
        )


def model_card(trained: TrainedModel) -> str:
    """Return the text of ``MODEL_CARD.md``: data, stages and fitted constants."""
    config = trained.network.config
    data = "\n".join(f"| {name} | {count:,} |" for name, count in trained.counts.items())
    stages = "\n".join(
        f"| {r.name} | {len(r.losses)} | {r.first_loss:.3f} | {r.last_loss:.3f} | {r.seconds:.1f} |"
        for r in trained.reports
        if r.losses
    )
    parameters = sum(p.numel() for p in trained.network.parameters())
    return f"""# A gram-es model

Family `{config.family}`, {parameters:,} parameters, {_origin(config.encoder_source)}, with
seed {trained.seed}; the last run took {trained.seconds:.0f} s. The model fits only the catalogue
that it was trained on. Its files contain words of that catalogue (`codebook.tsv`,
`vocabulary.tsv`, `tokenizer.json`).

| data | count |
|---|---|
{data}

| stage | steps | loss, first tenth | loss, last tenth | seconds |
|---|---|---|---|---|
{stages}

The loss of every step is in `training.tsv`.

Fitted on queries that no stage has seen: code temperature {config.code_temperature:g}, usual
confidence {config.usual_confidence:.3f}, no codes below a confidence of
{config.abstain_below:.3f}, lowest score of a query's code {config.query_code_floor:.3f}, text scale
{config.text_scale:.3f}. Fitted on a sample of products: lowest score of a product's code
{config.code_floor:.3f}.

{_blend(config)}
"""


def _blend(config: GramConfig) -> str:
    weights = {
        "text": config.text_weight,
        **dict(zip(LEXICAL_FEATURES, config.lexical_weights, strict=False)),
        "feedback": config.feedback_weight,
    }
    listed_weights = ", ".join(f"{name} {weight:.3f}" for name, weight in weights.items() if weight)
    source = (
        "fitted on held-out judged queries"
        if config.lexical_weights
        else "the defaults of the family"
    )
    return f"Weights of the rerank ({source}): cosine 1, {listed_weights}."


def _origin(source: str | None) -> str:
    if source is None:
        return "trained from scratch"
    return (
        f"trained from the encoder `{source}`, whose licence applies to this model too (that of "
        "the default, all-MiniLM-L6-v2, is Apache-2.0)"
    )


def training_curves(trained: TrainedModel) -> str:
    """Return the loss of each step as TSV with the header ``stage, step, loss``."""
    rows = [
        f"{report.name}\t{step}\t{loss:.5f}\n"
        for report in trained.reports
        for step, loss in enumerate(report.losses)
    ]
    return "stage\tstep\tloss\n" + "".join(rows)
