"""The part of the command ``train`` that trains a language model for a model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import click

from gram_es.errors import SettingsError
from gram_es.language_model.given_adapter import adapters_on
from gram_es.language_model.source import check_source
from gram_es.language_model.trained import FOLDER
from gram_es.records import Judgment, Product
from gram_es.settings import current_settings
from gram_es.training.language_model.options import (
    DEFAULT_STAGES,
    STAGES,
    LanguageModelOptions,
)


@dataclass(frozen=True, slots=True)
class TrainingCall:
    """The folder of the model, what to train on, and how the command was called."""

    folder: Path
    products: Sequence[Product]
    judgments: Sequence[Judgment]
    resume: bool
    restart: bool
    as_json: bool


def read_options(
    family: str, model_id: str | None, stages: str | None, *, tokens: int, device: str, seed: int
) -> LanguageModelOptions | None:
    """Return what to train, or ``None`` without a language model.

    :raises SettingsError: if an option is missing, or names no stage.
    :raises ModelError: if there is no such file or folder.
    :raises ModuleNotFoundError: if a package is missing, before anything is trained.
    """
    if family != "llm":
        if model_id or stages:
            raise SettingsError(
                "--model-id and --stages are for a language model: add --family llm"
            )
        return None
    if not model_id:
        raise SettingsError(
            "--family llm needs a language model: name a hub id, a folder or a GGUF file with "
            "--model-id"
        )
    chosen = tuple(filter(None, map(str.strip, stages.split(",")))) if stages else DEFAULT_STAGES
    unknown = [name for name in chosen if name not in STAGES]
    if unknown or len(set(chosen)) < len(chosen) or not chosen:
        raise SettingsError(
            f"--stages {stages}: name each stage once, separated by commas; there are "
            f"{', '.join(STAGES)}"
        )
    check_source(model_id)
    import_module("peft")  # needs all other packages of the extra
    path = Path(model_id)
    source = str(path.resolve()) if path.exists() else model_id
    return LanguageModelOptions(source, tokens, chosen, seed, device)


def train_for_model(call: TrainingCall, options: LanguageModelOptions) -> None:
    """Train a language model for the model in a folder, write it there, and print what came out.

    :raises TrainingError: if an interrupted training is in the way.
    :raises ModelError: if the model or the language model cannot be loaded.
    """
    from gram_es.model.gram import Gram
    from gram_es.training.checkpoint_file import CheckpointFile, remove_checkpoint
    from gram_es.training.language_model.train import train_language_model

    _check_not_replaced(options.source, call.folder)
    checkpoints = call.folder.with_name(f"{call.folder.name}.llm-checkpoint")
    if call.restart:
        remove_checkpoint(checkpoints)
    gram = Gram.load(call.folder, threads=current_settings().threads)
    trained = train_language_model(
        gram,
        call.products,
        call.judgments,
        options,
        checkpoints=checkpoints,
        resume=call.resume and CheckpointFile(checkpoints, "").exists,
        report_progress=lambda message: click.echo(message, err=True),
    )
    facts = trained.save(call.folder)
    remove_checkpoint(checkpoints)
    losses = {report.name: [report.first_loss, report.last_loss] for report in trained.reports}
    if call.as_json:
        click.echo(json.dumps({"language_model": facts.name, "losses": losses}))
        return
    falls = ", ".join(f"{name} {first:.2f} to {last:.2f}" for name, (first, last) in losses.items())
    click.echo(f"{call.folder}: language model {facts.name} (loss of {falls})")


def _check_not_replaced(source: str, folder: Path) -> None:
    """Check that the training does not begin with the adapter that it would replace.

    :raises SettingsError: if it does.
    """
    base, adapters = adapters_on(source)
    own = (folder / FOLDER).resolve()
    if any(adapter.folder.resolve() == own for adapter in adapters):
        raise SettingsError(
            f"--model-id {source}: this is the language model that the training would replace; "
            f"name the one below it, {base}, or another --out"
        )
