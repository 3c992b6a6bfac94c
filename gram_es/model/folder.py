"""Write and read model folders: files in Hugging Face layout, and a manifest with checksums."""

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
from gram_es.model.tokenizer import TextTokenizer
from gram_es.text.speller import Speller

_CODEBOOK = "codebook.tsv"
_VOCABULARY = "vocabulary.tsv"
_CARD = "MODEL_CARD.md"
_CURVES = "training.tsv"


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """The contents of a model folder, in memory."""

    manifest: Manifest
    network: GramNetwork
    text: TextTokenizer
    codebook: Codebook
    speller: Speller


def save_model_folder(
    folder: Path,
    *,
    network: GramNetwork,
    text: TextTokenizer,
    codebook: Codebook,
    speller: Speller,
    card: str,
    curves: str = "",
) -> Manifest:
    """Write a model folder; replace a model that is already there.

    If writing fails, the folder stays as it was.

    :param card: the text of ``MODEL_CARD.md``; ``curves``: the training losses, as TSV.
    :raises ModelError: if ``folder`` is a file, if it contains files but no model, or if writing
        fails.
    """
    check_target_folder(folder)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as work:
            draft = Path(work) / "new"
            draft.mkdir(mode=0o755)
            network.save(draft)
            text.save(draft)
            codebook.save(draft / _CODEBOOK)
            speller.save(draft / _VOCABULARY)
            manifest = _build_manifest(draft, network)
            manifest_json = json.dumps(asdict(manifest), indent=2)
            (draft / MANIFEST).write_text(manifest_json, encoding="utf-8")
            (draft / _CARD).write_text(card, encoding="utf-8")
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


def _build_manifest(folder: Path, network: GramNetwork) -> Manifest:
    files = {path.name: _sha256(path) for path in sorted(folder.iterdir())}
    listing = json.dumps([FORMAT, sorted(files.items())]).encode()
    return Manifest(
        fingerprint=hashlib.sha256(listing).hexdigest(),
        family=network.config.family,
        language=network.config.language,
        dimensions=network.width,
        files=files,
        format=FORMAT,
    )


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
    """Compare each file of a model folder with its checksum in the manifest, and load the model.

    :raises ModelError: if ``folder`` contains no model, or if a file of the model is missing or
        damaged; the message names the file.
    """
    manifest = read_manifest(folder)
    for name, expected in manifest.files.items():
        path = folder / name
        if not path.is_file():
            raise ModelError(f"the model in {folder} lacks {name}; copy the folder again")
        if _sha256(path) != expected:
            raise ModelError(f"{path} is damaged or was edited; copy or train the model again")
    try:
        network = GramNetwork.load(folder)
        text = TextTokenizer.load(folder, network.config)
        speller = Speller.load(folder / _VOCABULARY)
    except (OSError, ValueError, TypeError, KeyError, RuntimeError, SafetensorError) as error:
        raise ModelError(
            f"cannot load the model in {folder}: {error}; copy or train the model again"
        ) from None
    return LoadedModel(manifest, network, text, Codebook.load(folder / _CODEBOOK), speller)
