"""What identifies a model folder; read in a moment, without loading the model or torch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gram_es.errors import ModelError
from gram_es.settings import current_settings
from gram_es.text.languages import ENGLISH

FORMAT = 4  # of the folder, the prompts and the decoding: whatever changes codes for equal weights
MANIFEST = "gram.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What identifies a model. ``files`` maps names to SHA-256 sums, ``dimensions`` is in bytes."""

    fingerprint: str
    family: str
    dimensions: int
    files: dict[str, str]
    format: int
    language: str = ENGLISH

    @property
    def slot(self) -> str:
        """Return the name of the model's slot in documents; no two models share one."""
        return f"m{self.fingerprint[:12]}"


def read_manifest(folder: Path) -> Manifest:
    """Read what identifies the model in ``folder``, without loading it.

    :raises ModelError: if there is no model, or one of another format or language.
    """
    path = folder / MANIFEST
    try:
        fields: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        found = fields.get("format")
        if found == FORMAT:
            return _spoken(Manifest(**fields))
    except FileNotFoundError:
        raise ModelError(
            f"no model in {folder}: train one with `gram-es train FEED --out {folder}`"
        ) from None
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise ModelError(f"cannot read {path}: {error}; copy or train the model again") from None
    raise ModelError(
        f"the model in {folder} has format {found}, this gram-es reads format {FORMAT}: train it "
        "again or install the version that wrote it"
    )


def _spoken(model: Manifest) -> Manifest:
    """Return a model that speaks the process's language."""
    if model.language != (spoken := current_settings().language):
        raise ModelError(
            f"the model {model.fingerprint[:12]} speaks {model.language}, and this process "
            f"{spoken}: set GRAM_ES_LANGUAGE={model.language}, or train a model with "
            f"GRAM_ES_LANGUAGE={spoken}"
        )
    return model
