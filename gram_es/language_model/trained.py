"""A trained adapter of a language model, kept in the folder of the model that it was trained for.

It holds no weights of the language model itself, but says which one it belongs to: its source and
the hash of its weights. Both are provenance of the codes of queries. The codebook and the scale of
the weights stay those of the model, whose fingerprint does not change.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from gram_es.errors import ModelError

FOLDER: Final = "language_model"
WEIGHTS: Final = "adapter_model.safetensors"
CONFIG: Final = "adapter_config.json"
FACTS: Final = "training.json"
_FORMAT: Final = 1
ADAPTER_FILES: Final = tuple(f"{FOLDER}/{name}" for name in (WEIGHTS, FACTS, CONFIG))
"""The files of an adapter, in a model's folder."""


@dataclass(frozen=True, slots=True)
class AdapterFacts:
    """What an adapter belongs to, and how it was trained.

    ``source`` is the hub id, the folder or the GGUF file of the language model, and
    ``source_sha256`` the hash of its weights; you may edit ``source`` if the model has moved.
    ``weights_sha256`` is the hash of the adapter's own weights. ``null_share`` is how much of what
    codes have after nothing is taken off in a search, and ``lift_scale`` what the nats of the
    trained model count beside those of the untrained one. ``stages`` are the names of its stages.
    """

    source: str
    source_sha256: str
    weights_sha256: str
    codes_fingerprint: str
    null_share: float
    lift_scale: float
    seed: int
    tokens: int
    stages: tuple[str, ...]
    format: int = _FORMAT

    @property
    def name(self) -> str:
        """Return what the trained language model is called where codes come from it."""
        return name_with_adapter(Path(self.source).name, self.weights_sha256)

    def save(self, folder: Path) -> None:
        """Write the facts beside the weights."""
        text = json.dumps(asdict(self), indent=2)
        (folder / FACTS).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> AdapterFacts:
        """Read the facts, and check that they are of the weights beside them.

        :raises ModelError: if a file is missing, damaged, or of another version of gram-es.
        """
        try:
            text = (folder / FACTS).read_text(encoding="utf-8")
            fields: dict[str, Any] = json.loads(text)
            if fields.get("format") != _FORMAT:
                raise _damaged(folder, f"it has format {fields.get('format')!r}, not {_FORMAT}")
            facts = TypeAdapter(cls).validate_python(fields)
            is_whole = facts.weights_sha256 == file_sha256(folder / WEIGHTS)
        except (OSError, ValueError, AttributeError, ValidationError) as error:
            raise _damaged(folder, str(error).partition("\n")[0]) from None
        if not is_whole:
            raise _damaged(folder, f"{WEIGHTS} is damaged or was edited")
        return facts


def name_with_adapter(name: str, sha256: str) -> str:
    """Return what a language model is called with an adapter of this hash."""
    return f"{name}+{sha256[:8]}"


def adapter_folder(model_folder: Path) -> Path | None:
    """Return the folder of a model's trained adapter, or ``None`` if it has none."""
    folder = model_folder / FOLDER
    return folder if (folder / FACTS).is_file() else None


def file_sha256(path: Path) -> str:
    """Return the SHA-256 checksum of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _damaged(folder: Path, fault: str) -> ModelError:
    return ModelError(
        f"cannot read the trained language model in {folder}: {fault}; copy the model's folder "
        "again, or train with --family llm again"
    )
