"""The model card that stands beside the weights, and the curves of the training."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gram_es.model import folder as model_folder
from gram_es.model.config import LEXICAL_FEATURES, GramConfig
from gram_es.model.manifest import Manifest

if TYPE_CHECKING:
    from gram_es.training.train import Trained


def write_card(trained: Trained) -> str:
    """Return ``MODEL_CARD.md``: data, stages and fitted constants of a training."""
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
seed {trained.seed}; the last run took {trained.seconds:.0f} s. It knows the catalogue that it was
trained on and no other; it holds words of that catalogue (`codebook.tsv`, `vocabulary.tsv`,
`tokenizer.json`).

| data | count |
|---|---|
{data}

| stage | steps | loss, first tenth | loss, last tenth | seconds |
|---|---|---|---|---|
{stages}

The loss of every step is in `training.tsv`.

On queries that no stage has seen: code temperature {config.code_temperature:g}, usual confidence
{config.usual_confidence:.3f}, abstains below {config.abstain_below:.3f}, query codes are kept from
a score of {config.query_code_floor:.3f} on, the text's scale is {config.text_scale:.3f}. On a
sample of products: their codes are kept from a score of {config.code_floor:.3f} on.

{_blend(config)}
"""


def _blend(config: GramConfig) -> str:
    weights = {
        "text": config.text_weight,
        **dict(zip(LEXICAL_FEATURES, config.lexical_weights, strict=False)),
        "feedback": config.feedback_weight,
    }
    told = ", ".join(f"{name} {weight:.3f}" for name, weight in weights.items() if weight)
    how = "fitted on held-out judged queries" if config.lexical_weights else "the family's own"
    return f"Beside the cosine's 1 the order of a window weighs, {how}: {told}."


def _origin(source: str | None) -> str:
    if source is None:
        return "trained from scratch"
    return (
        f"trained from the encoder `{source}`, whose licence holds for this model too (that of the "
        "default, all-MiniLM-L6-v2, is Apache-2.0)"
    )


def write_curves(trained: Trained) -> str:
    """Return the loss of every step as a TSV with the header ``stage, step, loss``."""
    rows = [
        f"{report.name}\t{step}\t{loss:.5f}\n"
        for report in trained.reports
        for step, loss in enumerate(report.losses)
    ]
    return "stage\tstep\tloss\n" + "".join(rows)


def save_trained(trained: Trained, folder: Path) -> Manifest:
    """Write the model folder with its card and the curves of its training.

    :raises ModelError: if ``folder`` exists and is not a model folder, or cannot be written.
    """
    return model_folder.save(
        folder,
        network=trained.network,
        text=trained.text,
        codebook=trained.codebook,
        speller=trained.speller,
        card=write_card(trained),
        curves=write_curves(trained),
    )
