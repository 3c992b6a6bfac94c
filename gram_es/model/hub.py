"""Model folders on the Hugging Face Hub, and copies of them."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from gram_es.errors import ModelError, first_line
from gram_es.model.folder import FOLDER_FILES, check_no_model, check_target_folder


def fetch_model(source: Path | str, *, revision: str | None = None) -> Path:
    """Return the folder of a model; download it from the hub if ``source`` is no folder.

    Only the files of a model are downloaded. ``HF_HUB_OFFLINE`` and the other variables of the hub
    apply.

    :param source: a folder or a hub id such as ``shop/catalogue-model``.
    :param revision: the branch, tag or commit of a hub id.
    :raises ModelError: if there is no such folder and the download fails.
    """
    if Path(source).is_dir():
        return Path(source)
    from huggingface_hub import snapshot_download  # slow to import; folders do not need it

    try:
        fetched = snapshot_download(
            str(source), revision=revision, allow_patterns=list(FOLDER_FILES)
        )
    except (OSError, ValueError) as error:
        raise ModelError(
            f"there is no folder {source}, and the Hugging Face Hub gives no model of that name "
            f"({first_line(error)}); train one with gram-es train, or correct the name"
        ) from None
    return Path(fetched)


def copy_model(source: Path, target: Path) -> None:
    """Copy the files of a model to ``target``, a new or an empty folder.

    :raises ModelError: if ``target`` contains files, or if copying fails.
    """
    check_target_folder(target)
    check_no_model(target)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as work:
            draft = Path(work) / "new"
            draft.mkdir(mode=0o755)
            for name in FOLDER_FILES:
                if (source / name).is_file():
                    (draft / name).parent.mkdir(exist_ok=True)
                    shutil.copyfile(source / name, draft / name)
            draft.replace(target)
    except OSError as error:
        raise ModelError(
            f"cannot copy the model to {target}: {error}; check the disk and its permissions"
        ) from None
