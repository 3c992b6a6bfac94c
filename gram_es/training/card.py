"""The model card that stands beside the weights."""

from __future__ import annotations

from gram_es.training.loop import Trained


def write_card(trained: Trained, *, family: str, seed: int, seconds: float) -> str:
    """Return ``MODEL_CARD.md``: data, stages and fitted constants of a training."""
    config = trained.network.config
    data = "\n".join(f"| {name} | {count:,} |" for name, count in trained.counts.items())
    stages = "\n".join(
        f"| {r.name} | {r.steps} | {r.first_loss:.3f} | {r.last_loss:.3f} | {r.seconds:.1f} |"
        for r in trained.reports
    )
    parameters = sum(p.numel() for p in trained.network.parameters())
    return f"""# A gram-es model

Family `{family}`, {parameters:,} parameters, trained from scratch in {seconds:.0f} s with seed
{seed}. It knows the catalogue that it was trained on and no other; it holds words of that
catalogue (`codebook.tsv`, `vocabulary.tsv`, `tokenizer.json`).

| data | count |
|---|---|
{data}

| stage | steps | loss, first tenth | loss, last tenth | seconds |
|---|---|---|---|---|
{stages}

Fitted on queries that no stage has seen: code temperature {config.code_temperature:g}, usual
confidence
{config.usual_confidence:.3f}, abstains below {config.abstain_below:.3f}; product codes are
kept from a score of {config.code_floor:.3f} on, query codes from
{config.query_code_floor:.3f} on.
"""
