"""Train a model on a catalogue and, if there are many, on relevance judgments."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from gram_es.codes.shopper_words import ShopperWord, ShopperWords
from gram_es.codes.truth.rules import TruthRules
from gram_es.errors import TrainingError
from gram_es.model.encoding.torch_encoder import TorchEncoder
from gram_es.model.folder import ModelParts
from gram_es.model.manifest import FORMAT
from gram_es.model.pretrained import DEFAULT_ENCODER, create_text_encoder
from gram_es.model.product_codes import fit_prior
from gram_es.records import Judgment, Product
from gram_es.settings import current_settings
from gram_es.text.product import search_text
from gram_es.text.spelling.speller import Speller
from gram_es.text.spelling.vocabulary import count_words
from gram_es.training.calibration.calibrate import calibrate_abstention, set_blend
from gram_es.training.calibration.comparison import EncoderComparison
from gram_es.training.calibration.final_model import CatalogueParts, FinalModel
from gram_es.training.calibration.judged_search import JudgedSearch
from gram_es.training.calibration.score_scale import scale_constants
from gram_es.training.calibration.term_statistics import fit_term_statistics
from gram_es.training.checkpoints import Checkpoints, TrainingState
from gram_es.training.data.batches import BatchSampler
from gram_es.training.data.bm25 import Bm25Index
from gram_es.training.data.catalogue import Catalogue
from gram_es.training.data.catalogue_sample import MAX_PRODUCTS, sample_products
from gram_es.training.data.codebook_mining import MinedCodebook, mine
from gram_es.training.data.dataset import MIN_BLEND_QUERIES, Dataset, build_dataset
from gram_es.training.data.query_pairs import QueryExample, examples_from_judgments
from gram_es.training.determinism import deterministic_torch
from gram_es.training.estimate import estimate_training_time, shorten_plan
from gram_es.training.export import TrainedModel
from gram_es.training.language_check import language_warning
from gram_es.training.plan import Plan
from gram_es.training.stage_loop import CheckpointCallback, StageProgress, run_stage
from gram_es.training.stages.scorer import ScorerStage

MIN_PRODUCTS = 20
ReportProgress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class EncoderChoice:
    """The pretrained encoder to start from, and the texts in front of queries and products.

    ``source`` is a Hugging Face hub id or a folder. A prefix of ``None`` is chosen by the encoder's
    name, see :func:`~gram_es.model.pretrained.create_text_encoder`.
    """

    source: str = DEFAULT_ENCODER
    query_prefix: str | None = None
    product_prefix: str | None = None

    def create(self) -> TorchEncoder:
        """Return the pretrained encoder, with the language of this process and its constants."""
        encoder = create_text_encoder(
            self.source, query_prefix=self.query_prefix, product_prefix=self.product_prefix
        )
        encoder.config.language = current_settings().language
        scale_constants(encoder)
        return encoder


@dataclass(frozen=True, slots=True)
class _Run:
    """What a training run works on."""

    catalogue: Catalogue
    mined: MinedCodebook
    dataset: Dataset
    choice: EncoderChoice
    scorer: ScorerStage
    seed: int

    @property
    def encoder(self) -> TorchEncoder:
        return self.scorer.encoder

    @property
    def labels(self) -> list[str]:
        return [code.label for code in self.mined.codebook]


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

    Without judgments nothing is learnt by gradient steps: the codebook is mined and the catalogue
    encoded. Of more than 200,000 products a random sample is used.

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
    :raises ModelError: if the encoder does not exist or cannot be used.
    """
    started = time.monotonic()
    report = report_progress or (lambda _: None)
    choice = EncoderChoice(encoder) if isinstance(encoder, str) else encoder
    sample = _sample(products, judgments, seed, report)
    known_judgments = _known_judgments(sample, judgments, report)
    catalogue = Catalogue(sample)
    judged = examples_from_judgments(catalogue, known_judgments)
    store = None
    if checkpoints is not None:
        store = Checkpoints(checkpoints, _identity(sample, judgments, choice, seed))
    resumed = store if resume else None
    if store is not None and not resumed:
        store.check_no_checkpoint()
    plan = resumed.plan() if resumed else plan or Plan.of(judged=len(judged))
    run = _prepare(catalogue, judged, choice, plan, seed)
    if warning := language_warning(run.encoder, run.catalogue.titles):
        report(warning)
    if resumed:
        state = resumed.load(run.encoder.network)
    else:
        _fit_budget(run, started, budget_s, report_progress)
        state = TrainingState(run.scorer.plan)
    if plan.learns:
        with deterministic_torch(seed):
            _train_scorer(run, state, store)
    model, comparison = _finish(run)
    if comparison is not None:
        report(comparison.summary())
    words = _shopper_words(model, language_model, report) if language_model else ()
    parts = _parts(model, words)
    return TrainedModel(
        parts=parts,
        reports=state.reports,
        comparison=comparison,
        counts=_counts(run, known_judgments, parts),
        seed=seed,
        seconds=time.monotonic() - started,
    )


def _counts(run: _Run, judgments: Sequence[Judgment], parts: ModelParts) -> dict[str, int]:
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
    plan: Plan,
    seed: int,
) -> _Run:
    products = catalogue.products
    mined = mine(catalogue, max_codes=plan.max_codes)
    encoder = choice.create()
    dataset = build_dataset(judged, mined, seed=seed)
    search_texts = [search_text(product) for product in products]
    scorer = ScorerStage(
        encoder=encoder,
        sampler=BatchSampler(dataset.training, products, encoder.tokenizer),
        bm25=Bm25Index(search_texts),
        speller=Speller(count_words(search_texts)),
        plan=plan,
        seed=seed,
    )
    return _Run(catalogue, mined, dataset, choice, scorer, seed)


def _fit_budget(
    run: _Run, started: float, budget_s: float | None, report_progress: ReportProgress | None
) -> None:
    """Shorten the plan to the budget and report how long the rest of the run takes.

    :param started: the time of the monotonic clock at which the run started.
    :raises TrainingError: if the budget is too short.
    """
    if budget_s is None and report_progress is None:
        return
    scorer = run.scorer
    held_out = len(run.dataset.held_out)
    expected = estimate_training_time(
        scorer, labels=run.labels, held_out=held_out if held_out >= MIN_BLEND_QUERIES else 0
    )
    left_s = None if budget_s is None else budget_s - (time.monotonic() - started)
    if left_s is not None and expected.total > left_s:
        scorer.plan = shorten_plan(scorer.plan, expected, left_s)
        expected = expected.with_steps(scorer.halves())
    if report_progress is not None:
        report_progress(f"training takes {expected}")


def _train_scorer(run: _Run, state: TrainingState, store: Checkpoints | None) -> None:
    """Run the halves of the scorer stage that have no report in ``state`` yet, and update it."""
    scorer, network = run.scorer, run.encoder.network
    scorer.hard = state.hard
    for number, half in enumerate(scorer.halves()):
        if number < len(state.reports):
            continue
        if state.stage_progress is None:
            scorer.prepare(half.name)
            state.hard = scorer.hard
        report = run_stage(
            half,
            seed=(run.seed, number),
            start=state.stage_progress,
            save=_checkpoint_callback(run, state, store) if store else None,
        )
        state.reports.append(report)
        state.stage_progress = None
        if store is not None:
            store.save(network, state)


def _checkpoint_callback(run: _Run, state: TrainingState, store: Checkpoints) -> CheckpointCallback:
    def save(optimiser: torch.optim.Optimizer, losses: list[float], seconds: float) -> None:
        current = replace(state, stage_progress=StageProgress(list(losses), {}, seconds))
        store.save(run.encoder.network, current, optimiser)

    return save


def _finish(run: _Run) -> tuple[FinalModel, EncoderComparison | None]:
    """Fit everything that depends on the vectors, by the encoder that searches better.

    A trained encoder is compared with the pretrained one on the held-out queries.
    """
    held_out, is_trained = run.dataset.held_out, run.scorer.plan.learns
    catalogue = _catalogue_parts(run)
    model = _final_model(run, catalogue, run.encoder, is_trained=is_trained)
    if len(held_out) < MIN_BLEND_QUERIES:
        return model, None
    search, comparison = JudgedSearch(model, held_out), None
    if is_trained:
        pretrained = _final_model(run, catalogue, run.choice.create(), is_trained=False)
        other_search = JudgedSearch(pretrained, held_out)
        comparison = EncoderComparison.of(search.scores(), other_search.scores())
        if not comparison.keeps_training:
            model, search = pretrained, other_search
    set_blend(model.config, search.fit_blend())
    model.config.lead_above = search.fit_lead_above()
    return model, comparison


def _catalogue_parts(run: _Run) -> CatalogueParts:
    products, codebook = run.catalogue.products, run.mined.codebook
    speller, bm25 = run.scorer.speller, run.scorer.bm25
    return CatalogueParts(
        products=products,
        codebook=codebook,
        stated=run.mined.postings,
        rules=TruthRules.fit(products, codebook),
        speller=speller,
        bm25=bm25,
        terms=fit_term_statistics(bm25, products, seed=run.seed),
    )


def _final_model(
    run: _Run, catalogue: CatalogueParts, encoder: TorchEncoder, *, is_trained: bool
) -> FinalModel:
    """Encode the catalogue, and fit the vectors of the codes and the limit of abstention."""
    with_category = sum(bool(product.category) for product in catalogue.products)
    encoder.config.typed_by_category = 2 * with_category > len(catalogue.products)
    encoder.config.is_encoder_trained = is_trained
    vectors = encoder.encode_products(catalogue.products)
    stored = [row.tobytes() for row in vectors]
    prior = fit_prior(encoder, catalogue.codebook, catalogue.stated, stored)
    model = FinalModel(catalogue, encoder, prior, vectors)
    calibrate_abstention(model, seed=run.seed)
    return model


def _shopper_words(model: FinalModel, source: str, report: ReportProgress) -> list[ShopperWord]:
    """Return the words of shoppers that the language model ``source`` knows.

    :raises ModelError: if it cannot be loaded.
    """
    from gram_es.language_model.load import load_language_model
    from gram_es.training.shopper_words.find import find_shopper_words

    return find_shopper_words(
        load_language_model(source),
        model.encoder,
        model.prior,
        model.catalogue.codebook,
        catalogue_stems=model.catalogue.bm25.stems,
        report_progress=report,
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
