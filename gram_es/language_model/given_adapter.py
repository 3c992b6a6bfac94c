"""An adapter that was trained anywhere, in a folder as peft writes it.

It names the language model whose weights it changes. Where a language model is wanted, the folder
of an adapter stands for both.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, Field, PositiveFloat, PositiveInt, ValidationError

from gram_es.errors import ModelError
from gram_es.language_model.trained import CONFIG, FOLDER, WEIGHTS, file_sha256

_MODEL_MANIFEST: Final = "gram.json"

# peft reads the names of layers as regular expressions; a name needs no other signs.
_Layers = Annotated[str, Field(pattern=r"^[\w.]+$")]


class LoraFacts(BaseModel):
    """What an adapter's configuration says that decides which weights come out."""

    base_model_name_or_path: Annotated[str, Field(min_length=1)]
    peft_type: Literal["LORA"]
    r: PositiveInt
    lora_alpha: PositiveFloat
    use_rslora: bool = False
    use_dora: bool = False
    rank_pattern: dict[_Layers, PositiveInt] = {}
    alpha_pattern: dict[_Layers, PositiveFloat] = {}


@dataclass(frozen=True, slots=True)
class GivenAdapter:
    """The folder of an adapter, and what its configuration says."""

    folder: Path
    facts: LoraFacts

    @property
    def base(self) -> str:
        """Return the hub id, the folder or the GGUF file of the language model it belongs to."""
        return self.facts.base_model_name_or_path

    @property
    def weights(self) -> Path:
        """Return the file of the weights."""
        return self.folder / WEIGHTS

    def sha256(self) -> str:
        """Return a hash of all that the adapter changes."""
        facts = self.facts.model_dump_json(exclude={"base_model_name_or_path"})
        return sha256(f"{file_sha256(self.weights)}\n{facts}".encode()).hexdigest()


def adapters_on(source: str) -> tuple[str, tuple[GivenAdapter, ...]]:
    """Return the language model at the bottom of ``source``, and the adapters to lay on it.

    :param source: a hub id, a GGUF file, or the folder of a language model, of an adapter or of a
        model that a language model was trained for.
    :return: the adapters are in the order of laying them on.
    :raises ModelError: if an adapter is damaged or of another kind, or belongs to itself.
    """
    found: list[GivenAdapter] = []
    while (folder := _adapter_folder(Path(source))) is not None:
        if any(folder.samefile(adapter.folder) for adapter in found):
            raise ModelError(
                f"the adapter in {folder} belongs to itself; name its language model in "
                f"base_model_name_or_path of {folder / CONFIG}"
            )
        found.append(_read(folder))
        source = found[-1].base
    return source, tuple(reversed(found))


def _adapter_folder(source: Path) -> Path | None:
    for folder in (source, source / FOLDER):
        if (folder / CONFIG).is_file():
            return folder
    if (source / _MODEL_MANIFEST).is_file():
        raise ModelError(
            f"{source} is a model of gram-es without a language model; name a language model, or "
            "train one for this model with --family llm"
        )
    return None


def _read(folder: Path) -> GivenAdapter:
    try:
        facts = LoraFacts.model_validate_json((folder / CONFIG).read_bytes())
        adapter = GivenAdapter(folder, facts)
        adapter.weights.stat()
    except ValidationError as error:
        [first, *_] = error.errors(include_url=False)
        where = ".".join(map(str, first["loc"]))
        raise _unreadable(folder, f"{CONFIG}: {where or 'JSON'}: {first['msg']}") from None
    except OSError as error:
        raise _unreadable(folder, str(error)) from None
    return adapter


def _unreadable(folder: Path, fault: str) -> ModelError:
    return ModelError(
        f"cannot read the adapter in {folder}: {fault}; it must be one of LoRA as peft saves it, "
        f"with {CONFIG} and {WEIGHTS}"
    )
