"""Write and read model folders: files in Hugging Face layout, and a manifest with checksums."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from safetensors import SafetensorError

from gram_es.codes.codebook import Codebook
from gram_es.codes.prior import CodePrior
from gram_es.codes.shopper_words import SHOPPER_WORDS, ShopperWords
from gram_es.codes.truth.rules import TruthRules
from gram_es.errors import ModelError
from gram_es.language_model.trained import ADAPTER_FILES
from gram_es.model.card import CARD
from gram_es.model.config import WEIGHTS, GramConfig
from gram_es.model.manifest import FORMAT, MANIFEST, Manifest, read_manifest
from gram_es.model.sentence_files import SENTENCE_FILES, write_sentence_files
from gram_es.text.spelling.speller import Speller
from gram_es.text.term_statistics import TermStatistics

if TYPE_CHECKING:
    from gram_es.model.encoding.text_encoder import SavableEncoder, TextEncoder

_CONFIG, _TOKENIZER = "config.json", "tokenizer.json"
_CODEBOOK = "codebook.tsv"
_CODES = "codes.safetensors"
_RULES = "truth.json"
_VOCABULARY = "vocabulary.tsv"
_TERMS = "terms.json"
_CURVES = "training.tsv"
_ENCODER_FILES = (WEIGHTS, _TOKENIZER)
_CODE_FILES = (_CODEBOOK, _CODES, _RULES)
_FILES = (_CONFIG, *_ENCODER_FILES, *_CODE_FILES, _VOCABULARY, _TERMS)
FOLDER_FILES: Final = (
    *_FILES,
    MANIFEST,
    SHOPPER_WORDS,
    CARD,
    _CURVES,
    *SENTENCE_FILES,
    *ADAPTER_FILES,
)
"""Every file that a model folder may have."""


@dataclass(frozen=True, slots=True)
class ModelParts:
    """The parts of a model that :func:`save_model_folder` writes."""

    encoder: SavableEncoder
    codebook: Codebook
    prior: CodePrior
    rules: TruthRules
    speller: Speller
    terms: TermStatistics
    shopper_words: ShopperWords


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """The contents of a model folder in memory, without the encoder (see :func:`load_encoder`)."""

    folder: Path
    manifest: Manifest
    config: GramConfig
    codebook: Codebook
    prior: CodePrior
    rules: TruthRules
    speller: Speller
    terms: TermStatistics
    shopper_words: ShopperWords


def save_model_folder(folder: Path, parts: ModelParts, *, card: str, curves: str = "") -> Manifest:
    """Write a model folder; replace a model that is already there.

    If writing fails, the folder stays as it was.

    :param card: the text of ``README.md``; ``curves``: the training losses, as TSV.
    :raises ModelError: if ``folder`` is a file, if it contains files but no model, or if writing
        fails.
    """
    check_target_folder(folder)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as work:
            draft = Path(work) / "new"
            draft.mkdir(mode=0o755)
            parts.encoder.save(draft)
            write_sentence_files(draft, parts.encoder.config, parts.encoder.dimensions)
            parts.codebook.save(draft / _CODEBOOK)
            parts.prior.save(draft / _CODES)
            parts.rules.save(draft / _RULES)
            parts.speller.save(draft / _VOCABULARY)
            parts.terms.save(draft / _TERMS)
            checksums = {name: _sha256(draft / name) for name in _FILES}
            manifest = _manifest(checksums, parts.encoder.config, parts.encoder.dimensions)
            manifest_json = json.dumps(asdict(manifest), indent=2)
            parts.shopper_words.save(draft / SHOPPER_WORDS)  # not in the manifest: people edit it
            (draft / MANIFEST).write_text(manifest_json, encoding="utf-8")
            (draft / CARD).write_text(card, encoding="utf-8")
            if curves:
                (draft / _CURVES).write_text(curves, encoding="utf-8")
            _replace(draft, folder, backup=Path(work) / "old")
    except OSError as error:
        raise ModelError(
            f"cannot write the model to {folder}: {error}; check the disk and its permissions"
        ) from None
    return manifest


def check_target_folder(folder: Path) -> None:
    """Check that a model can be saved to ``folder``, and create the parent folders.

    :raises ModelError: if ``folder`` is a file, if it contains files but no model, or if its parent
        folders cannot be created.
    """
    if not folder.name:
        raise ModelError(f"{folder} cannot be a model folder; name another one with --out")
    try:
        has_no_model = folder.exists() and not (folder / MANIFEST).exists()
        if has_no_model and any(folder.iterdir()):
            raise ModelError(
                f"{folder} contains other files; name an empty or a new folder with --out"
            )
        folder.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ModelError(
            f"cannot write a model to {folder}: {error}; name another folder with --out"
        ) from None


def check_no_model(folder: Path) -> None:
    """Check that ``folder`` contains no model.

    :raises ModelError: if it does, even if this gram-es cannot read it.
    """
    if (folder / MANIFEST).exists():
        raise ModelError(
            f"{folder} contains a model, which an index may use; name another folder with --out, or"
            " add --force to replace it"
        )


def _manifest(files: dict[str, str], config: GramConfig, dimensions: int) -> Manifest:
    """Return the manifest of a model.

    :param files: the checksum of each of ``_FILES`` by its name.
    """
    encoder_files = {name: files[name] for name in _ENCODER_FILES}
    code_files = {name: files[name] for name in _CODE_FILES}
    return Manifest(
        fingerprint=_digest(files),
        encoder_fingerprint=_digest({**encoder_files, **config.encoder_settings()}),
        codes_fingerprint=_digest({**code_files, **config.product_code_settings()}),
        family=config.family,
        language=config.language,
        dimensions=dimensions,
        files=files,
        format=FORMAT,
    )


def _digest(parts: Mapping[str, Any]) -> str:
    listing = json.dumps([FORMAT, sorted(parts.items())], sort_keys=True)
    return hashlib.sha256(listing.encode()).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _replace(draft: Path, folder: Path, *, backup: Path) -> None:
    """Move ``draft`` to ``folder``; restore the previous folder if the move fails."""
    had_previous = folder.exists()
    if had_previous:
        folder.replace(backup)
    try:
        draft.replace(folder)
    except OSError:
        if had_previous:
            backup.replace(folder)
        raise


def load_model_folder(folder: Path) -> LoadedModel:
    """Check that a model folder is what its manifest says, and load the model.

    Every file of a model must be there with the checksum in the manifest, and the fingerprints must
    be those of these files: an index trusts a fingerprint. The encoder's files are checked too, but
    not loaded.

    :raises ModelError: if ``folder`` contains no model, or if a file of the model is missing,
        damaged or edited; the message names the file.
    """
    manifest = read_manifest(folder)
    checksums = {name: _checksum(folder, name, manifest) for name in _FILES}
    codebook = Codebook.load(folder / _CODEBOOK)
    try:
        config = GramConfig.load(folder)
        speller = Speller.load(folder / _VOCABULARY)
        terms = TermStatistics.load(folder / _TERMS)
    except (OSError, ValueError) as error:
        raise _cannot_load(folder, error) from None
    prior = CodePrior.load(folder / _CODES, codes=len(codebook))
    if manifest != _manifest(checksums, config, prior.dimensions):
        raise ModelError(
            f"{folder / MANIFEST} does not fit the model's files; copy or train the model again"
        )
    rules = TruthRules.load(folder / _RULES, codebook)
    words = ShopperWords.load(folder / SHOPPER_WORDS, codebook)
    return LoadedModel(folder, manifest, config, codebook, prior, rules, speller, terms, words)


def _checksum(folder: Path, name: str, manifest: Manifest) -> str:
    """Return the checksum of a file, which the manifest must have too."""
    path = folder / name
    if not path.is_file():
        raise ModelError(f"the model in {folder} lacks {name}; copy the folder again")
    checksum = _sha256(path)
    if manifest.files.get(name) != checksum:
        raise ModelError(f"{path} is damaged or was edited; copy or train the model again")
    return checksum


def load_encoder(folder: Path, *, threads: int = 0) -> TextEncoder:
    """Load the encoder of a model folder that :func:`load_model_folder` has checked.

    A BERT runs in ONNX Runtime, which starts in half the time and with half the memory of torch.

    :param threads: the number of threads that encode a batch; of torch, that of the whole process.
        0 lets the runtime choose it.
    :raises ModelError: if the encoder and the configuration do not fit together.
    """
    from gram_es.model.encoding.onnx_encoder import (
        OnnxEncoder,  # codes from stored vectors do not need it
    )

    try:
        config = GramConfig.load(folder)
        if OnnxEncoder.can_load(folder, config):
            return OnnxEncoder.load(folder, config, threads=threads)
        return _load_torch_encoder(folder, threads)
    except ModuleNotFoundError as error:
        raise ModelError(
            f"the encoder in {folder} cannot run in ONNX Runtime and needs {error.name}; run pip "
            'install "gram-es[train]"'
        ) from None
    except (OSError, ValueError, TypeError, KeyError, RuntimeError, SafetensorError) as error:
        raise _cannot_load(folder, error) from None


def _load_torch_encoder(folder: Path, threads: int) -> TextEncoder:
    import torch  # takes seconds

    from gram_es.model.encoding.torch_encoder import TorchEncoder

    if threads:
        torch.set_num_threads(threads)
    return TorchEncoder.load(folder).pack()


def _cannot_load(folder: Path, error: Exception) -> ModelError:
    return ModelError(f"cannot load the model in {folder}: {error}; copy or train the model again")
