"""The manifest that identifies a model, ``gram.json``; reading it loads neither model nor torch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gram_es.errors import ModelError
from gram_es.settings import current_settings
from gram_es.text.languages import ENGLISH

FORMAT = 4  # a change of files, prompts or decoding that changes codes for equal weights raises it
MANIFEST = "gram.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """The identity of a model.

    ``files`` maps file names to SHA-256 sums. ``dimensions`` is the length of a product's vector,
    in bytes (one byte a dimension).
    """

    fingerprint: str
    family: str
    dimensions: int
    files: dict[str, str]
    format: int
    language: str = ENGLISH

    @property
    def slot(self) -> str:
        """Return the name of the model's slot in documents; each model has its own."""
        return f"m{self.fingerprint[:12]}"


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of the model in ``folder`` without loading the model.

    :raises ModelError: if there is no model, or it has another format or language than this
        process.
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
        "train it again or install the version that wrote it"
    )


def _check_language(manifest: Manifest) -> Manifest:
    """Return the manifest if the model's language is that of this process, else raise."""
    if manifest.language != (language := current_settings().language):
        raise ModelError(
            f"the language of the model {manifest.fingerprint[:12]} is {manifest.language}, that "
            f"of this process {language}: set GRAM_ES_LANGUAGE={manifest.language}, or train a "
            f"model with GRAM_ES_LANGUAGE={language}"
        )
    return manifest
