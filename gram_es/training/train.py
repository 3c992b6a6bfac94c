"""Train a model on a catalogue and, if there are any, on relevance judgments."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from gram_es.codes.trie import Trie
from gram_es.errors import TrainingError
from gram_es.model.families import DEFAULT_ENCODER, create_base_model, create_tiny_model
from gram_es.model.manifest import FORMAT
from gram_es.records import Judgment, Product
from gram_es.settings import current_settings
from gram_es.text.product import rerank_stems, search_text
from gram_es.text.speller import Speller
from gram_es.text.vocabulary import count_words
from gram_es.training.calibration.calibrate import calibrate
from gram_es.training.checkpoints import Checkpoints, TrainingState
from gram_es.training.data.batches import BatchSampler
from gram_es.training.data.bm25 import Bm25Index
from gram_es.training.data.catalogue import Catalogue
from gram_es.training.data.codebook_mining import mine
from gram_es.training.data.dataset import Dataset, build_dataset, keep_tokenizable_codes
from gram_es.training.estimate import TimeEstimate, estimate_training_time
from gram_es.training.export import TrainedModel
from gram_es.training.plan import Family, Plan
from gram_es.training.stage_loop import CheckpointCallback, StageProgress, StageReport, run_stage
from gram_es.training.stages.co_alignment import CodeHead
from gram_es.training.trainer import Trainer

MIN_PRODUCTS = 20
_MIN_STEP_SHARE = 0.05  # of the planned steps; fewer steps teach the model nothing
_TORCH_DETERMINISTIC: Any = torch.utils.deterministic
ReportProgress = Callable[[str], None]


def train(
    products: Sequence[Product],
    judgments: Sequence[Judgment] = (),
    *,
    family: Family = "tiny",
    encoder: str = DEFAULT_ENCODER,
    plan: Plan | None = None,
    seed: int = 0,
    checkpoints: Path | None = None,
    resume: bool = False,
    budget_s: float | None = None,
    report_progress: ReportProgress | None = None,
) -> TrainedModel:
    """Train a model on ``products``, and on ``judgments`` if there are any.

    :param family: ``tiny`` (trained from scratch, in minutes) or ``base`` (trained from a
        pretrained encoder).
    :param encoder: the pretrained encoder of ``base``, a Hugging Face hub id or a folder.
    :param plan: sizes of the data and numbers of steps; by default they are derived from the
        catalogue and the judgments.
    :param checkpoints: a folder to save a checkpoint in. The caller removes the checkpoint after
        saving the model.
    :param resume: whether to continue the run whose checkpoint is in ``checkpoints``.
    :param budget_s: how many seconds the whole run may take; if necessary, stages get fewer steps.
    :param report_progress: a function that is called with messages for the user, such as the
        expected duration.
    :raises TrainingError: if the catalogue is too small, if its products share no phrase, or if the
        budget is too short. Also if there is no checkpoint although ``resume`` is true, or if there
        is a checkpoint although ``resume`` is false.
    :raises ModelError: if the encoder does not exist or cannot be used.
    """
    if len(products) < MIN_PRODUCTS:
        raise TrainingError(
            f"the feed has {len(products)} products, training needs {MIN_PRODUCTS} or more"
        )
    started = time.monotonic()
    store = None
    if checkpoints is not None:
        source = encoder if family == "base" else ""
        store = Checkpoints(checkpoints, _identity(products, judgments, family, source, seed))
        if not resume:
            store.check_no_checkpoint()
    product_ids = {product.id for product in products}
    known_judgments = [judgment for judgment in judgments if judgment.product_id in product_ids]
    if report_progress is not None and len(known_judgments) < len(judgments):
        report_progress(
            f"{len(judgments) - len(known_judgments):,} of {len(judgments):,} judgments refer to "
            "products that are not in the feed; they are ignored"
        )
    if store is not None and resume:
        plan = store.plan()
    elif plan is None:
        judged = len({judgment.query for judgment in known_judgments})
        plan = Plan.of(family, products=len(products), judged=judged)
    with _deterministic_torch(seed):
        trainer, dataset = _prepare(products, known_judgments, family, encoder, plan, seed)
        if store is not None and resume:
            state = store.load(_modules(trainer))
        else:
            _fit_budget(trainer, started, budget_s, report_progress)
            state = TrainingState(trainer.plan)
        _run(trainer, state, store)
        calibrate(trainer, dataset.held_out)
    counts = {
        "products": len(products),
        "judgments": len(known_judgments),
        "codes": len(trainer.mined.codebook),
        "training queries": len(dataset.training),
        "held-out queries": len(dataset.held_out),
    }
    return TrainedModel(
        network=trainer.network,
        head=trainer.head,
        text=trainer.text,
        codebook=trainer.mined.codebook,
        speller=trainer.speller,
        reports=state.reports,
        counts=counts,
        seed=seed,
        seconds=time.monotonic() - started,
    )


def _identity(
    products: Sequence[Product], judgments: Sequence[Judgment], family: str, source: str, seed: int
) -> str:
    """Return a hash of the data and the options that a checkpoint depends on."""
    options = (FORMAT, family, source, seed, current_settings().language)
    digest = hashlib.sha256(repr(options).encode())
    for record in (*products, *judgments):
        digest.update(repr(record).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


@contextmanager
def _deterministic_torch(seed: int) -> Iterator[None]:
    """Make torch deterministic within the context, so that equal seeds train equal weights.

    By default torch adds up gradients in an order that varies.
    """
    was_deterministic = torch.are_deterministic_algorithms_enabled()
    filled_memory = _TORCH_DETERMINISTIC.fill_uninitialized_memory
    torch.use_deterministic_algorithms(True)
    # Filling memory takes time, and training does not read memory before writing it.
    _TORCH_DETERMINISTIC.fill_uninitialized_memory = False
    torch.manual_seed(seed)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(was_deterministic)
        _TORCH_DETERMINISTIC.fill_uninitialized_memory = filled_memory


def _prepare(
    products: Sequence[Product],
    judgments: Sequence[Judgment],
    family: Family,
    encoder: str,
    plan: Plan,
    seed: int,
) -> tuple[Trainer, Dataset]:
    catalogue = Catalogue(products)
    mined = mine(catalogue, max_codes=plan.max_codes)
    if family == "base":
        network, text = create_base_model(encoder)
    else:
        network, text = create_tiny_model([*catalogue.texts, *(c.label for c in mined.codebook)])
    network.config.language = current_settings().language
    mined = keep_tokenizable_codes(mined, text)
    labels = [code.label for code in mined.codebook]
    trie = Trie(text.ids(labels), end=text.end)
    network.set_alphabet(trie)
    network.eval()
    search_texts = [search_text(product) for product in products]
    dataset = build_dataset(catalogue, judgments, mined, synthetic=plan.queries, seed=seed)
    trainer = Trainer(
        network=network,
        head=CodeHead(len(labels), network.width),
        trie=trie,
        text=text,
        sampler=BatchSampler(catalogue, dataset, labels, text),
        mined=mined,
        bm25=Bm25Index(search_texts),
        rerank_stems=[rerank_stems(product) for product in products],
        speller=Speller(count_words(search_texts)),
        plan=plan,
        seed=seed,
    )
    return trainer, dataset


def _fit_budget(
    trainer: Trainer,
    started: float,
    budget_s: float | None,
    report_progress: ReportProgress | None,
) -> None:
    """Shorten the plan to the budget and report how long the rest of the run takes.

    :param started: the time of the monotonic clock at which the run started.
    :raises TrainingError: if the budget is too short.
    """
    if budget_s is None and report_progress is None:
        return
    expected = estimate_training_time(trainer)
    left_s = None if budget_s is None else budget_s - (time.monotonic() - started)
    if left_s is not None and expected.total > left_s:
        trainer.plan = shorten_plan(trainer.plan, expected, left_s)
        expected = expected.with_steps(trainer.stages())
    if report_progress is not None:
        report_progress(f"training takes {expected}")


def shorten_plan(plan: Plan, expected: TimeEstimate, budget_s: float) -> Plan:
    """Return the plan with all stages shortened by the same factor to fit into ``budget_s``.

    :raises TrainingError: if less than ``_MIN_STEP_SHARE`` of the steps would be left.
    """
    share = (budget_s - expected.overhead) / max(expected.total - expected.overhead, 1e-9)
    if share < _MIN_STEP_SHARE:
        least = expected.overhead + _MIN_STEP_SHARE * (expected.total - expected.overhead)
        raise TrainingError(
            f"the budget leaves {max(budget_s, 0):.0f} s, but training on this catalogue takes at "
            f"least {least:.0f} s: raise the budget"
        )
    return plan.scaled(
        share, only=("scorer_steps", "alignment_steps", "joint_steps", "preference_steps")
    )


def _modules(trainer: Trainer) -> dict[str, nn.Module]:
    return {"network": trainer.network, "head": trainer.head}


def _run(trainer: Trainer, state: TrainingState, store: Checkpoints | None) -> None:
    """Run the stages that have no report in ``state`` yet, and update ``state`` after each."""
    trainer.prepared = dict(state.prepared)
    for number, stage in enumerate(trainer.stages()):
        if number < len(state.reports):
            continue
        stage_progress = state.stage_progress
        trainer.cache_vectors_if_final(stage.name)
        if stage_progress is None and not trainer.prepare(stage.name):
            state.reports.append(StageReport(stage.name, [], 0.0))
            continue
        report = run_stage(
            stage,
            seed=(trainer.seed, number),
            start=stage_progress,
            save=_checkpoint_callback(trainer, state, store) if store else None,
        )
        state.reports.append(report)
        state.stage_progress, state.prepared = None, dict(trainer.prepared)
        if store is not None:
            store.save(_modules(trainer), state)
    trainer.cache_vectors_if_final()


def _checkpoint_callback(
    trainer: Trainer, state: TrainingState, store: Checkpoints
) -> CheckpointCallback:
    def save(optimiser: torch.optim.Optimizer, losses: list[float], seconds: float) -> None:
        stage_progress = StageProgress(list(losses), {}, seconds)
        current = replace(state, stage_progress=stage_progress, prepared=dict(trainer.prepared))
        store.save(_modules(trainer), current, optimiser)

    return save
