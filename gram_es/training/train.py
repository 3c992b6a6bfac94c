"""Train a model on a catalogue and, if there are many, on relevance judgments."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gram_es.codes.shopper_words import ShopperWord, ShopperWords
from gram_es.codes.truth.rules import TruthRules
from gram_es.errors import TrainingError
from gram_es.model.encoding.text_encoder import SavableEncoder
from gram_es.model.folder import ModelParts
from gram_es.model.manifest import FORMAT
from gram_es.model.pretrained import DEFAULT_ENCODER
from gram_es.model.require_torch import require_torch
from gram_es.records import Judgment, Product
from gram_es.settings import current_settings
from gram_es.text.product import search_text
from gram_es.text.spelling.speller import Speller
from gram_es.text.spelling.vocabulary import count_words
from gram_es.training.calibration.comparison import EncoderComparison
from gram_es.training.calibration.final_model import CatalogueParts, FinalModel, fit_final_model
from gram_es.training.calibration.term_statistics import fit_term_statistics
from gram_es.training.checkpoint_file import CheckpointFile
from gram_es.training.data.bm25 import Bm25Index
from gram_es.training.data.catalogue import Catalogue
from gram_es.training.data.catalogue_sample import MAX_PRODUCTS, sample_products
from gram_es.training.data.codebook_mining import mine
from gram_es.training.data.dataset import MIN_BLEND_QUERIES, build_dataset
from gram_es.training.data.query_pairs import QueryExample, examples_from_judgments
from gram_es.training.estimate import EncodingTime, ReportedBudget, TimeEstimate
from gram_es.training.export import TrainedModel
from gram_es.training.language_check import language_warning
from gram_es.training.plan import Plan
from gram_es.training.run import EncoderChoice, TrainingRun

if TYPE_CHECKING:
    from gram_es.training.stage_loop import StageReport

__all__ = ["MIN_PRODUCTS", "EncoderChoice", "train"]

MIN_PRODUCTS = 20
ReportProgress = Callable[[str], None]


def train(
    products: Iterable[Product],
    judgments: Sequence[Judgment] = (),
    *,
    encoder: str | EncoderChoice = DEFAULT_ENCODER,
    language_model: str | None = None,
    plan: Plan | None = None,
    seed: int = 0,
    checkpoints: Path | None = None,
    resume: bool = False,
    budget_s: float | None = None,
    report_progress: ReportProgress | None = None,
) -> TrainedModel:
    """Train a model on ``products``, and on ``judgments`` if there are any.

    Without judgments nothing is learnt by gradient steps, and torch is not needed: the codebook is
    mined and the catalogue encoded. Of more than 200,000 products a random sample is used.

    :param encoder: the pretrained encoder, a Hugging Face hub id or a folder; an ``EncoderChoice``
        can set prefixes too.
    :param language_model: a Hugging Face hub id, a folder or a GGUF file of a causal language
        model, which finds the words of shoppers that the catalogue lacks; ``None`` finds none.
    :param plan: sizes of codebook and batches and numbers of steps; by default they are derived
        from the catalogue and the judgments.
    :param checkpoints: a folder to save a checkpoint in. The caller removes the checkpoint after
        saving the model.
    :param resume: whether to continue the run whose checkpoint is in ``checkpoints``.
    :param budget_s: how many seconds the whole run may take; if necessary, there are fewer steps.
    :param report_progress: a function that is called with messages for the user, such as the
        expected duration.
    :raises TrainingError: if the catalogue is too small, if its products share no phrase, or if the
        budget is too short. Also if there is no checkpoint although ``resume`` is true, or if there
        is a checkpoint although ``resume`` is false.
    :raises ModelError: if the encoder does not exist or cannot be used, or if torch is missing and
        there are judgments, or a language model, or an encoder that is no BERT.
    """
    budget = ReportedBudget(time.monotonic(), budget_s, report_progress)
    report = report_progress or (lambda _: None)
    choice = EncoderChoice(encoder) if isinstance(encoder, str) else encoder
    if judgments or resume or (plan is not None and plan.learns):
        require_torch("training on judgments", extra="train")
    if language_model is not None:
        require_torch("finding words of shoppers with a language model", extra="llm")
    pretrained = choice.create()  # a misspelt name should not cost the reading of the feed
    sample = _sample(products, judgments, seed, report)
    known_judgments = _known_judgments(sample, judgments, report)
    catalogue = Catalogue(sample)
    judged = examples_from_judgments(catalogue, known_judgments)
    checkpoint = None
    if checkpoints is not None:
        identity = _identity(sample, judgments, choice, seed)
        checkpoint = CheckpointFile(checkpoints, identity)
        plan = _resumed_plan(checkpoint) if resume else plan
        if not resume:
            checkpoint.check_none()
    plan = plan or Plan.of(judged=len(judged))
    run = _prepare(catalogue, judged, choice, pretrained, plan, seed)
    if warning := language_warning(run.encoder, run.catalogue.titles):
        report(warning)
    reports = _learn(run, plan, budget, checkpoint, resume=resume)
    model, comparison = _finish(run, is_trained=plan.learns)
    if comparison is not None:
        report(comparison.summary())
    words = _shopper_words(model, language_model) if language_model else ()
    parts = _parts(model, words)
    return TrainedModel(
        parts=parts,
        reports=reports,
        comparison=comparison,
        counts=_counts(run, known_judgments, parts),
        seed=seed,
        seconds=time.monotonic() - budget.started,
    )


def _resumed_plan(checkpoint: CheckpointFile) -> Plan:
    from gram_es.training.checkpoints import Checkpoints  # imports torch

    return Checkpoints(checkpoint).plan()


def _counts(run: TrainingRun, judgments: Sequence[Judgment], parts: ModelParts) -> dict[str, int]:
    is_trained = parts.encoder.config.is_encoder_trained
    return {
        "products": len(run.catalogue),
        "judgments": len(judgments),
        "codes": len(run.labels),
        "training queries": run.dataset.judged if is_trained else 0,
        "held-out queries": len(run.dataset.held_out),
        "shopper words": len(parts.shopper_words.entries),
    }


def _sample(
    products: Iterable[Product], judgments: Sequence[Judgment], seed: int, report: ReportProgress
) -> list[Product]:
    """Return the products to train on.

    :raises TrainingError: if there are too few products.
    """
    judged_ids = {judgment.product_id for judgment in judgments}
    sample, count = sample_products(
        products, always=judged_ids, max_products=MAX_PRODUCTS, seed=seed
    )
    if count < MIN_PRODUCTS:
        raise TrainingError(f"the feed has {count} products, training needs {MIN_PRODUCTS} or more")
    if len(sample) < count:
        report(f"training uses a random sample of {len(sample):,} of the {count:,} products")
    return sample


def _known_judgments(
    products: Sequence[Product], judgments: Sequence[Judgment], report: ReportProgress
) -> list[Judgment]:
    """Return the judgments of products that the feed contains; report if there are others."""
    product_ids = {product.id for product in products}
    known = [judgment for judgment in judgments if judgment.product_id in product_ids]
    if len(known) < len(judgments):
        report(
            f"{len(judgments) - len(known):,} of {len(judgments):,} judgments refer to products "
            "that are not in the feed; they are ignored"
        )
    return known


def _identity(
    products: Sequence[Product], judgments: Sequence[Judgment], choice: EncoderChoice, seed: int
) -> str:
    """Return a hash of the data and the options that a checkpoint depends on."""
    options = (FORMAT, choice, seed, current_settings().language)
    digest = hashlib.sha256(repr(options).encode())
    for record in (*products, *judgments):
        digest.update(repr(record).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _prepare(
    catalogue: Catalogue,
    judged: Sequence[QueryExample],
    choice: EncoderChoice,
    encoder: SavableEncoder,
    plan: Plan,
    seed: int,
) -> TrainingRun:
    mined = mine(catalogue, max_codes=plan.max_codes)
    search_texts = [search_text(product) for product in catalogue.products]
    return TrainingRun(
        catalogue=catalogue,
        mined=mined,
        dataset=build_dataset(judged, mined, seed=seed),
        choice=choice,
        encoder=encoder,
        bm25=Bm25Index(search_texts),
        speller=Speller(count_words(search_texts)),
        seed=seed,
    )


def _learn(
    run: TrainingRun,
    plan: Plan,
    budget: ReportedBudget,
    checkpoint: CheckpointFile | None,
    *,
    resume: bool,
) -> list[StageReport]:
    """Report how long the run takes, and train the encoder if the plan has steps."""
    held_out = len(run.dataset.held_out)
    compared = held_out if held_out >= MIN_BLEND_QUERIES else 0
    if plan.learns:
        from gram_es.training.encoder_training import train_encoder  # imports torch

        return train_encoder(
            run, plan, budget=budget, held_out=compared, checkpoint=checkpoint, resume=resume
        )
    if budget.matters:
        encoding = EncodingTime.measure(run.encoder, run.catalogue.products, run.labels)
        expected = TimeEstimate({}, {}, encoding.overhead(held_out=compared))
        budget.fit(plan, expected)
        budget.report(expected)
    return []


def _finish(run: TrainingRun, *, is_trained: bool) -> tuple[FinalModel, EncoderComparison | None]:
    """Fit everything that depends on the vectors, by the encoder that searches better.

    A trained encoder is compared with the pretrained one on the held-out queries.
    """
    held_out = run.dataset.held_out
    catalogue = _catalogue_parts(run)
    model = fit_final_model(catalogue, run.encoder, is_trained=is_trained, seed=run.seed)
    if len(held_out) < MIN_BLEND_QUERIES:
        return model, None
    from gram_es.training.calibration.calibrate import set_blend  # imports torch
    from gram_es.training.calibration.judged_search import JudgedSearch

    search, comparison = JudgedSearch(model, held_out), None
    if is_trained:
        pretrained = fit_final_model(
            catalogue, run.choice.create(), is_trained=False, seed=run.seed
        )
        other_search = JudgedSearch(pretrained, held_out)
        comparison = EncoderComparison.of(search.scores(), other_search.scores())
        if not comparison.keeps_training:
            model, search = pretrained, other_search
    set_blend(model.config, search.fit_blend())
    model.config.lead_above = search.fit_lead_above()
    return model, comparison


def _catalogue_parts(run: TrainingRun) -> CatalogueParts:
    products, codebook = run.catalogue.products, run.mined.codebook
    return CatalogueParts(
        products=products,
        codebook=codebook,
        stated=run.mined.postings,
        rules=TruthRules.fit(products, codebook),
        speller=run.speller,
        bm25=run.bm25,
        terms=fit_term_statistics(run.bm25, products, seed=run.seed),
    )


def _shopper_words(model: FinalModel, source: str) -> list[ShopperWord]:
    """Return the words of shoppers that the language model ``source`` knows.

    :raises ModelError: if it cannot be loaded.
    """
    from gram_es.language_model.load import load_language_model
    from gram_es.training.shopper_words.find import find_shopper_words

    return find_shopper_words(
        load_language_model(source, fast=True),
        model.catalogue.codebook,
        catalogue_stems=model.catalogue.bm25.stems,
    )


def _parts(model: FinalModel, words: Iterable[ShopperWord]) -> ModelParts:
    catalogue = model.catalogue
    return ModelParts(
        encoder=model.encoder,
        codebook=catalogue.codebook,
        prior=model.prior,
        rules=catalogue.rules,
        speller=catalogue.speller,
        terms=catalogue.terms,
        shopper_words=ShopperWords(words, catalogue.codebook),
    )
