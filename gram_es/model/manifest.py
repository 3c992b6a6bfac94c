"""The manifest ``gram.json``, which identifies a model; reading it imports no torch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gram_es.errors import ModelError
from gram_es.settings import current_settings
from gram_es.text.languages import ENGLISH

# Increase it with each change of files, prompts or scores after which equal files give other codes.
FORMAT = 10
MANIFEST = "gram.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """The identity of a model.

    ``files`` gives, by name, the SHA-256 checksum of each file of the model. ``fingerprint`` is a
    hash of the checksums. ``encoder_fingerprint`` is a hash of what determines the vectors:
    weights, tokenizer, prompts and limits. ``codes_fingerprint`` is a hash of what determines a
    product's codes from its vector: codebook, vectors of the codes, truth rules and constants.
    ``dimensions`` is the number of dimensions of a vector. A product's vector is stored with one
    byte per dimension.
    """

    fingerprint: str
    family: str
    dimensions: int
    files: dict[str, str]
    format: int
    language: str = ENGLISH
    encoder_fingerprint: str = ""
    codes_fingerprint: str = ""

    @property
    def slot(self) -> str:
        """Return the slot: documents store the model's results in the field ``gram.<slot>``."""
        return f"m{self.fingerprint[:12]}"


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of the model in ``folder`` without loading the model.

    :raises ModelError: if ``folder`` contains no readable model, if this gram-es cannot read the
        model's format, or if the process uses another language than the model.
    """
    path = folder / MANIFEST
    try:
        fields: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        folder_format = fields.get("format")
        if folder_format == FORMAT:
            return _check_language(Manifest(**fields))
    except FileNotFoundError:
        raise ModelError(
            f"no model in {folder}: train one with `gram-es train FEED --out {folder}`"
        ) from None
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise ModelError(f"cannot read {path}: {error}; copy or train the model again") from None
    raise ModelError(
        f"the model in {folder} has format {folder_format}, this gram-es reads format {FORMAT}: "
        "train the model again or install the gram-es version that wrote it"
    )


def _check_language(manifest: Manifest) -> Manifest:
    """Return the manifest; raise an error if this process uses another language than the model."""
    if manifest.language != (language := current_settings().language):
        raise ModelError(
            f"the model {manifest.fingerprint[:12]} has language {manifest.language}, but this "
            f"process uses {language}: set GRAM_ES_LANGUAGE={manifest.language}, or train a "
            f"model with GRAM_ES_LANGUAGE={language}"
        )
    return manifest
