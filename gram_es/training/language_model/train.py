"""Train a language model to find the codes of a model's codebook, by LoRA.

The model itself stays as it is: its codebook, its vectors and so its fingerprint. What comes out is
an adapter in its folder, of some megabytes.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from gram_es.codes.postings import Postings
from gram_es.codes.stated import CodeMatcher
from gram_es.errors import ModelError
from gram_es.language_model.adapter import adapter_config, adapter_tensors, add_adapter
from gram_es.language_model.channel import common_words
from gram_es.language_model.code_tree.code_search import NULL_SHARE
from gram_es.language_model.likelihood import LanguageModel
from gram_es.language_model.load import load_parts, source_sha256
from gram_es.language_model.trained import FOLDER, WEIGHTS, AdapterFacts, file_sha256
from gram_es.model.gram import Gram
from gram_es.records import Judgment, Product
from gram_es.training.checkpoint_file import CheckpointFile
from gram_es.training.data.catalogue import Catalogue
from gram_es.training.data.codebook_mining import MinedCodebook
from gram_es.training.data.dataset import build_dataset
from gram_es.training.data.query_pairs import examples_from_judgments
from gram_es.training.determinism import deterministic_torch
from gram_es.training.language_model.examples import CodeExamples
from gram_es.training.language_model.options import LanguageModelOptions
from gram_es.training.language_model.stages import LanguageModelStage, stage_named
from gram_es.training.language_model.state import LanguageModelState, load_state, save_state
from gram_es.training.language_model.supervised import BATCH_TOKENS
from gram_es.training.stage_loop import (
    CheckpointCallback,
    Stage,
    StageProgress,
    StageReport,
    run_stage,
)

# Of the nats of the trained model. Codes by it and the encoder, the sample shop's dev queries (26
# synonyms and 53 others), nDCG@10 / R@100: .3: .790 / .850, .5: .786 / .853, 1: .780 / .823; by it
# alone .705, .723 and .723.
_LIFT_SCALE: Final = 0.5


@dataclass(frozen=True, slots=True)
class TrainedAdapter:
    """The weights of a trained adapter, by the names of peft, and what they belong to."""

    tensors: dict[str, Tensor]
    reports: list[StageReport]
    options: LanguageModelOptions
    codes_fingerprint: str

    def save(self, model_folder: Path) -> AdapterFacts:
        """Write the adapter into the folder of its model, in place of an earlier one.

        :raises ModelError: if writing fails.
        """
        target = model_folder / FOLDER
        try:
            with tempfile.TemporaryDirectory(prefix=f".{FOLDER}-", dir=model_folder) as work:
                draft = Path(work) / "new"
                draft.mkdir(mode=0o755)
                facts = self._write(draft)
                if target.exists():
                    target.replace(Path(work) / "old")
                draft.replace(target)
        except OSError as error:
            raise ModelError(
                f"cannot write the trained language model to {target}: {error}; check the disk and "
                "its permissions"
            ) from None
        return facts

    def _write(self, folder: Path) -> AdapterFacts:
        options = self.options
        save_file(self.tensors, folder / WEIGHTS)
        (folder / WEIGHTS).chmod(folder.stat().st_mode & 0o666)  # else only the owner reads it
        config = adapter_config()
        config.base_model_name_or_path = options.source
        config.save_pretrained(str(folder))
        facts = AdapterFacts(
            source=options.source,
            source_sha256=source_sha256(options.source),
            weights_sha256=file_sha256(folder / WEIGHTS),
            codes_fingerprint=self.codes_fingerprint,
            null_share=NULL_SHARE,
            lift_scale=_LIFT_SCALE,
            seed=options.seed,
            tokens=options.tokens,
            stages=options.stages,
        )
        facts.save(folder)
        return facts


@dataclass(frozen=True, slots=True)
class _Run:
    """What a training works on; ``weights`` are those of the adapter of ``network``."""

    gram: Gram
    model: LanguageModel
    network: Any
    weights: nn.ParameterList
    examples: CodeExamples
    options: LanguageModelOptions


def train_language_model(
    gram: Gram,
    products: Sequence[Product],
    judgments: Sequence[Judgment],
    options: LanguageModelOptions,
    *,
    checkpoints: Path,
    resume: bool = False,
    report_progress: Callable[[str], None] = lambda _: None,
) -> TrainedAdapter:
    """Train an adapter on the products and the queries of a catalogue.

    :param gram: the model whose codes are to be found.
    :param judgments: graded pairs, if there are any; the queries that a training of the encoder
        holds out are held out here, too.
    :param checkpoints: a folder to save checkpoints in, which the caller removes in the end.
    :param resume: whether to continue the training whose checkpoint is there.
    :raises TrainingError: if there is no checkpoint although ``resume`` is true, or if there is one
        although it is false.
    :raises ModelError: if the language model cannot be loaded.
    """
    if options.device.startswith("cuda"):
        # Else cuBLAS is not deterministic; it is read as CUDA starts.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    file = CheckpointFile(checkpoints, _identity(gram, products, judgments, options))
    if not resume:
        file.check_none()
    examples = _examples(gram, products, judgments, options.seed)
    tokenizer, network = load_parts(options.source, device=options.device, fast=True)
    vocabulary = [*common_words(), *(code.label for code in gram.codebook)]
    model = LanguageModel(tokenizer, network, name=options.source)
    model.cut_vocabulary(vocabulary)
    with deterministic_torch(options.seed):
        weights = add_adapter(network, seed=options.seed)
        run = _Run(gram, model, network, weights, examples, options)
        state = load_state(file, weights) if resume else LanguageModelState()
        for number, name in enumerate(options.stages):
            if number >= len(state.reports):
                report_progress(f"the stage {name} reads {options.tokens:,} tokens")
                _run_stage(run, stage_named(name), number, state, file)
    return TrainedAdapter(adapter_tensors(network), state.reports, options, gram.codes_fingerprint)


def _run_stage(
    run: _Run,
    kind: LanguageModelStage,
    number: int,
    state: LanguageModelState,
    file: CheckpointFile,
) -> None:
    """Run a stage from where ``state`` says, and add its report."""
    if state.progress is None:
        with run.model.mixed_precision():
            state.prepared = kind.prepare(run.gram, run.model, run.examples, run.options.seed)
        save_state(file, run.weights, replace(state, progress=StageProgress()))
    loss = kind.loss(run.model, run.examples, state.prepared)
    steps = max(1, run.options.tokens // BATCH_TOKENS)
    stage = Stage(kind.name, steps, [(run.weights, kind.rate)], loss)
    report = run_stage(
        stage,
        seed=(run.options.seed, number),
        start=state.progress,
        save=_checkpoint_callback(run, state, file),
    )
    state.reports.append(report)
    state.prepared = state.progress = None
    save_state(file, run.weights, state)


def _checkpoint_callback(
    run: _Run, state: LanguageModelState, file: CheckpointFile
) -> CheckpointCallback:
    def save(optimiser: torch.optim.Optimizer, losses: list[float], seconds: float) -> None:
        current = replace(state, progress=StageProgress(list(losses), {}, seconds))
        save_state(file, run.weights, current, optimiser)

    return save


def _examples(
    gram: Gram, products: Sequence[Product], judgments: Sequence[Judgment], seed: int
) -> CodeExamples:
    matcher = CodeMatcher(gram.codebook)
    codes_of = [_stated_codes(gram, product, matcher) for product in products]
    mined = MinedCodebook(gram.codebook, Postings.of(codes_of, codes=len(gram.codebook)))
    judged = examples_from_judgments(Catalogue(products), judgments)
    dataset = build_dataset(judged, mined, seed=seed)
    words = gram.parts.shopper_words.nearest()
    return CodeExamples(gram.codebook, products, codes_of, dataset.training, words)


def _stated_codes(gram: Gram, product: Product, matcher: CodeMatcher) -> dict[int, float]:
    """Return the codes that the data of a product states, with their weights."""
    stated = matcher.stated(product)
    by_phrase = dict.fromkeys(stated.by_phrase, gram.config.phrase_floor)
    return {**dict.fromkeys(stated.by_field, 1.0), **by_phrase}


def _identity(
    gram: Gram,
    products: Sequence[Product],
    judgments: Sequence[Judgment],
    options: LanguageModelOptions,
) -> str:
    """Return a hash of the data and the options that a checkpoint depends on."""
    digest = hashlib.sha256(repr((gram.fingerprint, options)).encode())
    for record in (*products, *judgments):
        digest.update(repr(record).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
