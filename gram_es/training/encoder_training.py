"""Train the encoder of a run: fit the steps to the budget, take them, write checkpoints."""

from __future__ import annotations

from dataclasses import replace

import torch

from gram_es.model.encoding.torch_encoder import TorchEncoder
from gram_es.training.checkpoint_file import CheckpointFile
from gram_es.training.checkpoints import Checkpoints, TrainingState
from gram_es.training.data.batches import BatchSampler
from gram_es.training.determinism import deterministic_torch
from gram_es.training.estimate import EncodingTime, ReportedBudget, TimeEstimate
from gram_es.training.plan import Plan
from gram_es.training.run import TrainingRun
from gram_es.training.stage_loop import CheckpointCallback, StageProgress, StageReport, run_stage
from gram_es.training.stages.scorer import ScorerStage
from gram_es.training.stages.step_time import hard_negatives_seconds, step_seconds


def train_encoder(
    run: TrainingRun,
    plan: Plan,
    *,
    budget: ReportedBudget,
    held_out: int,
    checkpoint: CheckpointFile | None,
    resume: bool,
) -> list[StageReport]:
    """Train the encoder of ``run`` in place, and return a report of each half.

    :param plan: the numbers of steps; fewer are taken if the budget is too short for them.
    :param held_out: how many held-out queries the encoders are compared on afterwards; 0 if they
        are not compared.
    :param checkpoint: where to save checkpoints; the one that is there is resumed if ``resume``.
    :raises TrainingError: if the budget is too short, or the checkpoint cannot be read or written.
    """
    assert isinstance(run.encoder, TorchEncoder)
    scorer = ScorerStage(
        encoder=run.encoder,
        sampler=BatchSampler(run.dataset.training, run.catalogue.products, run.encoder.tokenizer),
        bm25=run.bm25,
        speller=run.speller,
        plan=plan,
        seed=run.seed,
    )
    store = Checkpoints(checkpoint) if checkpoint is not None else None
    if store is not None and resume:
        state = store.load(run.encoder.network)
    else:
        if budget.matters:
            expected = _estimate(run, scorer, held_out)
            scorer.plan = budget.fit(plan, expected)
            budget.report(expected.with_steps({half.name: half.steps for half in scorer.halves()}))
        state = TrainingState(scorer.plan)
    with deterministic_torch(run.seed):
        _take_steps(scorer, state, store)
    return state.reports


def _estimate(run: TrainingRun, scorer: ScorerStage, held_out: int) -> TimeEstimate:
    """Time some steps of each half; leave the weights as they are."""
    halves = scorer.halves()
    encoding = EncodingTime.measure(run.encoder, run.catalogue.products, run.labels)
    overhead = encoding.overhead(held_out=held_out, encoders=2)
    if scorer.plan.hard_steps:
        overhead += encoding.products + hard_negatives_seconds(scorer)
    return TimeEstimate(
        {half.name: half.steps for half in halves},
        {half.name: step_seconds(half) for half in halves},
        overhead,
    )


def _take_steps(scorer: ScorerStage, state: TrainingState, store: Checkpoints | None) -> None:
    """Run the halves of the scorer stage that have no report in ``state`` yet, and update it."""
    network = scorer.encoder.network
    scorer.hard = state.hard
    for number, half in enumerate(scorer.halves()):
        if number < len(state.reports):
            continue
        if state.stage_progress is None:
            scorer.prepare(half.name)
            state.hard = scorer.hard
        report = run_stage(
            half,
            seed=(scorer.seed, number),
            start=state.stage_progress,
            save=_checkpoint_callback(scorer, state, store) if store else None,
        )
        state.reports.append(report)
        state.stage_progress = None
        if store is not None:
            store.save(network, state)


def _checkpoint_callback(
    scorer: ScorerStage, state: TrainingState, store: Checkpoints
) -> CheckpointCallback:
    def save(optimiser: torch.optim.Optimizer, losses: list[float], seconds: float) -> None:
        current = replace(state, stage_progress=StageProgress(list(losses), {}, seconds))
        store.save(scorer.encoder.network, current, optimiser)

    return save
