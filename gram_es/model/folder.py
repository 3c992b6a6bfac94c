"""A model folder: Hugging Face layout, safetensors, and a manifest that tells damage from truth."""

from __future__ import annotations

import hashlib
import json
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from safetensors import SafetensorError

from gram_es.codes.codebook import Codebook
from gram_es.errors import ModelError
from gram_es.model.manifest import FORMAT, MANIFEST, Manifest, read_manifest
from gram_es.model.network import GramNetwork
from gram_es.model.tokenizer import TextEncoder
from gram_es.text.speller import Speller

_CODEBOOK = "codebook.tsv"
_WORDS = "vocabulary.tsv"
_CARD = "MODEL_CARD.md"
_CURVES = "training.tsv"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A model folder in memory."""

    manifest: Manifest
    network: GramNetwork
    text: TextEncoder
    codebook: Codebook
    speller: Speller


def save(
    folder: Path,
    *,
    network: GramNetwork,
    text: TextEncoder,
    codebook: Codebook,
    speller: Speller,
    card: str,
    curves: str = "",
) -> Manifest:
    """Write a model folder whole or not at all, replacing one that stood there.

    :param card: what ``MODEL_CARD.md`` says; ``curves`` are the losses of the training, as TSV.

    :raises ModelError: if ``folder`` exists and is not a model folder, or cannot be written.
    """
    check_target(folder)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as work:
            draft = Path(work) / "new"
            draft.mkdir(mode=0o755)
            network.save(draft)
            text.save(draft)
            codebook.save(draft / _CODEBOOK)
            speller.save(draft / _WORDS)
            manifest = _describe(draft, network)
            described = json.dumps(asdict(manifest), indent=2)
            (draft / MANIFEST).write_text(described, encoding="utf-8")
            (draft / _CARD).write_text(card, encoding="utf-8")
            if curves:
                (draft / _CURVES).write_text(curves, encoding="utf-8")
            _replace(draft, folder, aside=Path(work) / "old")
    except OSError as error:
        raise ModelError(f"cannot write the model to {folder}: {error}") from None
    return manifest


def check_target(folder: Path) -> None:
    """Check that a model could be saved to ``folder``; make its parents.

    :raises ModelError: if ``folder`` is a file, holds other files, or cannot be made.
    """
    if not folder.name:
        raise ModelError(f"{folder} cannot be a model folder, name one with --out")
    try:
        holds_others = folder.exists() and not (folder / MANIFEST).exists()
        if holds_others and any(folder.iterdir()):
            raise ModelError(
                f"{folder} holds other files, name an empty or a new folder with --out"
            )
        folder.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ModelError(f"no model can be written to {folder}: {error}") from None


def _describe(folder: Path, network: GramNetwork) -> Manifest:
    files = {path.name: _sha256(path) for path in sorted(folder.iterdir())}
    whole = json.dumps([FORMAT, sorted(files.items())]).encode()
    return Manifest(
        fingerprint=hashlib.sha256(whole).hexdigest(),
        family=network.config.family,
        language=network.config.language,
        dimensions=network.width,
        files=files,
        format=FORMAT,
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _replace(draft: Path, folder: Path, *, aside: Path) -> None:
    """Put ``draft`` in the place of ``folder``; what stood there comes back if that fails."""
    stood = folder.exists()
    if stood:
        folder.replace(aside)
    try:
        draft.replace(folder)
    except OSError:
        if stood:
            aside.replace(folder)
        raise


def load(folder: Path) -> Checkpoint:
    """Load a model folder after checking each of its files.

    :raises ModelError: naming the file that is missing or damaged.
    """
    manifest = read_manifest(folder)
    for name, expected in manifest.files.items():
        path = folder / name
        if not path.is_file():
            raise ModelError(f"the model in {folder} lacks {name}, copy the folder again")
        if _sha256(path) != expected:
            raise ModelError(f"{path} is damaged or was edited, copy or train the model again")
    try:
        network = GramNetwork.load(folder)
        text = TextEncoder.load(folder, network.config)
        speller = Speller.load(folder / _WORDS)
    except (OSError, ValueError, TypeError, KeyError, RuntimeError, SafetensorError) as error:
        raise ModelError(f"cannot load the model in {folder}: {error}") from None
    return Checkpoint(manifest, network, text, Codebook.load(folder / _CODEBOOK), speller)
